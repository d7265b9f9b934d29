"""Rows numbered from 0 through all partitions: the index that pandas gives a result that has none of its own.

The numbers of a partition wait for the lengths of those before it. Where nobody looks at the index, no numbers are
given: see `unnumbered`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Columns, Divisions, FrameNode, unknown
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Numbered(FrameNode):
    """The rows of a frame under an index that counts them from 0."""

    frame: FrameNode

    @property
    def operation(self) -> str:
        return "number"

    @fact
    def meta(self) -> Meta:
        return self.frame.meta.set_axis(pd.RangeIndex(0))

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return unknown(self.frame.npartitions)

    def lengths(self) -> tuple[int, ...] | None:
        return self.frame.owner.lengths()

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}


@lower(Numbered)
def number_rows(node: Numbered) -> Node:
    """Lengths of all blocks, then an index for each."""
    source = node.frame
    if source.npartitions == 1:
        return blockwise(_number_only, source, grid=node.grid, name=node.name, label="number", cheap=True)
    lengths = blockwise(len, source, grid=source.grid, name=f"{node.name}-lengths", label="len", cheap=True)
    starts = gather(_starts, lengths, everything(source.grid), grid=(), name=f"{node.name}-starts", label="starts")
    return blockwise(_number, source, starts, BlockIndex(), grid=node.grid, name=node.name, label="number", cheap=True)


def _starts(lengths: Sequence[int]) -> np.ndarray:
    return np.cumsum([0, *lengths])


def _number(block: Any, starts: np.ndarray, index: tuple[int]) -> Any:
    return block.set_axis(pd.RangeIndex(starts[index[0]], starts[index[0] + 1]))


def _number_only(block: Any) -> Any:
    return block.set_axis(pd.RangeIndex(len(block)))


def numbered(node: FrameNode) -> FrameNode:
    """The frame with its rows numbered."""
    return node if isinstance(node, Numbered) else Numbered(node)
