"""What other engines are told of tasks that take parts of results: pieces travel."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask.expr.graph import build, keys_of
from minidask.expr.pipeline import optimize
from minidask.schedulers.calls import calls
from minidask.task import Graph, Origin, Refs, Segment, Task


class Numbers(list[int]):
    """Numbers, of which `...` is the sum."""

    def __getitem__(self, key: Any) -> Any:
        return sum(self) if key is ... else super().__getitem__(key)


class Takers(Segment):
    """Lists, and tasks that add up parts of them: for each which lists, and which item of each."""

    def __init__(self, taken: list[list[tuple[int, int]]], lists: int, width: int) -> None:
        self.taken = taken
        self.lists = [Numbers(100 * n + k for k in range(width)) for n in range(lists)]

    def __len__(self) -> int:
        return len(self.taken)

    def task(self, position: int, needs: Any) -> Task:
        numbers, keys = zip(*self.taken[position]) if self.taken[position] else ((), ())
        return Task(added, (Refs(numbers, keys), Refs(numbers)))

    def key(self, position: int) -> Any:
        return ("taker", position)

    def origin(self, position: int) -> Origin:
        return Origin("taker", (position,))

    @property
    def expected(self) -> list[int]:
        return [sum(self.lists[n][k] + len(self.lists[n]) for n, k in pairs) for pairs in self.taken]

    def graph(self) -> Graph:
        needs = [[n for n, _ in pairs] * 2 for pairs in self.taken]
        ends = np.cumsum([0] * (len(self.lists) + 1) + list(map(len, needs))).tolist()
        return Graph([Lists(self.lists), self], ends, [n for each in needs for n in each], lambda key: 0)


class Lists(Segment):
    def __init__(self, lists: list[list[int]]) -> None:
        self.lists = lists

    def __len__(self) -> int:
        return len(self.lists)

    def task(self, position: int, needs: Any) -> Task:
        return Task(Numbers, (self.lists[position],))

    def key(self, position: int) -> Any:
        return ("list", position)

    def origin(self, position: int) -> Origin:
        return Origin("list", (position,))


def added(parts: list[int], whole: list[list[int]]) -> int:
    """The sum of the parts, and of something of the whole results."""
    return sum(parts) + sum(map(len, whole))


def run(tasks: dict[Any, tuple[Any, ...]], name: Any) -> Any:
    """The value of a task, as an engine would make it that keeps nothing."""
    call, *needs = tasks[name]
    return call(*[run(tasks, need) for need in needs])


def pieces_of(tasks: dict[Any, tuple[Any, ...]]) -> Counter[str]:
    return Counter(call.origin.operation for call, *_ in tasks.values())


@settings(max_examples=60)
@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_each_task_gets_its_parts(data, lists, width, groups):
    pairs = st.tuples(st.integers(0, lists - 1), st.integers(0, width - 1) | st.just(...))
    everything = st.integers(0, width - 1).map(lambda k: [(n, k) for n in range(lists)])
    taken = data.draw(st.lists(st.lists(pairs, max_size=4) | everything, min_size=1, max_size=8))
    takers = Takers(taken, lists, width)
    found = calls(takers.graph(), groups=lambda: groups)
    assert [run(found, ("taker", i)) for i in range(len(taken))] == takers.expected


def test_margins_of_a_result_are_one_piece():
    x = da.arange(60, chunks=10)
    (root,) = optimize([da.overlap.overlap(x, depth=2, boundary="none").expr])
    found = calls(build([root]))
    assert pieces_of(found)["take"] == 6
    piece = next(name for name, (call, *_) in found.items() if call.origin.operation == "take")
    assert sum(part.size for part in run(found, piece)._items) <= 4
    for key in keys_of(root):
        needs = found[key][1:]
        assert len([need for need in needs if not need[0].startswith("take")]) == 1  # its own block


def exchange(lists: int, tasks: int) -> Graph:
    return Takers([[(n, i) for n in range(lists)] for i in range(tasks)], lists, tasks).graph()


@pytest.mark.parametrize(
    ("lists", "tasks", "groups", "takes", "collects"),
    [(6, 10, 3, 18, 3), (6, 10, 10, 60, 0), (6, 10, 99, 60, 0), (6, 10, 1, 0, 1), (6, 1, 4, 0, 0), (1, 8, 2, 2, 0)],
)
def test_as_many_pieces_as_groups(lists, tasks, groups, takes, collects):
    found = pieces_of(calls(exchange(lists, tasks), groups=lambda: groups))
    assert (found["take"], found["Parts"]) == (takes, collects)


def test_names_of_pieces_tell_of_the_work():
    first, again = (set(calls(exchange(3, 6), groups=lambda: 2)) for _ in range(2))
    others = set(calls(exchange(3, 6), groups=lambda: 3))
    assert first == again
    assert len(first & others) == 3 + 6  # those of the graph itself


X = da.random.default_rng(0).random((40, 60), chunks=(8, 60))
FRAME = pd.DataFrame({"key": np.arange(300) % 7, "value": np.arange(300.0)[::-1], "text": list("abc") * 100})


def collections() -> dict[str, Any]:

    frame = dd.from_pandas(FRAME, npartitions=5)
    return {
        "rechunk": X.rechunk((40, 7)) + 1,
        "rechunk of few": da.arange(12, chunks=4).rechunk(6),
        "margins": da.overlap.overlap(X.rechunk((8, 20)), depth=(2, 1), boundary={0: "reflect", 1: "none"}),
        "sort": da.sort(X.ravel()),
        "points": X[np.random.default_rng(1).permutation(40)],
        "align": frame + dd.from_pandas(FRAME, npartitions=3),
        "shuffle": frame.shuffle("key"),
        "sort_values": frame.sort_values("value"),
        "merge": frame.merge(frame, on="value", broadcast=False),
        "transform": frame.groupby("key").value.transform("sum"),
        "groupby": db.from_sequence(range(50), npartitions=5).groupby(lambda n: n % 7),
    }


@pytest.mark.parametrize("name", collections())
def test_what_moves_is_cut_where_it_is(name):
    collection = collections()[name]
    (root,) = optimize([collection.expr])
    found = calls(build([root]), groups=lambda: 2)
    assert pieces_of(found)["take"]
    made = collection.finish([run(found, key) for key in keys_of(root)])
    expected = collection.compute(scheduler="synchronous")
    if isinstance(expected, np.ndarray):
        assert made.tobytes() == expected.tobytes()
    elif isinstance(expected, list):
        assert made == expected
    else:
        (pd.testing.assert_frame_equal if expected.ndim == 2 else pd.testing.assert_series_equal)(made, expected)


def test_copies_of_parts_let_the_rest_go():
    x = X.rechunk((40, 7))
    (root,) = optimize([x.expr])
    found = calls(build([root]), groups=lambda: 2)
    takes = [name for name, (call, *_) in found.items() if call.origin.operation == "take"]
    assert all(run(found, name)[0].base is None for name in takes)
