"""Compiled loops over rows in groups: each gives the bits of the NumPy calls that stand in for it."""

from __future__ import annotations

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
    "add numbers": ("", "if value == value: made[place] += value"),
    "squares": ("means, ", "if value == value: made[place] += (value - means[place]) * (value - means[place])"),
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
        What is done to the place of each value in the last array: "add"; and but for NaN "add numbers", "squares" (of
        what values are off the means of places), "min", "max". Or "order": values are written place by place, where
        the array before the last one tells where each begins.
    values, places
        For each row.
    arrays
        What is used and made.
    """
    if values.dtype not in NAMES or values.dtype.kind not in "iuf" or not values.flags.aligned:
        return False
    func = compiled(_loops(how, values.dtype, *[array.dtype for array in arrays]), _STEPS * values.size)
    if func is None:
        return False
    func(values, places.view(np.uint64), *arrays)
    return True


@cache
def _loops(how: str, *dtypes: np.dtype) -> Loops:
    more, body = _SOURCES[how]
    values, *others = (NAMES[dtype] for dtype in dtypes)
    arrays = "".join(f", {kind}[::1]" for kind in others)
    signature = f"void(Array({values}, 1, 'A', True), Array(uint64, 1, 'C', True){arrays})"
    return Loops(_HEAD.format(more=more, body=body), signature)


def totals(values: np.ndarray, places: np.ndarray, room: int) -> np.ndarray:
    """As ``np.bincount(places, values, room)``.

    Examples
    --------
    >>> totals(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0]), 2).tolist()
    [3.0, 3.0]
    """
    found = np.zeros(room)
    return found if looped("add", values, places, found) else np.bincount(places, weights=values, minlength=room)
