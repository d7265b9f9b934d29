"""Sums of groups with keys that lie close together, against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from minidask.kernels.dense_groups import dense_sums


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint16", "uint64"])
@pytest.mark.parametrize("low", [0, 100])
def test_like_pandas(dtype, low):
    rng = np.random.default_rng(0)
    key = pd.Series(rng.integers(low, low + 20, 200).astype(dtype), name="k")
    data = pd.DataFrame(
        {
            "f": np.where(rng.random(200) < 0.3, np.nan, rng.normal(size=200)),
            "i": rng.integers(-(2**60), 2**60, 200),
            "u": rng.integers(0, 9, 200).astype("uint8"),
            "s": rng.choice(["a", None], 200),
        }
    )
    found = dense_sums(
        key,
        {0: (data.f, "sum"), 1: (data.i, "sum"), 2: (data.u, "sum"), 3: (data.s, "count"), 4: (None, "size")},
    )
    grouped = data.groupby(key)
    expected = [grouped.f.sum(), grouped.i.sum(), grouped.u.sum().astype("uint64"), grouped.s.count(), grouped.size()]
    for i, column in enumerate(expected):
        pd.testing.assert_series_equal(found[i], column, check_names=False)


@pytest.mark.parametrize(
    "key",
    [[0, 10**6], [0.0, 1.0], ["a", "b"], [], pd.array([1, None], dtype="Int64"), [-(2**63), 2**63 - 1]],
)
def test_other_keys_are_left_to_pandas(key):
    key = pd.Series(key)
    assert dense_sums(key, {0: (None, "size")}) is None


def test_other_values_are_left_to_pandas():
    key = pd.Series([1, 2])
    for values in (["a", "b"], np.array([1, 2], "float32"), [True, False], pd.to_timedelta([1, 2], unit="s")):
        assert dense_sums(key, {0: (pd.Series(values), "sum")}) is None
