"""What the loop does with memory, time and threads."""

from __future__ import annotations

import gc
import threading
import time
from operator import add
from typing import Any

import pytest

from minidask.events import Listener
from minidask.schedulers import loop, synchronous, threads
from minidask.schedulers.death import Death
from minidask.schedulers.engine import Engine, Outcome, tell_ends
from minidask.schedulers.loop import execute
from minidask.schedulers.processes import ProcessEngine
from minidask.store.handle import Handle
from minidask.task import Graph


class Counted:
    """Knows how many of its kind are alive."""

    alive = 0
    most = 0
    _lock = threading.Lock()

    def __init__(self, *inputs: Any) -> None:
        with Counted._lock:
            Counted.alive += 1
            Counted.most = max(Counted.most, Counted.alive)
        time.sleep(0.002)

    def __del__(self) -> None:
        with Counted._lock:
            Counted.alive -= 1


@pytest.fixture
def counted() -> type[Counted]:
    gc.collect()
    Counted.most = Counted.alive = 0
    return Counted


@pytest.mark.parametrize(("get", "most"), [(synchronous.get, 2), (threads.get, 2)])
def test_results_of_a_chain_are_let_go_at_once(get, most, counted):
    tasks: dict[Any, Any] = {"x0": (counted,)} | {f"x{i}": (counted, f"x{i - 1}") for i in range(1, 50)}
    (last,) = get(tasks, ["x49"])
    assert (counted.most, counted.alive) == (most, 1)
    del last


@pytest.mark.parametrize(("get", "most"), [(synchronous.get, 12), (threads.get, 16)])
def test_results_of_a_tree_are_let_go_early(get, most, counted):
    tasks: dict[Any, Any] = {(0, i): (counted,) for i in range(64)}
    for level in range(1, 7):
        for i in range(64 >> level):
            tasks[level, i] = (counted, (level - 1, 2 * i), (level - 1, 2 * i + 1))
    get(tasks, [(6, 0)], num_workers=2)
    assert counted.most <= most
    assert counted.alive == 0


def test_a_failed_computation_keeps_nothing(counted):
    def fail(*inputs: Any) -> None:
        raise ValueError("no")

    tasks = {("x", i): (counted,) for i in range(5)} | {"y": (fail, *[("x", i) for i in range(5)])}
    with pytest.raises(ValueError, match="no") as caught:
        threads.get(tasks, ["y"])
    del caught
    gc.collect()
    assert counted.alive == 0


def test_a_slow_batch_is_broken_off_and_the_rest_given_back():
    """Short tasks make for large batches; then long ones come, and must not wait behind each other."""
    seen: dict[str, int] = {}

    def slow(i: int) -> int:
        time.sleep(0.06)
        return threading.get_ident()

    tasks: dict[Any, Any] = {("fast", i): (add, i, 0.5) for i in range(2000)}
    tasks |= {("slow", i): (slow, i) for i in range(8)}
    done = threads.get(tasks, list(tasks), num_workers=2)
    for thread in done[2000:]:
        seen[thread] = seen.get(thread, 0) + 1
    assert len(seen) == 2
    assert min(seen.values()) >= 2


class Losing(Engine):
    """Loses the runs of some batches, as if their worker had died."""

    def __init__(self, graph: Graph, losses: dict[int, int]) -> None:
        super().__init__(graph)
        self.losses = losses

    def run(self, numbers: list[int], worker: int) -> Outcome:
        for i in numbers:
            if self.losses.get(i, 0) > 0:
                self.losses[i] -= 1
                return Outcome([], [], lost=Death("was lost"))
        return super().run(numbers, worker)


def test_results_on_disk_take_no_memory_but_listeners_hear_their_bytes():
    class InProcesses(ProcessEngine):
        def name(self, worker: int) -> int:
            return worker

    class Told(Listener):
        def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
            told.append(nbytes)

    told: list[int] = []
    engine = InProcesses(Graph.from_dict({"x": 1, "y": 2}), workers=1)
    engine.listeners = [Told()]
    results = [Handle("in/memory", 1000), Handle("on/disk", 2000, on_disk=True)]
    outcome = Outcome(results, [0.0, 1.0, 2.0], sizes=engine.weigh(results))
    tell_ends(engine, [0, 1], outcome, worker=0)
    assert outcome.sizes == [1000, 0]
    assert told == [1000, 2000]


@pytest.mark.parametrize("workers", [0, 3])
def test_lost_runs_are_repeated(workers):
    tasks = {f"x{i}": (add, i, 1) for i in range(100)}
    losses = {3: 2, 50: 1, 99: 2}
    values = execute(tasks, list(tasks), lambda graph: Losing(graph, losses), workers)
    assert values == [i + 1 for i in range(100)]


def test_an_error_does_not_wait_long_for_the_others(monkeypatch):
    monkeypatch.setattr(loop, "_GRACE", 0.05)
    release, more = threading.Event(), threading.Event()

    def wait() -> None:
        release.wait(60)

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        threads.get({"long": (wait,), "bad": (fail,), "more": (more.set,)}, ["long", "bad", "more"], num_workers=2)
    stuck = [thread for thread in threading.enumerate() if thread.name.startswith("minidask-")]
    assert len(stuck) == 1
    assert stuck[0].daemon
    release.set()
    stuck[0].join(10)
    assert not stuck[0].is_alive()
    assert not more.is_set()  # it ended after its task


def test_an_error_while_a_task_is_built_is_raised():
    class Unbuildable(Graph):
        def task(self, i: int) -> Any:
            raise RuntimeError("cannot build this")

    graph = Graph.from_dict({"x": 1})
    graph.__class__ = Unbuildable
    for get in (synchronous.get, threads.get):
        with pytest.raises(RuntimeError, match="cannot build this"):
            get(graph, ["x"])
