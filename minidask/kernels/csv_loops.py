"""The compiled loops that parse plain text tables, and the tables of numbers that they look into.

Eight bytes at a time are looked at as one whole number: where the first of them is that ends a field or a run of
digits is told by a few operations on all of them at once. Numbers are rounded to the nearest, as Python's are, by the
product of their digits and a power of ten of 128 bits: D. Lemire, "Number parsing at a gigabyte per second", Software:
Practice and Experience 51 (2021).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from minidask.kernels.formulas import Loops

SKIPPED, WHOLE, FLOATING, TEXT, TRUTH = range(5)
"""What a field is taken for."""
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
    return zeros_below(flags) >> uint64(3)


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


def others(here):
    # flags of the bytes that are no digits, of which each is a number
    return ((here + uint64(0x7676767676767676)) | here) & uint64(0x8080808080808080)


def number_of(here):
    # that of eight digits
    here = (here * uint64(10) + (here >> uint64(8))) & uint64(0x00FF00FF00FF00FF)
    here = (here * uint64(100) + (here >> uint64(16))) & uint64(0x0000FFFF0000FFFF)
    return (here * uint64(10000) + (here >> uint64(32))) & uint64(0xFFFFFFFF)


def digits(data, at, number, count, powers):
    # where digits end, the number that they and those before make, and how many there are
    while True:
        here = word(data, at) ^ uint64(0x3030303030303030)
        flags = others(here)
        if flags != uint64(0):
            run = before(flags)
            half = uint64(32) - uint64(4) * run
            last = number_of((here << half) << half)  # in two steps: no number can be shifted by 64 bits at once
            return at + run, number * powers[run] + last, count + run
        number = number * powers[8] + number_of(here)
        count += uint64(8)
        at += uint64(8)


def significant(data, at, powers):
    # the number that the digits of another one make from the first that is not 0 on, and how many there are
    at, number, count = digits(data, zeros(data, at), uint64(0), uint64(0), powers)
    if data[at] == 46:
        first = at + uint64(1)
        at, number, count = digits(data, first if count else zeros(data, first), number, count, powers)
    return number, count


def nearest(number, exponent, tens):
    # the bits of the float nearest to a number times a power of ten; -1: it is out of range
    if number == uint64(0):
        return int64(0)
    if exponent < {_LEAST} or exponent > {_MOST}:
        return int64(-1)
    shift = zeros_above(number)
    number <<= shift
    power = tens[exponent - {_LEAST}, 0]
    low, high = number * power, upper_half(number, power)
    if high & uint64(0x1FF) == uint64(0x1FF):
        more = upper_half(number, tens[exponent - {_LEAST}, 1])
        low += more
        high += uint64(low < more)
    top = high >> uint64(63)
    dropped = top + uint64(9)
    mantissa = high >> dropped
    if low <= uint64(1) and -4 <= exponent <= 23 and mantissa & uint64(3) == uint64(1):
        if mantissa << dropped == high:
            mantissa -= uint64(1)
    mantissa = (mantissa + (mantissa & uint64(1))) >> uint64(1)
    binary = ((217706 * exponent) >> 16) + 1086 + int64(top) - int64(shift)
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
    first = start + uint64(negative)
    at, number, count = digits(data, first, uint64(0), uint64(0), powers)
    plain, exponent = data[at] != 46, 0
    if not plain:
        point = at + uint64(1)
        at, number, count = digits(data, point, number, count, powers)
        exponent = int64(point) - int64(at)
    some = count > uint64(0)
    if count > uint64(19):
        number, count = significant(data, first, powers)
    if some and data[at] | 32 == 101:
        plain, down = False, data[at + uint64(1)] == 45
        at += uint64(2) if down or data[at + uint64(1)] == 43 else uint64(1)
        at, power, found = digits(data, at, uint64(0), uint64(0), powers)
        some = uint64(0) < found < uint64(5)
        exponent += -int64(power) if down else int64(power)
    if count > uint64(19) or (plain and (count > uint64(15) or (negative and number == uint64(0)))):
        return at, int64(0), False  # of such whole numbers pandas may make integers first
    if some and (data[at] == delimiter or data[at] < 32):
        value = nearest(number, exponent, tens)
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
    data, size, delimiter, starts, stops, rows, kinds, first, places, numbers, ends, there,
    absent, absent_by, powers, tens,
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
                    places[text_column, row - first] = start
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

PARSE = Loops(
    _SOURCE,
    "boolean(Array(uint8, 1, 'C', True), uint64, uint8, uint64[::1], uint64[::1], int64[::1], int8[::1], int64,"
    " int64[:, ::1], int64[:, ::1], int64[:, ::1], uint8[:, ::1], uint64[::1], uint64, uint64[::1], uint64[:, ::1])",
)
_BYTES = "\n            ".join(f"letters[to + uint64({i})] = here >> uint64({8 * i})" for i in range(8))
COPY = Loops(
    f"""
def word(data, at):
    return {_WORD}


def formula(data, places, ends, letters):
    before, to = uint64(ends[0]), uint64(0)
    for row in range(places.size):
        at = uint64(places[row])
        stop = to + uint64(ends[row + 1])  # a length so far
        while to < stop:
            here = word(data, at)
            {_BYTES}
            at += uint64(8)
            to += uint64(8)
        to = stop
        ends[row + 1] = before + to
""",
    "void(Array(uint8, 1, 'C', True), int64[::1], int64[::1], uint8[::1])",
)


@cache
def table_of(absent: frozenset[bytes]) -> tuple[np.ndarray, int] | None:
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
def powers() -> np.ndarray:
    return 10 ** np.arange(9, dtype=np.uint64)


@cache
def tens() -> np.ndarray:
    """The highest 128 bits of powers of five; of inverses that may lead halfway between two floats, rounded up."""
    exact = [5**power if power >= 0 else (1 << 1200) // 5**-power for power in range(_LEAST, _MOST + 1)]
    bits = [(number << 128) >> number.bit_length() for number in exact]
    bits[-27 - _LEAST : -_LEAST] = [number + 1 for number in bits[-27 - _LEAST : -_LEAST]]
    return np.array([divmod(number, 2**64) for number in bits], np.uint64)
