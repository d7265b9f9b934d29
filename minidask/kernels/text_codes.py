"""Numbers for strings: short ones are hashed as the whole numbers that their bytes are, which is several times faster
than to hash them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

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
    words = _words(values) if isinstance(values.dtype, pd.StringDtype) and len(values) >= _FEWEST else None
    if words is None:
        return pd.factorize(values)
    missing = np.asarray(values.isna())
    codes, _ = pd.factorize(_hashed(words))
    first = np.empty(codes.max() + 1, np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    representative = first[codes]
    if not all((word == word[representative]).all() for word in words):  # two different strings had one hash
        return pd.factorize(values)
    if not missing.any():
        return codes, values.take(first)
    found = np.full(len(codes), -1)
    found[~missing], numbers = pd.factorize(codes[~missing])
    first = first[numbers]
    if missing[first].any():  # an empty string has the bytes of a missing one
        return pd.factorize(values)
    return found, values.take(first)


def _words(values: Any) -> list[np.ndarray] | None:
    """The bytes of strings in words of eight, and their lengths; None where some are long, or not kept by Arrow."""
    buffers = _buffers(values)
    if buffers is None:
        return None
    offsets, data = buffers
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


def _buffers(values: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Where each string begins, and the bytes of all."""
    if not hasattr(values, "__arrow_array__"):
        return None
    array = values.__arrow_array__()
    array = array.combine_chunks() if hasattr(array, "combine_chunks") else array
    if str(array.type) not in ("large_string", "string"):
        return None
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
