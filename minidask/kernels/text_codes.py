"""Numbers for strings: short ones are hashed as the whole numbers that their bytes are, which is several times faster
than to hash them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops
from minidask.kernels.numbered import numbered

_STEPS = 15
"""How many element-wise steps take as long as a string without compiled loops, beside the look-up of its hash."""
_WORD = " | ".join(f"uint64(letters[at + uint64({i})]) << uint64({8 * i})" for i in range(8))
_HASH = Loops(
    f"""
def formula(starts, letters, hashes):
    eight = uint64(8)
    size = uint64(letters.size)
    for i in range(hashes.size):
        at = starts[i]
        stop = starts[i + 1]
        found = stop - at
        while at < stop:
            if at + eight <= size:
                word = {_WORD}
                if stop - at < eight:
                    word &= (uint64(1) << (eight * (stop - at))) - uint64(1)
            else:
                word = uint64(0)
                for k in range(stop - at):
                    word |= uint64(letters[at + uint64(k)]) << uint64(8 * k)
            found = (found ^ word) * uint64(0x9E3779B97F4A7C15)
            found ^= found >> uint64(32)
            at += eight
        hashes[i] = found
""",
    "void(Array(uint64, 1, 'C', True), Array(uint8, 1, 'C', True), uint64[::1])",
)
_COMPARE = Loops(
    f"""
def formula(starts, letters, other_starts, other_letters, codes):
    eight = uint64(8)
    for i in range(codes.size):
        at = starts[i]
        stop = starts[i + 1]
        other = other_starts[codes[i]]
        if other_starts[codes[i] + 1] - other != stop - at:
            return False
        while at + eight <= stop:
            if ({_WORD}) != ({_WORD.replace("letters[at", "other_letters[other")}):
                return False
            at += eight
            other += eight
        while at < stop:
            if letters[at] != other_letters[other]:
                return False
            at += uint64(1)
            other += uint64(1)
    return True
""",
    "boolean(Array(uint64, 1, 'C', True), Array(uint8, 1, 'C', True), Array(uint64, 1, 'C', True),"
    " Array(uint8, 1, 'C', True), int64[::1])",
)
LONGEST = 24
"""Bytes of a string up to which this pays."""
_FEWEST = 4096
"""Rows from which on it pays."""
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(8)] + [2**64 - 1], np.uint64)
"""The bytes of a word that belong to a string with so many left."""


def factorized(values: Any) -> tuple[np.ndarray, Any]:
    """As `pandas.factorize(values)`: for each value its number, -1 for what is missing, and the different values.

    Parameters
    ----------
    values
        An array of pandas or NumPy.

    Examples
    --------
    >>> codes, different = factorized(pd.array(["b", "a", None, "b"], dtype="str"))
    >>> codes.tolist(), different.tolist()
    ([0, 1, -1, 0], ['b', 'a'])
    """
    strings = _strings(values) if isinstance(values.dtype, pd.StringDtype) and len(values) >= _FEWEST else None
    found = strings and (_by_loops(values, *strings) or _by_words(*strings))
    if not found:
        return pd.factorize(values)
    codes, first = found
    missing = np.asarray(values.isna())
    if not missing.any():
        return codes, values.take(first)
    present, rows = numbered(codes[~missing])
    first = first[codes[~missing][rows]]
    if missing[first].any():  # an empty string has the bytes of a missing one
        return pd.factorize(values)
    numbers = np.full(len(codes), -1)
    numbers[~missing] = present
    return numbers, values.take(first)


Found = tuple[np.ndarray, np.ndarray]
"""For each string its number, and for each number the row where it first appears."""


def _by_loops(values: Any, starts: np.ndarray, letters: np.ndarray) -> Found | None:
    """By compiled loops; None where they are not ready, or two different strings have one hash."""
    hash_each, compare = compiled(_HASH, _STEPS * len(values)), compiled(_COMPARE, _STEPS * len(values))
    if hash_each is None or compare is None:
        return None
    hashes = np.empty(len(values), np.uint64)
    hash_each(starts.view(np.uint64), letters, hashes)
    codes, first = numbered(hashes)
    uniques = _strings(values.take(first))
    same = uniques and compare(starts.view(np.uint64), letters, uniques[0].view(np.uint64), uniques[1], codes)
    return (codes, first) if same else None


def _by_words(starts: np.ndarray, letters: np.ndarray) -> Found | None:
    """The same for short strings."""
    words = _words(starts, letters)
    if words is None:
        return None
    codes, first = numbered(_hashed(words))
    representative = first[codes]
    return (codes, first) if all((word == word[representative]).all() for word in words) else None


def _words(offsets: np.ndarray, data: np.ndarray) -> list[np.ndarray] | None:
    """The bytes of strings in words of eight, and their lengths; None where some are long."""
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=0))
    if longest > LONGEST:
        return None
    if len(lengths) and longest == lengths.min():
        return _of_one_length(data[offsets[0] : offsets[-1]], len(lengths), longest)
    padded = np.zeros(int(offsets[-1] - offsets[0]) + LONGEST + 8, np.uint8)
    padded[: offsets[-1] - offsets[0]] = data[offsets[0] : offsets[-1]]
    starts = offsets[:-1] - offsets[0]
    found = [lengths.astype(np.uint64)]
    for at in range(0, longest, 8):
        every = np.ndarray((len(padded) - 8 - at,), "<u8", padded, at, (1,))
        found.append(every[starts] & _MASKS[np.clip(lengths - at, 0, 8)])
    return found


def _of_one_length(data: np.ndarray, count: int, length: int) -> list[np.ndarray]:
    """The words of strings that all have the same length."""
    table = np.zeros((count, max(8, -(-length // 8) * 8)), np.uint8)
    table[:, :length] = data.reshape(count, length)
    return list(np.ascontiguousarray(table.view("<u8").T))


def strings_of(values: Any) -> Any:
    """An array of pandas as one of Arrow's; None where Arrow does not keep its strings."""
    if not hasattr(values, "__arrow_array__"):
        return None
    array = values.__arrow_array__()
    array = array.combine_chunks() if hasattr(array, "combine_chunks") else array
    return array if str(array.type) in ("large_string", "string") else None


def _strings(values: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Where each string begins, and the bytes of all; None where they are not kept by Arrow."""
    array = strings_of(values)
    return None if array is None else letters_of(array)


def letters_of(array: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """The same of an array of Arrow."""
    _, offsets, data = array.buffers()
    if offsets is None or data is None:
        return None
    dtype = np.int64 if str(array.type) == "large_string" else np.int32
    size = np.dtype(dtype).itemsize
    starts = np.frombuffer(offsets, dtype, len(array) + 1, array.offset * size)
    return starts.astype(np.int64, copy=False), np.frombuffer(data, np.uint8)


def _hashed(words: list[np.ndarray]) -> np.ndarray:
    """A hash for each row of words, by Fibonacci's multiplier and shifts."""
    found = words[0] * np.uint64(0x9E37_79B9_7F4A_7C15)
    for word in words[1:]:
        found ^= word
        found *= np.uint64(0xBF58_476D_1CE4_E5B9)
        found ^= found >> np.uint64(29)
    return found
