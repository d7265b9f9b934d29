"""Rows divided by ranges of their keys: what a sort sends where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.text_codes import factorized

SAMPLE = 4096
"""Rows of one block that are looked at to find the ranges."""
_DATES = ("date32[day][pyarrow]", "date64[ms][pyarrow]")
FEW = 24
"""Ranges that are found by comparing with each."""


def sample_rows(keys: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Rows at even distances, and how many rows each of them stands for."""
    step = -(-len(keys) // SAMPLE) or 1
    sample = keys.iloc[step // 2 :: step].reset_index(drop=True)
    return sample, len(keys) / max(len(sample), 1)


def splitters_of(
    rows: pd.DataFrame, weights: np.ndarray, count: int, ascending: Sequence[bool], na_position: Any = "last"
) -> pd.DataFrame:
    """The rows at which `count` ranges of about equally many rows begin; but for the first.

    Parameters
    ----------
    rows
        A sample of keys, indexed from 0.
    weights
        How many rows each of them stands for.
    count
        How many ranges.
    ascending
        For each key.
    na_position
        "first" or "last".

    Returns
    -------
    DataFrame
        At most ``count - 1`` different rows, sorted; none is the first of all, so that the first range is not empty.

    Raises
    ------
    TypeError
        The keys cannot be ordered.
    """
    by: list[Any] = list(rows.columns)
    rows = rows.sort_values(by, ascending=list(ascending), na_position=na_position, kind="stable")
    total = np.cumsum(weights[rows.index])
    if not len(total):
        return rows
    at = total.searchsorted(total[-1] * np.arange(1, count) / count)
    found = rows.iloc[np.append(0, np.minimum(at, len(rows) - 1))].drop_duplicates(ignore_index=True)
    return found.iloc[1:].reset_index(drop=True)


def range_targets(
    keys: pd.DataFrame, splitters: pd.DataFrame, ascending: Sequence[bool], na_position: str = "last"
) -> np.ndarray:
    """For each row the number of splitters that are not after it.

    Parameters
    ----------
    keys
        The keys of the rows: a column each.
    splitters
        Sorted rows of keys.
    ascending
        For each key.
    na_position
        "first" or "last".

    Examples
    --------
    >>> keys = pd.DataFrame({"a": [5, 1, 3, 2]})
    >>> range_targets(keys, pd.DataFrame({"a": [2, 4]}), [True]).tolist()
    [2, 0, 1, 1]
    """
    if not len(splitters):
        return np.zeros(len(keys), np.uint16)
    if len(ascending) == 1 and ascending[0]:
        return _among(_as_dtype(keys.iloc[:, 0], splitters.dtypes.iloc[0]), splitters.iloc[:, 0], na_position)
    found, rows = np.zeros(len(keys), np.uint16), np.arange(len(keys))
    place, edges = np.zeros(len(keys), np.int64), np.zeros(len(splitters), np.int64)
    room = 1
    for i, up in enumerate(ascending):
        edge = splitters.iloc[:, i]
        column = keys.iloc[:, i] if i == 0 else keys.iloc[:, i].take(rows)
        values = np.unique(_comparable(edge.dropna().array))
        size = 2 * len(values) + 3
        room *= size
        if room > 2**62:  # rows that are equal so far go to the same place
            break
        place = place * size + _places(_as_dtype(column, edge.dtype), values, up, na_position)
        edges = edges * size + _places(edge, values, up, na_position)
        found[rows] = after = edges.searchsorted(place, side="right")
        tied = edges[after - 1] == place  # the others are not looked at again
        rows, place = rows[tied], place[tied]
    return found


def _among(column: pd.Series, splitters: pd.Series, na_position: str) -> np.ndarray:
    """The same for one key that goes upwards."""
    array: Any = column.array
    edges = _comparable(splitters.dropna().array)
    if _is_plain(array.dtype):
        found = _reached(_comparable(array), edges)
    else:
        codes, uniques = factorized(array)
        found = np.append(edges.searchsorted(_comparable(uniques), side="right"), 0)[codes]
    missing = np.asarray(column.isna())
    if missing.any() or len(edges) < len(splitters):
        before = len(splitters) - len(edges) if na_position == "first" else 0
        found = np.where(missing, before if na_position == "first" else len(splitters), found + before)
    return found.astype(np.uint16)


def _reached(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many edges are not after each value; to compare with each of few is faster than to search among them."""
    if len(edges) > FEW:
        return np.asarray(edges.searchsorted(values, side="right"))
    found = np.zeros(len(values), np.uint8)
    for edge in edges:
        found += values >= edge
    return found


def _as_dtype(column: pd.Series, dtype: Any) -> pd.Series:
    """Categories and units of time have no order but in one dtype."""
    alike = column.dtype == dtype or (
        getattr(dtype, "kind", "O") in "biufO" and not isinstance(dtype, pd.CategoricalDtype)
    )
    return column if alike else column.astype(dtype)


def _places(column: pd.Series, values: np.ndarray, ascending: bool, na_position: str) -> np.ndarray:
    """Where the values of a column lie among sorted ones: between two of them, or on one; missing ones at an end."""
    array: Any = column.array
    missing = np.asarray(column.isna())
    if _is_plain(array.dtype):
        found = _between(_comparable(array), values)
    else:
        codes, uniques = factorized(array)
        found = np.append(_between(_comparable(uniques), values), 0)[codes]
    if not ascending:
        found = 2 * len(values) - found
    return np.where(missing, 0 if na_position == "first" else 2 * len(values) + 2, found + 1)


def _between(found: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values.searchsorted(found, side="left") + values.searchsorted(found, side="right")


def _is_plain(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "biufmM" or isinstance(dtype, pd.CategoricalDtype | pd.PeriodDtype)


def _comparable(array: Any) -> np.ndarray:
    """A NumPy array in the same order; what stands for missing values does not matter."""
    if isinstance(array, pd.Categorical):
        return array.codes
    if hasattr(array, "asi8"):
        return np.asarray(array.asi8)
    if str(array.dtype) in _DATES:
        array = array.astype("timestamp[ms][pyarrow]")
    dtype = array.dtype
    if isinstance(dtype, np.dtype):
        return np.asarray(array)
    if getattr(dtype, "kind", "O") in "biufmM":
        plain = dtype.numpy_dtype
        return np.asarray(array.to_numpy(dtype=plain, na_value=plain.type()))
    return np.asarray(array, dtype=object)
