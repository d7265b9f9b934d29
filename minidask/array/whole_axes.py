"""Methods of ufuncs that take whole axes: any ufunc of two operands reduced, accumulated, reduced in runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

import minidask.config as config
from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import in_one_block
from minidask.array.nodes.sizes import known
from minidask.quantities import parse_bytes


def reduce_whole(node: ArrayNode, ufunc: np.ufunc, options: Mapping[str, Any]) -> ArrayNode:
    """`ufunc.reduce`, with the axes that are reduced in one block: NumPy's order, whether it matters or not."""
    axis = options.get("axis", 0)
    axes = tuple(range(node.ndim)) if axis is None else normalize_axis_tuple(axis, node.ndim)
    node = _whole(node, axes)
    stays = bool(options.get("keepdims"))
    out = tuple(k for k in range(node.ndim) if stays or k not in axes)
    chunks = tuple((1,) if k in axes else node.chunks[k] for k in out)
    return _called(ufunc, partial(ufunc.reduce, **{**options, "axis": axes}), node, out, chunks, "reduce")


def accumulate_whole(node: ArrayNode, ufunc: np.ufunc, axis: int, dtype: Any) -> ArrayNode:
    """`ufunc.accumulate`, with the axis in one block."""
    node = _whole(node, (axis,))
    func = partial(ufunc.accumulate, axis=axis, dtype=dtype)
    return _called(ufunc, func, node, tuple(range(node.ndim)), node.chunks, "accumulate")


def reduce_runs(node: ArrayNode, ufunc: np.ufunc, indices: Any, axis: int, dtype: Any) -> ArrayNode:
    """`ufunc.reduceat`, with the axis in one block.

    Raises
    ------
    IndexError
        An index is beyond the axis.
    TypeError
        The indices are no integers, or lazy.
    """
    axis = normalize_axis_index(axis, node.ndim)
    node = _whole(node, (axis,))
    places = np.asarray(indices)
    if places.dtype.kind not in "iu" or places.ndim != 1:
        raise TypeError(f"{ufunc.__name__}.reduceat: indices={indices!r} must be a list or an array of integers")
    if places.size and not 0 <= places.min() <= places.max() < node.shape[axis]:
        raise IndexError(f"{ufunc.__name__}.reduceat: indices={indices!r} are not all in an axis of {node.shape[axis]}")
    chunks = tuple((places.size,) if k == axis else c for k, c in enumerate(node.chunks))
    func = partial(_in_runs, ufunc=ufunc, places=tuple(places.tolist()), axis=axis, dtype=dtype)
    dtype = ufunc.reduceat(_one(node), [0], axis=axis, dtype=dtype).dtype
    index = tuple(range(node.ndim))
    return call_blocks(func, (node,), (index,), index, chunks, dtype=dtype, label=f"{ufunc.__name__}.reduceat")


def _in_runs(block: Any, ufunc: np.ufunc, places: tuple[int, ...], axis: int, dtype: Any) -> Any:
    return ufunc.reduceat(block, np.array(places, np.intp), axis=axis, dtype=dtype)


def _whole(node: ArrayNode, axes: tuple[int, ...]) -> ArrayNode:
    return in_one_block(known(node), axes, parse_bytes(config.get("array.chunk-size"), "array.chunk-size"))


def _one(node: ArrayNode) -> Any:
    """One element of the dtype and the number of axes."""
    return np.ones_like(node.meta, shape=(1,) * node.ndim)


def _called(
    ufunc: np.ufunc, func: Callable[..., Any], node: ArrayNode, out: tuple[int, ...], chunks: Chunks, method: str
) -> ArrayNode:
    dtype = np.asarray(func(_one(node))).dtype
    label = f"{ufunc.__name__}.{method}"
    return call_blocks(func, (node,), (tuple(range(node.ndim)),), out, chunks, dtype=dtype, label=label)
