"""Medians and quantiles, exactly, for any chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.manipulation import expand_dims
from minidask.array.nodes.mapped import Symbols, call_blocks
from minidask.array.nodes.padding import without_empty_blocks
from minidask.array.nodes.quantiles import Wanted, quantiles_along
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.reduction import Whole
from minidask.array.nodes.sizes import known
from minidask.array.nodes.sorting import whole
from minidask.array.operators import assign, at_hand
from minidask.array.weighted import weighted_along


def median(
    a: Any, axis: Any = None, keepdims: bool = False, out: Any = None, *, overwrite_input: bool = False
) -> Array:
    """The median along some axes, exactly.

    Of all elements it is found by counting, without bringing them together; so it is along axes that are longer than a
    block may be. Along others the blocks are joined.

    Parameters
    ----------
    axis
        An axis, a tuple of them, or None for all.
    keepdims
        Whether the axes stay, with size 1.
    out
        A lazy array that is to stand for the result, too.
    overwrite_input
        Whether NumPy may sort the array in place; a lazy array has nothing to overwrite.

    Examples
    --------
    >>> median([[1, 5, 2], [4, 4, 8]], axis=1).compute()
    array([2., 4.])
    """
    return _answer(Wanted(np.median, None), a, axis, keepdims, out)


def nanmedian(
    a: Any, axis: Any = None, keepdims: bool = False, out: Any = None, *, overwrite_input: bool = False
) -> Array:
    """The median of what is not NaN. Parameters as of `median`.

    Examples
    --------
    >>> nanmedian([1, np.nan, 3]).compute()
    np.float64(2.0)
    """
    return _answer(Wanted(np.nanmedian, None, skip_nan=True), a, axis, keepdims, out)


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """Quantiles along some axes, exactly; found as `median` is.

    Parameters
    ----------
    q
        Which, between 0 and 1; the axes of an array of them come first in the result.
    axis
        An axis, a tuple of them, or None for all.
    out
        A lazy array that is to stand for the result, too.
    overwrite_input
        Whether NumPy may sort the array in place; a lazy array has nothing to overwrite.
    method
        As of `numpy.quantile`.
    keepdims
        Whether the axes stay, with size 1.
    weights
        How much each element counts: of the shape of `a`, or of its shape along the axes; only for the method
        "inverted_cdf". Where there are more elements along the axes than a block may have, these are sorted; else the
        blocks are joined.

    Raises
    ------
    ValueError
        A quantile lies beyond 0 and 1, there is no such method, or it knows no weights.
    TypeError
        The elements are complex.

    Examples
    --------
    >>> quantile([1, 2, 3, 4], [0.5, 1]).compute()
    array([2.5, 4. ])
    """
    return _quantile(np.quantile, False, a, q, axis, out, method, keepdims, weights)


def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """Quantiles of what is not NaN. Parameters as of `quantile`.

    Examples
    --------
    >>> nanquantile([1, np.nan, 3], 0.5).compute()
    np.float64(2.0)
    """
    return _quantile(np.nanquantile, False, a, q, axis, out, method, keepdims, weights)


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """Percentiles along some axes, exactly: `q` lies between 0 and 100. Parameters as of `quantile`.

    Examples
    --------
    >>> percentile([1, 2, 3, 4], 50).compute()
    np.float64(2.5)
    """
    return _quantile(np.percentile, True, a, q, axis, out, method, keepdims, weights)


def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """Percentiles of what is not NaN. Parameters as of `quantile`.

    Examples
    --------
    >>> nanpercentile([1, np.nan, 3], 50).compute()
    np.float64(2.0)
    """
    return _quantile(np.nanpercentile, True, a, q, axis, out, method, keepdims, weights)


def _quantile(
    func: Callable[..., Any],
    hundredths: bool,
    a: Any,
    q: Any,
    axis: Any,
    out: Any,
    method: str,
    keepdims: bool,
    weights: Any,
) -> Array:
    a = asanyarray(a)
    weak, places = type(q) in (int, float), np.asarray(at_hand(q, "q"))
    func(np.ones(1, a.dtype), q, method=method)  # NumPy's own errors
    if hundredths:
        places = np.asarray(np.true_divide(places, a.dtype.type(100) if a.dtype.kind == "f" else 100))
    plain = np.nanquantile if func in (np.nanquantile, np.nanpercentile) else np.quantile
    wanted = Wanted(plain, places, weak, method, plain is np.nanquantile)
    return _answer(wanted, a, axis, keepdims, out, weights, func.__name__)


def _answer(wanted: Wanted, a: Any, axis: Any, keepdims: bool, out: Any, weights: Any = None, label: str = "") -> Array:
    a = asanyarray(a)
    axes = tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)
    func = wanted.func if wanted.q is None else partial(_of_places, wanted=wanted)
    tried = func(
        np.ones((1,) * a.ndim, a.dtype), axis=axes, **({} if weights is None else {"weights": np.ones((1,) * a.ndim)})
    )
    meta = np.empty(0, np.asarray(tried).dtype)
    if weights is None:
        node = quantiles_along(a.expr, axes, wanted, meta)
    else:
        node = weighted_along(a, asanyarray(weights), axes, wanted, meta.dtype)
    if node is None:
        answer = _of_blocks(func, a, axes, axis, keepdims, wanted.shape, label or wanted.func.__name__, meta, weights)
    else:
        answer = a.of(node)
        answer = expand_dims(answer, [k + len(wanted.shape) for k in axes]) if keepdims else answer
    return answer if out is None else assign(out, answer)


def _of_places(block: Any, wanted: Wanted, **options: Any) -> Any:
    """Quantiles of a block, the axes of `q` in front; NumPy's own functions without NaN lose them now and then."""
    q: Any = wanted.q
    if wanted.weak:
        return wanted.func(block, float(q) if q.dtype.kind == "f" else int(q), method=wanted.method, **options)
    found = np.asarray(wanted.func(block, q.ravel() if q.ndim else q, method=wanted.method, **options))
    if not block.size:  # nothing or NaN, also in NumPy's answers of other shapes
        kept = {k: options[k] for k in ("axis", "keepdims") if k in options}
        shape = q.shape + np.any(np.empty(block.shape, bool), **kept).shape
        return np.full(shape, found.flat[0] if found.size else 0, found.dtype)
    return found.reshape(q.shape + found.shape[min(q.ndim, 1) :])


def _of_blocks(
    func: Callable[..., Any],
    a: Array,
    axes: tuple[int, ...],
    axis: Any,
    keepdims: bool,
    front: tuple[int, ...],
    label: str,
    meta: Any,
    weights: Any,
) -> Array:
    """Of blocks joined along the axes; the result has the axes `front` before the others."""
    func = Whole(func, meta.dtype)  # NumPy's dtype depends on whether all is NaN
    node = whole(a.expr if weights is None else known(a.expr), axes)
    if not axes:
        node = without_empty_blocks(node)  # NumPy finds no quantiles there along no axes
    index = tuple(range(a.ndim))
    args: list[Any] = [node]
    indices: list[Symbols | None] = [index]
    options: dict[str, Any] = {"axis": axes if axis is not None else None, "keepdims": keepdims}
    if weights is not None:
        w = asanyarray(weights)
        along = index if w.ndim == a.ndim else axes
        if w.shape != tuple(a.shape[k] for k in along):
            raise ValueError(f"weights of shape {w.shape} do not fit axis={axis!r} of an array of shape {a.shape}")
        args.append(rechunk(known(w.expr), tuple(node.chunks[k] for k in along)))
        indices.append(along)
    kept = [k for k in index if keepdims or k not in axes]
    out = tuple(("one", k) if k in axes else k for k in kept)
    new = tuple(("front", k) for k in range(len(front)))
    sizes = tuple((1,) if k in axes else node.chunks[k] for k in kept)
    call = Weighted(func, options) if weights is not None else partial(func, **options)
    chunks = (*((n,) for n in front), *sizes)
    empty = np.empty((0,) * len(chunks), meta.dtype)
    return a.of(call_blocks(call, args, indices, (*new, *out), chunks, meta=empty, label=label))


@dataclass(frozen=True)
class Weighted:
    """A function of NumPy called with a block and one of weights."""

    func: Callable[..., Any]
    options: Mapping[str, Any]

    def __call__(self, block: Any, weights: Any) -> Any:
        return self.func(block, weights=weights, **self.options)
