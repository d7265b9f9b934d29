"""State that threads share, with as many switches between them as there can be."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minidask
import minidask.array as da
import minidask.bag as db
from minidask import config
from minidask.array.nodes.source import NamedLock
from minidask.schedulers import nature
from minidask.schedulers.nature import Choice
from minidask.task import Graph


@pytest.fixture(autouse=True)
def many_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
    nature.forget()


def in_threads(work: Callable[[int], Any], count: int = 6) -> list[Any]:
    """What `work` returns in threads that begin at the same time."""
    start = threading.Barrier(count, timeout=30)
    found: list[Any] = [None] * count

    def run(i: int) -> None:
        start.wait()
        try:
            found[i] = work(i)
        except BaseException as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_equal_expressions_are_one():
    made = in_threads(lambda i: [(da.ones(n + 9, chunks=3) + 1).expr for n in range(50)])
    assert all(a is b for others in made[1:] for a, b in zip(made[0], others))


def test_options_of_blocks_are_of_their_thread():
    def work(i: int) -> bool:
        right = True
        for _ in range(50):
            with config.set(num_workers=i + 1):
                right &= config.get("num_workers") == i + 1
        return right

    assert in_threads(work) == [True] * 6
    assert config.get("num_workers") is None


def test_a_named_lock_is_one():
    inside, most = [], []

    def work(i: int) -> None:
        for _ in range(30):
            with NamedLock("shared"):
                inside.append(i)
                most.append(len(inside))
                inside.remove(i)

    in_threads(work)
    assert max(most) == 1


def test_what_is_learnt():
    graph = Graph.from_dict({f"x{i}": i for i in range(3)})
    in_threads(lambda i: [nature.learn(graph, 0, Choice(bool(n % 2), "so")) for n in range(50)])
    assert nature.learnt(graph, 0) == Choice(True, "so")


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "auto"])
def test_computations(scheduler: str):
    total = db.range(100, npartitions=10).map(abs).sum()
    assert in_threads(lambda i: minidask.compute(total, scheduler=scheduler)[0]) == [4950] * 6


SIZES = """
import sys, threading
import numpy as np
from minidask.store.sizeof import sizeof
sys.setswitchinterval(1e-6)
start, sizes, array = threading.Barrier(8), [], np.zeros(1000)
def measure():
    start.wait()
    sizes.append(sizeof(array[:900]))
threads = [threading.Thread(target=measure) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print({*sizes})
"""


def test_types_that_are_registered_when_they_are_first_measured():
    run = subprocess.run([sys.executable, "-c", SIZES], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "{7200}"
