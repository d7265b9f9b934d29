"""A worker process: a fork of ``python -m minidask.schedulers.worker <file descriptor>``, which is the nursery.

It answers each `Batch` with an `Outcome`, and ends when the connection does. It never imports a person's main module.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import invalidate_caches
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

import minidask.config as config
from minidask.schedulers.blas import hold
from minidask.schedulers.death import OUT_OF_MEMORY
from minidask.schedulers.engine import Outcome, run_batch
from minidask.schedulers.globals import Adopted
from minidask.schedulers.messages import Batch, Packed, Setting, receive
from minidask.schedulers.nursery import breed
from minidask.schedulers.resident import give_back
from minidask.schedulers.stacks import answer_for_stacks
from minidask.schedulers.warned import Collector
from minidask.store.blocks import BlockStore
from minidask.store.frames import Unpicklable
from minidask.store.handle import Handle
from minidask.task import Task

_NOTABLE = 256 * 2**20
"""Bytes of results after which it is worth to give memory back to the system; takes some milliseconds."""
_GRACE = 0.5
"""Seconds between the end of the main process and the end of a worker that is in the middle of a task."""


class Worker:
    """Runs the batches that come in, one after the other."""

    _store: BlockStore
    _setting: Setting
    _stored = 0  # bytes, since memory was given back to the system

    def __init__(self) -> None:
        self._warnings = Collector()
        self._globals = Adopted()

    def serve(self, connection: Connection) -> None:
        """Say that we are here, and answer batches until the connection ends."""
        with suppress(EOFError, OSError):  # the main process has gone, or wants no answer any more
            connection.send_bytes(b"ready")
            while True:
                self._answer(connection, connection.recv_bytes())

    def _answer(self, connection: Connection, request: bytes) -> None:
        answer = pickle.dumps(self._run(pickle.loads(request)), protocol=5)  # no name keeps an error's frames
        with suppress(OSError):  # whoever read what we print has gone
            sys.stdout.flush()
        connection.send_bytes(answer)
        if self._stored > _NOTABLE:
            give_back()
            self._stored = 0

    def _run(self, batch: Batch) -> Outcome:
        if batch.setting is not None:
            self._adopt(batch.setting)
        if batch.forget:  # a computation begins, and there may be new modules
            invalidate_caches()
        receive(batch.functions, batch.forget)
        try:
            tasks = self._store.unpack(batch.tasks)
        except Exception as error:
            why = Unpicklable(f"a worker process cannot load it: {type(error).__name__}: {error}")
            return Outcome([], [perf_counter()], why)
        hold(self._setting.threads)
        inputs = _Inputs(self._store, batch.inputs)
        with config.adopted(self._setting.options), self._warnings.batch() as warned:
            outcome = run_batch(self._each(tasks, inputs), inputs)
        outcome.warned = warned
        self._stored += sum([value.nbytes for value in outcome.values if type(value) is Handle])
        return outcome

    def _each(self, tasks: list[Task], inputs: _Inputs) -> Iterator[Task]:
        """The tasks, whose results are packed; each opens its inputs anew: it may write to them."""
        for task in tasks:
            inputs.clear()
            self._warnings.at += 1
            yield Task(self._store.pack, (task,))

    def _adopt(self, setting: Setting) -> None:
        self._setting = setting
        self._store = BlockStore(setting.folders)
        sys.path[:], sys.argv[:] = setting.path, setting.arguments
        os.environ.clear()
        os.environ.update(setting.environment)
        os.chdir(setting.folder)
        self._globals.adopt(setting.globals)


class _Inputs(dict[int, Any]):
    """The results that the tasks of a batch refer to, each opened when it is first used."""

    def __init__(self, store: BlockStore, packed: Mapping[int, Packed]) -> None:
        self._store = store
        self._packed = packed

    def __missing__(self, number: int) -> Any:
        self[number] = value = self._store.unpack(self._packed[number])
        return value

    def part(self, number: int, key: Any) -> Any:
        """`value[key]`; of a value on disk a copy, so that it does not stay open."""
        return self._store.part(self._packed[number], key)


def _end_with(file: int) -> None:
    """End this process when the other end of the connection is closed, also in the middle of a task."""
    poll = select.poll()
    poll.register(file, getattr(select, "POLLRDHUP", 0))
    poll.poll()
    time.sleep(_GRACE)  # a worker that is idle ends by itself
    os._exit(1)


def main(file: int) -> None:
    """Be the nursery, and a worker in each of its forks, connected to the main process by the socket `file`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches all; the main process decides
    own = breed(Connection(file))
    if own is not None:
        answer_for_stacks()
        threading.Thread(target=_end_with, args=(own,), daemon=True).start()
        try:
            Worker().serve(Connection(own))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    from minidask.schedulers import worker  # the module by its name: objects of this one would be of `__main__`

    worker.main(int(sys.argv[1]))
