"""Elements replaced by slices and integers, as in ``x[2:5, ::2] = value``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Sizes, as_slice, moved, offsets, slice_sizes, sliced, within
from minidask.array.node import ArrayNode, SameChunks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.slicing import normal
from minidask.expr.blocks import One, PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node
from minidask.expr.pipeline import lower

Places = tuple[range | int, ...]


class SetItem(SameChunks):
    """An array with other values in some places.

    Fields
    ------
    source
        The array.
    places
        Along each axis those that are set; an integer is one place without an axis in the value.
    value
        A scalar, a NumPy array that is broadcast to the places already, or an array node whose chunks are those of the
        places (or one element, where it broadcasts).
    """

    places: Places
    value: Any


def set_places(node: ArrayNode, items: Sequence[slice | int], value: Any) -> ArrayNode:
    """The array after `x[items] = value`; all its sizes are known.

    Raises
    ------
    IndexError, ValueError
        An integer, or the value, does not fit.
    """
    places = tuple(places_of(item, n, axis) for axis, (item, n) in enumerate(zip(items, node.shape)))
    shape = tuple(len(p) for p in places if isinstance(p, range))
    if isinstance(value, ArrayNode):
        value = _fitting(known(value), shape, _chunks_of(node, places))
    elif np.ndim(value):
        value = np.broadcast_to(_shortened(np.asarray(value), shape), shape)
    return SetItem(node, places, value)


def places_of(item: slice | int, size: int, axis: int) -> range | int:
    """The places along an axis that an item of a key tells, none of them negative."""
    if isinstance(item, slice):
        return normal(range(size)[item])
    if not -size <= item < size:
        raise IndexError(f"index {item} is out of bounds for axis {axis} with size {size}")
    return item % size


def _chunks_of(node: ArrayNode, places: Places) -> Chunks:
    return tuple(slice_sizes(sizes, p) for sizes, p in zip(node.chunks, places) if isinstance(p, range))


def _shortened(value: Any, shape: tuple[int, ...]) -> Any:
    """A NumPy value without leading axes of size 1 that the places do not have: NumPy takes them."""
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = value[0]
    return value


def _fitting(value: ArrayNode, shape: tuple[int, ...], chunks: Chunks) -> ArrayNode:
    """The value in blocks that are those of the places."""
    if np.broadcast_shapes(value.shape, shape) != shape:
        raise ValueError(f"could not broadcast input array from shape {value.shape} into shape {shape}")
    wanted = chunks[len(shape) - value.ndim :]
    return rechunk(value, tuple((1,) if n == 1 else sizes for n, sizes in zip(value.shape, wanted)))


class Targets(PerBlock):
    """For each block where in it the value goes, and where in the value that is; None: nowhere."""

    def __init__(self, chunks: Chunks, places: Places) -> None:
        self.axes = [targets(sizes, p) for sizes, p in zip(chunks, places)]

    def block(self, index: Index) -> tuple[tuple[Any, ...], tuple[slice, ...]] | None:
        found = [axis[i] for axis, i in zip(self.axes, index)]
        if any(f is None for f in found):
            return None
        pairs = [f for f in found if f is not None]
        return tuple(goal for goal, _ in pairs), tuple(part for _, part in pairs if part is not None)


def targets(sizes: Sizes, places: range | int) -> list[tuple[Any, slice | None] | None]:
    """For each block of an axis where in it, and where in the value (None: it has no such axis)."""
    at = offsets(sizes)
    if isinstance(places, int):
        return [(places - a, None) if a <= places < b else None for a, b in pairwise(at)]
    found: list[tuple[Any, slice | None] | None] = []
    for start, stop in pairwise(at):
        inside = within(places, start, stop)
        if not inside:
            found.append(None)
            continue
        first = places.index(inside[0])
        found.append((as_slice(moved(inside, -start)), slice(first, first + len(inside))))
    return found


@lower(SetItem)
def setitem_to_blockwise(node: SetItem) -> Node:
    """Blocks that hold places to set are copied."""
    args = (node.source, node.value, Targets(node.chunks, node.places))
    reads = {1: read_of_value(node, node.places, node.value)} if isinstance(node.value, ArrayNode) else {}
    func = put_block if reads else put
    return blockwise(func, *args, grid=node.grid, reads=reads, name=node.name, label="setitem", cheap=True)


def read_of_value(node: ArrayNode, places: Sequence[range | int | None], value: ArrayNode) -> One:
    """Each block reads the block of the value that goes there; where nothing goes, the first.

    The last axes of the value are those of the `places` that are ranges; of axes before them the first block is read.
    """
    ranges = [(axis, p) for axis, p in enumerate(places) if isinstance(p, range)]
    leading = max(0, value.ndim - len(ranges))
    axes: list[int | None] = [None] * leading
    picks: list[tuple[int, ...] | None] = [None] * leading
    for (axis, own), n in zip(ranges[len(ranges) - value.ndim + leading :], value.shape[leading:]):
        if n == 1 and len(own) != 1:
            axes.append(None)
            picks.append(None)
            continue
        order = {block: i for i, block in enumerate(sliced(node.chunks[axis], own).picks)}
        axes.append(axis)
        picks.append(tuple(order.get(i, 0) for i in range(node.grid[axis])))
    return One(tuple(axes), tuple(picks))


def put(block: Any, value: Any, target: tuple[tuple[Any, ...], tuple[slice, ...]] | None) -> Any:
    """A block with its part of the whole value in it."""
    if target is None:
        return block
    goal, part = target
    new = _own(block)
    new[goal] = value[part] if np.ndim(value) else value
    return new


def _own(block: Any) -> Any:
    """A copy that can be written to: what has no axes may be one of NumPy's scalars."""
    return np.array(block) if isinstance(block, np.generic) else block.copy()


def put_block(block: Any, value: Any, target: tuple[tuple[Any, ...], tuple[slice, ...]] | None) -> Any:
    """A block with a block of the value in it."""
    if target is None:
        return block
    new = _own(block)
    new[target[0]] = value
    return new
