"""Numbers for whole numbers, from 0 on as they first appear."""

from __future__ import annotations

import numpy as np
import pandas as pd

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

_STEPS = 30
"""How many element-wise steps take as long as pandas takes to look a number up."""
_SMALL = 2**14 - 1
_GROWTH = 8

_SOURCE = """
def formula(values, told, table, known, first, codes):
    count = told[1]
    mask = uint64(table.size - 1)
    for number in range(count):  # they may come from a smaller table
        value = known[number]
        mixed = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
        place = (mixed ^ (mixed >> uint64(32))) & mask
        while table[place] >= 0:
            place = (place + uint64(1)) & mask
        table[place] = number
    for row in range(told[0], values.size):
        value = values[row]
        mixed = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
        place = (mixed ^ (mixed >> uint64(32))) & mask
        number = table[place]
        while number >= 0 and known[number] != value:
            place = (place + uint64(1)) & mask
            number = table[place]
        if number < 0:
            if count == known.size:
                told[0] = row
                told[1] = count
                return
            number = count
            table[place] = number
            known[number] = value
            first[number] = row
            count += 1
        codes[row] = number
    told[0] = values.size
    told[1] = count
"""
_ROWS = "Array(uint64, 1, 'C', True)"
_LOOPS = Loops(_SOURCE, f"void({_ROWS}, int64[::1], int32[::1], uint64[::1], int64[::1], int64[::1])")


def numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each value its number, and for each number the row where it first appears.

    Parameters
    ----------
    values
        Whole numbers.

    Examples
    --------
    >>> codes, first = numbered(np.array([7, 5, 7]))
    >>> codes.tolist(), first.tolist()
    ([0, 1, 0], [0, 1])
    """
    func = compiled(_LOOPS, _STEPS * len(values)) if len(values) < 2**31 else None
    if func is None:
        codes, uniques = pd.factorize(values)
        return codes, first_rows(codes, len(uniques))
    if values.dtype != np.uint64:
        values = values.astype(np.int64, copy=False).view(np.uint64)
    values = np.ascontiguousarray(values)
    told, size = np.zeros(2, np.int64), _SMALL
    known, first = np.empty(size, np.uint64), np.empty(size, np.int64)
    codes = np.empty(len(values), np.int64)
    while True:
        func(values, told, np.full(2 << size.bit_length(), -1, np.int32), known, first, codes)
        row, count = told.tolist()
        if row == len(values):
            return codes, first[:count].copy()
        size = min(size * _GROWTH, len(values))
        known, first = _longer(known, size), _longer(first, size)


def _longer(values: np.ndarray, size: int) -> np.ndarray:
    found = np.empty(size, values.dtype)
    found[: len(values)] = values
    return found


def first_rows(codes: np.ndarray, count: int) -> np.ndarray:
    """For each of `count` numbers the first row that has it."""
    first = np.empty(count, np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first
