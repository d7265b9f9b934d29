"""Arithmetic on divisions, apart from everything: tuples in, tuples out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from minidask.expr.blocks import PerBlock
from minidask.expr.grid import Index

Divisions = tuple[Any, ...]
Bound = tuple[Any, Any, bool]
"""The first label of a partition, the one it ends at, and whether that one counts."""


def even_cuts(rows: int, parts: int) -> tuple[int, ...]:
    """Where to cut so many rows into at most `parts` parts of about equal size, none of them empty.

    Examples
    --------
    >>> even_cuts(10, 3), even_cuts(2, 3), even_cuts(0, 3)
    ((0, 3, 6, 10), (0, 1, 2), (0, 0))
    """
    parts = max(1, min(parts, rows))
    return tuple(i * rows // parts for i in range(parts + 1))


def cuts_between_labels(index: pd.Index, cuts: Sequence[int]) -> tuple[int, ...]:
    """Cuts of an increasing index moved to where its labels change, so that equal labels stay together.

    Examples
    --------
    >>> cuts_between_labels(pd.Index([1, 1, 1, 2, 3]), (0, 2, 4, 5))
    (0, 3, 4, 5)
    """
    inner = [_nearest_change(index, cut) for cut in cuts[1:-1]]
    return tuple(sorted({0, *inner, len(index)})) if len(index) else (0, 0)


def _nearest_change(index: pd.Index, cut: int) -> int:
    label = index[cut]
    before = int(index.searchsorted(label, side="left"))
    return before or int(index.searchsorted(label, side="right"))


def divisions_at(index: pd.Index, cuts: Sequence[int]) -> Divisions:
    """The divisions of an increasing index cut at these positions.

    Examples
    --------
    >>> divisions_at(pd.Index([10, 20, 30, 40]), (0, 2, 4))
    (10, 30, 40)
    """
    if not len(index):
        return (None,) * len(cuts)
    return tuple(index.take([*cuts[:-1], len(index) - 1]).tolist())


def divisions_between(ends: Sequence[tuple[Any, Any]]) -> Divisions:
    """The divisions of partitions whose first and last labels these are; () where one does not end before the next.

    Examples
    --------
    >>> divisions_between([(0, 4), (5, 9)]), divisions_between([(0, 4), (4, 9)])
    ((0, 5, 9), ())
    """
    if any(high >= low for (_, high), (low, _) in pairwise(ends)):
        return ()
    return (*(low for low, _ in ends), ends[-1][1])


def union(divisions: Sequence[Divisions]) -> Divisions:
    """Divisions on which all the given ones can be aligned.

    Examples
    --------
    >>> union([(0, 5, 10), (2, 5, 12)])
    (0, 2, 5, 10, 12)
    """
    return tuple(sorted({d for parts in divisions for d in parts}))


def check(divisions: Sequence[Any]) -> Divisions:
    """The divisions that a person gives, as a tuple.

    Raises
    ------
    ValueError
        Fewer than two, or they do not increase; only the last two may be equal.

    Examples
    --------
    >>> check([0, 5, 5])
    (0, 5, 5)
    """
    found = tuple(divisions)
    if len(found) < 2:
        raise ValueError(f"divisions={found!r}: expected at least two values, the first and the last label")
    if all(d is None for d in found):
        return found
    increasing = all(a < b for a, b in pairwise(found[:-1])) and found[-2] <= found[-1]
    if not increasing:
        raise ValueError(f"divisions={found!r}: expected increasing values; only the last two may be equal")
    return found


def overlapping(old: Divisions, new: Divisions) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """For each new partition the first old partition with rows for it, and the one after the last.

    Examples
    --------
    >>> overlapping((0, 5, 10), (0, 2, 7, 10))
    ((0, 0, 1), (1, 2, 2))
    """
    count = len(old) - 1
    starts, stops = [], []
    for i, (low, high) in enumerate(pairwise(new)):
        last = i == len(new) - 2
        start = min(max(bisect_right(old, low) - 1, 0), count - 1)
        stop = bisect_right(old, high) if last else bisect_left(old, high)
        starts.append(start)
        stops.append(max(min(stop, count), start + 1))
    return tuple(starts), tuple(stops)


@dataclass(frozen=True)
class Bounds(PerBlock):
    """For each partition its first label, the one it ends at, and whether that one counts."""

    divisions: Divisions

    def block(self, index: Index) -> Bound:
        i = index[0]
        return self.divisions[i], self.divisions[i + 1], i == len(self.divisions) - 2
