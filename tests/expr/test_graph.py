"""From expressions to numbered tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidask.expr.blocks import Beside, BlockIndex, Blocks, Tasks, blockwise, gather
from minidask.expr.fuse import fuse
from minidask.expr.graph import build, keys_of
from minidask.expr.grid import size
from minidask.expr.reads import One, everything, exchanged
from minidask.schedulers.synchronous import get
from tests.expr.naive import evaluate, grids

X = Blocks.named("x", (1, 2, 3, 4, 5, 6), (2, 3))
PARTED = Blocks.named("parts", tuple(range(i, i + 4) for i in range(6)), (2, 3))


def doubled(node, **kwargs):
    return blockwise(lambda v: 2 * v, node, grid=node.grid, name=f"doubled-{node.name}", label="double", **kwargs)


def run(*roots):
    graph = build(roots)
    return get(graph, [key for root in roots for key in keys_of(root)])


def test_keys_numbers_and_origins():
    y = doubled(X)
    graph = build([y])
    assert len(graph) == 12
    assert keys_of(y)[:2] == [("doubled-x", 0, 0), ("doubled-x", 0, 1)]
    for i in range(12):
        assert graph.number(graph.key(i)) == i
    number = graph.number(("doubled-x", 1, 2))
    assert [graph.key(n) for n in graph.needed_by(number)] == [("x", 1, 2)]
    origin = graph.origin(number)
    assert (origin.operation, origin.block) == ("double", (1, 2))
    assert origin.where.startswith(f"{__file__}:")
    for wrong in (("x", 2, 0), ("x", 0, 9), ("other", 0), "x"):
        with pytest.raises((KeyError, IndexError)):
            get(graph, [wrong])


def test_only_what_is_needed_becomes_a_task():
    y = doubled(X)
    part = blockwise(abs, y, grid=(2,), reads={0: One((0, None), (None, (1,)))}, name="part")
    graph = build([part])
    assert len(graph) == 2 + 2 + 2
    assert run(part) == [4, 10]
    with pytest.raises(KeyError):
        graph.number(("x", 0, 0))


@pytest.mark.parametrize("picks", [(), ((3, 0, 2),), (range(1, 4),)])
def test_parts_of_blocks(picks):
    read = exchanged((2, 3), 4)
    parted = gather(sum, PARTED, read, grid=(4,), name="parted")
    other = blockwise(lambda i, v: (i, v), BlockIndex(), parted, grid=(3,), reads={1: One((0,), picks)}, name="other")
    assert run(other) == evaluate(other)
    (together,) = fuse([other])
    assert len(build([together])) == 6 + 3
    assert run(together) == evaluate(other)


def test_the_share_of_what_is_read():
    whole, parts = everything((2, 3)), exchanged((2, 3), 4)
    args = (lambda *_: 0, PARTED, PARTED)
    for reads, share in (({0: parts, 1: parts}, 0.25), ({0: whole, 1: parts}, 0.625), ({0: whole, 1: whole}, 1)):
        graph = build([blockwise(*args, grid=(4,), reads=reads, name="reader")])
        assert graph.room(graph.number(("reader", 0))).share == share
    assert replace(parts, part=None, share=1.0) == whole


def test_nodes_of_one_name_make_the_same_blocks():
    one, other = doubled(X), doubled(X)
    assert one is not other
    both = blockwise(lambda a, b: a + b, one, other, grid=X.grid, name="both")
    assert len(build([both])) == 6 + 6 + 6


def test_several_roots_share_what_is_below():
    y = doubled(X)
    total = gather(sum, y, everything(y.grid), grid=(), name="total")
    assert run(total, y, y) == [42, *[2, 4, 6, 8, 10, 12] * 2]
    assert len(build([total, y])) == 13


def test_values_must_fill_the_grid():
    with pytest.raises(ValueError, match="3 values for a grid"):
        Blocks((1, 2, 3), (2, 2))


# side by side


@given(grids, st.integers(1, 3), st.booleans(), st.data())
def test_blocks_side_by_side(grid, n, stacked, data):
    axis = data.draw(st.integers(0, len(grid) - (not stacked))) if grid or stacked else None
    if axis is None:
        return
    parts = []
    for i in range(n):
        own = grid if stacked else (*grid[:axis], data.draw(st.integers(1, 3)), *grid[axis + 1 :])
        parts.append(Blocks.named(f"part-{i}", tuple((i, j) for j in range(size(own))), own))
    node = Beside.named("beside", tuple(parts), axis, stacked)
    assert run(node) == evaluate(node)
    assert len(build([node])) == sum(size(part.grid) for part in parts)
    shown = blockwise(repr, node, grid=node.grid, name="shown")
    assert run(shown) == [repr(v) for v in evaluate(node)]


def test_the_same_part_twice_is_made_once():
    node = Beside.named("beside", (doubled(X), X, doubled(X)))
    assert node.grid == (6, 3)
    assert len(build([node])) == 12
    assert run(node)[:3] == run(node)[12:15] == [2, 4, 6]


def test_parts_that_nobody_needs_are_not_made():
    node = Beside.named("beside", (X, doubled(X)))
    first = blockwise(abs, node, grid=(3,), reads={0: One((None, 0), ((1,), None))}, name="first")
    assert len(build([first])) == 3 + 3
    assert run(first) == [4, 5, 6]


def test_parts_of_different_grids():
    with pytest.raises(ValueError, match="different grids"):
        Beside((X, Blocks((1,), (1, 1))))


# tasks


def add(a, b):
    return a + b


def test_tasks_with_inputs():
    tasks = {"sum": (sum, [(0, 0, 0), (0, 1, 2)]), "out": (add, "sum", (1, 0)), "other": (add, "out", 100), "lit": 7}
    node = Tasks.named("recipe", tasks, ("out", "other"), (2,), (doubled(X), Blocks.named("b", (1000,), (1,))))
    assert run(node) == [1014, 1114]
    above = blockwise(add, node, 1, grid=(2,), name="above")
    assert run(above, node) == [1015, 1115, 1014, 1114]
    graph = build([node])
    assert [graph.key(n) for n in graph.needed_by(graph.number(("recipe", 0)))][1] == ("b", 0)
    assert graph.origin(graph.number(("recipe", 1))).operation == "other"


def test_tasks_that_read_blocks_laid_side_by_side():
    beside = Beside.named("beside", (X, doubled(X)))
    node = Tasks.named(
        "recipe", {"all": (sum, [(0, i, j) for i in range(4) for j in range(3)])}, ("all",), (), (beside,)
    )
    assert run(node) == [63]


def test_a_key_that_stands_for_no_block():
    node = Tasks.named("plain", {"a": (add, 1, "b"), "b": 2}, ("a",), ())
    assert run(node) == [3]
