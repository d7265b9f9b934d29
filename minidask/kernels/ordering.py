"""The stable order of one column, faster than a stable sort finds it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def order_of_key(column: pd.Series, ascending: bool = True) -> np.ndarray | None:
    """Where the sorted values of a column are; equal ones stay in their order.

    Parameters
    ----------
    column
        Numbers or times.
    ascending
        Whether the least value comes first.

    Returns
    -------
    ndarray
        None for columns that have missing values or another dtype: they are left to pandas.

    Examples
    --------
    >>> order_of_key(pd.Series([3, 1, 3, 2])).tolist()
    [1, 3, 0, 2]
    """
    values = _numbers(column)
    if values is None:
        return None
    if values.dtype.kind == "f":
        return _order_of_floats(values if ascending else -values)
    return _order_of_integers(values, ascending)


def _numbers(column: pd.Series) -> np.ndarray | None:
    array: Any = column.array
    dtype = array.dtype
    if getattr(dtype, "kind", "O") not in "iufmM" or isinstance(dtype, pd.ArrowDtype) or array.isna().any():
        return None
    if hasattr(array, "asi8"):
        return np.asarray(array.asi8)
    return np.asarray(array.to_numpy(dtype=dtype.numpy_dtype)) if hasattr(dtype, "numpy_dtype") else np.asarray(array)


def _order_of_integers(values: np.ndarray, ascending: bool) -> np.ndarray:
    """Values and their places packed into one number each, which is sorted in no special way."""
    rows = len(values)
    if not rows:
        return np.arange(0)
    low, high, bits = int(values.min()), int(values.max()), rows.bit_length()
    if high - low >= 2 ** (62 - bits) or high >= 2**62 or low <= -(2**62):
        order = (values if ascending else ~values).argsort(kind="stable")
        return np.asarray(order)
    values = values.astype(np.int64, copy=False)
    packed = ((values - low if ascending else high - values) << bits) | np.arange(rows)
    packed.sort()
    return packed & ((1 << bits) - 1)


def _order_of_floats(values: np.ndarray) -> np.ndarray:
    """The order that is found first, unless there are equal values."""
    order = values.argsort()
    found = values[order]
    return values.argsort(kind="stable") if (found[1:] == found[:-1]).any() else order
