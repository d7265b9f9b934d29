"""How the tasks of one computation are run: here, unless a subclass says otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

import minidask.store.kept as kept
from minidask.events import Listener
from minidask.schedulers.death import Death
from minidask.schedulers.failure import PackedError, describe_inputs, pack_error, unpack_error, without_ours
from minidask.schedulers.warned import Warned
from minidask.store.handle import Handle
from minidask.store.sizeof import sizeof
from minidask.task import Graph, Task

if TYPE_CHECKING:
    from minidask.store.blocks import BlockStore

_PATIENCE = 0.05
"""Seconds after which a batch is broken off."""

_TINY = frozenset((int, float, bool, type(None)))
"""Types of results whose memory is not worth to be counted."""

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
    lost: Death | None = None
    """How the worker died, when it did, while it ran the others."""
    warned: Sequence[Warned] = ()
    """What a worker process warned of."""
    sizes: Sequence[int] = ()
    """As the engine weighs the results."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For the way from a worker process: errors are made fit for it."""
        error = None if self.error is None else pack_error(self.error)
        return _arrived, (self.values, self.times, error, self.inputs, self.warned)


def _arrived(
    values: list[Any], times: list[float], error: PackedError | None, inputs: list[str], warned: Sequence[Warned]
) -> Outcome:
    return Outcome(values, times, None if error is None else unpack_error(error), inputs, None, warned)


def run_batch(tasks: Iterable[Task], results: Any) -> Outcome:
    """Run tasks in this thread, one after the other, until one raises or they take too long."""
    task = None
    outcome = Outcome([], [perf_counter()])
    values, times = outcome.values, outcome.times
    limit = times[0] + _PATIENCE
    outer, _here.inside = inside_task(), True
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


@contextmanager
def in_task() -> Iterator[None]:
    """This thread is running a task, inside the block."""
    outer, _here.inside = inside_task(), True
    try:
        yield
    finally:
        _here.inside = outer


def inside_task() -> bool:
    """Whether this thread is running a task."""
    return getattr(_here, "inside", False)


class Engine:
    """How the tasks of one computation are run: here, in the memory of this process.

    `results` holds, by number, the result of each task or what stands for it: a `Handle` where it was spilled, and
    whatever a subclass has that keeps results elsewhere.
    """

    batch_seconds = 0.001
    alone_below = 50e-6
    """Seconds: tasks shorter than this are run by one worker, where they hold the interpreter's lock throughout."""
    in_this_process = True
    """Whether the memory that tasks take is that of this process."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.results: dict[int, Any] = {}
        self.listeners: Sequence[Listener] = ()

    @cached_property
    def store(self) -> BlockStore:
        """Where results go that have no room in memory."""
        from minidask.store.blocks import BlockStore

        return BlockStore()

    @property
    def _has_spilled(self) -> bool:
        return "store" in self.__dict__

    def run(self, numbers: list[int], worker: int) -> Outcome:
        """Run the first of the tasks, as many as seems good, in the calling thread or on its behalf."""
        results = Opened(self) if self._has_spilled else self.results
        return run_batch(map(self.graph.task, numbers), results)

    def weigh(self, results: list[Any]) -> list[int]:
        """The bytes of memory that new results take; 0: next to none."""
        return [0 if type(result) in _TINY else sizeof(result) for result in results]

    def name(self, worker: int) -> int | str:
        """What listeners hear about who runs a task."""
        return threading.get_ident()

    def spill(self, result: Any) -> Any:
        """Write a result to disk; what stands for it from now on, or None where it cannot be written.

        Raises
        ------
        SpillError
            The disk is full, or broken.
        """
        return self.store.spill(result)

    def value(self, result: Any) -> Any:
        """The value that `result` stands for."""
        return self.store.get(result) if type(result) is Handle else result

    def frames(self, result: Any) -> Iterable[Any] | None:
        """The bytes of a result as they are stored, in pieces; None where it cannot be stored."""
        return _frames(result)

    def copy(self, result: Any) -> kept.Kept | None:
        """A copy of a result for later computations, or None where there can be none."""
        return None if hasattr(result, "__next__") else kept.copy(result)

    def keep(self, number: int) -> kept.Kept:
        """The result of a task for later computations; here it is no more."""
        block = kept.keep(self.results[number])
        del self.results[number]
        return block

    def release(self, results: list[Any]) -> None:
        """These results are needed no more."""
        if self._has_spilled:
            for result in results:
                if type(result) is Handle:
                    self.store.release(result)

    def apart(self) -> list[tuple[list[int], int]]:
        """The batches that run in other processes, and the bytes that each of these has taken for it so far."""
        return []

    def stacks(self) -> list[str]:
        """What workers that are not threads of this process are doing, as text."""
        return []

    def abort(self) -> None:
        """End what runs, as far as it can be ended."""

    def close(self) -> None:
        """The computation is over."""


def tell_starts(engine: Engine, batch: list[int], worker: int) -> None:
    """Tell listeners of tasks that a worker is about to run."""
    name = engine.name(worker)
    for listener in engine.listeners:
        start = listener.task_start
        for i in batch:
            start(i, name)


def tell_ends(engine: Engine, batch: list[int], outcome: Outcome, worker: int) -> None:
    """Tell listeners of tasks that a worker has run."""
    name = engine.name(worker)
    sizes = [nbytes or sizeof(value) for nbytes, value in zip(outcome.sizes, outcome.values)]
    for listener in engine.listeners:
        end = listener.task_end
        for i, nbytes, started, ended in zip(batch, sizes, outcome.times, outcome.times[1:]):
            end(i, name, started, ended, nbytes)


def _frames(value: Any) -> Iterable[Any] | None:
    from minidask.store.frames import Frames, Unpicklable  # loaded with the first checkpoint, with cloudpickle

    if hasattr(value, "__next__"):  # an iterator is used up by who reads it
        return None
    try:
        return Frames(value).parts()
    except Unpicklable:
        return None


class Opened:
    """The values of an engine's results, by number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getitem__(self, number: int) -> Any:
        return self._engine.value(self._engine.results[number])

    def part(self, number: int, key: Any) -> Any:
        """`value[key]`; of a value on disk a copy, so that it does not stay open."""
        result = self._engine.results[number]
        return self._engine.store.part(result, key) if type(result) is Handle else self._engine.value(result)[key]
