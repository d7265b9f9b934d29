"""Plain text tables: from bytes to the columns that are wanted, in one pass.

Eight bytes at a time are looked at as one whole number: where the first of them is that ends a field or a run of
digits is told by a few operations on all of them at once. Numbers are rounded to the nearest, as Python's are, by the
product of their digits and a power of ten of 128 bits: D. Lemire, "Number parsing at a gigabyte per second", Software:
Practice and Experience 51 (2021). What is not plain (other forms of numbers, whitespace around them, control
characters, lines of another length, blank lines) is left to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

SKIPPED, WHOLE, FLOATING, TEXT, TRUTH = range(5)
"""What a field is taken for."""
_STEPS = 1
"""How many element-wise steps a byte counts for: it takes three times as long without the compiled loop, but this takes
several times as long to compile as others."""
_PIECE = 1 << 20
_LEAST, _MOST = -342, 308
"""Powers of ten that there are."""


def _word(text: bytes) -> int:
    return int.from_bytes(text, "little")


_WORD = " | ".join(f"uint64(data[at + uint64({i})]) << uint64({8 * i})" for i in range(8))
_SOURCE = f"""
def word(data, at):
    # eight bytes, the first of them the lowest; zeros after the end
    size = uint64(data.size)
    if at + uint64(8) <= size:
        return {_WORD}
    found = uint64(0)
    for k in range(8):
        if at + uint64(k) < size:
            found |= uint64(data[at + uint64(k)]) << uint64(8 * k)
    return found


def before(flags):
    # how many bytes are below the first one with a flag, which is its highest bit
    below = (flags - uint64(1)) & ~flags & uint64(0x8080808080808080)
    return ((below >> uint64(7)) * uint64(0x0101010101010101)) >> uint64(56)


def end_of(data, at, delimiters):
    # where the first byte is that is a delimiter, or a control character
    while True:
        here = word(data, at)
        other = here ^ delimiters
        flags = ((other - uint64(0x0101010101010101)) & ~other) | ((here - uint64(0x2020202020202020)) & ~here)
        flags &= uint64(0x8080808080808080)
        if flags != uint64(0):
            return at + before(flags)
        at += uint64(8)


def token_of(data, at, length):
    # the bytes of a field of no more than eight
    here = word(data, at)
    return here & ((uint64(1) << (uint64(8) * length)) - uint64(1)) if length < uint64(8) else here


def zeros(data, at):
    size = uint64(data.size)
    while at < size and data[at] == 48:
        at += uint64(1)
    return at


def digits(data, at, number, count, powers):
    # where digits end, the number that they and those before make, and how many there are
    while True:
        here = word(data, at) ^ uint64(0x3030303030303030)
        run = before(((here + uint64(0x7676767676767676)) | here) & uint64(0x8080808080808080))
        if run > uint64(0):
            here <<= uint64(8) * (uint64(8) - run)
            here = (here * uint64(10) + (here >> uint64(8))) & uint64(0x00FF00FF00FF00FF)
            here = (here * uint64(100) + (here >> uint64(16))) & uint64(0x0000FFFF0000FFFF)
            here = (here * uint64(10000) + (here >> uint64(32))) & uint64(0xFFFFFFFF)
            number = number * powers[run] + here
            count += run
            at += run
        if run < uint64(8):
            return at, number, count


def upper(one, other):
    # the upper half of a product
    low, high = one & uint64(0xFFFFFFFF), one >> uint64(32)
    other_low, other_high = other & uint64(0xFFFFFFFF), other >> uint64(32)
    middle = high * other_low + ((low * other_low) >> uint64(32))
    last = low * other_high + (middle & uint64(0xFFFFFFFF))
    return high * other_high + (middle >> uint64(32)) + (last >> uint64(32))


def nearest(number, count, exponent, powers, tens):
    # the bits of the float nearest to `number`, of `count` digits, times a power of ten; -1: it is out of range
    if number == uint64(0):
        return int64(0)
    while count < uint64(19):
        more = min(uint64(19) - count, uint64(8))
        number *= powers[more]
        count += more
        exponent -= int64(more)
    if exponent < {_LEAST} or exponent > {_MOST}:
        return int64(-1)
    shift = (
        int64(number < uint64(1 << 63)) + int64(number < uint64(1 << 62))
        + int64(number < uint64(1 << 61)) + int64(number < uint64(1 << 60))
    )
    number <<= uint64(shift)
    power = tens[exponent - {_LEAST}, 0]
    low, high = number * power, upper(number, power)
    if high & uint64(0x1FF) == uint64(0x1FF):
        more = upper(number, tens[exponent - {_LEAST}, 1])
        low += more
        high += uint64(low < more)
    top = high >> uint64(63)
    dropped = top + uint64(9)
    mantissa = high >> dropped
    if low <= uint64(1) and -4 <= exponent <= 23 and mantissa & uint64(3) == uint64(1):
        if mantissa << dropped == high:
            mantissa -= uint64(1)
    mantissa = (mantissa + (mantissa & uint64(1))) >> uint64(1)
    binary = ((217706 * exponent) >> 16) + 1086 + int64(top) - shift
    if mantissa >> uint64(53):
        mantissa >>= uint64(1)
        binary += 1
    if binary <= 0 or binary >= 2047:
        return int64(-1)
    return int64(mantissa & uint64(0xFFFFFFFFFFFFF)) | (binary << 52)


def formula(data, at, delimiter, kinds, numbers, places, ends, there, absent, absent_by, powers, tens):
    size = uint64(data.size)
    delimiters = uint64(delimiter) * uint64(0x0101010101010101)
    row = 0
    while at < size:
        if data[at] <= 32:
            return -1
        number_column, text_column = 0, 0
        for column in range(kinds.size):
            kind = kinds[column]
            start = at
            if kind == {WHOLE} or kind == {FLOATING}:
                negative = at < size and data[at] == 45
                first = zeros(data, at + uint64(negative))
                at, number, count = digits(data, first, uint64(0), uint64(0), powers)
                some = at > start + uint64(negative)
                value = int64(number)
                if kind == {WHOLE}:
                    if not some or count > uint64(18):
                        return -1
                    value = -value if negative else value
                else:
                    exponent = 0
                    whole = True
                    if at < size and data[at] == 46:
                        whole = False
                        point = at + uint64(1)
                        first = zeros(data, point) if count == uint64(0) else point
                        at, number, count = digits(data, first, number, count, powers)
                        some = some or at > point
                        exponent = int64(point) - int64(at)
                    if some and at < size and data[at] | 32 == 101:
                        whole = False
                        at += uint64(1)
                        down = at < size and data[at] == 45
                        if at < size and (down or data[at] == 43):
                            at += uint64(1)
                        at, power, found = digits(data, at, uint64(0), uint64(0), powers)
                        some = uint64(0) < found < uint64(5)
                        exponent += -int64(power) if down else int64(power)
                    if count > uint64(19) or (whole and (count > uint64(15) or (negative and number == uint64(0)))):
                        return -1  # of such whole numbers pandas may make integers first
                    ended = at == size or data[at] == delimiter or data[at] == 10 or data[at] == 13
                    if some and ended:
                        value = nearest(number, count, exponent, powers, tens)
                        if value < 0:
                            return -1
                        value |= int64(negative) << 63
                    else:
                        at = end_of(data, start, delimiters)
                        length = at - start
                        if length > uint64(8):
                            return -1
                        token = token_of(data, start, length)
                        if absent[(token * absent_by) >> uint64(56)] != token:
                            return -1
                        value = {np.array(np.nan).view(np.int64)}
                numbers[number_column, row] = value
                number_column += 1
            else:
                at = end_of(data, at, delimiters)
                length = at - start
                token = uint64(1)
                if kind != {SKIPPED} and length <= uint64(8):
                    token = token_of(data, start, length)
                if kind == {TEXT}:
                    if absent[(token * absent_by) >> uint64(56)] == token:
                        there[text_column, row >> 3] &= ~(1 << (row & 7))
                        length = uint64(0)
                    places[text_column, row] = start
                    ends[text_column, row + 1] = ends[text_column, row] + int64(length)
                    text_column += 1
                elif kind == {TRUTH}:
                    token |= uint64(0x2020202020202020)
                    true = length == uint64(4) and token == uint64({_word(b"true    ")})
                    if not true and not (length == uint64(5) and token == uint64({_word(b"false   ")})):
                        return -1
                    numbers[number_column, row] = int64(true)
                    number_column += 1
            if column + 1 < kinds.size:
                if at >= size or data[at] != delimiter:
                    return -1
            elif at < size:
                if data[at] == 13:
                    at += uint64(1)
                if at == size or data[at] != 10:
                    return -1
            at += uint64(1)
        row += 1
    return row
"""

_PARSE = Loops(
    _SOURCE,
    "int64(Array(uint8, 1, 'C', True), uint64, uint8, int8[::1], int64[:, ::1], int64[:, ::1], int64[:, ::1],"
    " uint8[:, ::1], uint64[::1], uint64, uint64[::1], uint64[:, ::1])",
)
_COPY = Loops(
    """
def formula(data, places, ends, letters):
    for row in range(places.size):
        at = uint64(places[row])
        to = uint64(ends[row])
        for k in range(uint64(ends[row + 1]) - to):
            letters[to + k] = data[at + k]
""",
    "void(Array(uint8, 1, 'C', True), int64[::1], int64[::1], uint8[::1])",
)


class Texts(NamedTuple):
    """A column of strings, as Arrow keeps them."""

    there: np.ndarray | None
    """A bit for each row that has one; None: all have."""
    ends: np.ndarray
    """Where each begins and ends."""
    letters: np.ndarray


class Rows(NamedTuple):
    """The columns that are wanted."""

    length: int
    numbers: np.ndarray
    """A row for each column of numbers, as int64: floats are to be looked at as such."""
    texts: list[Texts]


def parsed(data: np.ndarray, start: int, delimiter: int, kinds: Sequence[int], absent: frozenset[bytes]) -> Rows | None:
    r"""The rows of a plain table; None where something in it is not plain, or the compiled loop is not there.

    Parameters
    ----------
    data
        Bytes in which nothing is quoted; nobody looks whether what is beyond ASCII is UTF-8.
    start
        Where the first row begins.
    delimiter
        The byte between fields: no control character but a tab, and nothing that is in numbers.
    kinds
        What each field of a row is taken for: `SKIPPED`, `WHOLE`, `FLOATING`, `TEXT` or `TRUTH`.
    absent
        What says that a string or float is missing: among it an empty field.

    Examples
    --------
    >>> rows = parsed(np.frombuffer(b"1,a\n2,b\n", np.uint8), 0, ord(","), [WHOLE, SKIPPED], frozenset([b""]))
    >>> rows is None or rows.numbers.tolist() == [[1, 2]]  # None: nothing is compiled for so little
    True
    """
    size = data.size - start
    parse, copy = compiled(_PARSE, _STEPS * size), compiled(_COPY, _STEPS * size)
    table = _table(absent)
    if parse is None or copy is None or table is None:
        return None
    ends_of_lines = sum(np.count_nonzero(data[i : i + _PIECE] == 10) for i in range(start, data.size, _PIECE))
    count = ends_of_lines + (data[-1] != 10)
    texts = sum(kind == TEXT for kind in kinds)
    numbers = np.empty((sum(kind in (WHOLE, FLOATING, TRUTH) for kind in kinds), count), np.int64)
    places, ends = np.empty((texts, count), np.int64), np.zeros((texts, count + 1), np.int64)
    there = np.full((texts, -(-count // 8)), 255, np.uint8)
    told = np.array(kinds, np.int8)
    found = parse(data, start, delimiter, told, numbers, places, ends, there, *table, _powers(), _tens())
    if found != count:
        return None
    columns = []
    for place, end, bits in zip(places, ends, there):
        letters = np.empty(end[-1], np.uint8)
        copy(data, place, end, letters)
        columns.append(Texts(None if (bits == 255).all() else bits, end, letters))
    return Rows(count, numbers, columns)


@cache
def _table(absent: frozenset[bytes]) -> tuple[np.ndarray, int] | None:
    """A table in which each of some short tokens has a place of its own, and the number that leads there.

    None where they are not short, or an empty one is not among them: its place are all that are free.
    """
    if b"" not in absent or max(map(len, absent)) > 8:
        return None
    words = [_word(token) for token in absent]
    for odd in range(1, 2000, 2):
        by = 0x9E3779B97F4A7C15 * odd % 2**64
        places = {(word * by % 2**64) >> 56: word for word in words}
        if len(places) == len(words):
            table = np.zeros(256, np.uint64)
            table[[*places]] = np.array([*places.values()], np.uint64)
            return table, by
    return None


@cache
def _powers() -> np.ndarray:
    return 10 ** np.arange(9, dtype=np.uint64)


@cache
def _tens() -> np.ndarray:
    """The highest 128 bits of powers of five; of inverses that may lead halfway between two floats, rounded up."""
    exact = [5**power if power >= 0 else (1 << 1200) // 5**-power for power in range(_LEAST, _MOST + 1)]
    bits = [(number << 128) >> number.bit_length() for number in exact]
    bits[-27 - _LEAST : -_LEAST] = [number + 1 for number in bits[-27 - _LEAST : -_LEAST]]
    return np.array([divmod(number, 2**64) for number in bits], np.uint64)
