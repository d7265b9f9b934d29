"""Elements picked by a lazy array of integers: each task looks through all blocks along the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.reshape import reshape
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
    """The elements along an axis whose numbers a lazy array of one axis gives."""
    return LazyTake(known(node) if node.shape[axis] is None else node, index, axis)


def points_lazily(node: ArrayNode, axes: Sequence[int], arrays: Sequence[Any], at: int) -> ArrayNode:
    """The points whose coordinates along `axes` the arrays tell, some of them lazy; `at`: where their axes stand.

    The axes become one, in C order, and the coordinates the numbers along it.

    Raises
    ------
    IndexError
        The arrays do not broadcast; when they are there also: a coordinate is out of bounds.
    """
    node = known(node)
    arrays = [known(a) if isinstance(a, ArrayNode) else a for a in arrays]
    rest = [axis for axis in range(node.ndim) if axis not in axes]
    sizes = tuple(node.shape[axis] for axis in axes)
    try:
        numbers = elementwise(Numbers(sizes, tuple(axes)), *arrays)
    except ValueError as error:
        raise IndexError(f"shape mismatch: indexing arrays could not be broadcast together: {error}") from None
    flat = reshape(transpose(node, (*axes, *rest)), (prod(sizes), *(node.shape[axis] for axis in rest)))
    found = take_lazily(flat, reshape(numbers, (prod(numbers.shape),)), 0)
    found = reshape(found, (*numbers.shape, *found.shape[1:]))
    count = numbers.ndim
    return transpose(found, (*range(count, count + at), *range(count), *range(count + at, found.ndim)))


@dataclass(frozen=True)
class Numbers:
    """Numbers points in C order by their coordinates along axes of these sizes."""

    sizes: tuple[int, ...]
    axes: tuple[int, ...]

    def __call__(self, *coordinates: Any) -> Any:
        numbers: Any = 0
        for found, size, axis in zip(coordinates, self.sizes, self.axes):
            numbers = numbers * size + in_bounds(found, size, axis)
        return numbers


def in_bounds(coordinates: Any, size: int, axis: int) -> Any:
    """Coordinates along an axis, counted from its start.

    Raises
    ------
    IndexError
        One is out of bounds.
    """
    coordinates = np.asarray(coordinates)
    wrong = (coordinates < -size) | (coordinates >= size)
    if np.any(wrong):
        raise IndexError(f"index {coordinates[wrong][0]} is out of bounds for axis {axis} with size {size}")
    return np.where(coordinates < 0, coordinates + size, coordinates)


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
