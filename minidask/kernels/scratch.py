"""Results written over those that nobody reads any more, for work that is done on one tile after another.

An array of the size of a tile is costly to make: glibc gives what is freed at the end of its heap back to the system,
and each page of the next array is a fault. That took six times as long as the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np


class Scratch:
    """A ufunc that writes over its last result, or over an argument; for calls whose results are read by one another.

    Parameters
    ----------
    ufunc
        Element-wise, with one result.
    spent
        The positions of arguments that only this call still reads.

    Examples
    --------
    >>> add = Scratch(np.add)
    >>> first = add(np.ones(3), 1)
    >>> add(np.zeros(3), 1) is first, first
    (True, array([1., 1., 1.]))
    """

    def __init__(self, ufunc: Callable[..., Any], spent: Collection[int] = ()) -> None:
        self.ufunc = ufunc
        self.spent = spent
        self.place: Any = None
        """Where the next result shall be, if it has this shape."""
        self._kind: np.dtype[Any] | None = None  # of the results, once there is one

    def __call__(self, *args: Any) -> Any:
        out = self._room(args)
        if out is not None:
            return self.ufunc(*args, out=out)
        made = self.ufunc(*args)
        if type(made) is np.ndarray:
            self._kind = made.dtype
            self.place = made if self._over_argument(args, made.shape) is None else None
        return made

    def _room(self, args: tuple[Any, ...]) -> Any:
        """An array that may take the result."""
        if self._kind is None:
            return None
        shape = np.broadcast(*args).shape
        if self.place is not None:
            return self.place if self.place.shape == shape else None
        return self._over_argument(args, shape)

    def _over_argument(self, args: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
        fitting = (args[i] for i in self.spent if type(args[i]) is np.ndarray)
        return next((a for a in fitting if a.shape == shape and a.dtype == self._kind), None)
