"""How many tasks a worker takes at a time, and whether several workers are of any use."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from time import perf_counter

from minidask.schedulers.operations import Operations
from minidask.task import Graph

_LARGEST_BATCH = 256
_SAMPLE = 8
"""So many tasks of a batch are measured, and the last one."""
TURN = 0.005
"""Seconds after which the turn of a worker that has not come back is free."""


_FEW = 16
_SMALL = 2**20
_SMALL_BY_GUESS = 2**16


def is_quick_chain(graph: Graph) -> bool:
    """Whether a few tasks wait for one another, and are known to make next to nothing.

    They are done before a thread would have started.

    Examples
    --------
    >>> is_quick_chain(Graph.from_dict({"x": 1}))
    False
    """
    if len(graph) > _FEW or any(b - a > 1 for a, b in pairwise(graph.starts)):
        return False
    rooms = [graph.room(i) for i in range(len(graph))]
    small = all(
        room.result is not None and room.result + room.besides <= (_SMALL if room.sure else _SMALL_BY_GUESS)
        for room in rooms
    )
    return small and len(set(graph.needs)) == len(graph) - 1 and len(graph.needs) == len(graph) - 1


class _Sort:
    """Tasks of one operation."""

    __slots__ = ("seconds",)

    def __init__(self) -> None:
        self.seconds = inf  # that such a task takes, by the last ones' measure


class Pace:
    """Measures the tasks of one computation, those of each operation apart.

    Parameters
    ----------
    graph
        Tells which tasks are of one kind.
    batch_seconds
        How long a batch of short tasks should take.
    alone_below
        Seconds: tasks shorter than this are run by one worker, the one that has the turn.

    Examples
    --------
    >>> pace = Pace(Graph.from_dict({"x": 1}), batch_seconds=0.001, alone_below=50e-6)
    >>> pace.begin(0), pace.short
    (False, False)
    >>> pace.measure([0], [0.0, 1e-5])
    >>> pace.begin(0), pace.short, pace.has_turn(0), pace.has_turn(1)
    (True, True, True, False)
    """

    def __init__(self, graph: Graph, batch_seconds: float, alone_below: float) -> None:
        self._sort = Operations(graph, _Sort).of
        self._batch_seconds = batch_seconds
        self._alone_below = alone_below
        self._last = _Sort()  # of the task that was taken last
        self._left = 0.0  # seconds of the batch that is being taken
        self._turn = 0  # the worker that takes all tasks while they are very short
        self._turn_ends = 0.0

    @property
    def short(self) -> bool:
        """Whether tasks are so short that one worker does them all sooner than several."""
        return self._last.seconds < self._alone_below

    def has_turn(self, worker: int) -> bool:
        """Whether this worker may take tasks while they are short; then the turn is its own for a while."""
        now = perf_counter()
        if worker != self._turn and now < self._turn_ends:
            return False
        self._turn, self._turn_ends = worker, now + TURN
        return True

    def pass_turn(self) -> None:
        """The one who has the turn found nothing to do."""
        self._turn_ends = 0.0

    def begin(self, i: int) -> bool:
        """A worker has taken task `i`, the first of its batch; whether it may take more."""
        self._left = self._batch_seconds
        return self.goes_on(i)

    def goes_on(self, i: int) -> bool:
        """It has taken task `i` too; whether it may take more. After one that nobody has measured it may not."""
        self._last = self._sort(i)
        self._left -= self._last.seconds
        return self._left > 0

    def largest_batch(self, ready: int, workers: int) -> int:
        """How many of the tasks that are ready one of the workers may take, if they are short."""
        return min(ready // (1 if self.short else max(1, workers)) + 1, ready, _LARGEST_BATCH)

    def measure(self, batch: Sequence[int], times: list[float]) -> None:
        """Learn from the times before the first and after each task of a batch."""
        found: dict[_Sort, list[float]] = {}
        ran = list(zip(batch, times, times[1:]))
        for i, start, end in ran[:_SAMPLE] + ran[_SAMPLE:][-1:]:
            found.setdefault(self._sort(i), []).append(end - start)
        for sort, seconds in found.items():
            lasted = sorted(seconds)[(len(seconds) - 1) // 2]
            sort.seconds = lasted if sort.seconds == inf else (sort.seconds + lasted) / 2 + 1e-9
