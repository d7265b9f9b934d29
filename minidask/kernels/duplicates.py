"""Which rows are duplicates of others: each becomes one whole number, which is looked up in a table or hashed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

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
    if not len(rows) or not columns or (len(columns) == 1 and close_together(columns[0]) is None):
        return rows.duplicated(keep=keep)
    codes, width = codes_of([numbers_of(column) for column in columns])
    if keep is not False and width <= SPREAD * len(rows):
        return pd.Series(_looked_up(codes, width, keep), index=rows.index)
    return pd.Series(codes).duplicated(keep=keep).set_axis(rows.index)


SAMPLE = 2**15
"""Rows that tell whether there are many duplicates."""


def mostly_distinct(rows: pd.DataFrame) -> bool:
    """Whether the first rows tell that fewer than about a quarter of all are duplicates, if they are random.

    Examples
    --------
    >>> mostly_distinct(pd.DataFrame({"x": range(100_000)})), mostly_distinct(pd.DataFrame({"x": [1] * 100_000}))
    (True, False)
    """
    sample = rows.iloc[:SAMPLE]
    repeated = int(duplicated_rows(sample).sum())  # of random rows twice as many have four times as many pairs
    return len(sample) < len(rows) and repeated * len(rows) < len(sample) ** 2 / 4


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
