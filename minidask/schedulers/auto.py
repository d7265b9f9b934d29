"""Tasks in threads or in worker processes, as suits each operation: all begin in threads, and the first are looked at.

An operation that holds the interpreter's lock moves to worker processes, where what must be sent there and back is
small beside its run. Its results stay there, and so its dependents of the same nature find their inputs.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from itertools import takewhile
from time import perf_counter
from typing import Any

from minidask.schedulers.blas import held
from minidask.schedulers.engine import Engine, Outcome
from minidask.schedulers.lock import Probe, Watched, thread_times
from minidask.schedulers.machine import has_interpreter_lock
from minidask.schedulers.nature import Choice, Sample, learn, learnt
from minidask.schedulers.processes import Here, ProcessEngine, Processes
from minidask.store.handle import Handle
from minidask.store.sizeof import sizeof
from minidask.task import Graph


class Auto(Processes):
    """Runs each operation in threads or in worker processes, as suits it.

    What is fused is one operation. Of several after each other each is judged alone: its result counts as sent, also
    where the next one would take it in a worker process, too. So a chain of short tasks with large results stays in
    threads, where processes might pay for the chain as a whole.

    Examples
    --------
    >>> from operator import add
    >>> get({"x": 1, "y": (add, "x", 2)}, ["y", "x"], num_workers=2)
    [3, 1]
    """

    def engine(self, graph: Graph, workers: int) -> Engine:
        return AutoEngine(graph, workers)

    def around(self, workers: int) -> AbstractContextManager[None]:
        return held(workers)


get = Auto()


class AutoEngine(ProcessEngine):
    """Threads and worker processes over the same results."""

    batch_seconds = 0.002
    alone_below = 50e-6
    in_this_process = True

    def __init__(self, graph: Graph, workers: int) -> None:
        super().__init__(graph, workers)
        self._samples: dict[int, Sample] = {}
        self._chosen: dict[int, Choice] = {}
        self._running = 0
        self._probe = Probe()
        self._user = object()
        self._lock = threading.Lock()
        self._can_move = has_interpreter_lock()

    def name(self, worker: int) -> int:
        return self._processes[worker].pid if worker in self._processes else threading.get_ident()

    def run(self, numbers: list[int], worker: int) -> Outcome:
        there = [self._in_processes(self.graph.kind(i)) for i in numbers]
        count = next((at for at, other in enumerate(there) if other != there[0]), len(there))
        return super().run(numbers[:count], worker) if there[0] else self._run_here(numbers[:count])

    def _in_processes(self, kind: int) -> bool:
        if not self._can_move:
            return False
        choice = self._chosen.get(kind)
        if choice is None and kind not in self._samples:
            choice = learnt(self.graph, kind, self._user)
            with self._lock:
                if choice is None:
                    self._samples.setdefault(kind, Sample())
                else:
                    self._chosen[kind] = choice
        return choice is not None and choice.in_processes

    def _run_here(self, numbers: list[int]) -> Outcome:
        kind = self.graph.kind(numbers[0])
        sampled = kind in self._samples and kind not in self._chosen
        if sampled:
            numbers = list(takewhile(lambda i: self.graph.kind(i) == kind, numbers))  # an outcome is of the first ones
        with self._lock:
            self._running += 1
            beside = self._running
        try:
            outcome, seen = self._watch(numbers) if sampled else (self._stayers.run(numbers), None)
        finally:
            with self._lock:
                beside += self._running
                self._running -= 1
        if seen is not None and outcome.values:
            sent = sum([self._sent(i, value) for i, value in zip(numbers, outcome.values)])
            self._learn(kind, len(outcome.values), seen[0], seen[1], beside / 2, sent, seen[2])
        return outcome

    def _watch(self, numbers: list[int]) -> tuple[Outcome, tuple[float, float, Watched]]:
        """Run tasks, and see what the thread and the probe did, as `Sample.add` takes it."""
        with self._probe:
            (used, queued), before, began = thread_times(), self._probe.seen, perf_counter()
            outcome = self._stayers.run(numbers)
            passed, after, (used_then, queued_then) = perf_counter() - began, self._probe.seen, thread_times()
            watched = Watched(after.waited - before.waited, after.lasted - before.lasted)
            return outcome, (used_then - used, max(0.0, passed - (queued_then - queued)), watched)

    def close(self) -> None:
        self._probe.close()
        super().close()

    def _sent(self, i: int, value: Any) -> int:
        """The bytes of a result, and of its inputs that are here."""
        inputs = [self.results.get(d) for d in self.graph.needed_by(i)]
        return sizeof(value) + sum([sizeof(d) for d in inputs if type(d) is Here and type(d.packed) is not Handle])

    def _learn(self, kind: int, *seen: Any) -> None:
        with self._lock:
            sample = self._samples[kind]
            sample.add(*seen)
            choice = sample.choose()
            if choice is None or kind in self._chosen:
                return
            self._chosen[kind] = choice
        operation = learn(self.graph, kind, choice)
        if operation is None:
            return
        for listener in self.listeners:
            listener.choice(operation, choice.in_processes, choice.why)
