"""The functions that do to anything like an array what a method of `Array` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from minidask.array.array import Array
from minidask.array.creation import asanyarray

P = ParamSpec("P")
R = TypeVar("R")


def function(method: Callable[Concatenate[Array, P], R]) -> Callable[Concatenate[Any, P], R]:
    """The function of a method: its first argument may be anything that NumPy could make an array of."""

    @wraps(method)
    def of_any(a: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(asanyarray(a), *args, **kwargs)

    return of_any


all = function(Array.all)
any = function(Array.any)
argmax = function(Array.argmax)
argmin = function(Array.argmin)
around = round = function(Array.round)
clip = function(Array.clip)
max = function(Array.max)
mean = function(Array.mean)
min = function(Array.min)
prod = function(Array.prod)
rechunk = function(Array.rechunk)
std = function(Array.std)
sum = function(Array.sum)
var = function(Array.var)
