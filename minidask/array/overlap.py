"""Functions of blocks that reach into their neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minidask.array.overlapping as overlapping
from minidask.array.array import Array
from minidask.array.creation import asanyarray


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
