"""Rows numbered from 0 through all partitions: the index that pandas gives a result that has none of its own.

The numbers of a partition wait for the lengths of those before it. Where nobody looks at the index, no numbers are
given: see `needs.labels_needed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pandas as pd

from minidask.dataframe.guesses import NoLarger
from minidask.dataframe.meta import Meta, empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, unknown
from minidask.dataframe.row_counts import row_counts
from minidask.expr.blocks import BlockIndex, PerBlock, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Numbered(NoLarger, FrameNode):
    """The rows of a frame under an index that counts them from 0."""

    frame: FrameNode

    @property
    def operation(self) -> str:
        return self.frame.operation

    @property
    def summary(self) -> str:
        return "rows numbered"

    @fact
    def meta(self) -> Meta:
        return empty(self.frame.meta.set_axis(pd.RangeIndex(0)))

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return unknown(self.frame.npartitions)

    def lengths(self) -> tuple[int, ...] | None:
        return self.frame.owner.lengths()

    def row_counts(self) -> Node:
        """Those of the frame."""
        return row_counts(self.frame)

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}

    def needs_labels(self, wanted: bool) -> bool:
        return False

    def without_labels(self) -> FrameNode:
        """The same rows with other labels."""
        return self.frame


@lower(Numbered)
def number_rows(node: Numbered) -> Node:
    """An index for each block: from lengths that are known, or else lengths of all blocks first."""
    source = node.frame
    if source.npartitions == 1:
        return blockwise(_number_only, source, grid=node.grid, name=node.name, label=node.operation, cheap=True)
    known = node.lengths()
    if known is not None:
        start: Any = Offset(tuple(rows_before(known)))
        return blockwise(_number_from, source, start, grid=node.grid, name=node.name, label=node.operation, cheap=True)
    counts = row_counts(source)
    starts = blockwise(rows_before, counts, grid=(), name=f"{counts.name}-before", label="starts", cheap=True)
    return blockwise(
        _number, source, starts, BlockIndex(), grid=node.grid, name=node.name, label=node.operation, cheap=True
    )


@dataclass(frozen=True)
class Offset(PerBlock):
    """The number of rows before each partition."""

    offsets: tuple[int, ...]

    def block(self, index: tuple[int, ...]) -> int:
        return self.offsets[index[0]]


def rows_before(lengths: Sequence[int]) -> list[int]:
    """For each block the number of rows in those before.

    Examples
    --------
    >>> rows_before([2, 3, 1])
    [0, 2, 5]
    """
    return list(accumulate(lengths[:-1], initial=0))


def _number(block: Any, starts: Sequence[int], index: tuple[int]) -> Any:
    return _number_from(block, starts[index[0]])


def _number_from(block: Any, start: int) -> Any:
    return block.set_axis(pd.RangeIndex(start, start + len(block)))


def _number_only(block: Any) -> Any:
    return _number_from(block, 0)


def numbered(node: FrameNode) -> FrameNode:
    """The frame with its rows numbered."""
    return node if isinstance(node, Numbered) else Numbered(node)
