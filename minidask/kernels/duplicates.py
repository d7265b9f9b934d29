"""Which rows are duplicates of others: each becomes one whole number, which is looked up in a table or hashed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.hashed import first_of_equals
from minidask.kernels.row_codes import SPREAD, close_together, codes_of, numbers_of, places_dtype, tiles


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
    if not len(rows) or not columns:
        return rows.duplicated(keep=keep)
    if len(columns) == 1 and close_together(columns[0]) is None:
        return _as_hashed(columns[0], keep)
    codes, width = codes_of([numbers_of(column) for column in columns])
    if keep is not False and width <= SPREAD * len(rows):
        return pd.Series(_looked_up(codes, width, keep), index=rows.index)
    return _as_hashed(pd.Series(codes, rows.index, copy=False), keep)


SAMPLE = 2**15
"""Rows that tell whether there are many duplicates."""


def mostly_distinct(rows: pd.DataFrame, step: int = 1) -> bool:
    """Whether some rows tell that fewer than about a quarter of all are duplicates, if they are random.

    Parameters
    ----------
    rows
        The columns that count, with distinct names.
    step
        Of so many rows one is looked at, beginning with the first, until they are enough.

    Examples
    --------
    >>> mostly_distinct(pd.DataFrame({"x": range(100_000)})), mostly_distinct(pd.DataFrame({"x": [1] * 100_000}))
    (True, False)
    """
    sample = rows.iloc[: SAMPLE * step : step]
    repeated = int(duplicated_rows(sample).sum())  # of random rows twice as many have four times as many pairs
    return len(sample) < len(rows) and repeated * len(rows) < len(sample) ** 2 / 4


def _as_hashed(column: pd.Series, keep: Any) -> pd.Series:
    """For each row whether its value is a duplicate; whole numbers and times are hashed in compiled loops."""
    values = _whole_numbers(column)
    first = None if values is None else first_of_equals(values[::-1] if keep == "last" else values)
    if first is None:
        return column.duplicated(keep=keep).rename(None)
    if keep is False:
        return pd.Series((np.bincount(first) > 1)[first], index=column.index)
    later = first != np.arange(len(first), dtype=first.dtype)
    return pd.Series(later[::-1] if keep == "last" else later, index=column.index)


def _whole_numbers(column: pd.Series) -> np.ndarray | None:
    """The values as whole numbers; None where they are neither these nor times."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iumM":
        return None
    values = column.to_numpy()
    return values.view(np.int64) if column.dtype.kind in "mM" else values


def _looked_up(codes: np.ndarray, width: int, keep: str) -> np.ndarray:
    """A table holds for each code the row that is kept: of those written to one place the last one stays."""
    step, parts = (-1, tiles(codes)[::-1]) if keep == "first" else (1, tiles(codes))
    dtype = places_dtype(len(codes))
    kept, found = np.empty(width, dtype), np.empty(len(codes), bool)
    for tile in parts:
        kept[codes[tile][::step]] = np.arange(tile.start, tile.stop, dtype=dtype)[::step]
    for tile in parts:
        np.not_equal(kept[codes[tile]], np.arange(tile.start, tile.stop, dtype=dtype), out=found[tile])
    return found
