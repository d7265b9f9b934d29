"""Windows, shifts, fills and running methods against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

CASES: dict[str, Callable[[Any], Any]] = {
    "rolling sum": lambda d: d.f.rolling(3).sum(),
    "rolling mean": lambda d: d[["i", "f"]].rolling(2).mean(),
    "rolling wide": lambda d: d.i.rolling(9, min_periods=2).max(),
    "rolling centred": lambda d: d.i.rolling(4, center=True, min_periods=1).sum(),
    "rolling closed": lambda d: d.i.rolling(3, closed="both").sum(),
    "rolling median": lambda d: d.f.rolling(3, min_periods=1).median(),
    "rolling quantile": lambda d: d.f.rolling(3, min_periods=1).quantile(0.3),
    "rolling std": lambda d: d.i.rolling(3).std(),
    "rolling count": lambda d: d.f.rolling(4).count(),
    "rolling agg": lambda d: d[["i", "f"]].rolling(3).agg(["sum", "min"]),
    "rolling apply": lambda d: d.i.rolling(3).apply(lambda x: x.iloc[0] - x.iloc[-1]),
    "rolling by steps": lambda d: d[["i", "f"]].rolling(3, min_periods=1, step=2).sum(),
    "rolling by steps, centred": lambda d: d.f.rolling(4, min_periods=1, center=True, step=3).max(),
    "rolling by wide steps": lambda d: d.i.rolling(2, step=50).agg("sum"),
    "rolling all pairs": lambda d: d[["i", "f"]].rolling(3).corr(),
    "rolling all pairs of two": lambda d: (
        d[["i", "f"]].rolling(4, min_periods=2).cov(d[["f"]].rename(columns={"f": "g"}), pairwise=True, ddof=0)
    ),
    "rolling pairs of a name": lambda d: d[["i", "f"]].rolling(3).cov(d[["f"]]),
    "rolling a column with all": lambda d: d.f.rolling(3, center=True).corr(d[["i", "f"]]),
    "rolling all with a column": lambda d: d[["i", "f"]].rolling(3).cov(d.i),
    "rolling two columns": lambda d: d.f.rolling(3).corr(d.i),
    "shift": lambda d: d.shift(),
    "shift far": lambda d: d[["i", "s"]].shift(7),
    "shift back": lambda d: d[["f", "t", "c"]].shift(-2),
    "shift and fill": lambda d: d.i.shift(2, fill_value=9),
    "shift by nothing": lambda d: d.f.shift(0),
    "diff": lambda d: d[["i", "f", "n"]].diff(),
    "diff back": lambda d: d.f.diff(-3),
    "pct_change": lambda d: d.f.pct_change(),
    "ffill": lambda d: d.ffill(),
    "ffill limit": lambda d: d.f.where(d.i < 1).ffill(limit=2),
    "ffill far": lambda d: d.f.where(d.i > 3).ffill(),
    "bfill": lambda d: d.bfill(),
    "bfill limit": lambda d: d.f.where(d.i < 1).bfill(limit=1),
    "bfill far": lambda d: d.f.where(d.i > 3).bfill(),
    "assigned": lambda d: d.assign(before=d.f.shift())[["before", "f"]],
}


@pytest.mark.parametrize("frame", ["plain", "labels"])
@pytest.mark.parametrize("npartitions", [1, 3, 12])
@pytest.mark.parametrize("case", CASES)
def test_like_pandas(case, npartitions, frame):
    data = FRAMES[frame]
    assert_eq(CASES[case](lazy(data, npartitions)), CASES[case](data))


@pytest.mark.parametrize("case", ["rolling sum", "ffill", "diff"])
def test_one_row(case):
    assert_eq(CASES[case](lazy(FRAMES["one row"])), CASES[case](FRAMES["one row"]))


def test_empty_partitions():
    data = FRAMES["plain"]
    for case in ("rolling sum", "shift", "bfill"):
        df = lazy(data, 6)
        found = CASES[case](df[df.i > 3])
        assert_eq(found, CASES[case](data[data.i > 3]))


def test_many_partitions():
    data = pd.DataFrame({"x": np.arange(100.0), "y": np.where(np.arange(100) % 37, np.nan, 1.0)})
    df = lazy(data, 50)
    assert_eq(df.x.rolling(30).sum(), data.x.rolling(30).sum())
    assert_eq(df.y.ffill(), data.y.ffill())
    assert_eq(df.y.bfill(), data.y.bfill())


@pytest.mark.parametrize("window", ["1s", "90s", "10min", pd.Timedelta("5min")])
@pytest.mark.parametrize("closed", [None, "both", "left"])
def test_spans_of_time(window, closed):
    seconds = np.random.default_rng(0).integers(0, 3000, 60).cumsum() / 20
    data = pd.DataFrame({"x": np.arange(60.0)}, index=pd.Timestamp("2024") + pd.to_timedelta(seconds, unit="s"))
    assert_eq(lazy(data, 7).x.rolling(window, closed=closed).sum(), data.x.rolling(window, closed=closed).sum())


@pytest.mark.parametrize("order", [[0, 10, 30, 20], [0, 30, 20, 10], [0, 20, 20, 10], [30, 20, 0, 10]])
@pytest.mark.parametrize("npartitions", [2, 4])
def test_times_in_no_order_are_refused_also_where_each_partition_has_one(order, npartitions):
    data = pd.DataFrame({"x": range(4)}, index=pd.Timestamp("2024") + pd.to_timedelta(order, unit="min"))
    df = dd.from_pandas(data, npartitions=npartitions, sort=False)
    for windows in (
        df.rolling("60s"),
        df.rolling("60s", center=True),
        df.reset_index(names="t").rolling("60s", on="t"),
    ):
        with pytest.raises(ValueError, match="values must be monotonic"):
            windows.sum().compute()


def test_mistakes_are_errors_at_the_call():
    df = lazy(FRAMES["plain"])
    with pytest.raises(ValueError, match="window"):
        df.f.rolling(-1)
    with pytest.raises(TypeError, match="periods"):
        df.f.shift("one")
    with pytest.raises(ValueError, match="window"):
        df.f.rolling("2s", center=True)
    with pytest.raises(NotImplementedError, match="DatetimeIndex"):
        df.f.shift(1, freq="D")


def test_windows_of_pairs_have_no_steps():
    with pytest.raises(NotImplementedError, match=r"rolling\(step=\).corr"):
        lazy(FRAMES["plain"], 3).f.rolling(3, step=2).corr()
