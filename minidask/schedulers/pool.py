"""Warm worker processes: started when needed, kept between computations, ended with this process.

A worker belongs to whoever refers to it: the pool while it is idle, a computation while it works. One that nobody
refers to any more, whatever error was in the way of giving it back, ends by itself, as its connection is closed.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import socket
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from math import inf
from multiprocessing.connection import Connection
from time import monotonic, sleep, time_ns
from weakref import WeakSet

from minidask.own_modules import Version, is_own
from minidask.schedulers.engine import Outcome
from minidask.schedulers.machine import is_stopped, kill_group
from minidask.schedulers.messages import Batch, Functions, Setting
from minidask.schedulers.nursery import Nursery, NurseryGone, describe_end, hung_up

_PATIENCE = 2.0
"""Seconds that workers have to end by themselves."""
_LOOK_EVERY = 0.001
_HARMLESS = ("numpy", "numpy.random", "pandas")
"""Modules that start no threads when they are imported, so that their process can be forked."""
_STOP_LOOK = 0.5
"""Seconds between looks whether a worker that is running tasks was stopped."""


class WorkerGone(Exception):
    """The process has ended; the message says how."""

    def __init__(self, how: str, code: int | None) -> None:
        super().__init__(how)
        self.code = code


class FalseStart(Exception):
    """The process has ended before it could take a batch; the message says how."""

    def __init__(self, how: str, by_itself: bool) -> None:
        super().__init__(how)
        self.by_itself = by_itself


class Process:
    """A worker process, as seen from the main process."""

    def __init__(self, nursery: Nursery, modules: tuple[str, ...]) -> None:
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours.detach())
        self._poll = select.poll()
        self._poll.register(self._connection.fileno(), select.POLLIN)
        self._nursery = nursery
        self._ready = False
        self._killed = False
        self._stopped = False
        self._code: int | None = None
        self._end = ""
        self._ending = threading.Lock()
        self.functions = Functions()
        self.setting: Setting | None = None
        self.pid = 0
        self._born = time_ns()
        self._versions: dict[str, Version] = {}  # of the modules that may be imported there
        with theirs, suppress(NurseryGone):
            self.pid = nursery.fork(theirs.fileno(), modules)

    def ask(self, batch: Batch, patience: float = inf) -> Outcome:
        """Let the worker run a batch; end it when somebody has stopped it (SIGSTOP) for so many seconds.

        Raises
        ------
        WorkerGone
            It has died.
        FalseStart
            It has died before it was given the batch.
        """
        try:
            if not self._ready:
                self._receive(patience)
                self._ready = True
            self._connection.send_bytes(pickle.dumps(batch, protocol=5))
            answer = self._receive(patience)
        except (EOFError, OSError):
            self._connection.close()
            self.join()
            if self._stopped:
                self._end = f"was stopped for {patience:g} seconds, and then ended"
            if self._ready:
                raise WorkerGone(self._end, self._code) from None
            raise FalseStart(self._end, by_itself="exited" in self._end) from None
        except BaseException:
            self.end()
            raise
        self.setting = batch.setting or self.setting
        return self._read(answer)

    def _read(self, answer: bytes) -> Outcome:
        try:
            outcome: Outcome = pickle.loads(answer)
            return outcome
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End it at once, and wait for that; no thread waits for its answer."""
        self.kill()
        self._connection.close()
        self.join()

    def _receive(self, patience: float) -> bytes:
        stopped = 0
        while not self._poll.poll(_STOP_LOOK * 1000):
            stopped = stopped + 1 if is_stopped(self.pid) else 0
            if stopped * _STOP_LOOK >= patience:
                self._stopped = True
                self.kill()
        return self._connection.recv_bytes()

    def alive(self) -> bool:
        """Whether it can take a batch."""
        return not self._killed and not self._connection.closed and not hung_up(self._connection)

    def adopt(self, versions: Mapping[str, Version]) -> bool:
        """Whether it has, or will import, these versions of modules, rather than what their files held before."""
        before = self._versions
        if any(
            before.get(name, v) != v or (name not in before and v.changed > self._born) for name, v in versions.items()
        ):
            return False
        self._versions = {**before, **versions}
        return True

    def is_down(self, look: bool) -> bool:
        """Whether it has died, or was stopped; the latter takes some microseconds to `look` for."""
        return not self.alive() or (look and is_stopped(self.pid))

    def ended_by_itself(self) -> bool:
        """Whether it has not been killed, now that it has ended."""
        return self._code is not None and self._code >= 0

    def kill(self) -> None:
        """End it at once; the thread that waits for its answer is told so."""
        self._killed = True
        if self.pid and not self._end:
            kill_group(self.pid)

    def close(self) -> None:
        """Let it end by itself; `join` waits for it."""
        if not self._killed:  # then the thread that waits for its answer closes
            self._connection.close()

    def join(self) -> None:
        """Wait until it has ended, and do not wait long."""
        end = monotonic() + _PATIENCE
        with self._ending:
            try:
                while not self._end:
                    self._code = self._nursery.status(self.pid)
                    if self._code is not None:
                        self._end = describe_end(self._code)
                    elif monotonic() > end:
                        self.kill()
                    sleep(0 if self._end else _LOOK_EVERY)
            except NurseryGone as gone:
                self._end = "has gone" if self.pid else str(gone)


class Pool:
    """Workers that are idle; computations that run at the same time take different ones."""

    def __init__(self) -> None:
        self._idle: list[Process] = []
        self._nurseries: list[Nursery] = []  # where workers have died also a fork of the first: it may be killed, too
        self._cautious = False  # whether a nursery has ended when it had imported more than the harmless modules
        self._out: WeakSet[Process] = WeakSet()  # workers that computations have taken
        self._bystanders = 0
        self._lock = threading.Lock()
        atexit.register(self.shutdown)
        os.register_at_fork(after_in_child=self._forget)

    def take(self, versions: Mapping[str, Version] = {}, again: bool = False, modules: Iterable[str] = ()) -> Process:
        """An idle worker that has no other versions of modules, or a new one.

        With `again` it replaces one that had imported `modules`, and has died.
        """
        while True:
            with self._lock:
                if not self._idle:
                    break
                process = self._idle.pop()
                self._out.add(process)
            if process.is_down(again):
                self.fallen(process)
            elif process.adopt(versions):
                return process
            else:
                self.lost(process)
        process = self._start(again, modules)
        process.adopt(versions)
        return process

    def _start(self, again: bool, modules: Iterable[str] = ()) -> Process:
        with self._lock:
            self._close([nursery for nursery in self._nurseries if not nursery.alive()])
            if not self._nurseries:
                self._nurseries.append(Nursery())
            nursery = self._nurseries[0]
            if again and len(self._nurseries) == 1:
                with suppress(NurseryGone):
                    self._nurseries.append(Nursery(nursery))
        likely = _modules(again, () if self._cautious else modules)
        process = Process(nursery, likely)
        with self._lock:
            self._cautious = self._cautious or (not process.pid and not {*likely} <= {*_HARMLESS})
            self._out.add(process)
        return process

    def _close(self, nurseries: list[Nursery]) -> None:
        """Wait for their end; those that an error leaves are looked at the next time."""
        for nursery in nurseries:
            nursery.close()
            self._nurseries.remove(nursery)

    def lost(self, process: Process) -> None:
        """A worker that was taken has died."""
        process.close()
        process.join()
        with self._lock:
            self._out.discard(process)

    def fallen(self, process: Process) -> None:
        """A worker has died that ran nothing, or was stopped."""
        if process.alive():
            process.end()
        self.lost(process)
        with self._lock:
            self._bystanders += not process.ended_by_itself()

    def bystanders(self, look: bool = True) -> int:
        """How many workers have been killed or stopped that ran nothing, so far."""
        with self._lock:
            dead = [process for process in self._idle if process.is_down(look)]
            self._idle = [process for process in self._idle if process not in dead]
        for process in dead:
            self.fallen(process)
        return self._bystanders

    def surround(self, count: int, modules: Iterable[str]) -> None:
        """Have so many idle workers again, where half of them have gone.

        One who kills at random hits them, mostly, and not a worker that runs a task; so we know that it is not the
        task. And there is one at once for the place of each that dies. Where the nursery itself has died, nobody waits
        for another one until a worker is needed.
        """
        self.bystanders()  # takes out those that were hit
        missing = count - len(self._idle)
        for _ in range(missing if missing >= count / 2 else 0):
            if not any(nursery.alive() for nursery in list(self._nurseries)):
                break
            self.give(self._start(True, modules), count)

    def trim(self, most: int) -> None:
        """Keep so many idle workers."""
        with self._lock:
            spare, self._idle = self._idle[most:], self._idle[:most]
        for process in spare:
            process.close()
        for process in spare:
            process.join()

    def give(self, process: Process, most: int) -> None:
        """A worker is idle again; it is ended where `most` others are idle already."""
        alive = process.alive()
        with self._lock:
            self._out.discard(process)
            if alive and len(self._idle) < most:
                self._idle.append(process)
                process.functions.forget()
                return
        process.close()
        process.join()

    def warm(self) -> set[int]:
        """The numbers of all processes that wait for the next computation."""
        with self._lock:
            return {process.pid for process in self._idle} | {nursery.pid for nursery in self._nurseries}

    def shutdown(self, at_once: bool = False) -> None:
        """End all idle workers, and wait for their end; and the nursery, where no other workers are left."""
        with self._lock:
            ended, self._idle = self._idle, []
        for process in ended:  # all of them first
            (process.kill if at_once else process.close)()
        for process in ended:
            (process.end if at_once else process.join)()
        with self._lock:
            if not self._out:
                self._close(self._nurseries[::-1])

    def break_off(self) -> None:
        """Let nobody wait for a nursery that is still starting; who needs another one starts it."""
        for nursery in list(self._nurseries):
            nursery.break_off()

    def _forget(self) -> None:
        """In a fork of this process: the workers are not ours."""
        self._lock = threading.Lock()
        for process in self._idle:
            process.close()
        for nursery in self._nurseries:
            nursery.forget()
        self._idle, self._nurseries, self._out = [], [], WeakSet()


def _modules(again: bool, others: Iterable[str]) -> tuple[str, ...]:
    """What a worker will need, most likely: what is in use here. All of it only where workers die more often.

    Never a person's own modules: they may be edited while the nursery lives.
    """
    if sys.platform != "linux":
        return ()
    found = (
        [n for n in (*_HARMLESS, *others) if (n in sys.modules and not is_own(n)) or n == "numpy.random"]
        if again
        else ["numpy"]
    )
    return tuple(name for name in found if "numpy" in sys.modules or not name.startswith("numpy"))
