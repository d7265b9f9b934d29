"""The functions that do to anything like an array what a method of `Array` does, and reductions that leave NaN out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.reductions import extremes, means, named, places, spreads, sums

P = ParamSpec("P")
R = TypeVar("R")


def function(method: Callable[Concatenate[Array, P], R]) -> Callable[Concatenate[Any, P], R]:
    """The function of a method: its first argument may be anything that NumPy could make an array of."""

    @wraps(method)
    def of_any(a: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(asanyarray(a), *args, **kwargs)

    self, *rest = inspect.signature(method).parameters.values()
    of_any.__signature__ = inspect.Signature([self.replace(name="a"), *rest])  # type: ignore[attr-defined]
    of_any.__module__, of_any.__qualname__ = __name__, method.__name__
    return of_any


all = function(Array.all)
any = function(Array.any)
argmax = function(Array.argmax)
argmin = function(Array.argmin)
around = round = function(Array.round)
max = function(Array.max)
mean = function(Array.mean)
min = function(Array.min)
moment = function(Array.moment)
prod = function(Array.prod)
rechunk = function(Array.rechunk)
std = function(Array.std)
sum = function(Array.sum)
var = function(Array.var)

nansum = function(
    named(sums, "nansum", "The sum, where NaN counts 0", "da.nansum([1.0, float('nan'), 2.0]) -> np.float64(3.0)")
)
nanprod = function(
    named(sums, "nanprod", "The product, where NaN counts 1", "da.nanprod([3.0, float('nan'), 2.0]) -> np.float64(6.0)")
)
nanmin = function(
    named(extremes, "nanmin", "The least that is not NaN", "da.nanmin([3.0, float('nan'), 2.0]) -> np.float64(2.0)")
)
nanmax = function(
    named(extremes, "nanmax", "The greatest that is not NaN", "da.nanmax([3.0, float('nan'), 2.0]) -> np.float64(3.0)")
)
nanmean = function(
    named(means, "nanmean", "The mean of what is not NaN", "da.nanmean([3.0, float('nan'), 2.0]) -> np.float64(2.5)")
)
nanvar = function(
    named(
        spreads, "nanvar", "The variance of what is not NaN", "da.nanvar([3.0, float('nan'), 1.0]) -> np.float64(1.0)"
    )
)
nanstd = function(
    named(
        spreads,
        "nanstd",
        "The standard deviation of what is not NaN",
        "da.nanstd([3.0, float('nan'), 1.0]) -> np.float64(1.0)",
    )
)
nanargmin = function(
    named(
        places,
        "nanargmin",
        "Where the first of the least elements that are not NaN is",
        "da.nanargmin([3.0, float('nan'), 1.0]) -> np.int64(2)",
    )
)
nanargmax = function(
    named(
        places,
        "nanargmax",
        "Where the first of the greatest elements that are not NaN is",
        "da.nanargmax([float('nan'), 3.0, 1.0]) -> np.int64(1)",
    )
)


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Array:
    """The elements, those beyond the bounds replaced by them.

    Parameters
    ----------
    a_min, a_max
        Scalars or arrays; None for no bound.
    min, max
        Other names of the bounds.
    out
        A lazy array that is to stand for the result, too.

    Examples
    --------
    >>> clip([1, 5, 9], 2, 8).compute()
    array([2, 5, 8])
    """
    return asanyarray(a).clip(min if a_min is None else a_min, max if a_max is None else a_max, out)
