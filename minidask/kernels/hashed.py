"""Numbers shared out by their hashes, so that equal ones are looked for among few, which fit into the cache.

A hash that mixes all bits and loses none (the finalizer of SplitMix64: Steele, Lea and Flood, 2014) stands for its
number: the leading bits tell the share, the last ones a place in a table of the share. Compiled loops only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

_STEPS = 10
"""How many element-wise steps take as long as the loops save."""
_SHARE = 2**12
"""Numbers of one share, about."""


class Shares(NamedTuple):
    """Numbers share after share, those of each in their order."""

    hashes: np.ndarray
    rows: np.ndarray
    """Where each number was."""
    ends: np.ndarray
    """Where each share ends."""

    @property
    def largest(self) -> int:
        """The most numbers of a share."""
        return int(np.diff(self.ends, prepend=0).max())


def first_of_equals(values: np.ndarray) -> np.ndarray | None:
    """For each number the first place of an equal one; None where there is no compiled loop.

    Parameters
    ----------
    values
        Numbers of at most 64 bits, less than 2**31 of them; none is NaN.
    """
    shares, func = _shared_out(values, len(values)), compiled(_FIRST, _STEPS * len(values))
    if shares is None or func is None:
        return None
    first = np.empty(len(values), np.int32)
    func(*shares, _table(shares.largest), first)
    return first


def matched(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The numbers of one side that are on the other, too; None where there is no compiled loop.

    Parameters
    ----------
    left, right
        Numbers of one dtype, as for `first_of_equals`.

    Returns
    -------
    first, counts, places
        For each number of the left side where its matches begin among the places, and how many there are; and the
        places of the right side, those of equal numbers side by side, in their order.
    """
    count = max(len(left), len(right))
    mine, theirs = _shared_out(left, count), _shared_out(right, count)
    func = compiled(_MATCH, _STEPS * (len(left) + len(right)))
    if mine is None or theirs is None or func is None:
        return None
    largest = theirs.largest
    between = [_table(largest), *np.empty((3, largest), np.int32)]
    found = [np.empty(size, np.int32) for size in (len(left), len(left), len(right))]
    func(*mine, *theirs, *between, *found)
    return found[0], found[1], found[2]


def paired(
    first: np.ndarray, counts: np.ndarray, places: np.ndarray, outer: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """What `matched` found as pairs of rows; None where there is no compiled loop.

    Parameters
    ----------
    first, counts, places
        As `matched` gives them.
    outer
        Whether rows of the left side that have no match are there, too: with the place -1.

    Returns
    -------
    at, of
        The rows of the left side, in their order, and for each of them those of the right one.
    """
    func = compiled(_PAIRS, _STEPS * len(first)) if first.dtype == places.dtype == np.int32 else None
    if func is None:
        return None
    size = int(counts.sum(dtype=np.int64)) + (np.count_nonzero(counts == 0) if outer else 0)
    at, of = np.empty(size, np.int64), np.empty(size, np.int64)
    func(first, counts, places, outer, at, of)
    return at, of


def _shared_out(values: np.ndarray, count: int) -> Shares | None:
    """In as many shares as `count` numbers need."""
    func = compiled(_SHARED, _STEPS * len(values)) if count < 2**31 else None
    if func is None:
        return None
    bits = max(1, (count // _SHARE).bit_length())
    hashes, rows = np.empty(len(values), np.uint64), np.empty(len(values), np.int32)
    shares = Shares(hashes, rows, np.zeros(2**bits, np.int64))
    func(np.ascontiguousarray(_as_bits(values)), 64 - bits, *shares)
    return shares


def _as_bits(values: np.ndarray) -> np.ndarray:
    """Unsigned numbers of 64 bits, which are equal where the values are."""
    if values.dtype.kind == "f":
        return (values.astype(np.float64, copy=False) + 0.0).view(np.uint64)  # 0 for -0
    return values if values.dtype == np.uint64 else values.astype(np.int64, copy=False).view(np.uint64)


def _table(largest: int) -> np.ndarray:
    return np.empty(2 << max(largest, 1).bit_length(), np.int32)


_SHARES = "uint64[::1], int32[::1], int64[::1]"
_MIXED = """
        value = values[row]
        value = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> uint64(27))) * uint64(0x94D049BB133111EB)
        value = value ^ (value >> uint64(31))"""
_SHARED = Loops(
    f"""
def formula(values, shift, hashes, rows, ends):
    for row in range(values.size):{_MIXED}
        ends[value >> uint64(shift)] += 1
    begin = 0
    for share in range(ends.size):
        begin, ends[share] = begin + ends[share], begin
    for row in range(values.size):{_MIXED}
        at = ends[value >> uint64(shift)]
        hashes[at] = value
        rows[at] = row
        ends[value >> uint64(shift)] = at + 1
""",
    f"void(Array(uint64, 1, 'C', True), int64, {_SHARES})",
)
_EMPTIED = """
        stop = ends[share]
        size = 2
        while size < 2 * (stop - start):
            size *= 2
        mask = uint64(size - 1)
        for place in range(size):
            table[place] = -1"""
_SOUGHT = """
            place = {0}[at] & mask
            other = table[place]
            while other >= 0 and hashes[other] != {0}[at]:
                place = (place + uint64(1)) & mask
                other = table[place]"""
_FIRST = Loops(
    f"""
def formula(hashes, rows, ends, table, first):
    start = 0
    for share in range(ends.size):{_EMPTIED}
        for at in range(start, stop):{_SOUGHT.format("hashes")}
            if other < 0:
                table[place] = other = at
            first[rows[at]] = rows[other]
        start = stop
""",
    f"void({_SHARES}, int32[::1], int32[::1])",
)
_MATCH = Loops(
    f"""
def formula(asked, their_rows, their_ends, hashes, rows, ends, table, group, sizes, begins, first, counts, places):
    start = their_start = begin = 0
    for share in range(ends.size):{_EMPTIED}
        for at in range(start, stop):{_SOUGHT.format("hashes")}
            if other < 0:
                table[place] = other = at
                sizes[at - start] = 0
            group[at - start] = other - start
            sizes[other - start] += 1
        for at in range(stop - start):
            if group[at] == at:
                begins[at] = begin
                begin += sizes[at]
            places[begins[group[at]]] = rows[start + at]
            begins[group[at]] += 1
        for at in range(their_start, their_ends[share]):{_SOUGHT.format("asked")}
            row = their_rows[at]
            counts[row] = 0
            first[row] = 0
            if other >= 0:
                counts[row] = sizes[other - start]
                first[row] = begins[other - start] - sizes[other - start]
        start, their_start = stop, their_ends[share]
""",
    f"void({_SHARES}, {_SHARES}, {', '.join(['int32[::1]'] * 7)})",
)
_PAIRS = Loops(
    """
def formula(first, counts, places, outer, at, of):
    end = 0
    for row in range(first.size):
        for place in range(first[row], first[row] + counts[row]):
            at[end] = row
            of[end] = places[place]
            end += 1
        if outer and counts[row] == 0:
            at[end] = row
            of[end] = -1
            end += 1
""",
    "void(int32[::1], int32[::1], int32[::1], boolean, int64[::1], int64[::1])",
)
