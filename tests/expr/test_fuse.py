"""Fusion changes how many tasks there are, and nothing else."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidask.expr.blocks import Beside, BlockIndex, Blocks, Blockwise, blockwise, gather
from minidask.expr.fuse import fuse
from minidask.expr.graph import build
from minidask.expr.grid import size
from minidask.expr.node import context
from minidask.expr.reads import One, everything
from tests.expr.naive import compute, evaluate, grids, reads

_names = count()


def mix(k, *args, add=0):
    """A number that depends on all arguments and their order."""
    return hash((k, add, *(tuple(a) if isinstance(a, list) else a for a in args))) % 1_000_003


def call(*args, grid, reads=None, recompute="", cheap=False, **kwargs):
    number = next(_names)
    return blockwise(mix, number, *args, grid=grid, reads=reads, kwargs=kwargs, name=f"mix-{number}",
                     recompute=recompute, cheap=cheap)  # fmt: skip


def blocks(grid):
    number = next(_names)
    return Blocks.named(f"blocks-{number}", tuple(1000 * number + i for i in range(size(grid))), grid)


@st.composite
def sources(draw):
    grid = draw(grids)
    if draw(st.booleans()):
        return blocks(grid)
    return call(BlockIndex(), grid=grid, recompute=draw(st.sampled_from(["", "late", "always"])))


@st.composite
def expressions(draw):
    """Some physical nodes over each other, of all kinds that fusion meets."""
    nodes = [draw(sources()) for _ in range(draw(st.integers(1, 2)))]
    for _ in range(draw(st.integers(1, 8))):
        nodes.append(draw(steps(nodes)))
    roots = draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3, unique=True))
    return [nodes[-1], *(r for r in roots if r is not nodes[-1])]


@st.composite
def steps(draw, nodes):
    node = draw(st.sampled_from(nodes))
    kind = draw(st.sampled_from(["same", "same", "pair", "pair", "any", "all", "beside"]))
    cheap, recompute = draw(st.booleans()), draw(st.sampled_from(["", "", "", "late", "always"]))
    if kind == "same":
        return call(node, grid=node.grid, cheap=cheap, recompute=recompute, add=draw(st.integers(0, 2)))
    if kind == "pair":
        others = [n for n in nodes if n.grid in (node.grid, ())]
        args = (node, draw(st.sampled_from([*others, node])), BlockIndex())
        return call(*args, grid=node.grid, cheap=cheap, recompute=recompute)
    if kind == "all":
        return call(node, grid=(), reads={1: everything(node.grid)})
    if kind == "beside":
        parts = tuple(n for n in nodes if n.grid == node.grid)[:3]
        return Beside.named(f"beside-{next(_names)}", parts, draw(st.integers(0, len(node.grid))), stacked=True)
    grid = draw(grids)
    return call(node, node, grid=grid, reads={1: draw(reads(grid, node.grid)), 2: draw(reads(grid, node.grid))})


@settings(max_examples=300, deadline=None)
@given(expressions())
def test_fused_and_unfused_give_the_same(roots):
    expected = [evaluate(root) for root in roots]
    assert compute(roots) == expected
    fused = fuse(roots)
    assert [root.name for root in fused] == [root.name for root in roots]
    assert compute(fused) == expected
    assert compute(fuse(fused)) == expected


def tasks(*roots):
    fused = fuse(list(roots))
    assert compute(fused) == [evaluate(root) for root in roots]
    return len(build(fused))


def source(recompute=""):
    return call(BlockIndex(), grid=(4,), recompute=recompute)


def each(*args, **kwargs):
    return call(*args, grid=(4,), **kwargs)


def total(node):
    return gather(sum, node, everything(node.grid), grid=(), name=f"total-{next(_names)}")


def test_a_chain_is_one_task_a_block():
    assert tasks(each(each(each(source())))) == 4


def test_a_diamond_is_one_task_a_block():
    x = each(source())
    assert tasks(each(each(x), each(x))) == 4


def test_what_several_need_is_kept():
    x = source()
    assert tasks(each(x), each(x)) == 12
    assert tasks(each(x), x) == 8


def test_what_costs_nothing_is_made_wherever_it_is_needed():
    x = source("always")
    assert tasks(each(x), each(x)) == 8
    assert tasks(each(x), x) == 8
    assert tasks(each(x), total(x)) == 4 + 4 + 1  # a gather needs blocks that stand


def test_a_late_source_is_kept_where_nobody_waits():
    x = source("late")
    assert tasks(each(x), each(x)) == 12
    assert tasks(each(x)) == 4


def test_a_late_source_is_made_again_after_a_gather_of_it():
    x = source("late")
    mean = total(each(x))
    assert tasks(each(x, mean)) == 4 + 1 + 4
    x = source()  # but not another
    assert tasks(each(x, total(each(x)))) == 4 + 4 + 1 + 4


def test_cheap_work_above_a_late_source_is_late_too():
    x = each(source("late"), cheap=True)
    assert tasks(each(x, total(each(x)))) == 4 + 1 + 4
    x = each(source("late"))
    assert tasks(each(x, total(each(x)))) == 4 + 4 + 1 + 4


def test_blocks_that_are_read_twice_are_not_made_twice():
    x = each(source())
    doubled = call(x, grid=(8,), reads={1: One((0,), ((0, 0, 1, 1, 2, 2, 3, 3),))})
    assert tasks(doubled) == 4 + 8


def test_a_pick_takes_in_what_it_picks():
    x = each(source())
    picked = call(x, grid=(2,), reads={1: One((0,), (range(1, 3),))})
    assert tasks(picked) == 2


def test_single_blocks_are_fused_in_chains_only():
    def single(*args, cheap=False):
        return call(*args, grid=(), cheap=cheap)

    assert tasks(single(single(single(1)))) == 1
    assert tasks(single(single(1), single(2))) == 3
    assert tasks(single(single(1, cheap=True), single(2, cheap=True))) == 1


def test_annotated_work_stays_apart():
    context.annotations = {"retries": 1}
    try:
        x = source()
    finally:
        context.annotations = {}
    assert tasks(each(x)) == 8


def test_a_fused_node_has_the_name_and_the_label_of_its_last_step():
    last = Blockwise.named("last-1", mix, (0, each(source())), (None, One((0,))), (4,), {}, "last")
    (fused,) = fuse([last])
    assert (fused.name, fused.operation) == ("last-1", "last")
    assert fused.func.__name__ == "mix-last"


def test_long_chains_and_wide_fans():
    x = source()
    for _ in range(3000):
        x = each(x)
    assert tasks_without_evaluation(x) == 4
    assert tasks_without_evaluation(each(*(each(source()) for _ in range(500)))) == 4


def tasks_without_evaluation(root):
    return len(build(fuse([root])))


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_the_step_that_fails_is_named(fails):
    def raises(x):
        raise ValueError("mine")

    x = source()
    for i in range(3):
        func, label = (raises, "bad") if i == fails else (abs, "good")
        x = blockwise(func, x, grid=(4,), name=f"step-{next(_names)}", label=label)
    with pytest.raises(ValueError, match="mine") as error:
        compute(fuse([x]))
    assert "in the step 'bad'" in error.value.__notes__[0]
