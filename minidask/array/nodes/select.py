"""Elements picked by a mask: how many there are depends on data."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Shape, even
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import Counted, SizesOf, known
from minidask.array.nodes.source import from_memory
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify


class Select(ArrayNode):
    """The elements of some neighbouring axes where a mask over them holds, in C order, along one axis.

    Fields
    ------
    source
        The array.
    mask
        Its chunks are those of these axes; all but the first are whole.
    at
        The first of the axes.
    """

    source: ArrayNode
    mask: ArrayNode
    at: int

    @property
    def operation(self) -> str:
        return "getitem"

    @fact
    def chunks(self) -> Chunks:
        unknown = (None,) * self.mask.grid[0]
        return (*self.source.chunks[: self.at], unknown, *self.source.chunks[self.at + self.mask.ndim :])

    @fact
    def meta(self) -> Any:
        return as_meta(self.source.meta, len(self.chunks))

    @property
    def spaces(self) -> tuple[Any, ...]:
        mine = (self.mask.name, 0)
        return (*self.source.spaces[: self.at], mine, *self.source.spaces[self.at + self.mask.ndim :])


def select(node: ArrayNode, mask: Any, at: int) -> ArrayNode:
    """The elements where `mask`, over the axes from `at` on, holds. A NumPy mask tells their number.

    Raises
    ------
    IndexError
        The shapes differ.
    """
    axes = range(at, at + mask.ndim)
    lazy = isinstance(mask, ArrayNode)
    unknown = any(node.shape[axis] is None for axis in axes) or (lazy and not mask.is_known)
    if unknown and not (lazy and mask.spaces == node.spaces[at : at + mask.ndim]):
        node, mask = known(node), known(mask) if lazy else mask
    check_mask(mask.shape, node.shape, at)
    if mask.ndim > 1:
        node = rechunk(node, _rows(node, at, mask.ndim))
    wanted = node.chunks[at : at + mask.ndim]
    found = Select(node, rechunk(mask, wanted) if lazy else from_memory(mask, wanted), at)
    return found if lazy else Counted(found, _counted(found, mask))


def check_mask(mask: Shape, shape: Shape, at: int) -> None:
    """Raise an IndexError where a mask over the axes from `at` on has not the shape of these; unknown sizes fit all."""
    for axis, (size, own) in enumerate(zip(shape[at:], mask), start=at):
        if size != own and size is not None:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis}; size of axis is {size} but size of "
                f"corresponding boolean axis is {own}"
            )


def _rows(node: ArrayNode, at: int, ndim: int) -> Chunks:
    """Chunks in which the axes of the mask are whole, but for the first, and blocks no larger than they are."""
    sizes = node.chunks[at : at + ndim]
    room = prod(max(s) for s in sizes) // max(1, prod(sum(s) for s in sizes[1:]))
    rows = sizes[0] if all(len(s) == 1 for s in sizes[1:]) else even(sum(sizes[0]), max(1, room))
    return (*node.chunks[:at], rows, *((sum(s),) for s in sizes[1:]), *node.chunks[at + ndim :])


def _counted(node: Select, mask: Any) -> Chunks:
    ends = np.cumsum(node.mask.chunks[0])[:-1]
    counts = tuple(int(np.count_nonzero(part)) for part in np.split(mask, ends))
    return (*node.chunks[: node.at], counts, *node.chunks[node.at + 1 :])


@lower(Select)
def select_to_blockwise(node: Select) -> Node:
    """Each block of the mask selects from the blocks beside it."""
    first, inner = node.at, node.mask.ndim - 1
    of_mask = One((first, *(None for _ in range(inner))))
    before, after = range(first + 1), range(first + 1, node.ndim)
    of_source = One((*before, *(None for _ in range(inner)), *after))
    args = (node.source, node.mask, node.at)
    reads = {0: of_source, 1: of_mask}
    return blockwise(selected, *args, grid=node.grid, reads=reads, name=node.name, label="getitem", cheap=True)


def selected(block: Any, mask: Any, at: int) -> Any:
    """The elements of a block where the mask holds."""
    return block[(*(slice(None) for _ in range(at)), mask)]


class CountsOf(Node):
    """How many elements of a mask hold in each of its blocks."""

    mask: ArrayNode

    @fact
    def grid(self) -> tuple[int, ...]:
        return (self.mask.grid[0],)


@simplify(SizesOf)
def sizes_of_selected(node: SizesOf) -> Node | None:
    """The mask alone tells how many elements it selects."""
    source = node.source
    return CountsOf(source.mask) if isinstance(source, Select) and node.axis == source.at else None


@lower(CountsOf)
def count_mask(node: CountsOf) -> Node:
    """A task for each block of the mask."""
    read = One((0, *(None for _ in range(node.mask.ndim - 1))))
    return blockwise(count_true, node.mask, grid=node.grid, reads={0: read}, name=node.name, label="count", cheap=True)


def count_true(mask: Any) -> int:
    """How many elements hold."""
    return int(np.count_nonzero(mask))
