"""Partitions that have been made already: what a person asked of a frame was found out by making one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import FrameNode, SameRows
from minidask.dataframe.ownership import apart
from minidask.dataframe.partitions import Pick
from minidask.expr.blocks import Explicit, PerBlock, gather
from minidask.expr.graph import build
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, optimize
from minidask.task import Source


@dataclass(frozen=True)
class Kept(PerBlock):
    """A partition, and what was read for it."""

    name: str
    at: int
    block_made: Any
    outside: tuple[Source, ...]

    def __dask_tokenize__(self) -> Any:
        return self.name, self.at

    def is_current(self) -> bool:
        """Whether all that was read is as it was when the work was named."""
        return all(source.is_current() for source in self.outside)

    def block(self, index: Index) -> Any:
        return self.block_made if index[0] == self.at else None


class WithKept(SameRows):
    """A frame of which one partition is known already: most often the first."""

    kept: Kept

    @property
    def operation(self) -> str:
        return self.frame.operation

    @fact
    def meta(self) -> Meta:
        return self.frame.meta


@dataclass(frozen=True)
class _Others:
    """Which partition each reads: its own, but for the known one, which reads nothing."""

    known: int

    def __call__(self, number: int) -> Sequence[int]:
        return () if number == self.known else (number,)


@lower(WithKept)
def make_others(node: WithKept) -> Node:
    """One block is there; the others are made. Where files have changed since, all are."""
    if not node.kept.is_current():
        return node.frame
    read = Explicit(_Others(node.kept.at))
    return gather(_present, node.frame, read, node.kept, grid=node.grid, name=node.name, label=node.operation)


def _present(made: list[Any], kept: Any) -> Any:
    return made[0] if made else apart(kept)


def keeping(node: FrameNode, block: Any, at: int = 0) -> FrameNode:
    """A node of which block number `at` has been made already."""
    graph = build(optimize([Pick(node, range(at, at + 1))]))
    sources = tuple({source: None for kind in range(graph.kinds) for source in graph.outside(kind)})
    kept: FrameNode = WithKept(node, Kept(node.name, at, block, sources))
    return kept
