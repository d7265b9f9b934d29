"""Tasks in any `concurrent.futures.Executor`: every value passes through its `submit`."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import Any

import cloudpickle

import minidask.config as config
from minidask.described import shortened
from minidask.schedulers.account import Inside, inside
from minidask.schedulers.blas import held
from minidask.schedulers.engine import Engine, Outcome, run_batch
from minidask.schedulers.failure import note
from minidask.schedulers.here import Stayers
from minidask.schedulers.local import LocalScheduler
from minidask.schedulers.machine import worker_count
from minidask.schedulers.messages import portable_options
from minidask.store.frames import Unpicklable
from minidask.task import Graph, references


def get_for(executor: Executor) -> LocalScheduler:
    """The get function that computes graphs in `executor`, which stays open.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as executor:
    ...     get_for(executor)({"x": 1, "y": (max, "x", 2)}, ["y"])
    [2]
    """
    return _InExecutor(executor)


class _InExecutor(LocalScheduler):
    shares_memory = False

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def workers(self, num_workers: int | None) -> int:
        asked = config.get("num_workers", override_with=num_workers)
        return worker_count(getattr(self._executor, "_max_workers", None) if asked is None else asked)

    def engine(self, graph: Graph, workers: int) -> Engine:
        return _ExecutorEngine(graph, self._executor)

    def around(self, workers: int) -> AbstractContextManager[None]:
        return held(workers) if isinstance(self._executor, ThreadPoolExecutor) else nullcontext()


class _ExecutorEngine(Engine):
    """Batches of tasks as calls of an executor."""

    batch_seconds = 0.01
    alone_below = 0.0

    def __init__(self, graph: Graph, executor: Executor) -> None:
        super().__init__(graph)
        self._executor = executor
        self._stayers = Stayers(self)
        self._aborted: Future[None] = Future()
        self._lock = threading.Lock()
        self._running: dict[Future[_Parcel], list[int]] = {}
        self._options = portable_options()

    def run(self, numbers: list[int], worker: int) -> Outcome:
        tasks = [self.graph.task(i) for i in numbers]
        stays, count = self._stayers.first(tasks)
        numbers, tasks = numbers[:count], tasks[:count]
        if stays:
            return self._stayers.run(numbers)
        inputs = {d: self.value(self.results[d]) for task in tasks for d in references(task)}
        try:
            outcome = self._submit(numbers, _Parcel((tasks, inputs, self._options), inside.get()))
        except Unpicklable as error:
            outcome = Outcome([], [], error)
        if isinstance(outcome.error, Unpicklable):
            return self._stayers.settle(outcome, numbers, worker)
        return outcome

    def _submit(self, numbers: list[int], parcel: _Parcel) -> Outcome:
        future = self._executor.submit(_run_parcel, parcel)
        with self._lock:
            self._running[future] = numbers
        either: list[Future[Any]] = [future, self._aborted]
        wait(either, return_when=FIRST_COMPLETED)
        with self._lock:
            running = list(dict.fromkeys(chain.from_iterable(self._running.values())))
            del self._running[future]
        if not future.done():
            raise CancelledError
        try:
            outcome: Outcome = future.result().content
        except BrokenExecutor as error:
            self._blame(running, error)
            raise
        return outcome

    def _blame(self, running: list[int], error: BrokenExecutor) -> None:
        """Tell what was running when the executor broke; which of these broke it, nobody knows."""
        told = shortened(dict.fromkeys(note(self.graph, i, []) for i in running))
        error.add_note("\n  ".join(["one of these tasks was running when a worker of the executor died:", *told]))

    def abort(self) -> None:
        """Cancel the calls that have not begun, and wait for no other."""
        with self._lock:
            for future in self._running:
                future.cancel()
        self._aborted.set_result(None)


class _Parcel:
    """Content that goes by reference within a process, and by cloudpickle where the executor pickles."""

    def __init__(self, content: Any, sender: Inside | None = None) -> None:
        self.content = content
        self.sender = sender  # stays within the process

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            return _open_parcel, (cloudpickle.dumps(self.content),)
        except Exception as error:
            raise Unpicklable(f"{type(error).__name__}: {error}") from error


def _open_parcel(data: bytes) -> _Parcel:
    return _Parcel(pickle.loads(data))


def _run_parcel(parcel: _Parcel) -> _Parcel:
    tasks, inputs, options = parcel.content
    before = inside.set(parcel.sender)
    try:
        with config.adopted(options):
            return _Parcel(run_batch(tasks, inputs))
    finally:
        inside.reset(before)
