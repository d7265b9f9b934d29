"""The one loop that every local scheduler runs.

Each *worker* pulls: it takes ready tasks, runs them, and hands in their results when it takes the next ones.
What is ready, running, held and free is kept by one `State`; the results that are held are in one dict; one lock
guards both. There is no queue between, and nobody who directs.

For example, two workers and the graph ``c = add(a, b)``:

====================================  ==============  ==========================
event                                 state           results
====================================  ==============  ==========================
the first worker takes a              a runs          {}
the second takes b                    a and b run     {}
the first hands in a; nothing ready   b runs          {a: 1}, and it sleeps
the second hands in b, and takes c    c runs          {a: 1, b: 2}
it hands in c; a and b are released   nothing left    {c: 3}, and all workers end
====================================  ==============  ==========================

- A worker is a thread that this loop starts, or the thread that called `compute()` (the synchronous scheduler). The
  calling thread of all others only waits, because a waiting thread can always be interrupted.
- *How tasks are run* is an `Engine`: here, in another process, in somebody's Executor.
- Very short tasks are taken several at a time, and by one worker alone while Python runs one thread at a time
  (`Pace`). A batch that turns out slow is broken off, and the rest of it given back.
- Near the memory limit a task starts only when the `Budget` has room for it. A worker that finds no such task writes
  to disk what is used last, or waits for the others.
- A task that raises stops the loop: what runs is finished, nothing is started, and the caller gets the error. Ctrl-C
  in the calling thread does the same, and so does `Cancellation`. The caller waits a moment for the workers, then
  leaves: a thread that is stuck in a long call ends after that call, a process is ended at once.
- A task that raises and may run again (`Recovery`) counts as running until its pause is over.
- A worker process that dies takes its running tasks with it, and they go back to ready. A task that was lost with
  others is run alone from then on, so that the one that kills is known. Where it ran out of memory, half of the
  workers stop, so that less runs at once.
- Blocks that are `Known` beforehand, from a checkpoint or the cache, are loaded instead of computed.
- A `compute()` inside a task is run by the thread that runs the task.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import minidask.events as events
from minidask.errors import DamagedBlock
from minidask.schedulers.account import inside
from minidask.schedulers.batches import Batches
from minidask.schedulers.cancellation import is_request, stopped_by
from minidask.schedulers.crew import Crew
from minidask.schedulers.death import Death
from minidask.schedulers.engine import Engine, Outcome, inside_task, tell_ends, tell_starts
from minidask.schedulers.interrupts import Interrupts
from minidask.schedulers.known import Known
from minidask.schedulers.machine import has_interpreter_lock
from minidask.schedulers.memory import Budget, limit_of
from minidask.schedulers.options import Options
from minidask.schedulers.pace import Pace
from minidask.schedulers.recovery import Recovery
from minidask.schedulers.resources import insides, resources_of
from minidask.schedulers.state import State
from minidask.schedulers.watch import Looking, Watch
from minidask.schedulers.watchdog import wait_watched
from minidask.store.kept import Kept
from minidask.task import Graph, Key

_GRACE = 0.4
"""Seconds that the caller waits for the workers when the loop was stopped by an error or by Ctrl-C."""


def execute(
    graph: Graph | Mapping[Key, Any],
    keys: Iterable[Key],
    engine: Callable[[Graph], Engine],
    workers: int,
    options: Options = Options(),  # noqa: B008  a constant
    keep: bool = False,
    quick: bool = False,
) -> list[Any]:
    """Compute the values of `keys`: a list, one for each.

    Parameters
    ----------
    graph
        The tasks, or a dict in the plain form (`Graph.from_dict`); only those that `keys` need are run.
    keys
        The wanted keys, in any order, also several times the same.
    engine
        Makes what runs the tasks, for this computation.
    workers
        The number of threads to start; 0 lets the calling thread do all.
    options
        What the person said of this computation.
    keep
        Whether to give objects that hold the values for later computations, rather than the values.
    quick
        Whether it is not worth looking at the memory that tasks take: see `is_quick_chain`.
    """
    graph = Graph.of(graph)
    if inside_task():
        engine, workers = Engine, 0
    wanted = [graph.number(key) for key in keys]
    known = Known(graph, wanted, options.checkpoint)
    try:
        while True:
            try:
                return _execute(known, wanted, engine, workers, options, keep, quick)
            except DamagedBlock as error:
                known.drop(error)
    finally:
        known.close()


def _execute(
    known: Known,
    wanted: list[int],
    engine: Callable[[Graph], Engine],
    workers: int,
    options: Options,
    keep: bool,
    quick: bool,
) -> list[Any]:
    graph = known.graph
    recovery, limit = Recovery(graph, options.retries, options.retry_on), limit_of(options.memory_limit)
    state = State(graph, wanted)
    listeners = (*events.active(), *options.callbacks)
    with events.telling(listeners, graph):
        interrupts = Interrupts()
        with interrupts.put_off():
            engine_here, count = engine(graph), min(workers, state.left)
            loop = _Loop(state, engine_here, count, listeners, recovery, limit, interrupts, known, watched=not quick)
            with stopped_by(loop.stop):
                values, error = loop.run(wanted, keep)
            if error is None:
                interrupts.raise_lost()
        if error is None:
            return values
        try:
            raise error
        finally:
            del error  # its traceback refers to this frame


class _Loop:
    """One computation while it runs."""

    def __init__(
        self,
        state: State,
        engine: Engine,
        workers: int,
        listeners: Sequence[events.Listener],
        recovery: Recovery,
        limit: float,
        interrupts: Interrupts,
        known: Known,
        watched: bool,
    ) -> None:
        self._state = state
        self._engine = engine
        self._workers = workers
        self._most = max(1, workers)  # those that go on, when others ran out of memory
        self._listeners = engine.listeners = listeners
        self._recovery = recovery
        self._offer = known.offers(engine)
        watch = Watch(engine.graph, state, engine, workers) if watched else None
        self._budget = Budget(limit, state, engine.graph, watch)
        self._around = inside.get()  # the task of another computation that this one is begun by
        self._resources = resources_of(engine.graph, state, self._around)
        self._insides = insides(self._budget, self._resources, self._around, self._most)
        self._interrupts = interrupts
        self._interruptible: AbstractContextManager[None] = nullcontext() if workers else interrupts
        alone_below = engine.alone_below if has_interpreter_lock() else 0.0
        self._pace = Pace(engine.graph, engine.batch_seconds, alone_below)
        self._batches = Batches(state, self._budget, self._resources, recovery, self._pace, workers)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._over = Looking(self._look)
        self._asleep = 0
        self._sound_asleep = 0  # those of them who look only when they are woken
        self._spilling: set[int | Kept] = set()

    def run(self, wanted: list[int], keep: bool) -> tuple[list[Any], BaseException | None]:
        """Run all; the values of the tasks `wanted`, to be kept if so asked, or the error that stopped the loop."""
        try:
            self._budget.begin(self._around.account if self._around else None)
            if self._workers:
                self._wait_for_threads()
            else:
                self._work(0)
            if self._state.error is not None:
                return [], self._state.error
            engine = self._engine
            values = {i: engine.keep(i) if keep else engine.value(engine.results[i]) for i in set(wanted)}
            return [values[i] for i in wanted], None
        finally:
            try:
                self._engine.release(list(self._engine.results.values()))
                self._engine.results.clear()
            finally:
                self._budget.close()
                self._engine.close()
                for each in self._insides:
                    each.over()
            self._state.error = None  # its traceback refers to this frame

    def _wait_for_threads(self) -> None:
        crew = Crew(self._work, self._workers)
        try:
            with self._interrupts:
                crew.start()
                wait_watched(self._over, self._state, self._engine, crew)
        except BaseException as error:
            self.stop(error)
        finally:
            cause = self._state.error
            if cause is None:
                with self._interrupts:  # they have nothing left to do, but listeners may
                    crew.join(None)
            elif is_request(cause) or not crew.join(_GRACE):
                self._engine.abort()
                crew.join(_GRACE)

    def _work(self, worker: int) -> None:
        """Be a worker, until nothing is left to start."""
        try:
            inside.set(self._insides[worker])
            batch = self._wait_for_batch(worker)
            while batch:
                if self._listeners:
                    tell_starts(self._engine, batch, worker)
                # no name holds the outcome, as its results may be released before the next ones are there
                batch = self._hand_in(batch, self._run(batch, worker), worker) or self._wait_for_batch(worker)
        except BaseException as error:
            self.stop(error)
        finally:
            inside.set(self._around)
            if self._resources:
                with self._lock:
                    self._resources.over(worker)

    def _run(self, batch: list[int], worker: int) -> Outcome:
        with self._interruptible:
            outcome = self._engine.run(batch, worker)
        outcome.sizes = self._engine.weigh(outcome.values)
        if self._offer is not None:
            self._offer(batch, outcome)
        return outcome

    def stop(self, error: BaseException) -> None:
        """End the computation because of `error`, from any thread."""
        with self._lock:
            self._state.stop(error)
            self._end()

    def _look(self) -> None:
        with self._interrupts.put_off_inside(), self._lock:
            if self._budget.look():
                self._changed.notify_all()

    def _end(self) -> None:
        self._over.set()
        self._changed.notify_all()

    def _hand_in(self, batch: list[int], outcome: Outcome, worker: int) -> list[int]:
        """Enter what became of a batch, and take the next one if one is ready."""
        with self._lock:
            late = self._over.is_set()
            released = outcome.values if late else self._settle(batch, outcome)
            if self._resources:
                self._resources.over(worker)
            taken = self._take(worker)
        if released:
            self._engine.release(released)
        if self._listeners and not late:
            tell_ends(self._engine, batch, outcome, worker)
        return taken

    def _wait_for_batch(self, worker: int) -> list[int]:
        """The next tasks for one worker; it sleeps while there are none; an empty list when there will be none."""
        while True:
            with self._lock:
                batch = self._take(worker)
                if batch or self._over.is_set() or worker >= self._most:
                    return batch
                victims = self._choose_victims()
                if victims is None:
                    self._sleep()
                    continue
            for victim, result in victims:
                self._make_room(victim, result)

    def _sleep(self) -> None:
        """Until something has changed, or it is time to look again."""
        seconds = self._batches.look_again()
        sound = seconds is None
        self._asleep += 1
        self._sound_asleep += sound
        with self._interruptible:
            self._changed.wait(seconds)
        self._asleep -= 1
        self._sound_asleep -= sound

    def _take(self, worker: int) -> list[int]:
        """The next tasks for one worker, if there are any for it now."""
        if worker >= self._most or self._over.is_set():
            return []
        batch = self._batches.take(worker)
        if batch:
            if self._asleep:
                self._wake()
        elif self._state.is_over:
            self._end()
        return batch

    def _wake(self) -> None:
        """Some of those who sleep, as a worker has taken tasks and more are ready."""
        if not self._pace.short:
            self._changed.notify(min(self._asleep, self._state.ready))
        elif self._sound_asleep:  # they shall look now and then from now on
            self._changed.notify_all()

    def _settle(self, batch: list[int], outcome: Outcome) -> list[Any]:
        """Enter what became of a batch; the results that are released by it."""
        state, engine, budget = self._state, self._engine, self._budget
        results = engine.results
        released: list[int] = []
        budget.over(batch, len(outcome.values))
        for i, value, nbytes in zip(batch, outcome.values, budget.learn(batch, outcome.sizes)):
            results[i] = value
            released += state.done(i, nbytes)
        if self._recovery.one_at_a_time:
            self._recovery.done(batch[: len(outcome.values)])
        rest = batch[len(outcome.values) :]
        if isinstance(outcome.error, Exception):
            self._fail(rest.pop(0), outcome.error, outcome.inputs)
        elif outcome.error is not None:  # an interruption, perhaps after the last task
            state.stop(outcome.error)
        elif outcome.lost is not None:
            self._lose(rest, outcome.lost)
        for i in rest:
            state.lost(i)
        self._pace.measure(batch, outcome.times)
        budget.look()
        budget.forget(released)
        return [results.pop(i) for i in released]

    def _fail(self, i: int, error: Exception, inputs: list[str]) -> None:
        """Task `i` has raised."""
        pause = self._recovery.pause(i, error)
        if pause is None:
            self._state.failed(i, self._recovery.blame(i, error, inputs))
            return
        for listener in self._listeners:
            listener.retry(i, error, self._recovery.attempts(i), pause)

    def _lose(self, batch: list[int], death: Death) -> None:
        """The worker that ran `batch` has died."""
        for listener in self._listeners:
            listener.worker_lost(list(batch), death.how)
        error = self._recovery.lost(batch, death)
        if death.memory:
            self._most = self._recovery.fewer(self._most, batch)
            self._changed.notify_all()
        if error is not None:
            self._state.failed(batch.pop(), error)

    def _choose_victims(self) -> list[tuple[int | Kept, Any]] | None:
        """What to write to disk, so that there is room for the next task: results, persisted blocks; None: wait."""
        chosen = self._budget.make_room()
        victims = [victim for victim in chosen or () if victim not in self._spilling]
        if chosen is None or (chosen and not victims):
            return None
        self._spilling.update(victims)
        return [(victim, None if isinstance(victim, Kept) else self._engine.results[victim]) for victim in victims]

    def _make_room(self, victim: int | Kept, result: Any) -> None:
        """Write a victim to disk, while the others go on."""
        try:
            if isinstance(victim, Kept):
                with self._interruptible:
                    victim.spill()
            else:
                self._spill(victim, result)
        finally:
            with self._lock:
                self._spilling.discard(victim)
                self._changed.notify_all()

    def _spill(self, i: int, result: Any) -> None:
        """Write a result to disk; meanwhile it can be used, and released."""
        error: BaseException | None = None
        handle = None
        try:
            with self._interruptible:
                handle = self._engine.spill(result)
        except BaseException as caught:
            error = caught
        with self._lock:
            unchanged = self._engine.results.get(i) is result and i not in self._state.in_use()
            nbytes = self._state.sizes().get(i, 0)
            if handle is not None and unchanged:
                self._budget.spilled(i, nbytes)
                self._engine.results[i], handle = handle, result
            elif unchanged:
                self._budget.cannot_spill(i)
        if handle is not None:  # the one of the two that is not needed
            self._engine.release([handle])
        if error is not None and unchanged:
            raise error
        for listener in self._listeners:
            listener.spill(i, nbytes)
