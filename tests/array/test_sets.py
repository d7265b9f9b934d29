"""Sets of elements and of slices, and elements taken and put along an axis: NumPy's answers for any chunks."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask import config
from minidask.testing import assert_eq
from tests.array.test_routines import F, G, M, N, V
from tests.strategies import pairs, shapes
from tests.tables import check, compare, label, lazily

RNG = np.random.default_rng(2)
R = RNG.integers(0, 2, (7, 3))
C = RNG.integers(0, 2, (3, 2, 9)) * 1.0
H = np.array([1.0, np.nan, 2.0, np.nan, 1.0, np.nan])
WORDS = np.array([*"bcaaedzq"] * 3)
ZEROS = np.array([0, 0, 3, 0, 1, 0, 0, 0])
BOX = np.pad(R + 1, ((2, 0), (1, 3)))

ROWS = [
    *[("unique", data, True, True, True, axis) for data in (R, C, M) for axis in range(data.ndim)],
    ("unique", R, False, False, False, -1), ("unique", V, True, True, True, 0), ("unique", R[:0], True, True, True, 1),
    ("unique", WORDS, True, True, True), ("unique", C > 0, False, False, True, 2),
    *[(name, data) for name in ("unique_all", "unique_counts", "unique_inverse")
      for data in (V, M, H, WORDS)],
    *[(name, one, other) for name in ("union1d", "intersect1d", "setdiff1d", "setxor1d", "isin")
      for one, other in ((V, M), (M[:2], V[:4]), (H, H), (F, F[:9]), (WORDS, WORDS[:3]), (V, F), (V[:0], V),
                         (V, V[:0]))],
    ("intersect1d", V, M, False, True), ("intersect1d", M, V[:3], False, True), ("intersect1d", F, F[9:4:-1], True),
    ("intersect1d", F, F[9:4:-1], True, True), ("setdiff1d", F, F[3:9], True), ("setxor1d", F, F[3:], True),
    ("isin", M, V[:3], False, True), ("take_along_axis", M, M % 5, 0), ("take_along_axis", M, M[:, :3] % 7 - 7, 1),
    ("take_along_axis", N, np.argsort(N, 1)), ("take_along_axis", N, np.argsort(N, 0), 0),
    ("take_along_axis", N, np.argmax(N, 1)[:, None], 1), ("take_along_axis", N, V[:4].reshape(1, 4, 1) % 5, 1),
    ("take_along_axis", M, V % 35, None), ("take_along_axis", V, V), ("take_along_axis", M, M[:0], 0),
    *[("trim_zeros", data, trim) for data in (ZEROS, ZEROS * 0, V, V[:0], V > 9) for trim in ("f", "b", "fb", "FB")],
    ("trim_zeros", BOX), ("trim_zeros", BOX, "f"), ("trim_zeros", BOX, "fb", 1), ("trim_zeros", BOX, "b", (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    check(*row)


def test_keywords():
    check("unique", H, True, True, True, equal_nan=False)
    check("unique", np.stack([H, H[::-1]]), return_inverse=True, equal_nan=False)
    check("isin", M, V[:3], kind="table")
    check("isin", M, V[:3], kind="sort", assume_unique=False, invert=True)


def test_slices_with_nan():
    rows = np.stack([H, H]).T
    values, inverse = da.unique(lazily(rows), return_inverse=True, axis=0)
    assert_eq(values, np.unique(rows, axis=0))
    assert_eq(values.compute()[inverse.compute()], rows)


def test_names_of_results():
    found = da.unique_all(lazily(V))
    assert found._fields == np.unique_all(V)._fields
    for data in (V, M, H, WORDS):
        assert_eq(da.unique_values(lazily(data)), np.sort(np.unique_values(data)))
    assert da.unique_counts(V)._fields == np.unique_counts(V)._fields
    assert da.unique_inverse(V)._fields == np.unique_inverse(V)._fields


@given(pairs(shapes(max_dims=2, max_side=8), dtypes=["i8", "u1", "?"]), st.data())
@settings(max_examples=40, deadline=None)
def test_any_chunks(pair, data):
    axis = data.draw(st.sampled_from([None, *range(pair.real.ndim)]))
    compare(da.unique(pair.lazy, True, True, True, axis), np.unique(pair.real, True, True, True, axis))


@pytest.mark.parametrize(
    ("data", "indices", "values", "axis"),
    [
        (M, M[:2] % 5, -M[:2], 0), (M, M[:, :2] % 7 - 7, 99, 1), (N, np.argsort(N, 1), np.arange(6), 1),
        (N, np.argmax(N, 0)[None], 0.5, 0), (V, V, np.arange(50), 0), (M, V % 35, -1, None), (M, M[:1] % 5, 7, 0),
        (M, M[:, :1] * 0, M[:1, :1], 1), (N, V[:4].reshape(1, 4, 1) % 5, 9, 1),
    ],
)  # fmt: skip
def test_put_along_axis(data, indices, values, axis):
    x, real = lazily(data), data.copy()
    before = x.copy()
    da.put_along_axis(x, lazily(indices), lazily(values), axis)
    np.put_along_axis(real, indices, values, axis)
    assert_eq(x, real)
    assert_eq(before, data)
    y = lazily(data)
    np.put_along_axis(y, indices, values, axis)
    assert_eq(y, real)


def test_what_does_not_fit():
    x = lazily(M)
    with pytest.raises(np.exceptions.AxisError):
        da.unique(x, axis=2)
    with pytest.raises(IndexError, match="indices must be integers, not float64"):
        da.take_along_axis(x, x * 1.0, 0)
    with pytest.raises(ValueError, match="as many axes as the array, 2, not 1"):
        da.take_along_axis(x, V, 0)
    with pytest.raises(ValueError, match="different sizes"):
        da.take_along_axis(x, x[:, :3], 0)
    with pytest.raises(IndexError, match="an index is out of bounds for axis 0 with size 5"):
        da.take_along_axis(x, x + 9, 0).compute()
    with pytest.raises(TypeError, match="changes lazy arrays, not ndarray"):
        da.put_along_axis(M, M % 5, 0, 0)
    with pytest.raises(ValueError, match="trim='x'"):
        da.trim_zeros(V, "x")
    with pytest.raises(ValueError, match="kind='tree'"):
        da.isin(x, x, kind="tree")
    assert G.ndim == 3


LARGE = {
    "numbers": RNG.integers(0, 1 << 40, 400), "few": RNG.integers(0, 9, 400),
    "rounded": RNG.normal(size=(20, 20)).round(1), "words": WORDS.repeat(12),
    "missing": np.where(RNG.random(300) > 0.5, np.nan, RNG.normal(size=300).round(2)),
    "times": np.arange(200).astype("M8[D]")[::-1], "swapped": RNG.normal(size=300).astype(">f8").round(1),
    "nothing else": np.full(200, np.nan),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_different_elements_that_need_several_blocks(name):
    real = LARGE[name]
    some = real.ravel()[::5]
    lazy, few = da.from_array(real, chunks=70 if real.ndim == 1 else 8), da.from_array(some, chunks=40)
    with config.set({"array.chunk-size": "640 B", "scheduler": "synchronous"}):
        for equal_nan in (True, False):
            found = da.unique(lazy, True, True, True, equal_nan=equal_nan)
            assert found[0].npartitions == found[3].npartitions > 1
            compare(found, np.unique(real, True, True, True, equal_nan=equal_nan))
        compare(da.unique(lazy, return_inverse=True), np.unique(real, return_inverse=True))
        compare(da.intersect1d(lazy, few, return_indices=True), np.intersect1d(real, some, return_indices=True))
        for function in ("isin", "union1d", "setdiff1d", "setxor1d"):
            assert_eq(getattr(da, function)(few, lazy), getattr(np, function)(some, real))
        assert_eq(da.isin(lazy, lazy[lazy == lazy], invert=True), np.isin(real, real[real == real], invert=True))


def test_ranges_of_different_elements_hold_equally_many():
    with config.set({"array.chunk-size": "640 B"}):
        values = da.unique(da.from_array(LARGE["numbers"], chunks=70))
        assert max(values.chunksize) < 1.2 * min(values.chunks[0])
        few = da.unique(da.from_array(LARGE["few"], chunks=70))
        assert sum(size > 0 for size in few.chunks[0]) <= 9
    assert da.unique(da.from_array(LARGE["numbers"], chunks=70)).npartitions == 1


@pytest.mark.parametrize("kind", ["i8", "f4", ">f8", "?", "U1", "M8[D]"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_different_slices_that_need_several_blocks(kind, axis):
    real = np.moveaxis(RNG.integers(0, 3, (90, 2, 2)).astype("i8").astype(kind), 0, axis)
    lazy = da.from_array(real, chunks=tuple(20 if k == axis else 1 for k in range(3)))
    with config.set({"array.chunk-size": "64 B", "scheduler": "synchronous"}):
        found = da.unique(lazy, True, True, True, axis=axis)
        assert found[0].numblocks[axis] > 1
        compare(found, np.unique(real, True, True, True, axis=axis))
        once = found[0].compress(found[3] == 1, axis=axis)
        assert_eq(
            once, np.unique(real, axis=axis).compress(np.unique(real, return_counts=True, axis=axis)[1] == 1, axis)
        )


def test_slices_of_objects():
    with pytest.raises(TypeError, match="slices of Python objects"):
        da.unique(lazily(M.astype(object)), axis=0)


@pytest.mark.parametrize("chunks", [(6, 2), (2, 2), (1, 1), (4, 1)], ids=str)
def test_slices_with_nan_are_like_no_other(chunks):
    rows = np.array([[1, np.nan], [0, 2], [1, np.nan], [np.nan, 2], [0, 2], [1, np.nan]])
    lazy = da.from_array(rows, chunks=chunks)
    for ours, theirs in ((lazy, rows), (lazy * 1j, rows * 1j)):
        compare(da.unique(ours, True, True, True, 0), np.unique(theirs, True, True, True, 0))
