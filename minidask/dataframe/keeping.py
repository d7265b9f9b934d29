"""Partitions that have been made already: what a person asked of a frame was found out by making one of them."""

from __future__ import annotations

from typing import Any

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import FrameNode, SameRows
from minidask.dataframe.ownership import apart
from minidask.expr.keeping import Kept, beside
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class WithKept(SameRows):
    """A frame of which one partition is known already: most often the first."""

    kept: Kept

    @property
    def operation(self) -> str:
        return self.frame.operation

    @fact
    def meta(self) -> Meta:
        return self.frame.meta


@lower(WithKept)
def make_others(node: WithKept) -> Node:
    """One block is there; the others are made."""
    return beside(node.kept, node.frame, apart, _same, name=node.name, label=node.operation)


def _same(block: Any) -> Any:
    return block


def keeping(node: FrameNode, block: Any, at: int = 0) -> FrameNode:
    """A node of which block number `at` has been made already."""
    kept: FrameNode = WithKept(node, Kept.of(node, (at,), block))
    return kept
