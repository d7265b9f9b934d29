"""Quantiles found by counting: NumPy's answers, bit for bit, for any chunks and methods."""

from __future__ import annotations

import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask
import minidask.array as da
from minidask.kernels.quantiles import Pair, count_around, found_in, rest_of, values_of
from minidask.testing import assert_eq
from tests.array.test_routines import F, G, M, N, V
from tests.strategies import pairs, shapes
from tests.tables import check, label, lazily

METHODS = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
           "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint",
           "nearest"]  # fmt: skip
MOSTS = [0, 1, 0.0, 1.0, 0.5, [0.3, 0.25], [[0.1, 0.2], [0.3, 1]], np.linspace(0, 1, 21), np.float32(0.3), [0, 1]]
TIMES = np.array(["2020", "1999", "2001"] * 5, dtype="M8[D]")

ROWS = [
    *[("quantile", F, q) for q in MOSTS], *[("quantile", F.astype("f4"), q) for q in MOSTS],
    *[("quantile", V, q) for q in MOSTS], *[("nanquantile", G, q) for q in MOSTS],
    ("quantile", G, 0.5), ("quantile", G, [0.1, 0.5]), ("nanquantile", G * np.nan, [0.5]), ("percentile", V, 30),
    ("percentile", F.astype("f4"), 30), ("percentile", F.astype("f4"), [30, 40.0]), ("nanpercentile", G, [5, 95]),
    ("quantile", F.astype("f2"), 0.3), ("quantile", V.astype("u1"), 0.3), ("quantile", TIMES, 0.4),
    ("quantile", TIMES - TIMES[0], [0.4, 1]), ("quantile", np.where(V > 4, np.inf, F), [0.4, 0.9]),
    ("median", V), ("median", V[:49]), ("median", F.astype("f4")), ("median", G), ("nanmedian", G), ("median", M),
    ("nanmedian", G * np.nan), ("median", V > 4),
    ("quantile", V * 0, 0.3), ("quantile", V, 0.3, 0), ("quantile", N, 0.3, (0, 1, 2)),
]  # fmt: skip


def same_bits(name, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = getattr(da, name)(lazily(args[0]), *args[1:], **kwargs).compute(scheduler="synchronous")
        theirs = getattr(np, name)(*args, **kwargs)
    assert np.array_equal(ours, theirs, equal_nan=np.asarray(theirs).dtype.kind in "fm")


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    check(*row, eager=(1,))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("q", [0.5, 0.0, 1.0, np.linspace(0, 1, 33), [0.25, 0.75]], ids=str)
def test_methods(method, q):
    for data in (F, V, F.astype("f4"), V[:7], F[:1]):
        same_bits("quantile", data, q, method=method)
    same_bits("nanquantile", G, q, method=method)
    same_bits("percentile", F, np.multiply(100, q), method=method)


@given(pairs(shapes(max_dims=2, min_side=1, max_side=12), dtypes=["f8", "f4", "i8", "u1"]), st.data())
@settings(max_examples=60, deadline=None)
def test_any_chunks(pair, data):
    q = data.draw(st.floats(0, 1) | st.lists(st.floats(0, 1), min_size=1, max_size=3))
    method = data.draw(st.sampled_from(METHODS))
    axis = data.draw(st.sampled_from([None, *range(pair.real.ndim)]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("quantile", "nanquantile"):
            ours = getattr(da, name)(pair.lazy, q, axis, method=method)
            theirs = np.asarray(getattr(np, name)(pair.real, q, axis, method=method))
            if np.isnan(pair.real).all() or not pair.real.size:  # then NumPy gives another dtype
                theirs = theirs.astype(ours.dtype)
            assert_eq(ours, theirs)
        assert_eq(da.median(pair.lazy, axis), np.median(pair.real, axis))
        assert_eq(da.nanmedian(pair.lazy, axis), np.nanmedian(pair.real, axis))


def test_axes_longer_than_a_block():
    with minidask.config.set({"array.chunk-size": "8B"}):
        for axis in (0, 1, (0, 2), (2, 1)):
            check("quantile", N, [0.1, 0.5], axis=axis)
            check("quantile", N, 0.5, axis=axis, keepdims=True)
            check("median", N, axis=axis, keepdims=True)
            check("nanmedian", G, axis=axis)


@pytest.mark.parametrize("make", [lambda n: np.arange(n), lambda n: np.arange(n) % 3, lambda n: np.arange(n) % 2 * 1e9,
                                  lambda n: np.random.default_rng(0).normal(size=n)])  # fmt: skip
def test_more_than_a_sample(make):
    values = make(200_000)
    x = da.from_array(values, chunks=30_000)
    q = [0, 0.001, 0.25, 0.5, 0.9, 1]
    assert np.array_equal(da.quantile(x, q).compute(), np.quantile(values, q))
    assert np.array_equal(da.quantile(x, np.linspace(0, 1, 30)).compute(), np.quantile(values, np.linspace(0, 1, 30)))
    assert da.median(x).compute() == np.median(values)


@pytest.mark.parametrize("wrong", [Pair(3, 4), Pair(90, 95), Pair(50, 50), Pair(None, 2), Pair(98, None)])
def test_samples_that_mislead(wrong):
    values = np.random.default_rng(0).permutation(np.arange(100) // 2 * 2)
    blocks = [values[:30], values[30:70], values[70:]]
    search = found_in([count_around(block, [wrong]) for block in blocks], [wrong], [(49, 50)])
    found = values_of([rest_of(block, search) for block in blocks], search)
    assert {k: int(v) for k, v in found.items()} == {49: 48, 50: 50}


def test_weights():
    w = np.arange(7)
    check("quantile", M, 0.3, axis=1, method="inverted_cdf", weights=w)
    check("quantile", M, [0.3, 0.5], axis=0, method="inverted_cdf", weights=M + 1)
    check("quantile", M, 0.3, method="inverted_cdf", weights=M)
    check("percentile", M, 30, axis=1, method="inverted_cdf", weights=w, keepdims=True)
    check("nanquantile", G, 0.3, axis=1, method="inverted_cdf", weights=np.abs(N))


@pytest.mark.parametrize("values", ["noise", "missing", "none", "integers", "bytes"])
@pytest.mark.parametrize("q", [0.3, 0, [[0.1, 0.5], [0.9, 1]], np.float32(0.4)], ids=str)
def test_weights_of_more_elements_than_a_block_may_have(values, q):
    rng = np.random.default_rng(3)
    noise, weights = rng.normal(size=(10, 6)), rng.integers(0, 4, (10, 6))
    real = {
        "noise": noise, "missing": np.where(noise > 1, np.nan, noise).astype("f4"), "none": np.full_like(noise, np.nan),
        "integers": weights[::-1] * 7, "bytes": abs(noise * 50).astype("u1"),
    }[values]  # fmt: skip
    lazy, w = da.from_array(real, chunks=4), da.from_array(weights, chunks=(10, 3))
    with minidask.config.set({"array.chunk-size": "50 B", "scheduler": "synchronous"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN")
        for name in ("quantile", "nanquantile") if real.dtype.kind == "f" else ("quantile",):
            expected = getattr(np, name)(real, q, weights=weights, method="inverted_cdf", keepdims=True)
            found = getattr(da, name)(lazy, q, weights=w, method="inverted_cdf", keepdims=True)
            assert_eq(found, expected)


@pytest.mark.parametrize("axis", [0, 1, (0, 2), (2, 1)])
@pytest.mark.parametrize("name", ["quantile", "nanpercentile"])
def test_weights_along_axes_that_are_longer_than_a_block_may_be(name, axis):
    rng = np.random.default_rng(0)
    real, weights = rng.normal(size=(6, 7, 2)).round(1), rng.integers(1, 4, (6, 7, 2))
    real[1, 1, 1], q = np.nan if name == "nanpercentile" else 0, [0.3, 0.5]
    axes = (axis,) if isinstance(axis, int) else axis
    short = rng.integers(1, 4, tuple(real.shape[k] for k in axes))
    lazy, options = da.from_array(real, chunks=2), {"axis": axis, "method": "inverted_cdf", "keepdims": True}
    with minidask.config.set({"array.chunk-size": "40 B", "scheduler": "synchronous"}):
        for given in (weights, short) if name == "quantile" else (weights,):  # NumPy fails for the others
            found = getattr(da, name)(lazy, q, weights=da.from_array(given, chunks=2), **options)
            assert_eq(found, getattr(np, name)(real, q, weights=given, **options))
        with pytest.raises(ValueError, match="do not fit"):
            getattr(da, name)(lazy, q, weights=weights[:2], **options)


@pytest.mark.parametrize(("weight", "words"), [(-1.0, "non-negative"), (np.nan, "NaN"), (0.0, "all zero")])
def test_weights_that_are_none(weight, words):
    with minidask.config.set({"array.chunk-size": "80 B"}), pytest.raises(ValueError, match=words):
        da.quantile(da.ones(30, chunks=7), 0.5, weights=np.full(30, weight), method="inverted_cdf").compute()


def test_sizes_that_depend_on_data_are_not_counted():
    x = lazily(F)
    with minidask.config.set({"array.unknown-sizes": "raise"}):
        assert da.median(x[x > 0]).compute() == np.median(F[F > 0])


def test_out():
    out = da.zeros((), dtype="f8")
    assert da.median(lazily(F), out=out) is out
    assert_eq(out, np.median(F))


def test_each_scheduler(scheduler):
    x = da.from_array(F, chunks=9)
    assert da.quantile(x, 0.3).compute(scheduler=scheduler) == np.quantile(F, 0.3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: da.quantile(x, 2), ValueError, "range"),
        (lambda x: da.percentile(x, [50, 101]), ValueError, "range"),
        (lambda x: da.quantile(x, 0.5, method="best"), ValueError, "best"),
        (lambda x: da.quantile(x * 1j, 0.5), TypeError, "real"),
        (lambda x: da.quantile(x, 0.5, weights=x), ValueError, "inverted_cdf"),
        (lambda x: da.quantile(x, 0.5, 1, method="inverted_cdf", weights=x[0, :2]), ValueError, "do not fit axis=1"),
        (lambda x: da.quantile(x, x), NotImplementedError, "q must be known"),
        (lambda x: da.median(x, 5), np.exceptions.AxisError, "out of bounds"),
    ],
)
def test_what_does_not_fit(call, error, words):
    with pytest.raises(error, match=words):
        call(lazily(M))
