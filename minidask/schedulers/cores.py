"""How many cores this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from math import ceil
from pathlib import Path

import minidask.config as config


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
    quota = _quota(Path("/"))
    return max(1, min(allowed, ceil(quota) if quota else allowed))


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
    """The cores that the control groups (Linux, version 1 and 2) grant this process; the least of all levels."""
    return min(_quotas(root), default=None)


def _quotas(root: Path) -> Iterator[float]:
    groups = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            for folder in _levels(groups, path):
                limit, _, period = _read(folder / "cpu.max").partition(" ")
                yield from _cores(limit, period)
        elif "cpu" in controllers.split(","):
            for folder in _levels(groups / controllers, path) + _levels(groups / "cpu", path):
                yield from _cores(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))


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


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
