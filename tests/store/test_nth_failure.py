"""Whatever fails, and whichever time: a right answer or a clean error, nothing is left, and the next run works."""

from __future__ import annotations

import errno
import gc
import mmap
import os
import pickle
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask import config
from minidask.errors import MinidaskError
from minidask.schedulers import get_scheduler, pool, processes
from minidask.store import folders, frames
from tests.leaks import left_since, traces

PACKAGE = str(Path(minidask.__file__).parent)
NO_THREAD = "can't start new thread"
CLEAN = (MinidaskError, OSError, MemoryError)


class Fault:
    """Lets the n-th call that comes from minidask fail."""

    def __init__(self, nth: int, error: Callable[[], BaseException]) -> None:
        self.nth = nth
        self.error = error
        self._calls = count(1)
        self.happened = False

    def step(self) -> None:
        if next(self._calls) == self.nth:
            self.happened = True
            raise self.error()

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if _is_from_minidask(sys._getframe(1)):
                self.step()
            return real(*args, **kwargs)

        return call


def _is_from_minidask(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(PACKAGE):
            return True
        frame = frame.f_back
    return False


class Place(NamedTuple):
    """Something that may fail."""

    owner: Any
    name: str
    error: Callable[[], BaseException]


def system(number: int) -> Callable[[], OSError]:
    return lambda: OSError(number, os.strerror(number))


PLACES = {
    "open": Place(os, "open", system(errno.EMFILE)),
    "write": Place(os, "write", system(errno.ENOSPC)),
    "readv": Place(os, "readv", system(errno.EIO)),
    "fsync": Place(os, "fsync", system(errno.EIO)),
    "rename": Place(os, "rename", system(errno.EACCES)),
    "replace": Place(os, "replace", system(errno.EACCES)),
    "mkdir": Place(os, "mkdir", system(errno.ENOSPC)),
    "unlink": Place(os, "unlink", system(errno.EIO)),
    "statvfs": Place(os, "statvfs", system(errno.EIO)),
    "lock": Place(folders, "flock", system(errno.ENOLCK)),
    "mmap": Place(mmap, "mmap", system(errno.ENOMEM)),
    "mmap without memory": Place(mmap, "mmap", MemoryError),
    "pickling": Place(frames._Pickler, "dump", lambda: pickle.PicklingError("not today")),
    "pickling without memory": Place(frames._Pickler, "dump", MemoryError),
    "unpickling without memory": Place(pickle, "loads", MemoryError),
    "sending": Place(pool.Connection, "send_bytes", system(errno.EPIPE)),
    "thread": Place(threading.Thread, "start", lambda: RuntimeError(NO_THREAD)),
}
"""What is called while warm workers do the work."""
SLOW = ("sending", "unpickling without memory")
"""It costs a worker each time."""
COLD = {
    "nursery": Place(subprocess, "Popen", system(errno.EAGAIN)),
    "socket": Place(socket, "socketpair", system(errno.EMFILE)),
}
"""What is called when workers start."""


@contextmanager
def failing(place: Place, nth: int) -> Iterator[Fault]:
    fault = Fault(nth, place.error)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.owner, place.name, fault.around(getattr(place.owner, place.name)))
        yield fault


OURS = (f"{PACKAGE}/store/", f"{PACKAGE}/schedulers/")


@contextmanager
def out_of_memory(nth: int) -> Iterator[Fault]:
    """The n-th call of any function of the engine finds no memory."""
    fault = Fault(nth, MemoryError)

    def look(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            fault.step()

    with pytest.MonkeyPatch.context() as patch:
        # errors in destructors, and before a thread does anything; pytest would keep them, and all that they refer to
        patch.setattr(sys, "unraisablehook", lambda unraisable: None)
        patch.setattr(threading, "excepthook", lambda args: None)
        threading.setprofile(look)
        sys.setprofile(look)
        try:
            yield fault
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]


def block(i: int) -> np.ndarray:
    return np.full(12_000, float(i))


def anomaly(scheduler: str) -> list[float]:
    """All blocks are held until their mean is known; most of them on disk."""
    blocks = range(5)
    tasks: dict[Any, Any] = {("x", i): (block, i) for i in blocks}
    tasks |= {("part", i): (np.mean, ("x", i)) for i in blocks}
    tasks["mean"] = (np.mean, [("part", i) for i in blocks])
    tasks |= {("anomaly", i): (np.subtract, ("x", i), "mean") for i in blocks}
    tasks |= {("sum", i): (np.sum, ("anomaly", i)) for i in blocks}
    get = get_scheduler(scheduler)
    return [float(x) for x in get(tasks, [("sum", i) for i in blocks], memory_limit="200kB", num_workers=2)]


def array() -> float:
    x = da.arange(40_000.0, chunks=10_000)
    y = (x + 1).persist(scheduler="threads", memory_limit="200kB")
    return float((y - y.mean()).max().compute(scheduler="threads", memory_limit="150kB", num_workers=2))


def frame() -> list[float]:
    pdf = pd.DataFrame({"key": np.arange(9000) % 7, "x": np.arange(9000.0)})
    sums = dd.from_pandas(pdf, npartitions=3).groupby("key").x.sum()
    return [float(x) for x in sums.compute(scheduler="threads", memory_limit="60kB", num_workers=2)]


def bag() -> list[tuple[int, int]]:
    numbers = db.from_sequence(range(20_000), npartitions=3)
    return sorted(numbers.map(lambda x: x % 3).frequencies().compute(scheduler="processes", num_workers=2))


MEAN = [float(12_000 * (i - 2)) for i in range(5)]
SUMS = [float(np.arange(key, 9000.0, 7).sum()) for key in range(7)]
JOBS: dict[str, tuple[Callable[[], Any], Any]] = {
    "threads": (lambda: anomaly("threads"), MEAN),
    "synchronous": (lambda: anomaly("sync"), MEAN),
    "processes": (lambda: anomaly("processes"), MEAN),
    "array": (array, 19_999.5),
    "frame": (frame, SUMS),
    "bag": (bag, [(0, 6667), (1, 6667), (2, 6666)]),
}


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Path]:
    """Folders of this test; each attempt makes its own in it."""
    with config.set({"temporary-directory": tmp_path}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a function which cannot be pickled runs here
        yield tmp_path
    folders.remove_own()


def attempt(name: str, injected: Callable[[int], Any], nth: int, cleaned: bool = False) -> bool:
    """Run a job whose n-th call fails, look what is left, and run it again; whether there was an n-th call.

    What is removed at the end of this process does not count where `cleaned`: the removal itself may fail.
    """
    job, expected = JOBS[name]
    folders.remove_own()
    before = traces(set())
    with injected(nth) as fault:
        try:
            assert job() == expected
        except CLEAN:
            assert fault.happened
        except RuntimeError as error:
            if str(error) != NO_THREAD:
                raise
    if cleaned:
        gc.collect()  # expressions over persisted blocks would be found again by their names, without their files
        folders.remove_own()
    left = left_since(before, set())
    assert not left, f"{name}, call {nth} fails"
    if fault.happened:
        assert job() == expected
    return fault.happened


def sweep(name: str, injected: Callable[[int], Any], numbers: Iterator[int], cleaned: bool = False) -> None:
    for nth in numbers:
        if not attempt(name, injected, nth, cleaned):
            break


def sparsely() -> Iterator[int]:
    """1, 2, 5, 14, 41, ..."""
    return (1 + 3**n // 2 for n in count())


SHORT = ["threads", "processes"]
"""The jobs of every day; the sweep takes them all."""


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("place", PLACES)
def test_a_call_that_fails(place: str, name: str, own_disk: Path):
    numbers = iter([2]) if place in SLOW else sparsely()
    sweep(name, lambda nth: failing(PLACES[place], nth), numbers, cleaned=place == "unlink")


@pytest.mark.parametrize("place", COLD)
def test_a_worker_that_cannot_start(place: str, own_disk: Path):
    processes.shutdown()
    attempt("bag", lambda nth: failing(COLD[place], nth), 1)


@pytest.mark.parametrize("name", ["threads", "synchronous", "array", "frame", "bag"])
def test_no_memory(name: str, own_disk: Path):
    sweep(name, out_of_memory, sparsely(), cleaned=True)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("place", PLACES)
def test_each_call_that_fails(place: str, name: str, own_disk: Path):
    sweep(name, lambda nth: failing(PLACES[place], nth), count(1), cleaned=place == "unlink")


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", JOBS)
def test_no_memory_at_each_call(name: str, own_disk: Path):
    sweep(name, out_of_memory, count(1), cleaned=True)
