"""Statistics beyond plain reductions: averages, quantiles, spread, correlation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from minidask.array.array import Array
from minidask.array.contract import dot
from minidask.array.creation import asanyarray
from minidask.array.joining import concatenate
from minidask.array.manipulation import broadcast_to, expand_dims, moveaxis
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sorting import whole


def _along(
    func: Callable[..., Any], a: Array, axis: Any, keepdims: bool, front: tuple[int, ...] = (), name: str = ""
) -> Array:
    """A function that needs all elements along some axes; its result has the axes `front` before the others."""
    axes = tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)
    node = whole(a.expr, axes)
    index = tuple(range(a.ndim))
    kept = [k for k in index if keepdims or k not in axes]
    out = tuple(("one", k) if k in axes else k for k in kept)
    sizes = tuple((1,) if k in axes else node.chunks[k] for k in kept)
    new = [("front", k) for k in range(len(front))]
    tried = func(np.ones((1,) * a.ndim, a.dtype), axis=axes, keepdims=keepdims)
    meta = np.empty((0,) * (len(new) + len(out)), np.asarray(tried).dtype)
    call = partial(func, axis=axes if axis is not None else None, keepdims=keepdims)
    chunks = (*((n,) for n in front), *sizes)
    return a.of(call_blocks(call, (node,), (index,), (*new, *out), chunks, meta=meta, label=name))


def median(a: Any, axis: Any = None, keepdims: bool = False, out: None = None) -> Array:
    """The median along some axes, exactly: the blocks are joined along them.

    Parameters
    ----------
    axis
        An axis, a tuple of them, or None for all: then the whole array is one block.
    keepdims
        Whether the axes stay, with size 1.

    Examples
    --------
    >>> median([[1, 5, 2], [4, 4, 8]], axis=1).compute()
    array([2., 4.])
    """
    _no_out(out)
    return _along(np.median, asanyarray(a), axis, keepdims, name="median")


def nanmedian(a: Any, axis: Any = None, keepdims: bool = False, out: None = None) -> Array:
    """The median of what is not NaN. Parameters as of `median`.

    Examples
    --------
    >>> nanmedian([1, np.nan, 3]).compute()
    np.float64(2.0)
    """
    _no_out(out)
    return _along(np.nanmedian, asanyarray(a), axis, keepdims, name="nanmedian")


def _no_out(out: Any) -> None:
    if out is not None:
        raise NotImplementedError("out= is not there for functions that join blocks; use what they return")


def quantile(
    a: Any, q: Any, axis: Any = None, out: None = None, *, method: str = "linear", keepdims: bool = False
) -> Array:
    """Quantiles along some axes, exactly: the blocks are joined along them.

    Parameters
    ----------
    q
        Which, between 0 and 1; the axes of an array of them come first in the result.
    axis
        An axis, a tuple of them, or None for all: then the whole array is one block.
    method
        As of `numpy.quantile`.
    keepdims
        Whether the axes stay, with size 1.

    Raises
    ------
    ValueError
        A quantile lies beyond 0 and 1, or there is no such method.

    Examples
    --------
    >>> quantile([1, 2, 3, 4], [0.5, 1]).compute()
    array([2.5, 4. ])
    """
    return _quantile(np.quantile, a, q, axis, out, method, keepdims)


def nanquantile(
    a: Any, q: Any, axis: Any = None, out: None = None, *, method: str = "linear", keepdims: bool = False
) -> Array:
    """Quantiles of what is not NaN. Parameters as of `quantile`.

    Examples
    --------
    >>> nanquantile([1, np.nan, 3], 0.5).compute()
    np.float64(2.0)
    """
    return _quantile(np.nanquantile, a, q, axis, out, method, keepdims)


def percentile(
    a: Any, q: Any, axis: Any = None, out: None = None, *, method: str = "linear", keepdims: bool = False
) -> Array:
    """Percentiles along some axes, exactly: `q` lies between 0 and 100. Parameters as of `quantile`.

    Examples
    --------
    >>> percentile([1, 2, 3, 4], 50).compute()
    np.float64(2.5)
    """
    return _quantile(np.percentile, a, q, axis, out, method, keepdims)


def nanpercentile(
    a: Any, q: Any, axis: Any = None, out: None = None, *, method: str = "linear", keepdims: bool = False
) -> Array:
    """Percentiles of what is not NaN. Parameters as of `quantile`.

    Examples
    --------
    >>> nanpercentile([1, np.nan, 3], 50).compute()
    np.float64(2.0)
    """
    return _quantile(np.nanpercentile, a, q, axis, out, method, keepdims)


def _quantile(func: Callable[..., Any], a: Any, q: Any, axis: Any, out: Any, method: str, keepdims: bool) -> Array:
    _no_out(out)
    places = np.asarray(q)
    call = partial(_of_places, func=func, places=places, method=method)
    return _along(call, asanyarray(a), axis, keepdims, places.shape, func.__name__)


def _of_places(block: Any, func: Callable[..., Any], places: Any, **options: Any) -> Any:
    """Quantiles of a block, the axes of `places` in front; NumPy's own functions without NaN lose several of them."""
    found = np.asarray(func(block, places.ravel(), **options))
    return found.reshape(places.shape + found.shape[1:])


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """The weighted mean along some axes.

    Parameters
    ----------
    weights
        Of the shape of `a`, or along the one axis. Default: all the same.
    returned
        Whether also the sum of the weights.

    Raises
    ------
    ZeroDivisionError
        There are weights, but no elements.
    TypeError, ValueError
        The weights have another shape, and are not along the one axis.

    Examples
    --------
    >>> average([1, 2, 4], weights=[2, 1, 1]).compute()
    np.float64(2.0)
    """
    a = asanyarray(a)
    if weights is None:
        mean = a.mean(axis=axis, keepdims=keepdims)
        if not returned:
            return mean
        count = mean.dtype.type(a.size / max(mean.size, 1))
        return mean, broadcast_to(asanyarray(count), mean.shape)
    w = asanyarray(weights)
    if w.shape != a.shape:
        if axis is None:
            raise TypeError("axis must be given where the weights have another shape than the array")
        axes = normalize_axis_tuple(axis, a.ndim)
        if w.shape != tuple(a.shape[k] for k in axes):
            raise ValueError(f"weights of shape {w.shape} do not fit axis={axis!r} of an array of shape {a.shape}")
        order = np.argsort(axes)
        w = moveaxis(w, range(w.ndim), np.argsort(order)) if w.ndim > 1 else w
        w = expand_dims(w, tuple(k for k in range(a.ndim) if k not in axes))
    kind = np.result_type(a.dtype, w.dtype, *(["f8"] if a.dtype.kind in "iub" else []))
    full = broadcast_to(w, a.shape) if w.shape != a.shape else w
    total = full.sum(axis=axis, dtype=kind, keepdims=keepdims)
    if full.size == 0 and total.size > 0:
        raise ZeroDivisionError("weights sum to zero, there are none")
    mean = (a * full).astype(kind).sum(axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The largest less the smallest element along some axes.

    Examples
    --------
    >>> ptp([3, 9, 5]).compute()
    np.int64(6)
    """
    a = asanyarray(a)
    return a.max(axis=axis, keepdims=keepdims) - a.min(axis=axis, keepdims=keepdims)


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Array:
    """The covariance of variables.

    Parameters
    ----------
    m
        Variables along the first axis, observations along the second.
    y
        More variables.
    rowvar
        False: variables along the second axis.
    bias
        Whether to divide by the number of observations; by default by one less.
    ddof
        Divide by the number of observations less this.

    Raises
    ------
    ValueError
        An array has more than two axes, or `ddof` is no integer.

    Examples
    --------
    >>> cov([[1, 2, 3], [3, 2, 1]]).compute()
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"ddof={ddof!r} must be an integer")
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)])
    over = x.shape[1] - (ddof if ddof is not None else 0 if bias else 1)
    kind = np.result_type(x.dtype, np.float64)
    away = x.astype(kind) - x.mean(axis=1, keepdims=True, dtype=kind)
    product = dot(away, np.conj(away.T)) * np.true_divide(1, over)
    return product.squeeze()


def _variables(m: Any, rowvar: bool) -> Array:
    a = asanyarray(m)
    if a.ndim > 2:
        raise ValueError(f"variables have one axis or two, not {a.ndim}")
    if a.ndim < 2:
        return a.reshape(1, -1)
    return a if rowvar or a.shape[0] == 1 else a.T


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Array:
    """The correlation of variables. Parameters as of `cov`.

    Examples
    --------
    >>> corrcoef([[1, 2, 3], [3, 2, 1]]).compute()
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    from_diagonal = c[np.arange(c.shape[0]), np.arange(c.shape[0])] if c.ndim == 2 else c
    spread = np.sqrt(from_diagonal.real)
    found = c / spread[:, None] / spread[None, :]
    if found.dtype.kind == "c":
        return found
    return np.minimum(np.maximum(found, -1), 1)


def coarsen(reduction: Callable[..., Any], x: Any, axes: Any, trim_excess: bool = False, **kwargs: Any) -> Array:
    """Neighbours reduced to one.

    Parameters
    ----------
    reduction
        Takes a block and a tuple of axes, such as `numpy.sum`.
    axes
        A dict: for some axes how many neighbours become one.
    trim_excess
        Whether rows that do not fill a group are left out; else they are an error.
    **kwargs
        For `reduction`.

    Raises
    ------
    ValueError
        An axis does not divide into such groups.

    Examples
    --------
    >>> coarsen(np.sum, [1, 2, 3, 4], {0: 2}).compute()
    array([3, 7])
    """
    a = asanyarray(x)
    each = {normalize_axis_index(axis, a.ndim): int(n) for axis, n in axes.items()}
    shape = a.shape
    for axis, n in each.items():
        if n < 1 or (shape[axis] % n and not trim_excess):
            raise ValueError(f"axis {axis} of size {shape[axis]} does not divide into groups of {n}; see trim_excess")
    a = a[tuple(slice(0, size - size % each.get(axis, 1)) for axis, size in enumerate(shape))]
    node = rechunk(a.expr, tuple(_groups(sizes, each.get(axis, 1)) for axis, sizes in enumerate(a.chunks)))
    chunks = tuple(tuple(n // each.get(axis, 1) for n in sizes) for axis, sizes in enumerate(node.chunks))
    index = tuple(range(a.ndim))
    groups = tuple(each.get(axis, 1) for axis in index)
    func: Callable[[Any], Any] = partial(_coarsened, reduction=reduction, each=groups, **kwargs)
    return a.of(call_blocks(func, (node,), (index,), index, chunks, label="coarsen"))


def _groups(sizes: Sequence[int], n: int) -> tuple[int, ...]:
    """Blocks that hold whole groups of n, nearly as they are."""
    found, over = [], 0
    for size in sizes:
        whole = (size + over) // n * n
        over += size - whole
        if whole:
            found.append(whole)
    return tuple(found) or (0,)


def _coarsened(block: Any, reduction: Callable[..., Any], each: tuple[int, ...], **kwargs: Any) -> Any:
    shape = [m for size, n in zip(block.shape, each) for m in (size // n, n)]
    return reduction(block.reshape(shape), axis=tuple(range(1, 2 * block.ndim, 2)), **kwargs)
