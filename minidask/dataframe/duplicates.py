"""`drop_duplicates` and `duplicated`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Columns, Divisions, FrameNode, SameRows
from minidask.dataframe.numbering import numbered
from minidask.dataframe.selection import filtered
from minidask.dataframe.shuffle import bring_back, by_hash, exchange, send_back
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.duplicates import duplicated_rows, mostly_distinct


class Duplicated(SameRows):
    """For each row whether it is a duplicate of another, by some of its columns.

    Fields
    ------
    subset
        Labels of columns; None: all, or it is a Series.
    keep
        "first", "last" or False: which of equal rows is none.
    """

    subset: tuple[Any, ...] | None
    keep: Any

    @fact
    def meta(self) -> Meta:
        meta = self.frame.meta
        return pd.Series([], dtype=bool, index=meta.index, name=meta.name if isinstance(meta, pd.Series) else None)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {} if self.subset is None else {self.frame: frozenset(self.subset)}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


@lower(Duplicated)
def find_duplicates(node: Duplicated) -> Node:
    """Equal rows meet in a partition; what is found there is sent back to where they came from."""
    grid, count, name = node.frame.grid, node.frame.npartitions, node.meta.name
    rows = blockwise(_compared, node.frame, node.subset, grid=grid, name=f"{node.name}-rows", cheap=True)
    if count == 1:
        return blockwise(_duplicated, rows, node.keep, name, grid=grid, name=node.name, label="duplicated")
    meta = node.frame.meta
    width = 1 if isinstance(meta, pd.Series) else len(meta.columns if node.subset is None else node.subset)
    targets = by_hash(rows, range(width), count, f"{node.name}-targets")
    pieces = exchange(rows, targets, count, f"{node.name}-pieces", labels=False)
    args = (pieces, _duplicated, node.keep, name)
    options: dict[str, Any] = {"name": f"{node.name}-found", "label": "duplicated", "kwargs": {"labels": False}}
    found = blockwise(send_back, *args, grid=(count,), **options)
    labels = blockwise(_labels, node.frame, grid=grid, name=f"{node.name}-labels", label="labels", cheap=True)
    return bring_back(found, targets, node.name, "duplicated", labels)


def _compared(block: Any, subset: Sequence[Any] | None) -> pd.DataFrame:
    """The columns that count, by number."""
    frame: Any = block.to_frame() if isinstance(block, pd.Series) else block
    frame = frame if subset is None else frame[list(subset)]
    return frame.set_axis(range(frame.shape[1]), axis=1)


def _labels(block: Any) -> pd.Index:
    index: pd.Index = block.index
    return index


def _duplicated(rows: pd.DataFrame, keep: Any, name: Any) -> pd.Series:
    return duplicated_rows(rows, keep).rename(name)


class Distinct(FrameNode):
    """A frame without rows that are duplicates of others in their own partition, where these are many.

    Fields
    ------
    subset, keep
        As for `Duplicated`; `keep` is not False.
    """

    frame: FrameNode
    subset: tuple[Any, ...] | None
    keep: str

    @fact
    def meta(self) -> Meta:
        return self.frame.meta

    @fact
    def divisions(self) -> Divisions:
        return self.frame.divisions

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {} if self.subset is None or wanted is None else {self.frame: wanted.union(self.subset)}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


@lower(Distinct)
def drop_within_blocks(node: Distinct) -> Node:
    """One task a block."""
    return blockwise(_distinct, node.frame, node.subset, node.keep, grid=node.grid, name=node.name, label="distinct")


def _distinct(block: Any, subset: Sequence[Any] | None, keep: str) -> Any:
    rows = _compared(block, subset)
    return block if mostly_distinct(rows) else block[~duplicated_rows(rows, keep)]


class Duplicates(FrameCollection):
    """Rows that are there more than once: DataFrame and Series."""

    def duplicated(self, subset: Any = None, keep: Any = "first") -> Any:
        """For each row whether it is a duplicate.

        Parameters
        ----------
        subset
            For a DataFrame the columns that count; default: all.
        keep
            Which of equal rows is none: "first", "last", or False for none of them.

        Raises
        ------
        KeyError, ValueError
            There is no such column; `keep` is something else.
        """
        return new(Duplicated(self.expr, self._subset(subset), _checked(keep)))

    def drop_duplicates(
        self,
        subset: Any = None,
        keep: Any = "first",
        ignore_index: bool = False,
        split_out: int | bool | None = True,
    ) -> Any:
        """One row of those that are equal, in the order of the rows.

        Parameters
        ----------
        subset, keep
            As for `duplicated`.
        ignore_index
            Whether to number the rows from 0.
        split_out
            True: the result has as many partitions as the frame.

        Raises
        ------
        KeyError, ValueError
            As for `duplicated`.
        """
        if split_out not in (True, None, self.npartitions):
            raise NotImplementedError("drop_duplicates keeps the partitions; use repartition(npartitions=...) after it")
        columns = self._subset(subset)
        frame = self.expr
        if _checked(keep) is not False and self.npartitions > 1:
            frame = Distinct(frame, columns, keep)
        found = filtered(frame, (~new(Duplicated(frame, columns, keep))).expr)
        return new(numbered(found) if ignore_index else found)

    def _subset(self, subset: Any) -> tuple[Any, ...] | None:
        if subset is None:
            return None
        columns = tuple(subset) if isinstance(subset, list | tuple | pd.Index | np.ndarray) else (subset,)
        odd = [c for c in columns if not isinstance(self._meta, pd.DataFrame) or c not in self._meta.columns]
        if odd:
            raise KeyError(f"subset: there is no column {odd[0]!r}")
        return columns


def _checked(keep: Any) -> Any:
    if keep not in ("first", "last", False):
        raise ValueError(f'keep={keep!r}: expected "first", "last" or False')
    return keep
