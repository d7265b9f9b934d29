"""Aggregates of infinite values: what they make is undefined in pandas, and so it stays however rows are divided."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from minidask.dataframe import from_pandas
from minidask.testing import assert_eq

pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # pandas' own

KEYS = [1, 1, 2, 2, 3, 3, 3, 4, 4, 5]
ENDLESS = [np.inf, 1, 2, 3, np.inf, -np.inf, np.nan, np.inf, np.inf, np.inf]


@pytest.mark.parametrize("npartitions", [1, 2, 3, 10])
@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
@pytest.mark.parametrize("func", ["var", "std", "sem", "mean", "sum", "prod"])
def test_groups(npartitions: int, dtype: str, func: str) -> None:
    df = pd.DataFrame({"k": KEYS, "x": pd.Series(ENDLESS).astype(dtype), "y": pd.Series(ENDLESS[::-1]).astype(dtype)})
    df["y"] = df.y.replace(1.0, 0.0)
    lazy = from_pandas(df, npartitions=npartitions)
    pd.testing.assert_frame_equal(getattr(lazy.groupby("k"), func)().compute(), getattr(df.groupby("k"), func)())


@pytest.mark.parametrize("npartitions", [1, 3])
@pytest.mark.parametrize("func", ["var", "mean", "sum", "prod"])
def test_groups_of_all_categories(npartitions: int, func: str) -> None:
    df = pd.DataFrame({"k": pd.Categorical(KEYS, categories=range(7)), "x": ENDLESS})
    found = getattr(from_pandas(df, npartitions=npartitions).groupby("k", observed=False), func)().compute()
    pd.testing.assert_frame_equal(found, getattr(df.groupby("k", observed=False), func)())


@pytest.mark.parametrize("npartitions", [1, 2, 10])
@pytest.mark.parametrize("func", ["sum", "mean", "var", "std", "sem", "skew", "kurt"])
@pytest.mark.parametrize("skipna", [True, False])
def test_frames(npartitions: int, func: str, skipna: bool) -> None:
    df = pd.DataFrame({"x": ENDLESS, "y": [0.0, np.inf] * 5, "z": [*range(9), -np.inf]})
    found = getattr(from_pandas(df, npartitions=npartitions), func)(skipna=skipna).compute()
    pd.testing.assert_series_equal(found, getattr(df, func)(skipna=skipna))


INFINITE = {
    "correlations": lambda d: d.corr(),
    "covariances": lambda d: d.cov(ddof=0),
    "covariances of complete columns": lambda d: d[["y", "z"]].cov(ddof=0),
    "many rows": lambda d: d.corr(min_periods=7),
    "correlations with a column": lambda d: d.corrwith(d.z),
    "correlation": lambda d: d.w.corr(d.x),
    "covariance": lambda d: d.x.cov(d.w),
    "correlations of groups": lambda d: d.groupby("k")[["w", "z"]].corr(),
    "covariances of groups": lambda d: d.groupby("k").cov(ddof=0),
    "covariances of complete groups": lambda d: d.groupby("k")[["y", "z"]].cov(ddof=0),
    "medians": lambda d: d.median(),
    "running sums": lambda d: d.cumsum(),
    "running products": lambda d: d.cumprod(),
    "growing sums": lambda d: d.expanding(2).sum(),
    "growing means": lambda d: d.expanding().mean(),
    "growing extremes": lambda d: d.expanding().max(),
    "growing counts": lambda d: d.expanding().count(),
    "growing variances": lambda d: d.expanding().var(),
    "growing covariances": lambda d: d.x.expanding().cov(d.z),
}


@pytest.mark.parametrize("npartitions", [1, 3, 10])
@pytest.mark.parametrize("case", INFINITE)
def test_like_pandas(npartitions: int, case: str) -> None:
    y = [0.0, 1, 2, np.inf, 1, np.inf, 3, 4, np.inf, np.inf]
    df = pd.DataFrame({"k": [1] * 6 + [2] * 4, "w": [4.0, np.nan, 7, 1, 2, 1, 1, 5, 3, 4], "x": ENDLESS, "y": y})
    df["z"] = [*range(9), -np.inf]
    func = INFINITE[case]
    assert_eq(func(from_pandas(df, npartitions=npartitions, sort=False)), func(df))
