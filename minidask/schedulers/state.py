"""What is done, running, ready and waiting in one computation: numbers in, numbers out, nothing is run here.

A task of the graph goes through these stages, and back to READY or WAITING when its result is lost::

    WAITING -> READY -> RUNNING -> HELD -> FREED
       ^         ^---------|---------|       |
       |-------------------------------------|   its result is needed again, to make a lost one

WAITING for `missing` inputs; HELD while `users` still want the result: tasks that are not done, and the caller.
Tasks that the caller's wishes do not need stay UNUSED.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from heapq import heappop, heappush
from operator import sub
from typing import Final

from minidask.schedulers.order import order
from minidask.task import Graph

WAIT: Final = -1
"""Nothing is ready, but something will be when a running task is done."""
DONE: Final = -2
"""Nothing is left to start: all is done, or a task has failed."""

UNUSED, WAITING, READY, RUNNING, HELD, FREED = range(6)


class State:
    """The state of one computation.

    Parameters
    ----------
    graph
        Only its dependencies are looked at, and the hint `priority` of its tasks.
    wanted
        The numbers of the tasks whose results the caller wants; they are never released.

    Examples
    --------
    >>> graph = Graph.from_dict({"a": 1, "b": (max, "a", 0), "c": (min, "a", "b")})
    >>> state = State(graph, [2])
    >>> state.next(), state.next()
    (0, -1)
    >>> state.done(0), state.next(), state.done(1), state.next()
    ([], 1, [], 2)
    >>> state.done(2), state.next()
    ([0, 1], -2)
    """

    def __init__(self, graph: Graph, wanted: Sequence[int]) -> None:
        self._starts, self._needs = graph.starts, graph.needs
        self._order, self._consumers = order(graph, wanted)
        if graph.is_annotated("priority"):  # of tasks that are ready
            self._order.sort(key=lambda i: -graph.annotations(i).get("priority", 0))
        self._wanted = frozenset(wanted)
        self._missing = _differences(graph.starts)
        self._users = _differences(self._consumers.starts)
        for i in self._wanted:
            self._users[i] += 1
        self._rank = array("q", bytes(8 * len(graph)))
        for rank, i in enumerate(self._order):
            self._rank[i] = rank
        self._nbytes: dict[int, int] = {}
        self._sources = [rank for rank, i in enumerate(self._order) if not self._missing[i]]
        self._sources.reverse()  # the first to start is the last of the list
        self._ready: list[int] = []
        self.stages = bytearray(len(graph))
        for i in self._order:
            self.stages[i] = WAITING if self._missing[i] else READY
        self.error: BaseException | None = None
        self.left = len(self._order)
        self.running = 0

    @property
    def ready(self) -> int:
        """How many tasks could start now, at most: some may have been lost or failed since."""
        return 0 if self.error else len(self._ready) + len(self._sources)

    @property
    def nbytes(self) -> int:
        """The bytes of all results that are held, as told to `done`."""
        return sum(self._nbytes.values())

    def next(self) -> int:
        """Start a task: its number, or `WAIT`, or `DONE`."""
        if self.error is not None:
            return DONE
        sources, ready = self._sources, self._ready
        while sources or ready:
            rank = sources.pop() if sources and (not ready or sources[-1] < ready[0]) else heappop(ready)
            i = self._order[rank]
            if self.stages[i] == READY:  # it may have gone back to waiting since it was put there
                self.stages[i] = RUNNING
                self.running += 1
                return i
        return WAIT if self.left else DONE

    def done(self, i: int, nbytes: int = 0) -> list[int]:
        """Task `i` has run, and its result has `nbytes`; the numbers of the results that nobody needs any more."""
        self.stages[i] = HELD
        self.running -= 1
        self.left -= 1
        if nbytes:
            self._nbytes[i] = nbytes
        first, users, missing = self._consumers.starts, self._consumers.users, self._missing
        for at in range(first[i], first[i + 1]):
            user = users[at]
            missing[user] -= 1
            if not missing[user] and self.stages[user] == WAITING:
                self.stages[user] = READY
                heappush(self._ready, self._rank[user])
        begin, end = self._starts[i], self._starts[i + 1]
        released = self._release(self._needs[begin:end]) if begin < end else []
        if not self._users[i]:  # those who needed it again have been done without it
            self._free(i)
            released.append(i)
        return released

    def failed(self, i: int, error: BaseException) -> None:
        """Task `i` has raised `error`: nothing is started any more. The first error is kept."""
        self.running -= 1
        self.stages[i] = READY
        if self.error is None:
            self.error = error

    def lost(self, i: int) -> None:
        """The run of task `i`, or its result, has gone: it is made again, with all that this needs."""
        if self.stages[i] == RUNNING:
            self.running -= 1
            self._start_again(i)
        elif self.stages[i] == HELD:
            self._make_again(i)
        else:
            raise ValueError(f"task {i} is neither running nor held, so it cannot be lost")

    def _release(self, inputs: Sequence[int]) -> list[int]:
        """One user less for each of `inputs`: those held that were freed by it."""
        released = []
        pending = list(inputs)
        users = self._users
        for d in pending:
            users[d] -= 1
            if not users[d]:
                if self.stages[d] == HELD:
                    self._free(d)
                    released.append(d)
                elif self.stages[d] != RUNNING:
                    pending += self._spare(d)
        return released

    def _free(self, i: int) -> None:
        self.stages[i] = FREED
        if self._nbytes:
            self._nbytes.pop(i, None)

    def _spare(self, i: int) -> Sequence[int]:
        """Undo `_make_again(i)`, as who wanted the lost result has been done without it; what `i` needs no more."""
        self.stages[i] = FREED
        self.left -= 1
        for user in self._consumers.of(i):
            self._missing[user] -= 1
        return self._needs[self._starts[i] : self._starts[i + 1]]

    def _start_again(self, i: int) -> None:
        if self._missing[i]:
            self.stages[i] = WAITING
        else:
            self.stages[i] = READY
            heappush(self._ready, self._rank[i])

    def _make_again(self, i: int) -> None:
        """Undo `done(i)`, and that of every released result that it was made from."""
        undo = [i]
        while undo:
            i = undo.pop()
            self._nbytes.pop(i, None)
            self.left += 1
            for user in self._consumers.of(i):
                self._missing[user] += 1
                if self.stages[user] == READY:
                    self.stages[user] = WAITING
            self.stages[i] = WAITING
            for d in self._needs[self._starts[i] : self._starts[i + 1]]:
                self._users[d] += 1
                if self.stages[d] == FREED:
                    self.stages[d] = WAITING
                    undo.append(d)
            self._start_again(i)


def _differences(starts: Sequence[int]) -> array[int]:
    return array("q", map(sub, starts[1:], starts))
