"""Blocks that are known before they are computed: from a checkpoint, or from the cache.

A key tells of files as they were when the collection was made. Where one has changed since, what reads it, and all
above that, is neither looked for nor offered: it is made anew, as it would be if nobody kept anything.

Before a computation starts, each of its *keepers* is asked, from the wanted tasks down, for the blocks that it has.
A task whose result is known needs nothing: it loads the block, and what was below it is not run. While the
computation runs, the keepers are offered each new result whose key names its content (`Graph.lasts`).
"""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from minidask.errors import DamagedBlock
from minidask.schedulers.cache import current as current_cache
from minidask.schedulers.engine import Engine, Outcome
from minidask.schedulers.interrupts import Interrupts
from minidask.task import Found, Graph, Key, Room, Source, Task

if TYPE_CHECKING:
    from minidask.store.checkpoint import Checkpoint


class Keeper(Protocol):
    """Has blocks of other computations, and takes those of this one."""

    def __len__(self) -> int:
        """How many blocks it has."""

    def find(self, key: Key) -> Found | None:
        """The block of this key, if it is there."""

    def offer(self, key: Key, result: Any, seconds: float, engine: Engine) -> None:
        """A new result, as the engine has it, which took so long to make."""

    def close(self) -> None:
        """The computation is over."""


class Known:
    """What is known of the tasks of one computation.

    Parameters
    ----------
    graph
        All tasks.
    wanted
        The numbers of those whose results the caller wants.
    checkpoint
        The folder of the checkpoint; None: there is none.
    """

    def __init__(self, graph: Graph, wanted: Iterable[int], checkpoint: Any = None) -> None:
        self._whole = graph
        self._wanted = list(wanted)
        self._keepers: list[Keeper] = []
        self._checkpoint: Checkpoint | None = None
        cache = current_cache()
        if cache is not None:
            self._keepers.append(cache)
        if checkpoint is not None:
            from minidask.store.checkpoint import Checkpoint  # loaded with the first: few computations have one

            self._checkpoint = Checkpoint(checkpoint)
            self._keepers.append(_InFolder(self._checkpoint))
        self._outdated = _outdated(graph) if self._keepers else set()
        self._find()

    def _lasts(self, i: int) -> bool:
        """Whether the key of a task tells what its result is now."""
        return self._whole.lasts(i) and self._whole.kind(i) not in self._outdated

    def _find(self) -> None:
        """Go down from the wanted tasks to those that are known."""
        found: dict[int, Found] = {}
        self.graph = graph = self._whole
        if any(len(keeper) for keeper in self._keepers):
            seen = set(self._wanted)
            pending = list(seen)
            while pending:
                i = pending.pop()
                known = self._look(graph.key(i)) if self._lasts(i) else None
                if known is not None:
                    found[i] = known
                    continue
                new = set(graph.needed_by(i)) - seen
                seen |= new
                pending += new
        self._found = found
        if found:
            self.graph = _Shortened(graph, found)

    def _look(self, key: Key) -> Found | None:
        for keeper in self._keepers:
            known = keeper.find(key)
            if known is not None:
                return known
        return None

    def offers(self, engine: Engine) -> Callable[[list[int], Outcome], None] | None:
        """What to tell of the results of a batch before they can be released; None where nobody keeps any."""
        if not self._keepers:
            return None

        def offer(batch: list[int], outcome: Outcome) -> None:
            for i, result, started, ended in zip(batch, outcome.values, outcome.times, outcome.times[1:]):
                if self._lasts(i) and i not in self._found:
                    key = self._whole.key(i)
                    for keeper in self._keepers:
                        keeper.offer(key, result, ended - started, engine)

        return offer

    def drop(self, damaged: DamagedBlock) -> None:
        """A block of the checkpoint is not what was written: from now on it is unknown."""
        assert self._checkpoint is not None
        self._checkpoint.remove(damaged.args[0])
        text = f"a block of the checkpoint is damaged, and is made again: {damaged.args[0].path}"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
        self._find()

    def close(self) -> None:
        """The computation is over."""
        for keeper in self._keepers:
            keeper.close()


def _outdated(graph: Graph) -> set[int]:
    """The kinds of tasks that read, themselves or by those below them, what has changed since they were named.

    Kinds are in the order in which they need each other. Each file is looked at once.
    """
    current: dict[Source, bool] = {}
    found: set[int] = set()
    for kind in range(graph.kinds):
        for file in graph.outside(kind):
            if file not in current:
                current[file] = file.is_current()
            if not current[file]:
                found.add(kind)
        if found and kind not in found and not found.isdisjoint(_below(graph, kind)):
            found.add(kind)
    return found


def _below(graph: Graph, kind: int) -> set[int]:
    """The kinds of the tasks that those of a kind need."""
    start, stop = graph.first(kind), graph.first(kind + 1)
    return {graph.kind(i) for i in set(graph.needs[graph.starts[start] : graph.starts[stop]])}


class _InFolder:
    """The keeper of a checkpoint."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        from minidask.store.checkpoint import read  # as above

        self._checkpoint = checkpoint
        self._read = read

    def __len__(self) -> int:
        return len(self._checkpoint)

    def find(self, key: Key) -> Found | None:
        entry = self._checkpoint.find(key)
        return entry and Found(Task(self._read, (entry,)), entry.nbytes)

    def offer(self, key: Key, result: Any, seconds: float, engine: Engine) -> None:
        frames = engine.frames(result)
        if frames is not None:
            self._checkpoint.keep(key, frames)

    def close(self) -> None:
        with Interrupts().put_off():
            self._checkpoint.close()


class _Shortened(Graph):
    """A graph in which some tasks need nothing, because their results are known."""

    def __init__(self, graph: Graph, found: Mapping[int, Found]) -> None:
        starts, needs = _without(graph, found)
        super().__init__(graph._segments, starts, needs, graph.number)
        self._found = found

    def task(self, i: int) -> Task:
        known = self._found.get(i)
        return super().task(i) if known is None else known.task

    def kind(self, i: int) -> int:
        known = self._found.get(i)
        return super().kind(i) if known is None else len(self._segments) + (not known.nbytes)

    def first(self, kind: int) -> int:
        if kind < len(self._segments):
            return super().first(kind)
        return next(i for i in self._found if self.kind(i) == kind)

    def is_given(self, kind: int) -> bool:
        return super().is_given(kind) if kind < len(self._segments) else kind > len(self._segments)

    def room(self, i: int) -> Room:
        known = self._found.get(i)
        return super().room(i) if known is None else Room(known.nbytes)

    def largest_room(self) -> int:
        return max(super().largest_room(), max(known.nbytes for known in self._found.values()))


def _without(graph: Graph, found: Iterable[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The dependencies without those of the tasks `found`."""
    import numpy as np

    starts, needs = np.asarray(graph.starts, np.int64), np.asarray(graph.needs, np.int64)
    counts = np.diff(starts)
    kept = np.ones(len(counts), bool)
    kept[list(found)] = False
    ends = np.cumsum(np.where(kept, counts, 0))
    return array("q", [0, *ends.tolist()]), array("q", needs[np.repeat(kept, counts)].tobytes())
