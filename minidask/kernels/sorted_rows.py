"""The rows of a block sorted by where they go: what a block sends in a shuffle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype

from minidask.kernels.pieces import Pieces


class SortedRows:
    """Rows sorted by target, and where those of each target begin.

    It travels as the buffers of its columns, so that a reader in another process maps them and touches its slice.

    Parameters
    ----------
    rows
        DataFrame or Series, sorted by target.
    offsets
        Where the rows of each target begin, and how many rows there are: one more than there are targets.

    Examples
    --------
    >>> sent = SortedRows(pd.Series([10, 20, 30]), np.array([0, 1, 1, 3]))
    >>> sent[2].tolist(), len(sent)
    ([20, 30], 3)
    """

    __slots__ = ("offsets", "rows")

    def __init__(self, rows: Any, offsets: np.ndarray) -> None:
        self.rows = rows
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, target: int) -> Any:
        return self.rows.iloc[self.offsets[target] : self.offsets[target + 1]]


def split_rows(rows: Any, targets: np.ndarray, count: int) -> SortedRows | Pieces:
    """The rows sorted by target; rows for the same target keep their order.

    Parameters
    ----------
    rows
        DataFrame or Series.
    targets
        For each row a number from 0 up to `count`.
    count
        How many targets there are.

    Examples
    --------
    >>> sent = split_rows(pd.Series([1, 2, 3, 4]), np.array([1, 0, 1, 0]), 2)
    >>> sent[0].tolist(), sent[1].tolist()
    ([2, 4], [1, 3])
    """
    if count == 1:
        return SortedRows(rows, np.array([0, len(rows)]))
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(targets, minlength=count), out=offsets[1:])
    return sent_apart(SortedRows(rows.take(order_of(targets)), offsets))


def order_of(targets: np.ndarray) -> np.ndarray:
    """The stable order of rows by target; of 16 bits they are sorted in one pass."""
    return targets.astype(np.uint16, copy=False).argsort(kind="stable") if len(targets) else np.arange(0)


def sent_apart(sent: SortedRows) -> SortedRows | Pieces:
    """The same; pickled piece by piece where a column of objects would be pickled whole for each reader."""
    dtypes = sent.rows.dtypes if isinstance(sent.rows, pd.DataFrame) else [sent.rows.dtype]
    return Pieces(sent) if any(is_object_dtype(dtype) for dtype in dtypes) else sent  # type: ignore[arg-type]
