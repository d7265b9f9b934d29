"""Quantiles of elements that count more or less, without bringing the elements together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

import minidask.config as config
from minidask.array.array import Array
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.joining import stack
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.quantiles import Wanted
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.sorting import sort
from minidask.quantities import parse_bytes


def weighted_along(
    a: Array, weights: Array, axes: Sequence[int], wanted: Wanted, dtype: np.dtype[Any]
) -> ArrayNode | None:
    """The least elements up to which the weights come to a share `wanted.q` of all. None: blocks can be joined.

    The elements are sorted with their weights, and these added up as `numpy.quantile` does it.
    """
    limit = parse_bytes(config.get("array.chunk-size"), "array.chunk-size")
    kept = [axis for axis in range(a.ndim) if axis not in axes]
    shape = tuple(a.shape[axis] for axis in axes)
    few = a.npartitions == 1 or prod(shape) * a.dtype.itemsize <= limit or not prod(wanted.shape) * a.size
    if few or weights.shape not in (a.shape, shape) or a.dtype.kind not in "iuf":
        return None
    front = (*kept, *axes)
    lines = a.transpose(front).reshape(-1, prod(shape))
    given = weights.transpose(front).reshape(lines.shape) if weights.shape == a.shape else weights.reshape(1, -1)
    found = [_of_line(line, given[i % len(given)], wanted, dtype) for i, line in enumerate(lines)]
    answer = stack(found, len(wanted.shape))
    return reshape(answer, (*wanted.shape, *(a.shape[axis] for axis in kept)))


def _of_line(a: Array, weights: Array, wanted: Wanted, dtype: np.dtype[Any]) -> ArrayNode:
    missing: Any = np.isnan(a) if wanted.skip_nan and a.dtype.kind == "f" else None
    line = Array.of(elementwise(Pairs(a.dtype), a.expr, weights.expr))
    ordered = Array.of(sort((line if missing is None else line[~missing]).expr, 0))
    sums = ordered["weight"].cumsum()
    total = sums.max(initial=0)
    q = np.asarray(wanted.q)
    share = Array.of(elementwise(_share, sums.expr, total.expr, q.dtype if q.dtype.kind == "f" else sums.dtype))
    most = np.inf if a.dtype.kind == "f" else np.iinfo(a.dtype).max
    found = [ordered["value"].min(where=(share >= one) & (share > 0), initial=most) for one in q.ravel()]
    facts = [total, weights.min(), *([] if missing is None else [missing.all()])]
    args, kwargs = [each.expr for each in (*facts, *found)], {"shape": wanted.shape, "dtype": dtype}
    places = tuple(range(len(wanted.shape)))
    return call_blocks(
        _answer, args, [()] * len(args), places, tuple((n,) for n in wanted.shape), dtype=dtype, kwargs=kwargs
    )


@dataclass(frozen=True)
class Pairs:
    """Puts elements and their weights together."""

    dtype: np.dtype[Any]

    def __call__(self, values: Any, weights: Any) -> Any:
        found = np.empty(values.shape, [("value", self.dtype), ("weight", np.float64)])
        found["value"], found["weight"] = values, weights
        return found


def _share(sums: Any, total: Any, dtype: Any) -> Any:
    """Of the total, which is tried later."""
    with np.errstate(all="ignore"):
        return (sums / total).astype(dtype)


def _answer(total: Any, least: Any, *rest: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The quantiles, unless the weights are none; `rest` are they, before them whether all is missing, if it may be."""
    count = len(rest) - prod(shape)
    missing, found = rest[:count], rest[count:]
    if least < 0:
        raise ValueError("Weights must be non-negative.")
    if any(missing):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
        return np.full(shape, np.nan, dtype)
    if not 0 < total < np.inf:
        raise ValueError("Weights included NaN, inf or were all zero.")
    return np.array(found, dtype).reshape(shape)
