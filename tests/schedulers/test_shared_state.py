"""State that threads share, with as many switches between them as there can be."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
from minidask import config, events
from minidask.array.nodes.source import NamedLock
from minidask.array.quiet import quiet
from minidask.events import Listener
from minidask.expr.naming import LARGE
from minidask.expr.rewrite import Rules
from minidask.schedulers import nature
from minidask.schedulers.nature import Choice
from minidask.store.kept import Kept, kept_bytes, longest_unused
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


def test_an_option_that_all_threads_have_is_never_unset_meanwhile():
    config.set(num_workers=7)

    def work(i: int) -> bool:
        if i % 2:
            for _ in range(200):
                with config.set(num_workers=i):
                    pass
        return None not in [config.get("num_workers") for _ in range(200)]

    try:
        assert in_threads(work) == [True] * 6
        assert config.get("num_workers") == 7
    finally:
        config.refresh()


def test_a_large_array_has_one_name():
    for array in (np.empty(LARGE + n, np.uint8) for n in range(1, 20)):
        assert len({*in_threads(lambda i, array=array: da.from_array(array, chunks=-1).name)}) == 1


def test_each_call_draws_other_numbers():
    rng = da.random.default_rng(5)
    names = in_threads(lambda i: [rng.normal(size=3).name for _ in range(50)])
    assert len({name for some in names for name in some}) == 300


def test_filters_of_warnings_are_as_before():
    before = list(warnings.filters)

    def work(i: int) -> None:
        for _ in range(100):
            with quiet():
                warnings.warn("of no interest", stacklevel=1)

    assert in_threads(work) == [None] * 6
    assert warnings.filters == before


def test_rules_that_are_registered_while_others_are_looked_up():
    node = da.ones(3).expr

    def work(rules: Rules) -> None:
        in_threads(lambda i: rules(type(node))(lambda node: None) if i == 3 else rules.of(node))
        assert len(rules.of(node)) == 1

    for _ in range(50):
        work(Rules())


def test_listeners_that_come_and_go():
    def work(i: int) -> bool:
        right = True
        for _ in range(100):
            events.add(Listener)
            right &= len(events.active()) >= 1
            events.remove(Listener)
        return right

    assert in_threads(work) == [True] * 6
    assert events.active() == ()


def test_kept_blocks_that_go_while_room_is_made():
    before, freed = kept_bytes(), []

    def work(i: int) -> None:
        for n in range(50):
            block = Kept(np.zeros(1000))
            if n % 10 == i:
                freed.append(sum(unused.spill() for unused in longest_unused(1e5)))
            del block

    assert in_threads(work) == [None] * 6
    assert kept_bytes() == before


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
    assert nature.learnt(graph, 0, object()) == Choice(True, "so")


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
