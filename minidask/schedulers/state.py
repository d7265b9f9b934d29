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
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from operator import sub
from typing import Final

from minidask.schedulers.order import order
from minidask.task import Graph

WAIT: Final = -1
"""Nothing may start now, but something will when a running task is done."""
DONE: Final = -2
"""Nothing is left to start: all is done, or a task has failed."""

UNUSED, WAITING, READY, RUNNING, HELD, FREED = range(6)
NEVER: Final = 2**62
"""The rank of the next use of a result that only the caller wants."""

_LOOK_AHEAD = 32
"""So many ready tasks are asked whether they may start, in their order, before none does."""


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
        if graph.annotated("priority"):  # of tasks that are ready
            self._order.sort(key=lambda i: -graph.annotations(i).get("priority", 0))
        self._wanted = frozenset(wanted)
        self._missing = _differences(graph.starts)
        self._users = _differences(self._consumers.starts)
        for i in self._wanted:
            self._users[i] += 1
        self._rank = array("q", bytes(8 * len(graph)))
        for rank, i in enumerate(self._order):
            self._rank[i] = rank
        self._nbytes: dict[int, int] = {}  # of those results that take notable memory
        self.nbytes = 0
        """The bytes of all results that are held in memory, as told to `done`."""
        self._sources = [rank for rank, i in enumerate(self._order) if not self._missing[i]]
        self._sources.reverse()  # the first to start is the last of the list
        self._ready: list[int] = []
        self.stages = bytearray(len(graph))
        for i in self._order:
            self.stages[i] = WAITING if self._missing[i] else READY
        self.error: BaseException | None = None
        self.left = len(self._order)
        self.running: set[int] = set()

    @property
    def ready(self) -> int:
        """How many tasks could start now, at most: some may have been lost or failed since."""
        return 0 if self.error else len(self._ready) + len(self._sources)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to start, nor will be."""
        return self.error is not None or not self.left

    def next(self, may_start: Callable[[int], bool | None] | None = None) -> int:
        """Start a task: its number, or `WAIT`, or `DONE`.

        Parameters
        ----------
        may_start
            Asked of the first few that are ready, in their order; the first for which it says True starts. One for
            which it says None is asked again when it was put back.
        """
        if self.error is not None:
            return DONE
        sources, ready = self._sources, self._ready
        refused: list[int] = []
        chosen = WAIT if self.left else DONE
        while (sources or ready) and len(refused) < _LOOK_AHEAD:
            rank = sources.pop() if sources and (not ready or sources[-1] < ready[0]) else heappop(ready)
            i = self._order[rank]
            if self.stages[i] != READY:  # it has gone back to waiting since it was put there
                continue
            verdict = True if may_start is None else may_start(i)
            if verdict:
                self.stages[i] = RUNNING
                self.running.add(i)
                chosen = i
                break
            if verdict is not None:
                refused.append(rank)
        for rank in refused:
            heappush(ready, rank)
        return chosen

    def put_back(self, i: int) -> None:
        """Task `i`, which is ready, may be asked for again."""
        heappush(self._ready, self._rank[i])

    def rank(self, i: int) -> int:
        """The place of task `i` in the order of all."""
        return self._rank[i]

    def done(self, i: int, nbytes: int = 0) -> list[int]:
        """Task `i` has run, and its result has `nbytes`; the numbers of the results that nobody needs any more."""
        self.stages[i] = HELD
        self.running.remove(i)
        self.left -= 1
        if nbytes:
            self._nbytes[i] = nbytes
            self.nbytes += nbytes
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
        self.running.remove(i)
        self.stages[i] = READY
        self.stop(error)

    def stop(self, error: BaseException) -> None:
        """Nothing is started any more, because of `error`, unless there was one before."""
        if self.error is None:
            self.error = error

    def lost(self, i: int) -> None:
        """The run of task `i`, or its result, has gone: it is made again, with all that this needs."""
        if self.stages[i] == RUNNING:
            self.running.remove(i)
            self._start_again(i)
        elif self.stages[i] == HELD:
            self._make_again(i)
        else:
            raise ValueError(f"task {i} is neither running nor held, so it cannot be lost")

    def spilled(self, i: int) -> None:
        """The result of task `i` takes no memory any more."""
        self.nbytes -= self._nbytes.pop(i, 0)

    def sizes(self) -> dict[int, int]:
        """The bytes of the results that are held in memory and take notably much of it."""
        return self._nbytes

    def inputs(self, i: int) -> Sequence[int]:
        """The tasks whose results task `i` reads, duplicates and all."""
        return self._needs[self._starts[i] : self._starts[i + 1]]

    def in_use(self) -> set[int]:
        """The tasks whose results are being read."""
        return {d for i in self.running for d in self.inputs(i)}

    def next_use(self, i: int) -> int:
        """The rank of the first task still to start that reads the result of task `i`, or `NEVER`."""
        stages, ranks = self.stages, self._rank
        return min((ranks[user] for user in self._consumers.of(i) if stages[user] in (WAITING, READY)), default=NEVER)

    def will_release(self) -> Iterator[int]:
        """The tasks whose results are released when those that run now are done."""
        reading = Counter(d for i in self.running for d in self.inputs(i))
        return (d for d, count in reading.items() if self._users[d] == count)

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
        if i in self._nbytes:
            self.nbytes -= self._nbytes.pop(i)

    def _spare(self, i: int) -> Sequence[int]:
        """Undo `_make_again(i)`, as who wanted the lost result has been done without it; what `i` needs no more."""
        self.stages[i] = FREED
        self.left -= 1
        for user in self._consumers.of(i):
            self._missing[user] -= 1
        return self.inputs(i)

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
            self.spilled(i)
            self.left += 1
            for user in self._consumers.of(i):
                self._missing[user] += 1
                if self.stages[user] == READY:
                    self.stages[user] = WAITING
            self.stages[i] = WAITING
            for d in self.inputs(i):
                self._users[d] += 1
                if self.stages[d] == FREED:
                    self.stages[d] = WAITING
                    undo.append(d)
            self._start_again(i)


def _differences(starts: Sequence[int]) -> array[int]:
    return array("q", map(sub, starts[1:], starts))
