"""Tasks and graphs."""

from __future__ import annotations

from operator import add, itemgetter

import pytest

from minidask.schedulers import get_scheduler
from minidask.task import Graph, Origin, Ref, Refs, Task, flatten, make_list, references, resolve, value


def get(tasks, key):
    return get_scheduler("sync")(tasks, [key])[0]


def test_a_task_is_called_with_results():
    results = {3: 10, 4: 20}
    assert Task(add, (Ref(3), 1))(results) == 11
    assert Task(sum, (Refs([3, 4]),))(results) == 30
    assert Task(list, (Refs([5, 6], [0, "k"]),))({5: [7], 6: {"k": 8}}) == [7, 8]
    assert Task(dict, (), {"a": Ref(4), "b": 5})(results) == {"a": 20, "b": 5}
    assert Task(add, (Task(add, (Ref(3), 1)), Ref(4)))(results) == 31


def test_stand_ins_are_not_looked_for_inside_containers():
    literal = [Ref(0)]
    assert Task(value, (literal,))({}) is literal
    assert references(Task(value, (literal,))) == []


def test_references_in_the_order_of_arguments():
    task = Task(max, (Ref(2), Refs([5, 1]), Task(max, (Ref(0), Ref(2))), 7), {"key": Ref(9)})
    assert references(task) == [2, 5, 1, 0, 2, 9]
    assert references(Task(max, (1, 2))) == []


def test_what_is_no_stand_in_is_itself():
    assert resolve("x", {}) == "x"
    assert resolve(Ref(1), {1: "y"}) == "y"


def test_reprs():
    assert repr(Task(add, (Ref(1), Refs((2, 3))), {"a": 1})) == "Task(add, (Ref(1), Refs([2, 3])), {'a': 1})"
    assert repr(Task(itemgetter(0), (Ref(1),))).startswith("Task(operator.itemgetter(0)")


class Uncomparable:
    __hash__ = None


KEYED = {("x", 0): 1, ("x", 1): 2}


@pytest.mark.parametrize(
    ("tasks", "key", "expected"),
    [
        ({"x": 1}, "x", 1),
        ({"x": 1, "y": (add, "x", 2)}, "y", 3),
        ({"y": (add, "x", 2), "x": 1}, "y", 3),
        ({"x": 1, "y": "x", "z": "y"}, "z", 1),
        ({"x": 1, "y": ["x", ["x", 5]]}, "y", [1, [1, 5]]),
        ({"x": 1, "y": (sum, ["x", "x", 3])}, "y", 5),
        ({"x": 1, "y": (add, (add, "x", 1), (sum, ["x"]))}, "y", 3),
        ({**KEYED, "s": (sum, [("x", 0), ("x", 1)])}, "s", 3),
        ({1: 10, 2.5: 20, b"k": 30, "s": (sum, [1, 2.5, b"k"])}, "s", 60),
        ({"x": 1, "y": {"x": "x"}}, "y", {"x": "x"}),
        ({"x": 1, "y": ("x", 2)}, "y", ("x", 2)),
        ({"x": (dict,)}, "x", {}),
        ({"x": ()}, "x", ()),
        ({"x": None, "y": (make_list, "x", "z")}, "y", [None, "z"]),
        ({"x": 1, "y": (value, (1, [2]))}, "y", (1, [2])),
        ({"x": Task(max, (1, 2)), "y": (add, "x", 1)}, "y", 3),
    ],
)
def test_the_plain_form(tasks, key, expected):
    assert get(tasks, key) == expected


def test_literals_need_neither_hash_nor_equality():
    odd = Uncomparable()
    assert get({"x": (value, odd)}, "x") is odd
    assert get({"x": odd}, "x") is odd


def test_true_and_one_are_equal_keys_but_true_is_a_literal():
    assert get({1: "one", "y": (value, True)}, "y") is True
    assert get({1: "one", "y": (value, 1)}, "y") == "one"


def test_a_graph_numbers_its_tasks():
    graph = Graph.from_dict({**KEYED, "y": (add, ("x", 0), ("x", 1)), "z": (add, "y", "y")})
    assert len(graph) == 4
    assert [graph.key(i) for i in range(4)] == [("x", 0), ("x", 1), "y", "z"]
    assert [list(graph.needed_by(i)) for i in range(4)] == [[], [], [0, 1], [2, 2]]
    assert graph.number(("x", 1)) == 1
    assert graph.origin(1) == Origin("x", (1,))
    assert graph.origin(2) == Origin("y")
    assert graph.annotations(0) == {}
    with pytest.raises(KeyError):
        graph.number("nobody")


def test_a_graph_of_nothing():
    assert len(Graph.from_dict({})) == 0


def test_segments_follow_each_other():
    parts = [Graph.from_dict({f"{name}{i}": i for i in range(n)}) for name, n in (("a", 2), ("b", 0), ("c", 3))]
    segments = [segment for part in parts for segment in part._segments]
    keys = ["a0", "a1", "c0", "c1", "c2"]
    graph = Graph(segments, [0] * 6, [], keys.index)
    assert [graph.key(i) for i in range(len(graph))] == keys
    assert [graph.task(i)({}) for i in range(5)] == [0, 1, 0, 1, 2]


def test_flatten():
    assert list(flatten([])) == []
    deep = ["end"]
    for i in range(5000):
        deep = [i, deep]
    assert list(flatten(deep)) == [*range(4999, -1, -1), "end"]
