"""What `x[key] = value` means: slices, integers, new axes, arrays of integers, masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.indexing import are_together, expand_key, is_array, new_axes, with_mask_axes, without_masks
from minidask.array.nodes.manipulation import expand_dims, squeeze
from minidask.array.nodes.select import check_mask
from minidask.array.nodes.setitem import set_places
from minidask.array.nodes.setpoints import set_points
from minidask.array.nodes.sizes import known


def setitem(node: ArrayNode, key: Any, value: Any) -> ArrayNode:
    """The array after `x[key] = value`, as NumPy means it; the arrays of the key, and the value, may be lazy.

    Raises
    ------
    IndexError, ValueError
        The key, or the value, does not fit.
    """
    if not isinstance(value, ArrayNode) and np.ndim(value) == 0 and value is not np.ma.masked:
        np.empty(1, node.dtype)[0] = value  # what cannot be of that type is an error now
    items, dots = expand_key(key, node.ndim)
    node, items, added = with_mask_axes(node, items)
    return squeeze(_set_items(node, items, dots, value), added)


def _set_items(node: ArrayNode, items: list[Any], dots: int | None, value: Any) -> ArrayNode:
    arrays = [item for item in items if is_array(item)]
    if not arrays:
        kept = [item for item in items if not isinstance(item, int)]
        value = _without_axes(value, [at for at, item in enumerate(kept) if item is None], len(kept))
        return set_places(known(node), [item for item in items if item is not None], value)
    if len(arrays) == 1 and all(item is arrays[0] or (type(item) is slice and item == slice(None)) for item in items):
        place = next(at for at, item in enumerate(items) if item is arrays[0])
        after = len(items) - place - 1
        mask = arrays[0] if arrays[0].dtype == bool else _mask_of(arrays[0], node, place)
        if mask is not None and _ndim(value) <= after:
            check_mask(mask.shape, node.shape, place)
            return _set_where(node, mask, after, value)
    return _set_points(known(node), items, not are_together(items, dots), value)


def _ndim(value: Any) -> int:
    return np.ndim(getattr(value, "meta", value))


def _mask_of(array: Any, node: ArrayNode, axis: int) -> Any:
    """Where an array of integers, which is no lazy one, points to."""
    if isinstance(array, ArrayNode):
        return None
    mask = np.zeros(known(node).shape[axis], bool)
    mask[array] = True
    return mask


def _set_where(node: ArrayNode, mask: Any, after: int, value: Any) -> ArrayNode:
    """Where a mask holds that speaks of the axes before the last `after` ones."""
    if isinstance(mask, ArrayNode):
        mask = expand_dims(mask, range(mask.ndim, mask.ndim + after))
    else:
        mask = mask.reshape(mask.shape + (1,) * after)
    return elementwise(_replaced, node, mask, value)


def _replaced(block: Any, mask: Any, value: Any) -> Any:
    """The block with the value where the mask holds; its dtype stays."""
    if isinstance(block, np.ma.MaskedArray):
        return np.ma.where(np.ma.getdata(mask), value, block).astype(block.dtype)
    new = np.array(block)
    np.copyto(new, value, where=mask, casting="unsafe")
    return new


def _set_points(node: ArrayNode, items: Sequence[Any], front: bool, value: Any) -> ArrayNode:
    """By arrays of integers, beside slices, integers and new axes; `front`: the axes of the arrays come first."""
    items = [known(i) if isinstance(i, ArrayNode) else i for i in without_masks(items, node.shape)]
    left = [item for item in items if not isinstance(item, int)]
    points = max(item.ndim for item in left if is_array(item))
    count = points + sum(isinstance(item, slice) for item in left)
    added = new_axes(left, items, front, count)
    value = _without_axes(value, added, count + len(added))
    first = next(at for at, item in enumerate(items) if is_array(item) or isinstance(item, int))
    at = 0 if front else sum(isinstance(item, slice) for item in items[:first])
    return set_points(node, [item for item in items if item is not None], at, value)


def _without_axes(value: Any, axes: Sequence[int], count: int) -> Any:
    """A value for a key that adds `axes` to the `count` axes of what it picks, without these.

    Raises
    ------
    ValueError
        The value has another size than 1 along them.
    """
    offset = count - _ndim(value)
    own = tuple(axis - offset for axis in axes if axis >= offset)
    if not own:
        return value
    return squeeze(value, own) if isinstance(value, ArrayNode) else np.squeeze(value, own)
