"""Functions of a person's own over the blocks of arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.mapping as mapping
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.mapped import call_blocks, unify
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known


def map_blocks(
    func: Callable[..., Any],
    *args: Any,
    name: str | None = None,
    token: str | None = None,
    dtype: Any = None,
    chunks: Any = None,
    drop_axis: Any = None,
    new_axis: Any = None,
    enforce_ndim: bool = False,
    meta: Any = None,
    **kwargs: Any,
) -> Array:
    """The array of `func` called with each block.

    Without `dtype` and `meta` the function is tried on empty blocks; where that fails the first block is computed,
    now.

    Parameters
    ----------
    func
        Gives a block. It may take `block_id`, the index of the block, and `block_info`: for each array by its
        position, and for the result by None, a dict of where the block lies.
    *args
        Arrays, whose last axes meet: they have as many blocks there, or one; and other arguments, as they are.
        Collections among them are given as values, also those in lists and dicts.
    name
        Of the result, where equal names mean equal values. Default: from the operands.
    token
        What the result is called, in place of the function's name.
    dtype
        Of the result.
    chunks
        Of the result, where the function changes the shape of blocks: for each axis one size or all of them.
    drop_axis
        Axes that the result does not have; the function gets all blocks along them as one.
    new_axis
        Places of axes that are new.
    enforce_ndim
        Whether a block with another number of axes than the result is an error.
    meta
        An empty array of the kind of the blocks.
    **kwargs
        For the function.

    Raises
    ------
    ValueError
        The arrays have different numbers of blocks where they meet, or `chunks` do not fit.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(6, chunks=3)
    >>> map_blocks(lambda b, block_id: b + 10 * block_id[0], x).compute()
    array([ 0,  1,  2, 13, 14, 15])
    >>> map_blocks(lambda b: b.sum(keepdims=True), x, chunks=(1,)).compute()
    array([ 3, 12])
    """
    return Array.of(
        mapping.map_blocks(
            func,
            *args,
            name=name,
            token=token,
            dtype=dtype,
            chunks=chunks,
            drop_axis=drop_axis,
            new_axis=new_axis,
            enforce_ndim=enforce_ndim,
            meta=meta,
            **kwargs,
        )
    )


def blockwise(
    func: Callable[..., Any],
    out_ind: Any,
    *args: Any,
    name: str | None = None,
    token: str | None = None,
    dtype: Any = None,
    adjust_chunks: Any = None,
    new_axes: Any = None,
    align_arrays: bool = True,
    concatenate: bool | None = None,
    meta: Any = None,
    **kwargs: Any,
) -> Array:
    """The array of `func` called with blocks told in index notation: each axis has a symbol.

    Parameters
    ----------
    func
        Gives a block of the result.
    out_ind
        The symbols of the result, a string or a tuple.
    *args
        Pairs of an array and its symbols; of another argument and None.
    name, token, dtype, meta
        As of `map_blocks`.
    adjust_chunks
        For some symbols how the function changes the sizes of blocks: a function of a size, one size, or all.
    new_axes
        For symbols that no array has the size of the axis; of several blocks: a tuple of their sizes.
    align_arrays
        Whether arrays are first cut alike; else they must have as many blocks where they meet.
    concatenate
        Whether blocks along symbols that the result does not have are given as one; else as nested lists.
    **kwargs
        For the function.

    Raises
    ------
    ValueError
        Sizes do not fit, an index has another number of symbols than its array has axes, or a symbol of the result is
        nowhere.

    Examples
    --------
    >>> import minidask.array as da
    >>> x, y = da.arange(4, chunks=2), da.arange(3, chunks=2)
    >>> blockwise(np.multiply.outer, "ij", x, "i", y, "j").compute()
    array([[0, 0, 0],
           [0, 1, 2],
           [0, 2, 4],
           [0, 3, 6]])
    """
    return Array.of(
        mapping.blockwise(
            func,
            out_ind,
            *args,
            name=name,
            token=token,
            dtype=dtype,
            adjust_chunks=adjust_chunks,
            new_axes=new_axes,
            align_arrays=align_arrays,
            concatenate=concatenate,
            meta=meta,
            **kwargs,
        )
    )


def unify_chunks(*args: Any) -> tuple[dict[Any, Any], list[Any]]:
    """Arrays cut alike along axes of one symbol.

    Parameters
    ----------
    *args
        Pairs of an array and its symbols, or of another argument and None.

    Returns
    -------
    dict, list
        The chunks along each symbol, and the arrays.

    Examples
    --------
    >>> import minidask.array as da
    >>> chunks, arrays = unify_chunks(da.ones(10, chunks=5), "i", da.ones(10, chunks=2), "i")
    >>> chunks
    {'i': (2, 2, 1, 1, 2, 2)}
    """
    values, given = list(args[::2]), list(args[1::2])
    nodes = [value if index is None else asanyarray(value).expr for value, index in zip(values, given)]
    chunks, found = unify(nodes, [None if index is None else tuple(index) for index in given])
    return chunks, [a if index is None else Array.of(a) for a, index in zip(found, given)]


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, dtype: Any = None, shape: Any = None, **kwargs: Any
) -> Array:
    """The array of a function of each vector along an axis.

    Parameters
    ----------
    func1d
        Takes a vector; gives a scalar or an array.
    axis
        Which; the blocks are joined along it.
    *args, **kwargs
        For the function.
    dtype, shape
        Of what the function gives. Default: the function is called with the first vector, now, to see.

    Examples
    --------
    >>> import minidask.array as da
    >>> apply_along_axis(np.ptp, 0, da.arange(6, chunks=3).reshape(3, 2)).compute()
    array([4, 4])
    """
    a = asanyarray(arr)
    axis = normalize_axis_index(axis, a.ndim)
    if dtype is None or shape is None:
        first = a[tuple(slice(None) if k == axis else 0 for k in range(a.ndim))] if a.size else a.reshape(-1)
        tried = np.asarray(func1d(first.compute(), *args, **kwargs))
        dtype, shape = tried.dtype if dtype is None else dtype, tried.shape if shape is None else shape
    node = known(a.expr)
    node = rechunk(node, tuple((sum(s),) if k == axis else s for k, s in enumerate(node.chunks)))
    index = tuple(range(a.ndim))
    new = [("new", k) for k in range(len(shape))]
    out = (*index[:axis], *new, *index[axis + 1 :])
    chunks = (*node.chunks[:axis], *((n,) for n in shape), *node.chunks[axis + 1 :])
    func = partial(_along_axis, func1d=func1d, axis=axis, shape=tuple(shape), dtype=np.dtype(dtype))
    answer = call_blocks(func, (node, *args), (index, *(None for _ in args)), out, chunks, dtype=dtype, kwargs=kwargs)
    return a.of(answer)


def _along_axis(
    block: Any, *args: Any, func1d: Callable[..., Any], axis: int, shape: tuple[int, ...], dtype: Any, **kwargs: Any
) -> Any:
    """`numpy.apply_along_axis`, of a block that may have no vectors."""
    if not all(n for k, n in enumerate(block.shape) if k != axis):
        return np.empty((*block.shape[:axis], *shape, *block.shape[axis + 1 :]), dtype)
    return np.apply_along_axis(func1d, axis, block, *args, **kwargs)


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Array:
    """A function such as `sum`, called with the array and an axis, for several axes in turn.

    Parameters
    ----------
    func
        Takes an array and an axis; gives an array, with that axis or without.

    Raises
    ------
    ValueError
        The function gives an array of another number of axes.

    Examples
    --------
    >>> import minidask.array as da
    >>> apply_over_axes(da.sum, da.ones((2, 3, 4)), [0, 2]).shape
    (1, 3, 1)
    """
    a = asanyarray(a)
    for axis in (axes,) if isinstance(axes, int) else tuple(axes):
        axis = normalize_axis_index(axis, a.ndim)
        answer = func(a, axis)
        if answer.ndim == a.ndim - 1:
            answer = answer[(slice(None),) * axis + (None,)]
        if answer.ndim != a.ndim:
            raise ValueError(f"func gave an array of {answer.ndim} axes of one that has {a.ndim}")
        a = answer
    return a
