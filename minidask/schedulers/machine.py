"""What of this machine this process may use: cores and memory."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from math import ceil, inf
from pathlib import Path
from time import monotonic

import minidask.config as config

_ROOT = Path("/")


def cpu_count() -> int:
    """The cores that this process may use: those of its affinity, at most the container's quota.

    Examples
    --------
    >>> cpu_count() >= 1
    True
    """
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not every system has affinities
        allowed = os.cpu_count() or 1
    quota = _quota(_ROOT)
    return max(1, min(allowed, ceil(quota) if quota else allowed))


def has_interpreter_lock() -> bool:
    """Whether only one thread of this process runs Python code at a time, as is so but for free-threaded Python.

    Also there it may become so: when a module is imported that has not been made for it.

    Examples
    --------
    >>> "free-threading build" in sys.version or has_interpreter_lock()
    True
    """
    is_enabled: Callable[[], bool] | None = getattr(sys, "_is_gil_enabled", None)
    return is_enabled is None or is_enabled()


def worker_count(num_workers: int | None) -> int:
    """The number of workers: the argument, else the option `num_workers`, else the cores.

    Raises
    ------
    ValueError
        It is not a positive integer.
    """
    asked = config.get("num_workers", override_with=num_workers)
    if asked is None:
        return cpu_count()
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        raise ValueError(f"num_workers must be a positive integer, not {asked!r}")
    return asked


@cache
def _quota(root: Path) -> float | None:
    """The cores that the control groups grant this process; the least of all levels."""
    return min(_quotas(root), default=None)


def _quotas(root: Path) -> Iterator[float]:
    for folder, version in groups(root, "cpu"):
        if version == 2:
            limit, _, period = _read(folder / "cpu.max").partition(" ")
            yield from _cores(limit, period)
        else:
            yield from _cores(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))


def total_memory() -> int:
    """The bytes of memory that this process may use: those of the machine, at most the container's limit.

    Examples
    --------
    >>> total_memory() >= available_memory() > 0
    True
    """
    return _total_memory(_ROOT)


@cache
def _total_memory(root: Path) -> int:
    limits = [
        _read(folder / ("memory.max" if v == 2 else "memory.limit_in_bytes")) for folder, v in groups(root, "memory")
    ]
    return min([_physical_memory(), *[int(text) for text in limits if text.strip().isdigit()]])


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells it there
        import psutil

        return int(psutil.virtual_memory().total)


_looked: tuple[float, int] = (-inf, 0)


def available_memory() -> int:
    """The bytes of memory that are free, or become free when somebody asks; at most a second old."""
    global _looked
    now = monotonic()
    if now > _looked[0] + 1:
        import psutil  # takes 10 ms to load, and `import minidask` does without

        _looked = now, min(int(psutil.virtual_memory().available), total_memory())
    return _looked[1]


def groups(root: Path, controller: str) -> Iterator[tuple[Path, int]]:
    """The folders of all levels of control groups (Linux) that limit this process, and the version of each."""
    top = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from ((folder, 2) for folder in _levels(top, path))
        elif controller in controllers.split(","):
            yield from ((folder, 1) for folder in _levels(top / controllers, path) + _levels(top / controller, path))


def _levels(top: Path, path: str) -> list[Path]:
    folder = top / path.lstrip("/")
    return [folder, *[above for above in folder.parents if above.is_relative_to(top)]]


def _cores(limit: str, period: str) -> list[float]:
    """One quota, or none where there is no limit ("max" or -1)."""
    try:
        cores = int(limit) / int(period)
    except (ValueError, ZeroDivisionError):
        return []
    return [cores] if cores > 0 else []


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal; False where the system does not tell.

    Examples
    --------
    >>> is_stopped(os.getpid())
    False
    """
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1] == ["T"]


def kill_group(pid: int) -> None:
    """Kill a process and those of its group, where it leads one."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):  # the second: all of them are zombies (macOS)
            kill(pid, signal.SIGKILL)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
