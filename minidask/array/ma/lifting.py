"""Functions of masked arrays made of NumPy's, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.elementwise import told_signature
from minidask.array.nodes.elementwise import elementwise
from minidask.array.operators import operand
from minidask.array.reductions import Reductions


@dataclass(frozen=True)
class OfMasked:
    """NumPy's function of this name for masked arrays; `number`: which of its results."""

    name: str

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(np.ma, self.name)(*args, **kwargs)


def asarray(a: Any, dtype: Any = None, chunks: Any = "auto", *, order: str | None = None) -> Array:
    """The lazy array of anything that NumPy could make a masked array of; its blocks are masked arrays.

    Parameters
    ----------
    a, dtype, chunks, order
        As of `minidask.array.asarray`.

    Examples
    --------
    >>> import numpy as np
    >>> asarray(np.ma.masked_equal([1, 2, 3], 2)).compute()
    masked_array(data=[1, --, 3],
                 mask=[False,  True, False],
           fill_value=2)
    """
    found = asanyarray(a, dtype, chunks, order=order)
    if isinstance(found.expr.meta, np.ma.MaskedArray):
        return found
    return Array.of(elementwise(OfMasked("asanyarray"), found.expr))


def by_elements(name: str, count: int = 1, masked: bool = False) -> Callable[..., Any]:
    """The lazy form of NumPy's function for masked arrays, whose first `count` arguments broadcast.

    Parameters
    ----------
    masked
        Whether the blocks are made masked arrays first; else NumPy's function takes others, too.
    """
    func = OfMasked(name)
    begin = asarray if masked else asanyarray
    told = told_signature(getattr(np.ma, name))
    names = list(told.parameters)[:count]

    def lazy(*args: Any, **kwargs: Any) -> Array:
        given = [*args[:count], *(kwargs.pop(k) for k in names[len(args) :] if k in kwargs)]
        if not given:
            raise TypeError(f"{name}() needs an array")
        arrays = [operand(a) for a in given]
        if not any(isinstance(a, Array) for a in given):
            arrays[0] = begin(given[0]).expr
        return Array.of(elementwise(func, *arrays, *args[count:], **kwargs))

    lazy.__signature__ = told  # type: ignore[attr-defined]
    return _named(lazy, name, f"`numpy.ma.{name}`, element by element, of arrays, lazy or not; arguments as there.")


def by_reduction(name: str, method: str) -> Callable[..., Any]:
    """The reduction of the elements that are not masked."""

    def reduced(a: Any, *args: Any, **kwargs: Any) -> Array:
        found: Array = getattr(Reductions, method)(asarray(a), *args, **kwargs)
        return found

    text = f"`numpy.ma.{name}`: what `Array.{method}` does, of the elements that are not masked; arguments as there."
    return _named(reduced, name, text)


def by_ours(name: str, ours: Callable[..., Any], several: bool = False) -> Callable[..., Any]:
    """A function of ours, whose first argument (`several`: each array in it) is made a masked array."""

    def called(a: Any, *args: Any, **kwargs: Any) -> Any:
        return ours([asarray(item) for item in a] if several else asarray(a), *args, **kwargs)

    return _named(called, name, f"`numpy.ma.{name}`: as `minidask.array.{ours.__name__}`, of masked arrays.")


def _named(func: Callable[..., Any], name: str, text: str) -> Callable[..., Any]:
    func.__name__ = func.__qualname__ = name
    func.__module__, func.__doc__ = "minidask.array.ma", text
    return func
