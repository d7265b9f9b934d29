"""The largest or smallest values of each group."""

from __future__ import annotations

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops
from minidask.kernels.row_groups import RowGroups

FEW = 8
"""Values of a group up to which it is faster to look for them one by one than to sort."""


def top_rows(values: np.ndarray, groups: RowGroups, n: int, largest: bool) -> np.ndarray:
    """The numbers of the rows with the `n` largest (or smallest) values of each group: group by group, the most extreme
    first, of equal ones the first; missing ones last.

    Parameters
    ----------
    values
        Numbers: of the rows that are in groups.
    groups
        The groups.
    n
        How many of each.
    largest
        Whether the largest are wanted.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.kernels.row_groups import groups_of
    >>> groups = groups_of([pd.Series([1, 2, 1, 1])], sort=True, dropna=True)
    >>> top_rows(np.array([5.0, 1.0, 7.0, 5.0]), groups, 2, largest=True).tolist()
    [2, 0, 1]
    """
    values = _upwards(values) if largest else values
    rows = np.arange(len(values))
    if n <= FEW and len(values) > n * len(groups) and not (values.dtype.kind == "f" and np.isnan(values).any()):
        rows = np.sort(_least(values, groups, n))
    places = groups.places[rows]
    order = np.lexsort((values[rows], places))
    places = places[order]
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    number = np.arange(len(places)) - np.repeat(starts, np.diff(starts, append=len(places)))
    return rows[order[number < n]]


def _upwards(values: np.ndarray) -> np.ndarray:
    """Values in the opposite order."""
    return -values if values.dtype.kind == "f" else ~values


_STEPS = 20
_SOURCE = """
def formula(values, places, counts, rows):
    last = rows.shape[1] - 1
    for row in range(values.size):
        value = values[row]
        place = places[row]
        count = counts[place]
        if count <= last:
            counts[place] = count + 1
        elif value < values[rows[place, last]]:
            count = last
        else:
            continue
        while count > 0 and value < values[rows[place, count - 1]]:
            rows[place, count] = rows[place, count - 1]
            count -= 1
        rows[place, count] = row
"""
_LOOPS = {
    np.dtype(kind): Loops(
        _SOURCE,
        f"void(Array({kind}, 1, 'A', True), Array(uint64, 1, 'C', True), int64[::1], int64[:, ::1])",
    )
    for kind in ("int64", "float64")
}


def _least(values: np.ndarray, groups: RowGroups, n: int) -> np.ndarray:
    """The rows with the `n` least values of each group, of equal ones the first."""
    loops = _LOOPS.get(values.dtype)
    func = compiled(loops, _STEPS * len(values)) if loops and values.flags.aligned else None
    if func is None:
        return _one_by_one(values, groups, n)
    rows, counts = np.empty((groups.room, n), np.int64), np.zeros(groups.room, np.int64)
    func(values, groups.places.view(np.uint64), counts, rows)
    return rows[np.arange(n) < counts[:, None]]


def _one_by_one(values: np.ndarray, groups: RowGroups, n: int) -> np.ndarray:
    """The least of each group, then the least of the others, and so on."""
    rows, places, found = np.arange(len(values)), groups.places, []
    last = np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).max
    for _ in range(n):
        least = np.full(groups.room, last, values.dtype)
        np.minimum.at(least, places, values)
        equal = np.flatnonzero(values == least[places])
        first = np.full(groups.room, -1)
        first[places[equal[::-1]]] = equal[::-1]
        first = first[first >= 0]
        found.append(rows[first])
        kept = np.ones(len(rows), bool)
        kept[first] = False
        rows, places, values = rows[kept], places[kept], values[kept]
    return np.concatenate(found)
