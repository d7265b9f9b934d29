"""The stable order of numbers, found by sorting integers.

NumPy sorts integers with vector instructions, but finds orders without. So as many of the leading bits of a number as
there is room for, and its place, are packed into one integer; these are sorted, and only among numbers whose leading
bits are the same are the others looked at.
"""

from __future__ import annotations

import numpy as np

FEWEST = 4_096
"""Below so many numbers nothing is won."""
_SIGN = np.uint64(1 << 63)


def stable_order(values: np.ndarray) -> np.ndarray:
    """Where the sorted values of one axis are; equal ones stay in their order, NaN and NaT come last.

    Examples
    --------
    >>> stable_order(np.array([3, 1, 3, 2])).tolist()
    [1, 3, 0, 2]
    """
    kind, size = values.dtype.kind, values.dtype.itemsize
    if len(values) < FEWEST or not values.dtype.isnative or (kind + str(size)) not in _PACKED:
        return np.asarray(np.argsort(values, kind="stable"))
    found = _packed_order(_as_integers(values))
    return np.asarray(np.argsort(values, kind="stable")) if found is None else found


_PACKED = {"i4", "i8", "u4", "u8", "f4", "f8", "M8", "m8"}


def _as_integers(values: np.ndarray) -> np.ndarray:
    """Unsigned integers, in an array of their own, in the order of the values; equal ones are equal."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "u":
        return values.astype(np.uint64)
    if kind == "i":
        return np.subtract(values, values.min(), dtype=np.int64).view(np.uint64)  # wraps around to the difference
    if kind in "mM":
        return (values.view(np.uint64) ^ _SIGN) - np.uint64(1)  # NaT is the least number, and becomes the greatest
    bits = (values + values.dtype.type(0)).view(f"u{size}")  # 0 for -0
    sign = bits.dtype.type(1 << (8 * size - 1))
    keys = np.where(bits & sign, ~bits, bits | sign)
    keys[values != values] = np.iinfo(bits.dtype).max
    return keys.astype(np.uint64)


def _packed_order(keys: np.ndarray) -> np.ndarray | None:
    """The stable order of unsigned integers; None, where too many have the same leading bits."""
    places = len(keys).bit_length()
    low = keys.min()
    if low:
        keys -= low
    hidden = max(0, int(keys.max()).bit_length() + places - 64)
    packed = keys >> np.uint64(hidden) if hidden else keys
    packed <<= np.uint64(places)
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    mask = np.uint64((1 << places) - 1)
    if not hidden:
        packed &= mask
        return packed.view(np.int64).astype(np.intp, copy=False)
    order = (packed & mask).view(np.int64).astype(np.intp, copy=False)
    leading = packed >> np.uint64(places)
    same = np.flatnonzero(leading[1:] == leading[:-1])
    if len(same) > len(keys) // 8:
        return None
    if len(same):
        open_places = np.union1d(same, same + 1)
        left = order[open_places]
        order[open_places] = left[np.lexsort((keys[left], leading[open_places]))]
    return order
