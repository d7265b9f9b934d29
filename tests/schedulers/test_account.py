"""Computations that run at the same time: together they stay within the memory and the resources of the process."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from minidask import annotate, config, delayed
from minidask.errors import ConfigError
from minidask.events import Listener
from minidask.schedulers import get_scheduler
from minidask.schedulers.account import process
from minidask.schedulers.cancellation import Cancellation
from minidask.schedulers.memory import Budget
from minidask.schedulers.resources import _pool
from minidask.schedulers.state import WAIT, State
from minidask.task import Graph, Room
from tests.schedulers.test_memory import Known
from tests.schedulers.test_several import anomalies, expected, in_threads

MB = 2**20
KB = 10_000


@pytest.fixture(autouse=True)
def nothing_is_taken():
    yield
    assert process.inner == ()
    assert _pool.holders == 0


@pytest.fixture(params=["synchronous", "threads", "thread_executor"])
def here(request: pytest.FixtureRequest) -> Any:
    """The schedulers whose tasks run in this process."""
    name: str = request.param
    return request.getfixturevalue(name) if name.endswith("executor") else name


def wait_for(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.002)


class Peak(Listener):
    """The most that was taken when a task began."""

    def __init__(self) -> None:
        self.nbytes = 0.0

    def task_start(self, i: int, worker: Any) -> None:
        self.nbytes = max(self.nbytes, process.held())


def test_two_stay_together_within_the_limit(scheduler):
    peak, get, keys = Peak(), get_scheduler(scheduler), [("sum", i) for i in range(12)]

    def work(i: int) -> Any:
        with config.set(memory_limit="6MiB"):
            graph = Known.of(anomalies(12, i), lambda i: Room(MB if i < 12 else 8))
            return get(graph, keys, num_workers=2, callbacks=[peak])

    assert in_threads(2, work) == [expected(12)] * 2
    assert peak.nbytes <= 8 * MB, "one more task of each, at most"


def test_two_in_the_background(scheduler):
    blocks = [delayed(bytes)(MB) for _ in range(8)]
    total = delayed(lambda items, more: sum(map(len, items)) + more)
    with config.set(memory_limit="4MiB"):
        computations = [total(blocks, i).submit(scheduler=scheduler, num_workers=2) for i in range(3)]
        assert [c.result(60) for c in computations] == [8 * MB + i for i in range(3)]


def until(block: bytes, path: str) -> int:
    """Goes on when there is a file; raises what it says."""
    while not Path(path).exists():
        time.sleep(0.002)
    if Path(path).read_text():
        raise KeyError("so it says")
    return len(block)


def large(nbytes: int, path: str) -> dict[Any, Any]:
    return {"block": (bytes, nbytes), "wait": (until, "block", path)}


@pytest.mark.parametrize("end", ["done", "error", "cancelled"])
def test_one_that_waits_goes_on_when_the_other_ends(scheduler, tmp_path, end):
    get, path, cancellation = get_scheduler(scheduler), tmp_path / "go", Cancellation()
    answers: list[Any] = []
    with config.set(memory_limit="6MiB"):
        config_of_all = config.snapshot()

    def first() -> None:
        with config.adopted(config_of_all), cancellation:
            graph = Known.of(large(5 * MB, str(path)), lambda i: Room(8 if i else 5 * MB))
            try:
                answers.append(get(graph, ["wait"], num_workers=1))
            except (KeyError, CancelledError) as error:
                answers.append(type(error))

    def second() -> None:
        with config.adopted(config_of_all):
            graph = Known.of({"x": (bytes, 4 * MB), "n": (len, "x")}, lambda i: Room(8 if i else 4 * MB))
            answers.append(get(graph, ["n"], num_workers=1))

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    wait_for(lambda: process.held() > 5 * MB)
    threads[1].start()
    wait_for(lambda: any(account.wanted for account in process.inner))
    assert answers == []
    if end == "cancelled":
        cancellation.cancel()
    part = tmp_path / "part"
    part.write_text("error" if end == "error" else "")
    part.rename(path)
    for thread in threads:
        thread.join(30)
    ends = {"done": [5 * MB], "error": KeyError, "cancelled": CancelledError}
    assert sorted(answers, key=str) == sorted([ends[end], [4 * MB]], key=str)


def budget(limit: float, room: int, tasks: int = 3) -> Budget:
    graph = Known.of({f"x{i}": (abs, i) for i in range(tasks)}, lambda i: Room(room * KB))
    return Budget(limit * KB, State(graph, range(tasks)), graph)


def start(b: Budget) -> int:
    return b._state.next(b.gate())


def test_who_waits_is_made_room_for():
    with config.set(memory_limit=10 * KB):
        a, b = budget(10, 4), budget(10, 7)
        a.begin(None)
        b.begin(None)
        assert start(a) == 0
        assert start(b) == WAIT
        assert b.make_room() is None
        assert b.crowded
        assert start(a) == WAIT, "there are 6 left, but another waits for 7"
        a.over([0], 1)
        a._state.done(0, 2 * KB)
        assert start(b) == 0
        a.close()
        b.close()


def test_one_that_all_wait_for_starts():
    """Where nobody else moves, a task runs alone; so it does inside a task, for which another one waits."""
    with config.set(memory_limit=10 * KB):
        outer, other, inner = budget(10, 8), budget(10, 8), budget(10, 8)
        outer.begin(None)
        other.begin(None)
        assert start(outer) == 0
        assert start(other) == WAIT
        assert other.make_room() is None
        inner.begin(outer)
        assert start(inner) == WAIT
        assert inner.make_room() == []
        alone = inner.alone()
        assert alone
        assert inner._state.next(alone) == 0
        outer.close()
        assert inner in process.inner, "it goes on when the outer one has been broken off"
        inner.close()
        assert start(other) == 0
        other.close()


def test_inside_a_task_the_limit_of_the_outer_one_holds():
    a, b = budget(10, 6), budget(100, 6)
    a.begin(None)
    assert start(a) == 0
    b.begin(a)
    assert start(b) == WAIT
    b.close()
    a.close()


def test_one_limit_is_not_lowered_by_the_others():
    with config.set(memory_limit=10 * KB):
        a, b = budget(1000, 6), budget(20, 6)
        a.begin(None)
        b.begin(None)
        assert process.limit == 1000 * KB
        assert a.fitting >= 3
        a.close()
        b.close()


def hold(folder: str) -> int:
    with tempfile.NamedTemporaryFile(dir=folder):
        time.sleep(0.003)
        return len(list(Path(folder).iterdir()))


def holding(folder: str, count: int) -> Any:
    with annotate(resources={"db": 1}):
        held = [delayed(hold, pure=False)(folder) for _ in range(count)]
    return delayed(max)(held)


def test_together_they_hold_no_more_than_there_is(scheduler, tmp_path):
    with config.set(resources={"db": 2}):
        most = [holding(str(tmp_path), 10).submit(scheduler=scheduler, num_workers=3) for _ in range(3)]
        assert max(c.result(60) for c in most) <= 2


def test_a_resource_is_free_after_an_error_and_a_cancellation(scheduler, tmp_path):
    path = tmp_path / "go"
    with config.set(resources={"db": 1}):
        with annotate(resources={"db": 1}):
            first, second = delayed(until)(b"", str(path)), delayed(abs)(-3)
        held = first.submit(scheduler=scheduler, num_workers=1)
        wait_for(lambda: _pool.holders)
        waiting = second.submit(scheduler=scheduler, num_workers=1)
        cancelled = second.submit(scheduler=scheduler, num_workers=1)
        time.sleep(0.03)
        assert not waiting.done()
        cancelled.cancel()
        part = tmp_path / "part"
        part.write_text("error")
        part.rename(path)
        assert waiting.result(30) == 3
        assert held.exception(30) is not None
        wait_for(lambda: not _pool.holders)


def test_inside_a_task_its_resources_are_used(scheduler, tmp_path):
    def outer(folder: str) -> int:
        return holding(folder, 3).compute(scheduler="threads", num_workers=3)

    with config.set(resources={"db": 1}):
        with annotate(resources={"db": 1}):
            outers = [delayed(outer)(str(tmp_path)) for _ in range(2)]
        assert delayed(max)(outers).compute(scheduler=scheduler, num_workers=2) == 1


def test_in_the_background_of_a_task_its_resources_are_used(here, tmp_path):
    def outer(folder: str) -> int:
        return max(c.result(60) for c in [holding(folder, 4).submit(num_workers=2) for _ in range(2)])

    with config.set(resources={"db": 1}):
        with annotate(resources={"db": 1}):
            most = delayed(outer)(str(tmp_path))
        assert most.compute(scheduler=here, num_workers=2) == 1


def test_who_holds_something_cannot_wait_for_more(here):
    def outer() -> int:
        with annotate(resources={"gpu": 1}):
            return delayed(abs)(-1).compute()

    with config.set(resources={"db": 1, "gpu": 1}):
        with annotate(resources={"db": 1}):
            value = delayed(outer)()
        with pytest.raises(ConfigError, match=r"abs holds 1 of the resource 'gpu'.*holds \{'db': 1\}.*outer task"):
            value.compute(scheduler=here)


def test_inside_a_task_that_holds_nothing_it_waits(here, tmp_path):
    def outer(folder: str) -> int:
        return holding(folder, 3).compute()

    with config.set(resources={"db": 1}):
        outers = [delayed(outer, pure=False)(str(tmp_path)) for _ in range(4)]
        assert delayed(max)(outers).compute(scheduler=here, num_workers=3) == 1


def test_graphs_are_shared_by_no_account():
    """One computation after the other leaves the account as it was."""
    get = get_scheduler("threads")
    assert get(Graph.from_dict({"x": (abs, -1)}), ["x"], memory_limit=False) == [1]
    with pytest.raises(ZeroDivisionError):
        get({"x": (divmod, 1, 0)}, ["x"])
