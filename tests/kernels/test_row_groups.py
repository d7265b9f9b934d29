"""Groups of rows, what is added up in them, and numbers of strings, against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidask.kernels import duplicates, row_groups
from minidask.kernels.group_states import state_of
from minidask.kernels.row_groups import groups_of
from minidask.kernels.text_codes import factorized

KEYS: dict[str, Any] = {
    "close": np.array([7, 5, 7, 6, 5], "int8"),
    "far": np.array([-(2**62), 2**62, 0, 2**62, 5]),
    "unsigned": np.array([2**64 - 1, 0, 2**64 - 1, 3, 0], "uint64"),
    "float": [1.5, np.nan, -0.0, 0.0, 1.5],
    "bool": [True, False, True, True, False],
    "Int64": pd.array([2, None, 2, 1, None], dtype="Int64"),
    "text": pd.array(["b", None, "a", "b", ""], dtype="str"),
    "object": pd.Series(["b", None, "a", "b", ""], dtype=object),
    "categories": pd.Categorical(["b", None, "a", "b", "c"], categories=["c", "b", "z", "a"]),
    "times": pd.to_datetime(["2024", None, "2023", "2024", "2022"]).tz_localize("Asia/Tokyo"),
    "spans": pd.to_timedelta([3, None, 1, 3, 2], unit="s"),
    "periods": pd.PeriodIndex(["2024", "NaT", "2023", "2024", "2022"], freq="Y"),
}
VALUES = pd.DataFrame(
    {"i": [1, -2, 3, 4, 5], "u": np.array([1, 2, 3, 4, 255], "uint8"), "f": [1.0, np.nan, np.inf, 2.0, 3.0]}
)


@pytest.mark.parametrize("dropna", [True, False])
@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize(
    "names", [[k] for k in KEYS] + [["close", "text"], ["far", "unsigned", "close"], ["categories", "float"]]
)
def test_like_pandas(names, sort, dropna):
    keys = [pd.Series(KEYS[name], name=name) for name in names]
    groups = groups_of(keys, sort, dropna, ordered=sort)
    expected = VALUES.groupby(keys, sort=sort, dropna=dropna, observed=True)
    index = groups.as_index(names)
    assert all(
        (pd.isna(a) == pd.isna(b)).all() for a, b in zip(groups.keys, [index.get_level_values(n) for n in names])
    )
    pd.testing.assert_index_equal(index, expected.size().index, exact=False)
    for column in VALUES:
        for primitive in ("sum", "count", "min", "max", "first", "prod"):
            found = state_of(VALUES[column], primitive, groups)
            np.testing.assert_array_equal(found, getattr(expected[column], primitive)().to_numpy(), err_msg=primitive)
    assert state_of(None, "size", groups).tolist() == expected.size().tolist()


@pytest.mark.parametrize("dropna", [True, False])
@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize("count", [3, 12], ids=["one number", "several steps"])
def test_more_groups_than_a_table_has_places(count, sort, dropna):
    rng = np.random.default_rng(count)
    rows = rng.integers(0, 200, (300, count))
    rows[150:] = rows[:150]
    kinds = [lambda v: v - 50, lambda v: pd.Series(v).where(v > 9, np.nan), lambda v: pd.Series(v).astype("str")]
    keys = [pd.Series(kinds[i % 3](rows[:, i]), name=i) for i in range(count)]
    groups = groups_of(keys, sort, dropna, ordered=sort)
    expected = pd.Series(1, range(300)).groupby(keys, sort=sort, dropna=dropna).size()
    pd.testing.assert_index_equal(groups.as_index(range(count)), expected.index, exact=False)
    assert state_of(None, "size", groups).tolist() == expected.tolist()


@pytest.mark.parametrize("dtype", ["int64", "float64", "float32", "Int64"])
def test_squares(dtype):
    data = pd.DataFrame({"k": [1, 2, 1, 2, 1, 3], "x": pd.Series([1, 5, 3, 9, 8, 7]).astype(dtype)})
    found = state_of(data.x, "squares", groups_of([data.k], sort=True, dropna=True))
    np.testing.assert_allclose(np.asarray(found, "float64"), [26.0, 8.0, 0.0])


texts = st.one_of(st.none(), st.text(max_size=9), st.text("ab\0", max_size=25))


@settings(max_examples=30, deadline=None)
@given(st.lists(texts, max_size=30), st.sampled_from(["str", "string"]))
def test_numbers_of_strings(values, dtype):
    whole = pd.array(np.resize(np.array([*values, "x"], dtype=object), 5000), dtype=dtype)
    codes, different = factorized(whole[1:])
    expected, uniques = pd.factorize(whole[1:])
    np.testing.assert_array_equal(codes, expected)
    assert different.tolist() == uniques.tolist()


@pytest.mark.parametrize("different", [20, 2000, 10**9], ids=["few", "many", "all"])
def test_order_of_many_groups(different, monkeypatch):
    monkeypatch.setattr(duplicates, "SAMPLE", 64)
    monkeypatch.setattr(row_groups, "SAMPLE", 64)
    hashed = []
    numbered = row_groups.numbered
    monkeypatch.setattr(row_groups, "numbered", lambda codes: hashed.append(codes) or numbered(codes))
    rng = np.random.default_rng(5)
    numbers = rng.integers(-different, different, 3000)
    data = pd.DataFrame({"a": numbers * 2**20, "b": numbers % 40 * 500})
    groups = groups_of([data.a, data.b], sort=True, dropna=True, ordered=True)
    expected = data.groupby(["a", "b"])
    assert [key.tolist() for key in groups.keys] == [[*key] for key in zip(*expected.groups)]
    np.testing.assert_array_equal(groups.places, expected.ngroup())
    np.testing.assert_array_equal(groups.sizes, expected.size())
    if different != 2000:
        assert bool(hashed) == (different == 20)
