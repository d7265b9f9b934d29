"""Interrupts computations at random moments, and looks at what is left: run as a script by test_interrupts.py.

usage: python -m tests.schedulers.interrupted SCHEDULER TRIALS SEED
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import minidask.array as da
from minidask import delayed
from minidask.schedulers import get_scheduler
from tests.leaks import left_since, traces

MB = 2**20


def sleeping(**options: Any) -> None:
    delayed(list)([delayed(time.sleep)(0.02) for _ in range(500)]).compute(**options)


def long_sleep(**options: Any) -> None:
    """A thread cannot be ended, so that it is there until then."""
    delayed(time.sleep)(3).compute(**options)


def planning(**options: Any) -> None:
    x = da.ones((600, 600), chunks=10)
    for _ in range(20):
        x = (x + x.T).rechunk((20, 20)).rechunk((10, 10))
    x.sum().compute(**options)


def native(**options: Any) -> None:
    """In code that lets go of the interpreter's lock, and does not look for signals."""
    digest = delayed(hashlib.pbkdf2_hmac)
    delayed(list)([digest("sha256", b"x", bytes([i]), 300_000) for i in range(60)]).compute(**options)


def block(i: int) -> np.ndarray:
    return np.full(MB // 8, float(i))


def spilling(scheduler: Any) -> None:
    tasks: dict[Any, Any] = {("x", i): (block, i) for i in range(400)}
    tasks |= {("part", i): (np.mean, ("x", i)) for i in range(400)}
    tasks["mean"] = (np.mean, [("part", i) for i in range(400)])
    tasks |= {("sum", i): (np.subtract, ("x", i), "mean") for i in range(400)}
    get_scheduler(scheduler)(tasks, [("sum", i) for i in range(400)], memory_limit="8MiB")


def retrying(**options: Any) -> None:
    def fail() -> None:
        raise ConnectionError("again")

    delayed(fail)().compute(retries=100, **options)


def finishing(**options: Any) -> None:
    for _ in range(100):
        da.ones((1000, 3000), chunks=(100, 3000)).compute(**options)


JOBS: list[Callable[..., None]] = [sleeping, long_sleep, planning, native, spilling, retrying, finishing]


def trial(job: Callable[..., None], delay: float, scheduler: Any) -> float | None:
    """The seconds from the interruption to the next line of the caller; None when it came too late."""
    sent: list[float] = []

    def send() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(delay, send)
    try:
        timer.start()
        job(scheduler=scheduler)
        timer.join()
        time.sleep(1)
    except KeyboardInterrupt:
        return time.monotonic() - sent[0]
    return None


def main(name: str, trials: int, seed: int) -> None:
    """Print a line on each trial."""
    rng = random.Random(seed)
    executor = ThreadPoolExecutor(2)
    scheduler: Any = executor if name == "executor" else name
    x = da.arange(1000, chunks=100)
    for at in range(trials):
        job = JOBS[(seed + at) % len(JOBS)]
        before = traces(set())
        seconds = trial(job, rng.uniform(0, 0.7), scheduler)
        right = int(x.sum().compute(scheduler=scheduler)) == 499500
        left = left_since(before, set())
        took = "never" if seconds is None else f"{seconds:.3f}"
        print(job.__name__, took, "right" if right else "wrong", left or "clean", flush=True)  # noqa: T201
    executor.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
