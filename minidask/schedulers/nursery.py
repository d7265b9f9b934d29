"""Where worker processes come from: forks of one process that has imported already what they need.

A new interpreter takes a third of a second until it can take tasks, a fork some milliseconds. The nursery is a new
interpreter, and never a fork of a person's process, which may have threads and does not expect to be forked. It has
one thread, and ends with the main process.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from minidask.schedulers.blas import hold
from minidask.schedulers.machine import is_stopped, kill_group

_LOOK_EVERY = 0.1
"""Seconds between looks whether the nursery, which should answer at once, was stopped."""
UNFIT = 72
"""Exit code of a nursery that cannot be forked any more after what it has imported."""
_PATIENCE = 2.0
"""Seconds that it has to end by itself."""
_GRACE = 1.0
"""Seconds that workers have to end by themselves, when the main process has gone."""


class NurseryGone(Exception):
    """It has ended; the message says how."""


class Nursery:
    """The nursery, as seen from the main process. Any thread may ask it.

    Parameters
    ----------
    origin
        Another one that this one is to be a fork of; by default a new interpreter.
    """

    def __init__(self, origin: Nursery | None = None) -> None:
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours.detach())
        self._lock = threading.Lock()
        self._popen: subprocess.Popen[bytes] | None = None
        self._started = False
        with theirs:
            if origin is None:
                self._popen = _start(theirs.fileno())
                self.pid = self._popen.pid
            else:
                self.pid = origin.fork(theirs.fileno(), nursery=True)

    def fork(self, file: int, modules: Iterable[str] = (), nursery: bool = False) -> int:
        """Start a worker, or another nursery, that is connected by the socket `file`; its number.

        Parameters
        ----------
        file
            A file descriptor of this process, which it may close afterwards.
        modules
            That workers will import in any case.
        nursery
            Whether it is to be one.

        Raises
        ------
        NurseryGone
            Here, and from `status`.
        """
        return int(self._ask(("nursery" if nursery else "worker", tuple(modules)), file))

    def status(self, pid: int) -> int | None:
        """How a fork has ended: its exit code, or minus the signal's number; None while it lives."""
        code = self._ask(("status", pid))
        return None if code is None else int(code)

    def alive(self) -> bool:
        """Whether it has not ended."""
        return not self._connection.closed and not hung_up(self._connection)

    def close(self) -> None:
        """End it; its workers live on."""
        with self._lock:
            self._connection.close()
            self._join(_PATIENCE)

    def break_off(self) -> None:
        """End it if it is still starting, which takes a while on a busy machine; who waits for it hears so at once."""
        if self._popen is not None and not self._started:
            self._popen.kill()

    def forget(self) -> None:
        """In a fork of the main process: it is not ours."""
        self._connection.close()

    def _ask(self, question: Any, file: int | None = None) -> Any:
        with self._lock:
            try:
                self._connection.send(question)
                if file is not None:
                    send_handle(self._connection, file, self.pid)
                while not self._connection.poll(_LOOK_EVERY):
                    if is_stopped(self.pid):
                        raise EOFError
                self._started = True
                return self._connection.recv()
            except (EOFError, OSError):
                self._connection.close()
                raise NurseryGone(self._join(0 if is_stopped(self.pid) else _PATIENCE)) from None
            except BaseException:  # its next answer would be to this question
                self._connection.close()
                raise

    def _join(self, seconds: float) -> str:
        """Wait for the end, and do not wait longer than that; how it has ended."""
        if self._popen is None:  # a fork of another nursery, which will hear of it
            with suppress(ProcessLookupError):
                os.kill(self.pid, 0 if seconds else signal.SIGKILL)
            return "has gone"
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        return describe_end(self._popen.returncode)


def _start(file: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "minidask.schedulers.worker", str(file)],
        stdin=subprocess.DEVNULL,
        pass_fds=[file],
        env={**os.environ, "PYTHONPATH": _python_path()},
        process_group=0,  # Ctrl-C in a terminal is for the main process
    )


def hung_up(connection: Connection) -> bool:
    """Whether there is nobody at the other end."""
    poll = select.poll()
    poll.register(connection.fileno(), 0)
    return bool(poll.poll(0))


def describe_end(code: int) -> str:
    """What to say of a process that has ended.

    Examples
    --------
    >>> describe_end(3), describe_end(-9)
    ('exited with code 3', 'was ended by SIGKILL')
    """
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"


def _python_path() -> str:
    """Where a new process finds minidask; it gets the whole of our path with its first batch."""
    return os.pathsep.join([str(Path(__file__).parents[2]), *[folder for folder in sys.path if folder]])


def breed(control: Connection) -> int | None:
    """In the nursery: fork workers until the connection ends. Returns in each worker too, with its own connection."""
    forks = _Forks()
    while True:
        try:
            kind, about = control.recv()
            if kind == "status":
                control.send(forks.status(about))
                continue
            file = recv_handle(control)
            _preload(about)
            pid = os.fork()
            if pid:
                forks.add(pid, kind == "worker")
                os.close(file)
                control.send(pid)
                continue
        except (EOFError, OSError):
            if hung_up(control):  # the main process has gone
                forks.end()
            return None
        control.close()
        if kind == "worker":
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _diverge()
            return file
        control, forks = Connection(file), _Forks()


class _Forks:
    """Those of a nursery. Each is waited for as soon as it has ended, whether somebody will ask for it or not."""

    def __init__(self) -> None:
        self._living: set[int] = set()
        self._workers: set[int] = set()
        self._codes: dict[int, int] = {}
        signal.signal(signal.SIGCHLD, lambda *_: self._wait())

    def add(self, pid: int, is_worker: bool) -> None:
        """A fork; if it is a worker, it and the processes that its tasks start are a group from now on."""
        if is_worker:
            with suppress(OSError):
                os.setpgid(pid, pid)
            self._workers.add(pid)
        self._codes.pop(pid, None)  # of an older one with this number
        self._living.add(pid)
        self._wait()  # it may have ended before it was here

    def status(self, pid: int) -> int | None:
        """The exit code, or minus the signal's number; None while it lives."""
        self._wait()
        return self._codes.get(pid)

    def end(self) -> None:
        """Let the workers end by themselves, and kill those that do not: a thread of a task may hold the lock."""
        end = monotonic() + _GRACE
        while self._workers and monotonic() < end:
            sleep(_LOOK_EVERY / 5)
        for pid in list(self._workers):
            kill_group(pid)

    def _wait(self) -> None:
        for pid in list(self._living):  # and not for processes that an imported module has started
            with suppress(ChildProcessError):  # the signal came in between
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._living.discard(pid)
                    self._codes[pid] = os.waitstatus_to_exitcode(status)
                    self._tidy(pid)

    def _tidy(self, pid: int) -> None:
        if pid in self._workers:
            self._workers.discard(pid)
            if self._codes[pid]:  # in the middle of a task, whose processes are of no use any more
                kill_group(pid)


def _preload(modules: Iterable[str]) -> None:
    for name in modules:
        if name not in sys.modules:
            with suppress(BaseException), _one_thread():  # a worker that needs it gets the error in its task
                import_module(name)
    if threading.active_count() > 1:  # one of them has started a thread, and forks would lack it
        os._exit(UNFIT)
    hold(1)  # finds the libraries that workers will set
    gc.freeze()  # workers that look for garbage copy no pages


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let OpenBLAS start no threads: they do not survive a fork. Workers set how many they use."""
    name = "OPENBLAS_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _diverge() -> None:
    """In a fork: draw other random numbers than its siblings."""
    random: Any = sys.modules.get("numpy.random")  # the standard library's does so by itself
    if random is not None:
        random.seed()
