"""Arrays from nothing: constants, ranges, diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, as_meta, meta_of
from minidask.array.nodes.source import Cuts
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Filled(ArrayNode):
    """One value everywhere.

    Fields
    ------
    value
        None: blocks are allocated and not filled.
    order
        In which the elements of a block lie in memory: "C" or "F".
    like
        An array of the kind that the blocks are; None: NumPy's.
    """

    value: Any
    kind: np.dtype[Any]
    sizes: Chunks
    order: str = "C"
    like: Any = None

    @property
    def operation(self) -> str:
        return _FILLS.get(self.value, "full") if isinstance(self.value, int | None) else "full"

    @property
    def cut_freely(self) -> bool:
        return True

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        empty = meta_of(self.kind, len(self.sizes))
        return (
            empty if self.like is None else as_meta(np.empty_like(self.like, self.kind, shape=empty.shape), empty.ndim)
        )


class Spaced(ArrayNode):
    """Numbers at one distance from each other: element i is `start + i * step`.

    Fields
    ------
    last
        Of the last element where it has to be exact; None for ranges.
    """

    start: Any
    step: Any
    last: Any
    kind: np.dtype[Any]
    sizes: Chunks

    @property
    def operation(self) -> str:
        return "arange" if self.last is None else "linspace"

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return meta_of(self.kind, 1)


class Diagonal(ArrayNode):
    """Ones where column - row is `k`, zeros elsewhere."""

    k: int
    kind: np.dtype[Any]
    sizes: Chunks

    @property
    def operation(self) -> str:
        return "eye"

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return meta_of(self.kind, 2)


class Shapes(PerBlock):
    """The shape of each block."""

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks

    def block(self, index: Index) -> tuple[int, ...]:
        return tuple([sizes[i] for sizes, i in zip(self.chunks, index)])


_FILLS = {0: "zeros", 1: "ones", None: "empty"}


@lower(Filled)
def fill_blocks(node: Filled) -> Node:
    """A block costs no more to make again than to read."""
    name, shapes, kind = node.operation, Shapes(node.chunks), node.kind
    value = (node.value,) if name == "full" else ()
    func: Any = getattr(np, name) if node.like is None else getattr(np, f"{name}_like")
    args = (
        (shapes, *value, kind, node.order) if node.like is None else (node.like, *value, kind, node.order, True, shapes)
    )
    return blockwise(func, *args, grid=node.grid, name=node.name, label=name, recompute="always")


@lower(Spaced)
def space_blocks(node: Spaced) -> Node:
    """Every block counts from the start of the whole, so that its bits do not depend on the chunks."""
    args = (Cuts(node.chunks), node.start, node.step, node.last, sum(node.chunks[0]), node.kind)
    return blockwise(spaced, *args, grid=node.grid, name=node.name, label=node.operation, recompute="always")


@lower(Diagonal)
def diagonal_blocks(node: Diagonal) -> Node:
    """A block is a diagonal of its own."""
    args = (Cuts(node.chunks), node.k, node.kind)
    return blockwise(diagonal, *args, grid=node.grid, name=node.name, label="eye", recompute="always")


def spaced(cut: tuple[slice], start: Any, step: Any, last: Any, size: int, dtype: np.dtype[Any]) -> Any:
    """A block of numbers at one distance from each other."""
    first, stop = cut[0].start, cut[0].stop
    values = start + np.arange(first, stop) * step
    if last is not None and stop == size and stop > first:
        values[-1] = last
    if last is not None and dtype.kind in "iu":
        values = np.floor(values)
    return values.astype(dtype, copy=False)


def diagonal(cut: tuple[slice, slice], k: int, dtype: np.dtype[Any]) -> Any:
    """A block of ones on a diagonal, which may miss it."""
    rows, columns = cut
    return np.eye(rows.stop - rows.start, columns.stop - columns.start, k + rows.start - columns.start, dtype)
