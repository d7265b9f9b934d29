"""Signals along an axis: convolved, integrated, unwrapped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.chunks import blocks_of, offsets
from minidask.array.creation import asanyarray
from minidask.array.differences import cumsum, diff
from minidask.array.elementwise import where
from minidask.array.joining import concatenate
from minidask.array.nodes.mapped import Symbols, call_blocks
from minidask.array.nodes.padding import without_empty_blocks
from minidask.array.nodes.windows import Span, windows_of
from minidask.array.ufuncs import mod
from minidask.expr.blocks import PerBlock
from minidask.expr.grid import Index


def convolve(a: Any, v: Any, mode: str = "full") -> Array:
    """The convolution of two sequences: sums of products, where one of them runs backwards.

    Parameters
    ----------
    a, v
        Along one axis. The shorter one is given whole to every block of the longer one.
    mode
        "full": wherever the two overlap; "same": as many elements as the longer one; "valid": where they overlap
        completely.

    Raises
    ------
    ValueError
        An array has another number of axes, or no elements; or there is no such mode.

    Examples
    --------
    >>> convolve([1, 2, 3], [0, 1, 0.5]).compute()
    array([0. , 1. , 2.5, 4. , 1.5])
    """
    a, v = _sequences("convolve", a, v, mode)
    return _convolved(a, v, mode) if a.size >= v.size else _convolved(v, a, mode)


def correlate(a: Any, v: Any, mode: str = "valid") -> Array:
    """The correlation of two sequences: sums of products of `a` and the conjugate of `v`, moved along it.

    Parameters
    ----------
    a, v, mode
        As of `convolve`.

    Raises
    ------
    ValueError
        As of `convolve`.

    Examples
    --------
    >>> correlate([1, 2, 3], [0, 1, 0.5], "same").compute()
    array([2. , 3.5, 3. ])
    """
    a, v = _sequences("correlate", a, v, mode)
    if a.size >= v.size:
        return _convolved(a, v[::-1].conj(), mode)
    return _convolved(v.conj(), a[::-1], mode)[::-1]


def _sequences(function: str, a: Any, v: Any, mode: str) -> list[Array]:
    if mode not in ("full", "same", "valid"):
        raise ValueError(f'{function}: mode={mode!r}; expected "full", "same" or "valid"')
    arrays = [asanyarray(x) for x in (a, v)]
    for x in arrays:
        if x.ndim > 1 or not x.size:
            raise ValueError(f"{function}: an array of shape {x.shape}; expected elements along one axis")
    return [x.reshape(-1) if not x.ndim else x for x in arrays]


def _convolved(a: Array, v: Array, mode: str) -> Array:
    """Of a longer array, and a shorter one: each block of the result needs some elements before it, too."""
    node, width = without_empty_blocks(a.expr), v.size
    size = a.size
    first, last = {
        "full": (0, size + width - 1),
        "same": ((width - 1) // 2, (width - 1) // 2 + size),
        "valid": (width - 1, size),
    }[mode]
    cuts = _cuts(node.chunks[0], first, last)
    spans = tuple((max(start - width + 1, 0), min(stop, size)) for start, stop in pairwise(cuts))
    parts = Parts(tuple((start - before, stop - before) for (before, _), (start, stop) in zip(spans, pairwise(cuts))))
    dtype = np.convolve(np.ones(1, a.dtype), np.ones(1, v.dtype)).dtype
    args = (windows_of(node, (spans,)), v.rechunk(-1).expr, parts)
    sizes = (tuple(stop - start for start, stop in pairwise(cuts)),)
    indices: tuple[Symbols | None, ...] = (("x",), ("v",), None)
    return Array.of(call_blocks(_convolve, args, indices, ("x",), sizes, dtype=dtype, label="convolve"))


def _cuts(sizes: Sequence[int], first: int, last: int) -> list[int]:
    """Where blocks of an answer start and stop, that reaches from `first` to `last` over an axis of these blocks."""
    at = offsets(tuple(sizes))
    beyond = offsets(blocks_of(max(last - at[-1], 0), max(sizes)))
    inner = [*at, *(at[-1] + n for n in beyond[1:])]
    return [first, *inner[bisect_left(inner, first + 1) : bisect_left(inner, last)], last]


@dataclass(frozen=True)
class Parts(PerBlock):
    """For each block which part of its convolution it keeps."""

    spans: tuple[Span, ...]

    def block(self, index: Index) -> slice:
        return slice(*self.spans[index[0]])


def _convolve(block: Any, kernel: Any, part: slice) -> Any:
    return np.convolve(block, kernel)[part]


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """The integral of a function that is given at some points, and linear between them.

    Parameters
    ----------
    y
        The values.
    x
        The points: along one axis, or in the shape of `y`. None: `dx` from each other.
    axis
        Along which.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> trapezoid([1, 2, 3], x=[4, 6, 8]).compute()
    np.float64(8.0)
    """
    y = asanyarray(y)
    axis = normalize_axis_index(axis, y.ndim)
    width = dx
    if x is not None:
        x = asanyarray(x)
        width = diff(x, axis=0)[(slice(None), *(None,) * (y.ndim - axis - 1))] if x.ndim == 1 else diff(x, axis=axis)
    rows = (slice(None),) * axis
    total: Array = (width * (y[(*rows, slice(1, None))] + y[(*rows, slice(None, -1))]) / 2.0).sum(axis=axis)
    return total


def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Array:
    """Phases without their jumps: multiples of the period are added where neighbours differ by more than half of it.

    Parameters
    ----------
    discont
        How much neighbours must differ at least to be brought nearer; half a period, where it is less or None.
    axis
        Along which.
    period
        An integer keeps integers what they are.

    Raises
    ------
    numpy.exceptions.AxisError
        There is no such axis.

    Examples
    --------
    >>> unwrap([0, 1, 2, -1, 0], period=4).compute()
    array([0, 1, 2, 3, 4])
    """
    p = asanyarray(p)
    axis = normalize_axis_index(axis, p.ndim)
    steps = diff(p, axis=axis)
    dtype = np.result_type(steps.dtype, period)
    half, rest = divmod(period, 2) if dtype.kind in "iu" else (period / 2, 0)
    wrapped: Any = mod(steps + half, period) - half
    if not rest:  # both ends of the interval are the same phase: a step up stays one
        wrapped = where((wrapped == -half) & (steps > 0), half, wrapped)
    least = period / 2 if discont is None else discont
    corrections = where(abs(steps) < least, 0, wrapped - steps)
    rows = (slice(None),) * axis
    p = p.astype(dtype)
    first = p[(*rows, slice(0, 1))]
    return concatenate([first, p[(*rows, slice(1, None))] + cumsum(corrections, axis=axis)], axis)
