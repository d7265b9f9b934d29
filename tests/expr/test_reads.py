"""Reads, by vectors of block numbers and by a loop."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minidask.expr.grid import boxes as numbers_in_boxes
from minidask.expr.grid import coordinates, ravel, size, strides, unravel
from minidask.expr.reads import Explicit, One, broadcast, everything, identity
from tests.expr.naive import grids, indices, inputs, ones, reads


@given(grids)
def test_numbers_and_indices(grid):
    for number, index in enumerate(indices(grid)):
        assert unravel(number, grid) == index
        assert ravel(index, grid) == number
        assert sum(i * step for i, step in zip(index, strides(grid))) == number
    along = coordinates(np.arange(size(grid)), grid)
    assert list(zip(*(a.tolist() for a in along))) == indices(grid) or not grid


@given(grids, st.data())
def test_blocks_in_boxes(grid, data):
    count = data.draw(st.integers(0, 4))
    bounds = [[data.draw(st.tuples(st.integers(0, n), st.integers(0, n))) for _ in range(count)] for n in grid]
    starts = [np.array([a for a, _ in axis], dtype=np.int64) for axis in bounds]
    stops = [np.array([b for _, b in axis], dtype=np.int64) for axis in bounds]
    counts, numbers = numbers_in_boxes(starts, stops, grid, count)
    expected = [
        [ravel(i, grid) for i in indices(grid) if all(a <= x < b for x, (a, b) in zip(i, box))]
        for box in (zip(*bounds) if grid else [()] * count)
    ]
    assert counts.tolist() == [len(box) for box in expected]
    assert numbers.tolist() == [n for box in expected for n in box]


def told_by(read, outputs, grid, source):
    """What `sources` tells, as a list of numbers for each output."""
    counts, numbers = read.sources(np.array(outputs, dtype=np.int64), grid, source)
    if counts is None:
        counts = np.ones(len(outputs), dtype=np.int64)
    ends = np.cumsum(counts)
    return [numbers[end - n : end].tolist() for n, end in zip(counts.tolist(), ends.tolist())]


def told_by_a_loop(read, outputs, grid, source):
    places = indices(grid)
    return [[ravel(i, source) for i in inputs(read, places[n], grid, source)] for n in outputs]


@given(grids, grids, st.data())
def test_sources(grid, source, data):
    read = data.draw(reads(grid, source))
    outputs = sorted(data.draw(st.sets(st.integers(0, size(grid) - 1))))
    assert told_by(read, outputs, grid, source) == told_by_a_loop(read, outputs, grid, source)


@given(grids, grids, grids, st.data())
def test_a_read_through_another(outermost, grid, source, data):
    inner, outer = data.draw(reads(grid, source)), data.draw(ones(outermost, grid))
    through = inner.through(outer, grid, source)
    assert through.many == inner.many
    outputs = list(range(size(outermost)))
    middle = [n for (n,) in told_by(outer, outputs, outermost, grid)]
    assert told_by(through, outputs, outermost, source) == told_by(inner, middle, grid, source)


@given(grids, grids, st.data())
def test_injective_reads_use_no_block_twice(grid, source, data):
    read = data.draw(ones(grid, source))
    used = [n for (n,) in told_by(read, range(size(grid)), grid, source)]
    if read.is_injective(grid):
        assert len(set(used)) == len(used)
    if read.is_identity and grid == source:
        assert used == list(range(size(grid)))


@given(grids)
def test_identity_and_everything(grid):
    outputs = list(range(size(grid)))
    assert told_by(identity(grid), outputs, grid, grid) == [[i] for i in outputs]
    assert told_by(everything(grid), [0], (), grid) == [outputs]
    assert identity(grid).through(identity(grid), grid, grid) == identity(grid)


@given(grids, st.data())
def test_broadcasting_as_numpy_does(grid, data):
    source = tuple(n if data.draw(st.booleans()) else 1 for n in grid[data.draw(st.integers(0, len(grid))) :])
    numbers = np.broadcast_to(np.arange(size(source)).reshape(source), grid).ravel().tolist()
    assert told_by(broadcast(source, grid), range(size(grid)), grid, source) == [[n] for n in numbers]


def test_equal_reads_are_equal_however_they_came_about():
    plain = One((0, 1))
    assert plain.through(One((1, 0)), (2, 3), (2, 3)).through(One((1, 0)), (3, 2), (2, 3)) == plain


def test_an_explicit_read_of_nothing():
    assert told_by(Explicit(lambda i: ()), [0, 1], (2,), (3,)) == [[], []]


def test_the_first_axes_of_a_grid_that_has_more():
    assert One((0, 1)).through(One((0, 1, None)), (3, 2, 1), (3, 2)) == One((0, 1))
