"""Minimal cases in which a random comparison with pandas found a difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.api.extensions import ExtensionArray

import minidask.dataframe as dd
from minidask.testing import assert_eq

CATEGORIES = pd.Categorical(list("xzyzx") * 4, categories=["z", "x", "y", "w"])


def test_categories_as_index() -> None:
    data = pd.DataFrame({"c": CATEGORIES, "i": range(20)})
    found = dd.from_pandas(data, 3).set_index("c")
    assert not found.known_divisions
    assert_eq(found.compute(), data.sort_values("c", kind="stable").set_index("c"))


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_medians_of_flags(dtype: str) -> None:
    data = pd.DataFrame({"b": np.array([True, False, True, True]), "f": [1.0, 2.0, 3.0, 5.0]}).astype({"b": dtype})
    lazy = dd.from_pandas(data, 2)
    assert_eq(lazy.b.median(), data.b.median())
    assert_eq(lazy.median(), data.median())


def test_single_values() -> None:
    lazy = dd.from_pandas(pd.Series([-1.26, -2.0]), 2)
    assert_eq(lazy.min().abs(), np.float64(2.0))
    assert_eq(lazy.max().round(1), np.float64(-1.3))
    assert_eq(lazy.max().astype("int64"), np.int64(-1))


def pieces(*parts: pd.DataFrame) -> dd.DataFrame:
    """A frame of these partitions."""
    return dd.from_map(parts.__getitem__, range(len(parts)), meta=parts[0].iloc[:0])


def test_functions_are_not_judged_by_an_empty_first_partition() -> None:
    data = pd.DataFrame({"i": [1, 2, 3]})
    found = pieces(data.iloc[:0], data.iloc[:0], data).apply(len, axis=1)
    assert_eq(found, data.apply(len, axis=1))
    assert_eq(pieces(data.iloc[:0], data).i.map(str), data.i.map(str))


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_outer_joins_on_moments_begin_with_the_missing_ones(zone: str | None) -> None:
    times = pd.Series(pd.to_datetime(["2024-01-02", None, "2024-01-01", None, "2024-01-05", "2024-01-04"]))
    data = pd.DataFrame({"t": times.dt.tz_localize(zone), "i": range(6)})
    other = pd.DataFrame({"t": data.t.iloc[[0, 4]].reset_index(drop=True), "j": [1.0, 2.0]})
    found = dd.from_pandas(data, 3).merge(dd.from_pandas(other, 2), on="t", how="outer")
    assert_eq(found, data.merge(other, on="t", how="outer"))


def test_modes_of_columns_of_one_name() -> None:
    data = pd.DataFrame([[1, "a"], [1, "b"], [2, "b"]], columns=["x", "x"])
    assert_eq(dd.from_pandas(data, 2).mode(), data.mode())


def test_a_column_inserted_among_columns_of_one_name() -> None:
    data = pd.DataFrame([[1, 2], [3, 4], [5, 6]], columns=["x", "x"])
    lazy = dd.from_pandas(data, 2)
    for frame in (data, lazy):
        frame.insert(1, "y", 7)
    assert_eq(lazy, data)


def test_missing_flags_are_compared() -> None:
    data = pd.Series(pd.array([True, None, False, None], dtype="boolean"))
    assert_eq(dd.from_pandas(data, 2).compare(dd.from_pandas(data.shift(1), 2)), data.compare(data.shift(1)))


@pytest.mark.parametrize("start", [pd.Timedelta(0), pd.Timestamp("2024"), pd.Timestamp("2024", tz="UTC")])
def test_deviations_of_times(start: pd.Timestamp | pd.Timedelta) -> None:
    data = start + pd.Series(pd.to_timedelta([1, 5, None, 7, 12], unit="s"))
    assert_eq(dd.from_pandas(data, 3).std(), data.std())
    assert_eq(dd.from_pandas(data, 3).to_frame("t").std(), data.to_frame("t").std())
    assert_eq(dd.from_pandas(data[:1], 1).std(), data[:1].std())
    with pytest.raises(TypeError, match="does not support operation"):
        dd.from_pandas(data, 3).var()


LABELS: dict[str, pd.Index] = {
    "periods": pd.period_range("2024-01", periods=6, freq="M"),
    "intervals": pd.interval_range(0, 6),
    "nullable": pd.Index(pd.array([3, None, 1, 1, 2, 5], dtype="Int64")),
    "mixed": pd.Index([1, "a", None, 2.5, 3, 4], dtype=object),
    "categories": pd.CategoricalIndex(list("bacabc"), categories=list("cab")),
    "levels": pd.MultiIndex.from_arrays([list("aabbaa"), [0, 1, 0, 1, 0, 1]], names=["u", "v"]),
}
OF_LABELS: list[tuple[str, Any]] = [
    ("periods", lambda i: i.argmax()),
    ("intervals", lambda i: i.max()),
    ("intervals", lambda i: i.is_unique),
    ("intervals", lambda i: i.left),
    ("nullable", lambda i: i.isin([3])),
    ("nullable", lambda i: 3 in i),
    ("mixed", lambda i: i.to_series().str.upper()),
    ("mixed", lambda i: i.all()),
    ("nullable", lambda i: i.astype(object)),
    ("categories", lambda i: i.rename_categories(str.upper)),
    ("categories", lambda i: i.astype(object)),
    ("levels", lambda i: i.value_counts()),
    ("levels", lambda i: i.factorize()[1]),
]


@pytest.mark.parametrize(("kind", "call"), OF_LABELS)
def test_labels_of_many_kinds(kind: str, call: Any) -> None:
    index = LABELS[kind]
    parts = [pd.Series(0, index=index[a:b]) for a, b in ((0, 2), (2, 2), (2, 4), (4, 6))]
    found, expected = call(pieces(*parts).index), call(index)
    if isinstance(expected, bool):
        assert bool(found) == expected
    else:
        assert_eq(found, pd.Index(expected) if isinstance(expected, np.ndarray | ExtensionArray) else expected)


def test_labels_of_objects_stay_objects_where_few_are_left() -> None:
    left = pd.DataFrame({"x": range(4)}, index=pd.Index([1, "a", 2, "b"], dtype=object))
    right = pd.DataFrame({"y": range(3)}, index=pd.Index([2, 1, "c"], dtype=object))
    lazy = dd.from_pandas(left, 2, sort=False).join(dd.from_pandas(right, 3, sort=False), how="inner")
    assert_eq(lazy, left.join(right, how="inner"))
    assert_eq(dd.from_pandas(left.loc[[1, 2]], 2, sort=False), left.loc[[1, 2]])
