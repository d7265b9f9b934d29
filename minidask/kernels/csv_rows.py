"""Plain text tables: from bytes to the columns that are wanted, in one pass.

What is not plain (other forms of numbers, whitespace around them, control characters, lines of another length, blank
lines) is left to others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.csv_loops import COPY, FLOATING, PARSE, TEXT, TRUTH, WHOLE, powers, table_of, tens

_STEPS = 1
"""How many element-wise steps a byte counts for: it takes three times as long without the compiled loop, but this takes
several times as long to compile as others."""
SPARE = 8
"""So many zeros are after what is parsed, so that eight bytes can be looked at anywhere in it."""
_LINE, _QUOTE = b'\n"'
_PARTS = 4
"""Rows of so many parts of a block are parsed by turns: while the processor waits for where a field of one ends, it
goes on with those of the others."""
_LONG = 1 << 16
PIECE = 1 << 21
"""Bytes to be parsed at a time, which stay in the processor's cache."""


class Texts(NamedTuple):
    """A column of strings, as Arrow keeps them."""

    there: np.ndarray | None
    """A bit for each row that has one; None: all have."""
    ends: np.ndarray
    """Where each begins and ends."""
    letters: np.ndarray


def is_ready(nbytes: int) -> bool:
    """Whether loops parse so many bytes: they are compiled when there was enough to parse."""
    return None not in [compiled(loops, _STEPS * nbytes) for loops in (PARSE, COPY)]


class Rows:
    """The columns that are wanted of a plain table, as more and more of it is parsed.

    Parameters
    ----------
    delimiter
        The byte between fields: no control character but a tab, and nothing that is in numbers.
    kinds
        What each field of a row is taken for: `SKIPPED`, `WHOLE`, `FLOATING`, `TEXT` or `TRUTH`.
    absent
        What says that a string or float is missing: among it an empty field.
    nbytes
        Of all that is to be parsed, about.
    is_text
        Tells whether bytes are UTF-8, where they are not ASCII.

    Examples
    --------
    >>> rows = Rows(ord(","), [WHOLE, TEXT], frozenset([b""]), 8, lambda data: True)
    >>> plain = rows.add(np.frombuffer(b"1,a\\n2,b\\n" + bytes(SPARE), np.uint8))
    >>> not plain or rows.numbers.tolist() == [[1, 2]]  # it is not: nothing is compiled for so little
    True
    """

    def __init__(
        self,
        delimiter: int,
        kinds: Sequence[int],
        absent: frozenset[bytes],
        nbytes: int,
        is_text: Callable[[np.ndarray], bool],
    ) -> None:
        self.length = 0
        self._delimiter, self._kinds, self._table = delimiter, np.array(kinds, np.int8), table_of(absent)
        self._nbytes, self._is_text = nbytes, is_text
        self._parsed = 0
        self._flags = np.empty(0, np.bool_)  # used again: each page of new memory is a fault
        texts = sum(kind == TEXT for kind in kinds)
        self._numbers = np.empty((sum(kind in (WHOLE, FLOATING, TRUTH) for kind in kinds), 0), np.int64)
        self._ends = np.zeros((texts, 1), np.int64)
        self._there = np.empty((texts, 0), np.uint8)
        self._letters: list[list[np.ndarray]] = [[] for _ in range(texts)]

    @property
    def numbers(self) -> np.ndarray:
        """A row for each column of numbers, as int64: floats are to be looked at as such."""
        return self._numbers[:, : self.length]

    @property
    def texts(self) -> list[Texts]:
        """The columns of strings."""
        bits, ends = self._there[:, : -(-self.length // 8)], self._ends[:, : self.length + 1]
        present = (None if (column == 255).all() else column for column in bits)
        return [Texts(b, e, np.concatenate(letters)) for b, e, letters in zip(present, ends, self._letters)]

    def add(self, data: np.ndarray) -> bool:
        """Parse more rows; False where something in them is not plain, or the compiled loop is not there.

        Parameters
        ----------
        data
            The bytes of whole lines, and `SPARE` others: zeros, where the last line has no end.
        """
        size = data.size - SPARE
        parse, copy = compiled(PARSE, 0), compiled(COPY, 0)
        borders = _borders(data, size)
        seen = [self._looked_through(data[begin:end]) for begin, end in pairwise(borders)]
        quoted, plain = any(part.quoted for part in seen), all(part.ascii for part in seen)
        if parse is None or copy is None or self._table is None or quoted or not (plain or self._is_text(data[:size])):
            return False
        lines = [part.lines for part in seen]
        lines[-1] += int(size > 0 and data[size - 1] != _LINE)
        first, self.length, self._parsed = self.length, self.length + sum(lines), self._parsed + size
        self._reserve()
        parts = np.array([borders[:-1], borders[1:]], np.uint64)
        places = np.empty((len(self._letters), self.length - first), np.int64)
        made = first, places, self._numbers, self._ends, self._there
        first_rows = first + np.cumsum([0, *lines[:-1]])
        if not parse(
            data, size, self._delimiter, *parts, first_rows, self._kinds, *made, *self._table, powers(), tens()
        ):
            return False
        for place, ends, letters in zip(places, self._ends[:, first : self.length + 1], self._letters):
            letters.append(np.empty(int(ends[1:].sum()) + SPARE, np.uint8))
            copy(data, place, ends, letters[-1])
            letters[-1] = letters[-1][:-SPARE]
        return True

    def _looked_through(self, data: np.ndarray) -> _Seen:
        if self._flags.size < data.size:
            self._flags = np.empty(data.size, np.bool_)
        flags = self._flags[: data.size]
        lines = int(np.count_nonzero(np.equal(data, _LINE, out=flags)))
        quoted, beyond = bool(np.equal(data, _QUOTE, out=flags).any()), data.size > 0 and bool(data.max() > 127)
        return _Seen(lines, quoted, not beyond)

    def _reserve(self) -> None:
        """Make room for all rows: where there is none, for those to come, too, if they are as long."""
        if self._ends.shape[1] <= self.length:
            most = int(self.length * max(1.02 * self._nbytes / self._parsed, 1.25))
            self._numbers = _longer(self._numbers, most)
            self._ends = _longer(self._ends, most + 1)
            self._there = _longer(self._there, -(-most // 8), 255)


def _longer(columns: np.ndarray, length: int, fill: int | None = None) -> np.ndarray:
    """The same columns with room for more."""
    shape = len(columns), length
    longer = np.empty(shape, columns.dtype) if fill is None else np.full(shape, fill, columns.dtype)
    longer[:, : columns.shape[1]] = columns
    return longer


def _borders(data: np.ndarray, stop: int) -> list[int]:
    """Where lines begin that cut rows into a few parts of about the same length; and the ends of all."""
    borders = [0]
    for part in range(1, _PARTS):
        near = stop * part // _PARTS
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
