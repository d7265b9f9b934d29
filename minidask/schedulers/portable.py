"""Functions on their way through an engine that need not know them: pickled once, and opened where they are called.

Whoever passes them on copies bytes. A process that lacks a function's modules fails when it calls it, with an error of
the task, and not when the message arrives. Large data in a function, such as what its closure holds or the arguments
of a delayed call, can travel apart.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType
from typing import Any

import cloudpickle

_SMALL = 100_000
"""Bytes; of larger ones, which hold data, no copy is kept for the next call."""

_opening = threading.RLock()
"""Threads of a new worker that begin to import different modules of one package at once would wait for each other."""


class Portable:
    """A function, or its bytes where it has come from another process.

    Parameters
    ----------
    function
        What to call.
    data
        Its bytes.
    needs
        The numbers of the results that belong in the places of what travels apart.

    Examples
    --------
    >>> moved = pickle.loads(pickle.dumps(Portable(lambda x: x + 1)))
    >>> moved.open()(2)
    3
    """

    __slots__ = ("_data", "_function", "needs")

    def __init__(self, function: Callable[..., Any] | None, data: bytes = b"", needs: Sequence[int] = ()) -> None:
        self._function = function
        self._data = data
        self.needs = needs

    def send_apart(self, is_apart: Callable[[Any], bool], number: Callable[[Any], int]) -> None:
        """Let objects in the function travel apart. Of one that cannot be pickled none do: its sending tells why.

        Parameters
        ----------
        is_apart
            Tells which.
        number
            Gives for each the number of the task that has it for its result.
        """
        file = BytesIO()
        pickler = _Pickler(file, is_apart)
        try:
            pickler.dump(self._function)
        except Exception:
            return
        self._data, self.needs = file.getvalue(), [number(obj) for obj in pickler.apart]

    def open(self, results: Mapping[int, Any] = MappingProxyType({})) -> Callable[..., Any]:
        """The function.

        Parameters
        ----------
        results
            Those of the tasks that have what travels apart, by number.

        Raises
        ------
        ImportError, AttributeError
            This process lacks what it is made of.
        """
        if self._function is not None:
            return self._function
        with _opening:
            if self.needs:
                function: Callable[..., Any] = _Unpickler(self._data, [results[n] for n in self.needs]).load()
                return function
            return _loaded(self._data) if len(self._data) < _SMALL else _load(self._data)

    def __reduce__(self) -> tuple[Any, ...]:
        self._data = self._data or cloudpickle.dumps(self._function)
        return Portable, (None, self._data, self.needs)


class _Pickler(cloudpickle.Pickler):
    """Leaves objects out that travel apart."""

    def __init__(self, file: BytesIO, is_apart: Callable[[Any], bool]) -> None:
        super().__init__(file)
        self.apart: list[Any] = []
        self._is_apart = is_apart
        self._places: dict[int, int] = {}

    def persistent_id(self, obj: Any) -> int | None:
        if not self._is_apart(obj):
            return None
        place = self._places.setdefault(id(obj), len(self.apart))
        if place == len(self.apart):
            self.apart.append(obj)
        return place


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, apart: Sequence[Any]) -> None:
        super().__init__(BytesIO(data))
        self._apart = apart

    def persistent_load(self, place: int) -> Any:
        return self._apart[place]


def _load(data: bytes) -> Callable[..., Any]:
    function: Callable[..., Any] = pickle.loads(data)
    return function


_loaded = lru_cache(maxsize=100)(_load)
