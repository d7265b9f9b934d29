"""The stable order of one column, faster than a stable sort finds it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.packing import stable_order


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
    if ascending:
        return stable_order(values)
    return stable_order(-values if values.dtype.kind == "f" else ~values)


def _numbers(column: pd.Series) -> np.ndarray | None:
    array: Any = column.array
    dtype = array.dtype
    if getattr(dtype, "kind", "O") not in "iufmM" or isinstance(dtype, pd.ArrowDtype) or array.isna().any():
        return None
    if hasattr(array, "asi8"):
        return np.asarray(array.asi8)
    return np.asarray(array.to_numpy(dtype=dtype.numpy_dtype)) if hasattr(dtype, "numpy_dtype") else np.asarray(array)
