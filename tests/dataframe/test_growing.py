"""Ranks, windows that grow, averages that forget, values between, and correlations, against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask.testing import assert_eq

N = 30
_R = np.random.default_rng(0)
DATA = pd.DataFrame(
    {
        "i": _R.integers(0, 6, N),
        "x": np.where(_R.random(N) < 0.3, np.nan, _R.normal(size=N) + 100),
        "y": np.where(_R.random(N) < 0.2, np.nan, _R.normal(size=N)),
        "n": pd.array(np.where(_R.random(N) < 0.2, None, _R.integers(0, 9, N)), dtype="Int64"),
        "s": _R.choice(list("abc"), N),
    }
)
HOLES = pd.DataFrame({"x": [np.nan] * 4 + [1.0] + [np.nan] * 12 + [3.0, 4.0] + [np.nan] * 5, "y": range(24)})

SAME: dict[str, Callable[[Any], Any]] = {
    **{
        f"rank {method}": lambda d, method=method: d[["i", "x"]].rank(method=method)
        for method in ("average", "min", "max", "first", "dense")
    },
    "rank down": lambda d: d.x.rank(ascending=False),
    "rank parts": lambda d: d.x.rank(pct=True),
    "rank missing": lambda d: d.x.rank(na_option="bottom"),
    "rank strings": lambda d: d.s.rank(),
    "rank numbers": lambda d: d.rank(numeric_only=True),
    "rank of rows": lambda d: d[["i", "x"]].rank(axis=1),
    **{
        f"expanding {name}": lambda d, name=name: getattr(d[["i", "x"]].expanding(), name)()
        for name in ("sum", "mean", "min", "max", "count", "std", "var", "median", "skew", "kurt", "sem")
    },
    "expanding series": lambda d: d.x.expanding().mean(),
    "expanding min_periods": lambda d: d.x.expanding(3).sum(),
    "expanding selected": lambda d: d.expanding()["x"].max(),
    "expanding agg": lambda d: d.x.expanding().agg(["mean", "max"]),
    "expanding apply": lambda d: d.i.expanding().apply(np.ptp, raw=True),
    **{
        f"ewm {name}": lambda d, name=name: getattr(d[["i", "x"]].ewm(span=5), name)()
        for name in ("mean", "std", "var")
    },
    "ewm alpha": lambda d: d.x.ewm(alpha=0.3, adjust=False, ignore_na=True, min_periods=2).mean(),
    "ewm sum": lambda d: d.i.ewm(com=2).sum(),
    "interpolate": lambda d: d.x.interpolate(),
    "interpolate frame": lambda d: d[["i", "x", "y"]].interpolate(),
    "interpolate both": lambda d: d[["x", "y"]].interpolate(limit_direction="both", limit=1),
    "interpolate inside": lambda d: d.y.interpolate(limit_area="inside"),
    "corr": lambda d: d[["i", "x", "y"]].corr(),
    "corr numbers": lambda d: d.corr(numeric_only=True),
    "corr spearman": lambda d: d[["i", "x", "y"]].corr("spearman"),
    "corr of few": lambda d: d[["x", "y"]].corr(min_periods=25),
    "cov": lambda d: d[["i", "x", "y", "n"]].cov(),
    "cov ddof": lambda d: d[["i", "x", "y"]].cov(ddof=0),
    "corr of series": lambda d: d.x.corr(d.y),
    "corr of series by a function": lambda d: d.x.corr(d.i, method=lambda a, b: float(a.sum() - b.sum())),
    "cov of series": lambda d: d.x.cov(d.i),
    "cov of series ddof": lambda d: d.x.cov(d.y, ddof=0),
    "autocorr": lambda d: d.i.autocorr(2),
    "skew": lambda d: d[["i", "x", "y"]].skew(),
    "kurt": lambda d: d[["i", "x", "y"]].kurt(),
    "skew of a series": lambda d: d.x.skew(),
    "kurtosis": lambda d: d.y.kurtosis(),
    "skew not skipna": lambda d: d.x.skew(skipna=False),
    "skew nullable": lambda d: d.n.skew(),
    "skew of rows": lambda d: d[["i", "x", "y"]].skew(axis=1),
    "product": lambda d: d.i.product(),
    "agg": lambda d: d[["i", "x"]].agg(["skew", "kurt"]),
}


@pytest.mark.parametrize("npartitions", [1, 4])
@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(call: Callable[[Any], Any], npartitions: int) -> None:
    assert_eq(call(dd.from_pandas(DATA, npartitions)), call(DATA))


EWM: dict[str, dict[str, Any]] = {
    "span": {"span": 3},
    "halflife": {"halflife": 2, "adjust": False},
    "nothing but the last": {"alpha": 1.0},
    "of values alone": {"alpha": 0.9, "ignore_na": True, "min_periods": 9},
    "far": {"alpha": 1e-5},
}


@pytest.mark.parametrize("options", EWM.values(), ids=EWM)
def test_weights_that_decay(options: dict[str, Any]) -> None:
    random = np.random.default_rng(1)
    data = pd.DataFrame({"x": random.normal(size=900), "y": random.normal(1e6, 1, 900), "none": np.nan})
    data.loc[random.random(900) < 0.3, "x"] = np.nan
    data.loc[200:500, "x"] = np.nan
    lazy = dd.from_pandas(data, 6)
    for call in (
        lambda d: d.ewm(**options).mean(),
        lambda d: d.x.ewm(**options).agg(["mean", "std"]),
        lambda d: d[["x", "y"]].ewm(**options).cov(),
        lambda d: d.x.ewm(**options).corr(d.y),
        lambda d: d.ewm(**options).corr(d.y),
    ):
        assert_eq(call(lazy), call(data))


def test_pairs_of_all_rows_up_to_each() -> None:
    random = np.random.default_rng(2)
    data = pd.DataFrame({"x": random.normal(size=90), "y": random.normal(1e6, 1, 90), "i": np.arange(90)})
    data.loc[random.random(90) < 0.3, "x"] = np.nan
    data.loc[:9, "x"] = np.nan
    data.loc[20:60, "x"] = np.nan
    for call in (
        lambda d: d.expanding(4).var(),
        lambda d: d.x.expanding().std(ddof=0),
        lambda d: d.expanding().cov(),
        lambda d: d.expanding(3).corr(d[["y", "x"]], pairwise=True),
        lambda d: d.expanding().corr(d.cumsum(), pairwise=False),
        lambda d: d.expanding().corr(d[["y"]]),
        lambda d: d.expanding().cov(d.y),
        lambda d: d.x.expanding().corr(d),
        lambda d: d.x.expanding().cov(d.i, ddof=2),
    ):
        expected = call(data)
        for npartitions in (1, 6):
            lazy = call(dd.from_pandas(data, npartitions))
            assert_eq(lazy, expected)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.just(np.nan), st.integers(-5, 5).map(float)), min_size=2, max_size=15), st.integers(1, 6))
def test_variances_of_any_values(values: list[float], npartitions: int) -> None:
    data = pd.DataFrame({"x": values, "y": values[::-1]}) + 0.1
    lazy = dd.from_pandas(data, npartitions)
    for call in (lambda d: d.expanding().var(), lambda d: d.expanding().cov(), lambda d: d.ewm(span=2).mean()):
        assert_eq(call(lazy), call(data), atol=1e-9)


def test_weights_that_decay_reach_no_further_than_they_must() -> None:
    lazy = dd.from_pandas(pd.DataFrame({"x": np.arange(1000.0)}), 10)
    seen: list[int] = []

    def noted(block: pd.DataFrame) -> pd.DataFrame:
        seen.append(len(block))
        return block

    windows = lazy.map_partitions(noted, meta={"x": "float64"}).ewm(alpha=0.9)
    assert windows.mean().partitions[:2].compute(scheduler="synchronous").x.iloc[-1] == pytest.approx(198.888889)
    assert seen == [100, 100]


@pytest.mark.parametrize("name", ["rank", "interpolate", "corr", "cov", "skew", "kurt"])
def test_empty_partitions(name: str) -> None:
    data = DATA[["i", "x", "y"]]
    lazy = dd.from_pandas(data, 5)
    assert_eq(getattr(lazy[lazy.i == 5], name)(), getattr(data[data.i == 5], name)())
    if name != "cov":  # of which NumPy warns
        assert_eq(getattr(lazy[lazy.i == 77], name)(), getattr(data[data.i == 77], name)())
    assert_eq(lazy[lazy.i == 5].x.expanding().mean(), data[data.i == 5].x.expanding().mean())


@pytest.mark.parametrize("npartitions", [1, 3, 8, 24])
@pytest.mark.parametrize("direction", [None, "forward", "backward", "both"])
def test_interpolation_across_partitions(npartitions: int, direction: str | None) -> None:
    lazy = dd.from_pandas(HOLES, npartitions)
    for limit in (None, 2):
        told = {"limit": limit, "limit_direction": direction}
        assert_eq(lazy.interpolate(**told), HOLES.interpolate(**told))
    times = HOLES.set_axis(pd.date_range("2024-01-01", periods=24, freq="D") + pd.to_timedelta(range(24), "h"))
    assert_eq(dd.from_pandas(times, npartitions).x.interpolate("time"), times.x.interpolate("time"))


def test_alike_and_far_from_zero() -> None:
    far = pd.DataFrame({"a": 1e9 + np.arange(12) % 5, "b": 1e9 + np.arange(12) % 3, "c": 7.0})
    lazy = dd.from_pandas(far, 4)
    assert_eq(lazy.cov(), far.cov())
    assert_eq(lazy.corr(), far.corr())
    assert_eq(lazy.skew(), far.skew(), atol=1e-6)
    assert_eq(lazy.kurt(), far.kurt())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.just(np.nan), st.integers(-5, 5).map(float)), min_size=2, max_size=15), st.integers(1, 6))
def test_any_values(values: list[float], npartitions: int) -> None:
    data = pd.DataFrame({"x": values, "y": values[::-1]})
    lazy = dd.from_pandas(data, npartitions)
    for call in (lambda d: d.x.rank(), lambda d: d.interpolate(), lambda d: d.skew(), lambda d: d.kurt()):
        assert_eq(call(lazy), call(data))
    assert_eq(lazy.cov(), data.cov())
    assert_eq(lazy.expanding(2).mean(), data.expanding(2).mean())


def test_errors() -> None:
    lazy = dd.from_pandas(DATA, 3)
    with pytest.raises(ValueError, match="could not convert string"):
        lazy.corr()
    with pytest.raises(TypeError, match="a Series"):
        lazy.x.corr(3)
    with pytest.raises(NotImplementedError, match="spline"):
        lazy.x.interpolate("spline")
    with pytest.raises(ValueError, match="com"):
        lazy.x.ewm()
    with pytest.raises(NotImplementedError, match="table"):
        lazy.x.expanding(method="table")


def test_ranks_of_text_that_should_be_numeric():
    text = pd.Series(["b", "a"])
    with pytest.raises(TypeError, match="numeric_only"):
        text.rank(numeric_only=True)
    with pytest.raises(TypeError, match="numeric_only"):
        dd.from_pandas(text, npartitions=2).rank(numeric_only=True)
