"""Profilers: what ran, what it took, and the pictures of it."""

from __future__ import annotations

import threading
from operator import add
from time import perf_counter
from xml.etree import ElementTree

import pytest

from minidask.diagnostics import CacheProfiler, Profiler, ResourceProfiler, visualize
from minidask.diagnostics.timeline import Bar, Curve, Panel, draw
from minidask.schedulers import get_scheduler
from tests.conftest import CLUSTERS

GRAPH = {("a", 0): b"x" * 1000, "b": 2, "c": (len, ("a", 0)), "d": (add, "c", "b")}


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes", *CLUSTERS], indirect=True)
def test_when_and_where_each_task_ran(scheduler):
    before = perf_counter()
    with Profiler() as profiler:
        get_scheduler(scheduler)(GRAPH, ["d"])
    rows = {row.key: row for row in profiler.results}
    assert {*rows} == {*GRAPH}
    assert rows["c"].end_time <= rows["d"].start_time
    assert all(before <= row.start_time <= row.end_time <= perf_counter() for row in rows.values())
    assert rows["a", 0].task.operation == "a"
    assert all(isinstance(row.worker_id, int | str) for row in rows.values())


def test_a_context_forgets_and_a_registered_profiler_adds():
    profiler = Profiler()
    for _ in range(2):
        with profiler:
            get_scheduler("sync")(GRAPH, ["d"])
    assert len(profiler.results) == 4
    profiler.register()
    try:
        get_scheduler("sync")(GRAPH, ["b"])
    finally:
        profiler.unregister()
    assert len(profiler.results) == 5
    profiler.clear()
    assert profiler.results == []


def test_tasks_before_a_failure_are_kept():
    with Profiler() as profiler, pytest.raises(ZeroDivisionError):
        get_scheduler("sync")({"a": 1, "x": (divmod, "a", 0)}, ["x"])
    assert [row.key for row in profiler.results] == ["a"]


def test_results_and_how_long_they_are_needed():
    with CacheProfiler() as profiler:
        get_scheduler("sync")(GRAPH, ["d"])
    rows = {row.key: row for row in profiler.results}
    assert rows["a", 0].nbytes >= 1000
    assert rows["a", 0].free_time == rows["c"].cache_time
    assert rows["b"].free_time == rows["d"].cache_time
    assert rows["d"].free_time > rows["d"].cache_time


def test_memory_and_processor_are_sampled():
    with ResourceProfiler(dt=0.01) as profiler:
        get_scheduler("sync")({"x": (threading.Event().wait, 0.05)}, ["x"])
    times = [row.time for row in profiler.results]
    assert times == sorted(times)
    assert len(times) >= 2
    assert all(row.mem > 1 and row.cpu >= 0 for row in profiler.results)
    assert not [thread for thread in threading.enumerate() if thread.name == "minidask-resources"]


def test_pictures(tmp_path):
    with Profiler() as tasks, CacheProfiler() as cache, ResourceProfiler() as resources:
        get_scheduler("sync")(GRAPH, ["d"])
    page = tmp_path / "all.html"
    assert visualize([tasks, cache, resources], str(page)) == str(page)
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert tasks.visualize(str(tmp_path / "tasks.svg")) == str(tmp_path / "tasks.svg")
    for svg in ((tmp_path / "tasks.svg").read_text(), cache.visualize(None), visualize(resources, None)):
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    with pytest.raises(ValueError, match=r"filename='x\.png'"):
        tasks.visualize("x.png")
    with pytest.raises(TypeError, match="profilers: expected"):
        visualize([3])


def test_nothing_recorded_is_an_empty_picture():
    assert ElementTree.fromstring(visualize([Profiler(), CacheProfiler(), ResourceProfiler()], None)) is not None


def rectangles(svg):
    return [e for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("rect")]


def test_each_bar_says_what_it_is():
    (bar,) = rectangles(draw([Panel("t", [Bar(0.0, 2.0, 0, "<a & b>")])]))
    assert bar[0].text == "<a & b>: 2.00 s"


def test_a_million_short_bars_make_a_small_picture():
    bars = [Bar(i / 1e5, (i + 1) / 1e5, i % 2, "inc") for i in range(100_000)]
    drawn = rectangles(draw([Panel("t", bars)]))
    assert 500 < len(drawn) < 2000
    assert sum(float(bar.get("width")) for bar in drawn) == pytest.approx(2 * 880, rel=0.1)


def test_curves_are_scaled():
    svg = draw([Panel("t", curves=[Curve("MB", [(0.0, 0.0), (1.0, 2_000_000.0)])])])
    assert "MB, at most 2,000,000" in svg.replace("2e+06", "2,000,000")
