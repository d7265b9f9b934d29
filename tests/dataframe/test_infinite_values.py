"""Aggregates of infinite values: what they make is undefined in pandas, and so it stays however rows are divided."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from minidask.dataframe import from_pandas

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
