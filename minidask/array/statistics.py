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
from minidask.array.operators import assign


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


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Array:
    """The largest less the smallest element along some axes.

    Parameters
    ----------
    out
        A lazy array that is to stand for the result, too.

    Examples
    --------
    >>> ptp([3, 9, 5]).compute()
    np.int64(6)
    """
    a = asanyarray(a)
    answer = a.max(axis=axis, keepdims=keepdims) - a.min(axis=axis, keepdims=keepdims)
    return answer if out is None else assign(out, answer)


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Array:
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
    fweights
        How often each observation was made: integers along one axis.
    aweights
        How much each observation counts, along one axis.
    dtype
        In which to compute; float64 at least by default.

    Raises
    ------
    ValueError
        An array has more than two axes, `ddof` is no integer, or there are not as many weights as observations.
    TypeError
        `fweights` holds no integers.

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
    kind = np.dtype(dtype) if dtype is not None else np.result_type(x.dtype, np.float64)
    less = ddof if ddof is not None else 0 if bias else 1
    x = x.astype(kind)
    if fweights is None and aweights is None:
        away = x - x.mean(axis=1, keepdims=True, dtype=kind)
        return (dot(away, np.conj(away.T)) * np.true_divide(1, max(x.shape[1] - less, 0))).astype(kind).squeeze()
    weights = _weights(fweights, aweights, x.shape[1])
    total = weights.sum()
    over = total - less * ((weights * aweights).sum() / total if aweights is not None else 1)
    away = x - ((x * weights).sum(axis=1) / total)[:, None]
    return (dot(away, np.conj((away * weights).T)) / over).astype(kind).squeeze()


def _weights(fweights: Any, aweights: Any, count: int) -> Array:
    """How much each observation counts."""
    found = []
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        w = asanyarray(given)
        if w.shape != (count,):
            raise ValueError(f"{name} of shape {w.shape} do not fit {count} observations")
        if name == "fweights" and w.dtype.kind not in "iu":
            raise TypeError(f"fweights must be integers, not {w.dtype}")
        found.append(w)
    return found[0] * found[1] if len(found) == 2 else found[0]


def _variables(m: Any, rowvar: bool) -> Array:
    a = asanyarray(m)
    if a.ndim > 2:
        raise ValueError(f"variables have one axis or two, not {a.ndim}")
    if a.ndim < 2:
        return a.reshape(1, -1)
    return a if rowvar or a.shape[0] == 1 else a.T


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """The correlation of variables. Parameters as of `cov`.

    Examples
    --------
    >>> corrcoef([[1, 2, 3], [3, 2, 1]]).compute()
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
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
