"""Which tasks a worker takes, and when it looks again."""

from __future__ import annotations

from math import inf

import pytest

from minidask.schedulers import pace, recovery
from minidask.schedulers.account import LOOK_AGAIN
from minidask.schedulers.batches import Batches
from minidask.schedulers.memory import Budget
from minidask.schedulers.pace import TURN, Pace
from minidask.schedulers.recovery import Recovery
from minidask.schedulers.state import State
from minidask.task import Graph


class Parts:
    """What decides on the batches of a few tasks, and the batches."""

    def __init__(self) -> None:
        graph = Graph.from_dict({f"x{i}": (abs, i) for i in range(8)})
        self.state = State(graph, range(8))
        self.recovery = Recovery(graph, retries=1)
        self.budget = Budget(inf, self.state, graph)
        self.pace = Pace(graph, batch_seconds=1.0, alone_below=1e-6)
        self.batches = Batches(self.state, self.budget, None, self.recovery, self.pace, workers=2)


def test_tasks_come_alone_until_one_was_measured():
    parts = Parts()
    assert [parts.batches.take(worker) for worker in (0, 1)] == [[0], [1]]
    parts.pace.measure([0], [0.0, 1e-3])
    assert parts.batches.take(0) == [2, 3, 4, 5], "half of those that are ready, and one"


def test_very_short_ones_are_for_the_worker_who_has_the_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "perf_counter", lambda: 0.0)
    parts = Parts()
    parts.batches.take(0)
    parts.pace.measure([0], [0.0, 1e-9])
    parts.batches.take(0)
    assert parts.batches.take(1) == []
    assert parts.batches.look_again() == TURN


def test_a_task_that_raised_comes_again_after_its_pause(monkeypatch: pytest.MonkeyPatch):
    now = 0.0
    monkeypatch.setattr(recovery, "perf_counter", lambda: now)
    parts = Parts()
    assert [parts.batches.take(0) for _ in range(8)] == [[i] for i in range(8)]
    assert parts.batches.look_again() is None, "somebody tells when what runs is done"
    pause = parts.recovery.pause(3, ValueError())
    assert parts.batches.look_again() == pause
    assert parts.batches.take(0) == []
    now += 1
    assert parts.batches.take(0) == [3]


def test_who_waits_for_others_of_this_process_looks_now_and_then():
    parts = Parts()
    parts.budget.crowded = True
    assert parts.batches.look_again() == LOOK_AGAIN
