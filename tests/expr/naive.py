"""Physical expressions evaluated block by block, in the most obvious way: what graphs are held to."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import strategies as st

from minidask.expr.blocks import Beside, Blocks, Blockwise, PerBlock
from minidask.expr.graph import build, keys_of
from minidask.expr.grid import ravel, size
from minidask.expr.node import Node
from minidask.expr.reads import Box, Explicit, Numbered, One, Read
from minidask.schedulers.synchronous import get


def indices(grid):
    """All indices of a grid, in C order."""
    return list(product(*map(range, grid)))


def inputs(read: Read, index, grid, source) -> list[tuple[int, ...]]:
    """The input blocks that one output block reads, by a loop."""
    if isinstance(read, One):
        return [read.at(index)]
    if isinstance(read, Box):
        return list(product(*(range(start, stop) for start, stop in read.bounds(index))))
    places = indices(source)
    if isinstance(read, Explicit):
        return [places[i] for i in read.inputs(ravel(index, grid))]
    assert isinstance(read, Numbered)
    return [places[ravel(index, grid)]]


def evaluate(root: Node) -> list[Any]:
    """The blocks of a node, in C order."""
    made: dict[Node, dict[tuple[int, ...], Any]] = {}

    def blocks(node):
        if node not in made:
            made[node] = _blocks(node, blocks)
        return made[node]

    return [blocks(root)[index] for index in indices(root.grid)]


def _blocks(node, blocks):
    if isinstance(node, Blocks):
        return dict(zip(indices(node.grid), node.opened))
    if isinstance(node, Beside):
        return _beside(node, blocks)
    assert isinstance(node, Blockwise)
    found = {}
    for index in indices(node.grid):
        args = []
        for arg, read in zip(node.args, node.reads):
            if read is not None:
                values = [blocks(arg)[i] for i in inputs(read, index, node.grid, arg.grid)]
                if read.part is not None:
                    values = [value[key] for value, key in zip(values, read.part.block(index), strict=True)]
                args.append(values if read.many else values[0])
            else:
                args.append(arg.block(index) if isinstance(arg, PerBlock) else arg)
        found[index] = node.func(*args, **node.kwargs)
    return found


def _beside(node, blocks):
    found, start = {}, 0
    for part in node.parts:
        for index, value in blocks(part).items():
            at = index[: node.axis]
            if node.stacked:
                found[(*at, start, *index[node.axis :])] = value
            else:
                found[(*at, start + index[node.axis], *index[node.axis + 1 :])] = value
        start += 1 if node.stacked else part.grid[node.axis]
    return found


def compute(roots: list[Node]) -> list[list[Any]]:
    """The blocks of each root, by a graph and the synchronous scheduler."""
    keys = [keys_of(root) for root in roots]
    values = iter(get(build(roots), [key for each in keys for key in each]))
    return [[next(values) for _ in each] for each in keys]


# strategies

grids = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@st.composite
def picks(draw, count: int, n: int):
    """For each of `count` places one of `n` blocks: nothing where the place itself will do, a range, or a tuple."""
    if count == n and draw(st.booleans()):
        return None
    if count <= n and draw(st.booleans()):
        start = draw(st.integers(0, n - count))
        return range(start, start + count)
    return tuple(draw(st.lists(st.integers(0, n - 1), min_size=count, max_size=count)))


@st.composite
def ones(draw, grid, source):
    """A `One` from a grid to a source."""
    axes, chosen = [], []
    for n in source:
        axis = draw(st.sampled_from([None, *range(len(grid))]))
        axes.append(axis)
        if axis is None:
            chosen.append(draw(st.none() | st.tuples(st.integers(0, n - 1))))
        else:
            chosen.append(draw(picks(grid[axis], n)))
    return One(tuple(axes), tuple(chosen) if draw(st.booleans()) or any(c is not None for c in chosen) else ())


@st.composite
def boxes(draw, grid, source):
    """A `Box` from a grid to a source; boxes may be empty."""
    axes, starts, stops = [], [], []
    for n in source:
        axis = draw(st.sampled_from([None, *range(len(grid))]))
        count = 1 if axis is None else grid[axis]
        pairs = [sorted(draw(st.tuples(st.integers(0, n), st.integers(0, n)))) for _ in range(count)]
        axes.append(axis)
        starts.append(tuple(a for a, _ in pairs))
        stops.append(tuple(b for _, b in pairs))
    return Box(tuple(axes), tuple(starts), tuple(stops))


class Listed:
    """The inputs of an `Explicit`, from a table."""

    def __init__(self, table):
        self.table = table

    def __call__(self, i):
        return self.table[i]


@st.composite
def explicits(draw, grid, source):
    """An `Explicit` from a grid to a source."""
    one = st.lists(st.integers(0, size(source) - 1), max_size=3)
    return Explicit(Listed([draw(one) for _ in range(size(grid))]))


def reads(grid, source):
    """Any read from a grid to a source."""
    choices = [ones(grid, source), boxes(grid, source), explicits(grid, source)]
    if size(grid) == size(source):
        choices.append(st.just(Numbered()))
    return st.one_of(choices)
