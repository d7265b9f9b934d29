"""Elements between points that are sorted: the numbers of bins, and values interpolated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import minidask.config as config
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.elementwise import where
from minidask.array.joining import concatenate
from minidask.array.mapping import by_value
from minidask.array.nodes.elementwise import elementwise
from minidask.array.nodes.mapped import Symbols, call_blocks
from minidask.array.operators import at_hand
from minidask.quantities import parse_bytes


def digitize(a: Any, bins: Any, right: bool = False) -> Array:
    """For each element the number of its bin.

    Parameters
    ----------
    bins
        Edges that ascend or descend; lazy ones are given to every task, unless they are more than a block may have.
    right
        Whether bins hold their right edge, rather than their left.

    Raises
    ------
    ValueError
        The edges neither ascend nor descend.
    TypeError
        Elements or edges are complex numbers.

    Examples
    --------
    >>> digitize([0.5, 1, 2.5], [0, 1, 2]).compute()
    array([1, 2, 3])
    """
    a = asanyarray(a)
    bins = bins if isinstance(bins, Array) else np.asarray(at_hand(bins, "bins"))
    lazy = isinstance(bins, Array)
    np.digitize(np.zeros(1, a.dtype), np.zeros(1, bins.dtype) if lazy else bins)  # NumPy's own error
    if lazy and _are_many(bins):
        return _digitized(a, bins, "left" if right else "right")
    given, index = by_value(bins), tuple(range(a.ndim))
    args, indices = (a.expr, given), (index, () if isinstance(bins, Array) else None)
    kwargs = {"right": right}
    return a.of(call_blocks(_digitize, args, indices, index, a.expr.chunks, dtype=np.intp, kwargs=kwargs))


def _digitize(block: Any, bins: Any, right: bool) -> Any:
    return np.digitize(block, bins, right)


def _are_many(points: Array) -> bool:
    """Whether points are more than every block should be given."""
    return points.ndim == 1 and points.nbytes > parse_bytes(config.get("array.chunk-size"), "array.chunk-size")


def _digitized(a: Array, bins: Array, side: str) -> Array:
    """The numbers of bins, of whose edges no task has all."""
    rises, falls = ~(bins[1:] < bins[:-1]).any(), ~(bins[1:] > bins[:-1]).any()
    edges = Array.of(elementwise(_rising, bins.expr, bins[::-1].expr, rises.expr, falls.expr))
    found = edges.searchsorted(a, side)
    answer: Array = where(rises, found, bins.size - found)
    return answer


def _rising(edges: Any, others: Any, rises: Any, falls: Any) -> Any:
    """The edges in ascending order; `others` are the same in the other one."""
    if edges.size and not (rises or falls):
        raise ValueError("bins must be monotonically increasing or decreasing")
    return edges if rises else others


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Array:
    """Values of a function that is given at some points, and linear between them.

    Parameters
    ----------
    x
        Where; of any shape and chunks.
    xp
        The points, ascending along one axis, unless there is a period; given whole to every block, unless they are more
        than one may have.
    fp
        The values there: real or complex numbers.
    left, right
        The values before the first and after the last point. Default: those at the ends.
    period
        Of the function: then the points may have any order.

    Raises
    ------
    ValueError
        There are no points, or not as many values; or the period is 0.
    TypeError
        The points are complex numbers, or `left` or `right` is one, and the values are not.

    Examples
    --------
    >>> interp([1.5, 9.0], [1, 2, 3], [3, 2, 0]).compute()
    array([2.5, 0. ])
    """
    x, xp, fp = (asanyarray(values) for values in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1 or xp.size != fp.size or not xp.size:
        raise ValueError(f"interp: points of shape {xp.shape} and values of shape {fp.shape}; expected one axis each")
    if period == 0:
        raise ValueError("interp: period=0; expected another number, or None")
    one: list[Any] = [np.zeros(1, values.dtype) for values in (x, xp, fp)]
    dtype = np.interp(one[0], one[1], one[2], left, right).dtype  # or NumPy's own error
    if _are_many(xp):
        return _interpolated(x, xp, fp, left, right, period)
    index = tuple(range(x.ndim))
    args = (x.expr, xp.rechunk(-1).expr, fp.rechunk(-1).expr)
    func = partial(np.interp, left=left, right=right, period=period)
    indices: tuple[Symbols, ...] = (index, ("xp",), ("fp",))
    return x.of(call_blocks(func, args, indices, index, x.expr.chunks, dtype=dtype, label="interp"))


def _interpolated(x: Array, xp: Array, fp: Array, left: Any, right: Any, period: float | None) -> Array:
    """The values between points, of which no task has all."""
    x, xp = x.astype(float), xp.astype(float)
    if period is not None:
        period, left, right = abs(period), None, None
        xp = xp % period
        order = xp.argsort()
        x, xp, fp = x % period, xp[order], fp[order]
        xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = concatenate([fp[-1:], fp, fp[:1]])
    points = Array.of(elementwise(Points(np.result_type(fp.dtype, float)), xp.expr, fp.expr))
    before = xp.searchsorted(x, "right") - 1
    low, high = (points[place.clip(0, xp.size - 1).ravel()].reshape(x.shape) for place in (before, before + 1))
    ends = [fp[at] if end is None else asanyarray(end) for at, end in ((0, left), (-1, right))]
    return Array.of(elementwise(_between, *(a.expr for a in (x, low, high, *ends))))


@dataclass(frozen=True)
class Points:
    """Puts points and the values there together."""

    dtype: np.dtype[Any]

    def __call__(self, points: Any, values: Any) -> Any:
        found = np.empty(points.shape, [("x", np.float64), ("y", self.dtype)])
        found["x"], found["y"] = points, values
        return found


def _between(x: Any, low: Any, high: Any, left: Any, right: Any) -> Any:
    """Values between two points each, as `numpy.interp` finds them; both are the same at the ends."""
    y0, y1 = low["y"], high["y"]
    with np.errstate(all="ignore"):
        steps, width = y1 - y0, high["x"] - low["x"]
        if y0.dtype.kind == "c":  # whose slopes NumPy finds otherwise
            values = np.empty(x.shape, y0.dtype)
            values.real = _linear(x, low["x"], high["x"], y0.real, y1.real, steps.real * (1 / width))
            values.imag = _linear(x, low["x"], high["x"], y0.imag, y1.imag, steps.imag * (1 / width))
        else:
            values = _linear(x, low["x"], high["x"], y0, y1, steps / width)
    values = np.where(x == low["x"], y0, values)
    values = np.where(x < low["x"], left, np.where(x > high["x"], right, values))
    return np.where(np.isnan(x), x, values)


def _linear(x: Any, x0: Any, x1: Any, y0: Any, y1: Any, slope: Any) -> Any:
    found = slope * (x - x0) + y0
    found = np.where(np.isnan(found), slope * (x - x1) + y1, found)
    return np.where(np.isnan(found) & (y0 == y1), y0, found)
