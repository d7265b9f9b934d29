"""Sorting: NumPy's answers for any chunks, dtypes and sizes."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask
import minidask.array as da
import minidask.config as config
from minidask.testing import assert_eq
from tests.array.test_routines import F, G, M, N, V
from tests.strategies import pairs, shapes
from tests.tables import check, label, lazily

RNG = np.random.default_rng(1)
TIMES = np.array(["2020", "NaT", "1999", "2001"] * 5, dtype="M8[D]")
WORDS = np.array([*"bcaaedzq"] * 4)
TABLE = np.array([(1, 2.0), (0, 7.0), (1, 1.0)] * 7, dtype=[("a", "i4"), ("b", "f8")])
LINES = [F, V, G.ravel(), F * 1j, F.astype("f2"), F.astype("f4"), V > 4, V.astype("u1"), np.zeros(30), V[:0], V[:1],
         TIMES, WORDS, V.astype(object), TABLE, np.where(V > 4, np.inf, F)]  # fmt: skip

ROWS = [
    *[("sort", line) for line in LINES], *[("sort", data, axis) for data in (M, N, G) for axis in (0, 1, -1, None)],
    *[("argsort", data, axis, "stable") for data in (M, N, G) for axis in (0, 1, -1, None)],
    *[("argsort", line, -1, "stable") for line in LINES],
    ("sort", M, 0, "quicksort"), ("sort", M[:0], 0), ("sort", M[:, :0], 0), ("sort", TABLE, -1, None, "b"),
    ("sort", TABLE, 0, None, ["b", "a"]), ("argsort", TABLE, 0, "stable", ["b", "a"]),
    ("sort", TABLE.reshape(3, 7), 1), ("argsort", TABLE.reshape(3, 7), 0, "stable", "b"),
    ("sort_complex", V), ("sort_complex", V.astype("i2")), ("sort_complex", F * 1j), ("sort_complex", M),
    ("lexsort", [V, F]), ("lexsort", [F, V]), ("lexsort", [V[:20], V[20:40], TIMES]), ("lexsort", M), ("lexsort", N, 0),
    ("lexsort", [M, M % 3], 0), ("lexsort", [M, M % 3], -1), ("lexsort", [V]), ("lexsort", [G.ravel(), G.ravel() > 0]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    check(*row)


def test_keywords():
    check("sort", M, axis=0, stable=True)
    check("argsort", M, axis=None, stable=True)


@given(pairs(shapes(max_dims=2, max_side=12)), st.data())
@settings(max_examples=60, deadline=None)
def test_any_chunks(pair, data):
    axis = data.draw(st.sampled_from([None, *range(-pair.real.ndim, pair.real.ndim)]))
    assert_eq(da.sort(pair.lazy, axis), np.sort(pair.real, axis))
    assert_eq(da.argsort(pair.lazy, axis), np.argsort(pair.real, axis, kind="stable"))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_axes_longer_than_a_block(axis):
    with minidask.config.set({"array.chunk-size": "8B"}):
        x = lazily(N)
        assert_eq(da.sort(x, axis), np.sort(N, axis))
        assert_eq(da.argsort(x, axis), np.argsort(N, axis, kind="stable"))
        assert da.sort(x, axis).chunks == x.chunks


def test_chunks_stay():
    x = da.from_array(F, chunks=((7, 0, 40, 3),))
    assert da.sort(x).chunks == x.chunks
    assert_eq(da.sort(x), np.sort(F))


def test_many_points_around_few_values():
    values = RNG.integers(0, 3, 20_000)
    x = da.from_array(values, chunks=1_500)
    assert_eq(da.sort(x), np.sort(values))
    assert_eq(da.argsort(x), np.argsort(values, kind="stable"))
    noise = RNG.normal(size=20_000)
    assert_eq(da.argsort(da.from_array(noise, chunks=900)), np.argsort(noise))


def test_sizes_that_depend_on_data_are_not_counted():
    x = lazily(F)
    with minidask.config.set({"array.unknown-sizes": "raise"}):
        assert np.array_equal(da.sort(x[x > 0]).compute(), np.sort(F[F > 0]))
    assert_eq(da.argsort(x[x > 0]), np.argsort(F[F > 0]))


def test_in_place():
    x, real = lazily(M), M.copy()
    before = x.copy()
    assert x.sort(axis=0) is None
    real.sort(axis=0)
    assert_eq(x, real)
    assert_eq(before, M)
    assert_eq(lazily(M).argsort(0), np.argsort(M, 0, kind="stable"))


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("kth", [2, -1, (0, 3)])
def test_partition(axis, kth):
    found = da.partition(lazily(M), kth, axis)
    theirs = np.partition(M, kth, axis)
    assert_eq(da.take(found, kth, axis), np.take(theirs, kth, axis))
    places = da.argpartition(lazily(M), kth, axis).compute()
    values = np.take_along_axis(M if axis is not None else M.ravel(), places, axis or 0)
    assert_eq(np.take(values, kth, axis), np.take(theirs, kth, axis))
    x = lazily(M)
    if axis is not None:
        x.partition(kth, axis)
        assert_eq(da.take(x, kth, axis), np.take(theirs, kth, axis))


def test_each_scheduler(scheduler):
    x = da.from_array(V, chunks=9)
    assert np.array_equal(da.sort(x).compute(scheduler=scheduler), np.sort(V))
    assert np.array_equal(da.argsort(x).compute(scheduler=scheduler), np.argsort(V, kind="stable"))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: da.sort(x, kind="bubble"), ValueError, "kind='bubble': expected one of quicksort"),
        (lambda x: da.sort(x, kind="stable", stable=True), ValueError, "give one of them"),
        (lambda x: da.sort(x, order="a"), ValueError, "order='a' needs elements with fields"),
        (lambda x: da.sort(lazily(TABLE), order="c"), ValueError, "expected fields of"),
        (lambda x: da.sort(x, 3), np.exceptions.AxisError, "axis 3 is out of bounds"),
        (lambda x: da.partition(x, 9), ValueError, "kth=9 is out of bounds for axis 1 with size 7"),
        (lambda x: da.partition(x, 1.5), TypeError, "must be an integer"),
        (lambda x: da.argpartition(x, 1, kind="sort"), ValueError, "introselect"),
        (lambda x: da.lexsort([]), TypeError, "one key at least"),
        (lambda x: da.lexsort([x, x[:2]]), ValueError, "different shapes"),
    ],
)
def test_what_does_not_fit(call, error, words):
    with pytest.raises(error, match=words):
        call(lazily(M))


def test_larger_than_the_memory_limit():
    x = da.random.default_rng(0).random(400_000, chunks=20_000)
    found = da.sort(x)
    rises, some, middle = minidask.compute(
        (da.diff(found) >= 0).all(), found[::50_000], da.median(x), memory_limit="1500kB", scheduler="threads"
    )
    real = np.sort(x.compute())
    assert rises
    assert np.array_equal(some, real[::50_000])
    assert middle == np.median(real)


@pytest.mark.parametrize("kind", ["f8", "i2", "O"])
def test_very_many_small_blocks_are_joined(kind):
    values = RNG.integers(0, 99, 300).astype(kind)
    sizes = (0, 1, 5) * 50
    x = da.from_array(values, chunks=(sizes,))
    with config.set({"array.chunk-size": 4 * 10 * values.itemsize}):
        found, places = da.sort(x), da.argsort(x)
    assert found.chunks == places.chunks == (sizes,)
    np.testing.assert_array_equal(found.compute(), np.sort(values))
    np.testing.assert_array_equal(places.compute(), np.argsort(values, kind="stable"))
    np.testing.assert_array_equal(da.sort(x.copy()).compute(), np.sort(values))
