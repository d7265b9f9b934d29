"""Tasks in worker processes: for pure Python, and for code that holds the interpreter's lock.

Results stay where they are until somebody needs them: large ones are blocks of the store, of which this process
moves the names, small ones travel in the messages. A thread of this process speaks for each worker process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from math import inf
from time import perf_counter
from typing import Any

import minidask.config as config
from minidask.own_modules import versions
from minidask.quantities import parse_timedelta
from minidask.schedulers.death import Death, count_oom_kills, death_of
from minidask.schedulers.engine import Engine, Outcome
from minidask.schedulers.here import Stayers
from minidask.schedulers.literals import Literals
from minidask.schedulers.local import LocalScheduler
from minidask.schedulers.machine import cpu_count, worker_count
from minidask.schedulers.messages import Batch, Packed, current_setting, pickle_edited_by_value
from minidask.schedulers.pool import FalseStart, Pool, Process, WorkerGone
from minidask.schedulers.resident import private_memory
from minidask.schedulers.stacks import stacks_of
from minidask.schedulers.warned import Teller
from minidask.store.blocks import BlockStore
from minidask.store.frames import Unpicklable
from minidask.store.handle import Handle
from minidask.store.kept import Kept
from minidask.store.maps import open_block
from minidask.store.sizeof import register, sizeof
from minidask.task import Graph, Task, references

_MOST_FALSE_STARTS = 10
_SURROUNDED = 10
"""So many idle workers are there while workers die."""

_pool = Pool()


class Processes(LocalScheduler):
    """Runs tasks in worker processes, which stay warm for the next call. What cannot be pickled runs in this process,
    with a warning. A task that was running each time that several workers died raises a WorkerDied error.

    Examples
    --------
    >>> from operator import add
    >>> get({"x": 1, "y": (add, "x", 2)}, ["y", "x"], num_workers=1)
    [3, 1]
    """

    shares_memory = False

    def workers(self, num_workers: int | None) -> int:
        return worker_count(num_workers)

    def engine(self, graph: Graph, workers: int) -> Engine:
        return ProcessEngine(graph, workers)


get = Processes()


def shutdown() -> None:
    """End the idle worker processes; the next computation starts new ones.

    Examples
    --------
    >>> shutdown()
    """
    _pool.shutdown()


class Here:
    """A result that is in this process, and a packed copy of it when a worker has needed it."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.packed: Packed | None = None
        self._lock = threading.Lock()

    def pack(self, store: BlockStore) -> Packed:
        with self._lock:
            if self.packed is None:
                self.packed = store.pack(self.value)
            return self.packed


@register(Here)
def _size_here(result: Here) -> int:
    return sizeof(result.value)


class ProcessEngine(Engine):
    """Batches of tasks for worker processes. A result is a handle, packed bytes, or `Here`."""

    batch_seconds = 0.01
    alone_below = 0.0
    in_this_process = False

    def __init__(self, graph: Graph, workers: int) -> None:
        super().__init__(graph)
        self._most_idle = max(workers, cpu_count())
        self.store = BlockStore()
        self._versions = versions()
        threads = max(1, cpu_count() // min(workers, len(graph) or 1))
        self._setting = current_setting(threads, self.store.folders, self._versions)
        self._processes: dict[int, Process] = {}
        self._busy: dict[Process, tuple[list[int], int]] = {}  # what each runs, and the memory that it had before
        self._literals = Literals(self.store)
        self._stayers = Stayers(self, Here)
        self._aborted = False
        self._lock = threading.Lock()
        stopped = config.get("stopped-workers")
        self._patience = inf if stopped is None else parse_timedelta(stopped)
        pickle_edited_by_value()
        self._losses = 0
        self._modules: set[str] = set()  # that workers which have died had needed
        self._oom_kills = count_oom_kills()
        self._bystanders = _pool.bystanders(look=False)
        self._served = False  # so workers can start
        self._teller = Teller()
        self._false_starts = 0.0  # in a row; those that somebody ended count little

    def weigh(self, results: list[Any]) -> list[int]:
        return [0 if type(result) is Handle and result.on_disk else sizeof(result) for result in results]

    def name(self, worker: int) -> int:
        """The worker process' number."""
        return self._process(worker).pid

    def run(self, numbers: list[int], worker: int) -> Outcome:
        tasks = [self.graph.task(i) for i in numbers]
        stays, count = self._stayers.first(tasks)
        if stays:
            return _resting(tasks[:count]) or self._stayers.run(numbers[:count])
        outcome = self._send(numbers[:count], tasks[:count], worker)
        if isinstance(outcome.error, Unpicklable):
            return self._stayers.settle(outcome, numbers[:count], worker)
        return outcome

    def _send(self, batch: list[int], tasks: list[Task], worker: int) -> Outcome:
        process = self._process(worker)
        packed: Packed = b""
        numbers = {d for task in tasks for d in references(task)}
        pinned: list[Kept] = []
        self._busy[process] = batch, private_memory(process.pid)
        try:
            if self._aborted:
                raise CancelledError
            functions, forget, frames = process.functions.pack(tasks, self._literals.place)
            packed = self.store.pack_frames(frames)
            setting = None if process.setting == self._setting else self._setting
            inputs = {d: self._pack(self.results[d], pinned) for d in numbers}
            outcome = process.ask(Batch(setting, functions, forget, packed, inputs), self._patience)
            self._false_starts, self._served = 0, True
            return self._warn(outcome)
        except Unpicklable as error:
            process.functions.forget()  # it was not told of them
            return Outcome([], [], error)
        except FalseStart as gone:
            self._drop(worker, idle=True)
            self._false_starts += 1 if gone.by_itself else 1 / _MOST_FALSE_STARTS ** (2 if self._served else 1)
            if self._false_starts >= _MOST_FALSE_STARTS:
                raise RuntimeError(f"worker processes cannot start: the last one {gone}; see its error above") from None
            return Outcome([], [])
        except WorkerGone as gone:
            self._drop(worker)
            self.store.release_others(process.pid, _handles(list(self.results.values())))
            return Outcome([], [], lost=self._look_into(gone))
        except BaseException:
            if not process.alive():
                self._drop(worker)
                self.store.release_others(process.pid, _handles(list(self.results.values())))
            raise
        finally:
            del self._busy[process]
            for block in pinned:
                block.unpin()
            if type(packed) is Handle:
                self.store.release(packed)

    def _process(self, worker: int) -> Process:
        if self._losses:
            _pool.surround(_SURROUNDED, self._modules)
        if worker not in self._processes:
            process = _pool.take(self._versions, self._losses > 0, self._modules)
            with self._lock:
                if not self._aborted:
                    return self._processes.setdefault(worker, process)
            _pool.give(process, 0)
            raise CancelledError
        return self._processes[worker]

    def _warn(self, outcome: Outcome) -> Outcome:
        """Give the warnings of a worker here; a filter may make an error of one."""
        failed = self._teller.give(outcome.warned) if outcome.warned else None
        if failed is None:
            return outcome
        at, error = failed
        self.release(outcome.values[at:])
        return Outcome(outcome.values[:at], outcome.times[: at + 1], error)

    def _look_into(self, gone: WorkerGone) -> Death:
        """How a worker died, while it ran tasks."""
        before, self._oom_kills = self._oom_kills, count_oom_kills()
        return death_of(str(gone), gone.code, self._oom_kills - before, _pool.bystanders() - self._bystanders)

    def _drop(self, worker: int, idle: bool = False) -> None:
        """The process of this worker has died, before it had a task to run or while it ran some."""
        with self._lock:
            process = self._processes.pop(worker, None)
            self._losses += 1
            if process is not None:
                self._modules = self._modules | process.functions.modules()
        if process is not None:  # else `close` was faster
            (_pool.fallen if idle else _pool.lost)(process)

    def _pack(self, result: Any, pinned: list[Kept]) -> Packed:
        if type(result) is Kept:
            handle = result.pin()
            pinned.append(result)
            return handle
        packed: Packed = result.pack(self.store) if type(result) is Here else result
        return packed

    def spill(self, result: Any) -> Any:
        return self.store.spill(result.value) if type(result) is Here else self.store.spill_packed(result)

    def frames(self, result: Any) -> Iterable[Any] | None:
        if type(result) is Handle:
            return [open_block(result)]
        return [result] if type(result) is bytes else super().frames(result.value)

    def copy(self, result: Any) -> Kept | None:
        return super().copy(result if type(result) is Handle else self.value(result))

    def keep(self, number: int) -> Kept:
        if type(result := self.results[number]) not in (Handle, Kept):
            self.release([result])
            self.results[number] = self.value(result)
        return super().keep(number)

    def value(self, result: Any) -> Any:
        if type(result) is Kept:
            return result.open()
        return result.value if type(result) is Here else self.store.unpack(result)

    def release(self, results: list[Any]) -> None:
        for handle in _handles(results):
            self.store.release(handle)

    def apart(self) -> list[tuple[list[int], int]]:
        busy = list(self._busy.items())
        return [(batch, max(0, private_memory(process.pid) - before)) for process, (batch, before) in busy]

    def stacks(self) -> list[str]:
        busy = [process.pid for process in list(self._busy)]
        return [f"worker process {pid}:\n{stacks_of(pid)}" for pid in busy]

    def abort(self) -> None:
        """End the processes that run tasks."""
        with self._lock:
            self._aborted = True
        for process in list(self._busy):
            process.kill()
        _pool.break_off()

    def close(self) -> None:
        self._literals.release()
        with self._lock:
            processes = list(self._processes.values())
            self._processes.clear()
        for process in processes:
            _pool.give(process, self._most_idle)
        if self._losses:
            _pool.trim(self._most_idle)
        if self._aborted:
            _pool.shutdown(at_once=True)  # who interrupts wants to have nothing left


def _resting(tasks: list[Task]) -> Outcome | None:
    """The results of tasks that have kept blocks: they stay where they are."""
    blocks = [task.args[0] for task in tasks]
    if all(type(block) is Kept for block in blocks):
        return Outcome(blocks, [perf_counter()] * (len(blocks) + 1))
    return None


def _handles(results: Iterable[Any]) -> Iterator[Handle]:
    for result in results:
        packed = result.packed if type(result) is Here else result
        if type(packed) is Handle:
            yield packed
