"""Elements replaced where arrays of integers along some axes tell, as in ``x[rows, 1:, columns] = value``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, offsets, slice_sizes
from minidask.array.node import ArrayNode, SameChunks
from minidask.array.nodes.gathered import in_bounds
from minidask.array.nodes.manipulation import squeeze, transpose
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.repetition import broadcast_to
from minidask.array.nodes.setitem import places_of, read_of_value, targets
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import from_memory
from minidask.expr.blocks import One, PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node
from minidask.expr.pipeline import lower


class SetPoints(SameChunks):
    """An array with other values at some points.

    Fields
    ------
    source
        The array.
    places
        Along each axis those that are set; None: the coordinates tell.
    coordinates
        For each of these axes an array of integers, in one block; they broadcast against each other.
    value
        A scalar, or an array: first the axes of the points, in one block, then those of the places, in their chunks.
    """

    places: tuple[range | int | None, ...]
    coordinates: tuple[ArrayNode, ...]
    value: Any

    @property
    def operation(self) -> str:
        return "setitem"


def set_points(node: ArrayNode, items: Sequence[Any], at: int, value: Any) -> ArrayNode:
    """The array after `x[items] = value`; `at` is where the axes of the points stand in the shape of what is set.

    Parameters
    ----------
    node
        All its sizes are known.
    items
        For each axis a slice, an integer, or an array of integers, lazy or not.
    at
        How many of the axes of slices come before those of the points.
    value
        A scalar or an array, lazy or not, that broadcasts to what is set.

    Raises
    ------
    IndexError
        A coordinate is out of bounds, or the arrays do not broadcast. Of lazy ones it is raised when they are there.
    ValueError
        The value does not broadcast.
    """
    arrays = [
        item if isinstance(item, ArrayNode) else in_bounds(item, n, axis)
        for axis, (item, n) in enumerate(zip(items, node.shape))
        if not isinstance(item, slice | int)
    ]
    try:
        points = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError as error:
        raise IndexError(f"shape mismatch: indexing arrays could not be broadcast together: {error}") from None
    places = tuple(
        places_of(item, n, axis) if isinstance(item, slice | int) else None
        for axis, (item, n) in enumerate(zip(items, node.shape))
    )
    if np.ndim(getattr(value, "meta", value)):
        value = _arranged(node, places, points, at, value)
    return SetPoints(node, places, tuple(map(_in_one_block, arrays)), value)


def _in_one_block(array: Any) -> ArrayNode:
    node = array if isinstance(array, ArrayNode) else from_memory(array)
    return rechunk(node, tuple((n,) for n in node.shape))


def _arranged(node: ArrayNode, places: Sequence[Any], points: tuple[int, ...], at: int, value: Any) -> ArrayNode:
    """The value with the axes of the points first, in blocks that are those of the places."""
    value = known(value) if isinstance(value, ArrayNode) else from_memory(np.asarray(value))
    kept = [(sizes, p) for sizes, p in zip(node.chunks, places) if isinstance(p, range)]
    rest = tuple(len(p) for _, p in kept)
    shape = (*rest[:at], *points, *rest[at:])
    while value.ndim > len(shape) and value.shape[0] == 1:  # NumPy takes them
        value = squeeze(value, 0)
    if value.ndim > len(shape) or np.broadcast_shapes(value.shape, shape) != shape:
        raise ValueError(f"could not broadcast input array from shape {value.shape} into shape {shape}")
    order = (*range(at, at + len(points)), *range(at), *range(at + len(points), len(shape)))
    wanted = (*((n,) for n in points), *(slice_sizes(sizes, p) for sizes, p in kept))
    return rechunk(transpose(broadcast_to(value, shape), order), wanted)


class Spots(PerBlock):
    """For each block, along the axes of places, where in it the value goes, and, along the others, where it lies.

    None, where nothing goes for sure.
    """

    def __init__(self, chunks: Chunks, places: Sequence[range | int | None]) -> None:
        self.goals = {axis: targets(chunks[axis], p) for axis, p in enumerate(places) if p is not None}
        self.bounds = {axis: offsets(chunks[axis]) for axis, p in enumerate(places) if p is None}

    def block(self, index: Index) -> tuple[list[Any], list[tuple[int, int]]] | None:
        found = [goals[index[axis]] for axis, goals in self.goals.items()]
        if any(f is None for f in found):
            return None
        bounds = [(at[index[axis]], at[index[axis] + 1]) for axis, at in self.bounds.items()]
        return [f[0] for f in found if f is not None], bounds


@lower(SetPoints)
def setpoints_to_blockwise(node: SetPoints) -> Node:
    """Each block looks which of the points lie in it."""
    axes = tuple(axis for axis, p in enumerate(node.places) if p is None)
    sizes = tuple(node.source.shape[axis] for axis in axes)
    args = (node.source, node.value, Spots(node.chunks, node.places), axes, sizes, *node.coordinates)
    reads = {i: One((None,) * args[i].ndim) for i in range(5, len(args))}
    if isinstance(node.value, ArrayNode):
        reads[1] = read_of_value(node, node.places, node.value)
    return blockwise(put_points, *args, grid=node.grid, reads=reads, name=node.name, label="setitem", cheap=True)


def put_points(
    block: Any,
    value: Any,
    spots: tuple[list[Any], list[tuple[int, int]]] | None,
    axes: tuple[int, ...],
    sizes: tuple[int, ...],
    *coordinates: Any,
) -> Any:
    """A block with the value at those of the points that lie in it; of several at one point the last one stays.

    Raises
    ------
    IndexError
        A coordinate is out of bounds.
    """
    if spots is None:
        return block
    goals, bounds = spots
    points = np.broadcast_arrays(*(in_bounds(c, n, axis) for c, n, axis in zip(coordinates, sizes, axes)))
    inside = np.logical_and.reduce([(a <= c) & (c < b) for c, (a, b) in zip(points, bounds)])
    if not inside.any():
        return block
    new = block.copy()
    local = [c[inside] - a for c, (a, _) in zip(points, bounds)]
    np.moveaxis(new, axes, range(len(axes)))[(*local, *goals)] = value[inside] if np.ndim(value) else value
    return new
