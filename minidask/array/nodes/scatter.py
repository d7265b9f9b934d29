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
        The places are not those of the first axis.
    IndexError
        They are not all in it.
    TypeError, ValueError
        The ufunc takes no such elements, or the values do not broadcast.
    """
    node = known(node)
    rows = _rows(node, ufunc, places)
    given = [np.asarray(value) for value in values]
    ufunc.at(np.ones(1, node.dtype), [0], *(np.ones((), value.dtype) for value in given))  # NumPy's error
    shape, chunks = (rows.size, *node.shape[1:]), ((rows.size,), *node.chunks[1:])
    args = (node, from_memory(rows, -1), *(from_memory(np.broadcast_to(value, shape), chunks) for value in given))
    axes = tuple(range(node.ndim))
    indices = (axes, ("row",), *([("row", *axes[1:])] * len(given)), None, None)
    label = f"{ufunc.__name__}.at"
    return call_blocks(at, (*args, Cuts(node.chunks), ufunc), indices, axes, node.chunks, meta=node.meta, label=label)


def _rows(node: ArrayNode, ufunc: np.ufunc, places: Any) -> Any:
    """Which rows of the array; not negative."""
    if isinstance(places, tuple) and len(places) == 1:
        places = places[0]
    if isinstance(places, slice):
        places = np.arange(node.shape[0])[places]
    rows = np.empty(0) if isinstance(places, tuple | ArrayNode) or places is Ellipsis else np.asarray(places)
    if rows.dtype == bool and rows.shape == node.shape[:1]:
        rows = np.flatnonzero(rows)
    if not node.ndim or rows.dtype.kind not in "iu" or rows.ndim > 1:
        raise NotImplementedError(
            f"{ufunc.__name__}.at takes rows of lazy arrays only: a number, a slice, a list or an array of them in "
            "memory; assign with x[...] = values, or compute() it first"
        )
    rows = rows.reshape(-1)
    wrong = rows[(rows < -node.shape[0]) | (rows >= node.shape[0])]
    if wrong.size:
        raise IndexError(f"index {wrong[0]} is out of bounds for axis 0 with size {node.shape[0]}")
    return np.where(rows < 0, rows + node.shape[0], rows)


def at(block: Any, rows: Any, *rest: Any) -> Any:
    """The block after the ufunc was called for those rows that lie in it; `rest`: values, its place, the ufunc."""
    *values, cut, ufunc = rest
    here = (rows >= cut[0].start) & (rows < cut[0].stop)
    changed = block.copy()
    ufunc.at(changed, rows[here] - cut[0].start, *(value[here] for value in values))
    return changed
