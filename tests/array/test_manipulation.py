"""Axes, shapes, joins, padding, diagonals: NumPy's answers for any chunks."""

from __future__ import annotations

import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

import minidask.array as da
from minidask.expr.pipeline import optimize
from minidask.testing import assert_eq
from tests.strategies import pairs, shapes
from tests.tables import check, compare, label, lazily

N = np.arange(24.0).reshape(2, 3, 4)
M = np.arange(35).reshape(5, 7)
V = np.arange(5)

ROWS = [
    ("transpose", N), ("transpose", N, (1, 0, 2)), ("transpose", V), ("swapaxes", N, 0, 2), ("moveaxis", N, 0, -1),
    ("moveaxis", N, (0, 1), (2, 0)), ("rollaxis", N, 2), ("rollaxis", N, 0, 3), ("rollaxis", N, 1, -1),
    ("expand_dims", N, (0, 2)), ("expand_dims", N, -1), ("squeeze", N[:1]), ("squeeze", N[:, :1], 1),
    ("atleast_1d", M), ("atleast_2d", V), ("atleast_3d", V), ("atleast_3d", M), ("atleast_2d", V, M),
    ("atleast_1d", np.float64(3)), ("ravel", N), ("broadcast_to", M, (3, 5, 7)),
    ("broadcast_to", V[:, None], (5, 6)), ("broadcast_to", np.float64(3), (2,)),
    ("broadcast_arrays", V, V[:, None], M[0, 0]), ("flip", N), ("flip", N, 1), ("flip", N, (0, -1)), ("flipud", M),
    ("fliplr", M), ("rot90", M), ("rot90", M, 2), ("rot90", M, 3), ("rot90", N, -1, (2, 0)), ("rot90", M, 4),
    ("roll", M, 3), ("roll", M, -2, 1), ("roll", M, (1, 2), (0, 1)), ("roll", M, 70, 0), ("tile", M, 2),
    ("tile", M, (2, 1, 3)), ("tile", M, (0, 2)), ("tile", V, 3), ("repeat", N, 2), ("repeat", N, 3, 1),
    ("repeat", N, 0, 1), ("diag", M), ("diag", M, 2), ("diag", M, -3), ("diag", M, 20), ("diag", V), ("diag", V, 2),
    ("diag", V, -1), ("diagonal", N), ("diagonal", N, 1, 2, 0), ("diagonal", N, -1, 1, 2), ("trace", M, 1),
    ("trace", N, 0, 2, 1), ("tril", M, 1), ("triu", N, -1), ("tril", V), ("triu", M, 9), ("append", M, M),
    ("append", M, M, 1), ("insert", M, 2, 99, 0), ("insert", M, [1, 3, 1], [1, 2, 3], 1),
    ("insert", M, 1, np.arange(7)), ("insert", M, slice(1, 4), 5, 1), ("insert", M, -1, M[:2], 0),
    ("insert", V, [], 1), ("delete", M, 1, 0), ("delete", M, [0, -1, 3], 1), ("delete", M, slice(None, None, 2), 1),
    ("delete", M, 5), ("delete", V, [0, 1, 2, 3, 4]), ("array_split", M, 3, 1), ("array_split", M, [1, 4], 0),
    ("array_split", V, 7), ("split", M, 5), ("hsplit", M, 7), ("hsplit", V, 5), ("vsplit", M, [2]),
    ("dsplit", N, 2), ("meshgrid", V, M[0]), ("meshgrid", V, M[0], V), ("meshgrid", V), ("indices", (2, 3)),
    ("concatenate", [M, M * 2.5]), ("concatenate", [M, M], 1), ("concatenate", [N, M], None),
    ("concatenate", [V, V[:0], V > 2]), ("stack", [M, M], 1), ("stack", [M, M], -1), ("block", [[M, M], [M, M]]),
    ("block", [V, V]), ("block", [[V[:1]], [N[:, 0, :1]]]), ("block", M), ("vstack", [M, M]), ("vstack", [V, V]),
    ("hstack", [M, M]), ("hstack", [V, V]), ("dstack", [M, M]), ("dstack", [V, V]), ("column_stack", [V, V * 0.5]),
    ("column_stack", [M, V]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    check(*row)


def test_keywords():
    compare(da.meshgrid(V, M[0], indexing="ij", sparse=True), np.meshgrid(V, M[0], indexing="ij", sparse=True))
    assert_eq(da.indices((2, 3), dtype="f4", chunks=(1, 2)), np.indices((2, 3), dtype="f4"))
    assert_eq(da.broadcast_to(lazily(M), (8, 5, 7), chunks=(3, *lazily(M).chunks)), np.broadcast_to(M, (8, 5, 7)))
    assert_eq(lazily(N).repeat([1, 0, 2], axis=1), N.repeat([1, 0, 2], axis=1))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_reshape(data):
    shape = data.draw(shapes(min_side=1, max_side=4))
    pair = data.draw(pairs(shape, dtypes=["i8"]))
    new = data.draw(st.permutations(_factors(int(np.prod(shape)))))
    grouped = data.draw(st.lists(st.integers(0, max(len(new) - 1, 0)), max_size=2).map(sorted))
    target = tuple(int(np.prod(part)) for part in np.split(np.array(new, int), grouped))
    merge = data.draw(st.booleans())
    assert_eq(pair.lazy.reshape(target, merge_chunks=merge), pair.real.reshape(target))
    assert_eq(pair.lazy.reshape(*target[:-1], -1), pair.real.reshape(target))


def _factors(n):
    found = [p for p in (2, 2, 2, 2, 2, 2, 3, 3, 3) if n % p == 0]
    kept = []
    for p in found:
        if n % p == 0:
            kept.append(p)
            n //= p
    return [*kept, n, 1]


def test_reshape_of_nothing():
    assert_eq(da.ones((0, 3), chunks=2).reshape(3, 0), np.ones((3, 0)))
    assert_eq(da.ones((1, 1)).reshape(()), np.ones(()))
    assert_eq(da.ones(()).reshape(1, 1), np.ones((1, 1)))


def test_reshape_keeps_to_blocks():
    x = da.ones((4, 6, 8), chunks=(2, 6, 8))
    assert x.reshape(24, 8).chunks == ((12, 12), (8,))
    assert x.reshape(24, 8).reshape(4, 6, 8).chunks == x.chunks
    assert da.ones((100, 100), chunks=10).reshape(-1, limit="1kiB").numblocks == (100,)
    assert da.ones((100, 100), chunks=10).reshape(-1).numblocks == (10,)


def test_reshape_there_and_back_is_nothing():
    x = da.ones((4, 6, 8), chunks=(2, 6, 8))
    assert optimize([x.reshape(24, 8).reshape(4, 6, 8).expr], until="simplify")[0] is x.expr
    assert optimize([x.T.T.expr], until="simplify")[0] is x.expr
    y = da.ones((3, 4, 5)).transpose(1, 2, 0).transpose(1, 2, 0)
    assert optimize([y.expr], until="simplify")[0] is da.ones((3, 4, 5)).transpose(2, 0, 1).expr


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_concatenate(data):
    shape = data.draw(shapes(min_side=0, max_side=4))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    ends = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=3))
    sized = [tuple(n if k == axis % len(shape) else size for k, size in enumerate(shape)) for n in ends]
    parts = [data.draw(pairs(s)) for s in sized]
    theirs = np.concatenate([p.real for p in parts], axis)
    assert_eq(da.concatenate([p.lazy for p in parts], axis), theirs)
    stacked = [p for p in parts if p.real.shape == parts[0].real.shape]
    assert_eq(da.stack([p.lazy for p in stacked], axis), np.stack([p.real for p in stacked], axis))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_diagonals(data):
    pair = data.draw(pairs(data.draw(shapes(min_dims=2))))
    k = data.draw(st.integers(-4, 4))
    first, second = data.draw(st.permutations(range(pair.real.ndim)))[:2]
    assert_eq(da.diagonal(pair.lazy, k, first, second), np.diagonal(pair.real, k, first, second))
    assert_eq(da.tril(pair.lazy, k), np.tril(pair.real, k))


PADS = ["constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric", "wrap"]


@pytest.mark.parametrize("width", [1, 3, ((2, 3), (9, 1)), {1: (0, 2)}], ids=str)
@pytest.mark.parametrize("mode", PADS)
def test_pad(mode, width):
    check("pad", M, width, mode=mode)
    check("pad", M * 0.7, width, mode=mode)


def test_pad_options():
    check("pad", M, 2, mode="reflect", reflect_type="odd")
    check("pad", M, 2, mode="symmetric", reflect_type="odd")
    check("pad", M, 2, mode="mean", stat_length=((1, 2), (3, 9)))
    check("pad", M, 2, constant_values=((1, 2), (3, 4)))
    check("pad", M, (1, 2), mode="linear_ramp", end_values=(-5, 60))
    check("pad", V[:0], 2)
    assert da.pad(lazily(M), 2, mode="empty").shape == (9, 11)

    def fill(vector, width, axis, options):
        vector[: width[0]] = options.get("value", 9)
        vector[-width[1] :] = 7

    check("pad", M, 2, mode=fill)
    check("pad", M, ((1, 2), (2, 1)), mode=fill, value=3)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pad_any(data):
    pair = data.draw(pairs(data.draw(shapes(min_side=1, max_dims=2)), dtypes=["f8", "i4"], nan=False))
    width = data.draw(hnp.arrays(int, (pair.real.ndim, 2), elements=st.integers(0, 7)))
    mode = data.draw(st.sampled_from(PADS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_eq(da.pad(pair.lazy, width.tolist(), mode=mode), np.pad(pair.real, width, mode=mode))


def test_sizes_that_depend_on_data():
    v = lazily(V)
    odd = v[v % 2 == 1]
    real = V[V % 2 == 1]
    assert_eq(da.concatenate([odd, odd]), np.concatenate([real, real]))
    assert da.concatenate([odd, v]).expr.shape == (None,)
    assert_eq(da.stack([odd, odd + 1]), np.stack([real, real + 1]))
    assert_eq(odd.reshape(-1, 1), real.reshape(-1, 1))
    assert_eq(odd[None].T, real[None].T)
    assert_eq(da.roll(odd, 1), np.roll(real, 1))
    rows = lazily(M)[lazily(M)[:, 0] > 7]
    assert_eq(da.concatenate([rows, rows], axis=1), np.concatenate([M[2:], M[2:]], axis=1))
    other = da.from_array(M[2:], chunks=2)
    assert_eq(da.concatenate([rows, other], axis=1), np.concatenate([M[2:], M[2:]], axis=1))
    trusted = da.concatenate([rows, rows + 1], axis=1, allow_unknown_chunksizes=True)
    assert trusted.expr.shape == (None, 14)


ERRORS = [
    (lambda x: x.reshape(3, 5), ValueError, "shape"), (lambda x: x.reshape(-1, -1), ValueError, "shape"),
    (lambda x: x.transpose(0, 0), ValueError, "axes"), (lambda x: x.squeeze(0), ValueError, "squeeze"),
    (lambda x: x.swapaxes(0, 5), np.exceptions.AxisError, "axis 5"),
    (lambda x: da.concatenate([x, x[:, :3]]), ValueError, "differ along axis 1"),
    (lambda x: da.concatenate([]), ValueError, "at least one"),
    (lambda x: da.stack([x, x[0]]), ValueError, "same shape"), (lambda x: da.block([[x], x]), ValueError, "nested"),
    (lambda x: da.broadcast_to(x, (5, 8)), ValueError, "broadcast"),
    (lambda x: da.pad(x, 1, mode="other"), ValueError, "mode='other'"),
    (lambda x: da.pad(x, -1), ValueError, "negative"),
    (lambda x: da.pad(x, 1, mode="edge", constant_values=3), ValueError, "constant_values"),
    (lambda x: da.insert(x, 9, 0, 0), IndexError, "out of bounds"),
    (lambda x: da.diag(x[None]), ValueError, "vector or a matrix"),
    (lambda x: da.split(x, 3), ValueError, "equal parts"),
    (lambda x: da.meshgrid(x[0], indexing="no"), ValueError, "indexing"),
    (lambda x: da.tile(x, -1), ValueError, "reps"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_mistakes_are_told_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(lazily(M))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(4, 3), (2, -1), (12,), (3, 2, 2)])
def test_reshape_in_an_order(order, shape):
    x = np.arange(12).reshape(3, 4)
    lazy = da.from_array(x, chunks=(2, 3))
    assert_eq(lazy.reshape(shape, order=order), x.reshape(shape, order=order))
    assert_eq(np.reshape(lazy, shape, order=order), np.reshape(x, shape, order=order))
    assert_eq(lazy.ravel(order=order), x.ravel(order=order))
    assert_eq(lazy.flatten(order), x.flatten(order))


def test_arguments_that_are_not_there():
    x = da.ones((3, 4))
    with pytest.raises(TypeError, match="deep"):
        x.copy(deep=True)
    with pytest.raises(TypeError, match=r"Array.reshape\(\) got an unexpected argument 'shape'"):
        x.reshape(shape=(4, 3))
    with pytest.raises(ValueError, match="order='A'"):
        x.reshape((4, 3), order="A")
    assert x.astype("f4", order="K").dtype == "f4"
