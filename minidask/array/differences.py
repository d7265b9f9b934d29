"""Running sums and products, differences, gradients."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

import minidask.array.overlapping as overlapping
from minidask.array.array import Array
from minidask.array.constants import full
from minidask.array.creation import asanyarray, stacked
from minidask.array.functions import function
from minidask.array.joining import concatenate
from minidask.array.manipulation import atleast_1d, broadcast_to
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.operators import assign

cumsum = function(Array.cumsum)
cumprod = function(Array.cumprod)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, *, method: str = "sequential") -> Array:
    """The running sum, NaN as 0. Parameters as of `Array.cumsum`.

    Examples
    --------
    >>> nancumsum([1, np.nan, 2]).compute()
    array([1., 1., 3.])
    """
    return asanyarray(a)._scan(np.add, axis, dtype, out, method, skip_nan=True)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, *, method: str = "sequential") -> Array:
    """The running product, NaN as 1. Parameters as of `Array.cumsum`.

    Examples
    --------
    >>> nancumprod([2, np.nan, 3]).compute()
    array([2., 2., 6.])
    """
    return asanyarray(a)._scan(np.multiply, axis, dtype, out, method, skip_nan=True)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Array:
    """The running sum along an axis, which a vector need not name.

    Parameters
    ----------
    dtype, out
        As of `Array.cumsum`.
    include_initial
        Whether the sum of no elements comes first.

    Raises
    ------
    ValueError
        No axis is given, and there are several.

    Examples
    --------
    >>> cumulative_sum([1, 2, 3], include_initial=True).compute()
    array([0, 1, 3, 6])
    """
    return _cumulative(np.add, asanyarray(x), axis, dtype, out, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Array:
    """The running product along an axis. Parameters as of `cumulative_sum`.

    Examples
    --------
    >>> cumulative_prod([1, 2, 3], include_initial=True).compute()
    array([1, 1, 2, 6])
    """
    return _cumulative(np.multiply, asanyarray(x), axis, dtype, out, include_initial)


def _cumulative(ufunc: np.ufunc, x: Array, axis: int | None, dtype: Any, out: Any, include_initial: bool) -> Array:
    x = atleast_1d(x)
    if axis is None and x.ndim != 1:
        raise ValueError(f"axis=None is for arrays of one axis, not {x.ndim}: say along which")
    axis = normalize_axis_index(0 if axis is None else axis, x.ndim)
    found = x._scan(ufunc, axis, dtype, None, "sequential")
    if include_initial:
        first = full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), ufunc.identity, dtype=found.dtype)
        found = concatenate([first, found], axis)
    return found if out is None else assign(out, found)


def cummax(a: Any, axis: Any = None) -> Array:
    """The greatest element so far along an axis, NaN from the first one on; None: of all elements in C order.

    Examples
    --------
    >>> cummax([1, 3, 2, 5], axis=0).compute()
    array([1, 3, 3, 5])
    """
    return asanyarray(a)._scan(np.maximum, axis, None, None, "sequential")


def cummin(a: Any, axis: Any = None) -> Array:
    """The least element so far along an axis, NaN from the first one on; None: of all elements in C order.

    Examples
    --------
    >>> cummin([4, 3, 5, 1], axis=0).compute()
    array([4, 3, 3, 1])
    """
    return asanyarray(a)._scan(np.minimum, axis, None, None, "sequential")


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    """Differences of neighbours along an axis; of truth values: whether they differ.

    Parameters
    ----------
    n
        How many times differences are taken.
    prepend, append
        Values before and after the array, scalars or arrays.

    Raises
    ------
    ValueError
        `n` is negative, or the array has no axes.

    Examples
    --------
    >>> diff([1, 4, 9], prepend=0).compute()
    array([1, 3, 5])
    """
    a = asanyarray(a)
    if n < 0:
        raise ValueError(f"n={n} must not be negative")
    if a.ndim == 0:
        raise ValueError("diff needs an array with at least one axis")
    if n == 0:
        return a
    axis = normalize_axis_index(axis, a.ndim)
    sides = [asanyarray(v) if v is not None else None for v in (prepend, append)]
    before, after = (
        None if v is None else broadcast_to(v, (*a.shape[:axis], 1, *a.shape[axis + 1 :])) if v.ndim == 0 else v
        for v in sides
    )
    parts = [part for part in (before, a, after) if part is not None]
    a = concatenate(parts, axis) if len(parts) > 1 else a
    rows = (slice(None),) * axis
    minus = np.not_equal if a.dtype == bool else np.subtract
    for _ in range(n):
        a = minus(a[(*rows, slice(1, None))], a[(*rows, slice(None, -1))])
    return a


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Array:
    """Differences of neighbours in C order, with other values before and after them.

    Raises
    ------
    TypeError
        These values cannot be cast to the dtype of the array.

    Examples
    --------
    >>> ediff1d([1, 4, 9], to_begin=-1).compute()
    array([-1,  3,  5])
    """
    a = asanyarray(ary).ravel()
    parts = [diff(a)] if a.dtype != bool else [a[1:] - a[:-1]]
    for name, values in (("to_begin", to_begin), ("to_end", to_end)):
        if values is None:
            continue
        given = asanyarray(values).ravel()
        if not np.can_cast(given.dtype, a.dtype, "same_kind"):
            raise TypeError(f"{name} has the dtype {given.dtype}, which does not fit that of the array, {a.dtype}")
        parts.insert(0 if name == "to_begin" else len(parts), given.astype(a.dtype))
    return concatenate(parts)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The gradient by central differences; at the ends by one-sided ones.

    Parameters
    ----------
    *varargs
        The distance of neighbours: nothing (1), a number for all axes, or for each axis a number or the coordinates.
    axis
        Along which; None: all.
    edge_order
        1 or 2: the order of the differences at the ends.

    Returns
    -------
    Array, or a tuple of one for each axis

    Raises
    ------
    ValueError
        An axis has fewer elements than `edge_order` + 1, or the coordinates do not fit.

    Examples
    --------
    >>> gradient([1, 4, 9, 16]).compute()
    array([3., 4., 6., 7.])
    """
    f = asanyarray(f)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order={edge_order} must be 1 or 2")
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError(f"gradient takes distances for all axes or for each of {len(axes)}, not {len(varargs)}")
    varargs = tuple(map(stacked, varargs))
    spacings = varargs if len(varargs) == len(axes) else (varargs or (1.0,)) * len(axes)
    found = tuple(f.of(_gradient(known(f.expr), k, step, edge_order)) for k, step in zip(axes, spacings))
    return found[0] if len(found) == 1 else found


def _gradient(node: ArrayNode, axis: int, step: Any, edge_order: int) -> ArrayNode:
    size = node.shape[axis]
    if size < edge_order + 1:
        raise ValueError(f"axis {axis} has {size} elements; edge_order={edge_order} needs {edge_order + 1}")
    node = rechunk(node, tuple(tuple(n for n in s if n) if k == axis else s for k, s in enumerate(node.chunks)))
    index = tuple(range(node.ndim))
    wide = overlapping.overlap(node, {axis: edge_order}, None)
    args, indices = [wide, step], [index, None]
    if np.ndim(step) == 1:
        coordinates = asanyarray(step)
        if coordinates.size != size:
            raise ValueError(f"there are {coordinates.size} coordinates for axis {axis}, which has {size} elements")
        places = rechunk(known(coordinates.expr), (node.chunks[axis],))
        args[1], indices[1] = overlapping.overlap(places, edge_order, None), (axis,)
    elif np.ndim(step):
        raise ValueError("distances must be numbers, or coordinates along one axis")
    tried = np.gradient(np.ones(3, node.dtype), 1.0, edge_order=1)
    meta = np.empty((0,) * node.ndim, tried.dtype)
    func = partial(_gradient_of_block, axis=axis, edge_order=edge_order)
    sloped = call_blocks(func, args, indices, index, wide.chunks, meta=meta, label="gradient")
    return overlapping.trim_to(sloped, node, {axis: edge_order}, None)


def _gradient_of_block(block: Any, step: Any, axis: int, edge_order: Any) -> Any:
    return np.gradient(block, step, axis=axis, edge_order=edge_order)
