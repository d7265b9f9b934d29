"""A person's own functions while a computation runs."""

from __future__ import annotations

from operator import add

import pytest

from minidask import events
from minidask.diagnostics import Callback
from minidask.schedulers import get_scheduler
from tests.conftest import CLUSTERS

GRAPH = {"a": 1, "b": 2, "c": (add, "a", "b")}


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes", *CLUSTERS], indirect=True)
def test_all_stages_are_told_in_order(scheduler):
    told = []
    callback = Callback(
        start=lambda graph: told.append(("start", len(graph))),
        start_state=lambda graph, state: told.append(("state", len(state["running"]))),
        pretask=lambda key, graph, state: told.append(("pre", key, key in state["running"])),
        posttask=lambda key, nbytes, graph, state, worker: told.append(("post", key, key in state["finished"])),
        finish=lambda graph, state, failed: told.append(("finish", sorted(state["finished"]), failed)),
    )
    with callback:
        assert get_scheduler(scheduler)(GRAPH, ["c"]) == [3]
    assert told[:2] == [("start", 3), ("state", 0)]
    assert told[-1] == ("finish", ["a", "b", "c"], False)
    for key in "abc":
        assert told.index(("pre", key, True)) < told.index(("post", key, True))
    assert told[-2] == ("post", "c", True)


def test_a_subclass_defines_what_it_wants():
    class Keys(Callback):
        def __init__(self):
            self.keys = []

        def _posttask(self, key, nbytes, graph, state, worker):
            assert nbytes > 0
            self.keys.append(key)

    keys = Keys()
    with keys:
        get_scheduler("sync")(GRAPH, ["c"])
    assert sorted(keys.keys) == ["a", "b", "c"]


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes", *CLUSTERS], indirect=True)
def test_failure_is_told(scheduler):
    told = []
    with Callback(finish=lambda graph, state, failed: told.append(failed)), pytest.raises(ZeroDivisionError):
        get_scheduler(scheduler)({"x": (divmod, 1, 0)}, ["x"])
    assert told == [True]


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes", *CLUSTERS], indirect=True)
def test_an_error_in_a_callback_fails_the_computation(scheduler):
    def fail(key, graph, state):
        raise LookupError("from the callback")

    with Callback(pretask=fail), pytest.raises(LookupError, match="from the callback"):
        get_scheduler(scheduler)(GRAPH, ["c"])


def test_register_and_unregister():
    told = []
    callback = Callback(start=told.append)
    callback.register()
    get_scheduler("sync")(GRAPH, ["c"])
    callback.unregister()
    get_scheduler("sync")(GRAPH, ["c"])
    assert len(told) == 1
    assert events.active() == ()


def test_what_is_no_function():
    with pytest.raises(TypeError, match="pretask: expected a function, got 3"):
        Callback(pretask=3)
