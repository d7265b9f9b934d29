"""Rows as whole numbers: equal rows have equal ones, which lie close together where the values do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import NAMES, Loops
from minidask.kernels.numbered import numbered
from minidask.kernels.text_codes import factorized

SPREAD = 8
"""How many times as many places as rows a table may have."""
MOST = 2**62
"""What the numbers of rows stay below; of more different rows those that there are are numbered."""
_TILE = 2**15


class Numbers(NamedTuple):
    """A whole number for each row of a column, from 0 up to below `width`: the values less the `low` one."""

    values: np.ndarray
    low: int
    width: int
    labels: Any = None
    """What the values stand for, one by one from 0 on; -1 is what is missing. None: they stand for themselves."""

    @property
    def missing(self) -> np.ndarray | None:
        """For each row whether its value is missing; None if none is."""
        if self.labels is None:
            return None
        found = self.values < 0
        return found if found.any() else None


def numbers_of(column: pd.Series) -> Numbers:
    """The numbers of a column: of whole numbers that lie close together, or of its different values."""
    found = close_together(column)
    if found is not None:
        return Numbers(column.to_numpy(), *found)
    if isinstance(column.dtype, pd.CategoricalDtype):
        count = len(column.cat.categories)
        labels = pd.Categorical.from_codes(np.arange(count), dtype=column.dtype, validate=False)
        return Numbers(column.cat.codes.to_numpy(), -1, count + 1, labels)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        codes, first = numbered(column.to_numpy())
        return Numbers(codes, -1, len(first) + 1, column.array.take(first))
    codes, uniques = factorized(column.array)
    return Numbers(codes, -1, len(uniques) + 1, uniques)


def close_together(column: pd.Series, rows: int = 0) -> tuple[int, int] | None:
    """The least of whole numbers that lie close together, and how far they reach; None for others.

    `rows`: of how many rows there is to do with a table, if of more than these.
    """
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu" or not len(column):
        return None
    values = column.to_numpy()
    low, high = int(values.min()), int(values.max())
    return (
        (low, high - low + 1) if high - low < SPREAD * max(len(values), rows) and high < MOST and low > -MOST else None
    )


def codes_of(columns: Sequence[Numbers]) -> tuple[np.ndarray, int]:
    """A whole number for each row, the same for equal rows, and below which number they all are."""
    parts: list[Numbers] = []
    for numbers in columns:
        if room(parts) * numbers.width > MOST:
            codes, uniques = pd.factorize(combined(parts), sort=True)
            parts = [Numbers(codes, 0, len(uniques))]
        parts.append(numbers)
    return combined(parts), room(parts)


def room(columns: Sequence[Numbers]) -> int:
    """How many different rows there can be."""
    return prod(numbers.width for numbers in columns)


def combined(parts: Sequence[Numbers]) -> np.ndarray:
    """One number for each row, of which the given ones are the digits."""
    found = np.empty(len(parts[0].values), np.int64)
    if not _looped(parts, found):
        _tiled(parts, found)
    return found


def counted(parts: Sequence[Numbers]) -> tuple[np.ndarray, np.ndarray]:
    """As `combined`, and how many rows have each number.

    Examples
    --------
    >>> numbers, counts = counted([Numbers(np.array([7, 5, 7]), 5, 3)])
    >>> numbers.tolist(), counts.tolist()
    ([2, 0, 2], [1, 0, 2])
    """
    found, counts = np.empty(len(parts[0].values), np.int64), np.zeros(room(parts), np.int64)
    if _looped(parts, found, counts):
        return found, counts
    found = combined(parts)
    return found, np.bincount(found, minlength=len(counts))


def _tiled(parts: Sequence[Numbers], found: np.ndarray) -> None:
    for tile in tiles(found):
        digits = found[tile]
        digits[:] = 0
        for values, low, width, _ in parts:
            digits *= width
            digits += values[tile].astype(np.int64) - low


def _looped(parts: Sequence[Numbers], *made: np.ndarray) -> bool:
    """Whether a compiled loop has done it: where that is not ready, nothing is done."""
    if not all(values.flags.aligned and values.dtype in NAMES for values, *_ in parts):
        return False
    func = compiled(_loops(len(made) > 1, *[values.dtype for values, *_ in parts]), _STEPS * made[0].size)
    if func is None:
        return False
    func(*[told for values, low, width, _ in parts for told in (values, low, width)], *made)
    return True


_STEPS = 8
_HEAD = """
def formula({operands}, {made}):
    for row in range(digits.size):
        found = int64(0)
"""
_DIGIT = "        found = found * width{0} + (int64(values{0}[row]) - low{0})\n"


@cache
def _loops(counts: bool, *dtypes: np.dtype) -> Loops:
    operands = ", ".join(f"values{i}, low{i}, width{i}" for i in range(len(dtypes)))
    source = _HEAD.format(operands=operands, made="digits, counts" if counts else "digits")
    source += "".join(_DIGIT.format(i) for i in range(len(dtypes))) + "        digits[row] = found\n"
    source += "        counts[uint64(found)] += 1\n" if counts else ""
    kinds = ", ".join(f"Array({NAMES[dtype]}, 1, 'A', True), int64, int64" for dtype in dtypes)
    return Loops(source, f"void({kinds}, int64[::1]{', int64[::1]' if counts else ''})")


def tiles(values: np.ndarray) -> list[slice]:
    """Rows in tiles, so that what is made of them on the way stays in the cache."""
    return [slice(start, min(start + _TILE, len(values))) for start in range(0, len(values), _TILE)]


def places_dtype(width: int) -> Any:
    """The dtype of numbers below `width`."""
    return np.int32 if width < 2**31 else np.int64
