"""Differences, histograms, statistics, sets, searches: NumPy's answers for any chunks."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.testing import assert_eq
from tests.strategies import arrays, pairs, shapes
from tests.tables import check, compare, label, lazily

RNG = np.random.default_rng(0)
N = RNG.normal(size=(4, 5, 6))
M = RNG.integers(0, 9, (5, 7))
V = RNG.integers(0, 9, 50)
F = RNG.normal(size=50)
S = np.sort(F)
G = np.where(RNG.random(N.shape) > 0.7, np.nan, N)
Q = [[0.1, 0.2], [0.3, 1]]

ROWS = [
    *[(name, data, axis) for name, data in (("cumsum", N), ("cumprod", N), ("nancumsum", G), ("nancumprod", G))
      for axis in (0, 1, -1, None)],
    ("cumsum", M > 4, 0), ("cumsum", M.astype("u1"), 1), ("cumsum", F.astype("f4")), ("cumprod", F * 1j),
    ("diff", N), ("diff", N, 2, 0), ("diff", M, 1, 0), ("diff", M, 9, 1), ("diff", M > 4), ("diff", M, 0),
    ("diff", M, 1, 1, 0, 9), ("diff", M, 2, 0, M, M[:1]), ("ediff1d", M), ("ediff1d", M, 99, [1, 2]),
    ("ediff1d", V[:1]),
    ("gradient", N), ("gradient", M), ("gradient", F, 2.0), ("gradient", N, 1.0, 2.0, 3.0), ("gradient", F, S),
    ("gradient", F.astype("f4")), ("gradient", V[:2]), ("gradient", F * 1j, 0.5),
    ("histogram", F), ("histogram", F, 5), ("histogram", F, [0, 1, 2, 5]), ("histogram", N, 10, (-1, 1)),
    ("histogram", V, 4), ("histogram", M > 3, 2), ("histogram", F.astype("f4"), 7), ("histogram", V[:1], 3),
    ("histogram", V[:0], 3), ("histogramdd", [F, V], [3, 4], [(-1, 1), (0, 9)]),
    ("histogram2d", F, V, [3, [0, 4, 9]], [(-1, 1), (0, 9)]), ("bincount", V), ("bincount", V, F, 20),
    ("bincount", V[:0]), ("digitize", F, [-1, 0, 1]), ("digitize", N, [1, 0, -1], True), ("digitize", F, S[::9]),
    ("searchsorted", S, F), ("searchsorted", S, N, "right"), ("searchsorted", S, 0.3),
    ("searchsorted", np.sort(V), V, "left"), ("searchsorted", np.sort(V), V, "right"),
    ("unique", V), ("unique", M, True, True, True), ("unique", M, False, False, True), ("unique", G),
    ("unique", G, True, False, True), ("unique", G, False, True), ("unique", V[:0], True, True, True),
    ("unique", M > 3, False, True, True), ("union1d", V, M), ("isin", M, [1, 2]), ("isin", M, V, False, True),
    ("median", N), ("median", N, 1), ("median", N, (0, 2)), ("median", M, 0), ("nanmedian", G, 1), ("nanmedian", G),
    *[(name, data, q, axis) for name, data in (("quantile", N), ("nanquantile", G)) for q in (0.3, [0.1, 0.5])
      for axis in (None, 0, (0, 2))],
    ("quantile", N, Q, 1), ("quantile", M, 0.5, 0), ("percentile", M, 50), ("percentile", M, [5, 95], 1),
    ("nanpercentile", G, 50, 0), ("average", N), ("average", M, 1), ("average", N, 1, np.arange(5)),
    ("average", N, (2, 0), np.arange(24).reshape(6, 4)), ("average", M, 0, M + 1), ("average", M, None, M + 1, True),
    ("average", M, 0, None, True), ("ptp", N), ("ptp", N, (0, 1)), ("cov", M), ("cov", M, M * 2),
    ("cov", M, None, False), ("cov", F, F), ("cov", F), ("cov", M * 1j), ("corrcoef", M), ("corrcoef", F, V),
    ("corrcoef", M, None, False),
    ("count_nonzero", M), ("count_nonzero", N > 0, 1), ("flatnonzero", M), ("argwhere", N > 0), ("nonzero", M),
    ("nonzero", V), ("nonzero", N[:0]), ("extract", M > 3, M), ("extract", M, M),
    ("compress", [True, False, True], M, 0),
    ("compress", V > 3, V), ("compress", [0, 1], M), ("select", [N > 1, N < 0], [N, -N]),
    ("select", [M > 5, M < 2], [M, 0], -1), ("choose", V % 3, [V, -V, V * 2]), ("choose", V, [F, F * 2], None, "wrap"),
    ("where", M > 3), ("where", M > 3, M, -1.5), ("where", M > 3, M, None), ("where", M > 3, None, None),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    check(*row)


def test_keywords():
    check("diff", M, prepend=3, append=M, axis=-1)
    check("gradient", N, axis=(0, 2))
    check("gradient", N, axis=1, edge_order=2)
    check("gradient", F, S, edge_order=2)
    check("histogram", F, 5, density=True)
    check("histogram", F, 5, weights=F)
    check("histogram", V, 4, weights=V, range=(1, 5))
    check("histogramdd", [F, V], [3, 4], [(-1, 1), (0, 9)], density=True, weights=F)
    check("quantile", N, [0.1, 0.5], axis=(0, 1), method="nearest", keepdims=True)
    check("median", N, axis=1, keepdims=True)
    check("average", N, axis=1, keepdims=True)
    check("cov", M, ddof=0)
    check("cov", M, bias=True)
    check("count_nonzero", N > 0, axis=0, keepdims=True)
    check("cumsum", M, axis=0, dtype="f4")


def test_more_keywords():
    check("histogramdd", [F, V], 3)
    check("histogramdd", [F.astype("f4"), V], 3, density=True)
    check("histogramdd", [F, V, F], [3, 2, [0, 1, 2]], weights=F)
    check("histogram2d", F, V)
    check("histogram2d", F, F * 0, [4, [-1, 0, 1]])
    check("histogramdd", [V[:0], V[:0]], 2)
    check("searchsorted", F, S, sorter=np.argsort(F))
    check("cov", M, fweights=np.arange(1, 8))
    check("cov", M, aweights=np.arange(1, 8) / 2)
    check("cov", M, fweights=np.arange(1, 8), aweights=F[:7] ** 2, ddof=0)
    check("cov", M * 1j, aweights=np.arange(1, 8), rowvar=True)
    check("cov", M, dtype="f4")
    check("corrcoef", M, dtype="f4")


def test_largest_and_least_so_far():
    for axis in (0, 1, 2):
        assert_eq(da.cummax(lazily(G), axis), np.maximum.accumulate(G, axis))
        assert_eq(da.cummin(lazily(N), axis), np.minimum.accumulate(N, axis))
    assert_eq(da.cummax(lazily(M)), np.maximum.accumulate(M.ravel()))


def test_histogram_with_lazy_ends():
    x = lazily(F)
    counts, edges = da.histogram(x, 5, range=(x.min(), 2))
    compare((counts, edges), np.histogram(F, 5, (F.min(), 2)))
    found = da.histogram2d(x, lazily(V), 3, range=((x.min(), x.max()), (0, 5)))
    compare(found, np.histogram2d(F, V, 3, ((F.min(), F.max()), (0, 5))))


def test_histogram_with_lazy_edges():
    edges = np.linspace(-1, 1, 7)
    counts, found = da.histogram(lazily(F), lazily(edges))
    assert_eq(counts, np.histogram(F, edges)[0])
    assert_eq(found, edges)


def test_histogramdd_of_a_table():
    table = RNG.normal(size=(20, 2))
    bins, ends = (3, 4), [(-1, 1), (-2, 2)]
    compare(da.histogramdd(lazily(table), bins, ends), np.histogramdd(table, bins, ends))


def test_piecewise():
    x = lazily(F)
    functions = [0, lambda v, by: v * by, 7]
    assert_eq(da.piecewise(x, [x < 0, x > 1], functions, by=2), np.piecewise(F, [F < 0, F > 1], functions, by=2))


@pytest.mark.parametrize("k", [1, 3, -2, 99, -99])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_topk(k, axis):
    order = np.argsort(M, axis=axis, kind="stable")
    if k > 0:
        order = np.flip(order, axis)
    places = np.take(order, range(min(abs(k), M.shape[axis])), axis)
    values = np.take_along_axis(M, places, axis)
    assert_eq(da.topk(lazily(M), k, axis), values)
    assert_eq(lazily(M).topk(k, axis, split_every=2), values)
    found = da.argtopk(lazily(M), k, axis)
    assert_eq(np.take_along_axis(M, found.compute(), axis), values)
    assert found.dtype == np.intp


@pytest.mark.parametrize("values", [F, V, np.where(F > 0, np.nan, F), np.zeros(50), V.astype("M8[D]")])
def test_a_few_of_many(values):
    order = np.argsort(values, kind="stable")
    x = da.from_array(values, chunks=17)
    assert_eq(da.topk(x, 3), values[order[::-1][:3]])
    assert_eq(da.argtopk(x, -3), order[:3])
    assert_eq(values[da.argtopk(x, 3).compute()], values[order[::-1][:3]])


def test_coarsen():
    assert_eq(da.coarsen(np.sum, lazily(M), {0: 2, 1: 3}, trim_excess=True), M[:4, :6].reshape(2, 2, 2, 3).sum((1, 3)))
    assert_eq(da.coarsen(np.max, lazily(N), {0: 2, 2: 3}), N.reshape(2, 2, 5, 2, 3).max((1, 4)))
    assert_eq(da.coarsen(np.mean, lazily(V), {0: 5}, keepdims=False), V.reshape(-1, 5).mean(1))


def test_unknown_sizes():
    odd, real = lazily(V)[lazily(V) % 2 == 1], V[V % 2 == 1]
    for name in ("cumsum", "unique", "bincount", "median", "diff", "histogram", "count_nonzero"):
        compare(getattr(da, name)(odd), getattr(np, name)(real))
    values, counts = da.unique(odd, return_counts=True)
    assert values.expr.shape == (None,)
    assert_eq(values * counts, np.multiply(*np.unique(real, return_counts=True)))
    assert_eq(odd.topk(3), np.sort(real)[:-4:-1])


def test_blocks_of_long_scans_are_added_in_groups():
    for blocks in (17, 300):
        v = RNG.integers(-9, 9, blocks * 2)
        assert_eq(da.from_array(v, chunks=2).cumsum(), v.cumsum())
    x = da.ones(100_000, chunks=10)
    assert x.cumsum()[-1].compute() == 100_000


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_scans(data):
    pair = data.draw(pairs())
    axis = data.draw(st.integers(-pair.real.ndim, pair.real.ndim - 1) | st.none())
    name = data.draw(st.sampled_from(["cumsum", "nancumsum"]))
    assert_eq(getattr(da, name)(pair.lazy, axis), getattr(np, name)(pair.real, axis))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_sets(data):
    pair = data.draw(pairs(dtypes=["i8", "f8", "?"]))
    flags = [data.draw(st.booleans()) for _ in range(3)]
    compare(da.unique(pair.lazy, *flags), np.unique(pair.real, *flags))
    other = data.draw(arrays(shapes(max_dims=1), dtypes=["i8"]))
    assert_eq(da.isin(pair.lazy, other), np.isin(pair.real, other))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_histograms(data):
    pair = data.draw(pairs(dtypes=["i8", "f8", "f4"], nan=False))
    bins = data.draw(st.integers(1, 6))
    ends = data.draw(st.none() | st.just((-3, 5)))
    compare(da.histogram(pair.lazy, bins, ends), np.histogram(pair.real, bins, ends))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_gradients(data):
    pair = data.draw(pairs(data.draw(shapes(min_side=3, max_dims=2)), dtypes=["f8", "i4"], nan=False))
    order = data.draw(st.sampled_from([1, 2]))
    compare(da.gradient(pair.lazy, edge_order=order), np.gradient(pair.real, edge_order=order))


ERRORS = [
    (lambda x: da.diff(x, -1), ValueError, "n=-1"),
    (lambda x: da.gradient(x, 1.0, 2.0, 3.0), TypeError, "distances"),
    (lambda x: da.gradient(x[:1], axis=0), ValueError, "1 elements"),
    (lambda x: da.gradient(x, [1.0, 2.0], axis=0), ValueError, "coordinates"),
    (lambda x: da.histogram(x, [3, 1]), ValueError, "monotonic"),
    (lambda x: da.histogram(x, 3, (0, np.inf)), ValueError, "finite"),
    (lambda x: da.histogram(x, 3, weights=x[0]), ValueError, "weights"),
    (lambda x: da.histogramdd([x[0], x[1]], [3, 3, 3]), ValueError, "range"),
    (lambda x: da.bincount(x), ValueError, "one axis"),
    (lambda x: da.bincount(x[0] * 0.5), TypeError, "integers"),
    (lambda x: da.digitize(x, [1, 3, 2]), ValueError, "monotonic"),
    (lambda x: da.searchsorted(x, 3), ValueError, "one axis"),
    (lambda x: da.searchsorted(x[0], 3, sorter=x[0, 1:]), ValueError, "sorter"),
    (lambda x: da.unique(x, axis=2), np.exceptions.AxisError, "axis 2"),
    (lambda x: da.quantile(x, 2), ValueError, "range"),
    (lambda x: da.quantile(x, 0.5, method="other"), ValueError, "other"),
    (lambda x: da.average(x, weights=[1, 2]), TypeError, "axis"),
    (lambda x: da.average(x, 0, weights=[1, 2]), ValueError, "do not fit"),
    (lambda x: da.cov(x, ddof=0.5), ValueError, "ddof"),
    (lambda x: da.coarsen(np.sum, x, {0: 2}), ValueError, "groups of 2"),
    (lambda x: da.select([x > 1], []), ValueError, "1 conditions and 0 choices"),
    (lambda x: da.piecewise(x, [x > 1], [1, 2, 3]), ValueError, "3 functions"),
    (lambda x: da.choose(x * 0.5, [x]), TypeError, "integers"),
    (lambda x: da.compress(x, x), ValueError, "one axis"),
    (lambda x: x.cumsum(2), np.exceptions.AxisError, "axis 2"),
    (lambda x: x.cumsum(0, method="other"), ValueError, "method"),
]


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_mistakes_are_told_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(lazily(M))


def test_average_of_nothing():
    with pytest.raises(ZeroDivisionError, match="weights"):
        da.average(da.ones(0), weights=da.ones(0))
