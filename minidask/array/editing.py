"""Rows added at the ends of axes, put in between, taken out; arrays split into parts."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.nodes.padding as padding
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.joining import concatenate
from minidask.array.manipulation import broadcast_to, expand_dims, moveaxis
from minidask.array.mapping import by_value
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.operators import at_hand


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array:
    """The array with more rows at the ends of its axes.

    Parameters
    ----------
    pad_width
        How many: a number, a pair (before, after), a pair for each axis, or a dict of some axes.
    mode
        "constant", "edge", "empty", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric",
        "wrap", or a function that fills the ends of a vector in place, as of `numpy.pad`.
    **kwargs
        The options of the mode: `constant_values`, `end_values`, `stat_length`, `reflect_type`; or keywords of
        the function.

    Raises
    ------
    ValueError
        There is no such mode or option, or the widths do not fit.

    Examples
    --------
    >>> import minidask.array as da
    >>> pad(da.arange(3), 2, mode="edge").compute()
    array([0, 0, 0, 1, 2, 2, 2])
    """
    a = asanyarray(array)
    widths = padding.widths(at_hand(pad_width, "pad_width"), a.ndim)
    if not callable(mode):
        return a.of(padding.pad(a.expr, widths, mode, **kwargs))
    node = padding.pad(a.expr, widths, "constant")
    index = tuple(range(a.ndim))
    options = {k: by_value(v) for k, v in kwargs.items()}
    for axis, width in enumerate(widths):
        node = known(node)
        node = rechunk(node, tuple((sum(s),) if k == axis else s for k, s in enumerate(node.chunks)))
        func = partial(_filled_ends, mode=mode, axis=axis, width=width)
        node = call_blocks(func, (node,), (index,), index, node.chunks, meta=node.meta, kwargs=options, label="pad")
    return a.of(node)


def _filled_ends(block: Any, mode: Callable[..., Any], axis: int, width: tuple[int, int], **options: Any) -> Any:
    """A block that is whole along an axis, its ends filled by a function of vectors."""

    def fill(vector: Any) -> Any:
        mode(vector, width, axis, options)
        return vector

    return np.apply_along_axis(fill, axis, block.copy())


def append(arr: Any, values: Any, axis: int | None = None) -> Array:
    """With `values` after the last rows along an axis; None: of all elements in C order.

    Examples
    --------
    >>> append([1, 2], [[3], [4]]).compute()
    array([1, 2, 3, 4])
    """
    parts = [asanyarray(arr), asanyarray(values)]
    return concatenate([p.ravel() for p in parts]) if axis is None else concatenate(parts, axis)


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Array:
    """With `values` before some rows along an axis.

    Parameters
    ----------
    obj
        Before which rows: an integer, a slice, or integers.
    values
        Cast to the dtype of the array.
    axis
        None: of all elements in C order.

    Raises
    ------
    IndexError
        There is no such row.

    Examples
    --------
    >>> import minidask.array as da
    >>> insert(da.arange(4, chunks=2), [1, 3], -1).compute()
    array([ 0, -1,  1,  2, -1,  3])
    """
    a = asanyarray(arr)
    if axis is None:
        a, axis = a.ravel(), 0
    axis = normalize_axis_index(axis, a.ndim)
    size, rows = a.shape[axis], (slice(None),) * axis
    places = _places(obj, size, size + 1)
    new = asanyarray(values).astype(a.dtype)
    if places.ndim == 0:
        new = moveaxis(_leading(new, a.ndim), 0, axis)
        count = new.shape[axis]
    else:
        count = places.size
    new = broadcast_to(_leading(new, a.ndim), (*a.shape[:axis], count, *a.shape[axis + 1 :]))
    if places.ndim == 0:
        at = int(places)
        return concatenate([a[(*rows, slice(0, at))], new, a[(*rows, slice(at, None))]], axis).astype(a.dtype)
    order = np.argsort(places, kind="stable")
    bounds = [0, *places[order].tolist(), size]
    parts = [a[(*rows, slice(0, bounds[1]))]]
    for n, i in enumerate(order.tolist()):
        parts += [new[(*rows, slice(i, i + 1))], a[(*rows, slice(bounds[n + 1], bounds[n + 2]))]]
    return concatenate(parts, axis).astype(a.dtype)


def _leading(a: Array, ndim: int) -> Array:
    """With new axes in front, up to `ndim` of them."""
    return expand_dims(a, range(ndim - a.ndim)) if a.ndim < ndim else a


def _places(obj: Any, size: int, bound: int) -> Any:
    """The rows that an integer, a slice, or integers tell; not negative."""
    if isinstance(obj, slice):
        return np.arange(size)[obj]
    places = np.asarray(at_hand(obj, "obj"))
    if places.dtype == bool:
        places = np.flatnonzero(places)
    places = places.astype(np.intp, casting="same_kind") if places.size else np.empty(0, np.intp)
    if np.any(places < -size) or np.any(places >= bound):
        raise IndexError(f"obj={obj!r} is out of bounds for an axis of size {size}")
    return np.where(places < 0, places + size, places)


def delete(arr: Any, obj: Any, axis: int | None = None) -> Array:
    """Without some rows along an axis.

    Parameters
    ----------
    obj
        Which rows: an integer, a slice, integers, or a mask, which may be lazy.
    axis
        None: of all elements in C order.

    Raises
    ------
    IndexError
        There is no such row.

    Examples
    --------
    >>> import minidask.array as da
    >>> delete(da.arange(5, chunks=2), [1, 3]).compute()
    array([0, 2, 4])
    """
    a = asanyarray(arr)
    if axis is None:
        a, axis = a.ravel(), 0
    axis = normalize_axis_index(axis, a.ndim)
    size, rows = a.shape[axis], (slice(None),) * axis
    if isinstance(obj, Array) and obj.dtype == bool:
        return a[(*rows, ~obj)]
    gone = np.unique(_places(obj, size, size)).tolist()
    starts, stops = [0, *(i + 1 for i in gone)], [*gone, size]
    kept = [slice(i, j) for i, j in zip(starts, stops) if i < j] or [slice(0, 0)]
    return concatenate([a[(*rows, run)] for run in kept], axis).astype(a.dtype)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Parts along an axis: as many, or cut before these rows.

    Examples
    --------
    >>> import minidask.array as da
    >>> [part.shape for part in array_split(da.arange(7), 3)]
    [(3,), (2,), (2,)]
    """
    a = asanyarray(ary)
    axis = normalize_axis_index(axis, a.ndim)
    if hasattr(indices_or_sections, "__len__"):
        cuts = [0, *map(index, indices_or_sections), None]
    else:
        parts = int(indices_or_sections)
        if parts <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, more = divmod(a.shape[axis], parts)
        cuts = [i * each + builtins.min(i, more) for i in range(parts + 1)]
    rows = (slice(None),) * axis
    return [a[(*rows, slice(i, j))] for i, j in pairwise(cuts)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """As `array_split`, in equal parts.

    Raises
    ------
    ValueError
        The axis does not divide into so many equal parts.
    """
    a = asanyarray(ary)
    axis = normalize_axis_index(axis, a.ndim)
    if not hasattr(indices_or_sections, "__len__") and a.shape[axis] % int(indices_or_sections):
        raise ValueError(f"an axis of size {a.shape[axis]} does not split into {indices_or_sections} equal parts")
    return array_split(a, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Split along the second axis; a vector along its only one."""
    a = _of_axes(ary, 1, "hsplit")
    return split(a, indices_or_sections, 1 if a.ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Split along the first axis."""
    return split(_of_axes(ary, 2, "vsplit"), indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Split along the third axis."""
    return split(_of_axes(ary, 3, "dsplit"), indices_or_sections, 2)


def _of_axes(ary: Any, least: int, name: str) -> Array:
    a = asanyarray(ary)
    if a.ndim < least:
        raise ValueError(f"{name} splits arrays of {least} axes or more, not of {a.ndim}")
    return a


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The parts of an array at all places along an axis, which they have no more.

    Raises
    ------
    ValueError
        The array has no axes.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> a, b = unstack([[1, 2], [3, 4]], axis=1)
    >>> b.compute()
    array([2, 4])
    """
    a = asanyarray(x)
    if a.ndim == 0:
        raise ValueError("unstack needs an array with at least one axis")
    return tuple(moveaxis(a, axis, 0))
