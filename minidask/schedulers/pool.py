"""Warm worker processes: started when needed, kept between computations, ended with this process."""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from minidask.schedulers.engine import Outcome
from minidask.schedulers.messages import Batch, Functions, Setting

_PATIENCE = 2.0
"""Seconds that workers have to end by themselves."""


class WorkerGone(Exception):
    """The process has ended; the message says how."""


class FalseStart(Exception):
    """The process has ended before it could take a batch; the message says how."""


class Process:
    """A worker process, as seen from the main process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "minidask.schedulers.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": _python_path()},
                process_group=0,  # Ctrl-C in a terminal is for the main process
            )
        self._connection = Connection(ours.detach())
        self._ready = False
        self.functions = Functions()
        self.setting: Setting | None = None
        self.pid = self._popen.pid
        self._killed = False

    def ask(self, batch: Batch) -> Outcome:
        """Let the worker run a batch.

        Raises
        ------
        WorkerGone
            It has died.
        FalseStart
            It has died before it was given the batch.
        """
        try:
            if not self._ready:
                self._connection.recv_bytes()
                self._ready = True
            self._connection.send_bytes(pickle.dumps(batch, protocol=5))
            answer = self._connection.recv_bytes()
        except (EOFError, OSError):
            raise (WorkerGone if self._ready else FalseStart)(self._end()) from None
        self.setting = batch.setting or self.setting
        outcome: Outcome = pickle.loads(answer)
        return outcome

    def _end(self) -> str:
        self._connection.close()
        self.join()
        code = self._popen.returncode
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"

    def alive(self) -> bool:
        """Whether it can take a batch."""
        return not self._killed and not self._connection.closed and self._popen.poll() is None

    def kill(self) -> None:
        """End it at once; the thread that waits for its answer is told so."""
        self._killed = True
        self._popen.kill()

    def close(self) -> None:
        """Let it end by itself; `join` waits for it."""
        if not self._killed:  # then the thread that waits for its answer closes
            self._connection.close()

    def join(self) -> None:
        """Wait until it has ended, and do not wait long."""
        try:
            self._popen.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


class Pool:
    """Workers that are idle; computations that run at the same time take different ones."""

    def __init__(self) -> None:
        self._idle: list[Process] = []
        self._lock = threading.Lock()
        atexit.register(self.shutdown)
        os.register_at_fork(after_in_child=self._forget)

    def take(self) -> Process:
        """An idle worker, or a new one."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                process = self._idle.pop()
            if process.alive():
                return process
            process.close()
        return Process()

    def give(self, process: Process, most: int) -> None:
        """A worker is idle again; it is ended where `most` others are idle already."""
        if process.alive():
            process.functions.forget()
            with self._lock:
                if len(self._idle) < most:
                    self._idle.append(process)
                    return
        process.close()
        process.join()

    def shutdown(self) -> None:
        """End all idle workers, and wait for their end."""
        with self._lock:
            ended, self._idle = self._idle, []
        for process in ended:
            process.close()
        for process in ended:
            process.join()

    def _forget(self) -> None:
        """In a fork of this process: the workers are not ours."""
        self._lock = threading.Lock()
        for process in self._idle:
            process.close()
        self._idle = []


def _python_path() -> str:
    """Where a new process finds minidask; it gets the whole of our path with its first batch."""
    return os.pathsep.join([str(Path(__file__).parents[2]), *[folder for folder in sys.path if folder]])
