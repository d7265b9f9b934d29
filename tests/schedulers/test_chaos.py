"""Worker processes are killed, stopped and made to crash at random while a job runs: the same bits, nothing left."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import psutil
import pytest

import minidask.config as config
from minidask.schedulers import processes


def made(i: int, seconds: float) -> np.ndarray:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        np.sqrt(np.ones(1000))
    return np.random.default_rng(i).random(20_000)  # large enough for the store


def job(blocks: int, seconds: float) -> tuple[dict[Any, Any], Any]:
    """Blocks that are added pairwise: the graph, and the key of the sum."""
    tasks: dict[Any, Any] = {("made", i): (made, i, seconds) for i in range(blocks)}
    layer, depth = list(tasks), 0
    while len(layer) > 1:
        depth += 1
        pairs = {("sum", depth, at): (np.add, a, b) for at, (a, b) in enumerate(zip(layer[::2], layer[1::2]))}
        layer = [*pairs, *layer[len(layer) // 2 * 2 :]]
        tasks |= pairs
    return tasks, layer[0]


@pytest.fixture(autouse=True)
def others() -> set[int]:
    """The processes of other people's executors."""
    processes.shutdown()
    return {process.pid for process in psutil.Process().children(recursive=True)}


def ours(others: set[int]) -> list[psutil.Process]:
    """Workers, and the nurseries that they come from."""
    return [process for process in psutil.Process().children(recursive=True) if process.pid not in others]


def workers(others: set[int]) -> list[psutil.Process]:
    """The processes that run tasks, or wait for some."""
    nurseries = [nursery.pid for nursery in processes._pool._nurseries]
    return [process for process in ours(others) if process.pid not in nurseries]


@contextmanager
def havoc(
    signals: tuple[signal.Signals, ...], seconds: float, others: set[int], seed: int, everybody: bool
) -> Iterator[list[int]]:
    """Inside the block, one random process of ours gets a random signal from time to time; those that did.

    Not the only one that there is where `everybody` is meant: then it is a nursery, which takes longer to start.
    """
    over, struck = threading.Event(), []
    choose = random.Random(seed)

    def strike() -> None:
        while not over.wait(seconds):
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                targets = ours(others) if everybody else workers(others)
                if len(targets) > everybody:  # a nursery alone, that is killed while it starts, would never come to be
                    struck.append(choose.choice(targets).pid)
                    os.kill(struck[-1], choose.choice(signals))

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield struck
    finally:
        over.set()
        thread.join()


def survives(
    blocks: int, seconds: float, every: float, signals: tuple[signal.Signals, ...], others: set[int], **options: Any
) -> None:
    tasks, wanted = job(blocks, seconds)
    right = processes.get(job(blocks, 0)[0], wanted)
    with config.set(stopped_workers=0.5), havoc(signals, every, others, **options) as struck:
        assert processes.get(tasks, wanted, num_workers=2).tobytes() == right.tobytes()
    assert struck
    processes.shutdown()
    assert not ours(others)


@pytest.mark.parametrize("everybody", [False, True])
def test_processes_are_killed_at_random(everybody: bool, others: set[int]):
    survives(60, 0.02, 0.2, (signal.SIGKILL, signal.SIGTERM), others, seed=1, everybody=everybody)


def test_processes_crash_at_random(others: set[int]):
    survives(60, 0.02, 0.5, (signal.SIGSEGV,), others, seed=1, everybody=False)


def test_processes_are_stopped_at_random(others: set[int]):
    survives(20, 0.05, 0.3, (signal.SIGSTOP,), others, seed=2, everybody=True)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(50))
def test_long_jobs_survive(seed: int, others: set[int]):
    signals = [(signal.SIGKILL,), (signal.SIGKILL, signal.SIGSTOP), (signal.SIGKILL, signal.SIGSEGV)][seed % 3]
    survives(400, 0.05, 0.5 if signal.SIGSEGV in signals else 0.2, signals, others, seed=seed, everybody=seed % 2 == 0)


def hold_on(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_the_watchdog_shows_what_workers_do():
    pid = processes.get({"x": (hold_on, 0)}, "x", num_workers=1)
    with config.set(watchdog=0.6), pytest.warns(RuntimeWarning, match=rf"(?s)worker process {pid}:.*in hold_on"):
        processes.get({"x": (hold_on, 1.4)}, "x", num_workers=1)


def test_the_watchdog_tells_of_stopped_workers():
    pid = processes.get({"x": (hold_on, 0)}, "x", num_workers=1)
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(1.5, os.kill, (pid, signal.SIGCONT))
    timer.start()
    with config.set(watchdog=0.5), pytest.warns(RuntimeWarning, match=rf"worker process {pid}:\nit was stopped"):
        assert processes.get({"x": (hold_on, 0)}, "x", num_workers=1) == pid
    timer.join()
