"""Which rows are duplicates of others: each becomes one whole number, which is looked up in a table or hashed.

Rows are gone through in tiles, so that what is made of them on the way stays in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

SPREAD = 8
"""How many times as many places as rows a table may have."""
_MOST = 2**62
_TILE = 2**15


class Numbers(NamedTuple):
    """A whole number for each row, from 0 up to below `width`: the values less the `low` one."""

    values: np.ndarray
    low: int
    width: int


def duplicated_rows(rows: pd.DataFrame, keep: Any = "first") -> pd.Series:
    """For each row whether it is a duplicate: as `rows.duplicated(keep=keep)`, and faster.

    Parameters
    ----------
    rows
        The columns that count, with distinct names.
    keep
        "first", "last" or False: which of equal rows is none.

    Examples
    --------
    >>> duplicated_rows(pd.DataFrame({"x": [1, 2, 1], "y": ["a", "b", "a"]})).tolist()
    [False, False, True]
    """
    columns = [column for _, column in rows.items()]
    if not len(rows) or not columns or (len(columns) == 1 and _range(columns[0]) is None):
        return rows.duplicated(keep=keep)
    codes, width = _codes(columns)
    if keep is not False and width <= SPREAD * len(rows):
        return pd.Series(_looked_up(codes, width, keep), index=rows.index)
    return pd.Series(codes).duplicated(keep=keep).set_axis(rows.index)


def _looked_up(codes: np.ndarray, width: int, keep: str) -> np.ndarray:
    """A table holds for each code the row that is kept: of those written to one place the last one stays."""
    step, tiles = (-1, _tiles(codes)[::-1]) if keep == "first" else (1, _tiles(codes))
    dtype = _dtype(len(codes))
    kept, found = np.empty(width, dtype), np.empty(len(codes), bool)
    for tile in tiles:
        kept[codes[tile][::step]] = np.arange(tile.start, tile.stop, dtype=dtype)[::step]
    for tile in tiles:
        np.not_equal(kept[codes[tile]], np.arange(tile.start, tile.stop, dtype=dtype), out=found[tile])
    return found


def _tiles(values: np.ndarray) -> list[slice]:
    return [slice(start, min(start + _TILE, len(values))) for start in range(0, len(values), _TILE)]


def _dtype(width: int) -> Any:
    return np.int32 if width < 2**31 else np.int64


def _codes(columns: Sequence[pd.Series]) -> tuple[np.ndarray, int]:
    """A whole number for each row, the same for equal rows, and below which number they all are."""
    parts: list[Numbers] = []
    for column in columns:
        numbers = _numbers(column)
        if prod(p.width for p in parts) * numbers.width > _MOST:
            parts = [_factorized(_combined(parts))]
        parts.append(numbers)
    return _combined(parts), prod(p.width for p in parts)


def _combined(parts: Sequence[Numbers]) -> np.ndarray:
    """One number for each row, of which the given ones are the digits."""
    found = np.zeros(len(parts[0].values), _dtype(prod(p.width for p in parts)))
    for tile in _tiles(found):
        digits = found[tile]
        for values, low, width in parts:
            digits *= width
            digits += (values[tile].astype(np.int64) - low).astype(digits.dtype)
    return found


def _numbers(column: pd.Series) -> Numbers:
    found = _range(column)
    if found is not None:
        return Numbers(column.to_numpy(), *found)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Numbers(column.cat.codes.to_numpy(), -1, len(column.cat.categories) + 1)
    return _factorized(column.array)


def _factorized(values: Any) -> Numbers:
    codes, uniques = pd.factorize(values)
    return Numbers(codes, -1, len(uniques) + 1)


def _range(column: pd.Series) -> tuple[int, int] | None:
    """The least of whole numbers that lie close together, and how far they reach; None for others."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu":
        return None
    values = column.to_numpy()
    low, high = int(values.min()), int(values.max())
    return (low, high - low + 1) if high - low < SPREAD * len(values) and high < _MOST and low > -_MOST else None
