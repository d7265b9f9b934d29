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
- Very short tasks are taken several at a time, as many as take about `Engine.batch_seconds` by the last ones'
  measure. A batch that turns out slow is broken off, and the rest of it given back.
- While tasks are so short that threads would only fight for the interpreter's lock, one worker has the turn, and the
  others sleep. They look now and then whether it still comes back: when it is in a long task, another takes the turn.
- A task that raises stops the loop: what runs is finished, nothing is started, and the caller gets the error. Ctrl-C
  in the calling thread does the same. The caller waits a moment for the workers, then leaves: a thread that is
  stuck in a long call ends after that call, a process is ended at once.
- A task that raises and has retries left (`annotate(retries=)`, `compute(retries=)`) goes back to ready.
- A worker process that dies takes its running tasks with it, and they go back to ready. A task that was lost with
  others is run alone from then on, so that the one that kills is known; when it has killed `_MOST_LOSSES` workers
  alone, the computation fails and names it.
- A `compute()` inside a task is run by the thread that runs the task.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter
from typing import Any

import minidask.events as events
from minidask.errors import WorkerDied
from minidask.schedulers.failure import PackedError, describe_inputs, note, pack_error, unpack_error, without_ours
from minidask.schedulers.state import DONE, State
from minidask.store.sizeof import sizeof
from minidask.task import Graph, Key, Task

_PATIENCE = 0.05
"""Seconds after which a batch is broken off."""
_LARGEST_BATCH = 256
_TURN = 0.005
"""Seconds after which the turn of a worker that has not come back is free."""
_MOST_LOSSES = 3
_GRACE = 0.4
"""Seconds that the caller waits for the workers when the loop was stopped by an error or by Ctrl-C."""

_here = threading.local()


@dataclass(slots=True)
class Outcome:
    """What became of a batch of tasks. Those that it says nothing of were not run."""

    values: list[Any]
    """The results of the first tasks, in order."""
    times: list[float]
    """Of `perf_counter`: before the first task, and after each one."""
    error: BaseException | None = None
    """What the task after those raised."""
    inputs: list[str] = field(default_factory=list)
    """A line on each input of the task that raised."""
    lost: str | None = None
    """How the worker died, when it did, while it ran the others."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For the way from a worker process: errors are made fit for it."""
        error = None if self.error is None else pack_error(self.error)
        return _arrived, (self.values, self.times, error, self.inputs)


def _arrived(values: list[Any], times: list[float], error: PackedError | None, inputs: list[str]) -> Outcome:
    return Outcome(values, times, None if error is None else unpack_error(error), inputs)


def run_batch(tasks: Iterable[Task], results: Any) -> Outcome:
    """Run tasks in this thread, one after the other, until one raises or they take too long."""
    outer, _here.inside = inside_task(), True
    task = None
    outcome = Outcome([], [perf_counter()])
    values, times = outcome.values, outcome.times
    limit = times[0] + _PATIENCE
    try:
        for task in tasks:
            values.append(task(results))
            now = perf_counter()
            times.append(now)
            if now > limit:
                break
    except BaseException as error:
        outcome.error = error.with_traceback(without_ours(error.__traceback__))
        outcome.inputs = describe_inputs(task, results) if task is not None else []
    finally:
        _here.inside = outer
    return outcome


def inside_task() -> bool:
    """Whether this thread is running a task."""
    return getattr(_here, "inside", False)


class Engine:
    """How the tasks of one computation are run: here, in the memory of this process.

    Engines that hold results elsewhere keep stand-ins for them in `results`.
    """

    batch_seconds = 0.001
    alone_below = 50e-6
    """Seconds: tasks shorter than this are run by one worker, because they hold the interpreter's lock throughout."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.results: dict[int, Any] = {}

    def run(self, numbers: list[int], worker: int) -> Outcome:
        """Run the first of the tasks, as many as seems good, in the calling thread or on its behalf."""
        return run_batch(map(self.graph.task, numbers), self.results)

    def name(self, worker: int) -> int | str:
        """What listeners hear about who runs a task."""
        return threading.get_ident()

    def release(self, results: list[Any]) -> None:
        """These results are needed no more."""

    def value(self, result: Any) -> Any:
        """The value that `result` stands for, for the caller."""
        return result

    def abort(self) -> None:
        """End what runs, as far as it can be ended."""

    def close(self) -> None:
        """The computation is over."""


def execute(
    graph: Graph | Mapping[Key, Any],
    keys: Iterable[Key],
    engine: Callable[[Graph], Engine],
    workers: int,
    callbacks: Sequence[events.Listener] = (),
    retries: int = 0,
) -> list[Any]:
    """Compute the values of `keys`.

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
    callbacks
        Listeners of this computation, beside those of `minidask.events`.
    retries
        How often a task that raises is run again, where its own hints say nothing of it.

    Returns
    -------
    The values, one per key.
    """
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
        raise ValueError(f"retries must be a whole number of at least 0, not {retries!r}")
    if not isinstance(graph, Graph):
        graph = Graph.from_dict(graph)
    if inside_task():
        engine, workers = Engine, 0
    wanted = [graph.number(key) for key in keys]
    state = State(graph, wanted)
    listeners = (*events.active(), *callbacks)
    error: BaseException | None = None
    for listener in listeners:
        listener.start(graph)
    try:
        values, error = _Loop(state, engine(graph), min(workers, state.left), listeners, retries).run(wanted)
        if error is not None:
            raise error
        return values
    except BaseException as caught:
        error = caught
        raise
    finally:
        for listener in listeners:
            listener.finish(graph, error)
        del error  # its traceback refers to this frame


class _Loop:
    """One computation while it runs."""

    def __init__(
        self, state: State, engine: Engine, workers: int, listeners: Sequence[events.Listener], retries: int
    ) -> None:
        self._state = state
        self._engine = engine
        self._workers = workers
        self._listeners = listeners
        self._retries = retries
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._over = threading.Event()
        self._asleep = 0
        self._seconds = float("inf")  # that a task takes, by the last ones' measure
        self._losses: Counter[int] = Counter()
        self._failures: Counter[int] = Counter()
        self._turn = 0  # the worker that takes all tasks while they are very short
        self._turn_ends = 0.0

    def run(self, wanted: list[int]) -> tuple[list[Any], BaseException | None]:
        """Run all; the values of the tasks `wanted`, or the error that stopped the loop."""
        try:
            if self._workers:
                self._wait_for_threads()
            else:
                self._work(0)
            if self._state.error is not None:
                return [], self._state.error
            results = self._engine.results
            values = {i: self._engine.value(results[i]) for i in set(wanted)}
            return [values[i] for i in wanted], None
        finally:
            self._engine.release(list(self._engine.results.values()))
            self._engine.results.clear()
            self._engine.close()
            self._state.error = None  # its traceback refers to this frame

    def _wait_for_threads(self) -> None:
        threads = [
            threading.Thread(
                target=copy_context().run, args=(self._work, worker), name=f"minidask-{worker}", daemon=True
            )
            for worker in range(self._workers)
        ]
        try:
            for thread in threads:
                thread.start()
            self._over.wait()
        except BaseException as error:
            self._stop(error)
        finally:
            if self._state.error is None:
                _join(threads, None)
            elif not _join(threads, _GRACE):
                self._engine.abort()
                _join(threads, _GRACE / 4)

    def _work(self, worker: int) -> None:
        """Be a worker, until nothing is left to start."""
        try:
            batch = self._wait_for_batch(worker)
            while batch:
                if self._listeners:
                    self._tell_starts(batch, worker)
                # no name holds the outcome, as its results may be released before the next ones are there
                batch = self._hand_in(batch, self._engine.run(batch, worker), worker) or self._wait_for_batch(worker)
        except BaseException as error:
            self._stop(error)

    def _stop(self, error: BaseException) -> None:
        with self._lock:
            if self._state.error is None:
                self._state.error = error
            self._end()

    def _end(self) -> None:
        self._over.set()
        self._changed.notify_all()

    def _hand_in(self, batch: list[int], outcome: Outcome, worker: int) -> list[int]:
        """Enter what became of a batch, and take the next one if one is ready."""
        with self._lock:
            late = self._over.is_set()
            released = outcome.values if late else self._settle(batch, outcome)
            taken = self._take(worker)
        if released:
            self._engine.release(released)
        if self._listeners and not late:
            self._tell_ends(batch, outcome, worker)
        return taken

    def _wait_for_batch(self, worker: int) -> list[int]:
        """The next tasks for one worker; it sleeps while there are none; an empty list when there will be none."""
        with self._lock:
            while True:
                batch = self._take(worker)
                if batch or self._over.is_set():
                    return batch
                self._asleep += 1
                self._changed.wait(_TURN if self._short else None)
                self._asleep -= 1

    @property
    def _short(self) -> bool:
        """Whether tasks are so short that one worker does them all sooner than several."""
        return self._seconds < self._engine.alone_below

    def _has_turn(self, worker: int) -> bool:
        now = perf_counter()
        if worker != self._turn and now < self._turn_ends:
            return False
        self._turn, self._turn_ends = worker, now + _TURN
        return True

    def _take(self, worker: int) -> list[int]:
        """The next tasks for one worker, if there are any for it now."""
        batch: list[int] = []
        if self._short and not self._has_turn(worker):
            return batch
        i = DONE if self._over.is_set() else self._state.next()
        if i >= 0:
            batch.append(i)
            for _ in range(self._batch_size() - 1):
                i = self._state.next()
                if i < 0:
                    break
                batch.append(i)
            if self._asleep and self._state.ready and not self._short:
                self._changed.notify(min(self._asleep, self._state.ready))
        elif i == DONE:
            self._end()
        else:
            self._turn_ends = 0.0
        return batch

    def _batch_size(self) -> int:
        if self._losses:
            return 1
        share = self._state.ready // (1 if self._short else max(1, self._workers)) + 1
        return min(int(self._engine.batch_seconds / self._seconds) + 1, share, _LARGEST_BATCH)

    def _settle(self, batch: list[int], outcome: Outcome) -> list[Any]:
        """Enter what became of a batch; the results that are released by it."""
        state, results = self._state, self._engine.results
        released: list[int] = []
        for i, value in zip(batch, outcome.values):
            results[i] = value
            released += state.done(i)
        if self._losses:
            for i in batch[: len(outcome.values)]:
                self._losses.pop(i, None)
        rest = batch[len(outcome.values) :]
        if outcome.error is not None:
            self._fail(rest.pop(0), outcome)
        elif outcome.lost is not None:
            self._lose(rest, outcome.lost)
        for i in rest:
            state.lost(i)
        self._measure(outcome.times)
        return [results.pop(i) for i in released]

    def _measure(self, times: list[float]) -> None:
        if len(times) > 1:
            lasted = sorted([end - start for start, end in pairwise(times)])[len(times) // 2 - 1]
            were_short = self._short
            self._seconds = lasted if self._seconds == float("inf") else (self._seconds + lasted) / 2 + 1e-9
            if self._short > were_short:
                self._changed.notify_all()  # those that sleep shall look now and then from now on

    def _fail(self, i: int, outcome: Outcome) -> None:
        error = outcome.error
        assert error is not None
        if isinstance(error, Exception):
            graph = self._engine.graph
            self._failures[i] += 1
            if self._failures[i] <= graph.annotations(i).get("retries", self._retries):
                self._state.lost(i)
                return
            error.add_note(note(graph, i, outcome.inputs, self._failures[i]))
        self._state.failed(i, error)

    def _lose(self, batch: list[int], how: str) -> None:
        """The worker that ran `batch` has died."""
        alone = len(batch) == 1
        for i in batch:
            self._losses[i] += alone  # of several, we do not know which one it was
        if alone and self._losses[batch[0]] >= _MOST_LOSSES:
            i = batch[0]
            blamed = note(self._engine.graph, i, [])
            text = f"{_MOST_LOSSES} worker processes died while each ran the same task, {blamed}; the last one {how}"
            self._state.failed(batch.pop(), WorkerDied(text))

    def _tell_starts(self, batch: list[int], worker: int) -> None:
        name = self._engine.name(worker)
        for listener in self._listeners:
            for i in batch:
                listener.task_start(i, name)

    def _tell_ends(self, batch: list[int], outcome: Outcome, worker: int) -> None:
        name = self._engine.name(worker)
        for listener in self._listeners:
            for i, value, started, ended in zip(batch, outcome.values, outcome.times, outcome.times[1:]):
                listener.task_end(i, name, started, ended, sizeof(value))


def _join(threads: list[threading.Thread], seconds: float | None) -> bool:
    """Wait for threads to end; whether they all did within `seconds`."""
    end = None if seconds is None else perf_counter() + seconds
    for thread in threads:
        if thread.ident is not None:
            thread.join(None if end is None else max(0.0, end - perf_counter()))
    return not any(thread.is_alive() for thread in threads)
