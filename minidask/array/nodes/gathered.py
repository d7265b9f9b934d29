"""Elements picked by a lazy array of integers: each task looks through all blocks along the axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import Box, One, Read, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class LazyTake(ArrayNode):
    """Elements along an axis, by a one-dimensional array of their numbers."""

    source: ArrayNode
    index: ArrayNode
    axis: int

    @property
    def operation(self) -> str:
        return "getitem"

    @fact
    def chunks(self) -> Chunks:
        return (*self.source.chunks[: self.axis], self.index.chunks[0], *self.source.chunks[self.axis + 1 :])

    @fact
    def meta(self) -> Any:
        return self.source.meta

    @property
    def spaces(self) -> tuple[Any, ...]:
        return (*self.source.spaces[: self.axis], self.index.spaces[0], *self.source.spaces[self.axis + 1 :])


def take_lazily(node: ArrayNode, index: ArrayNode, axis: int) -> ArrayNode:
    """The elements along an axis whose numbers a lazy array gives.

    Raises
    ------
    NotImplementedError
        The array has more than one axis.
    """
    if index.ndim != 1:
        raise NotImplementedError(f"a lazy index array of {index.ndim} axes; ravel() it, or compute() it first")
    return LazyTake(known(node) if node.shape[axis] is None else node, index, axis)


@lower(LazyTake)
def take_from_all(node: LazyTake) -> Node:
    """Every block along the axis may hold what is asked for."""
    source, axis = node.source, node.axis
    starts = tuple((0,) * node.grid[axis] if a == axis else range(n) for a, n in enumerate(source.grid))
    stops = tuple((n,) * node.grid[axis] if a == axis else range(1, n + 1) for a, n in enumerate(source.grid))
    reads: dict[int, Read] = {0: Box(tuple(range(node.ndim)), starts, stops), 1: One((axis,))}
    return blockwise(take_of, source, node.index, axis, grid=node.grid, reads=reads, name=node.name, label="getitem")


def take_of(blocks: Sequence[Any], index: Any, axis: int) -> Any:
    """Elements of neighbouring blocks, which are not joined for it.

    Raises
    ------
    IndexError
        A number is out of bounds.
    """
    sizes = [b.shape[axis] for b in blocks]
    ends = np.cumsum(sizes)
    size = int(ends[-1])
    if ((index < -size) | (index >= size)).any():
        raise IndexError(f"an index is out of bounds for axis {axis} with size {size}")
    numbers = np.where(index < 0, index + size, index)
    where = np.searchsorted(ends, numbers, side="right")
    shape = (*blocks[0].shape[:axis], len(index), *blocks[0].shape[axis + 1 :])
    found = np.empty_like(blocks[0], shape=shape)
    along = (slice(None),) * axis
    for i, block in enumerate(blocks):
        mine = np.flatnonzero(where == i)
        if len(mine):
            found[(*along, mine)] = block[(*along, numbers[mine] - (ends[i] - sizes[i]))]
    return found
