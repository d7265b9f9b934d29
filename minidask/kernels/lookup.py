"""Rows looked up by their keys, where the other side has each key once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import NAMES, Loops
from minidask.kernels.hashed import first_of_equals
from minidask.kernels.numbered import numbered
from minidask.kernels.row_codes import SPREAD, close_together, codes_of, numbers_of

_SAMPLE = 2**13


class Pairs(NamedTuple):
    """Rows of two sides that belong together."""

    left: np.ndarray | None
    """Those of the left side; None: all, in their order."""
    right: np.ndarray
    """For each of them the row of the right side, or -1."""
    missing: bool = False
    """Whether any is -1."""


def pairs_of(left: Sequence[pd.Series], right: Sequence[pd.Series], outer: bool) -> Pairs | None:
    """For each row of the left side the row of the right one with the same keys.

    Parameters
    ----------
    left, right
        The keys.
    outer
        Whether rows of the left side that have no match are there, too.

    Returns
    -------
    Pairs or None
        None: there are keys that are no whole numbers, times or strings, or are of two dtypes; or the right side has
        some that are missing or there more than once; or there is one key of numbers that lie far apart.

    Examples
    --------
    >>> found = pairs_of([pd.Series(["b", "a", "c"])], [pd.Series(["a", "b"])], outer=False)
    >>> found.left.tolist(), found.right.tolist()
    ([0, 1], [1, 0])
    """
    if not all(a.dtype == b.dtype and _can_number(a.dtype) for a, b in zip(left, right)) or not len(right[0]):
        return None
    if len(right) == 1 and not right[0].iloc[:_SAMPLE].is_unique:  # told before the work is done in vain
        return None
    if len(right) == 1 and isinstance(right[0].dtype, np.dtype):
        reach = close_together(right[0], len(left[0]) + len(right[0]))
        if reach is None:
            return None
        looped = _by_loops(left[0].to_numpy(), right[0].to_numpy(), *reach, outer)
        if looped is not None:
            return looped.found
    found = _places(left, right)
    if found is None:
        return None
    there = found >= 0
    if outer or there.all():
        return Pairs(None, found, outer and not there.all())
    rows = np.flatnonzero(there)
    return Pairs(rows, found[rows])


def _places(left: Sequence[pd.Series], right: Sequence[pd.Series]) -> np.ndarray | None:
    """For each row of the left side that of the right one, or -1; None where that has a row twice."""
    count = len(right[0])
    numbers = [numbers_of(pd.concat([b, a], ignore_index=True)) for a, b in zip(left, right)]
    missing = [n.missing for n in numbers]
    if any(m is not None and m[:count].any() for m in missing):  # for pandas they are equal
        return None
    codes, width = codes_of(numbers)
    found = _by_table(codes, width, count) if width <= SPREAD * len(codes) else _by_numbers(codes, count)
    for m in missing:
        if found is not None and m is not None:
            found[m[count:]] = -1
    return found


def _can_number(dtype: Any) -> bool:
    return isinstance(dtype, pd.StringDtype) or (isinstance(dtype, np.dtype) and dtype.kind in "iumM")


class _Looped(NamedTuple):
    """What compiled loops found: nothing, where a key is there more than once."""

    found: Pairs | None


def _by_loops(left: np.ndarray, right: np.ndarray, low: int, width: int, outer: bool) -> _Looped | None:
    """By a table of the keys of the right side, where loops are compiled."""
    func = compiled(_loops(left.dtype), _STEPS * (len(left) + len(right))) if len(right) < 2**31 else None
    if func is None or not (left.flags.aligned and right.flags.aligned):
        return None
    rows, found = np.empty((2, len(left)), np.int64)
    table = np.full(width + 1, -1, np.int32)  # the last place is that of all keys that are not there
    if not func(left, right, low, outer, table, told := np.zeros(2, np.int64), rows, found):
        return _Looped(None)
    count, matched = told.tolist()
    every = count == len(left)
    return _Looped(Pairs(None if every else rows[:count], found[:count], outer and matched < count))


_STEPS = 20
"""How many element-wise steps take as long as a key takes without compiled loops."""
_SOURCE = """
def formula(left, right, low, outer, table, told, rows, found):
    for row in range(right.size):
        place = uint64(int64(right[row]) - low)
        if table[place] >= 0:
            return False
        table[place] = row
    count, matched, last = uint64(0), uint64(0), uint64(table.size - 1)
    for row in range(left.size):
        other = table[min(uint64(int64(left[row]) - low), last)]
        rows[count] = row
        found[count] = other
        there = uint64(other >= 0)
        count += there | uint64(outer)
        matched += there
    told[0] = count
    told[1] = matched
    return True
"""


_TOLD = ", ".join(["int64[::1]"] * 3)


@cache
def _loops(dtype: np.dtype) -> Loops:
    column = f"Array({NAMES[dtype]}, 1, 'A', True)"
    return Loops(_SOURCE, f"boolean({column}, {column}, int64, boolean, int32[::1], {_TOLD})")


def _by_table(codes: np.ndarray, width: int, count: int) -> np.ndarray | None:
    rows, table = np.arange(count), np.full(width, -1)
    table[codes[:count]] = rows
    return table[codes[count:]] if (table[codes[:count]] == rows).all() else None


def _by_numbers(codes: np.ndarray, count: int) -> np.ndarray | None:
    """The first row with the same keys, which is one of the right side where there is any: these come first."""
    first = first_of_equals(codes)
    if first is None:
        numbers, places = numbered(codes)
        first = places[numbers]
    if not (first[:count] == np.arange(count)).all():
        return None
    found = first[count:]
    return np.where(found < count, found, -1)
