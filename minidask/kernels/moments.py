"""The squared distances of numbers from their mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

_STEPS = 3
_NARROWEST = 16
"""Columns from which on NumPy adds up rows one after another, as the compiled loops do."""

_SOURCE = """
def formula(block, mean, total):
    rows, columns = block.shape
    for j in range(columns):
        total[j] = 0
    for i in range(0, rows - 3, 4):  # the total is fetched once for four rows
        one, two, three, four = block[i], block[i + 1], block[i + 2], block[i + 3]
        for j in range(columns):
            a, b, c, d = one[j] - mean[j], two[j] - mean[j], three[j] - mean[j], four[j] - mean[j]
            total[j] = total[j] + a * a + b * b + c * c + d * d
    for i in range(rows - rows % 4, rows):
        one = block[i]
        for j in range(columns):
            a = one[j] - mean[j]
            total[j] += a * a
"""
_OF_COLUMNS = {
    np.dtype(kind): Loops(_SOURCE, f"void({kind}[:, ::1], {kind}[::1], {kind}[::1])") for kind in ("float32", "float64")
}


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
    made = _of_columns(block, mean) if axes == (0,) and dtype == block.dtype == mean.dtype else None
    if made is not None:
        return made
    away = np.subtract(block, mean, dtype=dtype)
    squares = np.multiply(away, away, out=away if isinstance(away, np.ndarray) else None)
    return np.add.reduce(squares, axis=axes, keepdims=True)


def _of_columns(block: Any, mean: Any) -> Any:
    """The same, compiled, to the bit; None where that is not ready, or NumPy might have something to report."""
    loops = _OF_COLUMNS.get(block.dtype)
    if loops is None or type(block) is not np.ndarray or block.ndim != 2 or block.shape[1] < _NARROWEST:
        return None
    func = compiled(loops, _STEPS * block.size) if block.flags.c_contiguous else None
    if func is None or np.geterr()["under"] != "ignore":
        return None
    total = np.empty(mean.shape, mean.dtype)
    func(block, np.ascontiguousarray(mean[0]), total[0])
    return total if np.isfinite(total).all() else None
