"""Functions of blocks that reach into their neighbours."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.stride_tricks import sliding_window_view as windows_of

import minidask.array.overlapping as overlapping
from minidask.array.array import Array
from minidask.array.chunks import offsets, slice_sizes
from minidask.array.creation import asanyarray
from minidask.array.node import as_meta
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.sizes import known
from minidask.array.nodes.windows import Windows
from minidask.array.protocol import register


def overlap(x: Any, depth: Any, boundary: Any, *, allow_rechunk: bool = True) -> Array:
    """The array with blocks that have some rows of their neighbours.

    Parameters
    ----------
    depth
        How many rows: a number, one for each axis, or a dict of some axes; a pair is (before, after). They may be
        more than a block has.
    boundary
        What lies beyond the ends of an axis: "none" (blocks have less there), "periodic", "reflect", "nearest", or
        a constant. One for all axes, one for each, or a dict.
    allow_rechunk
        Named as in dask; blocks are never cut anew, because a block may reach beyond its next neighbour.

    Raises
    ------
    ValueError
        `depth` or `boundary` are something else, or not for the axes of the array.

    Examples
    --------
    >>> import minidask.array as da
    >>> overlap(da.arange(6, chunks=3), depth=1, boundary="none").chunks
    ((4, 4),)
    """
    return Array.of(overlapping.overlap(asanyarray(x).expr, depth, boundary))


def trim_internal(x: Any, axes: Any, boundary: Any = None) -> Array:
    """The array with its blocks trimmed of what `overlap` gave them.

    Parameters
    ----------
    axes
        The depth, as of `overlap`.
    boundary
        As of `overlap`.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = overlap(da.arange(6, chunks=3), depth=1, boundary="none")
    >>> trim_internal(x, {0: 1}, "none").compute()
    array([0, 1, 2, 3, 4, 5])
    """
    return Array.of(overlapping.trim(asanyarray(x).expr, axes, boundary))


trim_overlap = trim_internal


def map_overlap(
    func: Callable[..., Any],
    *args: Any,
    depth: Any = None,
    boundary: Any = None,
    trim: bool = True,
    align_arrays: bool = True,
    allow_rechunk: bool = True,
    **kwargs: Any,
) -> Array:
    """The array of a function called with blocks that have some rows of their neighbours.

    Parameters
    ----------
    func
        Gives a block of the same shape, as a rule.
    *args
        Arrays that broadcast against each other, and other arguments.
    depth, boundary
        As of `overlap`; a list has one for each array. Default: 0, and "none".
    trim
        Whether the result is trimmed of the rows of the neighbours.
    align_arrays
        Whether the arrays are first cut alike.
    allow_rechunk
        Named as in dask; blocks are never cut anew for their depth.
    **kwargs
        As of `map_blocks`; the rest is for the function.

    Examples
    --------
    >>> import minidask.array as da
    >>> import numpy as np
    >>> x = da.arange(6, chunks=2)
    >>> map_overlap(lambda b: np.gradient(b), x * x, depth=2, boundary="none", dtype=float).compute()
    array([1., 2., 4., 6., 8., 9.])
    """
    return Array.of(
        overlapping.map_overlap(
            func, *args, depth=depth, boundary=boundary, trim_result=trim, align_arrays=align_arrays, **kwargs
        )
    )


def sliding_window_view(x: Any, window_shape: Any, axis: Any = None, automatic_rechunk: bool = True) -> Array:
    """All windows of an array, along new axes that come last. Blocks of them are views, `window` times as large.

    Parameters
    ----------
    window_shape
        The size of the window along each axis of `axis`.
    axis
        An axis, or several, also one several times. Default: all.
    automatic_rechunk
        Named as in dask; blocks keep their places, and are views whatever their size.

    Raises
    ------
    ValueError
        A window is larger than the array, or there are not as many sizes as axes.

    Examples
    --------
    >>> import minidask.array as da
    >>> sliding_window_view(da.arange(5, chunks=2), 3).compute()
    array([[0, 1, 2],
           [1, 2, 3],
           [2, 3, 4]])
    """
    node = known(asanyarray(x).expr)
    sizes = (int(window_shape),) if np.ndim(window_shape) == 0 else tuple(map(int, window_shape))
    axes = tuple(range(node.ndim)) if axis is None else normalize_axis_tuple(axis, node.ndim, allow_duplicate=True)
    if len(sizes) != len(axes):
        raise ValueError(f"window_shape={window_shape!r} has {len(sizes)} sizes for {len(axes)} axes")
    if any(size < 1 for size in sizes):
        raise ValueError(f"window_shape={window_shape!r}: expected sizes of 1 or more")
    margins = [sum(size - 1 for size, a in zip(sizes, axes) if a == k) for k in range(node.ndim)]
    if any(m and m >= n for m, n in zip(margins, node.shape)):
        raise ValueError(f"window_shape={window_shape!r} is larger than the array of shape {node.shape}")
    chunks = tuple(slice_sizes(c, range(n - m)) if m else c for c, m, n in zip(node.chunks, margins, node.shape))
    spans = tuple(tuple((a, b + m) for a, b in pairwise(offsets(c))) for c, m in zip(chunks, margins))
    source = node if not any(margins) else Windows(node, spans)
    symbols = tuple(range(node.ndim))
    out = (*symbols, *(("window", k) for k in range(len(sizes))))
    meta = as_meta(node.meta, len(out))
    found = (*chunks, *((size,) for size in sizes))
    how = {"window_shape": sizes, "axis": axes}
    return Array.of(call_blocks(windows_of, (source,), (symbols,), out, found, meta=meta, kwargs=how, label="windows"))


register({"sliding_window_view": sliding_window_view}, np.lib.stride_tricks)
