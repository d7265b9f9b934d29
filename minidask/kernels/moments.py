"""The sums of columns, and of the squares of their distances from their mean, by one pass over memory.

A few rows stay in the processor's cache while they are gone over twice: once for the mean, once for the distances.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

_STEPS = 4
_NARROWEST = 16
"""Columns from which on NumPy adds up rows one after another, as the compiled loops do."""

_SOURCE = """
def formula(stack, totals, squares):
    tiles, rows, columns = stack.shape
    mean = empty(columns, {kind})
    for tile in range(tiles):
        block, total, square = stack[tile], totals[tile], squares[tile]
        for j in range(columns):
            total[j], square[j] = 0, 0
        for i in range(0, rows - 3, 4):  # the total is fetched once for four rows
            one, two, three, four = block[i], block[i + 1], block[i + 2], block[i + 3]
            for j in range(columns):
                total[j] = total[j] + one[j] + two[j] + three[j] + four[j]
        for i in range(rows - rows % 4, rows):
            one = block[i]
            for j in range(columns):
                total[j] += one[j]
        for j in range(columns):
            mean[j] = total[j] / rows
        for i in range(0, rows - 3, 4):
            one, two, three, four = block[i], block[i + 1], block[i + 2], block[i + 3]
            for j in range(columns):
                a, b, c, d = one[j] - mean[j], two[j] - mean[j], three[j] - mean[j], four[j] - mean[j]
                square[j] = square[j] + a * a + b * b + c * c + d * d
        for i in range(rows - rows % 4, rows):
            one = block[i]
            for j in range(columns):
                a = one[j] - mean[j]
                square[j] += a * a
"""
_OF_COLUMNS = {
    np.dtype(kind): Loops(_SOURCE.format(kind=kind), f"void({kind}[:, :, ::1], {kind}[:, ::1], {kind}[:, ::1])")
    for kind in ("float32", "float64")
}


def of_columns(stack: Any) -> tuple[Any, Any] | None:
    """The sums of the columns of several blocks, and of the squares of their distances from their mean.

    They have the bits of NumPy's `add.reduce`, and of `squared_distances`.

    Parameters
    ----------
    stack
        Blocks one after another along the first axis; they are summed along the second one.

    Returns
    -------
    tuple or None
        Both of the shape of the stack, where the second axis has size 1. None where no compiled loop for them is
        ready, or NumPy might have something to report.
    """
    loops = _OF_COLUMNS.get(stack.dtype) if type(stack) is np.ndarray and stack.flags.c_contiguous else None
    tiles, rows, *others = stack.shape
    columns = prod(others)
    if loops is None or columns < _NARROWEST or np.geterr()["under"] != "ignore":
        return None
    func = compiled(loops, _STEPS * stack.size)
    if func is None:
        return None
    totals, squares = np.empty((2, tiles, columns), stack.dtype)
    func(stack.reshape(tiles, rows, columns), totals, squares)
    if not np.isfinite(squares).all():
        return None
    shape = (tiles, 1, *others)
    return totals.reshape(shape), squares.reshape(shape)


def squared_distances(block: Any, mean: Any, axes: tuple[int, ...], dtype: Any) -> Any:
    """The sums along some axes of the squares of `block - mean`.

    Parameters
    ----------
    block
        Real numbers.
    mean
        Broadcasts to the block; the axes have size 1.
    axes
        Those that are summed up; they stay, with size 1.
    dtype
        In which distances are taken.
    """
    away = np.subtract(block, mean, dtype=dtype)
    squares = np.multiply(away, away, out=away if isinstance(away, np.ndarray) else None)
    return np.add.reduce(squares, axis=axes, keepdims=True)
