"""A block cut into pieces, of which each reader loads its own only."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from minidask.pickling import dumps, outside


class Pieces:
    """What one block sends to each of several others.

    In the process that made them the pieces are there as they are. When they travel each is pickled by itself, one
    after the other in one buffer, so that a reader in another process maps the buffer and loads one piece.

    Parameters
    ----------
    items
        The pieces: for each target its object.

    Examples
    --------
    >>> pieces = Pieces(["for 0", "for 1"])
    >>> there = pickle.loads(pickle.dumps(pieces))
    >>> there[1], len(there)
    ('for 1', 2)
    """

    in_parts = True
    """Whether an item can be read where the bytes of the others are not there."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items: Sequence[Any] | None = items
        self._offsets: Sequence[int] = ()
        self._buffer: Any = b""

    def __len__(self) -> int:
        return len(self._items) if self._items is not None else len(self._offsets) - 1

    def __getitem__(self, target: int) -> Any:
        if self._items is not None:
            return self._items[target]
        start, stop = self._offsets[target : target + 2]
        return pickle.loads(self._buffer[start:stop])

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self._items is None:
            return _restore, (self._offsets, outside(self._buffer, protocol))
        parts = [dumps(item) for item in self._items]
        offsets = list(accumulate(map(len, parts), initial=0))
        return _restore, (offsets, outside(bytearray().join(parts), protocol))


def _restore(offsets: Sequence[int], buffer: Any) -> Pieces:
    pieces = Pieces(())
    pieces._items, pieces._offsets, pieces._buffer = None, offsets, buffer
    return pieces
