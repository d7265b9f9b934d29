"""What every scheduler does the same."""

from __future__ import annotations

import contextvars
import gc
import os
import random
import signal
import threading
import time
import traceback
import weakref
from collections.abc import Iterator
from concurrent.futures import Executor
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
from minidask import annotate, delayed
from minidask.events import Listener
from minidask.schedulers import Get, get_scheduler
from minidask.task import Graph, Ref, Refs, Task


@pytest.fixture
def get(scheduler: Any) -> Get:
    return get_scheduler(scheduler)


@pytest.fixture
def local_get(scheduler: Any) -> Get:
    """For what clusters do in ways of their own, or not at all: see test_distributed.py."""
    if not isinstance(scheduler, str | Executor):
        pytest.skip("of a cluster this is tested apart")
    return get_scheduler(scheduler)


def test_a_graph_in_the_plain_form(get: Get):
    tasks = {"x": 1, "y": (add, "x", 2), "z": (sum, ["x", "y", (add, "y", 10)]), ("t", 0): "y", "text": "no key"}
    assert get(tasks, ["z", "y", ("t", 0), "y", "text"]) == [17, 3, 3, 3, "no key"]
    assert get(tasks, []) == []


def test_keys_in_any_shape(get: Get):
    tasks = {"x": 1, ("y", 0): (add, "x", 1), "z": (add, ("y", 0), 1)}
    assert get(tasks, "z") == 3
    assert get(tasks, ("y", 0)) == 2
    assert get(tasks, ["z"]) == [3]
    assert get(tasks, ["z", [("y", 0), ["x", "z"]], []]) == [3, [2, [1, 3]], []]
    assert get(tasks, tasks.keys()) == [1, 2, 3]
    with pytest.raises(KeyError, match="nothing"):
        get(tasks, ["z", ["nothing"]])


def test_references_in_keyword_arguments_and_lists(get: Get):
    graph = Graph.from_dict(
        {
            "a": 1,
            "b": 2,
            "c": Task(dict, (), {"one": Ref(0), "all": Refs([0, 1]), "sum": Task(add, (Ref(0), Ref(1)))}),
        }
    )
    assert get(graph, ["c"]) == [{"one": 1, "all": [1, 2], "sum": 3}]


def test_only_what_is_needed_runs(get: Get):
    assert get({"x": 1, "bad": (add, "x", "text"), "y": (add, "x", 1)}, ["y"]) == [2]


@pytest.mark.parametrize("num_workers", [1, 3])
def test_any_order_and_number_of_workers(local_get: Get, num_workers: int):
    rng = random.Random(num_workers)
    tasks: dict[Any, Any] = {("x", i): (add, i, 0.5) for i in range(200)}
    for i in range(100):
        tasks["y", i] = (
            sum,
            [("x", k) for k in rng.sample(range(200), 5)] + [("y", k) for k in range(max(0, i - 2), i)],
        )
    keys = list(tasks)
    rng.shuffle(keys)
    assert local_get(tasks, keys, num_workers=num_workers) == get_scheduler("sync")(tasks, keys)


def test_thousands_of_tiny_tasks(local_get: Get):
    tasks = {f"x{i}": (add, i, 1) for i in range(3000)}
    assert local_get(tasks, list(tasks)) == [i + 1 for i in range(3000)]


def test_a_long_chain(get: Get):
    tasks: dict[Any, Any] = {"x0": 0} | {f"x{i}": (add, f"x{i - 1}", 1) for i in range(1, 1000)}
    assert get(tasks, ["x999"]) == [999]


def test_big_results_and_literals(get: Get):
    block = np.arange(1_000_000.0)
    frame = pd.DataFrame({"a": np.arange(50_000), "b": [f"row {i}" for i in range(50_000)]})
    tasks = {"x": block, "y": (add, "x", 1), "z": (np.stack, ["x", "y"]), "f": frame, "g": (pd.concat, ["f", "f"])}
    y, z, g = get(tasks, ["y", "z", "g"])
    np.testing.assert_array_equal(y, block + 1)
    np.testing.assert_array_equal(z, [block, block + 1])
    pd.testing.assert_frame_equal(g, pd.concat([frame, frame]))
    y[0] = 7  # results belong to the caller
    assert y[0] == 7


def divide(a: np.ndarray, b: Any) -> Any:
    if not b:
        raise ZeroDivisionError("no zero, please")
    return a / b


def test_an_error_keeps_its_type_and_tells_the_task_and_its_inputs(get: Get):
    tasks = {"x": np.ones((3, 4)), ("y", 2, 0): (divide, "x", 0), "z": (add, ("y", 2, 0), 1)}
    with pytest.raises(ZeroDivisionError, match="no zero, please") as caught:
        get(tasks, ["z"])
    note = caught.value.__notes__[-1]
    assert "in y, block 2, 0" in note
    assert "argument 0: ndarray of shape (3, 4) and dtype float64" in note
    shown = "".join(traceback.format_exception(caught.value))
    assert "in divide" in shown
    assert "raise ZeroDivisionError" in shown
    ours = [
        frame for frame in traceback.extract_tb(caught.value.__traceback__) if "/minidask/schedulers" in frame.filename
    ]
    assert len(ours) <= 2


def test_an_error_does_not_spoil_the_next_computation(get: Get):
    with pytest.raises(TypeError):
        get({"x": (add, 1, "text")}, ["x"])
    assert get({"x": (add, 1, 2)}, ["x"]) == [3]


def test_errors_that_are_not_exceptions(get: Get):
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        get({"x": (leave,)}, ["x"])


def test_an_error_that_cannot_be_pickled(get: Get):
    class Odd(Exception):
        def __init__(self, lock: Any) -> None:
            super().__init__("odd one")
            self.lock = lock

    def fail() -> None:
        raise Odd(threading.Lock())

    with pytest.raises((Odd, RuntimeError), match="odd one"):
        get({"x": (fail,)}, ["x"])


class Picky(Exception):
    """Comes apart when it is pickled: its arguments are not those of its constructor."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"picky {one} {two}")


def test_an_error_that_cannot_be_unpickled(get: Get):
    def fail() -> None:
        raise Picky(1, 2)

    with pytest.raises((Picky, RuntimeError), match="picky 1 2"):
        get({"x": (fail,)}, ["x"])


def test_unknown_keys_and_options(local_get: Get):
    with pytest.raises(KeyError, match="nope"):
        local_get({"x": 1}, ["nope"])
    with pytest.raises(TypeError, match="colour"):
        local_get({"x": 1}, ["x"], colour="red")
    with pytest.raises(ValueError, match="num_workers must be a positive integer, not 0"):
        local_get({"x": 1}, ["x"], num_workers=0)
    with pytest.raises(ValueError, match="circle"):
        local_get({"x": (abs, "y"), "y": (abs, "x")}, ["x"])


def test_functions_and_classes_without_a_module(get: Get):
    class Pair:
        def __init__(self, a: int, b: int) -> None:
            self.a, self.b = a, b

    offset = 10
    tasks = {"p": (Pair, 1, 2), "s": (lambda pair: pair.a + pair.b + offset, "p")}
    pair, total = get(tasks, ["p", "s"])
    assert isinstance(pair, Pair)
    assert total == 13


@pytest.mark.filterwarnings("ignore:.*runs in the main process")
def test_what_cannot_be_pickled(local_get: Get):
    lock = threading.Lock()
    tasks = {
        "a": (lambda: lock.locked(),),  # a function
        "b": (threading.Lock,),  # a result
        "c": (lambda held: held.locked(), "b"),  # an input
        "d": (lambda held: held.locked(), lock),  # an argument
        "e": (sum, ["a", "c", "d"]),
    }
    assert local_get(tasks, ["e"]) == [0]


def test_a_computation_inside_a_task(scheduler: str | Executor, get: Get):
    inner_scheduler = scheduler if isinstance(scheduler, str) else "threads"

    def outer(i: int) -> tuple[Any, int]:
        inner = get_scheduler(inner_scheduler)
        here = threading.get_ident()
        return inner({"a": i, "b": (add, "a", 1), "c": (lambda b: (b, threading.get_ident() == here), "b")}, ["c"])[0]

    tasks = {f"x{i}": (outer, float(i)) for i in range(20)}
    assert get(tasks, list(tasks)) == [(i + 1, True) for i in range(20)]


class Recorder(Listener):
    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def start(self, graph: Graph) -> None:
        self.events.append(("start", len(graph)))

    def task_start(self, i: int, worker: int | str) -> None:
        self.events.append(("task_start", i))

    def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
        self.events.append(("task_end", i, ended - started, nbytes))

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        self.events.append(("finish", error))


def test_listeners_hear_each_task(local_get: Get):
    recorder = Recorder()
    tasks = {i: (np.zeros, 10_000 + i) for i in range(20)}
    local_get(tasks, list(tasks), callbacks=[recorder])
    assert recorder.events[0] == ("start", 20)
    assert recorder.events[-1] == ("finish", None)
    ends = [event for event in recorder.events if event[0] == "task_end"]
    assert sorted(i for _, i, _, _ in ends) == list(range(20))
    assert sorted(event[1] for event in recorder.events if event[0] == "task_start") == list(range(20))
    assert all(0 <= seconds < 60 and 80_000 <= nbytes < 90_000 for _, _, seconds, nbytes in ends)


def test_listeners_hear_the_bytes_of_the_smallest_results(local_get: Get):
    recorder = Recorder()
    tasks = {f"x{i}": (add, i, 1) for i in range(10)}
    local_get(tasks, list(tasks), callbacks=[recorder])
    assert all(event[-1] > 0 for event in recorder.events if event[0] == "task_end")


def test_listeners_hear_of_an_error(local_get: Get):
    recorder = Recorder()
    with pytest.raises(TypeError) as caught:
        local_get({"x": (add, 1, "text")}, ["x"], callbacks=[recorder])
    assert recorder.events[-1] == ("finish", caught.value)


class Broken(Listener):
    def task_end(self, *args: Any) -> None:
        raise OSError("the listener is broken")


def test_an_error_of_a_listener_fails_the_computation(local_get: Get):
    with pytest.raises(OSError, match="the listener is broken"):
        local_get({"x": (add, 1, 2)}, ["x"], callbacks=[Broken()])


@pytest.fixture
def interrupt_soon() -> Iterator[None]:
    """Ctrl-C half a second from now."""
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    yield
    timer.join()


def threads_of_loops() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("minidask-")]


def test_interrupting_leaves_nothing_running_and_the_next_computation_is_right(local_get: Get, interrupt_soon: None):
    tasks = {f"x{i}": (time.sleep, 0.05) for i in range(2000)}
    with pytest.raises(KeyboardInterrupt):
        local_get(tasks, list(tasks))
    assert not threads_of_loops()
    assert local_get({"x": 1, "y": (add, "x", 2)}, ["y"]) == [3]


def test_computations_in_several_threads(get: Get):
    def compute(i: int) -> None:
        tasks = {f"x{k}": (add, i, float(k)) for k in range(50)}
        answers[i] = get({**tasks, "sum": (sum, list(tasks))}, ["sum"])[0]

    answers: dict[int, Any] = {}
    threads = [threading.Thread(target=compute, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {i: 50 * i + 1225 for i in range(4)}


def _fail_first(folder: str, times: int) -> str:
    """Raise the first `times` times, counted by files so that it holds for all processes."""
    tried = len(list(Path(folder).iterdir()))
    (Path(folder) / str(tried)).touch()
    if tried < times:
        raise OSError(f"failed after {tried}")
    return "done"


def test_retries(get: Get, tmp_path):
    tasks = {"x": str(tmp_path), "y": (_fail_first, "x", 2), "z": (add, "y", "!")}
    assert get(tasks, ["z"], retries=2) == ["done!"]
    assert len(list(tmp_path.iterdir())) == 3


def test_more_failures_than_retries(get: Get, tmp_path):
    with pytest.raises(OSError, match="failed after 1") as caught:
        get({"y": (_fail_first, str(tmp_path), 5)}, ["y"], retries=1)
    assert "in y, in attempt 2 of 2" in "\n".join(caught.value.__notes__)
    with pytest.raises(ValueError, match="retries must be a whole number of at least 0, not -1"):
        get({"y": 1}, ["y"], retries=-1)


def test_annotated_retries_go_first(scheduler: str | Executor, tmp_path):
    with annotate(retries=2):
        lasting = delayed(_fail_first)(str(tmp_path), 2)
    assert lasting.compute(scheduler=scheduler) == "done"
    with annotate(retries=0):
        strict = delayed(_fail_first)(str(tmp_path), 9)
    with pytest.raises(OSError, match="failed after 3"):
        strict.compute(scheduler=scheduler, retries=5)


def test_nothing_of_a_computation_lives_on(scheduler: Any):
    """No cycle holds its data until the collector comes, nor expressions that would be found again by their names."""
    gc.collect()
    gc.disable()
    try:
        value = delayed(sum)([1, 2])
        assert value.compute(scheduler=scheduler) == 3
        reference = weakref.ref(value.expr)
        del value
        assert reference() is None
    finally:
        gc.enable()


def test_nothing_lives_on_in_a_context_that_a_task_kept():
    """As timers do, and the tasks of an event loop."""
    kept: list[contextvars.Context] = []
    x = da.from_array(np.arange(6), chunks=3).map_blocks(lambda block: kept.append(contextvars.copy_context()) or block)
    reference = weakref.ref(x.expr)
    for scheduler in ("threads", "synchronous"):
        np.testing.assert_array_equal(x.compute(scheduler=scheduler), np.arange(6))
    assert len(kept) >= 4
    assert kept[-1].run(minidask.compute, delayed(sum)([1, 2])) == (3,)
    del x
    gc.collect()
    assert reference() is None
