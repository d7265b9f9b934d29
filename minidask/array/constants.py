"""Arrays of one value."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import Shape, normalize_chunks
from minidask.array.creation import asanyarray, named
from minidask.array.interchange import check_device
from minidask.array.nodes.creation import Filled
from minidask.array.operators import at_hand
from minidask.signatures import like


@like(np)
def ones(
    shape: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    chunks: Any = "auto",
    name: Any = None,
    meta: Any = None,
    device: Any = None,
) -> Array:
    """An array of ones.

    Parameters
    ----------
    shape
        A size, or a tuple of them.
    dtype
        Type of the elements; None: float.
    order
        In which the elements of a block lie in memory: "C", or "F" for the first axis first.
    chunks
        As for `normalize_chunks`.
    name
        Of the array, where equal names mean equal values; False: a name that nothing else has.
    meta
        An empty array of the kind that the blocks are to be, where they are not NumPy's.
    device
        "cpu" or None: there is no other.

    Examples
    --------
    >>> ones((2, 3), chunks=2).compute()
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    return _filled(1, shape, dtype, order, chunks, name, meta, device)


@like(np)
def zeros(
    shape: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    chunks: Any = "auto",
    name: Any = None,
    meta: Any = None,
    device: Any = None,
) -> Array:
    """An array of zeros. Parameters as for `ones`.

    Examples
    --------
    >>> zeros(3, int).compute()
    array([0, 0, 0])
    """
    return _filled(0, shape, dtype, order, chunks, name, meta, device)


@like(np)
def empty(
    shape: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    chunks: Any = "auto",
    name: Any = None,
    meta: Any = None,
    device: Any = None,
) -> Array:
    """An array whose elements are not set. Parameters as for `ones`.

    Examples
    --------
    >>> empty((2, 3)).compute().shape
    (2, 3)
    """
    return _filled(None, shape, dtype, order, chunks, name, meta, device)


@like(np)
def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    chunks: Any = "auto",
    name: Any = None,
    meta: Any = None,
    device: Any = None,
) -> Array:
    """An array of one value. Parameters as for `ones`, and these.

    Parameters
    ----------
    fill_value
        A scalar.
    dtype
        Type of the elements; None: that of the value.

    Raises
    ------
    ValueError
        `fill_value` is not a scalar.

    Examples
    --------
    >>> full((2,), 7).compute()
    array([7, 7])
    """
    value = _scalar(fill_value)
    kind = np.asarray(value).dtype if dtype is None else dtype
    return _filled(value, shape, kind, order, chunks, name, meta, device)


@like(np)
def ones_like(
    a: Any,
    dtype: Any = None,
    order: str = "C",
    chunks: Any = None,
    name: Any = None,
    shape: Any = None,
    *,
    device: Any = None,
) -> Array:
    """An array of ones, like another.

    Parameters
    ----------
    a
        The array whose shape, dtype, chunks and kind are taken where they are not given.
    dtype, order, chunks, name, shape, device
        As for `ones`.

    Examples
    --------
    >>> ones_like(zeros((2, 3), int, chunks=2)).chunks
    ((2,), (2, 1))
    """
    return _like(1, a, dtype, order, chunks, name, shape, device)


@like(np)
def zeros_like(
    a: Any,
    dtype: Any = None,
    order: str = "C",
    chunks: Any = None,
    name: Any = None,
    shape: Any = None,
    *,
    device: Any = None,
) -> Array:
    """An array of zeros, like another. Parameters as for `ones_like`.

    Examples
    --------
    >>> zeros_like(ones(3)).compute()
    array([0., 0., 0.])
    """
    return _like(0, a, dtype, order, chunks, name, shape, device)


@like(np)
def empty_like(
    a: Any,
    dtype: Any = None,
    order: str = "C",
    chunks: Any = None,
    name: Any = None,
    shape: Any = None,
    *,
    device: Any = None,
) -> Array:
    """An array whose elements are not set, like another. Parameters as for `ones_like`.

    Examples
    --------
    >>> empty_like(ones(3)).shape
    (3,)
    """
    return _like(None, a, dtype, order, chunks, name, shape, device)


@like(np)
def full_like(
    a: Any,
    fill_value: Any,
    order: str = "C",
    dtype: Any = None,
    chunks: Any = None,
    name: Any = None,
    shape: Any = None,
    *,
    device: Any = None,
) -> Array:
    """An array of one value, like another. Parameters as for `ones_like` and `full`.

    Examples
    --------
    >>> full_like(ones(2, int), 7.5).compute()
    array([7, 7])
    """
    return _like(_scalar(fill_value), a, dtype, order, chunks, name, shape, device)


def _scalar(value: Any) -> Any:
    if np.ndim(at_hand(value, "fill_value") if isinstance(value, list | tuple) else value) != 0:
        raise ValueError(
            f"fill_value must be a scalar, not {type(value).__name__} of {np.ndim(value)} axes; "
            "broadcast_to(value, shape) repeats an array"
        )
    if isinstance(value, Array):
        raise NotImplementedError("fill_value is lazy; write da.zeros(...) + value, or compute() it first")
    return value


def _like(value: Any, a: Any, dtype: Any, order: str, chunks: Any, name: Any, shape: Any, device: Any) -> Array:
    a = asanyarray(a)
    if chunks is None:
        chunks = a.chunks if shape is None else "auto"
    shape, dtype = a.shape if shape is None else shape, a.dtype if dtype is None else dtype
    return _filled(value, shape, dtype, order, chunks, name, a.expr.meta, device)


def _filled(value: Any, shape: Any, dtype: Any, order: str, chunks: Any, name: Any, meta: Any, device: Any) -> Array:
    check_device(device)
    if order not in ("C", "F"):
        raise ValueError(f'order={order!r}: expected "C" or "F"')
    sizes, dtype = sizes_of(shape), np.dtype(float if dtype is None else dtype)
    if value is not None:
        np.asarray(value).astype(dtype)  # what cannot be of that type is an error now
    kind = None if meta is None or type(meta) is np.ndarray else meta
    fields = (value, dtype, normalize_chunks(chunks, sizes, dtype=dtype), order, kind)
    return Array.of(named(Filled, name, fields))


def sizes_of(shape: Any) -> Shape:
    """The sizes of a shape that may be one size alone."""
    given = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    if not all(hasattr(n, "__index__") for n in given):
        raise TypeError(f"shape={shape!r}: expected an integer, or a tuple of integers")
    sizes = tuple(n.__index__() for n in given)
    if any(n < 0 for n in sizes):
        raise ValueError(f"shape={shape!r}: negative dimensions are not allowed")
    return sizes
