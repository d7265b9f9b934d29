"""Counts of values and rows, and the values that are there most often: with the ties in pandas' order."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.blocks import one_of_each_run
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

CODES = np.array([3, 0, 5, 1, 1, 3, 5, 2, 0, 4, 4, 2, 3, 1, 0, 5, 2, 4])


def _values(kind: str) -> pd.Series:
    """Values with ties, the code 5 a missing one."""
    present = [None if code == 5 else int(code) for code in CODES]
    letters = [None if code is None else "zyxab"[code] for code in present]
    made: dict[str, Any] = {
        "int": CODES,
        "float": np.where(CODES == 5, np.nan, CODES / 2),
        "str": pd.array(letters, dtype="str"),
        "category": pd.Categorical(letters, categories=list("qbazyx")),
        "Int64": pd.array(present, dtype="Int64"),
        "boolean": pd.array([None if code is None else code > 2 for code in present], dtype="boolean"),
        "object": pd.Series(letters, dtype=object),
        "times": pd.Timestamp("2024-01-01", tz="Europe/Vienna") + pd.to_timedelta(CODES, unit="D"),
    }
    return pd.Series(made[kind], name="v")


KINDS = ("int", "float", "str", "category", "Int64", "boolean", "object", "times")
FRAME = {kind: pd.DataFrame({"v": _values(kind), "k": list("abacabbcaabcabacbc")}) for kind in KINDS}


@pytest.mark.parametrize("parts", [2, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_ties_are_in_the_order_of_pandas(kind: str, parts: int) -> None:
    data = FRAME[kind]
    ours = lazy(data, parts)
    for sort, dropna, normalize in product([True, False], repeat=3):
        told = {"sort": sort, "dropna": dropna, "normalize": normalize}
        assert_eq(ours.v.value_counts(**told), data.v.value_counts(**told))
    if kind != "object":  # levels of which have None where partitions meet, and NaN elsewhere
        assert_eq(ours.groupby("k").v.value_counts(dropna=False), data.groupby("k").v.value_counts(dropna=False))
        assert_eq(ours.groupby("k").v.value_counts(sort=False), data.groupby("k").v.value_counts(sort=False))
    if kind != "boolean":  # which pandas has no mode of
        assert_eq(ours.v.mode(), data.v.mode())
        assert_eq(ours.v.mode(dropna=False), data.v.mode(dropna=False))
    assert_eq(ours.v.value_counts(ascending=True), data.v.value_counts(ascending=True))
    assert_eq(ours.value_counts(), data.value_counts())


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_of_frames(data: pd.DataFrame) -> None:
    ours = lazy(data)
    assert_eq(ours.value_counts(["i", "b"], dropna=False), data.value_counts(["i", "b"], dropna=False))
    assert_eq(ours.value_counts("s"), data.value_counts("s"))
    assert_eq(ours.value_counts(["s"], normalize=True), data.value_counts(["s"], normalize=True))
    pd.testing.assert_frame_equal(ours[["i", "s", "t"]].mode().compute(), data[["i", "s", "t"]].mode())
    pd.testing.assert_frame_equal(ours.mode(numeric_only=True).compute(), data.mode(numeric_only=True))
    assert_eq(ours.i.mode(), data.i.mode())


@pytest.mark.parametrize("columns", [["i", "j"], ["i", "j", "f"], ["s", "r"], ["i"]])
@pytest.mark.parametrize("dropna", [True, False])
def test_modes_of_rows(columns: list[str], dropna: bool) -> None:
    data = FRAMES["labels"].assign(j=[0, 2, 4, 1, 3] * 2 + [7, 7], r=["b", "x"] * 6)
    for rows in (data, data.iloc[:5], data.iloc[:0]):
        expected = rows[columns].mode(axis=1, dropna=dropna)
        pd.testing.assert_frame_equal(lazy(rows[columns], 4).mode(axis=1, dropna=dropna).compute(), expected)
    with pytest.raises(ValueError, match="axis=2"):
        lazy(data).mode(axis=2)


RUNS: dict[str, Any] = {
    "numbers": [3, 3, 3, 3, 1, 1, 1, 3, 3],
    "floats": [0.5, np.nan, np.nan, np.nan, -0.0, 0.0, 0.0, 0.5, 0.5, 0.5],
    "times": pd.to_datetime(["2026-01-02", None, None, None, "2026-01-01", "2026-01-01", "2026-01-02"]),
    "truth": [True, True, True, False, True, True],
    "strings": ["b", "b", "b", "a", "b"],
    "categories": pd.Categorical(["b", "b", "b", "a", "b"]),
}


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("parts", [1, 3])
def test_distinct_values_that_come_in_runs(kind, parts):
    values = pd.Series(RUNS[kind]).repeat(50).reset_index(drop=True)
    found = dd.from_pandas(values, npartitions=parts)
    assert_eq(found.unique(), pd.Series(values.unique(), dtype=values.dtype))
    assert found.nunique().compute() == values.nunique()
    assert found.nunique(dropna=False).compute() == values.nunique(dropna=False)


def test_few_of_each_run_are_looked_at():
    values = pd.Series([1, 1, 1, 1, 2, 2, 1])
    assert one_of_each_run(values).index.tolist() == [0, 4, 6]
    alone = pd.Series([1, 2, 2, 3])
    assert one_of_each_run(alone) is alone
