"""The functions that do to anything like an array what a method of `Array` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from minidask.array.array import Array
from minidask.array.creation import asarray

P = ParamSpec("P")
R = TypeVar("R")


def function(method: Callable[Concatenate[Array, P], R]) -> Callable[Concatenate[Any, P], R]:
    """The function of a method: its first argument may be anything that NumPy could make an array of."""

    @wraps(method)
    def of_any(a: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(asarray(a), *args, **kwargs)

    return of_any


sum = function(Array.sum)
