"""Sums, means, medians, orders and products of the elements that are not masked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

import minidask.array.contract as contract
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.elementwise import where as plain_where
from minidask.array.functions import rechunk
from minidask.array.ma.lifting import asarray
from minidask.array.ma.masking import filled, getdata, getmaskarray, masked_array
from minidask.array.manipulation import broadcast_to
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.mapped import call_blocks
from minidask.array.quantiles import nanmedian


def count(arr: Any, axis: Any = None, keepdims: bool = False, split_every: Any = None) -> Array:
    """How many elements along some axes are not masked. Parameters as of `minidask.array.reductions.Reductions`.

    Examples
    --------
    >>> count(masked_array([1, 2, 3], mask=[False, True, False])).compute()
    np.int64(2)
    """
    return (~getmaskarray(arr)).sum(axis=axis, keepdims=keepdims, split_every=split_every)


def count_masked(arr: Any, axis: Any = None, split_every: Any = None) -> Array:
    """How many elements along some axes are masked. Parameters as of `minidask.array.reductions.Reductions`.

    Examples
    --------
    >>> count_masked(masked_array([1, 2, 3], mask=[False, True, False])).compute()
    np.int64(1)
    """
    return getmaskarray(arr).sum(axis=axis, split_every=split_every)


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The weighted mean of the elements that are not masked.

    Parameters
    ----------
    weights
        Of the shape of `a`, or along `axis`; None: all the same.
    returned
        Whether to give the sum of the weights, too.

    Raises
    ------
    ValueError, TypeError
        The weights have another shape, and there is no axis along which they could lie.

    Examples
    --------
    >>> average(masked_array([1.0, 2, 6], mask=[False, True, False]), weights=[3, 1, 1]).compute()
    np.float64(2.25)
    """
    a = asarray(a)
    if weights is None:
        found = a.mean(axis=axis, keepdims=keepdims)
        total: Array = count(a, axis, keepdims).astype(found.dtype)
    else:
        given = _weights(a, asanyarray(weights), axis)
        kind = np.result_type(a.dtype, given.dtype, "f8" if a.dtype.kind in "iub" else a.dtype)
        used = masked_array(given, mask=getmaskarray(a))
        total = used.sum(axis=axis, dtype=kind, keepdims=keepdims)
        found = (a * given).sum(axis=axis, dtype=kind, keepdims=keepdims) / total
    return (found, total) if returned else found


def _weights(a: Array, weights: Array, axis: Any) -> Array:
    """The weights in the shape of the array."""
    if weights.shape != a.shape:
        if axis is None:
            raise TypeError(f"weights have the shape {weights.shape}, the array {a.shape}: say the axis")
        axis = normalize_axis_index(axis, a.ndim)
        if weights.shape != (a.shape[axis],):
            raise ValueError(f"weights have the shape {weights.shape}, but axis {axis} has {a.shape[axis]} elements")
        weights = weights.reshape([-1 if k == axis else 1 for k in range(a.ndim)])
    return broadcast_to(weights, a.shape)


def median(
    a: Any, axis: int | None = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    """The median of the elements that are not masked; exact.

    Parameters
    ----------
    axis
        The blocks are joined along it; None: of all elements, which are not joined.
    out, overwrite_input
        Named as in NumPy; `out` is not there, and the other makes no difference.

    Raises
    ------
    NotImplementedError
        `out` is given, or several axes.

    Examples
    --------
    >>> median(masked_array([1, 2, 3, 9], mask=[False, True, False, False])).compute()
    np.float64(3.0)
    """
    if out is not None or isinstance(axis, tuple):
        raise NotImplementedError("median with out= or several axes is not there for masked arrays; fill them first")
    a = asarray(a)
    if axis is None:
        return _median_of_all(a, keepdims)
    axis = normalize_axis_index(axis, a.ndim)
    node = rechunk(a, {axis: -1}).expr
    index = tuple(range(a.ndim))
    chunks = tuple((1,) if k == axis else sizes for k, sizes in enumerate(node.chunks))
    meta = np.ma.median(np.ma.ones((1,) * a.ndim, a.dtype), axis=axis, keepdims=True)
    empty = np.ma.empty((0,) * a.ndim, meta.dtype)
    found = a.of(call_blocks(_median, (node, axis), (index, None), index, chunks, meta=empty, label="median"))
    return found if keepdims else found.squeeze(axis)


def _median(block: Any, axis: int) -> Any:
    return np.ma.asanyarray(np.ma.median(block, axis=axis, keepdims=True))


def _median_of_all(a: Array, keepdims: bool) -> Array:
    kind = a.dtype if a.dtype.kind == "f" else np.dtype(float)
    none = ~(~getmaskarray(a)).any()
    values: Array = filled(a.astype(kind), np.nan)
    wrong = ((values != values) & ~getmaskarray(a)).any()  # NaN that is not masked makes all NaN
    found = masked_array(
        plain_where(wrong, kind.type(np.nan), nanmedian(plain_where(none, kind.type(0), values))), mask=none
    )
    return found.reshape((1,) * a.ndim) if keepdims else found


def anom(a: Any, axis: int | None = None, dtype: Any = None) -> Array:
    """The distances of the elements from their mean along an axis.

    Examples
    --------
    >>> anom([1.0, 3.0]).compute().tolist()
    [-1.0, 1.0]
    """
    a = asarray(a, dtype)
    return a - a.mean(axis=axis, keepdims=True)


def ptp(obj: Any, axis: Any = None, out: None = None, fill_value: Any = None, keepdims: bool = False) -> Array:
    """The distance from the least to the greatest element.

    Raises
    ------
    NotImplementedError
        `out` or `fill_value` is given.

    Examples
    --------
    >>> ptp(masked_array([1, 5, 9], mask=[False, False, True])).compute()
    np.int64(4)
    """
    if out is not None or fill_value is not None:
        raise NotImplementedError("ptp with out= or fill_value= is not there; use what it returns, and filled()")
    a = asarray(obj)
    return a.max(axis=axis, keepdims=keepdims) - a.min(axis=axis, keepdims=keepdims)


def dot(a: Any, b: Any, strict: bool = False, out: None = None) -> Array:
    """The product of matrices or vectors, where masked elements count 0; masked where nothing valid is in it.

    Raises
    ------
    NotImplementedError
        `strict` or `out` is given.

    Examples
    --------
    >>> dot(masked_array([1, 2], mask=[False, True]), [3, 4]).compute()
    np.int64(3)
    """
    if strict or out is not None:
        raise NotImplementedError(
            "dot with strict=True or out= is not there; see masked_where, and use what it returns"
        )
    a, b = asarray(a), asarray(b)
    valid = contract.dot((~getmaskarray(a)).astype(int), (~getmaskarray(b)).astype(int))
    return masked_array(contract.dot(filled(a, 0), filled(b, 0)), mask=valid == 0)


def allequal(a: Any, b: Any, fill_value: bool = True) -> Array:
    """Whether all elements are the same; those masked in one of the arrays count as `fill_value` says.

    Examples
    --------
    >>> allequal(masked_array([1, 2], mask=[False, True]), [1, 3]).compute()
    np.True_
    """
    a, b = asarray(a), asarray(b)
    invalid = getmaskarray(a) | getmaskarray(b)
    same = getdata(a) == getdata(b)
    return (same | invalid).all() if fill_value else (same & ~invalid).all()


def allclose(a: Any, b: Any, masked_equal: bool = True, rtol: float = 1e-5, atol: float = 1e-8) -> Array:
    """Whether all elements are nearly the same; those masked in one of the arrays count as `masked_equal` says.

    Examples
    --------
    >>> allclose(masked_array([1, 2], mask=[False, True]), [1, 3]).compute()
    np.True_
    """
    a, b = asarray(a), asarray(b)
    invalid = getmaskarray(a) | getmaskarray(b)
    same = Array.of(elementwise(np.isclose, getdata(a).expr, getdata(b).expr, rtol=rtol, atol=atol))
    return (same | invalid).all() if masked_equal else (same & ~invalid).all()


def nonzero(a: Any) -> tuple[Array, ...]:
    """For each axis the places of what is neither zero nor masked.

    Examples
    --------
    >>> nonzero(masked_array([1, 2, 0], mask=[True, False, False]))[0].compute()
    array([1])
    """
    return filled(asarray(a), 0).nonzero()
