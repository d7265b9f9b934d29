"""Methods that pick elements, and functions of missing values."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.array as da
from minidask.testing import assert_eq
from tests.tables import compare, lazily

M = np.arange(35.0).reshape(5, 7)
I = np.array([[0, 2, 1], [1, 1, 0]])  # noqa: E741  # integers

CALLS = [
    lambda x: x.take([3, -1]), lambda x: x.take(2, axis=1), lambda x: x.take([[0, 1], [4, -1]], axis=0),
    lambda x: x.take([9, -9, 3], axis=1, mode="wrap"), lambda x: x.take([9, -9, 3], 0, mode="clip"),
    lambda x: x.take([40, 2], mode="wrap"), lambda x: x.compress([True, False, True], axis=0),
    lambda x: x.compress([0, 1, 1]), lambda x: x.compress([False, True], axis=-1), lambda x: x.diagonal(),
    lambda x: x.diagonal(-1), lambda x: x.diagonal(1, 1, 0), lambda x: x.trace(1),
    lambda x: x[0].searchsorted([3, 9.5]),
    lambda x: x[0].searchsorted(x, side="right"), lambda x: np.take(x, [1, 2], 1, mode="clip"),
    lambda x: np.diagonal(x, 2), lambda x: np.searchsorted(x[1], x[0]), lambda x: np.compress([0, 1], x, 0),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("chunk", [2, 9])
def test_methods(call, chunk):
    assert_eq(call(lazily(M, chunk)), call(M))


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_choose(mode):
    choices = [np.arange(3), np.arange(6).reshape(2, 3), 7]
    assert_eq(lazily(I).choose([lazily(c) for c in choices], mode=mode), I.choose(choices, mode=mode))
    if mode != "raise":
        assert_eq(da.choose(lazily(I + 2), choices, mode=mode), np.choose(I + 2, choices, mode=mode))
    with pytest.raises(TypeError, match="integers, not float64"):
        lazily(M).choose(choices)


def test_results_in_other_arrays():
    out = da.zeros(2, chunks=1)
    assert lazily(M).take([3, 4], out=out) is out
    assert_eq(out, M.take([3, 4]))
    with pytest.raises(ValueError, match="shape"):
        lazily(M).take([3], out=out)


def test_mistakes():
    x = lazily(M)
    for call, error, words in (
        (lambda: x.take([1], mode="near"), ValueError, "mode='near'"),
        (lambda: x.take([1], axis=2), np.exceptions.AxisError, "axis 2"),
        (lambda: x.take([5], axis=0), IndexError, "out of bounds"),
        (lambda: x.compress(M > 3), ValueError, "one axis, not 2"),
        (lambda: x[0].diagonal(), ValueError, "two axes"),
        (lambda: x.searchsorted(3), ValueError, "the array has 2"),
        (lambda: x.fill([1, 2]), ValueError, "a scalar"),
        (lambda: x.tobytes("Z"), ValueError, "order='Z'"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_fill():
    x = da.ones((3, 4), int, chunks=2)
    y = copy.copy(x)
    z = copy.deepcopy(y)
    x.fill(2.9)
    assert_eq(x, np.full((3, 4), 2))
    compare([y, z], [np.ones((3, 4), int)] * 2)


def test_values():
    x = lazily(M)
    assert x.tobytes() == M.tobytes()
    assert x.tobytes("F") == M.tobytes("F")
    assert x.flat[10].compute() == M.flat[10]
    assert [float(v.compute()) for v in lazily(M[:2, :2]).flat] == [0, 1, 7, 8]
    assert 'width="210"' in da.ones((4, 4), chunks=2).to_svg(200)


@pytest.mark.parametrize(
    ("key", "value"),
    [(3, 9), (-1, 5), (slice(None, None, 4), [1, 2, 3]), ([0, 9, 2], 7), (np.arange(35) > 30, [1, 2]), (..., 0)],
)
def test_flat_is_set(key, value):
    x, expected = lazily(M), M.copy()
    chunks = x.chunks
    x.flat[key] = value
    expected.flat[key] = value
    assert_eq(x, expected)
    assert x.chunks == chunks
    assert len(x.flat) == M.size


def test_flat_needs_values():
    with pytest.raises(ValueError, match="no values"):
        lazily(M).flat[:3] = []
    with pytest.raises(ValueError, match="broadcast"):
        lazily(M).flat[3] = [1, 2]


NULLS = [
    np.array([1, np.nan]), np.array([1, 2]), np.array(["2020", "NaT"], "M8[D]"),
    np.array([None, 1, "a", np.nan], object),
    np.array(["a", ""]), np.array([1j, np.nan]), np.array([pd.NaT, pd.NA, 0], object),
]  # fmt: skip


@pytest.mark.parametrize("values", NULLS, ids=lambda v: v.dtype.str)
def test_missing_values(values):
    assert_eq(da.isnull(lazily(values, 1)), pd.isnull(values))
    assert_eq(da.notnull(lazily(values)), pd.notnull(values))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_push(data):
    rows = data.draw(st.lists(st.sampled_from([1.0, 2.0, np.nan]), min_size=1, max_size=12))
    values = np.array([rows, rows[::-1]])
    n = data.draw(st.sampled_from([None, 0, 1, 2, 5]))
    expected = pd.DataFrame(values.T).ffill(limit=n).to_numpy().T if n != 0 else values
    chunks = (1, data.draw(st.integers(1, 5)))
    assert_eq(da.push(da.from_array(values, chunks=chunks), n, 1), expected)
    assert_eq(da.push(da.from_array(values.T, chunks=chunks[::-1]), n, axis=0), expected.T)


def test_push_of_others():
    assert_eq(da.push([1, 2], 1, 0), np.array([1, 2]))
    times = np.array(["2020", "NaT", "NaT"], "M8[D]")
    assert_eq(da.push(lazily(times, 1), 1, 0), np.array(["2020", "2020", "NaT"], "M8[D]"))
    with pytest.raises(ValueError, match="n=-1"):
        da.push([1.0], -1, 0)


@pytest.mark.parametrize("chunks", [(2, 3), (5, 7), (1, 2)])
def test_blocks_in_another_shape(chunks):
    x = da.from_array(M, chunks=chunks)
    flat = da.reshape_blockwise(x, (35,))
    blocks = [x.blocks[i, j].compute() for i in range(x.numblocks[0]) for j in range(x.numblocks[1])]
    assert_eq(flat, np.concatenate([b.ravel() for b in blocks]))
    assert_eq(da.reshape_blockwise(flat, M.shape, x.chunks), M)
    assert_eq(da.reshape_blockwise(x, (5, 7)), M)


def test_blocks_of_other_sizes():
    x = da.from_array(M, chunks=(2, 3))
    for call, words in (
        (lambda: da.reshape_blockwise(x, (36,)), "cannot reshape"),
        (lambda: da.reshape_blockwise(x.ravel(), (5, 7)), "chunks= must tell"),
        (lambda: da.reshape_blockwise(da.reshape_blockwise(x, (35,)), (5, 7), ((5,), (7,))), "make blocks of"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    assert_eq(da.reshape_blockwise(da.ones((0, 3)), (0,)), np.ones(0))


def test_shuffle():
    x = da.from_array(M, chunks=(2, 3))
    y = x.shuffle([[6, 0], [1], [3, 2, 5, 4]], axis=1)
    assert_eq(y, M[:, [6, 0, 1, 3, 2, 5, 4]])
    assert y.chunks[1] == (3, 4)
    assert y.name == da.shuffle(x, [[6, 0], [1], [3, 2, 5, 4]], axis=1).name


OUT = [
    (np.concatenate, ([M, M],)), (np.stack, ([M, M],)), (np.round, (M, 0)), (np.clip, (M, 3, 7)), (np.dot, (M, M.T)),
    (np.outer, (M[0], M[1])), (np.ptp, (M, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("func", "args"), OUT, ids=lambda v: getattr(v, "__name__", ""))
def test_functions_fill_other_arrays(func, args):
    theirs = func(*args)
    ours = [lazily(a) for a in args]
    out = da.zeros(theirs.shape, theirs.dtype, chunks=2)
    assert func(*ours, out=out) is out
    assert_eq(out, theirs)
    with pytest.raises(ValueError, match="out= has the shape"):
        func(*ours, out=da.zeros(3))


@pytest.mark.parametrize("func", [np.concatenate, np.stack, np.vstack, np.hstack])
def test_joining_casts(func):
    assert_eq(func([lazily(M), lazily(M)], dtype="f4"), func([M, M], dtype="f4"))
    assert_eq(func([lazily(M), M], dtype=int, casting="unsafe"), func([M, M], dtype=int, casting="unsafe"))
    with pytest.raises(TypeError, match="casting='same_kind'"):
        func([lazily(M), lazily(M)], dtype=int)


def test_sparse_indices():
    compare(da.indices((3, 4), sparse=True, chunks=2), np.indices((3, 4), sparse=True))
    assert da.indices((), sparse=True) == ()
