"""The frames that the tables of tests run on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import minidask.dataframe as dd


def sample() -> pd.DataFrame:
    """Columns of many dtypes, with missing values, over an increasing index."""
    n = 12
    return pd.DataFrame(
        {
            "i": np.arange(n) * 7 % 5,
            "f": np.where(np.arange(n) % 4 == 1, np.nan, np.linspace(-3, 5, n)),
            "s": pd.Series(["b", "a", None, "c", "a", "bb"] * 2, dtype="str"),
            "b": np.arange(n) % 3 == 0,
            "t": pd.to_datetime(["2024-01-31", None, "2023-02-28 12:34:56", "2024-02-29"] * 3, format="ISO8601"),
            "c": pd.Categorical(["x", "y", None, "x"] * 3, categories=["y", "x", "z"]),
            "n": pd.array([1, None, 3, 4] * 3, dtype="Int64"),
        }
    )


FRAMES: dict[str, pd.DataFrame] = {
    "plain": sample(),
    "labels": sample().set_axis(pd.Index(np.arange(12) // 2 * 10, name="key")),
    "one row": sample().iloc[:1],
    "empty": sample().iloc[:0],
}


def lazy(data: Any, npartitions: int = 3) -> Any:
    """The frame in partitions."""
    return dd.from_pandas(data, npartitions=npartitions)
