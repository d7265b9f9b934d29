"""Partitions that have been made already: what a person asked of a frame was found out by making one, or all."""

from __future__ import annotations

from typing import Any

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import FrameNode, SameRows
from minidask.dataframe.ownership import apart
from minidask.expr.blocks import Blockwise, unchanged
from minidask.expr.keeping import Kept, are_current, beside
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, optimize, simplify
from minidask.expr.rewrite import topological
from minidask.task import Source


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
    return beside(node.kept, node.frame, apart, unchanged, name=node.name, label=node.operation)


def keeping(node: FrameNode, block: Any, at: int = 0) -> FrameNode:
    """A node of which block number `at` has been made already."""
    kept: FrameNode = WithKept(node, Kept.of(node, (at,), block))
    return kept


class AllKept(SameRows):
    """A frame of which all partitions are known already.

    Fields
    ------
    made
        The same of what is kept.
    outside
        What was read for it.
    """

    made: FrameNode
    outside: tuple[Source, ...]

    @property
    def operation(self) -> str:
        return self.frame.operation

    @fact
    def meta(self) -> Meta:
        return self.made.meta


@simplify(AllKept)
@lower(AllKept)
def as_made(node: AllKept) -> Node:
    """What is kept; where files have changed since, all is made again."""
    return node.made if are_current(node.outside) else node.frame


def takes_all(node: FrameNode) -> bool:
    """Whether partitions exchange rows below a node, so that to make one takes most of what it takes to make all."""
    below = topological(optimize([node], until="lower"))
    reads = (read for found in below if isinstance(found, Blockwise) for read in found.reads)
    return any(getattr(read, "part", None) is not None for read in reads)
