"""Functions whose results may pass as iterators between the steps of one task."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any


class Streamed:
    """A function from blocks to a block of items, which can also give the items one by one.

    Where fusion finds that one function alone reads the result, inside the same task, and takes streams itself,
    it calls `stream`; elsewhere the items are made into a list.
    """

    takes_streams = True
    """Whether its blocks may come as iterators."""

    def stream(self, *blocks: Any) -> Iterator[Any]:
        """The items, made as they are asked for."""
        raise NotImplementedError

    def __call__(self, *blocks: Any) -> Any:
        return list(self.stream(*blocks))

    @property
    def called(self) -> Any:
        """The person's function that makes the items, if there is one."""
        return None


def code_of(func: Any) -> Any:
    """The code object that runs when `func` is called; None for what is not written in Python.

    Examples
    --------
    >>> code_of(functools.partial(code_of, None)) is code_of.__code__, code_of(len)
    (True, None)
    """
    while isinstance(func, functools.partial):
        func = func.func
    code = getattr(func, "__code__", None)
    return code or getattr(getattr(type(func), "__call__", None), "__code__", None)
