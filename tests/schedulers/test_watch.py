"""The memory that tasks really take: seen while they run, and reserved for the next ones."""

from __future__ import annotations

import gc
import time
from itertools import combinations
from math import inf
from typing import Any

import numpy as np
import pytest

from minidask import delayed
from minidask.schedulers import get_scheduler, watch
from minidask.schedulers.account import Account, process
from minidask.schedulers.engine import Engine
from minidask.schedulers.memory import Budget
from minidask.schedulers.resident import give_back
from minidask.schedulers.state import WAIT, State
from minidask.schedulers.watch import Watch
from minidask.task import Graph

MB = 2**20


def greedy(i: int) -> tuple[float, float]:
    """Takes 160 MB of which nobody is told, for a while; when."""
    start = time.monotonic()
    block = np.ones(160 * MB // 8)
    time.sleep(0.6)
    return start, time.monotonic() + 0 * block[-1]


def overlapping(times: list[tuple[float, float]]) -> int:
    return sum(a[0] < b[1] and b[0] < a[1] for a, b in combinations(times, 2))


@pytest.mark.parametrize("name", ["synchronous", "threads", "processes", "auto", "thread_executor"])
def test_no_two_run_at_once_when_two_do_not_fit(name, request):
    scheduler: Any = request.getfixturevalue(name) if name.endswith("executor") else name
    times = delayed(list)([delayed(greedy)(i) for i in range(4)])
    gc.collect()
    give_back()  # what earlier tests have left, and goes meanwhile, would hide what the first task takes
    assert overlapping(times.compute(scheduler=scheduler, memory_limit="200MB", num_workers=3)) == 0


def test_those_that_take_little_run_at_once():
    def rest(i: int) -> tuple[float, float]:
        start = time.monotonic()
        time.sleep(0.1)
        return start, time.monotonic()

    tasks = {f"x{i}": (rest, i) for i in range(9)}
    first, *others = get_scheduler("threads")(tasks, list(tasks), memory_limit="200MB", num_workers=3)
    assert not any(overlapping([first, other]) for other in others)
    assert overlapping(others) > 0


class Watched:
    """A computation whose tasks take what a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, limit: float, workers: int = 2) -> None:
        self.taken = 0.0
        monkeypatch.setattr(watch, "private_memory", lambda: int(self.taken))
        monkeypatch.setattr(watch, "give_back", lambda: None)
        monkeypatch.setattr(process, "base", 0)
        self.graph = graph = Graph.from_dict({f"x{i}": (abs, i) for i in range(30)})
        self.state = State(graph, range(30))
        self.watch = Watch(graph, self.state, Engine(graph), workers)
        self.budget = Budget(limit, self.state, graph, self.watch)

    def start(self) -> int:
        return self.state.next(None if self.budget.fitting else self.budget.gate())

    def look(self) -> None:
        self.budget._next_look = 0
        self.budget.look()

    def end(self, i: int) -> None:
        self.budget.over([i], 1)
        self.state.done(i)
        self.look()


def test_the_first_runs_alone_and_tells_how_many_fit(monkeypatch):
    w = Watched(monkeypatch, 1000 * MB, workers=8)
    assert w.start() == 0
    assert w.start() == WAIT, "nobody knows what such a task takes"
    assert w.budget.make_room() is None
    w.taken = 300 * MB
    w.look()
    w.taken = 0
    w.end(0)
    assert [w.start() for _ in range(4)] == [1, 2, 3, WAIT]
    assert w.budget.make_room() is None, "what runs will let go of it"


def test_far_from_the_limit_nobody_waits(monkeypatch):
    w = Watched(monkeypatch, 10_000 * MB, workers=8)
    assert [w.start() for _ in range(3)] == [0, 1, 2]


def test_a_long_first_task_that_takes_no_more_holds_up_nobody(monkeypatch):
    w = Watched(monkeypatch, 100 * MB)
    assert [w.start() for _ in range(2)] == [0, WAIT]
    for _ in range(60):
        w.look()
    assert w.start() == 1


def test_what_others_were_taken_for_is_lowered(monkeypatch):
    w = Watched(monkeypatch, 500 * MB)
    w.start()
    w.taken = 400 * MB
    w.look()
    w.taken = 0
    w.end(0)
    assert w.watch.takes(1) == 400 * MB
    for _ in range(3):
        i = w.start()
        w.look()
        w.end(i)
    assert w.watch.takes(i) == 200 * MB
    assert w.start() > 0
    assert w.start() > 0


def test_what_was_there_before_is_of_no_task(monkeypatch):
    """Also where another computation runs, which nobody watches as it takes next to nothing."""
    w, unwatched = Watched(monkeypatch, 500 * MB), Account(inf)
    other = Budget(500 * MB, w.state, w.graph, Watch(w.graph, w.state, Engine(w.graph), 2))
    unwatched.open(process, lambda: inf)
    w.taken = 400 * MB
    w.budget.begin(None)
    w.taken = 900 * MB
    other.begin(None)
    assert process.base == 400 * MB, "what came after may be of the first one's tasks"
    for account in (other, w.budget, unwatched):
        account.leave()


def test_what_remains_is_of_no_task(monkeypatch):
    w = Watched(monkeypatch, 500 * MB)
    w.start()
    w.taken = 300 * MB
    w.end(0)
    assert w.start() == 1
    w.look()
    assert w.watch.takes(1) == 0
    w.taken = 420 * MB
    w.look()
    assert w.watch.takes(1) == 120 * MB


def test_a_worker_process_is_seen(monkeypatch):
    w = Watched(monkeypatch, 500 * MB)
    monkeypatch.setattr(w.watch._engine, "in_this_process", False)
    i = w.start()
    monkeypatch.setattr(w.watch._engine, "apart", lambda: [([i], 300 * MB)])
    w.look()
    assert w.watch.takes(i) == 300 * MB
    monkeypatch.setattr(w.watch._engine, "apart", list)
    w.end(i)
    assert w.start() == 1
    assert w.start() == WAIT
