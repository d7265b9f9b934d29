"""Sums over groups whose keys are whole numbers that lie close together: the key itself is the place of the sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

SPREAD = 8
"""How many times as many places as rows there may be."""


def dense_sums(key: pd.Series, columns: Mapping[int, tuple[pd.Series | None, str]]) -> pd.DataFrame | None:
    """Sums and counts of groups, sorted by key; None where this is not the way to find them.

    Parameters
    ----------
    key
        The key of each row.
    columns
        For each column of the result its values, and "sum", "count" of what is not missing, or "size" (without values).

    Returns
    -------
    DataFrame
        Indexed by the keys that are there.

    Examples
    --------
    >>> x = pd.Series([1.0, 2.0, 4.0])
    >>> dense_sums(pd.Series([7, 5, 7]), {0: (x, "sum")})[0].to_dict()
    {5: 2.0, 7: 5.0}
    """
    if not _is_plain(key.dtype, "iu") or not len(key) or not all(_is_summable(v, how) for v, how in columns.values()):
        return None
    keys = key.to_numpy()
    low, high = int(keys.min()), int(keys.max())
    if high - low >= SPREAD * len(keys) or high >= 2**62 or low <= -(2**62):
        return None
    places = keys.astype(np.int64, copy=False) - low
    width = high - low + 1
    sizes = np.bincount(places, minlength=width)
    present = np.flatnonzero(sizes)
    found = {i: _sum(values, how, places, sizes, width)[present] for i, (values, how) in columns.items()}
    index = pd.Index((present + low).astype(keys.dtype), name=key.name)
    return pd.DataFrame(found, index=index, copy=False)


def _is_plain(dtype: Any, kinds: str) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in kinds


def _is_summable(values: pd.Series | None, how: str) -> bool:
    if values is None:
        return how == "size"
    return how == "count" or (how == "sum" and (_is_plain(values.dtype, "iu") or values.dtype == np.float64))


def _sum(values: pd.Series | None, how: str, places: np.ndarray, sizes: np.ndarray, width: int) -> np.ndarray:
    if values is None:
        return sizes
    missing = np.asarray(values.isna())
    if how == "count":
        return sizes - np.bincount(places[missing], minlength=width) if missing.any() else sizes
    numbers = values.to_numpy()
    if numbers.dtype.kind == "f":
        return np.bincount(
            places, weights=np.where(missing, 0.0, numbers) if missing.any() else numbers, minlength=width
        )
    sums = np.zeros(width, dtype=np.uint64 if numbers.dtype.kind == "u" else np.int64)
    np.add.at(sums, places, numbers)
    return sums
