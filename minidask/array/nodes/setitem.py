"""Arrays with some elements replaced."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Sizes, as_slice, moved, offsets, slice_sizes, sliced, within
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.indexing import expand_key
from minidask.array.nodes.manipulation import expand_dims
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.slicing import normal
from minidask.expr.blocks import One, PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

Places = tuple[range | int, ...]


class SetItem(ArrayNode):
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

    source: ArrayNode
    places: Places
    value: Any

    @fact
    def chunks(self) -> Chunks:
        return self.source.chunks

    @fact
    def meta(self) -> Any:
        return self.source.meta

    @property
    def spaces(self) -> tuple[Any, ...]:
        return self.source.spaces


def setitem(node: ArrayNode, key: Any, value: Any) -> ArrayNode:
    """The array after `x[key] = value`: `key` of slices and integers, or one mask over the first axes.

    Raises
    ------
    IndexError, ValueError
        The key, or the value, does not fit.
    NotImplementedError
        Keys of several arrays, or of arrays and slices; values with as many axes as an array in the key picks.
    """
    items = expand_key(key, node.ndim)
    arrays = [i for i in items if isinstance(i, (ArrayNode, np.ndarray))]
    if not arrays:
        return _set_places(known(node), items, value)
    if len(arrays) > 1 or any(isinstance(i, int) or i is None for i in items):
        raise NotImplementedError("setting elements by an array together with arrays, integers or new axes; use where")
    return _set_where(node, items, arrays[0], value)


def _set_where(node: ArrayNode, items: list[Any], array: Any, value: Any) -> ArrayNode:
    """By a mask, or scalars by an array of integers along one axis."""
    if any(isinstance(i, slice) and i != slice(None) for i in items):
        raise NotImplementedError("setting elements by an array and slices in one key; use where")
    axis = next(place for place, item in enumerate(items) if item is array)
    mask = array if array.dtype == bool else _mask_of(array, known(node).shape[axis])
    after = node.ndim - axis - mask.ndim
    if np.ndim(getattr(value, "meta", value)) > after:
        raise NotImplementedError(
            "setting elements by a mask or an array of integers takes a scalar, or what broadcasts against the axes "
            "after those of the array; use where"
        )
    mask = _trailing(mask, after) if isinstance(mask, ArrayNode) else mask.reshape(mask.shape + (1,) * after)
    return elementwise(_replaced, node, mask, value)


def _mask_of(array: Any, size: int) -> Any:
    if isinstance(array, ArrayNode):
        raise NotImplementedError("setting elements by a lazy array of integers; compute() it first")
    mask = np.zeros(size, bool)
    mask[array] = True
    return mask


def _trailing(mask: ArrayNode, count: int) -> ArrayNode:
    return expand_dims(mask, range(mask.ndim, mask.ndim + count))


def _replaced(block: Any, mask: Any, value: Any) -> Any:
    """The block with the value where the mask holds; its dtype stays."""
    new = np.array(block)
    np.copyto(new, value, where=mask, casting="unsafe")
    return new


def _set_places(node: ArrayNode, items: list[Any], value: Any) -> ArrayNode:
    if any(item is None for item in items):
        raise NotImplementedError("setting elements by a key with new axes; leave them out of the key")
    places: Places = tuple(
        normal(range(n)[item]) if isinstance(item, slice) else _checked(item, n, axis)
        for axis, (item, n) in enumerate(zip(items, node.shape))
    )
    shape = tuple(len(p) for p in places if isinstance(p, range))
    if isinstance(value, ArrayNode):
        value = _fitting(known(value), shape, _chunks_of(node, places))
    elif np.ndim(value):
        value = np.broadcast_to(_shortened(np.asarray(value), shape), shape)
    return SetItem(node, places, value)


def _checked(i: int, size: int, axis: int) -> int:
    if not -size <= i < size:
        raise IndexError(f"index {i} is out of bounds for axis {axis} with size {size}")
    return i % size


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
        self.axes = [_targets(sizes, p) for sizes, p in zip(chunks, places)]

    def block(self, index: Index) -> tuple[tuple[Any, ...], tuple[slice, ...]] | None:
        found = [axis[i] for axis, i in zip(self.axes, index)]
        if any(f is None for f in found):
            return None
        pairs = [f for f in found if f is not None]
        return tuple(goal for goal, _ in pairs), tuple(part for _, part in pairs if part is not None)


def _targets(sizes: Sizes, places: range | int) -> list[tuple[Any, slice | None] | None]:
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
    targets = Targets(node.chunks, node.places)
    args = (node.source, node.value, targets)
    reads = {1: _read_value(node)} if isinstance(node.value, ArrayNode) else {}
    func = put_block if reads else put
    return blockwise(func, *args, grid=node.grid, reads=reads, name=node.name, label="setitem", cheap=True)


def _read_value(node: SetItem) -> One:
    """Each block reads the block of the value that goes there; where nothing goes, the first."""
    ranges = [(axis, p) for axis, p in enumerate(node.places) if isinstance(p, range)]
    axes: list[int | None] = []
    picks: list[tuple[int, ...] | None] = []
    for (axis, places), n in zip(ranges[len(ranges) - node.value.ndim :], node.value.shape):
        if n == 1 and len(places) != 1:
            axes.append(None)
            picks.append(None)
            continue
        order = {block: i for i, block in enumerate(sliced(node.chunks[axis], places).picks)}
        axes.append(axis)
        picks.append(tuple(order.get(i, 0) for i in range(node.grid[axis])))
    return One(tuple(axes), tuple(picks))


def put(block: Any, value: Any, target: tuple[tuple[Any, ...], tuple[slice, ...]] | None) -> Any:
    """A block with its part of the whole value in it."""
    if target is None:
        return block
    goal, part = target
    new = block.copy()
    new[goal] = value[part] if np.ndim(value) else value
    return new


def put_block(block: Any, value: Any, target: tuple[tuple[Any, ...], tuple[slice, ...]] | None) -> Any:
    """A block with a block of the value in it."""
    if target is None:
        return block
    new = block.copy()
    new[target[0]] = value
    return new
