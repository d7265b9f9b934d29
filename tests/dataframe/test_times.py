"""What is found of each moment: the loops that stand in for pandas give what it gives, and leave the rest to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from minidask.dataframe import from_pandas
from minidask.kernels import calendar

TIMES = pd.Series(
    pd.date_range("1969-12-30 01:02:03.456", periods=40, freq="61h"), index=pd.RangeIndex(3, 43), name="t"
)
KINDS = {
    "plain": TIMES,
    "seconds": TIMES.astype("M8[s]"),
    "missing": TIMES.where(TIMES.index % 7 != 0),
    "zone": TIMES.dt.tz_localize("Europe/Berlin"),
    "arrow": TIMES.astype("timestamp[us][pyarrow]"),
    "period": TIMES.dt.to_period("h"),
}
PARTS = ["hour", "day_of_week", "year", "is_leap_year"]
METHODS = [("floor", "D"), ("ceil", "36h"), ("round", "h"), ("normalize",), ("day_name",)]


@pytest.fixture(params=["by loops", "by pandas"])
def way(request, monkeypatch):
    """Loops are never ready; or always, without a compiler. How many were asked for."""
    asked = []

    def ready(loops, work):
        asked.append(loops)
        names = {"int64": np.int64}
        exec(loops.source, names)
        return np.errstate(over="ignore")(names["formula"]) if request.param == "by loops" else None

    monkeypatch.setattr(calendar, "compiled", ready)
    return asked


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", KINDS)
def test_parts(kind, part, way):
    times = KINDS[kind]
    pd.testing.assert_series_equal(
        getattr(from_pandas(times, npartitions=3).dt, part).compute(), getattr(times.dt, part)
    )
    assert bool(way) == (kind in ("plain", "seconds", "missing") and part != "is_leap_year")


@pytest.mark.parametrize(("method", "args"), [(m, args) for m, *args in METHODS])
@pytest.mark.parametrize("kind", ["plain", "seconds", "missing", "zone", "arrow"])
def test_methods(kind, method, args, way):
    times = KINDS[kind]
    found = getattr(from_pandas(times, npartitions=3).dt, method)(*args)
    pd.testing.assert_series_equal(found.compute(), getattr(times.dt, method)(*args))
    assert bool(way) == (kind in ("plain", "seconds", "missing") and method != "day_name")


def test_index(way):
    frame = pd.DataFrame({"x": range(40)}, index=pd.DatetimeIndex(TIMES, name="when"))
    lazy = from_pandas(frame, npartitions=3).index
    pd.testing.assert_index_equal(lazy.hour.compute(), frame.index.hour)
    pd.testing.assert_index_equal(lazy.floor("D").compute(), frame.index.floor("D"))
    pd.testing.assert_index_equal(lazy.normalize().compute(), frame.index.normalize())
    assert way


@pytest.mark.usefixtures("way")
def test_what_a_series_bears():
    times = TIMES.copy()
    times.attrs["of"] = "trains"
    lazy = from_pandas(times, npartitions=1)
    assert lazy.dt.hour.compute().attrs == times.dt.hour.attrs
    assert lazy.dt.floor("D").compute().attrs == times.dt.floor("D").attrs


@pytest.mark.usefixtures("way")
def test_wrong_lengths_are_errors_at_the_call():
    with pytest.raises(ValueError, match="non-fixed"):
        from_pandas(TIMES, npartitions=3).dt.floor("MS")
