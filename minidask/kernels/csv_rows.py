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
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

SKIPPED, WHOLE, FLOATING, TEXT, TRUTH = range(5)
"""What a field is taken for."""
_STEPS = 1
"""How many element-wise steps a byte counts for: it takes three times as long without the compiled loop, but this takes
several times as long to compile as others."""
SPARE = 8
"""So many zeros are after what is parsed, so that eight bytes can be looked at anywhere in it."""
_LINE, _QUOTE = b'\n"'
_PARTS = 4
"""Rows of so many parts of a block are parsed by turns: while the processor waits for where a field of one ends, it
goes on with those of the others."""
_LONG, _PIECE = 1 << 16, 1 << 20
_LEAST, _MOST = -342, 308
"""Powers of ten that there are."""


def _word(text: bytes) -> int:
    return int.from_bytes(text, "little")


_WORD = " | ".join(f"uint64(data[at + uint64({i})]) << uint64({8 * i})" for i in range(8))
_SOURCE = f"""
def word(data, at):
    # eight bytes, the first of them the lowest
    return {_WORD}


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
    while data[at] == 48:
        at += uint64(1)
    return at


def digits(data, at, number, count, powers):
    # where digits end, the number that they and those before make, and how many there are
    while True:
        here = word(data, at) ^ uint64(0x3030303030303030)
        flags = ((here + uint64(0x7676767676767676)) | here) & uint64(0x8080808080808080)
        run = before(flags) if flags != uint64(0) else uint64(8)  # the processor goes on before it knows
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


def whole(data, start, powers):
    # where a whole number ends, and its value; whether it is one
    negative = data[start] == 45
    at, number, count = digits(data, zeros(data, start + uint64(negative)), uint64(0), uint64(0), powers)
    value = -int64(number) if negative else int64(number)
    return at, value, at > start + uint64(negative) and count <= uint64(18)


def floating(data, start, delimiter, delimiters, absent, absent_by, powers, tens):
    # where a number ends, or what says that there is none, and the bits of the float; whether it is one
    negative = data[start] == 45
    at, number, count = digits(data, zeros(data, start + uint64(negative)), uint64(0), uint64(0), powers)
    some, plain, exponent = at > start + uint64(negative), True, 0
    if data[at] == 46:
        plain, point = False, at + uint64(1)
        first = zeros(data, point) if count == uint64(0) else point
        at, number, count = digits(data, first, number, count, powers)
        some = some or at > point
        exponent = int64(point) - int64(at)
    if some and data[at] | 32 == 101:
        plain, down = False, data[at + uint64(1)] == 45
        at += uint64(2) if down or data[at + uint64(1)] == 43 else uint64(1)
        at, power, found = digits(data, at, uint64(0), uint64(0), powers)
        some = uint64(0) < found < uint64(5)
        exponent += -int64(power) if down else int64(power)
    if count > uint64(19) or (plain and (count > uint64(15) or (negative and number == uint64(0)))):
        return at, int64(0), False  # of such whole numbers pandas may make integers first
    if some and (data[at] == delimiter or data[at] < 32):
        value = nearest(number, count, exponent, powers, tens)
        return at, value | (int64(negative) << 63), value >= 0
    at = end_of(data, start, delimiters)
    token = token_of(data, start, at - start)
    known = at - start <= uint64(8) and absent[(token * absent_by) >> uint64(56)] == token
    return at, int64({np.array(np.nan).view(np.int64)}), known


def truth(data, start, delimiters):
    # where a field ends, and 1 or 0; whether it is one of these
    at = end_of(data, start, delimiters)
    token = token_of(data, start, at - start) | uint64(0x2020202020202020)
    true = at - start == uint64(4) and token == uint64({_word(b"true    ")})
    return at, int64(true), true or (at - start == uint64(5) and token == uint64({_word(b"false   ")}))


def formula(
    data, size, delimiter, starts, stops, rows, kinds, numbers, places, ends, there, absent, absent_by, powers, tens
):
    delimiters = uint64(delimiter) * uint64(0x0101010101010101)
    active = starts.size
    while True:
        for part in range(active - 1, -1, -1):
            if starts[part] >= stops[part]:
                active -= 1
                starts[part], stops[part], rows[part] = starts[active], stops[active], rows[active]
            elif data[starts[part]] <= 32:
                return False
        if active == 0:
            return True
        number_column, text_column = 0, 0
        for column in range(kinds.size):
            kind = kinds[column]
            for part in range(active):
                start, row = starts[part], rows[part]
                value, right = int64(0), True
                if kind == {FLOATING}:
                    at, value, right = floating(data, start, delimiter, delimiters, absent, absent_by, powers, tens)
                elif kind == {WHOLE}:
                    at, value, right = whole(data, start, powers)
                elif kind == {TRUTH}:
                    at, value, right = truth(data, start, delimiters)
                else:
                    at = end_of(data, start, delimiters)
                if kind == {TEXT}:
                    length = at - start
                    token = token_of(data, start, length) if length <= uint64(8) else uint64(1)
                    if absent[(token * absent_by) >> uint64(56)] == token:
                        there[text_column, row >> 3] &= ~(1 << (row & 7))
                        length = uint64(0)
                    places[text_column, row] = start
                    ends[text_column, row + 1] = length
                elif kind != {SKIPPED}:
                    numbers[number_column, row] = value
                if column + 1 < kinds.size:
                    right = right and data[at] == delimiter
                else:
                    at += uint64(data[at] == 13)
                    right = right and ((data[at] == 10) if at < size else at == size and data[at - uint64(1)] != 13)
                    rows[part] += 1
                if not right:
                    return False
                starts[part] = at + uint64(1)
            text_column += int64(kind == {TEXT})
            number_column += int64(kind != {TEXT} and kind != {SKIPPED})
"""

_PARSE = Loops(
    _SOURCE,
    "boolean(Array(uint8, 1, 'C', True), uint64, uint8, uint64[::1], uint64[::1], int64[::1], int8[::1],"
    " int64[:, ::1], int64[:, ::1], int64[:, ::1], uint8[:, ::1], uint64[::1], uint64, uint64[::1], uint64[:, ::1])",
)
_BYTES = "\n            ".join(f"letters[to + uint64({i})] = here >> uint64({8 * i})" for i in range(8))
_COPY = Loops(
    f"""
def word(data, at):
    return {_WORD}


def formula(data, places, ends, letters):
    to = uint64(0)
    for row in range(places.size):
        at = uint64(places[row])
        stop = to + uint64(ends[row + 1])  # a length so far
        while to < stop:
            here = word(data, at)
            {_BYTES}
            at += uint64(8)
            to += uint64(8)
        to = stop
        ends[row + 1] = to
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
    ascii: bool
    """Whether all bytes are ASCII's."""


def is_ready(nbytes: int) -> bool:
    """Whether loops parse so many bytes: they are compiled when there was enough to parse."""
    return None not in [compiled(loops, _STEPS * nbytes) for loops in (_PARSE, _COPY)]


def parsed(data: np.ndarray, start: int, delimiter: int, kinds: Sequence[int], absent: frozenset[bytes]) -> Rows | None:
    r"""The rows of a plain table; None where something in it is not plain, or the compiled loop is not there.

    Parameters
    ----------
    data
        Bytes, and `SPARE` zeros; nobody looks whether what is beyond ASCII is UTF-8.
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
    >>> data = np.frombuffer(b"1,a\n2,b\n" + bytes(SPARE), np.uint8)
    >>> rows = parsed(data, 0, ord(","), [WHOLE, SKIPPED], frozenset([b""]))
    >>> rows is None or rows.numbers.tolist() == [[1, 2]]  # None: nothing is compiled for so little
    True
    """
    size = data.size - SPARE
    parse, copy = compiled(_PARSE, 0), compiled(_COPY, 0)
    table = _table(absent)
    if parse is None or copy is None or table is None:
        return None
    borders = _borders(data, start, size)
    found = [_looked_through(data[begin:end]) for begin, end in pairwise(borders)]
    if any(part.quoted for part in found):
        return None
    counts = [part.lines for part in found]
    counts[-1] += int(data[size - 1] != _LINE)
    count, texts = sum(counts), sum(kind == TEXT for kind in kinds)
    numbers = np.empty((sum(kind in (WHOLE, FLOATING, TRUTH) for kind in kinds), count), np.int64)
    places, ends = np.empty((texts, count), np.int64), np.zeros((texts, count + 1), np.int64)
    there = np.full((texts, -(-count // 8)), 255, np.uint8)
    parts = np.array([borders[:-1], borders[1:]], np.uint64)
    first_rows = np.cumsum([0, *counts[:-1]])
    made = numbers, places, ends, there
    if not parse(
        data, size, delimiter, *parts, first_rows, np.array(kinds, np.int8), *made, *table, _powers(), _tens()
    ):
        return None
    columns = []
    for place, end, bits in zip(places, ends, there):
        letters = np.empty(int(end.sum()) + SPARE, np.uint8)
        copy(data, place, end, letters)
        columns.append(Texts(None if (bits == 255).all() else bits, end, letters))
    return Rows(count, numbers, columns, all(part.ascii for part in found))


def _borders(data: np.ndarray, start: int, stop: int) -> list[int]:
    """Where lines begin that cut rows into a few parts of about the same length; and the ends of all."""
    borders = [start]
    for part in range(1, _PARTS):
        near = start + (stop - start) * part // _PARTS
        found = bytes(data[near : min(near + _LONG, stop)]).find(_LINE)
        if found >= 0 and borders[-1] < near + found + 1 < stop:
            borders.append(near + found + 1)
    return [*borders, stop]


class _Seen(NamedTuple):
    """What is in some bytes."""

    lines: int
    """How many end there."""
    quoted: bool
    """Whether there are quotes."""
    ascii: bool
    """Whether there is nothing else."""


def _looked_through(data: np.ndarray) -> _Seen:
    pieces = [data[i : i + _PIECE] for i in range(0, data.size, _PIECE)]  # each stays in the processor's cache
    seen = [_Seen(int(np.count_nonzero(p == _LINE)), bool((p == _QUOTE).any()), bool(p.max() < 128)) for p in pieces]
    return _Seen(sum(p.lines for p in seen), any(p.quoted for p in seen), all(p.ascii for p in seen))


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
