"""Functions of blocks that give several arrays at once, each with axes of its own behind those that all share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, as_meta, told
from minidask.array.nodes.mapped import BlockShapes, Symbols, follow
from minidask.array.nodes.untold import First, Untold, first_of, untold, with_first
from minidask.expr.blocks import One, blockwise, function_name
from minidask.expr.grid import Grid
from minidask.expr.node import Node, fact, late_fact
from minidask.expr.pipeline import lower
from minidask.kernels.arrays import held


class Outputs(Node):
    """A function called with blocks, whose results are tuples of arrays.

    Fields
    ------
    func
        Gives a tuple of `count` arrays.
    args
        Nodes and literals.
    indices
        For each of `args` that has axes their symbols; None for the others.
    loop, sizes
        The symbols of the axes that all results share, and the chunks along them.
    count
        How many results there are.
    kwargs
        Literals and nodes of one block.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    indices: tuple[Symbols | None, ...]
    loop: Symbols
    sizes: Chunks
    count: int
    kwargs: Mapping[str, Any] = {}

    @property
    def operation(self) -> str:
        return function_name(self.func)

    @fact
    def grid(self) -> Grid:
        return tuple(map(len, self.sizes))

    @property
    def ndim(self) -> int:
        return len(self.sizes)

    @late_fact
    def first(self) -> First:
        """A block that tells what the results are."""
        return first_of(self, self.sizes, self.tried_on_empty)

    @late_fact
    def known(self) -> Node:
        """The same, of which that block is kept."""
        return with_first(self, self.first)

    def tried_on_empty(self) -> tuple[Any, ...]:
        """What the function gives for empty blocks."""
        args = [arg.meta if isinstance(arg, ArrayNode) else _literal(arg) for arg in self.args]
        return Tupled(self.func, self.count)(*args, **{k: _literal(v) for k, v in self.kwargs.items()})


class Output(ArrayNode):
    """One of the results.

    Fields
    ------
    source
        Gives tuples.
    number
        Which item of them.
    sizes
        The chunks. The axes of its own come last, in one block each.
    empty
        The meta; None: nobody knows.
    """

    source: Node
    number: int
    sizes: Chunks
    empty: Any

    @property
    def operation(self) -> str:
        return f"{self.source.operation}-{self.number}"

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return told(self.empty, len(self.sizes))


class UntoldOutput(Untold):
    """A result of which nobody told the dtype: one block tells that of all."""

    source: Output

    @property
    def is_told(self) -> bool:
        return "first" in vars(self.source.source)

    def found(self) -> ArrayNode:
        output, of = self.source, self.source.source
        assert isinstance(of, Outputs)
        empty = as_meta(of.first.block[output.number], output.ndim)
        known: ArrayNode = output.replace(source=of.known, empty=empty)
        return known


@lower(Outputs)
def outputs_to_blockwise(node: Outputs) -> Node:
    """A task for each block of the shared axes; arguments by keyword that are nodes come last."""
    reads = {
        i: follow(index, arg.grid, node.loop, node.grid)
        for i, (arg, index) in enumerate(zip(node.args, node.indices))
        if index is not None
    }
    moving = {k: v for k, v in node.kwargs.items() if isinstance(v, Node)}
    kwargs = {k: v for k, v in node.kwargs.items() if k not in moving}
    func = Tupled(node.func, node.count, tuple(moving))
    args = (*node.args, *moving.values())
    return blockwise(func, *args, grid=node.grid, reads=reads, kwargs=kwargs, name=node.name, label=node.operation)


@lower(Output)
def output_to_item(node: Output) -> Node:
    """The item of the tuple, held to its shape."""
    dtype = None if node.empty is None else node.dtype
    args = (node.source, node.number, BlockShapes(node.chunks), dtype, node.operation)
    read = {0: One(tuple(range(len(node.source.grid))))}
    return blockwise(_item, *args, grid=node.grid, reads=read, name=node.name, label=node.operation, cheap=True)


def _item(block: Sequence[Any], number: int, shape: tuple[int | None, ...], dtype: Any, called: str) -> Any:
    return held(block[number], shape, dtype, called)


@dataclass(frozen=True)
class Tupled:
    """Calls a function that must give a tuple of so many arrays; the last arguments are given by keyword."""

    func: Callable[..., Any]
    count: int
    names: tuple[str, ...] = ()

    @property
    def __name__(self) -> str:
        return function_name(self.func)

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        last = len(args) - len(self.names)
        results = self.func(*args[:last], **dict(zip(self.names, args[last:])), **kwargs)
        if not isinstance(results, (tuple, list)) or len(results) != self.count:
            found = len(results) if isinstance(results, (tuple, list)) else type(results).__name__
            raise ValueError(f"{self.__name__} gave {found}, where its signature has {self.count} outputs: a tuple")
        return tuple(r if hasattr(r, "dtype") and hasattr(r, "ndim") else np.asarray(r) for r in results)


def outputs(
    node: Outputs, own: Sequence[tuple[int, ...]], metas: Sequence[Any] | None, source: Node | None = None
) -> list[ArrayNode]:
    """The results of a node.

    Parameters
    ----------
    own
        For each result the sizes of its own axes, which are in one block each.
    metas
        Empty arrays; None: the first block tells, when somebody asks.
    source
        What makes the blocks of `node`, if not that itself.
    """
    chunks = [(*node.sizes, *((n,) for n in sizes)) for sizes in own]
    if metas is None:
        return [untold(Output(node, i, sizes, None), UntoldOutput) for i, sizes in enumerate(chunks)]
    made = node if source is None else source
    return [Output(made, i, sizes, as_meta(meta, len(sizes))) for i, (sizes, meta) in enumerate(zip(chunks, metas))]


def _literal(value: Any) -> Any:
    if isinstance(value, Node):
        raise TypeError("there is no empty form of a delayed value")
    return value
