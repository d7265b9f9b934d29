"""Functions of a person's own over the blocks of arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.mapping as mapping
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks, unify
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known

P = ParamSpec("P")


def _of_node(func: Callable[P, ArrayNode]) -> Callable[P, Array]:
    """The function that gives the array of the node that `func` gives."""

    @wraps(func)
    def array_of(*args: P.args, **kwargs: P.kwargs) -> Array:
        return Array.of(func(*args, **kwargs))

    array_of.__module__ = __name__
    return array_of


map_blocks = _of_node(mapping.map_blocks)

blockwise = _of_node(mapping.blockwise)


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
