"""How many tasks a worker takes at a time, and whether several workers are of any use."""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter

_LARGEST_BATCH = 256
TURN = 0.005
"""Seconds after which the turn of a worker that has not come back is free."""


class Pace:
    """Measures the tasks of one computation.

    Parameters
    ----------
    batch_seconds
        How long a batch of short tasks should take.
    alone_below
        Seconds: tasks shorter than this are run by one worker, the one that has the turn.

    Examples
    --------
    >>> pace = Pace(batch_seconds=0.001, alone_below=50e-6)
    >>> pace.batch_size(ready=100, workers=2), pace.short
    (1, False)
    >>> pace.measure([0.0, 1e-5, 2e-5, 3e-5])
    >>> pace.batch_size(ready=100, workers=2), pace.short, pace.has_turn(0), pace.has_turn(1)
    (100, True, True, False)
    """

    def __init__(self, batch_seconds: float, alone_below: float) -> None:
        self._batch_seconds = batch_seconds
        self._alone_below = alone_below
        self._seconds = float("inf")  # that a task takes, by the last ones' measure
        self._turn = 0  # the worker that takes all tasks while they are very short
        self._turn_ends = 0.0

    @property
    def short(self) -> bool:
        """Whether tasks are so short that one worker does them all sooner than several."""
        return self._seconds < self._alone_below

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

    def batch_size(self, ready: int, workers: int) -> int:
        """How many of the tasks that are ready one of the workers should take."""
        share = ready // (1 if self.short else max(1, workers)) + 1
        return min(int(self._batch_seconds / self._seconds) + 1, share, ready, _LARGEST_BATCH)

    def measure(self, times: list[float]) -> None:
        """Learn from the times before the first and after each task of a batch."""
        if len(times) > 1:
            lasted = sorted([end - start for start, end in pairwise(times)])[len(times) // 2 - 1]
            self._seconds = lasted if self._seconds == float("inf") else (self._seconds + lasted) / 2 + 1e-9
