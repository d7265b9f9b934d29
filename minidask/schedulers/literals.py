"""Large constants of tasks on their way to workers: one that comes again is sent once."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakValueDictionary

from minidask.store.blocks import LARGE, BlockStore
from minidask.store.handle import Handle
from minidask.store.sizeof import sizeof
from minidask.task import Ref, Refs, Task

_PACKAGES = ("numpy", "pandas")
_FLAT = frozenset((bytes, bytearray, str))


class Literals:
    """The arrays and frames that several tasks of one computation have among their arguments, or in their functions.

    What comes once only, such as the pieces of an array in memory, travels with its task.

    Parameters
    ----------
    store
        Where they go.

    Examples
    --------
    >>> import numpy as np
    >>> literals, array = Literals(BlockStore()), np.ones(100_000)
    >>> literals.place(array) is None, literals.place(array) == literals.place(array)
    (True, True)
    >>> literals.release()
    """

    def __init__(self, store: BlockStore) -> None:
        self._store = store
        self._seen: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._placed: dict[int, tuple[Any, Handle]] = {}  # with what they stand for, lest its number is used again
        self._lock = threading.Lock()

    def place(self, obj: Any) -> Handle | None:
        """Where an object is in the store; None where it is to travel itself."""
        placed = self._placed.get(id(obj))
        if placed is not None:
            return placed[1]
        if not is_large_data(obj):
            return None
        with self._lock:
            if id(obj) not in self._placed:
                if self._seen.get(id(obj)) is not obj:
                    self._seen[id(obj)] = obj
                    return None
                self._placed[id(obj)] = obj, self._store.put(obj)
            return self._placed[id(obj)][1]

    def release(self) -> None:
        """They are needed no more."""
        while self._placed:
            self._store.release(self._placed.popitem()[1][1])


_SMALL = frozenset((Ref, Refs, Task, int, float, bool, str, tuple, slice, type(None)))
"""Types of most arguments, which are not measured for speed."""


def is_large(obj: Any) -> bool:
    """Whether an object is worth to travel on its own, and not with each task that uses it.

    Examples
    --------
    >>> is_large(bytes(100_000)), is_large(bytes(10_000)), is_large([[0.5] * 10_000])
    (True, False, True)
    """
    return type(obj) not in _SMALL and sizeof(obj) >= LARGE


def is_large_inside(obj: Any) -> bool:
    """Whether an object somewhere in a function is worth to travel on its own: large data, or a long container.

    Short containers are those of the function itself, such as the global names that it uses.

    Examples
    --------
    >>> is_large_inside({"names": bytes(100_000)}), is_large_inside(dict.fromkeys(range(10_000)))
    (False, True)
    """
    if type(obj) in _CONTAINERS:
        return len(obj) >= _LONG and is_large(obj)
    return is_large_data(obj)


_CONTAINERS = frozenset((list, dict, set, frozenset))
_LONG = 1000


def is_large_data(obj: Any) -> bool:
    """Whether an object is a large array or frame, bytes or text, and nothing that only holds such."""
    kind = type(obj)
    if kind in _FLAT:
        return len(obj) >= LARGE
    of_packages = kind.__module__.partition(".")[0] in _PACKAGES
    return of_packages and (hasattr(obj, "nbytes") or hasattr(obj, "memory_usage")) and is_large(obj)
