"""Chunks between others: how an array is brought from one cut to another in several steps, in pure integers.

A step moves a piece for each old block and new block that overlap. From 1,000 rows of blocks to 1,000 columns that is
a million; through blocks of 32 rows and 32 columns it is 64,000, for the price of one more copy.
"""

from __future__ import annotations

from bisect import bisect_left
from math import isqrt, prod

from minidask.array.chunks import Chunks, Sizes, offsets, overlap

THRESHOLD = 256
"""Pieces for each block that are moved at once, unless told otherwise."""


def halfway(old: Chunks, new: Chunks, threshold: int, most: float) -> Chunks | None:
    """The chunks to go through on the way from `old` to `new`.

    Parameters
    ----------
    threshold
        How many pieces for each block, old or new, may be moved in one step.
    most
        Elements that a block between may have.

    Returns
    -------
    tuple or None
        None: it goes in one step; or no chunks of such blocks make it better.

    Examples
    --------
    >>> halfway(((1,) * 16, (16,)), ((16,), (1,) * 16), 4, 16)
    ((4, 4, 4, 4), (4, 4, 4, 4))
    >>> halfway(((2, 2), (4,)), ((4,), (2, 2)), 4, 16)
    """
    few = threshold * (_count(old) + _count(new))
    if prod(len(a) if a == b else len(a) + len(b) for a, b in zip(old, new)) <= few:
        return None  # at most so many, which is known without counting
    moved = pieces(old, new)
    if moved <= few:
        return None
    for factor in _FACTORS:
        middle = tuple(_between(a, b, factor) for a, b in zip(old, new))
        if prod(max(sizes) for sizes in middle if None not in sizes) <= most:
            break
    else:
        return None
    return middle if 2 * (pieces(old, middle) + pieces(middle, new)) <= moved else None


_FACTORS = tuple(2**i for i in range(12))


def pieces(old: Chunks, new: Chunks) -> int:
    """How many pieces are moved.

    Examples
    --------
    >>> pieces(((2, 2), (3,)), ((4,), (1, 2)))
    4
    """
    return prod(map(_pairs, old, new))


def _pairs(old: Sizes, new: Sizes) -> int:
    """How many pairs of an old and a new block along an axis overlap."""
    if old == new:
        return len(old)
    found = overlap(old, new)
    return sum(found.stops) - sum(found.starts)


def _count(chunks: Chunks) -> int:
    return prod(map(len, chunks))


def _between(old: Sizes, new: Sizes, factor: int) -> Sizes:
    """The finer of two cuts of an axis, joined to the geometric mean of their numbers of blocks, times a factor."""
    if old == new:
        return old
    finer = max(old, new, key=len)
    return joined(finer, min(len(finer), factor * isqrt(len(old) * len(new))))


def joined(sizes: Sizes, count: int) -> Sizes:
    """The sizes, neighbours joined to about so many blocks of nearly one size.

    Examples
    --------
    >>> joined((1, 2, 1, 2, 3), 2)
    (6, 3)
    """
    ends = offsets(sizes)
    chosen = sorted({ends[bisect_left(ends, ends[-1] * i / count)] for i in range(1, count + 1)} | {ends[-1]})
    return tuple(b - a for a, b in zip([0, *chosen], chosen))
