"""Resources and priorities: what tasks hold while they run, and who comes first."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import pytest

import minidask
from minidask import annotate, config, delayed
from minidask.errors import ConfigError
from minidask.schedulers.resources import Resources
from minidask.schedulers.state import WAIT, State
from minidask.task import Graph, Origin, Segment, Task


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)


def hold(folder: str, i: int) -> int:
    """How many hold the resource now, by the files of a folder that all processes see."""
    with tempfile.NamedTemporaryFile(dir=folder):
        time.sleep(0.003)
        return len(list(Path(folder).iterdir()))


def held_at_once(folder: str, scheduler, amount: float, limit: float, count: int = 30) -> int:
    with annotate(resources={"db": amount}):
        held = [delayed(hold)(folder, i) for i in range(count)]
    others = [delayed(abs)(-i) for i in range(count)]
    with config.set(resources={"db": limit}):
        held, others = minidask.compute(held, others, scheduler=scheduler, num_workers=4)
    assert others == list(range(count))
    assert not list(Path(folder).iterdir())
    return max(held)


@pytest.mark.parametrize(("amount", "limit", "most"), [(1, 1, 1), (1, 2, 2), (2, 3, 1), (0.1, 0.3, 3)])
def test_no_more_tasks_than_allowed_hold_a_resource(folder, scheduler, amount, limit, most):
    assert held_at_once(folder, scheduler, amount, limit) <= most


def test_those_that_are_allowed_run_at_once():
    both = threading.Barrier(2, timeout=30)  # passed by two tasks that hold it at the same time
    with annotate(resources={"db": 1}):
        held = [delayed(both.wait)() for _ in range(6)]
    with config.set(resources={"db": 2}):
        assert {*minidask.compute(held, scheduler="threads", num_workers=4)[0]} == {0, 1}


def test_tasks_that_hold_nothing_go_on_while_many_wait():
    others_are_done = threading.Event()
    with annotate(resources={"db": 1}):
        held = [delayed(others_are_done.wait)(30) for _ in range(200)]
    other = delayed(sum)([delayed(abs)(-i) for i in range(10)])
    with config.set(resources={"db": 1}):
        last = delayed(lambda total: others_are_done.set() or total)(other)
        held, total = minidask.compute(held, last, scheduler="threads", num_workers=2)
    assert all(held)
    assert total == 45


def test_a_resource_is_free_again_after_an_error_and_a_retry(folder, scheduler):
    def fail_once(name: str) -> str:
        path = Path(folder) / name
        if not path.exists():
            path.touch()
            raise ValueError(name)
        return name

    with annotate(resources={"db": 1}, retries=1):
        names = [delayed(fail_once)(f"file-{i}") for i in range(3)]
    with config.set(resources={"db": 1}):
        assert minidask.compute(names, scheduler=scheduler)[0] == ["file-0", "file-1", "file-2"]


def test_resources_and_the_budget_together(scheduler):
    with annotate(resources={"db": 1}):
        blocks = [delayed(bytes)(2**18) for _ in range(20)]
    with config.set(resources={"db": 2}):
        sizes = delayed(lambda items: sum(map(len, items)))(blocks)
        assert sizes.compute(scheduler=scheduler, memory_limit="1MiB") == 20 * 2**18


def test_without_a_limit_the_error_tells_the_resource_and_the_option(scheduler):
    with annotate(resources={"gpu": 3}):
        x = delayed(abs)(-1)
    with pytest.raises(ConfigError, match=r"abs holds 3 of the resource 'gpu'.*config.set\(resources=\{'gpu'"):
        x.compute(scheduler=scheduler)
    with config.set(resources={"gpu": 2}), pytest.raises(ConfigError, match=r"'gpu'.*there is 2"):
        x.compute(scheduler=scheduler)


@pytest.mark.parametrize("value", [{"db": 0}, {"db": "2"}, {"db": True}, {1: 1}, "db", 3])
def test_limits_that_are_none(value):
    with pytest.raises(ConfigError, match="resources"):
        config.set(resources=value)


class Held(Segment):
    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def task(self, position, needs):
        return Task(abs, (position,))

    def origin(self, position):
        return Origin("held", (position,))

    def annotations(self, position):
        return {"resources": {"db": 1}}


def test_tasks_set_aside_come_back_in_their_order():
    graph = Graph([Held(5)], [0] * 6, [], int)
    state = State(graph, range(5))
    resources = Resources(graph, state, {"db": 2})
    started = []
    while state.left:
        while (i := state.next(resources.gate(None))) >= 0:
            assert resources.hold(i, worker=i)
            started.append(i)
        assert i == WAIT
        assert len(state.running) <= 2
        i = min(state.running)
        state.done(i)
        resources.over(i)
    assert started == [0, 1, 2, 3, 4]


def test_of_ready_tasks_the_one_with_priority_goes_first(scheduler, folder):
    def log(i: int) -> int:
        order = len(list(Path(folder).iterdir()))
        (Path(folder) / f"{order}-{i}").touch()
        return order

    values = []
    for priority in (0, 2, -1, 1):
        with annotate(priority=priority):
            values.append(delayed(log)(priority))
    assert minidask.compute(values, scheduler=scheduler, num_workers=1)[0] == [2, 0, 3, 1]
