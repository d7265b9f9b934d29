"""The interface of engines: a whole graph in, handles out, which later graphs take. Every scheduler has it."""

from __future__ import annotations

import gc
import time
import weakref
from concurrent.futures import CancelledError, Executor
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask.schedulers import get_scheduler, synchronous


@pytest.fixture
def engine(scheduler: Any) -> Any:
    return get_scheduler(scheduler)


def wait_for(path: Path, value: Any) -> Any:
    """The value once the file is there, which is half a minute away at most."""
    for _ in range(3000):
        if path.exists():
            return value
        time.sleep(0.01)
    raise TimeoutError(path)


def test_results_come_for_their_handles(engine: Any):
    handles = engine.submit({"x": 1, "y": (add, "x", 2), ("z", 0): (add, "y", 3)}, ["y", ("z", 0), "y"])
    assert sorted(handles, key=str) == [("z", 0), "y"]
    assert engine.gather([handles["z", 0], handles["y"], handles["y"]]) == [6, 3, 3]
    assert engine.gather([]) == []


def test_to_submit_does_not_wait(engine: Any, tmp_path: Path):
    handles = engine.submit({"x": (wait_for, tmp_path / "go", 5)}, ["x"])
    (tmp_path / "go").touch()
    assert engine.gather([handles["x"]]) == [5]


def test_handles_stand_in_later_graphs(engine: Any):
    first = engine.submit({"x": (np.arange, 4.0)}, ["x"])
    second = engine.submit({"x": first["x"], "y": (add, "x", 1)}, ["y"])
    assert engine({"y": second["y"], "sum": (np.sum, "y")}, ["sum"]) == [10]


def test_handles_stand_in_graphs_of_other_engines(engine: Any):
    there = engine.submit({"x": (np.arange, 4.0)}, ["x"])["x"]
    here = synchronous.get.submit({"x": (np.arange, 4.0)}, ["x"])["x"]
    tasks = {"there": there, "here": here, "sum": (np.sum, ["there", "here"])}
    assert engine(tasks, ["sum"]) == synchronous.get(tasks, ["sum"]) == [12]
    assert [value.sum() for value in engine.gather([here, there])] == [6, 6]


def test_errors_come_with_the_results(engine: Any):
    handles = engine.submit({"x": (add, 1, "text"), "y": (add, "x", 1)}, ["y"])
    with pytest.raises(TypeError) as caught:
        engine.gather([handles["y"]])
    assert any("in x" in note for note in caught.value.__notes__)
    with pytest.raises(KeyError, match="nothing"):
        engine.gather(engine.submit({"x": 1}, ["nothing"]).values())


def test_options_that_nobody_knows_are_errors_at_the_call(engine: Any):
    with pytest.raises(TypeError, match=r"no option 'retires'; those of this scheduler are .*retries"):
        engine.submit({"x": 1}, ["x"], retires=3)
    with pytest.raises(ValueError, match="retries must be a whole number"):
        engine.submit({"x": 1}, ["x"], retries=-1)


def test_cancelled_results_do_not_come(engine: Any, tmp_path: Path):
    tasks = {"x": (wait_for, tmp_path / "go", 5), "y": (wait_for, tmp_path / "never", "x")}
    handles = engine.submit(tasks, ["y"])
    engine.cancel(handles.values())
    (tmp_path / "go").touch()
    with pytest.raises(CancelledError):
        engine.gather([*handles.values()])
    (tmp_path / "never").touch()  # what runs in a thread runs to its end


def test_what_nobody_holds_goes(scheduler: Any):
    if not isinstance(scheduler, str | Executor):
        pytest.skip("of a cluster this is tested apart")
    engine: Any = get_scheduler(scheduler)
    handles = engine.submit({"x": (np.ones, 100_000), "y": (np.ones, 5)}, ["x", "y"])
    engine.gather([*handles.values()])
    block = weakref.ref(handles["x"].kept)
    del handles["x"]
    gc.collect()
    assert block() is None
    assert engine.gather([handles["y"]])[0].sum() == 5


def test_what_others_wait_for_is_not_cancelled():
    engine = synchronous.get
    handles = engine.submit({"x": 1, "y": (add, "x", 1)}, ["x", "y"])
    engine.cancel([handles["x"]])
    assert engine.gather([handles["y"]]) == [2]


def test_collections_are_computed_in_the_background(scheduler: Any):
    assert da.arange(10, chunks=5).sum().submit(scheduler=scheduler).result(60) == 45
