"""Arrays laid out in rows: what lies in columns is turned, eight columns at a time.

NumPy copies a transpose element by element, each from another part of memory. Here eight parts are read on, and whole
lines of the processor's cache are written.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

_STEPS = 4
"""How many element-wise steps take as long as turning, where that is not compiled."""

_SOURCE = """
def formula(source, step, made):
    rows, columns = made.shape
    whole = columns - columns % 8
    for j in range(0, whole, 8):
        a = source[j * step : j * step + rows]
        b = source[(j + 1) * step : (j + 1) * step + rows]
        c = source[(j + 2) * step : (j + 2) * step + rows]
        d = source[(j + 3) * step : (j + 3) * step + rows]
        e = source[(j + 4) * step : (j + 4) * step + rows]
        f = source[(j + 5) * step : (j + 5) * step + rows]
        g = source[(j + 6) * step : (j + 6) * step + rows]
        h = source[(j + 7) * step : (j + 7) * step + rows]
        for i in range(rows):
            line = made[i, j : j + 8]
            line[0], line[1], line[2], line[3] = a[i], b[i], c[i], d[i]
            line[4], line[5], line[6], line[7] = e[i], f[i], g[i], h[i]
    for j in range(whole, columns):
        for i in range(rows):
            made[i, j] = source[j * step + i]
"""
_LOOPS = {size: Loops(_SOURCE, f"void(uint{8 * size}[::1], int64, uint{8 * size}[:, ::1])") for size in (1, 2, 4, 8)}


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
        if not _turn(array, self._room):
            self._room[...] = array
        return self._room


def _turn(array: Any, made: Any) -> bool:
    """Whether an array of columns could be written in rows by the compiled loop."""
    fits = array.ndim == 2 and in_rows(array.T) and array.flags.writeable  # as the loop was compiled for
    loops = _LOOPS.get(array.itemsize) if fits else None
    turn = compiled(loops, _STEPS * array.size) if loops else None
    if turn is None:
        return False
    bits = f"u{array.itemsize}"
    turn(span(array.T).view(bits), step(array.T), made.view(bits))
    return True


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
