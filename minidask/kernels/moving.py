"""Aggregates of windows that move along rows, by compiled loops that do what pandas does, in its order.

A sum takes up the values that enter a window, and gives back those that leave it, with what rounding lost of either
carried along (Kahan, "Further remarks on reducing truncation errors", CACM 8, 1965). So the bits are those of pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops


class Windows(NamedTuple):
    """Which rows are in the window of each row: those from a first one on, up to so many rows further than its own."""

    first: np.ndarray
    """Whole numbers, which do not decrease."""
    ahead: int
    """0: all rows before its own; 1: its own, too."""


def windows_of_rows(rows: int, count: int, centred: bool, closed: str) -> Windows:
    """Windows of so many rows.

    Parameters
    ----------
    rows
        How many there are.
    count
        How many are in a window, at least 1.
    centred
        Whether a row is in the middle of its window, instead of its end.
    closed
        "right"; "left": one row before it instead of the last one; "both", "neither".

    Examples
    --------
    >>> windows_of_rows(4, 2, False, "right")
    Windows(first=array([0, 0, 1, 2]), ahead=1)
    """
    ahead = 1 + ((count - 1) // 2 if centred else 0)
    first = np.arange(ahead - count - (closed in _LEFT), rows)[:rows]
    return Windows(np.maximum(first, 0, out=first), ahead - (closed not in _RIGHT))


_LEFT, _RIGHT = ("left", "both"), ("right", "both")


def windows_of_times(times: np.ndarray, span: int, closed: str) -> Windows | None:
    """Windows of so long a time, which end with their rows.

    Parameters
    ----------
    times
        Whole numbers of 64 bits, one a row.
    span
        In the unit of the times, at least 1.
    closed
        As for rows.

    Returns
    -------
    Windows or None
        None: the times do not increase, or no compiled loop for them is ready.
    """
    find = compiled(_FIRST, _STEPS * len(times))
    first = np.empty(len(times), np.int64)
    found = find is not None and find(np.ascontiguousarray(times), span + (closed in _LEFT), first)
    return Windows(first, int(closed in _RIGHT)) if found else None


def moving(how: str, columns: Sequence[np.ndarray], windows: Windows | None, least: int) -> list[np.ndarray] | None:
    """An aggregate of each window, for several columns. Values that are not finite are missing, as they are for pandas.

    Parameters
    ----------
    how
        One of `AGGREGATES`.
    columns
        Contiguous numbers in double precision, one a row.
    windows
        Of the same rows; None: what finds them is not ready.
    least
        How many values a window must have; others have no aggregate.

    Returns
    -------
    list of arrays, or None
        In double precision; None: no compiled loop is ready.
    """
    func = compiled(_LOOPS[how], _STEPS * sum(map(len, columns)))
    if func is None or windows is None:
        return None
    nothing = 0.0 if how == "sum" and least == 0 else np.nan
    made = [np.empty(len(values)) for values in columns]
    for values, found in zip(columns, made):
        func(values, *windows, max(least, 1), nothing, found)
    return made


_STEPS = 10
"""How many element-wise steps take as long as pandas takes for a row."""

_FIRST = Loops(
    """
def formula(times, span, made):
    first, last = 0, times[0]
    for row in range(times.size):
        time = times[row]
        if time < last:
            return False
        last = time
        while first < row and times[first] <= time - span:
            first += 1
        made[row] = first
    return True
""",
    "boolean(Array(int64, 1, 'C', True), int64, int64[::1])",
)

_SUMS = """
def formula(values, first, ahead, least, nothing, made):
    bits = values.view(int64)
    count, negative, alike, begin, end = 0, 0, 0, 0, 0
    total, lost, lost_back, last = 0.0, 0.0, 0.0, 0.0
    for row in range(values.size):
        start = first[row]
        if start >= end:
            count, negative, alike, begin, end = 0, 0, 0, start, start
            total, lost, lost_back = 0.0, 0.0, 0.0
        while begin < start:
            value = values[begin]
            if value - value == 0:
                count -= 1
                negative += bits[begin] >> 63
                value = -value - lost_back
                new = total + value
                lost_back = new - total - value
                total = new
            begin += 1
        while end < min(row + ahead, values.size):
            value = values[end]
            if value - value == 0:
                count += 1
                negative -= bits[end] >> 63
                alike = alike + 1 if value == last else 1
                last = value
                value = value - lost
                new = total + value
                lost = new - total - value
                total = new
            end += 1
        if count < least:
            made[row] = nothing
        elif alike >= count:
            made[row] = {of_alike}
        else:
            {result}
"""
_OF_MEAN = """mean = total / count
            off = mean < 0 if negative == 0 else mean > 0 and negative == count
            made[row] = 0.0 if off else mean"""

_EXTREMES = """
def formula(values, first, ahead, least, nothing, made):
    best = empty(values.size, first.dtype)
    front, back, count, begin, end = 0, 0, 0, 0, 0
    for row in range(values.size):
        while begin < first[row]:
            if values[begin] - values[begin] == 0:
                count -= 1
            begin += 1
        while end < min(row + ahead, values.size):
            value = values[end]
            if value - value == 0:
                count += 1
                while back > front and not values[best[back - 1]] {better} value:
                    back -= 1
                best[back] = end
                back += 1
            end += 1
        while front < back and best[front] < begin:
            front += 1
        made[row] = values[best[front]] if count >= least else nothing
"""

_SIGNATURE = "void(Array(float64, 1, 'C', True), int64[::1], int64, int64, float64, float64[::1])"
_LOOPS = {
    how: Loops(source, _SIGNATURE)
    for how, source in {
        "sum": _SUMS.format(of_alike="last * count", result="made[row] = total"),
        "mean": _SUMS.format(of_alike="last", result=_OF_MEAN),
        "min": _EXTREMES.format(better="<"),
        "max": _EXTREMES.format(better=">"),
    }.items()
}
AGGREGATES = tuple(_LOOPS)
