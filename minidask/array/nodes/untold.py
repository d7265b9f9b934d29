"""What a person's function makes, of which nobody told the dtype: it is known once the function has met real data.

To compute the array nobody has to know: its blocks are taken as they come, and held to each other in the end. Who asks
has one block made, and it is kept, so that there is one call for each block all the same. Only where that block takes
many others, which would be made again later (windows over windows, an axis brought together), is the function tried on
an empty block first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, Given, as_meta
from minidask.array.quiet import quiet
from minidask.collection import Collection, compute
from minidask.expr.assemble import Finish
from minidask.expr.blocks import unchanged
from minidask.expr.grid import Grid, Index
from minidask.expr.keeping import Kept, OneBlock, beside, graph_of
from minidask.expr.node import Node, Over, as_of, fact, late_fact
from minidask.expr.pipeline import lower, simplify
from minidask.kernels.arrays import held

Tried = Callable[[], Any]
"""Gives what a function makes of empty blocks, or raises."""


class Untold(Over, ArrayNode):
    """An array whose dtype nobody has told.

    Fields
    ------
    source
        The node that makes its blocks, with a meta that only stands in.
    """

    source: ArrayNode

    @fact
    def chunks(self) -> Chunks:
        return self.source.chunks

    @late_fact
    def meta(self) -> Any:
        return self.answer.meta

    @late_fact
    def answer(self) -> ArrayNode:
        """The same array, with what was found out about it."""
        with as_of(self):
            return self.found()

    def found(self) -> ArrayNode:
        """Finds out."""
        node = self.source
        first = first_of(node, node.chunks, node.tried_on_empty)
        meta = as_meta(first.block, node.ndim)
        known: ArrayNode = Given(with_first(node, first, meta.dtype), node.chunks, meta)
        return known

    @property
    def is_told(self) -> bool:
        return "answer" in vars(self)

    @property
    def is_shared(self) -> bool:
        return self.source.is_shared

    @property
    def operation(self) -> str:
        return self.source.operation

    @property
    def summary(self) -> str:
        return ""

    def largest_nbytes(self) -> int:
        return 0

    def over(self, node: Node) -> ArrayNode:
        if self.is_told:
            return super().over(node)
        return untold(Given.named(node.name, node, self.chunks, None))


@simplify(Untold)
@lower(Untold)
def as_far_as_known(node: Untold) -> Node:
    """Held to what it is, if anybody has asked."""
    return node.answer if node.is_told else node.source


def untold(node: ArrayNode, kind: type[Untold] = Untold) -> Untold:
    """The array of a node with a meta that only stands in, by its name if that was given."""
    made: Untold = kind.named(node.name, node) if node.name_given else kind(node)
    return made


def unasked(node: ArrayNode, make: Callable[[ArrayNode], ArrayNode]) -> ArrayNode:
    """What `make` gives of an array, for which the dtype makes no difference: nobody is asked for it."""
    return untold(make(node.source)) if type(node) is Untold and not node.is_told else make(node)


class WithKept(Node):
    """The blocks of a node, of which one is there; arrays are held to a dtype."""

    source: Node
    kept: Kept
    dtype: Any = None

    @property
    def operation(self) -> str:
        return self.source.operation

    @property
    def grid(self) -> Grid:
        return self.source.grid


@lower(WithKept)
def make_others(node: WithKept) -> Node:
    """One block is there; the others are made."""
    hold = unchanged if node.dtype is None else partial(_held, dtype=node.dtype, called=node.operation)
    return beside(node.kept, node.source, _copied, hold, name=node.name, label=node.operation)


def _copied(block: Any) -> Any:
    """What may be written to."""
    if isinstance(block, tuple):
        return tuple(map(_copied, block))
    return block.copy() if hasattr(block, "copy") else block


def _held(block: Any, dtype: Any, called: str) -> Any:
    return held(block, block.shape, dtype, called)


class First(NamedTuple):
    """A block, and where it stands; None: it was made of empty ones."""

    block: Any
    at: Index | None


def with_first(node: Node, first: First, dtype: Any = None) -> Node:
    """The blocks of a node, of which one may have been made; arrays are held to a dtype."""
    return node if first.at is None else WithKept(node, Kept.of(node, first.at, first.block), dtype)


def first_of(node: Node, chunks: Chunks, tried: Tried | None = None) -> First:
    """The first block that has elements, made now; or what is made of empty blocks, where that saves much work.

    Parameters
    ----------
    chunks
        Along the axes of the node's grid; None where sizes are unknown.
    tried
        Gives what is made of empty blocks.
    """
    places = _places(chunks)
    first = next(places)
    if tried is not None and not _takes_little(node, first):
        try:
            with quiet():
                found = tried()
            if found is not None:
                return First(found, None)
        except Exception:
            pass  # the function wants real data
    block = made(node, first)
    while not _has_elements(block) and (at := next(places, None)) is not None:
        first, block = at, made(node, at)
    return First(block, first)


def _places(chunks: Chunks) -> Iterator[Index]:
    """The blocks that may have elements, in C order; if there are none, the first of all."""
    filled = [[i for i, n in enumerate(sizes) if n != 0] or [0] for sizes in chunks]
    return product(*filled)


def _has_elements(block: Any) -> bool:
    return any(map(_has_elements, block)) if isinstance(block, tuple) else 0 not in getattr(block, "shape", ())


_SOURCES = 8
"""So many blocks that are made of nothing are soon made again: the corner of a cube has neighbours on three sides."""


def _takes_little(node: Node, at: Index) -> bool:
    """Whether a block takes no more than one block of anything that is itself made of blocks."""
    graph = graph_of(node, at)
    if len(graph) > 10 * _SOURCES:
        return False
    kinds = [(graph.kind(i), len(graph.needed_by(i)) > 0) for i in range(len(graph))]
    return all(n <= (1 if reads else _SOURCES) for (_, reads), n in Counter(kinds).items())


def made(node: Node, at: Index) -> Any:
    """A block, computed."""
    return compute(_Block(OneBlock(node, at)))[0]


class _Block(Collection):
    """What `compute` needs to know of a block."""

    def __init__(self, expr: OneBlock) -> None:
        self.expr = expr

    @property
    def finish(self) -> Finish:
        return _only


def _only(blocks: Sequence[Any]) -> Any:
    return blocks[0]
