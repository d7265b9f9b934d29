"""The physical memory of a process: how much it is, and how to give some back."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Any


def private_memory(pid: int | None = None) -> int:
    """The bytes of physical memory that a process has for itself, this one by default; 0: there is none such.

    Examples
    --------
    >>> private_memory() > 2**20
    True
    """
    try:
        with open(f"/proc/{'self' if pid is None else pid}/statm", "rb", buffering=0) as file:  # noqa: PTH123  for speed
            _, resident, shared, *_ = file.read().split()
        return (int(resident) - int(shared)) * _page_size()
    except OSError:
        return 0 if Path("/proc/self/statm").exists() else _resident_memory(pid)


def _resident_memory(pid: int | None) -> int:
    import psutil  # not every system tells it in a file

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


@cache
def _page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Let the allocator return to the system what it holds for nobody, where it knows how."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # not the GNU C library
        return None
