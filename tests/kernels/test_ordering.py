"""The order of a column against a stable sort."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from minidask.kernels.ordering import order_of_key
from minidask.kernels.row_ranges import range_targets

RNG = np.random.default_rng(0)
COLUMNS = {
    "ints": RNG.integers(-50, 50, 300),
    "few": RNG.integers(0, 2, 300).astype("int8"),
    "large": RNG.integers(-(2**62), 2**62, 300),
    "extremes": np.array([2**63 - 1, -(2**63), 0, 2**63 - 1]),
    "unsigned": np.array([2**64 - 1, 0, 5, 2**64 - 1], dtype="uint64"),
    "floats": RNG.normal(size=300),
    "floats with ties": RNG.integers(0, 9, 300) / 2,
    "infinite": np.array([np.inf, 1.0, -np.inf, 1.0]),
    "times": pd.Timestamp("2024") + pd.to_timedelta(RNG.integers(0, 99, 300), unit="s"),
    "zones": pd.date_range("2024", periods=9, tz="Asia/Tokyo")[::-1],
    "nullable": pd.array([3, 1, 2, 1], dtype="Int64"),
    "empty": np.array([], dtype="int64"),
}


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("case", COLUMNS)
def test_like_a_stable_sort(case, ascending):
    column = pd.Series(COLUMNS[case])
    expected = column.sort_values(kind="stable", ascending=ascending)
    pd.testing.assert_series_equal(column.take(order_of_key(column, ascending)), expected)


@pytest.mark.parametrize("values", [["a", "b"], [1.0, np.nan], pd.array([1, None], dtype="Int64"), [True, False]])
def test_others_are_left_to_pandas(values):
    assert order_of_key(pd.Series(values)) is None


@pytest.mark.parametrize("kind", ["int8", "uint64", "float64", "datetime64[us]"])
@pytest.mark.parametrize("count", [1, 10, 100])
def test_few_ranges_are_found_as_many(kind, count):
    keys = pd.Series(RNG.integers(0, 120, 300)).astype(kind)
    splitters = pd.DataFrame({0: keys.drop_duplicates().sort_values()[:count]})
    found = range_targets(keys.to_frame(), splitters, [True])
    assert found.tolist() == splitters[0].searchsorted(keys, side="right").tolist()


@pytest.mark.parametrize("na", ["first", "last"])
@pytest.mark.parametrize("kind", ["float64", "str"])
def test_one_key_goes_where_several_would(kind, na):
    keys = pd.DataFrame({0: pd.Series([3, 1, None, 2, 5, 4, None]).astype(kind)})
    keys[1] = 0
    for rows in ([2, 4], [1, 3, 6], [0]):
        splitters = keys.iloc[rows].sort_values(0, na_position=na)
        one = range_targets(keys[[0]], splitters[[0]], [True], na)
        assert one.tolist() == range_targets(keys, splitters, [True, True], na).tolist()
