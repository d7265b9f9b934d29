"""The scheduler that chooses between threads and processes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minidask.bag as db
from minidask import config, explain
from minidask.events import Listener
from minidask.schedulers import auto, nature
from minidask.schedulers.lock import Probe, Watched
from minidask.schedulers.machine import has_interpreter_lock
from minidask.schedulers.nature import Choice, Sample
from minidask.task import Graph, Origin


@pytest.fixture(autouse=True)
def nothing_learnt() -> Iterator[None]:
    nature.forget()
    yield
    nature.forget()


def sample(
    held: float = 0.9, computing: float = 0.5, beside: float = 2, tasks: int = 10, sent: int = 0, passed: float = 1.0
) -> Choice | None:
    seen = Sample()
    seen.add(tasks, computing * passed, passed, beside, sent, Watched(held * passed, passed))
    return seen.choose()


@pytest.mark.parametrize(
    ("seen", "in_processes"),
    [
        ({}, True),
        ({"computing": 0.13, "beside": 8}, True),
        ({"computing": 0.8}, True),
        ({"held": 0.1, "computing": 0.98}, False),  # NumPy, which lets go of the lock
        ({"held": 0.1, "computing": 0.5}, False),  # a download with some arithmetic
        ({"computing": 0.98}, False),  # NumPy beside something that holds the lock
        ({"tasks": 100_000}, False),
        ({"sent": 10**9}, False),
    ],
)
def test_the_nature_of_an_operation(seen: dict[str, Any], in_processes: bool):
    choice = sample(**seen)
    assert choice is not None
    assert choice.in_processes == in_processes
    assert "the interpreter's lock was held" in choice.why


@pytest.mark.parametrize("seen", [{"beside": 1}, {"passed": 0.002}, {"tasks": 1}, {"computing": 0.99, "passed": 0.2}])
def test_where_too_little_was_seen(seen: dict[str, Any]):
    assert sample(**seen) is None


def share_held(work: Callable[[float], None]) -> float:
    probe = Probe()
    with probe:
        work(time.perf_counter() + 0.3)
    probe.close()
    return probe.seen.waited / probe.seen.lasted


def test_the_probe_waits_for_those_who_hold_the_lock_and_for_nobody_else():
    def spin(end: float) -> None:
        while time.perf_counter() < end:
            sum(range(1000))

    def call(end: float) -> None:
        while time.perf_counter() < end:
            hashlib.pbkdf2_hmac("sha256", b"x", b"y", 30_000)

    if has_interpreter_lock():
        assert share_held(spin) > 0.5
    assert share_held(call) < 0.5


def test_choices_are_looked_at_again():
    graph = Graph.from_dict({"x": (abs, 1)})
    for in_processes, first in ((False, [1, 2, 4, 8, 16]), (True, [8, 16])):
        nature.forget()
        assert nature.learn(graph, 0, Choice(in_processes, "so")) is not None
        again = [at for at in range(1, 24) if nature.learnt(graph, 0, object()) is None]
        assert again == first
        assert nature.learn(graph, 0, Choice(in_processes, "so again")) is None, "it is the same"
        assert nature.learn(graph, 0, Choice(not in_processes, "other")) is not None


class Chooses(Graph):
    """Of a plain graph each task is of a kind of its own, named by the first item of its key."""

    @property
    def kinds(self) -> int:
        return len(self)

    def kind(self, i: int) -> int:
        return i

    def first(self, kind: int) -> int:
        return kind

    def origin(self, i: int) -> Origin:
        return Origin(self.key(i)[0])


def whose(*inputs: Any) -> list[int]:
    """This process and those before."""
    return [pid for seen in inputs for pid in seen if isinstance(pid, int)] + [os.getpid()]


def test_operations_run_where_was_chosen_and_share_results():
    count = 12
    tasks: dict[Any, Any] = {("here", i): (whose,) for i in range(count)}
    tasks |= {("there", i): (whose, ("here", i)) for i in range(count)}
    tasks |= {("back", i): (whose, ("there", i)) for i in range(count)}
    graph = Graph.from_dict(tasks)
    graph.__class__ = Chooses
    nature.learn(graph, count, Choice(True, "so"))
    for pids in auto.get(graph, [("back", i) for i in range(count)], num_workers=2):
        assert pids[0] == pids[2] == os.getpid()
        assert pids[1] != os.getpid()


def test_large_results_go_both_ways():
    tasks = {("x", 0): (np.arange, 100_000.0), ("moved", 0): (np.negative, ("x", 0)), ("y", 0): (np.sum, ("moved", 0))}
    graph = Graph.from_dict(tasks)
    graph.__class__ = Chooses
    nature.learn(graph, 1, Choice(True, "so"))
    moved, total = auto.get(graph, [("moved", 0), ("y", 0)])
    np.testing.assert_array_equal(moved, -np.arange(100_000.0))
    assert total == moved.sum()


class TwoKinds(Chooses):
    """Every second task is of the other kind."""

    @property
    def kinds(self) -> int:
        return 2

    def kind(self, i: int) -> int:
        return i % 2


def test_results_of_a_batch_of_several_kinds_are_not_mixed_up():
    count = 400
    graph = Graph.from_dict({("x", i): (str, i) for i in range(count)})
    graph.__class__ = TwoKinds
    assert auto.get(graph, [("x", i) for i in range(count)], num_workers=2) == [str(i) for i in range(count)]


class Choices(Listener):
    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []

    def choice(self, operation: str, in_processes: bool, why: str) -> None:
        self.seen.append((operation, in_processes))


def test_a_choice_is_said_once_and_explained(monkeypatch):
    monkeypatch.setattr(Sample, "choose", lambda self: Choice(True, "we say so"))
    numbers = db.range(40, npartitions=20).map(abs)
    assert "auto" not in numbers.explain()
    choices = Choices()
    for _ in range(2):
        assert numbers.compute(scheduler="auto", callbacks=[choices]) == list(range(40))
    assert len(choices.seen) == 1
    assert choices.seen[0][1]
    assert "processes, as we say so" in numbers.explain()


def test_what_is_not_known_yet_is_explained_where_it_is_asked_for():
    numbers = db.range(40, npartitions=20).map(abs)
    assert "auto" not in numbers.explain()
    assert "all begin in threads" in numbers.explain(scheduler="auto")
    with config.set(scheduler="auto"):
        assert "all begin in threads" in explain(numbers)
    with pytest.raises(ValueError, match="nothing"):
        numbers.explain(scheduler="nothing")
