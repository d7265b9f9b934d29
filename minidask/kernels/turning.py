"""Arrays laid out in rows, and rows as what is in memory from their first element to their last."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided


class Turned:
    """Gives arrays in rows; those that have to be copied for it are written over the last one.

    Examples
    --------
    >>> turned = Turned()
    >>> columns = np.arange(6).reshape(2, 3).T
    >>> in_rows(columns), in_rows(turned(columns)), turned(columns).tolist()
    (False, True, [[0, 3], [1, 4], [2, 5]])
    """

    def __init__(self) -> None:
        self._room: Any = None

    def __call__(self, array: Any) -> Any:
        if in_rows(array):
            return array
        if self._room is None or self._room.shape != array.shape or self._room.dtype != array.dtype:
            self._room = np.empty(array.shape, array.dtype)
        self._room[...] = array
        return self._room


def in_rows(array: Any) -> bool:
    """Whether rows follow one another in memory, and what is in each lies next to each other."""
    if array.ndim < 2:
        return bool(array.flags.c_contiguous)
    row = array[0]
    return bool(row.flags.c_contiguous and array.strides[0] >= row.nbytes and array.strides[0] % array.itemsize == 0)


def step(array: Any) -> int:
    """How many elements there are from the beginning of one row to that of the next one."""
    return int(array.strides[0] // array.itemsize) if array.ndim > 1 else int(array.size)


def span(array: Any, ndim: int | None = None) -> Any:
    """All that is in memory from the first element to the last, as one axis instead of the last `ndim`."""
    front = array.ndim - (array.ndim if ndim is None else ndim)
    shape, one = array.shape[front:], array[(0,) * front]
    size = (shape[0] - 1) * step(one) + prod(shape[1:]) if shape else 1
    return as_strided(array, (*array.shape[:front], size), (*array.strides[:front], array.itemsize))
