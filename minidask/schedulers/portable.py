"""Functions on their way through an engine that need not know them: pickled once, and opened where they are called.

Whoever passes them on copies bytes. A process that lacks a function's modules fails when it calls it, with an error of
the task, and not when the message arrives.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cloudpickle

_SMALL = 100_000
"""Bytes; of larger ones, which hold data, no copy is kept for the next call."""


class Portable:
    """A function, or its bytes where it has come from another process.

    Parameters
    ----------
    function
        What to call.

    Examples
    --------
    >>> moved = pickle.loads(pickle.dumps(Portable(lambda x: x + 1)))
    >>> moved.open()(2)
    3
    """

    __slots__ = ("_data", "_function")

    def __init__(self, function: Callable[..., Any] | None, data: bytes = b"") -> None:
        self._function = function
        self._data = data

    def open(self) -> Callable[..., Any]:
        """The function.

        Raises
        ------
        ImportError, AttributeError
            This process lacks what it is made of.
        """
        if self._function is not None:
            return self._function
        return _loaded(self._data) if len(self._data) < _SMALL else _load(self._data)

    def __reduce__(self) -> tuple[Any, ...]:
        self._data = self._data or cloudpickle.dumps(self._function)
        return Portable, (None, self._data)


def _load(data: bytes) -> Callable[..., Any]:
    function: Callable[..., Any] = pickle.loads(data)
    return function


_loaded = lru_cache(maxsize=100)(_load)
