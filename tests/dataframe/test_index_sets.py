"""Set operations of indexes, and `argsort`, against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd

OPERATIONS = ("union", "intersection", "difference", "symmetric_difference")
SIDES: list[tuple[list[int], list[int]]] = [
    ([5, 3, 9, 3, 1, 7], [4, 9, 9, 1, 0]),
    ([8, 3, 1], [1, 3, 5, 9]),
    ([5, 3, 3], []),
    ([], [5, 3, 3]),
    ([3, 1, 3, 2], [3, 1, 3, 2]),
]


def index_of(labels: Any, dtype: str, npartitions: int, name: Any = None) -> tuple[Any, pd.Index]:
    """Labels as a lazy index and as one of pandas."""
    theirs = pd.Index(pd.array(labels, dtype="int64").astype(dtype), name=name)
    return dd.from_pandas(
        pd.Series(range(len(theirs)), index=theirs), npartitions=npartitions, sort=False
    ).index, theirs


@pytest.mark.parametrize("dtype", ["int64", "str"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_set_operations(name: str, dtype: str) -> None:
    for one, other in SIDES:
        (mine, here), (theirs, there) = index_of(one, dtype, 3, "k"), index_of(other, dtype, 2, "k")
        for sort in (None, True, False):
            expected = getattr(here, name)(there, sort=sort)
            found = getattr(mine, name)(theirs, sort=sort).compute(scheduler="synchronous")
            pd.testing.assert_index_equal(found, expected)


def test_names_and_indexes_in_memory() -> None:
    times = "datetime64[ns]"
    (mine, here), (theirs, there) = index_of([3, 1, 2], times, 2, "a"), index_of([1, 9], times, 2, "b")
    assert mine.union(theirs).npartitions == 4
    assert mine.union(theirs).name is None
    for name in OPERATIONS:
        pd.testing.assert_index_equal(getattr(mine, name)(there).compute(), getattr(here, name)(there))
    found = mine.symmetric_difference(theirs, result_name="c").compute()
    pd.testing.assert_index_equal(found, here.symmetric_difference(there, result_name="c"))
    assert mine.difference(theirs).npartitions == 2


def test_labels_that_come_together() -> None:
    """Other dtypes, and objects, are left to pandas."""
    (mine, here), (theirs, there) = index_of([3, 1, 2], "int64", 2), index_of([1.5, 3], "float64", 2)
    pd.testing.assert_index_equal(mine.union(theirs).compute(), here.union(there))
    (mine, here), (theirs, there) = index_of([3, 1, 2], "object", 2), index_of([1, 5], "object", 2)
    pd.testing.assert_index_equal(mine.difference(theirs).compute(), here.difference(there))


@pytest.mark.parametrize("told", [{}, {"ascending": False}, {"na_position": "first"}])
@pytest.mark.parametrize("dtype", ["float64", "str", "object"])
def test_sort_values(dtype: str, told: Any) -> None:
    theirs = pd.Index([3, 1, 9, 3, 7], name="k").astype(dtype)
    theirs = theirs if dtype == "object" else theirs.where(theirs != theirs[2])
    mine = dd.from_pandas(pd.Series(0, index=theirs), npartitions=3, sort=False).index
    pd.testing.assert_index_equal(mine.sort_values(**told).compute(), theirs.sort_values(**told))
    assert mine.sort_values(**told).npartitions == (1 if dtype == "object" else 3)


def test_what_is_missing_is_an_error() -> None:
    mine, _ = index_of([3, 1], "int64", 2)
    with pytest.raises(TypeError, match="other"):
        mine.union()


labels = st.lists(st.integers(0, 9) | st.none(), max_size=12)


@settings(max_examples=20, deadline=None)
@given(labels, labels, st.sampled_from(OPERATIONS), st.sampled_from([None, True, False]), st.integers(1, 4))
def test_random_labels(one: Any, other: Any, name: str, sort: bool | None, npartitions: int) -> None:
    sides = [pd.Index(values, dtype="float64") for values in (one, other)]
    lazy = [dd.from_pandas(pd.Series(0, index=side), npartitions=npartitions, sort=False).index for side in sides]
    found = getattr(lazy[0], name)(lazy[1], sort=sort).compute(scheduler="synchronous")
    pd.testing.assert_index_equal(found, getattr(sides[0], name)(sides[1], sort=sort))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("dtype", ["int64", "float64", "str", "datetime64[ns]", "Int64", "category", "bool"])
def test_argsort(dtype: str, known: bool) -> None:
    values = pd.Series(np.random.default_rng(0).integers(0, 9, 40), index=range(40, 80), name="v").astype(dtype)
    if dtype in ("float64", "str", "datetime64[ns]"):
        values.iloc[::7] = None
    df = dd.from_pandas(values, npartitions=5)
    df, values = (df, values) if known else (df[df.index < 70], values[values.index < 70])
    pd.testing.assert_series_equal(df.argsort().compute(), values.argsort(kind="stable"))
    if dtype not in ("category", "bool"):
        index = dd.from_pandas(pd.Series(0, index=pd.Index(values)), npartitions=3, sort=False).index
        pd.testing.assert_index_equal(index.argsort().compute(), pd.Index(pd.Index(values).argsort(kind="stable")))
