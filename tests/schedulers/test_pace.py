"""How many tasks a worker takes at a time."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask import compute, delayed
from minidask.events import Listener
from minidask.schedulers import loop
from minidask.schedulers.pace import Pace
from minidask.task import Graph, Origin


class Named(Graph):
    """Of a plain graph each task is of a kind of its own, and its operation is its key's first letter."""

    def kind(self, i: int) -> int:
        return i

    def origin(self, i: int) -> Origin:
        return Origin(self.key(i)[0])


@pytest.fixture
def pace() -> Pace:
    graph = Graph.from_dict({f"a{i}": i for i in range(10)} | {f"b{i}": i for i in range(10)})
    graph.__class__ = Named
    return Pace(graph, batch_seconds=0.001, alone_below=50e-6)


def test_one_that_nobody_has_measured_is_the_last_of_its_batch(pace: Pace):
    assert not pace.begin(0)
    pace.measure([0], [0.0, 1e-5])
    assert pace.begin(1)
    assert pace.short
    assert not pace.goes_on(10)
    assert not pace.short


def test_the_last_one_of_a_long_batch_is_measured_too(pace: Pace):
    batch = [*range(10), 10]
    pace.measure(batch, [i * 1e-5 for i in range(12)])
    assert pace.begin(11)


def test_a_batch_is_as_long_as_it_should(pace: Pace):
    pace.measure([0, 10], [0.0, 0.0001, 0.0004])
    taken = [pace.begin(1), *[pace.goes_on(i) for i in (2, 11, 3, 12, 13)]]
    assert taken == [True, True, True, True, True, False]


def test_one_that_was_held_up_does_not_count(pace: Pace):
    pace.measure([0, 1, 2], [0.0, 1e-5, 0.1, 0.10001])
    pace.begin(3)
    assert pace.short


def test_long_tasks_after_short_ones_run_at_once():
    """The batches of short tasks must not be a measure for others."""
    both = threading.Barrier(2, timeout=30)

    def slow(short: Any, i: int) -> int:
        time.sleep(0.001)
        return both.wait()

    short = [delayed(abs)(-i) for i in range(50)]
    slowly = [delayed(slow)(x, i) for i, x in enumerate(short[:4])]
    assert {*compute(slowly, short, scheduler="threads", num_workers=2)[0]} == {0, 1}


@pytest.mark.parametrize("lock", [True, False])
def test_one_worker_alone_runs_short_tasks_only_where_threads_take_turns_anyway(
    monkeypatch: pytest.MonkeyPatch, lock: bool
):
    below: list[float] = []

    class Noted(Pace):
        def __init__(self, graph: Graph, batch_seconds: float, alone_below: float) -> None:
            super().__init__(graph, batch_seconds, alone_below)
            below.append(alone_below)

    monkeypatch.setattr(loop, "has_interpreter_lock", lambda: lock)
    monkeypatch.setattr(loop, "Pace", Noted)
    total = delayed(sum)([delayed(abs)(-i) for i in range(500)])
    assert total.compute(scheduler="threads", num_workers=2) == 124750
    assert [seconds > 0 for seconds in below] == [lock]


def test_a_few_small_tasks_in_a_row_are_done_by_the_caller():
    class Names(Listener):
        def task_start(self, i: int, worker: int | str) -> None:
            heard.append(worker)

    heard: list[int | str] = []
    small, large = da.from_array(np.arange(10.0)), da.from_array(np.arange(1e6))
    assert (small + 1).sum().compute(scheduler="threads", callbacks=[Names()]) == 55
    assert heard == [threading.get_ident()]
    heard.clear()
    several = da.from_array(np.arange(10.0), chunks=3) + 1
    for other in (large + 1, several, delayed(sum)([1])):  # much to do, something to do side by side, nobody knows
        compute(other, scheduler="threads", callbacks=[Names()])
    assert threading.get_ident() not in heard
