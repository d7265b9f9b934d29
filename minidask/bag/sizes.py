"""How partitions are cut and joined to come near a size in memory."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from minidask.quantities import parse_bytes

_SAMPLE = 1000


def size_of_partition(items: Any) -> list[int]:
    """About how many bytes a partition takes: what its first items take with what they hold, times their number."""
    if not len(items):
        return [0]
    sample = list(islice(items, _SAMPLE))
    return [sum(map(_size, sample)) * len(items) // len(sample)]


def _size(obj: Any) -> int:
    size = sys.getsizeof(obj, 64)
    if isinstance(obj, dict):
        return size + sum(map(_size, obj)) + sum(map(_size, obj.values()))
    if isinstance(obj, (tuple, list, set, frozenset)):
        return size + sum(map(_size, obj))
    return max(size, getattr(obj, "nbytes", 0))


def counts_by_size(sizes: list[int], limit: int | str | None) -> tuple[int, ...]:
    """Into how many each partition is to be cut.

    Examples
    --------
    >>> counts_by_size([10, 250, 30], 100)
    (1, 3, 1)
    """
    nbytes = _limit(limit)
    return tuple(max(1, -(-size // nbytes)) for size in sizes)


def bounds_by_size(sizes: list[int], limit: int | str | None) -> tuple[int, ...]:
    """Where, after the cutting, neighbours that are small together are to be joined.

    Examples
    --------
    >>> bounds_by_size([10, 250, 30, 20, 70], 100)
    (0, 2, 3, 4, 6, 7)
    """
    nbytes = _limit(limit)
    each = [size / n for size, n in zip(sizes, counts_by_size(sizes, limit)) for _ in range(n)]
    bounds, together = [0], 0.0
    for i, size in enumerate(each):
        if together and together + size > nbytes:
            bounds.append(i)
            together = 0.0
        together += size
    return (*bounds, len(each))


def _limit(limit: int | str | None) -> int:
    nbytes = parse_bytes(limit, "partition_size")  # type: ignore[arg-type]
    if nbytes < 1:
        raise ValueError(f"partition_size={limit!r} must be at least one byte")
    return nbytes
