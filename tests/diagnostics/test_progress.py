"""The bar."""

from __future__ import annotations

import io
import threading
from operator import add

import pytest

from minidask import events
from minidask.diagnostics import ProgressBar
from minidask.schedulers import get_scheduler
from tests.conftest import CLUSTERS

GRAPH = {"a": 1, "b": 2, "c": (add, "a", "b")}


def shown(graph, key, scheduler="sync", **options):
    out = io.StringIO()
    bar = ProgressBar(out=out, **options)
    with bar:
        get_scheduler(scheduler)(graph, [key])
    return out.getvalue(), bar


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes", *CLUSTERS], indirect=True)
def test_it_ends_at_all_of_them(scheduler):
    text, bar = shown(GRAPH, "c", scheduler, width=20)
    assert "100%|####################| 3/3" in text
    assert text.endswith("\n")
    assert bar.last_duration > 0


def test_it_shows_how_far_it_is_while_it_runs():
    out = io.StringIO()

    def wait_until_shown(x):
        for _ in range(1000):
            if " 50%" in out.getvalue():
                return "seen"
            threading.Event().wait(0.01)
        return out.getvalue()

    with ProgressBar(out=out, dt=0.01):
        assert get_scheduler("sync")({"x": 1, "y": (wait_until_shown, "x")}, ["y"]) == ["seen"]
    assert "1/2 [00:0" in out.getvalue()


def test_tasks_that_nobody_needs_do_not_count():
    text, _ = shown(GRAPH, "a")
    assert "100%" in text
    assert "1/1" in text


def test_short_computations_are_not_shown():
    text, bar = shown(GRAPH, "c", minimum="1 hour")
    assert text == ""
    assert bar.last_duration > 0


def test_a_failed_computation_stays_where_it_was():
    out = io.StringIO()
    with ProgressBar(out=out), pytest.raises(ZeroDivisionError):
        get_scheduler("sync")({"a": 1, "x": (divmod, "a", 0)}, ["x"])
    assert "100%" not in out.getvalue()
    assert "1/2" in out.getvalue()


def test_of_computations_in_each_other_the_outer_is_shown():
    def inner():
        return get_scheduler("sync")(GRAPH, ["c"])[0]

    text, _ = shown({"x": (inner,), "y": (add, "x", 1)}, "y")
    assert "2/2" in text
    assert "3/3" not in text


def test_it_leaves_no_thread_and_no_listener():
    before = threading.active_count()
    shown(GRAPH, "c")
    assert threading.active_count() == before
    assert events.active() == ()


def test_registered_it_shows_every_computation(capsys):
    bar = ProgressBar()
    bar.register()
    try:
        get_scheduler("sync")(GRAPH, ["c"])
        get_scheduler("sync")(GRAPH, ["a"])
    finally:
        bar.unregister()
    get_scheduler("sync")({"z": (sum, [1, 2, 3, 4])}, ["z"])
    told = capsys.readouterr().err
    assert "3/3" in told
    assert "1/1" in told


def test_many_threads_at_once():
    keys = [("x", i) for i in range(2000)]
    graph = dict.fromkeys(keys, (abs, -1.0)) | {"all": (sum, keys)}
    text, _ = shown(graph, "all", "threads")
    assert "2001/2001" in text


@pytest.mark.parametrize(("bad", "error"), [({"dt": "often"}, ValueError), ({"width": 0}, ValueError)])
def test_bad_arguments_are_named(bad, error):
    with pytest.raises(error, match=f"{next(iter(bad))}="):
        ProgressBar(**bad)
