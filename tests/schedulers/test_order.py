"""Static priorities: what they cost in results alive at the same time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidask.schedulers.order import order
from minidask.schedulers.state import State
from minidask.task import Graph, Key

Tasks = dict[Key, Any]


def peak(tasks: Tasks, keys: list[Key]) -> int:
    """The most results alive at once when one worker runs all."""
    graph = Graph.from_dict(tasks)
    state = State(graph, [graph.number(key) for key in keys])
    alive = most = 0
    while (i := state.next()) >= 0:
        alive += 1
        most = max(most, alive)
        alive -= len(state.done(i))
    return most


def placed(tasks: Tasks, keys: list[Key]) -> list[Key]:
    graph = Graph.from_dict(tasks)
    return [graph.key(i) for i in order(graph, [graph.number(key) for key in keys])[0]]


def add_tree(tasks: Tasks, name: str, level: list[Key], width: int) -> Key:
    depth = 0
    while len(level) > 1:
        groups = [level[at : at + width] for at in range(0, len(level), width)]
        for at, group in enumerate(groups):
            tasks[name, depth, at] = (sum, group)
        level = [(name, depth, at) for at in range(len(groups))]
        depth += 1
    return level[0]


def sources(count: int) -> Tasks:
    return {("x", i): (int, i) for i in range(count)}


def test_a_chain_keeps_two():
    tasks = {0: (int, "1")} | {i: (abs, i - 1) for i in range(1, 10_000)}
    assert peak(tasks, [9_999]) == 2


@pytest.mark.parametrize(("leaves", "width", "most"), [(1024, 2, 12), (4096, 16, 48), (100_000, 8, 48)])
def test_a_tree_keeps_a_logarithm(leaves, width, most):
    tasks = sources(leaves)
    assert peak(tasks, [add_tree(tasks, "sum", list(tasks), width)]) <= most


def test_two_reductions_of_one_array_go_side_by_side():
    tasks = sources(4096)
    for name in ("mean", "std"):
        tasks |= {(name, i): (abs, ("x", i)) for i in range(4096)}
    tops = [add_tree(tasks, f"{name}-tree", [(name, i) for i in range(4096)], 8) for name in ("mean", "std")]
    assert peak(tasks, tops) < 100


def test_diamonds():
    tasks: Tasks = {("top", 0): (int, 1)}
    for i in range(1000):
        tasks |= {("a", i): (abs, ("top", i)), ("b", i): (abs, ("top", i))}
        tasks["top", i + 1] = (max, ("a", i), ("b", i))
    assert peak(tasks, [("top", 1000)]) <= 3


def test_mean_then_anomaly_lets_each_block_go():
    """All blocks wait for the mean; after it, each goes as soon as its anomaly is reduced."""
    count = 512
    tasks = sources(count)
    mean = add_tree(tasks, "mean", [("x", i) for i in range(count)], 8)
    tasks |= {("anomaly", i): (min, ("x", i), mean) for i in range(count)}
    tasks |= {("square", i): (abs, ("anomaly", i)) for i in range(count)}
    top = add_tree(tasks, "total", [("square", i) for i in range(count)], 8)
    assert peak(tasks, [top]) < count + 40


def test_windows_are_released_as_they_pass():
    tasks = sources(1000)
    tasks |= {("w", i): (max, ("x", i - 1), ("x", i), ("x", i + 1)) for i in range(1, 999)}
    assert peak(tasks, [add_tree(tasks, "sum", [("w", i) for i in range(1, 999)], 8)]) < 40


def test_the_larger_branch_goes_first():
    tasks = sources(64) | {"small": (int, 1)}
    tasks["top"] = (max, "small", add_tree(tasks, "sum", [("x", i) for i in range(64)], 4))
    assert placed(tasks, ["top"])[-2:] == ["small", "top"]


def test_only_what_is_needed_is_placed_and_ties_go_by_number():
    tasks: Tasks = {"unused": 1, "c": 1, "b": 1, "a": 1, "top": (max, "a", "b", "c")}
    assert placed(tasks, ["top"]) == ["c", "b", "a", "top"]
    assert placed(tasks, []) == []


@pytest.mark.parametrize("tasks", [{"a": (abs, "a")}, {"a": (abs, "b"), "b": (abs, "c"), "c": (max, "b", 1)}])
def test_circles_are_refused(tasks):
    with pytest.raises(ValueError, match=r"in a circle: '.' -> '"):
        placed(tasks, ["a"])


@st.composite
def graphs(draw: st.DrawFn) -> Tasks:
    count = draw(st.integers(1, 30))
    return {i: (max, *draw(st.lists(st.integers(0, i - 1), max_size=4))) if i else (max,) for i in range(count)}


@settings(max_examples=100, deadline=None)
@given(graphs(), st.data())
def test_each_needed_task_is_placed_once_after_its_inputs(tasks, data):
    graph = Graph.from_dict(tasks)
    wanted = data.draw(st.lists(st.sampled_from(range(len(graph))), min_size=1))
    numbers, consumers = order(graph, wanted)
    rank = {i: at for at, i in enumerate(numbers)}
    assert len(rank) == len(numbers)
    assert set(wanted) <= set(rank)
    for i in numbers:
        assert all(rank[d] < rank[i] for d in graph.needed_by(i))
        assert i in wanted or len(consumers.of(i))
        for d in set(graph.needed_by(i)):
            assert list(consumers.of(d)).count(i) == list(graph.needed_by(i)).count(d)
