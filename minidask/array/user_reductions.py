"""Reductions and running totals by functions of a person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.node import as_meta, meta_of
from minidask.array.nodes.untold import untold
from minidask.array.nodes.user_reduction import OfBlocks, Steps, UntoldReduction, UntoldScan, UserReduction, UserScan
from minidask.array.operators import assign


def reduction(
    x: Any,
    chunk: Callable[..., Any],
    aggregate: Callable[..., Any],
    axis: Any = None,
    keepdims: bool = False,
    dtype: Any = None,
    split_every: Any = None,
    combine: Callable[..., Any] | None = None,
    name: str | None = None,
    out: Any = None,
    concatenate: bool = True,
    output_size: int = 1,
    meta: Any = None,
    weights: Any = None,
) -> Array:
    """An array reduced along some axes by functions of blocks.

    Without `dtype` and `meta` the partial result of the first block tells, when somebody asks; it is kept.

    Parameters
    ----------
    x
        An array, lazy or not.
    chunk
        ``chunk(block, axis=, keepdims=True)`` gives the partial result of a block.
    aggregate
        ``aggregate(partial results, axis=, keepdims=)`` gives the answer.
    axis
        An axis, a tuple of them, or None for all. The functions get a number where it is one.
    keepdims
        Whether the axes stay, with size 1.
    dtype, meta
        Of the result.
    split_every
        How many partial results a task merges.
    combine
        ``combine(partial results, axis=, keepdims=True)`` gives one of some. Default: `aggregate`.
    name
        Of the result, where equal names mean equal values. Default: from the operands.
    out
        A lazy array that is to stand for the result, too.
    concatenate
        Whether partial results are joined along the axes, in C order along the first; else they come as lists, nested
        as there are axes.
    output_size, weights
        Named as in dask; only the defaults.

    Raises
    ------
    NotImplementedError
        One of the last two is given.
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> import minidask.array as da
    >>> reduction(da.arange(10, chunks=3), np.sum, np.sum, dtype=int).compute()
    np.int64(45)
    """
    if output_size != 1 or weights is not None:
        raise NotImplementedError(
            "reduction with output_size= or weights= is not there; use map_blocks and reduce twice"
        )
    node = asanyarray(x).expr
    axes = tuple(range(node.ndim)) if axis is None else tuple(sorted(normalize_axis_tuple(axis, node.ndim)))
    steps = Steps(chunk, combine or aggregate, aggregate, axes, concatenate)
    empty = _meta(node.ndim if keepdims else node.ndim - len(axes), dtype, meta)
    fields = (node, OfBlocks(node, steps.partial), steps, bool(keepdims), split_every, empty)
    made = UserReduction(*fields) if name is None else UserReduction.named(name, *fields)
    answer = Array.of(untold(made, UntoldReduction) if empty is None else made)
    return answer if out is None else assign(out, answer)


def _meta(ndim: int, dtype: Any, meta: Any) -> Any:
    """What was told; None: nothing."""
    if meta is not None:
        return as_meta(meta if dtype is None else meta.astype(dtype), ndim)
    return None if dtype is None else meta_of(dtype, ndim)


def cumreduction(
    func: Callable[..., Any],
    binop: Callable[..., Any],
    ident: Any,
    x: Any,
    axis: int | None = None,
    dtype: Any = None,
    out: Any = None,
    method: str = "sequential",
    preop: Callable[..., Any] | None = None,
) -> Array:
    """An array accumulated along an axis by functions of blocks.

    Parameters
    ----------
    func
        ``func(block, axis=, dtype=)`` accumulates a block on its own.
    binop
        ``binop(total, run)`` gives what a run is after a total; of two totals the total of both. It is associative.
    ident
        Named as in dask: what `binop` takes for nothing. The first block takes up nothing here, so it is not needed.
    x
        An array, lazy or not.
    axis
        Along which; None: all elements in C order.
    dtype
        Of the result. Default: that of what `func` gives for a block, which is called when somebody asks.
    out
        A lazy array that is to stand for the result, too.
    method
        "sequential" or "blelloch", which give the same here: blocks are always put together in groups.
    preop
        ``preop(block, axis=, keepdims=True)`` gives the total of a block. Default: the last row of its run.

    Examples
    --------
    >>> import minidask.array as da
    >>> cumreduction(np.cumsum, np.add, 0, da.arange(5, chunks=2)).compute()
    array([ 0,  1,  3,  6, 10])
    """
    if method not in ("sequential", "blelloch"):
        raise ValueError(f'method={method!r}: expected "sequential" or "blelloch", which give the same here')
    array = asanyarray(x) if axis is not None else asanyarray(x).ravel()
    axis = normalize_axis_index(0 if axis is None else axis, array.ndim)
    kind = None if dtype is None else np.dtype(dtype)
    runs = OfBlocks(array.expr, func, {"axis": axis, "dtype": kind})
    made = UserScan(array.expr, runs, binop, preop, axis, None if kind is None else array.expr.meta.astype(kind))
    answer = Array.of(untold(made, UntoldScan) if kind is None else made)
    return answer if out is None else assign(out, answer)
