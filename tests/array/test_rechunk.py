"""Arrays brought into other chunks, in one step or several."""

from __future__ import annotations

from math import prod

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.array.halfway import halfway, pieces
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq
from tests.strategies import chunks

A = np.arange(48.0 * 64).reshape(48, 64)


def steps(x):
    """The rechunks of an expression that are left when it is lowered, with the grids that they make."""
    made = [node for node in topological(optimize([x.expr], until="lower")) if node.operation in ("rechunk", "split")]
    return [node.grid for node in made if node.operation == "rechunk"]


def lazy(chunks):
    return da.from_array(A, chunks=chunks).cumsum(0)  # which cannot be cut as one likes


def test_one_step_unless_there_are_too_many_pieces():
    x = lazy((1, -1))
    assert steps(x.rechunk((-1, 1))) == [(1, 64)]
    assert steps(x.rechunk((-1, 1), threshold=8)) == [(6, 8), (1, 64)]
    assert steps(x.rechunk((-1, 1), threshold=2, block_size_limit="8B")) == [(1, 64)]  # no such small blocks help
    for threshold in (None, 2, 8):
        assert_eq(x.rechunk((-1, 1), threshold=threshold), A.cumsum(0))


def test_blocks_between_are_not_large():
    x = lazy((1, -1)).rechunk((-1, 1), threshold=2)
    for node in topological(optimize([x.expr], until="lower")):
        if node.operation == "rechunk":
            assert 48 * 64 / prod(node.grid) <= 4 * 64


def test_nothing_changes():
    x = lazy((6, 8))
    assert x.rechunk((6, 8)).expr is x.expr
    assert x.rechunk({0: None}).expr is x.expr
    assert x.rechunk((6, 8), balance=True).expr is x.expr


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_way(data):
    shape = data.draw(st.tuples(st.integers(0, 12), st.integers(0, 12)))
    old, new = data.draw(chunks(shape)), data.draw(chunks(shape))
    real = np.arange(prod(shape)).reshape(shape)
    threshold, limit = data.draw(st.integers(1, 4)), data.draw(st.sampled_from([None, 8, 64, 1000]))
    x = (da.from_array(real, chunks=old)).cumsum(0).rechunk(new, threshold=threshold, block_size_limit=limit)
    assert x.chunks == new
    assert_eq(x, real.cumsum(0))


@pytest.mark.parametrize("side", [4, 100, 1000, 10_000])
def test_halfway_moves_fewer_pieces(side):
    old, new = ((1,) * side, (side,)), ((side,), (1,) * side)
    middle = halfway(old, new, 4, side)
    if side > 4:
        assert all(sum(sizes) == side for sizes in middle)
        assert prod(max(sizes) for sizes in middle) <= side
        assert 4 * (pieces(old, middle) + pieces(middle, new)) < pieces(old, new)
    else:
        assert middle is None
