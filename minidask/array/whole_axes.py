"""Methods of ufuncs that take whole axes: any ufunc of two operands reduced, accumulated, reduced in runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

import minidask.config as config
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import in_one_block, rechunk
from minidask.array.nodes.repetition import broadcast_to
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import from_memory
from minidask.array.quiet import quiet
from minidask.quantities import parse_bytes


def reduce_whole(
    node: ArrayNode, ufunc: np.ufunc, axis: Any, where: Any = True, keepdims: Any = False, **options: Any
) -> ArrayNode:
    """`ufunc.reduce`, with the axes that are reduced in one block: NumPy's order, whether it matters or not.

    Raises
    ------
    numpy.exceptions.AxisError, TypeError, ValueError
        As of NumPy: there is no such axis, the ufunc cannot reduce elements of this dtype, or none of them.
    """
    node = known(node)
    masks = () if where is True else (where if isinstance(where, ArrayNode) else from_memory(np.asarray(where)),)
    func = partial(_reduced, ufunc=ufunc, axis=axis, keepdims=bool(keepdims), options=options)
    with quiet():
        least = np.ones_like(node.meta, shape=tuple(min(n, 1) for n in node.shape))
        dtype = np.asarray(func(least, *(np.ones((), mask.dtype) for mask in masks))).dtype  # or NumPy's error
    axes = tuple(range(node.ndim)) if axis is None else normalize_axis_tuple(axis, node.ndim)
    node = _whole(node, axes)
    args = (node, *(rechunk(broadcast_to(mask, node.shape), node.chunks) for mask in masks))
    out = tuple(k for k in range(node.ndim) if keepdims or k not in axes)
    chunks = tuple((1,) if k in axes else node.chunks[k] for k in out)
    index = tuple(range(node.ndim))
    label = f"{ufunc.__name__}.reduce"
    return call_blocks(func, args, (index,) * len(args), out, chunks, dtype=dtype, label=label)


def _reduced(block: Any, where: Any = True, *, ufunc: np.ufunc, options: Mapping[str, Any], **kwargs: Any) -> Any:
    return ufunc.reduce(block, where=where, **kwargs, **options)


def accumulate_whole(node: ArrayNode, ufunc: np.ufunc, axis: int, dtype: Any) -> ArrayNode:
    """`ufunc.accumulate`, with the axis in one block."""
    node = _whole(node, (axis,))
    func = partial(ufunc.accumulate, axis=axis, dtype=dtype)
    kind, index, label = func(_one(node)).dtype, tuple(range(node.ndim)), f"{ufunc.__name__}.accumulate"
    return call_blocks(func, (node,), (index,), index, node.chunks, dtype=kind, label=label)


def reduce_runs(node: ArrayNode, ufunc: np.ufunc, indices: Any, axis: int, dtype: Any) -> ArrayNode:
    """`ufunc.reduceat`, with the axis in one block.

    Raises
    ------
    IndexError
        An index is beyond the axis.
    TypeError
        The indices are no integers, or lazy.
    """
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
