"""Elements picked by a lazy array of integers: any block along the axis may hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

import numpy as np

import minidask.config as config
from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import Box, Elsewhere, One, blockwise, exchanged
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.rules import OwnNumber
from minidask.kernels.arrays import join
from minidask.quantities import parse_bytes


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
def take_from_blocks(node: LazyTake) -> Node:
    """Every block along the axis may hold what is asked for: the blocks are read, or, if they are large, are asked."""
    source, axis, name = node.source, node.axis, node.name
    starts = tuple((0,) * node.grid[axis] if a == axis else range(n) for a, n in enumerate(source.grid))
    stops = tuple((n,) * node.grid[axis] if a == axis else range(1, n + 1) for a, n in enumerate(source.grid))
    own, all_along = One((axis,)), Box(tuple(range(node.ndim)), starts, stops)
    take = partial(blockwise, grid=node.grid, name=name, label="getitem")
    if _is_small(source, axis):
        return take(take_of, source, node.index, axis, reads={0: all_along, 1: own})
    sizes, asking, asked = source.chunks[axis], node.grid[axis], source.grid[axis]
    questions = blockwise(_questions, node.index, sizes, axis, grid=(asking,), name=f"{name}-asked", label="split")
    to_own = exchanged((asking,), asked).through(own, source.grid, (asking,))
    answers = blockwise(
        _answers, source, questions, axis, grid=source.grid, reads={1: to_own}, name=f"{name}-answers", label="getitem"
    )
    parts = replace(all_along, part=Elsewhere(OwnNumber(asked), own), share=1 / asking)
    return take(_arranged, answers, node.index, sizes, axis, reads={0: parts, 1: own})


def _is_small(source: ArrayNode, axis: int) -> bool:
    """Whether the blocks along the axis make one of usual size; those of unknown sizes are taken for such."""
    if any(None in sizes for sizes in source.chunks):
        return True
    most = [n if a == axis else max(source.chunks[a], default=0) for a, n in enumerate(source.shape)]
    return bool(prod(most) * source.dtype.itemsize <= parse_bytes(config.get("array.chunk-size"), "array.chunk-size"))


def take_of(blocks: Sequence[Any], index: Any, axis: int) -> Any:
    """Elements of neighbouring blocks, which are not joined for it.

    Raises
    ------
    IndexError
        A number is out of bounds.
    """
    sizes = [block.shape[axis] for block in blocks]
    answers = [_taken(block, numbers, axis) for block, numbers in zip(blocks, _questions(index, sizes, axis))]
    return _arranged(answers, index, sizes, axis)


def _questions(index: Any, sizes: Sequence[int], axis: int) -> list[Any]:
    """For each block of an axis the numbers, counted from its start, of what is wanted of it."""
    ends = np.cumsum(sizes)
    numbers = in_bounds(index, int(ends[-1]), axis)
    order, counts = _by_block(numbers, ends)
    starts = [0, *ends[:-1].tolist()]
    return [found - start for found, start in zip(np.split(numbers[order], np.cumsum(counts)[:-1]), starts)]


def _by_block(numbers: Any, ends: Any) -> tuple[Any, Any]:
    """The order of numbers along an axis by the block that they are in, and how many are in each."""
    which = np.searchsorted(ends, numbers, side="right").astype(np.min_scalar_type(len(ends)))  # small ones sort fast
    return np.argsort(which, kind="stable"), np.bincount(which, minlength=len(ends))


def _answers(block: Any, questions: Sequence[Any], axis: int) -> list[Any]:
    return [_taken(block, numbers, axis) for numbers in questions]


def _taken(block: Any, numbers: Any, axis: int) -> Any:
    return block[(slice(None),) * axis + (numbers,)]


def _arranged(answers: Sequence[Any], index: Any, sizes: Sequence[int], axis: int) -> Any:
    """The answers of all blocks of an axis in the order of the index."""
    ends = np.cumsum(sizes)
    order, _ = _by_block(np.where(index < 0, index + ends[-1], index), ends)
    joined = join(answers, tuple(len(answers) if k == axis else 1 for k in range(answers[0].ndim)))
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return _taken(joined, places, axis)
