"""Compiled loops over rows in groups: each gives the bits of the NumPy calls that stand in for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import NAMES, Loops

_STEPS = 10
"""How many element-wise steps take as long as NumPy takes for a row."""

_HEAD = """
def formula(values, places, {more}made):
    for row in range(values.size):
        value = values[row]
        place = places[row]
        {body}
"""
_SOURCES = {
    "add": ("", "made[place] += value"),
    "squares": ("means, ", "if value == value: made[place] += (value - means[place]) * (value - means[place])"),
    "products": (
        "others, means, other_means, ",
        "made[place] += (value - means[place]) * (others[row] - other_means[place])",
    ),
    "min": ("", "if value == value and not made[place] < value: made[place] = value"),
    "max": ("", "if value == value and not made[place] > value: made[place] = value"),
    "order": ("ends, ", "made[ends[place]] = value; ends[place] += 1"),
}
"""What there is beside values and places, and what is done with each value."""


def looped(how: str, values: np.ndarray, places: np.ndarray, *arrays: np.ndarray) -> bool:
    """Whether a compiled loop has done it: where that is not ready, or not for this dtype, nothing is done.

    Parameters
    ----------
    how
        What is done to the place of each value in the last array: "add"; and but for NaN "squares" (of what values are
        off the means of places), "min", "max". Or "products" of what values, and others, are off such
        means. Or "order": values are written place by place, where the array before the last one tells where each
        begins.
    values, places
        For each row.
    arrays
        What is used and made.
    """
    if values.dtype.kind not in "iuf" or not _fit(values, *arrays):
        return False
    func = compiled(_loops(how, values.dtype, *[array.dtype for array in arrays]), _STEPS * values.size)
    if func is None:
        return False
    func(values, places.view(np.uint64), *arrays)
    return True


def _fit(*arrays: np.ndarray) -> bool:
    return all(array.dtype in NAMES and array.flags.aligned for array in arrays)


@cache
def _loops(how: str, *dtypes: np.dtype) -> Loops:
    more, body = _SOURCES[how]
    values, *others = (NAMES[dtype] for dtype in dtypes)
    names = [*more.split(), "made"]
    arrays = "".join(f", {_column(kind) if n == 'others,' else f'{kind}[::1]'}" for n, kind in zip(names, others))
    signature = f"void({_column(values)}, Array(uint64, 1, 'C', True){arrays})"
    return Loops(_HEAD.format(more=more, body=body), signature)


def _column(kind: str) -> str:
    """Rows of a column, which may be few of a table, or read-only."""
    return f"Array({kind}, 1, 'A', True)"


_ADDED = """
def formula(places, missing{operands}):
    for row in range(places.size):
        place = places[row]
"""
_NUMBER = "        made{0}[place] += values{0}[row]\n"
_NUMBER_OR_NOT = """
        value{0} = values{0}[row]
        if value{0} == value{0}:
            made{0}[place] += value{0}
        else:
            missing[{0}] += 1
"""
TOGETHER = 4
"""Columns that one loop adds up: more are more than a processor reads ahead at a time."""


def added(columns: Sequence[np.ndarray], places: np.ndarray, made: Sequence[np.ndarray]) -> np.ndarray | None:
    """Add the values of columns to their places, but for those that are NaN, in one loop over the rows.

    Parameters
    ----------
    columns, made
        At most `TOGETHER` columns, and for each the array that they are added to.
    places
        For each row.

    Returns
    -------
    ndarray or None
        For each column how many values are NaN. None: the loop is not ready, or not for these dtypes; nothing is done.
    """
    if not _fit(*columns, *made):
        return None
    loops = _adding(tuple(column.dtype for column in columns), tuple(array.dtype for array in made))
    func = compiled(loops, _STEPS * places.size * len(columns))
    if func is None:
        return None
    missing = np.zeros(len(columns), np.int64)
    func(places.view(np.uint64), missing, *(array for pair in zip(columns, made) for array in pair))
    return missing


@cache
def _adding(columns: tuple[np.dtype, ...], made: tuple[np.dtype, ...]) -> Loops:
    operands = "".join(f", values{i}, made{i}" for i in range(len(columns)))
    source = _ADDED.format(operands=operands)
    source += "".join((_NUMBER_OR_NOT if c.kind == "f" else _NUMBER).format(i) for i, c in enumerate(columns))
    kinds = "".join(f", {_column(NAMES[c])}, {NAMES[m]}[::1]" for c, m in zip(columns, made))
    return Loops(source, f"void(Array(uint64, 1, 'C', True), int64[::1]{kinds})")


def totals(values: np.ndarray, places: np.ndarray, room: int) -> np.ndarray:
    """As ``np.bincount(places, values, room)``.

    Examples
    --------
    >>> totals(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0]), 2).tolist()
    [3.0, 3.0]
    """
    found = np.zeros(room)
    return found if looped("add", values, places, found) else np.bincount(places, weights=values, minlength=room)


def products_off(
    one: np.ndarray, mean: np.ndarray, other: np.ndarray, other_mean: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """For each place the sum of the products of what two columns are off the means of places.

    Examples
    --------
    >>> one, zero = np.array([1.0, 2.0, 3.0]), np.zeros(2)
    >>> products_off(one, zero, one, zero, np.array([1, 1, 0])).tolist()
    [9.0, 5.0]
    """
    found = np.zeros(len(mean))
    if looped("products", one, places, other, mean, other_mean, found):
        return found
    return totals((one - mean[places]) * (other - other_mean[places]), places, len(mean))
