"""Reductions that leave NaN out. Their parameters are those of `minidask.array.reductions.Reductions`."""

from __future__ import annotations

from typing import Any

from minidask.array.array import Array
from minidask.array.creation import asanyarray


def nansum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
) -> Array:
    """The sum, where NaN counts 0. Parameters as of `Array.sum`.

    Examples
    --------
    >>> nansum([1.0, float("nan"), 2.0]).compute()
    np.float64(3.0)
    """
    return asanyarray(a).reduce("nansum", axis, keepdims, split_every, out, dtype=dtype)


def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
) -> Array:
    """The product, where NaN counts 1. Parameters as of `Array.prod`.

    Examples
    --------
    >>> nanprod([3.0, float("nan"), 2.0]).compute()
    np.float64(6.0)
    """
    return asanyarray(a).reduce("nanprod", axis, keepdims, split_every, out, dtype=dtype)


def nanmin(a: Any, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Array:
    """The least element that is not NaN. Parameters as of `Array.min`.

    Examples
    --------
    >>> nanmin([3.0, float("nan"), 2.0]).compute()
    np.float64(2.0)
    """
    return asanyarray(a).reduce("nanmin", axis, keepdims, split_every, out)


def nanmax(a: Any, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None) -> Array:
    """The greatest element that is not NaN. Parameters as of `Array.max`.

    Examples
    --------
    >>> nanmax([3.0, float("nan"), 2.0]).compute()
    np.float64(3.0)
    """
    return asanyarray(a).reduce("nanmax", axis, keepdims, split_every, out)


def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
) -> Array:
    """The mean of what is not NaN. Parameters as of `Array.mean`.

    Examples
    --------
    >>> nanmean([3.0, float("nan"), 2.0]).compute()
    np.float64(2.5)
    """
    return asanyarray(a).reduce("nanmean", axis, keepdims, split_every, out, dtype=dtype)


def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    ddof: float = 0,
    split_every: Any = None,
    out: Any = None,
) -> Array:
    """The variance of what is not NaN. Parameters as of `Array.var`.

    Examples
    --------
    >>> nanvar([3.0, float("nan"), 1.0]).compute()
    np.float64(1.0)
    """
    return asanyarray(a).reduce("nanvar", axis, keepdims, split_every, out, dtype=dtype, ddof=ddof)


def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    ddof: float = 0,
    split_every: Any = None,
    out: Any = None,
) -> Array:
    """The standard deviation of what is not NaN. Parameters as of `Array.std`.

    Examples
    --------
    >>> nanstd([3.0, float("nan"), 1.0]).compute()
    np.float64(1.0)
    """
    return asanyarray(a).reduce("nanstd", axis, keepdims, split_every, out, dtype=dtype, ddof=ddof)


def nanargmin(
    a: Any, axis: int | None = None, keepdims: bool = False, split_every: Any = None, out: Any = None
) -> Array:
    """Where the first of the least elements that are not NaN is. Parameters as of `Array.argmin`.

    Examples
    --------
    >>> nanargmin([3.0, float("nan"), 1.0]).compute()
    np.int64(2)
    """
    return asanyarray(a).reduce("nanargmin", axis, keepdims, split_every, out)


def nanargmax(
    a: Any, axis: int | None = None, keepdims: bool = False, split_every: Any = None, out: Any = None
) -> Array:
    """Where the first of the greatest elements that are not NaN is. Parameters as of `Array.argmax`.

    Examples
    --------
    >>> nanargmax([float("nan"), 3.0, 1.0]).compute()
    np.int64(1)
    """
    return asanyarray(a).reduce("nanargmax", axis, keepdims, split_every, out)
