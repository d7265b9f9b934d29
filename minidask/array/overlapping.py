"""Blocks that share rows with their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.mapping import argument, map_blocks
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import unify
from minidask.array.nodes.padding import pad, without_empty_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.windows import Span, margins, reach, trimmed, windows

_MODES = {"periodic": "wrap", "reflect": "symmetric", "nearest": "edge"}


def depths(depth: Any, ndim: int) -> list[Span]:
    """For each axis how many rows before and after: of a number, or one for each axis, or for some."""
    if isinstance(depth, Mapping):
        given = {normalize_axis_tuple(axis, ndim, "depth")[0]: d for axis, d in depth.items()}
        each = [given.get(axis, 0) for axis in range(ndim)]
    else:
        each = list(depth) if isinstance(depth, (tuple, list)) else [depth] * ndim
    if len(each) != ndim:
        raise ValueError(f"depth={depth!r} is for {len(each)} axes, but the array has {ndim}")
    found = [(d, d) if not isinstance(d, (tuple, list)) else tuple(d) for d in each]
    if any(len(d) != 2 or any(not isinstance(n, int | np.integer) or n < 0 for n in d) for d in found):
        raise ValueError(f"depth={depth!r} must be numbers of rows, none negative; or pairs of them")
    return found


def boundaries(boundary: Any, ndim: int) -> list[Any]:
    """For each axis what lies beyond the ends: "none", "periodic", "reflect", "nearest", or a constant."""
    if isinstance(boundary, Mapping):
        given = {normalize_axis_tuple(axis, ndim, "boundary")[0]: b for axis, b in boundary.items()}
        each = [given.get(axis) for axis in range(ndim)]
    else:
        each = list(boundary) if isinstance(boundary, (tuple, list)) else [boundary] * ndim
    if len(each) != ndim:
        raise ValueError(f"boundary={boundary!r} is for {len(each)} axes, but the array has {ndim}")
    for kind in each:
        if isinstance(kind, str) and kind not in (*_MODES, "none"):
            raise ValueError(f'boundary={kind!r}: expected "none", "periodic", "reflect", "nearest" or a number')
    return ["none" if kind is None else kind for kind in each]


def overlap(node: ArrayNode, depth: Any, boundary: Any) -> ArrayNode:
    """The array with blocks that reach into their neighbours; see `minidask.array.overlap.overlap`."""
    node = without_empty_blocks(node)
    deep = depths(depth, node.ndim)
    ends: list[Span] = [(0, 0) if end else width for end, width in zip(_closed(boundary, node.ndim), deep)]
    return windows(closed(node, depth, boundary), deep, ends)


def closed(node: ArrayNode, depth: Any, boundary: Any) -> ArrayNode:
    """The array with what lies beyond its ends."""
    kinds, deep = boundaries(boundary, node.ndim), depths(depth, node.ndim)
    for axis, (kind, width) in enumerate(zip(kinds, deep)):
        if (isinstance(kind, str) and kind == "none") or width == (0, 0):
            continue
        widths = [width if k == axis else (0, 0) for k in range(node.ndim)]
        if isinstance(kind, str):
            node = pad(node, widths, _MODES[kind])
        else:
            node = pad(node, widths, "constant", constant_values=kind)
    return node


def with_dummies(node: ArrayNode, depth: Any, boundary: Any) -> ArrayNode:
    """The array whose blocks at the ends are larger where nothing lies beyond them; by rows of whatever values."""
    node = known(node)
    ends = _closed(boundary, node.ndim)
    widths = [width if end else (0, 0) for end, width in zip(ends, depths(depth, node.ndim))]
    sizes = []
    for (before, after), old in zip(widths, node.chunks):
        old = (old[0] + before, *old[1:])
        sizes.append((*old[:-1], old[-1] + after))
    return rechunk(pad(node, widths, "empty"), tuple(sizes))


def trim(node: ArrayNode, depth: Any, boundary: Any) -> ArrayNode:
    """The array with its blocks trimmed of what they share; see `minidask.array.overlap.trim_internal`."""
    return trimmed(node, margins(node.grid, depths(depth, node.ndim), _closed(boundary, node.ndim)))


def map_overlap(
    func: Callable[..., Any],
    *args: Any,
    depth: Any = None,
    boundary: Any = None,
    trim_result: bool = True,
    align_arrays: bool = True,
    **kwargs: Any,
) -> ArrayNode:
    """The node of a function called with blocks that overlap; see `minidask.array.overlap.map_overlap`."""
    nodes = [argument(arg) for arg in args]
    arrays = [i for i, node in enumerate(nodes) if isinstance(node, ArrayNode)]
    if not arrays:
        raise TypeError("map_overlap needs an array among its arguments")
    if align_arrays:
        symbols = [tuple(range(nodes[i].ndim))[::-1] for i in arrays]
        fitting = unify([nodes[i] for i in arrays], symbols)[1]
        nodes = [fitting[arrays.index(i)] if i in arrays else node for i, node in enumerate(nodes)]
    for i in arrays:
        nodes[i] = without_empty_blocks(nodes[i])
    deep = _each(0 if depth is None else depth, len(arrays), "depth")
    kinds = _each(boundary, len(arrays), "boundary")
    most = max(range(len(arrays)), key=lambda k: nodes[arrays[k]].ndim)
    shared = _shared(nodes[arrays[most]], deep[most], kinds[most])
    for i, d, b in zip(arrays, deep, kinds):
        nodes[i] = overlap(nodes[i], d, b)
    answer = map_blocks(func, *nodes, **kwargs)
    if not trim_result:
        return answer
    return trimmed(answer, _moved(shared, answer.grid, kwargs.get("drop_axis"), kwargs.get("new_axis")))


def trim_to(node: ArrayNode, original: ArrayNode, depth: Any, boundary: Any) -> ArrayNode:
    """An array made of overlapping blocks of another, trimmed to the blocks of that."""
    return trimmed(node, tuple(_shared(original, depth, boundary)))


def _shared(node: ArrayNode, depth: Any, boundary: Any) -> list[tuple[Span, ...]]:
    """For each axis how many rows of their neighbours the blocks will have."""
    deep, closed = depths(depth, node.ndim), _closed(boundary, node.ndim)
    return [reach(*sides) for sides in zip(node.chunks, deep, closed)]


def _closed(boundary: Any, ndim: int) -> list[bool]:
    """For each axis whether nothing lies beyond its ends."""
    return [isinstance(kind, str) and kind == "none" for kind in boundaries(boundary, ndim)]


def _each(value: Any, count: int, name: str) -> list[Any]:
    """One value for each array: a list gives each its own."""
    each = value if isinstance(value, list) else [value] * count
    if len(each) != count:
        raise ValueError(f"{name} lists {len(each)} values for {count} arrays")
    return each


def _moved(
    shared: Sequence[tuple[Span, ...]], grid: Sequence[int], drop_axis: Any, new_axis: Any
) -> tuple[tuple[Span, ...], ...]:
    """What holds for each axis of the result, of which some were dropped and others are new."""
    dropped = normalize_axis_tuple(() if drop_axis is None else drop_axis, len(shared), "drop_axis")
    kept = [cuts for axis, cuts in enumerate(shared) if axis not in dropped]
    new = [new_axis] if isinstance(new_axis, int) else list(new_axis or ())
    for axis in sorted(normalize_axis_tuple(new, len(kept) + len(new), "new_axis")):
        kept.insert(axis, ((0, 0),) * grid[axis])
    return tuple(kept)
