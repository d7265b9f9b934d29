"""Missing values filled."""

from __future__ import annotations

from operator import index
from typing import Any

from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.filling import Pushed


def push(array: Any, n: int | None, axis: int) -> Array:
    """The array, missing values (NaN, NaT) filled with the last one before them along an axis.

    Parameters
    ----------
    n
        How many in a row are filled; None: all.
    axis
        Along which.

    Raises
    ------
    ValueError
        `n` is negative.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> push([1, np.nan, np.nan, 2, np.nan], 1, axis=0).compute()
    array([ 1.,  1., nan,  2.,  2.])
    """
    a = asanyarray(array)
    axis = normalize_axis_index(axis, a.ndim)
    if n is not None and index(n) < 0:
        raise ValueError(f"n={n} must be a number of elements, or None")
    return Array.of(Pushed(a.expr, axis, n)) if a.dtype.kind in "fcmM" else a
