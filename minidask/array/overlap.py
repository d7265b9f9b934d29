"""Functions of blocks that reach into their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import minidask.array.overlapping as overlapping
from minidask.array.array import Array
from minidask.array.chunks import joined_to
from minidask.array.creation import asanyarray
from minidask.array.filling import push as push
from minidask.array.lib.stride_tricks import sliding_window_view as sliding_window_view


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


def overlap_internal(x: Any, axes: Any) -> Array:
    """The array with blocks that have some rows of their neighbours, and nothing beyond its ends.

    Parameters
    ----------
    axes
        The depth, as of `overlap`.

    Examples
    --------
    >>> import minidask.array as da
    >>> overlap_internal(da.arange(6, chunks=2), {0: (1, 0)}).chunks
    ((2, 3, 3),)
    """
    return overlap(x, axes, "none")


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


def trim_overlap(x: Any, depth: Any, boundary: Any = None) -> Array:
    """The array with its blocks trimmed of what `overlap` gave them. Parameters as of `overlap`.

    Examples
    --------
    >>> import minidask.array as da
    >>> trim_overlap(overlap(da.arange(6, chunks=3), depth=1, boundary="none"), 1, "none").chunks
    ((3, 3),)
    """
    return trim_internal(x, depth, boundary)


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
        Gives a block of the same shape, as a rule. It sees each chunk whole, with its rows of the neighbours, so that
        what it makes between its steps is as large as a chunk: smaller chunks may stay in the processor's cache.
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


def boundaries(x: Any, depth: Any = None, kind: Any = None) -> Array:
    """The array with what lies beyond its ends, as `overlap` puts it there; as blocks of their own.

    Parameters
    ----------
    depth
        As of `overlap`; None: 0.
    kind
        The boundary, as of `overlap`; None: "none".

    Examples
    --------
    >>> import minidask.array as da
    >>> boundaries(da.arange(3), 1, "periodic").compute()
    array([2, 0, 1, 2, 0])
    """
    return Array.of(overlapping.closed(asanyarray(x).expr, 0 if depth is None else depth, kind))


def periodic(x: Any, axis: int, depth: Any) -> Array:
    """The array with rows of its other end beyond each end of an axis.

    Parameters
    ----------
    depth
        How many rows: a number, or a pair (before, after).

    Examples
    --------
    >>> import minidask.array as da
    >>> periodic(da.arange(3), 0, 1).compute()
    array([2, 0, 1, 2, 0])
    """
    return boundaries(x, {axis: depth}, {axis: "periodic"})


def reflect(x: Any, axis: int, depth: Any) -> Array:
    """The array with its own rows mirrored beyond each end of an axis. Parameters as of `periodic`.

    Examples
    --------
    >>> import minidask.array as da
    >>> reflect(da.arange(3), 0, 2).compute()
    array([1, 0, 0, 1, 2, 2, 1])
    """
    return boundaries(x, {axis: depth}, {axis: "reflect"})


def nearest(x: Any, axis: int, depth: Any) -> Array:
    """The array with its first and last row repeated beyond the ends of an axis. Parameters as of `periodic`.

    Examples
    --------
    >>> import minidask.array as da
    >>> nearest(da.arange(3), 0, 2).compute()
    array([0, 0, 0, 1, 2, 2, 2])
    """
    return boundaries(x, {axis: depth}, {axis: "nearest"})


def constant(x: Any, axis: int, depth: Any, value: Any) -> Array:
    """The array with a value beyond the ends of an axis. Parameters as of `periodic`.

    Examples
    --------
    >>> import minidask.array as da
    >>> constant(da.arange(3), 0, 1, 9).compute()
    array([9, 0, 1, 2, 9])
    """
    return boundaries(x, {axis: depth}, {axis: value})


def add_dummy_padding(x: Any, depth: Any, boundary: Any) -> Array:
    """The array whose first and last blocks have rows, of whatever values, along axes of the boundary "none".

    Trimmed of the depth at all ends, it is the array again.

    Parameters
    ----------
    depth, boundary
        As of `overlap`.

    Examples
    --------
    >>> import minidask.array as da
    >>> add_dummy_padding(da.arange(6, chunks=3), {0: 2}, {0: "none"}).chunks
    ((5, 5),)
    """
    return Array.of(overlapping.with_dummies(asanyarray(x).expr, depth, boundary))


def coerce_depth(ndim: int, depth: Any) -> dict[int, Any]:
    """How many rows of the neighbours each axis has: of `depth` as `overlap` takes it; None is 0.

    Examples
    --------
    >>> coerce_depth(2, {0: (1, 2)})
    {0: (1, 2), 1: 0}
    """
    found = overlapping.depths(0 if depth is None else depth, ndim)
    return {axis: before if before == after else (before, after) for axis, (before, after) in enumerate(found)}


def coerce_boundary(ndim: int, boundary: Any) -> dict[int, Any]:
    """What lies beyond the ends of each axis: of `boundary` as `overlap` takes it.

    Examples
    --------
    >>> coerce_boundary(2, {1: "reflect"})
    {0: 'none', 1: 'reflect'}
    """
    return dict(enumerate(overlapping.boundaries(boundary, ndim)))


def ensure_minimum_chunksize(size: int, chunks: Sequence[int]) -> tuple[int, ...]:
    """Block sizes of an axis, neighbours joined until none is smaller than `size`.

    Raises
    ------
    ValueError
        All together are smaller.

    Examples
    --------
    >>> ensure_minimum_chunksize(4, (10, 2, 1, 7, 3))
    (10, 13)
    """
    return joined_to(size, tuple(chunks))
