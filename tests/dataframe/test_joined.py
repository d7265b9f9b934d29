"""Joins of blocks by their keys, against those of pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
import minidask.dataframe.joined as joined

DTYPES = ["int64", "int32", "uint8", "float64", "datetime64[ns]", "timedelta64[s]", "datetime64[ns, Europe/Vienna]"]


def sides(keys: list[list[int]], dtype: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    left, right = (pd.Series(np.array(k, "int64")).astype(dtype) for k in keys)
    numbers = np.arange(len(left)), np.arange(len(right))
    words = pd.array([f"w{i}" for i in numbers[1]], dtype="str")
    a = pd.DataFrame({"x": numbers[0] % 2 == 0, "k": left.array, "v": numbers[0]}, index=numbers[0] + 7)
    b = pd.DataFrame({"v": numbers[1], "k": right, "w": words, "c": pd.Categorical(words)})
    return a, b


KEYS = st.lists(st.integers(0, 6), max_size=12)


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@given(keys=st.lists(KEYS, min_size=2, max_size=2), dtype=st.sampled_from(DTYPES), data=st.data())
@settings(max_examples=60, deadline=None)
def test_blocks(monkeypatch_module: None, how: str, keys: list[list[int]], dtype: str, data: Any) -> None:
    left, right = sides(keys, dtype)
    options: dict[str, Any] = {"how": how, "suffixes": ("_x", "_y"), "indicator": False}
    if data.draw(st.booleans()):
        options["on"] = data.draw(st.sampled_from(["k", ["k"]]))
    else:
        right = right.rename(columns={"k": "other"})
        options |= {"left_on": "k", "right_on": "other"}
    found = joined.joined_by_keys(left, right, options)
    assert found is not None
    expected = left.merge(right, **options)
    pd.testing.assert_frame_equal(found, expected)
    columns = joined.columns_of(left.columns, right.columns, options)
    some = data.draw(st.lists(st.integers(0, len(columns) - 1), unique=True))
    fewer = joined.joined_by_keys(left, right, options, columns=[columns[i] for i in some])
    pd.testing.assert_frame_equal(fewer, expected.iloc[:, some])


TEXTS = {
    "t": pd.array(["b", "", "a", None, "c", "bb"], dtype="str"),
    "s": pd.array(["b", "", "a", None, "c", "bb"], dtype="string"),
    "i": np.array([-(2**62), 2**62, 0, 7, 2**61, -5]),
    "d": pd.to_datetime(["2024", None, "2023", "2022", "2021", "2020"]),
}


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@given(keys=st.lists(st.lists(st.integers(0, 5), max_size=9), min_size=2, max_size=2), data=st.data())
@settings(max_examples=40, deadline=None)
def test_strings_and_several_keys(monkeypatch_module: None, how: str, keys: list[list[int]], data: Any) -> None:
    values = pd.DataFrame(TEXTS)
    names = data.draw(st.sampled_from([["t"], ["s"], ["i", "t"], ["s", "d"]]))
    left, right = (values[names].take(k).assign(v=np.arange(len(k))) for k in keys)
    others = {name: f"{name}2" for name in data.draw(st.sampled_from([names, names[:1], []]))}
    right = right.rename(columns=others)
    options = {"how": how, "suffixes": ("", "_r"), "left_on": names, "right_on": [others.get(n, n) for n in names]}
    found = joined.joined_by_keys(left, right, options)
    looked_up = left if how == "right" else right
    if looked_up[names if how == "right" else options["right_on"]].duplicated().any() or not len(looked_up):
        assert found is None
    if found is not None:
        pd.testing.assert_frame_equal(found, left.merge(right, **options))


@pytest.fixture(scope="module")
def monkeypatch_module() -> Any:
    """Few rows are enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joined, "FEWEST", 0)
        yield


LEFT, RIGHT = sides([[1, 2, 3], [3, 3, 1]], "int64")


@pytest.mark.parametrize(
    ("left", "right", "options"),
    [
        (LEFT, RIGHT, {"how": "outer", "on": "k"}),
        (LEFT, RIGHT, {"how": "inner", "on": "k", "indicator": True}),
        (LEFT, RIGHT.assign(v=1), {"how": "inner", "on": ["k", "v"]}),
        (LEFT, RIGHT, {"how": "left", "left_on": "k", "right_index": True}),
        (LEFT, RIGHT.astype({"k": "int32"}), {"how": "inner", "on": "k"}),
        (LEFT.assign(k=[1.0, np.nan, 3]), RIGHT.astype({"k": "float64"}), {"how": "inner", "on": "k"}),
    ],
    ids=["outer", "indicator", "two keys, not once", "index", "dtypes", "missing"],
)
def test_what_is_left_to_pandas(
    monkeypatch_module: None, left: pd.DataFrame, right: pd.DataFrame, options: dict[str, Any]
) -> None:
    assert joined.joined_by_keys(left, right, options) is None


def test_columns_that_are_taken_whole_are_not_those_of_the_side() -> None:
    left = pd.DataFrame({"k": np.arange(5_000), "x": np.arange(5_000)})
    found = joined.joined_by_keys(left, left.rename(columns={"x": "y"}), {"how": "left", "on": "k"})
    assert found is not None
    found.loc[:, "x"] = 0
    assert left["x"].sum() > 0


@pytest.mark.parametrize("how", ["inner", "left", "right"])
def test_many_rows_in_many_partitions(how: str) -> None:
    rng = np.random.default_rng(1)
    left = pd.DataFrame({"x": rng.random(40_000), "k": rng.integers(0, 30_000, 40_000), "y": 1})
    right = pd.DataFrame({"y": rng.random(30_000), "z": "z", "k": rng.integers(0, 40_000, 30_000)})
    found = dd.from_pandas(left, npartitions=4).merge(dd.from_pandas(right, npartitions=3), on="k", how=how)
    pd.testing.assert_frame_equal(found.compute(), left.merge(right, on="k", how=how))
    fewer = found[["z", "k"]].compute()
    pd.testing.assert_frame_equal(fewer, left.merge(right, on="k", how=how)[["z", "k"]])
