"""Duplicated rows against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidask.kernels.duplicates import duplicated_rows

LARGE = 2**40
COLUMNS: dict[str, Any] = {
    "small": lambda i: pd.Series(i),
    "negative": lambda i: pd.Series(-i, dtype="int8"),
    "far apart": lambda i: pd.Series(i * LARGE),
    "least and most": lambda i: pd.Series(np.where(i % 2, 2**63 - 1, -(2**63))),
    "unsigned": lambda i: pd.Series(i.astype("uint64") + np.uint64(2**63)),
    "float": lambda i: pd.Series(np.where(i == 1, np.nan, np.where(i == 2, -0.0, i * 0.0))),
    "bool": lambda i: pd.Series(i % 2 == 0),
    "text": lambda i: pd.Series(np.array(["a", "b", None, "", "c"], dtype=object)[i], dtype="str"),
    "objects": lambda i: pd.Series(np.array(["a", 1, None, np.nan, 1.0], dtype=object)[i]),
    "nullable": lambda i: pd.Series(pd.array([1, None, 2, 3, 4], dtype="Int64")[i]),
    "category": lambda i: pd.Series(pd.Categorical(np.array(["a", "b", None, "b", "c"], dtype=object)[i])),
    "times": lambda i: pd.Series(pd.DatetimeIndex(["2024-01-01", "NaT", "2024-01-02", "NaT", "2024-01-01"])[i]),
    "zoned": lambda i: pd.Series(pd.date_range("2024-01-01", periods=5, tz="Europe/Berlin")[i]),
}


@pytest.mark.parametrize("keep", ["first", "last", False])
@given(data=st.data())
@settings(max_examples=60)
def test_as_pandas(keep: Any, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 20))
    names = data.draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    picks = [np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=int) for _ in names]
    rows = pd.DataFrame({k: COLUMNS[name](pick) for k, (name, pick) in enumerate(zip(names, picks))})
    rows.index = pd.Index(range(7, 7 + n), name="row")
    pd.testing.assert_series_equal(duplicated_rows(rows, keep), rows.duplicated(keep=keep))


def test_more_combinations_than_numbers() -> None:
    wide = pd.DataFrame(np.random.default_rng(0).integers(0, 3, (3_000, 1)).repeat(12, axis=1) * LARGE)
    wide[12] = np.arange(3_000) // 2
    wide = wide.astype(dict.fromkeys(range(6), "float64"))
    spread = pd.DataFrame({i: np.random.default_rng(i).permutation(3_000) for i in range(8)}).take([*range(3_000), 5])
    for rows in (wide, spread):
        pd.testing.assert_series_equal(duplicated_rows(rows), rows.duplicated())


def test_rows_that_cannot_be_compared() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        duplicated_rows(pd.DataFrame({0: [[1], [1]], 1: [1, 1]}))
