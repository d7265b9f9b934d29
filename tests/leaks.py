"""What a test leaves behind: threads, child processes, open files, blocks."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, NamedTuple

from minidask.schedulers import processes

_PATIENCE = 15.0
"""Seconds that what is ending may take to end."""
_LOCK = "/lock"
_OF_THE_SYSTEM = ("anon_inode:", "pipe:", "socket:", "/dev/", "/proc/", "/sys/", "/usr/", "/memfd:")


class Traces(NamedTuple):
    """What this process has at one moment."""

    threads: frozenset[threading.Thread]
    """Of ours."""
    children: frozenset[int]
    """And theirs, without the idle workers, and without those of other people's executors."""
    files: frozenset[str]
    """Open ones."""
    blocks: frozenset[str]
    """In the folders of this process."""

    def since(self, before: Traces) -> dict[str, list[Any]]:
        """What is here that was not there."""
        found = {name: [*(getattr(self, name) - getattr(before, name))] for name in Traces._fields}
        return {name: new for name, new in found.items() if new}


def traces(others: set[int]) -> Traces:
    """What this process has now; `others` are children that do not count."""
    opened = set(_opened())
    folders = {target.removesuffix(_LOCK) for target in opened if target.endswith(_LOCK) and "/minidask-" in target}
    blocks = {f"{folder}/{name}" for folder in folders for name in os.listdir(folder) if name != "lock"}
    ours = {thread for thread in threading.enumerate() if thread.name.startswith("minidask")}
    files = {target for target in opened if not target.startswith(_OF_THE_SYSTEM) and not target.endswith(_LOCK)}
    children = descendants("self") - others - processes._pool.warm()
    return Traces(frozenset(ours), frozenset(children), frozenset(files), frozenset(blocks))


def left_since(before: Traces, others: set[int]) -> dict[str, list[Any]]:
    """What has been left since then, also when what is ending has had the time to end."""
    end = time.monotonic() + _PATIENCE
    while left := traces(others).since(before):
        if time.monotonic() > end:
            break
        gc.collect()
        time.sleep(0.02)
    return left


def _opened() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the listing's own
            yield os.readlink(f"/proc/self/fd/{name}")


def descendants(process: str) -> set[int]:
    """All that descend from a process."""
    found: set[int] = set()
    new = _children_of(process)
    while new:
        found |= new
        new = set().union(*[_children_of(str(pid)) for pid in new]) - found
    return found


def _children_of(process: str) -> set[int]:
    found: set[int] = set()
    with suppress(OSError):  # it has ended, or one of its threads
        for task in os.listdir(f"/proc/{process}/task"):
            found.update(map(int, Path(f"/proc/{process}/task/{task}/children").read_text().split()))
    return found


def children_of(executor: ProcessPoolExecutor) -> set[int]:
    """The processes of an executor, and the one that multiprocessing starts for all."""
    tracker = resource_tracker._resource_tracker._pid  # type: ignore[attr-defined]
    return {*(executor._processes or ()), *([tracker] if tracker else [])}
