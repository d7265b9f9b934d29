"""The axes of arrays: moved, added, dropped, reversed, rolled, repeated; other shapes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

import minidask.array.nodes.repetition as repetition
from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.constants import sizes_of, zeros
from minidask.array.creation import asanyarray
from minidask.array.functions import function
from minidask.array.joining import concatenate
from minidask.array.nodes.creation import Filled
from minidask.array.nodes.manipulation import expand_dims as expand
from minidask.array.nodes.manipulation import transpose as transpose_node
from minidask.array.nodes.reshape import reshape_blockwise as reshape_node
from minidask.array.operators import at_hand
from minidask.signatures import like

flatten = function(Array.flatten)
ravel = function(Array.ravel)
repeat = function(Array.repeat)
squeeze = function(Array.squeeze)
swapaxes = function(Array.swapaxes)


def reshape(
    x: Any, shape: Any, merge_chunks: bool = True, limit: Any = None, order: str = "C", *, copy: bool | None = None
) -> Array:
    """The same elements in the same order in another shape. Parameters as of `Array.reshape`.

    Examples
    --------
    >>> import minidask.array as da
    >>> reshape(da.arange(6, chunks=2), (3, -1)).shape
    (3, 2)
    """
    shape = shape if hasattr(shape, "__len__") else (shape,)
    return asanyarray(x).reshape(shape, merge_chunks=merge_chunks, limit=limit, order=order, copy=copy)


def reshape_blockwise(x: Any, shape: Any, chunks: Any = None) -> Array:
    """Each block in another shape, and no block cut or joined: the order of the elements is not NumPy's.

    Parameters
    ----------
    shape
        Of the result: axes next to each other become one, or one becomes several.
    chunks
        Of the result, as tuples of sizes along each axis; needed where one axis becomes several.

    Raises
    ------
    ValueError
        The shape has another number of elements, or `chunks` are missing or make other blocks than there are.

    Examples
    --------
    >>> import minidask.array as da
    >>> x = da.arange(8, chunks=8).reshape(2, 4).rechunk((2, 2))
    >>> reshape_blockwise(x, (8,)).compute()
    array([0, 1, 4, 5, 2, 3, 6, 7])
    """
    sizes = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    a = asanyarray(x)
    wanted = None if chunks is None else normalize_chunks(chunks, sizes)
    return a.of(reshape_node(a.expr, sizes, wanted))


def transpose(a: Any, axes: Any = None) -> Array:
    """The axes in another order; reversed, where none is given.

    Examples
    --------
    >>> import minidask.array as da
    >>> transpose(da.arange(6, chunks=3).reshape(2, 3)).shape
    (3, 2)
    """
    a = asanyarray(a)
    return a.of(transpose_node(a.expr, axes))


def moveaxis(a: Any, source: Any, destination: Any) -> Array:
    """Axes moved to other places; the others stay in order.

    Raises
    ------
    ValueError
        `source` and `destination` have different lengths.

    Examples
    --------
    >>> import minidask.array as da
    >>> moveaxis(da.arange(24).reshape(2, 3, 4), 0, -1).shape
    (3, 4, 2)
    """
    a = asanyarray(a)
    froms = normalize_axis_tuple(source, a.ndim, "source")
    places = normalize_axis_tuple(destination, a.ndim, "destination")
    if len(froms) != len(places):
        raise ValueError(f"source={source!r} and destination={destination!r} must name as many axes")
    order = [axis for axis in range(a.ndim) if axis not in froms]
    for place, axis in sorted(zip(places, froms)):
        order.insert(place, axis)
    return transpose(a, order)


def rollaxis(a: Any, axis: int, start: int = 0) -> Array:
    """An axis rolled back until it lies before the axis `start`.

    Examples
    --------
    >>> import minidask.array as da
    >>> rollaxis(da.arange(24).reshape(2, 3, 4), 2).shape
    (4, 2, 3)
    """
    a = asanyarray(a)
    axis = normalize_axis_index(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    if not 0 <= start <= a.ndim:
        raise np.exceptions.AxisError(f"start={start} is not within 0 and {a.ndim}")
    return moveaxis(a, axis, start - (axis < start))


def expand_dims(a: Any, axis: Any) -> Array:
    """With new axes of size 1, at these places of the result.

    Examples
    --------
    >>> import minidask.array as da
    >>> expand_dims(da.arange(3), (0, 2)).shape
    (1, 3, 1)
    """
    a = asanyarray(a)
    axes = (int(axis),) if isinstance(axis, int | np.integer) else axis
    return a.of(expand(a.expr, axes))


def atleast_1d(*arys: Any) -> Any:
    """Arrays with one axis at least: one, or a tuple of several.

    Examples
    --------
    >>> atleast_1d(5).compute()
    array([5])
    """
    return _each(arys, lambda a: a.reshape(1) if a.ndim == 0 else a)


def atleast_2d(*arys: Any) -> Any:
    """Arrays with two axes at least, new ones in front: one, or a tuple of several.

    Examples
    --------
    >>> atleast_2d([1, 2]).shape
    (1, 2)
    """
    return _each(arys, lambda a: expand_dims(a, range(2 - a.ndim)) if a.ndim < 2 else a)


def atleast_3d(*arys: Any) -> Any:
    """Arrays with three axes at least, as `numpy.atleast_3d` puts them: one, or a tuple of several.

    Examples
    --------
    >>> atleast_3d([1, 2]).shape
    (1, 2, 1)
    """
    places = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}
    return _each(arys, lambda a: expand_dims(a, places[a.ndim]) if a.ndim < 3 else a)


def _each(arrays: tuple[Any, ...], how: Callable[[Array], Array]) -> Any:
    found = tuple(how(asanyarray(a)) for a in arrays)
    return found[0] if len(found) == 1 else found


@like(np)
def broadcast_to(x: Any, shape: Any, chunks: Any = None, meta: Any = None) -> Array:
    """The array repeated up to a shape.

    Parameters
    ----------
    shape
        Its last sizes are those of the array, or the array has size 1 there.
    chunks
        Of the result, as for `normalize_chunks`; along axes that are not repeated those of the array. Default: one
        block along axes that are repeated.
    meta
        An array that tells the kind of the blocks; they are as those of `x` anyhow.

    Raises
    ------
    ValueError
        The array cannot be broadcast to this shape, or `chunks` do not fit.

    Examples
    --------
    >>> import minidask.array as da
    >>> broadcast_to(da.arange(3), (2, 3)).compute()
    array([[0, 1, 2],
           [0, 1, 2]])
    """
    a = asanyarray(x)
    sizes = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    return a.of(repetition.broadcast_to(a.expr, tuple(map(index, sizes)), chunks))


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Array, ...]:
    """Arrays repeated up to the shape that they have together, and cut alike.

    Parameters
    ----------
    subok
        Only False: blocks stay what they are.

    Examples
    --------
    >>> import minidask.array as da
    >>> [a.shape for a in broadcast_arrays(da.arange(3), da.arange(2)[:, None])]
    [(2, 3), (2, 3)]
    """
    if subok:
        raise NotImplementedError("subok=True: blocks of another kind stay as they are without it")
    arrays = [asanyarray(a) for a in args]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return tuple(broadcast_to(a, shape) for a in arrays)


def flip(m: Any, axis: Any = None) -> Array:
    """Reversed along an axis, several, or all.

    Examples
    --------
    >>> import minidask.array as da
    >>> flip(da.arange(4, chunks=3)).compute()
    array([3, 2, 1, 0])
    """
    m = asanyarray(m)
    axes = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    return m[tuple(slice(None, None, -1) if k in axes else slice(None) for k in range(m.ndim))]


def flipud(m: Any) -> Array:
    """Reversed along the first axis."""
    return flip(m, 0)


def fliplr(m: Any) -> Array:
    """Reversed along the second axis."""
    return flip(m, 1)


def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """Rotated `k` times by 90 degrees, from the first of two axes towards the second.

    Examples
    --------
    >>> import minidask.array as da
    >>> rot90(da.arange(4).reshape(2, 2)).compute()
    array([[1, 3],
           [0, 2]])
    """
    m = asanyarray(m)
    first, second = normalize_axis_tuple(axes, m.ndim, "axes")
    turns = k % 4
    if turns == 2:
        return flip(m, (first, second))
    if turns == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second) if turns == 3 else m


def roll(array: Any, shift: Any, axis: Any = None) -> Array:
    """Elements shifted along axes; what leaves at one end comes back at the other.

    Parameters
    ----------
    shift
        By how much: one number, or one for each axis.
    axis
        None: of all elements in C order.

    Examples
    --------
    >>> import minidask.array as da
    >>> roll(da.arange(5, chunks=2), 2).compute()
    array([3, 4, 0, 1, 2])
    """
    a, shift = asanyarray(array), at_hand(shift, "shift")
    if axis is None:
        return roll(a.ravel(), shift, 0).reshape(a.shape)
    for by, along in np.broadcast(shift, at_hand(axis, "axis")):
        along = normalize_axis_index(int(along), a.ndim)
        size = a.shape[along]
        at = -index(by) % size if size else 0
        if at:
            rows = (slice(None),) * along
            a = concatenate([a[(*rows, slice(at, None))], a[(*rows, slice(0, at))]], along).astype(a.dtype)
    return a


def tile(A: Any, reps: Any) -> Array:  # noqa: N803
    """The array laid beside itself.

    Parameters
    ----------
    reps
        How many times along each axis, the last ones first.

    Raises
    ------
    ValueError
        One of them is negative.

    Examples
    --------
    >>> import minidask.array as da
    >>> tile(da.arange(2), (2, 2)).compute()
    array([[0, 1, 0, 1],
           [0, 1, 0, 1]])
    """
    a = asanyarray(A)
    times = tuple(map(index, reps)) if hasattr(reps, "__len__") else (index(reps),)
    if any(n < 0 for n in times):
        raise ValueError(f"reps={reps!r} cannot hold negative numbers")
    ndim = max(a.ndim, len(times))
    a = expand_dims(a, range(ndim - a.ndim))
    times = (1,) * (ndim - len(times)) + times
    if 0 in times:
        return a.of(Filled(0, a.dtype, tuple((n * m,) for n, m in zip(a.shape, times))))
    return a.of(repetition.tile(a.expr, times))


def resize(a: Any, new_shape: Any) -> Array:
    """The elements in C order in another shape, again and again until it is full.

    Raises
    ------
    ValueError
        A size is negative.

    Examples
    --------
    >>> resize([1, 2, 3], (2, 2)).compute()
    array([[1, 2],
           [3, 1]])
    """
    flat, shape = asanyarray(a).ravel(), sizes_of(new_shape)
    wanted = prod(shape)
    if not flat.size:
        return zeros(shape, flat.dtype)
    return tile(flat, -(-wanted // flat.size))[:wanted].reshape(shape)
