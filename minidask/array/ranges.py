"""Numbers and times at one distance from each other, and diagonals."""

from __future__ import annotations

import datetime
import math
from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.constants import sizes_of
from minidask.array.creation import asanyarray, stacked
from minidask.array.elementwise import where
from minidask.array.interchange import check_device
from minidask.array.manipulation import moveaxis
from minidask.array.nodes.creation import Diagonal, Spaced
from minidask.array.nodes.views import view_as
from minidask.signatures import like


@like(np)
def arange(
    start: Any = None,
    stop: Any = None,
    step: Any = 1,
    *,
    chunks: Any = "auto",
    dtype: Any = None,
    device: Any = None,
) -> Array:
    """Numbers or times from `start` to before `stop`, `step` apart.

    Parameters
    ----------
    start, stop, step
        As for `numpy.arange`; with one of them only it is `stop`.
    chunks
        As for `normalize_chunks`.
    dtype
        Type of the elements; None: that of the bounds.
    device
        "cpu" or None: there is no other.

    Raises
    ------
    ZeroDivisionError, ValueError
        `step` is 0; of times: one of the bounds is none, or a date is alone.
    Examples
    --------
    >>> arange(2, 10, 3, chunks=2).compute()
    array([2, 5, 8])
    >>> arange(np.datetime64("2000-02-28"), np.datetime64("2000-03-02"), chunks=2).compute()
    array(['2000-02-28', '2000-02-29', '2000-03-01'], dtype='datetime64[D]')
    """
    check_device(device)
    if start is None:
        if stop is None:
            raise TypeError("arange: stop is needed")
        start = 0
    start, stop, step = bounds = [_plain(bound) for bound in (start, stop, step)]
    given = np.dtype(dtype) if dtype is not None else None
    if any(isinstance(bound, np.datetime64 | np.timedelta64) for bound in bounds) or (given and given.kind in "mM"):
        return _times(start, stop, step, given, chunks)
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ZeroDivisionError("arange: step must not be 0")
    if math.isinf((stop - start) / step):
        raise ValueError(f"arange: there is no end from {start} to {stop}")
    count = max(0, math.ceil((stop - start) / step))
    kind = given or np.result_type(*(np.asarray(bound).dtype for bound in (start, stop, step)))
    return Array.of(Spaced(start, step, None, kind, normalize_chunks(chunks, (count,), dtype=kind)))


def _plain(bound: Any) -> Any:
    """A bound; dates and durations, also those of Python, as NumPy's scalars."""
    if isinstance(bound, datetime.date | datetime.timedelta):
        bound = np.asarray(bound, "m8" if isinstance(bound, datetime.timedelta) else "M8")
    return bound[()] if isinstance(bound, np.ndarray) and not bound.ndim else bound


def _times(start: Any, stop: Any, step: Any, dtype: np.dtype[Any] | None, chunks: Any) -> Array:
    """Whole numbers of the unit, taken for times."""
    if stop is None:
        if isinstance(start, np.datetime64):
            np.arange(start, dtype=dtype)  # NumPy's error
        start, stop = 0, start
    if dtype is not None and isinstance(start, str):
        start, stop = np.asarray(start, dtype)[()], np.asarray(stop, dtype)[()]
    kind = np.arange(start, _before(start, stop), abs(step), dtype=dtype).dtype  # none or few of them
    first, last = _whole(start, kind), _whole(stop, kind)
    if kind.kind == "M" and not isinstance(stop, np.datetime64):
        last += first  # so many after the start
    size = _whole(step, kind)
    count = max(0, -((first - last) // size))
    numbers = Spaced(first, size, None, np.dtype("i8"), normalize_chunks(chunks, (count,), dtype=kind))
    return Array.of(view_as(numbers, kind))


def _before(start: Any, stop: Any) -> Any:
    """What is not after the start, of the type of `stop`, so that a range that ends there has the same dtype."""
    if isinstance(start, np.datetime64):
        return start.astype(stop.dtype) - 1 if isinstance(stop, np.datetime64) else stop - stop
    if isinstance(stop, np.timedelta64):
        return np.asarray(start).astype(stop.dtype)[()] - 1
    return -(2**62)


def _whole(bound: Any, kind: np.dtype[Any]) -> int:
    """A bound or step as a number of the unit of `kind`."""
    if isinstance(bound, np.datetime64 | np.timedelta64):
        unit, many = np.datetime_data(kind)
        bound = bound.astype(f"{bound.dtype.char}8[{many}{unit}]")
    return int(np.asarray(bound).astype("i8"))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    chunks: Any = "auto",
    dtype: Any = None,
    *,
    axis: int = 0,
    device: Any = None,
) -> Any:
    """`num` numbers at one distance from each other, from `start` to `stop`.

    Parameters
    ----------
    start, stop
        Scalars; or arrays that broadcast against each other.
    num
        How many.
    endpoint
        Whether `stop` is the last one.
    retstep
        Whether to return the distance as well.
    chunks
        As for `normalize_chunks`.
    dtype
        Type of the elements; None: a float.
    axis
        Where the numbers between the elements of arrays are put.
    device
        "cpu" or None: there is no other.

    Returns
    -------
    Array, or Array and step

    Examples
    --------
    >>> linspace(0, 1, 5, chunks=2).compute()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    check_device(device)
    num = index(num)
    if num < 0:
        raise ValueError(f"num={num}: the number of samples must not be negative")
    gaps = num - 1 if endpoint else num
    if np.ndim(start) or np.ndim(stop):
        numbers, step = _between_arrays(asanyarray(start), asanyarray(stop), num, gaps, chunks)
        numbers = moveaxis(numbers, 0, axis)
        numbers = numbers if dtype is None else _cast(numbers, np.dtype(dtype))
        return (numbers, step) if retstep else numbers
    normalize_axis_index(axis, 1)
    kind = np.result_type(start, stop, float(num))
    step = (stop - start) / gaps if gaps > 0 else math.nan
    dtype = np.dtype(kind if dtype is None else dtype)
    sizes = normalize_chunks(chunks, (num,), dtype=dtype)
    last = stop if endpoint and num > 1 else start + max(num - 1, 0) * (step if gaps > 0 else 0)
    numbers = Array.of(Spaced(start, step if gaps > 0 else 0, last, dtype, sizes))
    return (numbers, step) if retstep else numbers


def _between_arrays(start: Array, stop: Array, num: int, gaps: int, chunks: Any) -> tuple[Array, Any]:
    """`num` arrays along a new first axis, and the distances between them."""
    distance = stop * 1.0 - start
    turns = arange(num, chunks=chunks, dtype=float).reshape((num, *[1] * distance.ndim))
    step = distance / gaps if gaps > 0 else math.nan
    numbers = start + turns * (step if gaps > 0 else distance)
    return (where(turns == gaps, stop, numbers) if gaps == num - 1 and num > 1 else numbers), step


def _cast(numbers: Array, dtype: np.dtype[Any]) -> Array:
    """In another dtype; the whole numbers below, where it has no others."""
    floored: Any = np.floor(numbers) if dtype.kind in "iu" else numbers
    found: Array = floored.astype(dtype)
    return found


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    chunks: Any = "auto",
    *,
    axis: int = 0,
) -> Array:
    """Powers of a base, whose exponents are at one distance from each other.

    Parameters
    ----------
    start, stop
        The first and the last exponent: scalars, or arrays.
    num, endpoint, dtype, chunks, axis
        As of `linspace`.
    base
        A scalar.

    Examples
    --------
    >>> logspace(0, 3, 4, chunks=2).compute()
    array([   1.,   10.,  100., 1000.])
    """
    powers: Array = base ** linspace(start, stop, num, endpoint, chunks=chunks, axis=axis)
    return powers if dtype is None else powers.astype(dtype)


@like(np)
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
    *,
    chunks: Any = "auto",
) -> Array:
    """Numbers each of which is the same multiple of the one before.

    Parameters
    ----------
    start, stop
        The first and the last one: scalars, or arrays; not 0.
    num, endpoint, dtype, chunks, axis
        As of `linspace`.

    Raises
    ------
    ValueError
        One of the ends is 0; of lazy ends it is not looked at.

    Examples
    --------
    >>> geomspace(1, 1000, 4, chunks=2).compute()
    array([   1.,   10.,  100., 1000.])
    """
    ends = [stacked(end) for end in (start, stop)]
    ends = [end if isinstance(end, Array) else np.asarray(end) for end in ends]
    if any(isinstance(end, np.ndarray) and np.any(end == 0) for end in ends):
        raise ValueError(f"geomspace from {start} to {stop}: the ends must not be 0")
    kind = np.result_type(*ends, float(num), np.zeros((), dtype))
    first, last = (end.astype(kind) for end in ends)
    direction = first / abs(first) if kind.kind == "c" else np.sign(first)
    exponents = np.log10(first / direction), np.log10(last / direction)
    numbers = logspace(*exponents, num, endpoint, chunks=chunks) * direction
    place = arange(num, chunks=numbers.chunks[:1]).reshape((num, *[1] * (numbers.ndim - 1)))
    numbers = where(place == 0, first, numbers)
    if endpoint and num > 1:
        numbers = where(place == num - 1, last, numbers)
    return moveaxis(numbers.astype(kind if dtype is None else dtype), 0, axis)


@like(np)
def identity(n: int, dtype: Any = None, *, chunks: Any = "auto") -> Array:
    """The unit matrix; parameters as of `eye`.

    Examples
    --------
    >>> identity(2, int).compute()
    array([[1, 0],
           [0, 1]])
    """
    return eye(n, chunks, dtype=float if dtype is None else dtype)


@like(np)
def eye(
    N: int,  # noqa: N803  # NumPy's name
    chunks: Any = "auto",
    M: int | None = None,  # noqa: N803  # NumPy's name
    k: int = 0,
    dtype: Any = float,
    *,
    device: Any = None,
) -> Array:
    """Ones on a diagonal, zeros elsewhere.

    Parameters
    ----------
    N, M
        The numbers of rows and columns; as many columns as rows by default.
    chunks
        As for `normalize_chunks`.
    k
        Which diagonal: above (positive) or below the main one.
    dtype
        Type of the elements.
    device
        "cpu" or None: there is no other.

    Examples
    --------
    >>> eye(2, M=3, k=1).compute()
    array([[0., 1., 0.],
           [0., 0., 1.]])
    """
    dtype = np.dtype(dtype)
    check_device(device)
    shape = sizes_of((N, N if M is None else M))
    return Array.of(Diagonal(index(k), dtype, normalize_chunks(chunks, shape, dtype=dtype)))
