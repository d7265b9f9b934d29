"""Blocks accumulated along an axis, from what came before them."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops
from minidask.kernels.tiles import ELEMENTS

_LONG = 512
"""Rows of so many elements are rather added one to the next, than each element of them along the axis."""


def running(block: Any, before: Any, ufunc: np.ufunc, axis: int, dtype: np.dtype[Any]) -> Any:
    """A block accumulated along an axis, after what all that is before it comes to.

    Parameters
    ----------
    before
        As one row of the block along the axis; None: there is nothing before it.
    ufunc
        Associative, such as `add`.
    dtype
        Of the result.

    Examples
    --------
    >>> running(np.array([1, 2, 3]), np.array([10]), np.add, 0, np.dtype(int)).tolist()
    [11, 13, 16]
    """
    if type(block) is not np.ndarray or block.dtype.hasobject:
        run = ufunc.accumulate(block, axis=axis, dtype=dtype)
        return run if before is None else ufunc(before, run)
    made = np.empty_like(block, dtype)
    rows, target = np.moveaxis(block, axis, 0), np.moveaxis(made, axis, 0)
    before = None if before is None else np.moveaxis(before, axis, 0)[0]
    if len(rows) and not _summed(rows, before, ufunc, target):
        (_by_rows if _has_long_rows(rows) else _by_pieces)(rows, before, ufunc, target)
    return made


_SOURCE = """
def formula(rows, made):
    total = made[0]
    for i in range(1, rows.size):
        total = total + rows[i]
        made[i] = total
"""
_LOOPS = {
    np.dtype(kind): Loops(_SOURCE, f"void({kind}[:], {kind}[:])") for kind in ("float32", "float64", "int64", "uint64")
}


_STEPS = 8
"""How many element-wise steps take as long as NumPy takes to accumulate: each element waits for the one before it."""


def _summed(rows: Any, before: Any, ufunc: np.ufunc, made: Any) -> bool:
    """Whether one axis of numbers was added up by a compiled loop; the bits are the same."""
    if ufunc is not np.add or rows.ndim > 1 or rows.dtype != made.dtype or not rows.flags.behaved:
        return False
    loops = _LOOPS.get(made.dtype)
    add_up = loops and compiled(loops, _STEPS * rows.size)
    if not add_up:
        return False
    _take_up(rows[:1], before, ufunc, made[:1])
    add_up(rows, made)
    return made.dtype.kind != "f" or bool(np.isfinite(made[-1]))  # else NumPy has something to report


def _has_long_rows(rows: Any) -> bool:
    return rows[0].size >= _LONG and abs(rows.strides[0]) == max(map(abs, rows.strides))


def _by_rows(rows: Any, before: Any, ufunc: np.ufunc, made: Any) -> None:
    """Each row is added to the one before it."""
    _take_up(rows[:1], before, ufunc, made[:1])
    for i in range(1, len(rows)):
        ufunc(made[i - 1], rows[i], out=made[i], dtype=_kind(made), casting="unsafe")


def _by_pieces(rows: Any, before: Any, ufunc: np.ufunc, made: Any) -> None:
    """Pieces that stay in the cache are copied, take up what came before them, and are accumulated where they are."""
    step = max(1, ELEMENTS // max(1, rows[0].size))
    for start in range(0, len(rows), step):
        piece = made[start : start + step]
        _take_up(rows[start : start + step], before, ufunc, piece)
        ufunc.accumulate(piece, axis=0, out=piece, dtype=_kind(made))
        before = piece[-1]


def _take_up(rows: Any, before: Any, ufunc: np.ufunc, made: Any) -> None:
    """A copy of rows, in which the first one comes after `before`."""
    np.copyto(made, rows, casting="unsafe")
    if before is not None:
        ufunc(before, made[0], out=made[0, ...], dtype=_kind(made))


def _kind(made: Any) -> Any:
    """The dtype as a ufunc takes it: none that has a unit."""
    return None if made.dtype.kind in "mM" else made.dtype
