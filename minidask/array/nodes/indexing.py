"""What `x[key]` means: slices, integers, new axes, arrays of integers, masks."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from minidask.array.chunks import Chunks, Shape
from minidask.array.node import ArrayNode
from minidask.array.nodes.gathered import points_lazily, take_lazily
from minidask.array.nodes.manipulation import expand_dims
from minidask.array.nodes.points import points
from minidask.array.nodes.searching import nonzero
from minidask.array.nodes.select import check_mask, select
from minidask.array.nodes.sizes import known
from minidask.array.nodes.slicing import slice_node
from minidask.expr.blocks import One, Picks, blockwise, unchanged
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


def getitem(node: ArrayNode, key: Any) -> ArrayNode:
    """The node of `x[key]`, as NumPy means it.

    Raises
    ------
    IndexError
        The key does not fit the array.
    """
    items, dots = expand_key(key, node.ndim)
    node, items, _ = with_mask_axes(node, items)
    if not any(is_array(item) for item in items):
        return _with_new_axes(slice_node(node, tuple(i for i in items if i is not None)), items)
    return _advanced(node, items, not are_together(items, dots))


class Key(NamedTuple):
    """What stands in the brackets of an index."""

    items: list[Any]
    """Slices, integers, None and arrays, that together speak of all axes."""
    dots: int | None
    """Before which of them an ellipsis stood that speaks of no axes."""


def expand_key(key: Any, ndim: int) -> Key:
    """The items of a key.

    Examples
    --------
    >>> expand_key((..., 3), 3).items
    [slice(None, None, None), slice(None, None, None), 3]
    """
    items = [_item(i) for i in (key if isinstance(key, tuple) else (key,))]
    dots = [place for place, item in enumerate(items) if item is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    missing = ndim - sum(_consumed(item) for item in items)
    if missing < 0:
        raise IndexError(f"too many indices for array: array is {ndim}-dimensional, but {ndim - missing} were indexed")
    at = dots[0] if dots else len(items)
    whole = [*items[:at], *(slice(None) for _ in range(missing)), *items[at + len(dots) :]]
    return Key(whole, at if dots and not missing else None)


def _item(item: Any) -> Any:
    if item is None or item is Ellipsis or isinstance(item, (slice, ArrayNode)):
        _check_kind(item)
        return item
    if hasattr(item, "__index__") and not isinstance(item, (bool, np.bool, np.ndarray)):
        return item.__index__()
    array = np.asarray(item)
    if array.size == 0 and not isinstance(item, np.ndarray):
        array = array.astype(np.intp)
    _check_kind(array)
    return int(array) if array.ndim == 0 and array.dtype.kind in "iu" else array


def _check_kind(item: Any) -> None:
    if is_array(item) and item.dtype.kind not in "iub":
        raise IndexError(f"arrays used as indices must be of integer (or boolean) type, not {item.dtype}")


def is_array(item: Any) -> bool:
    """Whether an item of a key is an array, lazy or not."""
    return isinstance(item, (ArrayNode, np.ndarray))


def _is_mask(item: Any) -> bool:
    return is_array(item) and bool(item.dtype == bool)


def with_mask_axes(node: ArrayNode, items: Sequence[Any]) -> tuple[ArrayNode, list[Any], tuple[int, ...]]:
    """An array with a new axis for each mask without axes, such as True; masks over these; and where they are."""
    found, axes, axis = [], [], 0
    for item in items:
        if _is_single_mask(item):
            axes.append(axis)
            item = expand_dims(item, [0]) if isinstance(item, ArrayNode) else item[None]
        found.append(item)
        axis += _consumed(item)
    return expand_dims(node, axes), found, tuple(axes)


def _is_single_mask(item: Any) -> bool:
    return _is_mask(item) and not item.ndim


def _consumed(item: Any) -> int:
    """Of how many axes an item speaks."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if _is_mask(item) else 1


def _with_new_axes(node: ArrayNode, items: Sequence[Any]) -> ArrayNode:
    kept = [item for item in items if not isinstance(item, int)]
    return expand_dims(node, [place for place, item in enumerate(kept) if item is None])


def _advanced(node: ArrayNode, items: list[Any], front: bool) -> ArrayNode:
    """With arrays in the key: slices and integers first, then the arrays, then new axes.

    `front`: their axes come before all others, because the arrays do not stand together.
    """
    if sum(is_array(i) for i in items) > 1 or front:
        items = without_masks(items, node.shape)
    node = slice_node(node, tuple(_basic(i) for item in items if item is not None for i in _each(item)))
    left = [item for item in items if not isinstance(item, int)]
    axes, arrays, axis = [], [], 0
    for item in left:
        if is_array(item):
            axes.append(axis)
            arrays.append(item)
        axis += _consumed(item)
    at = 0 if front else axes[0]
    found = _pick(node, axes, arrays, at)
    return expand_dims(found, new_axes(left, items, front, found.ndim))


def are_together(items: Sequence[Any], dots: int | None) -> bool:
    """Whether no slice, new axis or ellipsis stands between the arrays and integers of a key."""
    places = [place for place, item in enumerate(items) if is_array(item) or isinstance(item, int)]
    apart = dots is not None and places[0] < dots <= places[-1]
    return places[-1] - places[0] < len(places) and not apart


def without_masks(items: Sequence[Any], shape: Shape) -> list[Any]:
    """The items with the coordinates of what they pick in the place of masks.

    Raises
    ------
    IndexError
        A mask has another shape than the axes of which it speaks.
    """
    found: list[Any] = []
    axis = 0
    for item in items:
        if not _is_mask(item):
            found.append(item)
        else:
            mask = known(item) if isinstance(item, ArrayNode) else item
            check_mask(mask.shape, shape, axis)
            found += nonzero(mask) if isinstance(mask, ArrayNode) else mask.nonzero()
        axis += _consumed(item)
    return found


def _each(item: Any) -> tuple[Any, ...]:
    return (item,) * _consumed(item)


def _basic(item: Any) -> Any:
    """What slicing does before arrays are looked at."""
    return slice(None) if is_array(item) else item


def _pick(node: ArrayNode, axes: list[int], arrays: list[Any], at: int) -> ArrayNode:
    array, axis = arrays[0], axes[0]
    if len(arrays) > 1:
        lazy = any(isinstance(a, ArrayNode) for a in arrays)
        return points_lazily(node, axes, arrays, at) if lazy else points(node, axes, arrays, at)
    if _is_mask(array) and (array.ndim > 1 or isinstance(array, ArrayNode)):
        return select(node, array, axis)
    if _is_mask(array):
        if node.shape[axis] is not None and len(array) != node.shape[axis]:
            return select(node, array, axis)  # which tells what is wrong
        array = array.nonzero()[0]
    if isinstance(array, ArrayNode):
        return _take_lazily(node, array, axis) if at == axis else points_lazily(node, [axis], [array], at)
    return points(node, [axis], [array], at)


def _take_lazily(node: ArrayNode, array: ArrayNode, axis: int) -> ArrayNode:
    if array.ndim > 1:
        return points_lazily(node, [axis], [array], axis)
    if array.ndim:
        return take_lazily(node, array, axis)
    found = take_lazily(node, expand_dims(array, [0]), axis)
    return slice_node(found, tuple(0 if a == axis else slice(None) for a in range(found.ndim)))


def new_axes(left: Sequence[Any], items: Sequence[Any], front: bool, ndim: int) -> list[int]:
    """Where the new axes of the key stand in the result, whose picked axes are together.

    `left` are the `items` without integers; without the new axes the result has `ndim`.
    """
    slices = sum(isinstance(item, slice) for item in left)
    picked, found, at = ndim - slices, [], 0
    at, seen = (picked, True) if front else (0, False)
    for item in items:
        if item is None:
            found.append(at)
        if (is_array(item) or isinstance(item, int)) and not seen:
            at, seen = at + picked, True
        elif item is None or isinstance(item, slice):
            at += 1
    return found


def vindex(node: ArrayNode, key: Any) -> ArrayNode:
    """Points by arrays along all or some axes; the axes of the points come first, sliced ones after them."""
    items = expand_key(key, node.ndim).items
    if any(item is None or isinstance(item, ArrayNode) or _is_single_mask(item) for item in items):
        raise IndexError("vindex takes integers, NumPy arrays and slices; no new axes, truth values, or lazy arrays")
    items = [part for item in items for part in (item.nonzero() if _is_mask(item) else (item,))]
    picked = [(axis, np.asarray(item)) for axis, item in enumerate(items) if not isinstance(item, slice)]
    node = slice_node(node, tuple(item if isinstance(item, slice) else slice(None) for item in items))
    if not picked:
        return node
    shape = np.broadcast_shapes(*(array.shape for _, array in picked))
    arrays = [np.broadcast_to(array, shape or (1,)) for _, array in picked]
    found = points(node, [axis for axis, _ in picked], arrays, 0)
    return found if shape else slice_node(found, (0, *(slice(None) for _ in range(found.ndim - 1))))


class PickBlocks(ArrayNode):
    """Some whole blocks of an array: along each axis those of these numbers."""

    source: ArrayNode
    picks: tuple[tuple[int, ...] | None, ...]

    @property
    def operation(self) -> str:
        return "blocks"

    @fact
    def chunks(self) -> Chunks:
        axes = zip(self.source.chunks, self.picks)
        return tuple(sizes if picks is None else tuple(sizes[i] for i in picks) for sizes, picks in axes)

    @fact
    def meta(self) -> Any:
        return self.source.meta


@lower(PickBlocks)
def pick_blocks(node: PickBlocks) -> Node:
    """Each block is another one's."""
    picks: tuple[Picks | None, ...] = node.picks
    read = One(tuple(range(node.ndim)), picks)
    return blockwise(
        unchanged, node.source, grid=node.grid, reads={0: read}, name=node.name, label="blocks", cheap=True
    )


def blocks(node: ArrayNode, key: Any) -> ArrayNode:
    """The array of some of the blocks, by their numbers along each axis; an integer keeps its axis.

    Raises
    ------
    IndexError
        There are no such blocks, or arrays along several axes.
    """
    items = expand_key(key, node.ndim).items
    refused = any(item is None or isinstance(item, ArrayNode) or _is_single_mask(item) for item in items)
    if refused or sum(is_array(item) for item in items) > 1:
        raise IndexError("blocks are picked by integers, slices, and one NumPy array or list")
    picks = tuple(_picked(np.arange(n), item) for n, item in zip(node.grid, items))
    if prod(len(p) for p in picks) == 0:
        raise IndexError(f"the key {key!r} picks no block of the grid {node.grid}")
    return PickBlocks(node, picks)


def _picked(numbers: Any, item: Any) -> tuple[int, ...]:
    return tuple(np.atleast_1d(numbers[item]).tolist())
