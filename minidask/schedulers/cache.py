"""The cache: blocks of earlier computations that are worth their room.

Its method is Greedy-Dual-Size with frequency (Cherkasova, "Improving WWW proxies performance with Greedy-Dual-Size-
Frequency caching policy", HP Labs, 1998): a block's worth is ``age + uses * seconds to make it / bytes``; when there
is no room the one of least worth goes, and the age becomes its worth, so that what is not used goes in the end.

Blocks are found by their keys, which name their content: the files that are read with their sizes and times, the
functions, the arguments. They are copies outside the memory of the process (in shared memory while there is room,
else on disk), which are mapped when they are used: what a person does to a result does not change them.
"""

from __future__ import annotations

import threading
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import minidask.config as config
from minidask.quantities import parse_bytes
from minidask.schedulers.engine import Engine
from minidask.store.kept import add_giver
from minidask.store.sizeof import sizeof
from minidask.task import Found, Key, Task, value

_LEAST_SECONDS = 2e-4
"""A block that is made in less is made again."""
_FASTEST = 4e9
"""Bytes a second: what is made faster, too."""
_LARGEST_SHARE = 4
"""No block takes more than this part of the room."""


class _Entry:
    __slots__ = ("block", "nbytes", "seconds", "uses", "worth")

    def __init__(self, block: Any, nbytes: int, seconds: float) -> None:
        self.block = block
        self.nbytes = nbytes
        self.seconds = seconds
        self.uses = 1
        self.worth = 0.0


class Statistics(NamedTuple):
    """What a cache has done."""

    blocks: int
    nbytes: int
    hits: int
    evicted: int


class Cache:
    """Blocks by their keys, within a number of bytes.

    Parameters
    ----------
    nbytes
        The room.
    """

    def __init__(self, nbytes: int) -> None:
        self.room = nbytes
        self.nbytes = 0
        self._entries: dict[Key, _Entry] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._pushes = 0
        self._age = 0.0
        self._hits = self._evicted = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: Key) -> Found | None:
        """The block of this key, if it is there; it is worth more from now on."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._hits += 1
            entry.uses += 1
            self._rate(key, entry)
            return Found(Task(value, (entry.block,)))

    def offer(self, key: Key, result: Any, seconds: float, engine: Engine) -> None:
        """A new block: it is taken if it is worth it."""
        nbytes = sizeof(result)
        if seconds < max(_LEAST_SECONDS, nbytes / _FASTEST) or nbytes > self.room / _LARGEST_SHARE:
            return
        with self._lock:
            if key in self._entries:
                return
        block = engine.copy(result)
        if block is None:
            return
        with self._lock:
            if key not in self._entries:
                self._entries[key] = entry = _Entry(block, nbytes, seconds)
                self.nbytes += nbytes
                self._rate(key, entry)
                self._evict(self.room)

    def _rate(self, key: Key, entry: _Entry) -> None:
        entry.worth = self._age + entry.uses * entry.seconds / max(entry.nbytes, 1)
        self._pushes += 1
        heappush(self._heap, (entry.worth, self._pushes, key))
        if len(self._heap) > 4 * len(self._entries) + 64:  # most are of worths that have changed since
            self._heap = [(e.worth, n, k) for n, (k, e) in enumerate(self._entries.items())]
            heapify(self._heap)

    def _evict(self, room: float) -> None:
        while self.nbytes > room and self._heap:
            worth, _, key = heappop(self._heap)
            entry = self._entries.get(key)
            if entry is None or entry.worth != worth:
                continue
            del self._entries[key]
            self._age = worth
            self.nbytes -= entry.nbytes
            self._evicted += 1

    def give(self, nbytes: float) -> int:
        """Let go of so many bytes, or of all; how many it was."""
        with self._lock:
            before = self.nbytes
            self._evict(max(0, before - nbytes))
            return before - self.nbytes

    def clear(self) -> None:
        """Let go of all blocks."""
        with self._lock:
            self._entries.clear()
            self._heap.clear()
            self.nbytes = 0

    def statistics(self) -> Statistics:
        """What it has done so far."""
        with self._lock:
            return Statistics(len(self._entries), self.nbytes, self._hits, self._evicted)

    def close(self) -> None:
        """A computation is over."""


_cache: Cache | None = None
_making = threading.Lock()


def current() -> Cache | None:
    """The cache of this session, where the option `cache` gives it room."""
    global _cache
    room = config.get("cache")
    if not room:
        return None
    with _making:
        if _cache is None:
            _cache = Cache(0)
            add_giver(_cache.give)
        _cache.room = parse_bytes(room)
    return _cache


class cache(config.set):
    """Keep blocks that are costly to make for the computations that follow.

    From the call on, or inside a ``with`` block: files are read once for several computations, and blocks that two of
    them share are made once. The cache gives way where a computation needs the memory.

    Parameters
    ----------
    nbytes
        The room: bytes, or text such as "2GB"; 0 lets go of all blocks and keeps no more.

    Raises
    ------
    ConfigError
        `nbytes` is no number of bytes.

    Examples
    --------
    >>> import minidask
    >>> import minidask.array as da
    >>> with minidask.cache("100MB"):
    ...     da.ones(10).sum().compute()
    np.float64(10.0)
    >>> minidask.cache.clear()
    >>> minidask.cache.statistics().blocks
    0
    """

    def __init__(self, nbytes: str | float) -> None:
        super().__init__({"cache": nbytes})
        if not nbytes:
            self.clear()

    @staticmethod
    def clear() -> None:
        """Let go of all blocks."""
        if _cache is not None:
            _cache.clear()

    @staticmethod
    def statistics() -> Statistics:
        """How much is in the cache, and what it has done in this session."""
        return Statistics(0, 0, 0, 0) if _cache is None else _cache.statistics()
