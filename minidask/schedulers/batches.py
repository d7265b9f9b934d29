"""Which tasks a worker runs next, and when one that finds none looks again.

A batch is as long as the `Pace` of its operations says, as there is room for in the `Budget`, and as `Resources` that
are held allow. Tasks that wait for another attempt are ready again when their pauses are over. Nothing is run here, and
nobody waits: whoever asks holds the lock of the state.
"""

from __future__ import annotations

from collections.abc import Callable

from minidask.schedulers.account import LOOK_AGAIN
from minidask.schedulers.memory import Budget
from minidask.schedulers.pace import TURN, Pace
from minidask.schedulers.recovery import Recovery
from minidask.schedulers.resources import Resources
from minidask.schedulers.state import WAIT, State


class Batches:
    """The tasks that the workers of one computation take.

    Parameters
    ----------
    state
        Tells which tasks are ready.
    budget
        Tells for which there is room.
    resources
        Are held by some; None: by none.
    recovery
        Of tasks that raised or were lost.
    pace
        Tells how many tasks are worth a batch.
    workers
        How many ask for batches; 0: the thread that called.
    """

    def __init__(
        self,
        state: State,
        budget: Budget,
        resources: Resources | None,
        recovery: Recovery,
        pace: Pace,
        workers: int,
    ) -> None:
        self._state = state
        self._budget = budget
        self._resources = resources
        self._recovery = recovery
        self._pace = pace
        self._workers = workers

    def take(self, worker: int) -> list[int]:
        """Start the next tasks for one worker; an empty list: there are none for it now."""
        if self._recovery.pausing:
            for i in self._recovery.end_pauses():
                self._state.lost(i)
        pace = self._pace
        if pace.short and not pace.has_turn(worker):
            return []
        batch = self._start(worker)
        if not batch:
            pace.pass_turn()
        return batch

    def look_again(self) -> float | None:
        """The seconds after which a worker that found nothing asks again; None: it is told when something changes."""
        seconds = TURN if self._pace.short else None
        if seconds is None and (self._budget.crowded or (self._resources and self._resources.crowded)):
            seconds = LOOK_AGAIN
        if self._recovery.pausing:
            pause = self._recovery.next_pause()
            seconds = pause if seconds is None else min(seconds, pause)
        return seconds

    def _start(self, worker: int) -> list[int]:
        """Start as many of the ready tasks as one worker should take, and as there is room for."""
        state, resources, pace = self._state, self._resources, self._pace
        fitting = self._budget.fitting
        fits: Callable[[int], bool | None] | None = None if fitting else self._budget.gate()
        may_start = resources.gate(fits) if resources else fits
        i = state.next(may_start)
        if i == WAIT and not fitting and (alone := self._budget.alone()):
            i = state.next(resources.gate(alone) if resources else alone)
        if i < 0:
            return []
        batch = [i]
        more = pace.begin(i)
        size = 1 if self._recovery.one_at_a_time else pace.largest_batch(state.ready + 1, self._workers)
        most = min(size, fitting or size)
        if resources:
            if resources.hold(i, worker):
                return batch
            may_start = resources.holding_nothing(fits)
        while more and len(batch) < most:
            i = state.next(may_start)
            if i < 0:
                break
            batch.append(i)
            more = pace.goes_on(i)
        return batch
