"""Statistical tests: scipy's answers for any chunks; and moments, NumPy's."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

import minidask.array as da
from minidask.errors import MissingExtraError
from minidask.testing import assert_eq
from tests.tables import label, lazily

RNG = np.random.default_rng(0)
A = RNG.normal(size=(40, 3))
B = RNG.gamma(2, size=(31, 3))
C = RNG.normal(1, 3, size=(40, 3))
G = np.where(RNG.random(A.shape) > 0.9, np.nan, A)
V = RNG.integers(1, 30, 12)
K = RNG.integers(1, 30, (6, 4))
E = np.full((6, 4), 10.0) * K.sum(axis=0) / 60

ROWS = [
    *[(name, a, axis) for name in ("skew", "skewtest", "kurtosis", "kurtosistest", "normaltest")
      for a, axis in [(A, 0), (B, None), (A.T, -1), (V, 0), (A.astype("f4"), 0), (G, 0)]],
    ("skew", A, 0, False), ("skew", V[:2], 0, False), ("skew", np.ones((9, 2))), ("kurtosis", A, 0, False, False),
    ("kurtosis", A, 0, True, False), ("kurtosis", V[:3], 0, False, False), ("kurtosis", np.ones(9)),
    *[("moment", a, order, axis) for order in (0, 1, 2, 3, 6) for a, axis in [(A, 0), (B.T, 1), (V, None)]],
    ("ttest_ind", A, B), ("ttest_ind", A, C, 0), ("ttest_ind", A, B[:, 0], None), ("ttest_ind", A.T, C.T, 1),
    ("ttest_1samp", A, 0.1), ("ttest_1samp", A, [0.1, 0.2, 0.3]), ("ttest_1samp", V, 20), ("ttest_1samp", A, 0, None),
    ("ttest_rel", A, C), ("ttest_rel", A.T, C.T, 1), ("ttest_rel", A, C, None),
    ("f_oneway", A, B, C), ("f_oneway", V, V + 1), ("f_oneway", A, C),
    ("chisquare", V), ("chisquare", K), ("chisquare", K, E), ("chisquare", K, None, 1), ("chisquare", K, None, 0, 1),
    ("chisquare", K, None, 0, None),
    *[("power_divergence", K, E, 0, 0, power) for power in
      ("pearson", "log-likelihood", "freeman-tukey", "mod-log-likelihood", "neyman", "cressie-read", 0.3, None)],
    ("power_divergence", np.array([0, 4, 8]), None, 0, 0, "log-likelihood"),
]  # fmt: skip
OMITTED = [
    ("skew", G, 0, True), ("skew", G, 0, False), ("kurtosis", G, 0, True, True), ("kurtosis", G, 0, True, False),
    ("skewtest", G), ("kurtosistest", G), ("normaltest", G, None), ("moment", G, 3), ("ttest_1samp", G, 0.1),
    ("ttest_rel", G, C), ("ttest_ind", G, B), ("ttest_ind", G, C, None),
]  # fmt: skip


@pytest.fixture
def stats():
    return pytest.importorskip("scipy.stats")


def same(stats, name, *args, **kwargs):
    if name == "ttest_ind" and len(args) > 2:  # scipy takes it by keyword only
        args, kwargs = args[:2], {"axis": args[2], **kwargs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(stats, name)(*args, **kwargs)
        ours = getattr(da.stats, name)(*map(lazily, args), **kwargs)
        pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
        for one, other in pairs:
            assert isinstance(one, da.Array)
            np.testing.assert_allclose(one.compute(), other, rtol=1e-4 if args[0].dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_scipy(stats, row):
    same(stats, *row)


@pytest.mark.parametrize("row", OMITTED, ids=label)
def test_leaving_out_nan(stats, row):
    same(stats, *row, nan_policy="omit")


def test_welch(stats):
    same(stats, "ttest_ind", A, B, equal_var=False)
    same(stats, "ttest_ind", A, C, axis=None, equal_var=False)


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert abs(float(da.stats.skew(lazily(A[:, 0])).compute())) < 1
    assert 0 < float(da.stats.normaltest(lazily(A[:, 0])).pvalue.compute()) <= 1
    with pytest.raises(MissingExtraError, match=r"minidask\[stats\]"):
        da.stats.ttest_1samp(A, 0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda s: s.skew(A * 1j), TypeError, "real numbers"),
        (lambda s: s.skew(A, axis=2), np.exceptions.AxisError, "axis 2"),
        (lambda s: s.skew(A, nan_policy="raise"), NotImplementedError, "needs the data"),
        (lambda s: s.kurtosis(A, nan_policy="drop"), ValueError, "nan_policy='drop'"),
        (lambda s: s.skewtest(A[:7]), ValueError, "at least 8"),
        (lambda s: s.kurtosistest(A[:4]), ValueError, "at least 5"),
        (lambda s: s.normaltest(A[:7]), ValueError, "at least 8"),
        (lambda s: s.moment(A, -1), ValueError, "not negative"),
        (lambda s: s.f_oneway(A), TypeError, "at least two"),
        (lambda s: s.ttest_rel(A, B), ValueError, "40 and 31"),
        (lambda s: s.power_divergence(K, lambda_="new"), ValueError, "cressie-read"),
        (lambda s: s.power_divergence(K, K[:3]), ValueError, "broadcast"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call(da.stats)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(("axis", "keepdims"), [(None, False), (0, True), ((0, 1), False), (-1, False)])
def test_central_moments(order, axis, keepdims):
    a = RNG.normal(size=(5, 6, 4))
    expected = (
        ((a - a.mean(axis, keepdims=True)) ** order).mean(axis, keepdims=keepdims)
        if order != 1
        else 0 * a.mean(axis, keepdims=keepdims)
    )
    assert_eq(lazily(a).moment(order, axis, keepdims=keepdims), expected)
    if order > 1:
        assert_eq(da.moment(lazily(a), order, axis=0, ddof=1), ((a - a.mean(0)) ** order).sum(0) / 4)


def test_moments_in_another_dtype():
    assert_eq(lazily(V).moment(2, dtype="f4"), V.var(dtype="f4"))
    out = da.zeros(())
    assert lazily(V).moment(2, out=out) is out
    assert_eq(out, V.var())
    with pytest.raises(ValueError, match="order=-1"):
        da.moment(V, -1)
