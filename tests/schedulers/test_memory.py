"""The memory budget: what starts, what waits, what goes to disk, and that answers stay right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask import config
from minidask.errors import MemoryLimitError
from minidask.events import Listener
from minidask.schedulers import get_scheduler, memory
from minidask.schedulers.memory import Budget, limit_of
from minidask.schedulers.state import WAIT, State
from minidask.task import Graph, Room

MB = 2**20


class Spills(Listener):
    def __init__(self) -> None:
        self.spilled: list[int] = []

    def spill(self, i: int, nbytes: int) -> None:
        self.spilled.append(nbytes)


def block(i: int) -> np.ndarray:
    return np.full(MB // 8, float(i))


def mean_then_anomaly(count: int) -> dict[Any, Any]:
    """All blocks are held until their mean is known."""
    tasks: dict[Any, Any] = {("x", i): (block, i) for i in range(count)}
    tasks |= {("part", i): (np.mean, ("x", i)) for i in range(count)}
    tasks["mean"] = (np.mean, [("part", i) for i in range(count)])
    tasks |= {("anomaly", i): (np.subtract, ("x", i), "mean") for i in range(count)}
    tasks |= {("sum", i): (np.sum, ("anomaly", i)) for i in range(count)}
    return tasks


def test_what_has_no_room_goes_to_disk_and_comes_back(scheduler):
    spills = Spills()
    get = get_scheduler(scheduler)
    keys = [("sum", i) for i in range(24)]
    values = get(mean_then_anomaly(24), keys, memory_limit="6MiB", num_workers=2, callbacks=[spills])
    assert values == [(i - 11.5) * MB / 8 for i in range(24)]
    assert 10 <= len(spills.spilled) <= 60


def test_wanted_results_come_back_too(scheduler):
    get = get_scheduler(scheduler)
    values = get(
        {f"x{i}": (block, i) for i in range(12)}, [f"x{i}" for i in range(12)], memory_limit="3MiB", num_workers=2
    )
    assert [v[0] for v in values] == list(range(12))


@pytest.mark.parametrize("limit", ["1MiB", 10_000])
def test_where_nothing_is_known_a_task_runs_alone(scheduler, limit):
    """Nobody knows beforehand what a function makes, so there is nothing to refuse."""
    get = get_scheduler(scheduler)
    values = get(mean_then_anomaly(5), [("sum", i) for i in range(5)], memory_limit=limit, num_workers=2)
    assert values == [(i - 2) * MB / 8 for i in range(5)]


def test_what_cannot_be_pickled_stays_in_memory():
    def generator(i: int) -> Any:
        return np.zeros(MB), (i for _ in range(1))

    def both(parts: Sequence[Any]) -> int:
        return sum(next(part[1]) for part in parts)

    tasks: dict[Any, Any] = {f"x{i}": (generator, i) for i in range(8)} | {"all": (both, [f"x{i}" for i in range(8)])}
    assert get_scheduler("threads")(tasks, ["all"], memory_limit="2MiB") == [28]


class Known(Graph):
    """Rooms by task number."""

    rooms: Callable[[int], Room]

    @classmethod
    def of(cls, tasks: dict[Any, Any], rooms: Callable[[int], Room]) -> Graph:
        graph = cls.from_dict(tasks)
        graph.rooms = rooms
        return graph

    def room(self, i: int) -> Room:
        return self.rooms(i)

    def largest_room(self) -> int:
        return max((self.rooms(i).result or 0) + self.rooms(i).besides for i in range(len(self)))


def test_a_task_that_cannot_fit_is_named_before_it_runs(scheduler):
    ran: list[int] = []
    tasks = {"x": (abs, 1), ("big", 3): (ran.append, "x")}
    graph = Known.of(tasks, lambda i: Room(5 * MB, 2 * MB) if i else Room(8))
    with pytest.raises(MemoryLimitError, match=r"big, block 3, needs about 7\.00 MiB.*limit is 6\.00 MiB.*smaller"):
        get_scheduler(scheduler)(graph, [("big", 3)], memory_limit="6MiB")
    assert ran == []


def test_where_one_cannot_fit_nothing_runs(scheduler, tmp_path):
    def noted(block: np.ndarray) -> np.ndarray:
        (tmp_path / "ran").touch()
        return block

    small = da.ones((1000, 1000), chunks=(100, 1000)).map_blocks(noted, dtype=float).sum(axis=0)
    large = (small[:, None] * small[None, :]).rechunk(-1)
    with pytest.raises(MemoryLimitError, match=r"block .*limit is 4\.00 MiB"):
        large.compute(scheduler=scheduler, memory_limit="4MiB")
    assert not (tmp_path / "ran").exists()


def test_tasks_wait_until_there_is_room():
    graph = Known.of({f"x{i}": (block, i) for i in range(3)}, lambda i: Room(4))
    state = State(graph, [0, 1, 2])
    budget = Budget(9, state, graph)
    assert budget.fitting == 2
    assert [state.next(budget.admits) for _ in range(3)] == [0, 1, WAIT]
    assert budget.make_room() is None, "those that run may release"


def test_the_results_that_are_used_last_go_first():
    graph = Known.of(mean_then_anomaly(4), lambda i: Room(4096))
    state = State(graph, [graph.number(("sum", i)) for i in range(4)])
    budget = Budget(4 * 4096, state, graph)
    while (i := state.next(budget.gate())) >= 0:
        budget.over([i], 1)
        state.done(i, 4096 if graph.key(i)[0] == "x" else 8)
    assert len(state.sizes()) > 3
    (victim,) = budget.make_room() or []
    assert state.next_use(victim) == max(state.next_use(i) for i in state.sizes())


@pytest.mark.parametrize("limit", [0, -1, "nonsense", "120%", 0.0, True, 1, 1.5, "512", "0.0"])
def test_limits_that_are_none(limit):
    with pytest.raises((ValueError, TypeError), match="memory_limit"):
        get_scheduler("sync")({"x": 1}, ["x"], memory_limit=limit)


def test_the_default_is_held_to_what_is_free(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    assert limit_of(None) == 900
    assert limit_of("20kB") == 20_000
    assert limit_of("0.5") == limit_of(0.5) == limit_of("50%")
    assert limit_of(False) == float("inf")


def test_a_limit_that_is_too_small_to_be_meant():
    with pytest.raises(ValueError, match=r"memory_limit=1\.5 is 1 B.*did you mean a share"):
        limit_of(1.5)


def test_a_wrong_limit_of_the_environment_is_not_ignored(scheduler, monkeypatch):
    monkeypatch.setenv("MINIDASK_MEMORY_LIMIT", "2 parsecs")
    with pytest.warns(UserWarning, match="MINIDASK_MEMORY_LIMIT"):
        config.refresh()
    try:
        with pytest.raises(ValueError, match=r"MINIDASK_MEMORY_LIMIT.*2 parsecs"):
            get_scheduler(scheduler)({"x": (abs, 1)}, ["x"])
    finally:
        monkeypatch.undo()
        config.refresh()


GIVES_BACK = """
import minidask.bag as db
from minidask.schedulers.resident import private_memory

texts = db.from_sequence([150_000] * 8, npartitions=8).map(lambda n: [str(i) * 3 for i in range(n)])
before = private_memory()
held = texts.persist(scheduler="threads")
most = private_memory() - before
lengths = held.map(len).sum().compute(scheduler="threads")
del held
print(lengths, most // 2**20, (private_memory() - before) // 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other allocators decide for themselves")
def test_memory_goes_back_to_the_system():
    """Small objects, which the allocator would keep; in a process of its own, where nothing else lies between them."""
    run = subprocess.run([sys.executable, "-c", GIVES_BACK], capture_output=True, text=True, check=True)
    lengths, most, left = map(int, run.stdout.split())
    assert lengths == 8 * 150_000
    assert most > 60
    assert left < most / 3
