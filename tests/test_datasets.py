"""Random data: as long as it says, and the same for the same seed."""

from __future__ import annotations

import pandas as pd
import pytest

import minidask
from minidask.datasets import NAMES, timeseries
from minidask.testing import assert_eq


def test_series() -> None:
    frame = timeseries(end="2000-01-04", freq="1h", seed=7)
    whole = frame.compute()
    assert frame.npartitions == 3
    assert frame.divisions == tuple(pd.date_range("2000-01-01", periods=4))
    assert whole.index.equals(pd.date_range("2000-01-01", periods=72, freq="1h", name="timestamp"))
    assert frame.dtypes.equals(whole.dtypes)
    assert set(whole.name) <= {*NAMES}
    assert whole[["x", "y"]].abs().max().max() <= 1
    assert whole.x.nunique() == whole.y.nunique() == 72
    assert abs(whole.id.mean() - 1000) < 30
    assert_eq(frame[["y"]], whole[["y"]])


def test_seeds() -> None:
    def make(seed: int | None) -> pd.DataFrame:
        found: pd.DataFrame = timeseries(end="2000-01-03", freq="1h", seed=seed).compute()
        return found

    assert make(1).equals(make(1))
    assert not make(1).equals(make(2))
    assert not make(None).equals(make(None))


def test_columns() -> None:
    frame = minidask.datasets.timeseries(
        end="2000-01-03", freq="1h", dtypes={"a": int, "b": "category", "c": str}, a_lam=5
    )
    assert abs(frame.a.mean().compute() - 5) < 3
    assert list(frame.b.cat.categories) == list(NAMES)
    with pytest.raises(TypeError, match="'z' is of 'no'"):
        timeseries(dtypes={"z": "no"})
    with pytest.raises(TypeError, match="'q_lam'"):
        timeseries(q_lam=3)
    with pytest.raises(ValueError, match="no whole partition"):
        timeseries(end="2000-01-01")


def test_people() -> None:
    people = minidask.datasets.make_people(npartitions=3, records_per_partition=20, seed=1)
    assert people.npartitions == 3
    found = people.compute(scheduler="threads")
    assert len(found) == len({str(person) for person in found}) == 60
    assert found == minidask.datasets.make_people(3, 20, seed=1).compute(scheduler="synchronous")
    assert all(16 <= person["age"] < 90 and len(person["name"]) == 2 for person in found)
    with pytest.raises(NotImplementedError, match="locale"):
        minidask.datasets.make_people(locale="de")
