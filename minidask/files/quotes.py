"""Quoted text in which the end of a record is none."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotes:
    r"""How text is quoted; a quote that is doubled within quotes ends them and begins them again.

    Parameters
    ----------
    quote
        The character, encoded, before and after quoted text.
    escape
        The character before a quote that is none; None: there is no such.

    Examples
    --------
    >>> quotes = Quotes(b'"', b"\\")
    >>> quotes.are_open(b'a,"b'), quotes.are_open(b'a,"b\\"c"')
    (True, False)
    """

    quote: bytes
    escape: bytes | None = None

    def are_open(self, data: bytes, within: bool = False) -> bool:
        """Whether data end within quotes, which begin `within` quotes or not."""
        if self.escape and self.escape in data:
            data = re.sub(re.escape(self.escape) + b".", b"", data, flags=re.DOTALL)
        return within ^ (data.count(self.quote) % 2 == 1)

    def record_start(self, data: bytes, delimiter: bytes) -> int:
        r"""Where the first record begins in data that begin within quotes; -1 if nowhere.

        Examples
        --------
        >>> Quotes(b'"').record_start(b'two\nthree",1\nfour', b"\n")
        13
        """
        at = 0
        while (closed := self._next(data, at)) >= 0:
            end, at = data.find(delimiter, closed + 1), self._next(data, closed + 1)
            if end >= 0 and not 0 <= at < end:
                return end + len(delimiter)
            if at < 0:
                break
            at += 1
        return -1

    def _next(self, data: bytes, at: int) -> int:
        found = data.find(self.quote, at)
        while found > 0 and self._escaped(data, found):
            found = data.find(self.quote, found + 1)
        return found

    def _escaped(self, data: bytes, at: int) -> bool:
        if not self.escape:
            return False
        before = data[:at]
        return (at - len(before.rstrip(self.escape))) % 2 == 1
