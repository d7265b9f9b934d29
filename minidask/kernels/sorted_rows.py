"""The rows of a block sorted by where they go: what a block sends in a shuffle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype

from minidask.kernels.columns import Columns, Numbers, Rows
from minidask.kernels.pieces import Pieces


class SortedColumns:
    """Rows sorted by target, of which those of one target are read without the others, wherever their bytes are.

    Parameters
    ----------
    columns
        The rows, sorted by target.
    offsets
        As for `SortedRows`, of the dtype int64.

    Examples
    --------
    >>> columns = Columns.of(pd.Series([10, 20, 30]))
    >>> sent = SortedColumns(columns, Numbers.of(np.array([0, 1, 1, 3])))
    >>> sent[2].arrays[0].tolist(), len(sent)
    ([20, 30], 3)
    """

    __slots__ = ("columns", "offsets")

    in_parts = True
    """Whether an item can be read where the bytes of the others are not there."""

    def __init__(self, columns: Columns, offsets: Numbers) -> None:
        self.columns = columns
        self.offsets = offsets

    @property
    def nbytes(self) -> int:
        return self.columns.nbytes + self.offsets.nbytes

    def __len__(self) -> int:
        return self.offsets.nbytes // 8 - 1

    def __getitem__(self, target: int) -> Rows:
        start, stop = self.offsets.part(target, target + 2).tolist()
        return self.columns.part(start, stop)


class SortedRows:
    """Rows sorted by target, and where those of each target begin: also those that have no `Columns`.

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


Sent = SortedColumns | SortedRows | Pieces
"""What one block sends to the others: for each target an item, which `minidask.dataframe.shuffle.together` takes."""


def counts_by_target(sent: Sent) -> np.ndarray:
    """How many rows a block sends to each target.

    Examples
    --------
    >>> counts_by_target(split_rows(pd.Series([1, 2, 3]), np.array([1, 0, 1]), 3)).tolist()
    [1, 2, 0]
    """
    if isinstance(sent, Pieces):
        return np.array([len(sent[target]) for target in range(len(sent))])
    offsets = sent.offsets
    return np.diff(offsets if isinstance(offsets, np.ndarray) else offsets.part(0, len(sent) + 1))


def split_rows(rows: Any, targets: np.ndarray, count: int, labels: bool = True) -> Sent:
    """The rows sorted by target; rows for the same target keep their order.

    Parameters
    ----------
    rows
        DataFrame or Series.
    targets
        For each row a number from 0 up to `count`.
    count
        How many targets there are.
    labels
        Whether the labels of the rows are wanted; else others may come.

    Examples
    --------
    >>> sent = split_rows(pd.Series([1, 2, 3, 4]), np.array([1, 0, 1, 0]), 2)
    >>> sent[0].arrays[0].tolist(), sent[1].arrays[0].tolist()
    ([2, 4], [1, 3])
    """
    if count == 1:
        return SortedRows(rows, np.array([0, len(rows)]))
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(targets, minlength=count), out=offsets[1:])
    return sent_by_target(rows, offsets, order_of(targets), labels)


def sent_by_target(rows: Any, offsets: np.ndarray, order: np.ndarray | None = None, labels: bool = True) -> Sent:
    """What a block sends, in the form of which the items are quickest to read.

    Parameters
    ----------
    rows
        DataFrame or Series.
    offsets
        As for `SortedRows`.
    order
        Where the rows are, sorted by target; None: they are sorted.
    labels
        As for `split_rows`.
    """
    columns = Columns.of(rows, order, labels)
    if columns is not None:
        return SortedColumns(columns, Numbers.of(offsets.astype(np.int64, copy=False)))
    sent = SortedRows(rows if order is None else rows.take(order), offsets)
    dtypes = rows.dtypes if isinstance(rows, pd.DataFrame) else [rows.dtype]
    return Pieces(sent) if any(is_object_dtype(dtype) for dtype in dtypes) else sent  # type: ignore[arg-type]


def order_of(targets: np.ndarray) -> np.ndarray:
    """The stable order of rows by target; of 16 bits they are sorted in one pass."""
    return targets.astype(np.uint16, copy=False).argsort(kind="stable") if len(targets) else np.arange(0)
