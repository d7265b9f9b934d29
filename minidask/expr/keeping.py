"""Blocks that have been made already: what a person asked of a value was found out by making one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from minidask.expr.blocks import Blockwise, Explicit, One, PerBlock, blockwise, gather, unchanged
from minidask.expr.graph import build
from minidask.expr.grid import Index, ravel
from minidask.expr.node import Grid, Node
from minidask.expr.pipeline import lower, optimize
from minidask.task import Graph, Source


class OneBlock(Node):
    """A block of a node alone."""

    source: Node
    at: Index

    @property
    def grid(self) -> Grid:
        return ()


@lower(OneBlock)
def pick_one(node: OneBlock) -> Node:
    """A read at a fixed place; the other blocks are never made."""
    read = One((None,) * len(node.at), tuple((i,) for i in node.at))
    return blockwise(unchanged, node.source, grid=(), reads={0: read}, name=node.name, label="block", cheap=True)


def graph_of(node: Node, at: Index) -> Graph:
    """The tasks that make one block."""
    return build(optimize([OneBlock(node, at)]))


def read_for(graph: Graph) -> tuple[Source, ...]:
    """What tasks read."""
    return tuple({source: None for kind in range(graph.kinds) for source in graph.outside(kind)})


def are_current(outside: Iterable[Source]) -> bool:
    """Whether all that was read is as it was when the work was named."""
    return all(source.is_current() for source in outside)


@dataclass(frozen=True)
class Kept(PerBlock):
    """A block, and what was read for it."""

    name: str
    at: Index
    made: Any
    outside: tuple[Source, ...]

    @classmethod
    def of(cls, node: Node, at: Index, made: Any) -> Kept:
        """The block `at` of a node."""
        return cls(node.name, at, made, read_for(graph_of(node, at)))

    def __dask_tokenize__(self) -> Any:
        return self.name, self.at

    def is_current(self) -> bool:
        """Whether it would be made the same now."""
        return are_current(self.outside)

    def block(self, index: Index) -> Any:
        return self.made if index == self.at else None


def beside(
    kept: Kept, source: Node, give: Callable[[Any], Any], hold: Callable[[Any], Any], *, name: str, label: str
) -> Blockwise:
    """The blocks of `source`, of which one is there. Where files have changed since, all are made.

    Parameters
    ----------
    give
        Makes of the kept block what a person may have.
    hold
        Looks at the others.
    """
    number = ravel(kept.at, source.grid) if kept.is_current() else None
    present = _Present(give, hold)
    return gather(present, source, Explicit(_Others(number)), kept, grid=source.grid, name=name, label=label)


@dataclass(frozen=True)
class _Others:
    """Which block each reads: its own, but for the known one, which reads nothing."""

    known: int | None

    def __call__(self, number: int) -> Sequence[int]:
        return () if number == self.known else (number,)


@dataclass(frozen=True)
class _Present:
    give: Callable[[Any], Any]
    hold: Callable[[Any], Any]

    def __call__(self, made: Sequence[Any], kept: Any) -> Any:
        return self.hold(made[0]) if made else self.give(kept)
