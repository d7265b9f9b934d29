"""Elements picked one by one, by arrays of integers along some axes that broadcast against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Sizes, even, offsets
from minidask.array.node import ArrayNode
from minidask.array.nodes.gathered import in_bounds
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Memory
from minidask.expr.blocks import Explicit, One, PerBlock, blockwise, gather
from minidask.expr.grid import Grid, Index, ravel, unravel
from minidask.expr.node import Node, fact, late_fact
from minidask.expr.pipeline import lower
from minidask.kernels.sparse_blocks import refuse

Integers = np.ndarray[Any, np.dtype[np.intp]]


class Points(ArrayNode):
    """Points of an array along some axes; the other axes stay.

    Fields
    ------
    source
        The array.
    axes
        Those that the points have coordinates along.
    index
        Their coordinates along each of `axes`: one array of integers, not negative, for all.
    at
        Where the axes of the points stand in the result.
    sizes
        The chunks of the first of these axes; the others are whole.
    """

    source: ArrayNode
    axes: tuple[int, ...]
    index: Memory
    at: int
    sizes: Sizes

    @property
    def operation(self) -> str:
        return "getitem"

    @late_fact
    def shape_of_points(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.index.array.shape[1:]
        return shape

    @fact
    def chunks(self) -> Chunks:
        rest = [sizes for axis, sizes in enumerate(self.source.chunks) if axis not in self.axes]
        mine = [self.sizes, *((n,) for n in self.shape_of_points[1:])]
        return (*rest[: self.at], *mine, *rest[self.at :])

    @fact
    def meta(self) -> Any:
        return self.source.meta.reshape(-1)[:0].reshape((0,) * len(self.chunks))

    @property
    def spaces(self) -> tuple[Any, ...]:
        rest = [space for axis, space in enumerate(self.source.spaces) if axis not in self.axes]
        return (*rest[: self.at], *(None for _ in self.shape_of_points), *rest[self.at :])


def points(node: ArrayNode, axes: Sequence[int], arrays: Sequence[Any], at: int) -> ArrayNode:
    """The points whose coordinates along `axes` the arrays tell; they broadcast against each other.

    Raises
    ------
    IndexError
        A coordinate is out of bounds, or the arrays do not broadcast.
    """
    if any(node.shape[axis] is None for axis in axes):
        node = known(node)
    refuse("an index of integers", node)
    whole = [in_bounds(np.asarray(array, np.intp), node.shape[axis], axis) for axis, array in zip(axes, arrays)]
    try:
        index = np.stack(np.broadcast_arrays(*whole))
    except ValueError:
        shapes = " ".join(str(np.shape(a)) for a in arrays)
        raise IndexError(
            f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}"
        ) from None
    return Points(node, tuple(axes), Memory(index), at, _cut_points(node, axes, index))


def _cut_points(node: ArrayNode, axes: Sequence[int], index: Any) -> Sizes:
    """Blocks of points no larger than those of the array; where it can be, each from one block of the array."""
    first, *others = index.shape[1:]
    room = prod(max(node.chunks[axis]) for axis in axes)
    most = max(1, room // max(1, prod(others)))
    if len(axes) == 1 and not others and first:
        blocks = np.searchsorted(offsets(node.chunks[axes[0]])[:-1], index[0], side="right")
        ends = [0, *(np.flatnonzero(np.diff(blocks)) + 1).tolist(), first]
        if len(ends) <= len(node.chunks[axes[0]]) + 1:
            return tuple(n for a, b in pairwise(ends) for n in even(b - a, most))
    return even(first, most)


class Plan:
    """Which points lie in which block.

    Points are numbered in C order. A *source* is one of the blocks, along the axes of the points, that hold any; a
    *target* a block of points. `order` lists the points by source, then by target; those of source i end before
    `ends[i + 1]`.
    """

    def __init__(self, node: Points) -> None:
        flat = node.index.array.reshape(len(node.axes), -1)
        starts = [np.array(offsets(node.source.chunks[axis])[:-1]) for axis in node.axes]
        blocks = [np.searchsorted(s, i, side="right") - 1 for s, i in zip(starts, flat)]
        self.local = [i - s[b] for s, i, b in zip(starts, flat, blocks)]
        each = prod(node.shape_of_points[1:])
        self.bounds = np.array(offsets(node.sizes)) * each
        targets = np.searchsorted(self.bounds[1:], np.arange(flat.shape[1]), side="right")
        grid = tuple(node.source.grid[axis] for axis in node.axes)
        numbers = np.ravel_multi_index(blocks, grid) if flat.size else np.zeros(0, np.intp)
        self.order = np.lexsort((targets, numbers))
        sources, firsts = np.unique(numbers[self.order], return_index=True)
        self.ends = [*firsts.tolist(), len(self.order)]
        self.sources = [tuple(int(i) for i in unravel(n, grid)) for n in sources.tolist()]
        self._segments(numbers[self.order], targets[self.order], len(node.sizes))

    def _segments(self, numbers: Any, targets: Any, count: int) -> None:
        """For each target the runs of `order` that are its points: number of the source, and from where to where."""
        changes = np.flatnonzero(np.diff(numbers) | np.diff(targets)) + 1
        edges = [0, *changes.tolist(), len(numbers)] if len(numbers) else [0]
        self.segments: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
        place = np.searchsorted(self.ends, edges, side="right") - 1
        for source, (start, stop) in zip(place, pairwise(edges)):
            self.segments[int(targets[start])].append((int(source), int(start), int(stop)))


class Picks(PerBlock):
    """For each piece (one for each source) the coordinates, within the block, of its points."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def block(self, index: Index) -> tuple[Integers, ...]:
        start, stop = self.plan.ends[index[0] : index[0] + 2]
        mine = self.plan.order[start:stop]
        return tuple(local[mine] for local in self.plan.local)


class Taken(PerBlock):
    """For each block of the result which points of each piece it takes."""

    def __init__(self, plan: Plan, at: int) -> None:
        self.plan = plan
        self.at = at

    def block(self, index: Index) -> list[slice]:
        ends = self.plan.ends
        return [slice(a - ends[k], b - ends[k]) for k, a, b in self.plan.segments[index[self.at]]] or [slice(0)]


class _OfBlocks(PerBlock):
    """Something for each block of the result, by the points in it."""

    def __init__(self, plan: Plan, node: Points) -> None:
        self.plan = plan
        self.at = node.at
        self.sizes = node.sizes
        self.others = node.shape_of_points[1:]


class Scatter(_OfBlocks):
    """For each block of the result where the points of each piece go, and the shape of all its points."""

    def block(self, index: Index) -> tuple[list[Integers], tuple[int, ...]]:
        target = index[self.at]
        first = self.plan.bounds[target]
        goals = [self.plan.order[start:stop] - first for _, start, stop in self.plan.segments[target]]
        return goals, (self.sizes[target], *self.others)


@dataclass(frozen=True)
class Needed:
    """The pieces, by number, that a block of the result reads: one of all sources where it has no points at all."""

    plan: Plan
    at: int
    points: int
    grid: Grid
    pieces: Grid

    def __call__(self, number: int) -> list[int]:
        index = unravel(number, self.grid)
        rest = index[: self.at] + index[self.at + self.points :]
        sources = [source for source, _, _ in self.plan.segments[index[self.at]]] or [0]
        return [ravel((source, *rest), self.pieces) for source in sources]


@lower(Points)
def points_to_blocks(node: Points) -> Node:
    """Read directly, where the points of each block of the result lie in one block of the array; else in two steps."""
    plan = Plan(node)
    return _in_two_steps(node, plan) if any(len(s) > 1 for s in plan.segments) else _directly(node, plan)


def _directly(node: Points, plan: Plan) -> Node:
    blocks = [plan.sources[segments[0][0]] if segments else (0,) * len(node.axes) for segments in plan.segments]
    result = [axis for axis in range(node.ndim) if not node.at <= axis < node.at + len(node.shape_of_points)]
    rest = iter(result)
    axes = tuple(node.at if axis in node.axes else next(rest) for axis in range(node.source.ndim))
    picks = tuple(_picks(node, blocks, axis) for axis in range(node.source.ndim))
    args = (node.source, node.axes, node.at, InOrder(plan, node))
    return blockwise(
        take, *args, grid=node.grid, reads={0: One(axes, picks)}, name=node.name, label="getitem", cheap=True
    )


def _picks(node: Points, blocks: Sequence[Index], axis: int) -> tuple[int, ...] | None:
    """The block along an axis of the array for each of `blocks`; None: an axis without coordinates."""
    return tuple(b[node.axes.index(axis)] for b in blocks) if axis in node.axes else None


def _in_two_steps(node: Points, plan: Plan) -> Node:
    """A task for each block that holds points picks them all; a task for each block of the result orders them."""
    rest = [axis for axis in range(node.source.ndim) if axis not in node.axes]
    grid = (len(plan.sources), *(node.source.grid[axis] for axis in rest))
    along = {axis: 1 + i for i, axis in enumerate(rest)}
    read = One(
        tuple(along.get(axis, 0) for axis in range(node.source.ndim)),
        tuple(_picks(node, plan.sources, axis) for axis in range(node.source.ndim)),
    )
    pieces = blockwise(
        pick, node.source, node.axes, Picks(plan), grid=grid, reads={0: read}, name=f"{node.name}-pick", label="pick"
    )
    most = max(Counter(source for segments in plan.segments for source, _, _ in segments).values())
    needed = Needed(plan, node.at, len(node.shape_of_points), node.grid, grid)
    args = (node.at, Scatter(plan, node))
    return gather(
        scatter,
        pieces,
        Explicit(needed, Taken(plan, node.at), 1 / most),
        *args,
        grid=node.grid,
        name=node.name,
        label="getitem",
    )


class InOrder(_OfBlocks):
    """For each block of the result the coordinates of its points within the one block that they lie in."""

    def block(self, index: Index) -> tuple[Integers, ...]:
        target = index[self.at]
        start, stop = self.plan.bounds[target : target + 2]
        shape = (self.sizes[target], *self.others)
        return tuple(local[start:stop].reshape(shape) for local in self.plan.local)


def take(block: Any, axes: tuple[int, ...], at: int, local: tuple[Integers, ...]) -> Any:
    """A block of the result, out of one block."""
    found = pick(block, axes, local)
    ndim = local[0].ndim
    return np.moveaxis(found, range(ndim), range(at, at + ndim))


def pick(block: Any, axes: tuple[int, ...], local: tuple[Integers, ...]) -> Any:
    """The points of a block, along the first axis."""
    return np.moveaxis(block, axes, range(len(axes)))[local]


def scatter(pieces: Sequence[Any], at: int, plan: tuple[list[Integers], tuple[int, ...]]) -> Any:
    """A block of the result: points of some pieces put in their order, their axes where they belong."""
    goals, shape = plan
    whole = np.empty_like(pieces[0], shape=(prod(shape), *pieces[0].shape[1:]))
    for piece, goal in zip(pieces, goals):
        whole[goal] = piece
    whole = whole.reshape((*shape, *whole.shape[1:]))
    return np.moveaxis(whole, range(len(shape)), range(at, at + len(shape)))
