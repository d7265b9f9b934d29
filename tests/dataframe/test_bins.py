"""Bins of time, against pandas: a row each."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.pieces import Reader
from minidask.dataframe.time_bins import Bins
from minidask.testing import assert_eq

N = 60
_TIMES = pd.date_range("2024-01-01 01:30", periods=N, freq="5h").delete(range(20, 33))
DATA = pd.DataFrame(
    {
        "x": np.arange(len(_TIMES)) % 7,
        "y": np.where(np.arange(len(_TIMES)) % 4, np.linspace(-1, 2, len(_TIMES)), np.nan),
        "k": np.arange(len(_TIMES)) % 3,
    },
    index=_TIMES,
)
COLUMN = DATA.rename_axis("t").reset_index().sample(frac=1, random_state=0, ignore_index=True)

INDEX: dict[str, Callable[[Any], Any]] = {
    **{
        name: lambda d, name=name: getattr(d.resample("D"), name)()
        for name in ("sum", "mean", "count", "std", "median", "prod", "var", "sem")
    },
    "size": lambda d: d.resample("12h").size(),
    "min, no gaps": lambda d: d.resample("7D").min(),
    "max": lambda d: d.y.resample("D").max(),
    "first": lambda d: d[["y"]].resample("D").first(),
    "last": lambda d: d.y.resample("D").last(),
    "selected": lambda d: d.resample("D").x.sum(),
    "selected list": lambda d: d.resample("D")[["y", "x"]].sum(),
    "series": lambda d: d.y.resample("8h").mean(),
    "min_count": lambda d: d.y.resample("8h").sum(min_count=1),
    "months": lambda d: d.resample("MS").sum(),
    "right": lambda d: d.x.resample("6h", closed="right", label="right").sum(),
    "origin": lambda d: d.x.resample("7h", origin="start").sum(),
    "epoch": lambda d: d.x.resample("7h", origin="epoch").sum(),
    "offset": lambda d: d.x.resample("7h", offset="2h").sum(),
    "ohlc": lambda d: d.y.resample("D").ohlc(),
    "agg name": lambda d: d.x.resample("D").agg("sum"),
    "agg": lambda d: d.y.resample("D").agg(["min", "max"]),
    "agg dict": lambda d: d[["x", "y"]].resample("D").agg({"x": "sum", "y": "mean"}),
    "ffill": lambda d: d.y.resample("2h").ffill(),
    "asfreq": lambda d: d.y.resample("30min").asfreq(),
    "grouper": lambda d: d.groupby(pd.Grouper(freq="D")).y.sum(),
    "grouper and column": lambda d: d.groupby([pd.Grouper(freq="D"), "k"]).y.sum(),
}
ON: dict[str, Callable[[Any], Any]] = {
    "on": lambda d: d.resample("D", on="t").y.mean(),
    "on, all": lambda d: d.resample("D", on="t").sum(),
    "grouper": lambda d: d.groupby(pd.Grouper(key="t", freq="D")).y.sum(),
    "grouper of all": lambda d: d.groupby(pd.Grouper(key="t", freq="D")).sum(),
    "grouper and column": lambda d: d.groupby([pd.Grouper(key="t", freq="3D"), "k"]).sum(),
    "grouper of a column": lambda d: d.groupby(pd.Grouper(key="k")).x.sum(),
    "first in time": lambda d: d.resample("2D", on="t").first(),
    "last in time of a column": lambda d: d.resample("2D", on="t").y.last(skipna=False),
    "last in time by a grouper": lambda d: d.groupby(pd.Grouper(key="t", freq="2D")).last(),
    "first in row by a grouper and column": lambda d: d.groupby([pd.Grouper(key="t", freq="2D"), "k"]).first(),
}


@pytest.mark.parametrize("npartitions", [1, 4])
@pytest.mark.parametrize("call", INDEX.values(), ids=INDEX)
def test_index(call: Callable[[Any], Any], npartitions: int) -> None:
    assert_eq(call(dd.from_pandas(DATA, npartitions)), call(DATA))


@pytest.mark.parametrize("call", ON.values(), ids=ON)
def test_column(call: Callable[[Any], Any]) -> None:
    assert_eq(call(dd.from_pandas(COLUMN, 4)), call(COLUMN))
    holes = COLUMN.assign(t=COLUMN.t.where(COLUMN.x != 3))
    assert_eq(call(dd.from_pandas(holes, 4)), call(holes))


def test_first_in_time_by_an_index_out_of_order() -> None:
    data = COLUMN.set_index("t")
    assert_eq(dd.from_pandas(data, 4, sort=False).resample("2D").first(), data.resample("2D").first())


def test_empty_bins_have_missing_values() -> None:
    assert_eq(dd.from_pandas(DATA, 4).x.resample("D").min().compute(), DATA.x.resample("D").min())


def test_empty_partitions_zones_and_nothing() -> None:
    lazy = dd.from_pandas(DATA, 4)
    assert_eq(lazy[lazy.x > 100].y.resample("D").sum(), DATA[DATA.x > 100].y.resample("D").sum())
    assert_eq(lazy[lazy.index > _TIMES[30]].y.resample("D").sum(), DATA[DATA.index > _TIMES[30]].y.resample("D").sum())
    zoned = DATA.tz_localize("Europe/Berlin")
    assert_eq(dd.from_pandas(zoned, 4).y.resample("D").sum(), zoned.y.resample("D").sum())


def test_functions_see_real_rows() -> None:
    found = dd.from_pandas(DATA, 4).x.resample("3D").agg(lambda rows: rows.max() - rows.min())
    assert_eq(found.compute(), DATA.x.resample("3D").agg(lambda rows: rows.max() - rows.min()))


def test_errors() -> None:
    lazy = dd.from_pandas(DATA, 4)
    with pytest.raises(KeyError, match="nope"):
        lazy.resample("D", on="nope")
    with pytest.raises(TypeError, match="Only valid with DatetimeIndex"):
        dd.from_pandas(COLUMN, 4).resample("D")
    with pytest.raises(ValueError, match="Invalid frequency"):
        lazy.resample("nope")
    with pytest.raises(KeyError, match="nope"):
        lazy.resample("D")["nope"]


@pytest.mark.parametrize("freq", ["1h", "45min", "7h", "D", "W", "MS", "ME"])
@pytest.mark.parametrize("zone", [None, "America/New_York"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_numbers_of_bins(freq, zone, side):
    rng = np.random.default_rng(len(freq))
    seconds = np.append(rng.integers(0, 10**7, 100).repeat(50), rng.integers(0, 10**6, 500))
    moments = pd.Series(pd.to_datetime(seconds, unit="s", utc=True).tz_convert(zone))
    rows = pd.DataFrame({"t": moments.where(seconds % 17 > 0), "x": np.arange(len(moments)) % 11})
    expected = rows.resample(freq, on="t", closed=side).x.sum()
    for data in (rows, rows.sort_values("t", ignore_index=True), rows.dropna().sort_values("t", ignore_index=True)):
        found = dd.from_pandas(data, 2).resample(freq, on="t", closed=side).x.sum()
        pd.testing.assert_series_equal(found.compute(scheduler="synchronous"), expected, check_freq=False)


@pytest.mark.parametrize("freq", ["1h", "7h", "D", "W", "MS", "ME", "QS", "B"])
@pytest.mark.parametrize("closed", [None, "left", "right"])
@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_starts_of_bins_number_moments_as_pandas_does(freq, closed, zone):
    low, high = (pd.Timestamp(t, tz=zone) for t in ("2026-01-03 05:01:07", "2026-11-25"))
    times = pd.Series(pd.date_range(low, high, periods=2000)).dt.as_unit("us")
    options = {"freq": freq, "closed": closed}
    bins = Bins((times.iloc[0], times.iloc[-1]), times.dtype, options)
    sizes = times.to_frame("t").groupby(pd.Grouper(key="t", **options)).size()
    expected = np.repeat(np.arange(len(sizes)), sizes)
    np.testing.assert_array_equal(bins.numbers(times.array), expected)
    np.testing.assert_array_equal(bins._numbers_by_marks(times.array), expected)
    assert bins.labels.equals(sizes.index)
    assert bins.starts is not None or zone or freq == "B"  # days of 23 hours, and those without work
    assert vars(pickle.loads(pickle.dumps(bins))).keys() == {"ends", "dtype", "options"}


ONCE: dict[str, Callable[[Any], Any]] = {
    "resample": lambda d: d.resample("6h").sum(),
    "a column resampled": lambda d: d.y.resample("6h").max(),
    "bins as keys": lambda d: d.groupby(pd.Grouper(freq="6h")).x.sum(),
}


@pytest.mark.parametrize("call", ONCE.values(), ids=ONCE)
def test_files_are_read_once(call, tmp_path, monkeypatch):
    times = pd.date_range("2026-01-01", periods=400, freq="17min", name="t")
    data = pd.DataFrame({"x": np.arange(400.0), "y": np.arange(400) % 13}, index=times)
    for i in range(4):
        data.iloc[100 * i : 100 * i + 100].reset_index().to_parquet(tmp_path / f"{i}.parquet", index=False)
    df = dd.read_parquet(tmp_path).set_index("t", sorted=True)
    files, read = [], Reader.read
    monkeypatch.setattr(Reader, "read", lambda self, piece: files.append(piece.file.path) or read(self, piece))
    assert_eq(call(df).compute(), call(data))
    assert sorted(files) == sorted({*files})
    assert len(files) == 4
