"""Arrays joined: along an axis they have, along a new one, or as blocks of a larger one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import minidask.array.nodes.joining as joining
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.nodes.manipulation import expand_dims
from minidask.array.operators import assign


def concatenate(
    seq: Iterable[Any],
    axis: int | None = 0,
    allow_unknown_chunksizes: bool = False,
    *,
    out: Any = None,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Array:
    """Arrays one after the other along an axis.

    Parameters
    ----------
    seq
        Arrays of the same shape but along `axis`.
    axis
        None: all elements in C order.
    allow_unknown_chunksizes
        Whether sizes along other axes that depend on data may be taken to be the same; else they are counted.
    out
        A lazy array that is to stand for the result, too.
    dtype
        Of the result; None: that to which all arrays can be cast.
    casting
        What may be cast to `dtype`: "no", "equiv", "safe", "same_kind" or "unsafe".

    Raises
    ------
    ValueError
        There are none, or their shapes do not fit.
    TypeError
        `casting` forbids the `dtype`.

    Examples
    --------
    >>> concatenate([[1, 2], [3.5]]).compute()
    array([1. , 2. , 3.5])
    """
    arrays = _cast(seq, dtype, casting)
    if axis is None:
        arrays, axis = [a.ravel() for a in arrays], 0
    answer = Array.of(joining.concatenate([a.expr for a in arrays], axis, allow_unknown_chunksizes))
    return answer if out is None else assign(out, answer)


def _cast(seq: Iterable[Any], dtype: Any, casting: Any) -> list[Array]:
    """The arrays, of one dtype where that is told."""
    arrays = [asanyarray(a) for a in seq]
    return arrays if dtype is None else [a.astype(dtype, casting) for a in arrays]


def stack(
    seq: Iterable[Any],
    axis: int = 0,
    allow_unknown_chunksizes: bool = False,
    *,
    out: Any = None,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Array:
    """Arrays of one shape along a new axis.

    Parameters
    ----------
    axis
        The place of the new axis in the result.
    allow_unknown_chunksizes, out, dtype, casting
        As of `concatenate`.

    Raises
    ------
    ValueError
        There are none, or their shapes differ.

    Examples
    --------
    >>> stack([[1, 2], [3, 4]], axis=1).compute()
    array([[1, 3],
           [2, 4]])
    """
    nodes = [a.expr for a in _cast(seq, dtype, casting)]
    answer = Array.of(joining.stack(nodes, axis, allow_unknown_chunksizes))
    return answer if out is None else assign(out, answer)


def block(arrays: Any, allow_unknown_chunksizes: bool = False) -> Array:
    """An array of blocks, told as nested lists: the innermost lie along the last axis.

    Raises
    ------
    ValueError
        The lists are not nested alike, are empty, or their shapes do not fit.
    TypeError
        There is a tuple among the lists.

    Examples
    --------
    >>> import numpy as np
    >>> block([[np.ones((1, 1)), np.zeros((1, 1))], [np.full((1, 2), 5)]]).compute()
    array([[1., 0.],
           [5., 5.]])
    """
    depth = _depth(arrays)
    ndim = max(depth, *(a.ndim for a in _leaves(arrays)))
    return _joined(arrays, depth, ndim, allow_unknown_chunksizes)


def _depth(arrays: Any) -> int:
    """How deep the lists are nested."""
    if isinstance(arrays, tuple):
        raise TypeError("block takes lists of arrays, not tuples")
    if not isinstance(arrays, list):
        return 0
    depths = {_depth(a) for a in arrays}
    if not depths:
        raise ValueError("block: lists cannot be empty")
    if len(depths) > 1:
        raise ValueError("block: the lists are not nested to the same depth everywhere")
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Array]:
    return [a for part in arrays for a in _leaves(part)] if isinstance(arrays, list) else [asanyarray(arrays)]


def _joined(arrays: Any, depth: int, ndim: int, trusted: bool) -> Array:
    if not isinstance(arrays, list):
        a = asanyarray(arrays)
        return a.of(expand_dims(a.expr, range(ndim - a.ndim)))
    return concatenate([_joined(a, depth - 1, ndim, trusted) for a in arrays], ndim - depth, trusted)


def vstack(
    tup: Sequence[Any], allow_unknown_chunksizes: bool = False, *, dtype: Any = None, casting: Any = "same_kind"
) -> Array:
    """Arrays one below the other: along the first axis, vectors as rows. Parameters as of `concatenate`.

    Examples
    --------
    >>> vstack([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    arrays = [_filled_up(a, (0,)) for a in tup]
    return concatenate(arrays, 0, allow_unknown_chunksizes, dtype=dtype, casting=casting)


def hstack(
    tup: Sequence[Any], allow_unknown_chunksizes: bool = False, *, dtype: Any = None, casting: Any = "same_kind"
) -> Array:
    """Arrays side by side: along the second axis, vectors along their only one. Parameters as of `concatenate`.

    Examples
    --------
    >>> hstack([[1, 2], [3, 4]]).compute()
    array([1, 2, 3, 4])
    """
    arrays = [_filled_up(a) for a in tup]
    axis = 0 if arrays and arrays[0].ndim == 1 else 1
    return concatenate(arrays, axis, allow_unknown_chunksizes, dtype=dtype, casting=casting)


def dstack(tup: Sequence[Any], allow_unknown_chunksizes: bool = False) -> Array:
    """Arrays one behind the other: along the third axis.

    Examples
    --------
    >>> dstack([[1, 2], [3, 4]]).shape
    (1, 2, 2)
    """
    return concatenate([_filled_up(a, (0, 2), (2,)) for a in tup], 2, allow_unknown_chunksizes)


def column_stack(tup: Sequence[Any], allow_unknown_chunksizes: bool = False) -> Array:
    """Vectors as columns of a matrix; matrices side by side.

    Examples
    --------
    >>> column_stack([[1, 2], [3, 4]]).compute()
    array([[1, 3],
           [2, 4]])
    """
    return concatenate([_filled_up(a, (1,)) for a in tup], 1, allow_unknown_chunksizes)


def _filled_up(a: Any, *places: tuple[int, ...]) -> Array:
    """With one axis at least; then, of a vector, a matrix, ..., new axes at these places."""
    a = asanyarray(a)
    a = a.reshape(1) if a.ndim == 0 else a
    new = dict(enumerate(places, start=1)).get(a.ndim, ())
    return a.of(expand_dims(a.expr, new))
