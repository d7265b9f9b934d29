"""Nodes: fields and facts, names, immutability, pickling; and rewriting them."""

from __future__ import annotations

import gc
import inspect
import pickle
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidask import annotate
from minidask.expr.blocks import Blocks
from minidask.expr.graph import build, keys_of
from minidask.expr.node import Node, as_of, fact, user_frame
from minidask.expr.pipeline import optimize
from minidask.expr.reduce import tree
from minidask.expr.rewrite import Rules, consumers, replace, rewrite, substitute, topological
from minidask.schedulers.synchronous import get

DEEP = 10_000


class Leaf(Node):
    value: Any = 0

    @property
    def grid(self):
        return (1,)


class Add(Node):
    left: Node
    right: Any = 1
    more: dict = {}

    count: ClassVar[list] = []

    @property
    def grid(self):
        return self.left.grid

    @fact
    def depth(self):
        self.count.append(1)
        if self.right == "wrong":
            raise ValueError("right is wrong")
        return getattr(self.left, "depth", 0) + 1


class Twice(Add):
    factor: int = 2

    @property
    def operation(self):
        return "double"


def chain(n=DEEP, value=0):
    node = Leaf(value)
    for i in range(n):
        node = Add(node, i)
    return node


# one node


def test_fields_and_defaults():
    leaf = Leaf(5)
    node = Add(leaf, right=3)
    assert node.fields == {"left": leaf, "right": 3, "more": {}}
    assert (node.left, node.right, node.children) == (leaf, 3, (leaf,))
    assert Twice(leaf).fields == {"left": leaf, "right": 1, "more": {}, "factor": 2}


def test_children_are_found_in_tuples_and_dicts():
    a, b, c = Leaf(1), Leaf(2), Leaf(3)
    assert Add(a, (b, [c]), {"k": c, "l": (a, 1)}).children == (a, b, c, a)


def test_names():
    assert Add(Leaf(1)).name.startswith("add-")
    assert Twice(Leaf(1)).name.startswith("double-")
    assert Add.named("mine", Leaf(1)).name == "mine"
    assert repr(Add.named("mine", Leaf(1))) == "<mine grid=(1,)>"


def test_equal_nodes_are_one_object():
    assert Add(Leaf(1), 2) is Add(Leaf(1), right=2)
    assert Add(Leaf(1)) is Add(Leaf(1), 1)
    different = [Add(Leaf(1)), Add(Leaf(2)), Add(Leaf(1), 2), Add(Leaf(1), 1.0), Add(Leaf(1), True), Twice(Leaf(1))]
    assert len({node.name for node in different}) == len(different)
    assert Add.named("mine", Leaf(1)) is not Add.named("mine", Leaf(1))


def test_nodes_made_by_threads_at_once_are_one_object():
    barrier = threading.Barrier(4)

    def make(_):
        barrier.wait()
        return [Add(Leaf(i), "threads") for i in range(200)]

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(make, range(4))
    for other in others:
        assert all(a is b for a, b in zip(first, other))


def test_nodes_that_nobody_holds_go():
    node = weakref.ref(Add(Leaf("gone")))
    gc.collect()
    assert node() is None


def test_nodes_are_immutable():
    node = Add(Leaf(1))
    with pytest.raises(AttributeError, match=r"immutable; use replace\(right=\.\.\.\)"):
        node.right = 2
    assert node.replace(right=2) is Add(Leaf(1), 2)
    assert node.right == 1


def test_facts_are_computed_at_the_call_and_once():
    Add.count.clear()
    node = Add(Leaf("once"), 7)
    assert Add.count == [1]
    assert (node.depth, Add(node, 8).depth, node.depth) == (1, 2, 1)
    assert Add.count == [1, 1]
    with pytest.raises(ValueError, match="right is wrong"):
        Add(Leaf(1), "wrong")


@pytest.mark.parametrize(
    "call",
    [
        lambda: Leaf(1, 2),
        lambda: Leaf(other=2),
        lambda: Leaf(1, value=2),
        lambda: Add(),
        lambda: Add(right=2),
        lambda: Add(Leaf(1), left=Leaf(2)),
        lambda: Add(Leaf(1), other=2),
    ],
)
def test_wrong_fields(call):
    with pytest.raises(TypeError, match="takes the fields"):
        call()


def test_fields_in_any_order():
    assert Add(more={}, right=1, left=Leaf(1)) is Add(Leaf(1))


def test_the_line_is_kept():
    node = Add(Leaf("line"))
    assert node.where == (__file__, inspect.currentframe().f_lineno - 1)
    with as_of(node):
        assert Add(node).where == node.where
    assert user_frame() == (__file__, inspect.currentframe().f_lineno)


def test_summaries_show_small_operands():
    assert Add(Leaf(1), 5).summary == "right=5"
    assert Add(Leaf(1), "x" * 100).summary.endswith("...")
    assert Add(Leaf(1), max).summary == "right=max"
    assert Leaf(Leaf(1)).summary == ""


# deep ones


def test_long_chains_are_built_named_and_walked():
    node = chain()
    assert node.depth == DEEP
    assert node is chain()
    assert len(topological([node])) == DEEP + 1
    assert sys.getrecursionlimit() < DEEP


def test_long_chains_are_pickled():
    node = chain()
    assert pickle.loads(pickle.dumps(node)) is node
    copies = [pickle.dumps(Add.named("mine", chain(3), (Leaf(1), {"k": Leaf(2)})))]
    copy = pickle.loads(copies[0])
    assert (copy.name, copy.name_given, copy.left) == ("mine", True, chain(3))
    assert copy.right == (Leaf(1), {"k": Leaf(2)})


def test_pickling_keeps_annotations_and_places():
    with annotate(retries=3):
        inner = Add(Leaf("hinted"))
    outer = Add(inner)
    rows = pickle.dumps(outer)
    name, where = outer.name, inner.where
    del inner, outer
    gc.collect()
    copy = pickle.loads(rows)
    assert copy.name == name
    assert copy.annotations == {}
    assert copy.left.annotations == {"retries": 3}
    assert copy.left.where == where


# walking and rewriting


def test_children_come_before_parents():
    a, b = Leaf(1), Leaf(2)
    both = Add(a, b)
    top = Add(both, a)
    order = topological([top, b])
    assert order.index(a) < order.index(both) < order.index(top)
    assert set(order) == {a, b, both, top}
    assert len(order) == 4
    assert consumers([top]) == {a: [both, top], b: [both], both: [top]}


def test_rewriting_goes_on_until_nothing_is_to_be_said():
    def step(node):
        return Leaf(node.value - 1) if isinstance(node, Leaf) and node.value > 0 else None

    assert rewrite([Add(Leaf(5), Leaf(3))], step) == [Add(Leaf(0), Leaf(0))]
    (deep,) = rewrite([chain(value=2)], step)
    assert deep is chain(value=0)


def test_rewriting_a_long_chain_from_the_top():
    def step(node):
        return node.left if isinstance(node, Add) else None

    assert rewrite([chain()], step) == [Leaf(0)]

    def push_down(node):
        if isinstance(node, Twice) and isinstance(node.left, Add) and not isinstance(node.left, Twice):
            return Add(Twice(node.left.left), node.left.right)
        return None

    (pushed,) = rewrite([Twice(chain(1000))], push_down)
    assert pushed.depth == 1001
    assert type(pushed) is Add
    assert type(topological([pushed])[1]) is Twice


def test_each_node_is_rewritten_once():
    seen = []

    def step(node):
        seen.append(node)

    shared = Add(Leaf(1), 2)
    roots = [Add(shared, shared), Add(shared, 5)]
    assert rewrite(roots, step) == roots
    assert len(seen) == len(set(seen)) == 4


def test_a_name_that_was_given_stays():
    node = Add.named("mine", Leaf(1))
    (new,) = rewrite([node], lambda n: Leaf(2) if n is Leaf(1) else None)
    assert (new.name, new.left, new.where) == ("mine", Leaf(2), node.where)
    assert substitute(node, {}) is node
    assert replace([node, Leaf(1)], {Leaf(1): Leaf(3)})[1] is Leaf(3)


def test_rewritten_nodes_come_from_the_same_line():
    node = Add(Leaf("there"), 1)
    rules = Rules()
    rules(Add)(lambda n: Twice(n.left, n.right) if type(n) is Add else None)
    new = rules.apply(node)
    assert type(new) is Twice
    assert new.where == node.where


def test_rules_of_the_nearest_class_come_first():
    rules = Rules()

    @rules(Add)
    def of_base(node):
        return Leaf("base")

    @rules(Twice)
    def of_class(node):
        return Leaf("class") if node.factor > 2 else None

    assert rules.of(Twice(Leaf(1))) == [of_class, of_base]
    assert rules.apply(Twice(Leaf(1), factor=3)) is Leaf("class")
    assert rules.apply(Twice(Leaf(1))) is Leaf("base")
    assert rules.apply(Leaf(1)) is None


def test_a_node_without_a_rule_cannot_be_lowered():
    with pytest.raises(NotImplementedError, match="no rule lowers a Leaf"):
        optimize([Leaf(1)])
    with pytest.raises(ValueError, match="simplify, needs, agree, lower, fuse"):
        optimize([Leaf(1)], until="fused")


# trees


def concatenated(parts):
    return "(" + "".join(parts) + ")"


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 64, 65, 100])
@pytest.mark.parametrize("width", [2, 3, 8, None, 1000])
def test_the_shape_of_a_tree(n, width):
    source = Blocks(tuple(chr(97 + i % 26) for i in range(n)), (n,))
    root = tree(source, concatenated, concatenated, [0], name="tree", split_every=width)
    graph = build([root])
    assert root.grid == ()
    assert max(len(set(graph.needed_by(i))) for i in range(len(graph))) <= (width or 8)
    (text,) = get(graph, keys_of(root))
    assert text.replace("(", "").replace(")", "") == "".join(source.values)
    levels = text.index(text[-1 - n :].strip("()")[:1]) if n == 1 else len(text) - len(text.lstrip("("))
    assert levels == _levels(n, width or 8)


def _levels(n, width):
    levels = 1
    while n > width:
        n, levels = -(-n // width), levels + 1
    return levels


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple),
    st.data(),
    st.booleans(),
    st.integers(2, 9),
)
def test_trees_along_some_axes(grid, data, keepdims, width):
    axes = data.draw(st.sets(st.integers(0, len(grid) - 1), min_size=1))
    values = tuple(range(_size(grid)))
    source = Blocks.named("values", values, grid)
    root = tree(source, sum, sum, axes, name="tree", keepdims=keepdims, split_every=width)
    kept = [axis for axis in range(len(grid)) if axis not in axes]
    assert root.grid == tuple(n if a in kept else 1 for a, n in enumerate(grid) if keepdims or a in kept)
    import numpy as np

    expected = np.arange(len(values)).reshape(grid).sum(axis=tuple(axes))
    assert get(build([root]), keys_of(root)) == expected.ravel().tolist()


def _size(grid):
    n = 1
    for m in grid:
        n *= m
    return n


@pytest.mark.parametrize("split_every", [1, 0, -3, {0: 1}, {0: 2.5}])
def test_wrong_widths(split_every):
    with pytest.raises(ValueError, match="split_every"):
        tree(Blocks((1, 2), (2,)), sum, sum, [0], name="tree", split_every=split_every)
