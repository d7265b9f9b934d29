"""A ufunc at some places of an array, one after the other: `ufunc.at`."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts, from_memory


def scatter(node: ArrayNode, ufunc: np.ufunc, places: Any, *values: Any) -> ArrayNode:
    """The array after `ufunc.at(x, places, *values)`.

    Raises
    ------
    NotImplementedError
        The places are no points along the first axes.
    IndexError
        They are not all in the array.
    TypeError, ValueError
        The ufunc takes no such elements, or the values do not broadcast.
    """
    node = known(node)
    given = [np.asarray(value) for value in values]
    ufunc.at(np.ones(1, node.dtype), [0], *(np.ones((), value.dtype) for value in given))  # NumPy's error
    found = _points(node, ufunc, places)
    depth, count = len(found), found[0].size
    shape, chunks = (count, *node.shape[depth:]), ((count,), *node.chunks[depth:])
    lines = [from_memory(line, -1) for line in found]
    args = (node, *lines, *(from_memory(np.broadcast_to(value, shape), chunks) for value in given))
    axes = tuple(range(node.ndim))
    indices = (axes, *[("point",)] * depth, *[("point", *axes[depth:])] * len(given), None, None, None)
    label = f"{ufunc.__name__}.at"
    rest = (Cuts(node.chunks), depth, ufunc)
    return call_blocks(at, (*args, *rest), indices, axes, node.chunks, meta=node.meta, label=label)


def _points(node: ArrayNode, ufunc: np.ufunc, places: Any) -> list[Any]:
    """The places along the first axes, as many as are told; not negative."""
    if isinstance(places, slice) and node.ndim:
        places = np.arange(node.shape[0])[places]
    items = places if isinstance(places, tuple) else (places,)
    found = [np.empty(0, np.intp) if isinstance(i, list) and not i else np.asarray(i) for i in items]
    if len(found) == 1 and found[0].dtype == bool and found[0].shape == node.shape[: found[0].ndim]:
        found = list(np.nonzero(found[0]))
    if len(found) > node.ndim:
        raise IndexError(f"{ufunc.__name__}.at: {len(found)} places for an array of {node.ndim} axes")
    if not found or any(i.dtype.kind not in "iu" or i.ndim > 1 for i in found):
        raise NotImplementedError(
            f"{ufunc.__name__}.at takes places along the first axes of lazy arrays: numbers, lists or arrays of them "
            "in memory, or a slice of rows; assign with x[...] = values, or compute() it first"
        )
    pairs = enumerate(zip(np.broadcast_arrays(*map(np.atleast_1d, found)), node.shape))
    return [_within(points, size, axis) for axis, (points, size) in pairs]


def _within(points: Any, size: int, axis: int) -> Any:
    wrong = points[(points < -size) | (points >= size)]
    if wrong.size:
        raise IndexError(f"index {wrong[0]} is out of bounds for axis {axis} with size {size}")
    return np.where(points < 0, points + size, points)


def at(block: Any, *args: Any) -> Any:
    """The block after the ufunc was called for those points that lie in it; `args`: points, values, place, ufunc."""
    *lines, cut, depth, ufunc = args
    points, values = lines[:depth], lines[depth:]
    here = np.logical_and.reduce([(p >= c.start) & (p < c.stop) for p, c in zip(points, cut)])
    changed = block.copy()
    ufunc.at(changed, tuple(p[here] - c.start for p, c in zip(points, cut)), *(value[here] for value in values))
    return changed
