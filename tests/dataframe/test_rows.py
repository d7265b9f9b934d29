"""Rows by label and number, partitions, running and condensed answers, against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

SAME: dict[str, Callable[[Any], Any]] = {
    "loc slice": lambda d: d.loc[2:7],
    "loc open slice": lambda d: d.loc[5:],
    "loc outside": lambda d: d.loc[1000:2000],
    "loc before": lambda d: d.loc[-10:-5],
    "loc all": lambda d: d.loc[:],
    "loc columns": lambda d: d.loc[:, ["i", "s"]],
    "loc column": lambda d: d.loc[:, "i"],
    "loc column slice": lambda d: d.loc[:5, "i":"s"],
    "loc mask": lambda d: d.loc[d.i > 2],
    "loc mask and column": lambda d: d.loc[d.i > 2, "f"],
    "loc function": lambda d: d.loc[lambda x: x.b, ["f"]],
    "loc of a series": lambda d: d.i.loc[3:6],
    "iloc": lambda d: d.iloc[:, 1:3],
    "iloc one": lambda d: d.iloc[:, 0],
    "cumsum": lambda d: d[["i", "f", "n"]].cumsum(),
    "cumsum series": lambda d: d.f.cumsum(),
    "cumsum not skipna": lambda d: d.f.cumsum(skipna=False),
    "cumprod": lambda d: d.f.cumprod(),
    "cummin": lambda d: d[["f", "i"]].cummin(),
    "cummax": lambda d: d.f.cummax(),
    "cummax times": lambda d: d.t.cummax(),
    "cumsum of columns": lambda d: d[["i", "f"]].cumsum(axis=1),
    "value_counts": lambda d: d.i.value_counts(),
    "value_counts strings": lambda d: d.s.value_counts(dropna=False),
    "value_counts category": lambda d: d.c.value_counts(),
    "value_counts ascending": lambda d: d.s.value_counts(ascending=True),
    "value_counts unsorted": lambda d: d.i.value_counts(sort=False),
    "value_counts fractions": lambda d: d.s.value_counts(normalize=True),
    "nlargest": lambda d: d.f.nlargest(3),
    "nlargest last": lambda d: d.i.nlargest(4, keep="last"),
    "nlargest all": lambda d: d.i.nlargest(2, keep="all"),
    "nsmallest": lambda d: d[["i", "f", "s"]].nsmallest(4, ["i", "f"]),
    "nlargest frame": lambda d: d[["i", "f"]].nlargest(3, "i"),
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(call: Callable[[Any], Any], data: pd.DataFrame) -> None:
    ours = call(dd.from_pandas(data, 3))
    if data.index.name == "key" or len(data):
        assert_eq(ours, call(data))
    else:
        assert_eq(ours.compute(), call(data))


@pytest.mark.parametrize("data", [FRAMES["plain"], FRAMES["labels"]], ids=["plain", "labels"])
def test_loc_of_labels(data: pd.DataFrame) -> None:
    frame = lazy(data)
    assert_eq(frame.loc[[10, 0]], data.loc[[10, 0]])
    assert_eq(frame.loc[[10, 0], "f"], data.loc[[10, 0], "f"])
    assert_eq(frame.loc[10].compute(), data.loc[10])
    with pytest.raises(KeyError, match="77"):
        frame.loc[[10, 77]].compute()


@pytest.mark.parametrize("known", [True, False])
def test_labels_that_are_not_there(known: bool) -> None:
    frame = dd.from_pandas(FRAMES["labels"], 3, sort=known)
    assert_eq(frame.loc[10], FRAMES["labels"].loc[[10]])
    for missing in (99, -1, 15):
        for got in (frame, frame.i):
            with pytest.raises(KeyError, match=str(missing)):
                got.loc[missing].compute()
    with pytest.raises(KeyError, match="k003"):
        frame.loc["k003"].compute()
    with pytest.raises(KeyError, match="k003"):
        frame.loc[["k003"]].compute()
    assert frame.known_divisions is known


def test_loc_of_times() -> None:
    data = pd.DataFrame({"x": range(100)}, index=pd.date_range("2024-01-01", periods=100, freq="6h"))
    frame = dd.from_pandas(data, 7)
    assert_eq(frame.loc["2024-01-03":"2024-01-10"], data.loc["2024-01-03":"2024-01-10"])
    assert_eq(frame.loc["2024-01"], data.loc["2024-01"])
    assert_eq(frame.loc["2024-01-05" : pd.Timestamp("2024-01-07")], data.loc["2024-01-05" : pd.Timestamp("2024-01-07")])


def test_loc_makes_only_the_partitions_it_needs() -> None:
    made = []

    def part(i: int) -> pd.DataFrame:
        made.append(i)
        return pd.DataFrame({"x": [i]}, index=[i])

    frame = dd.from_map(part, range(5), meta=part(0), divisions=[0, 1, 2, 3, 4, 4])
    made.clear()
    assert frame.loc[2:3].x.sum().compute(scheduler="synchronous") == 5
    assert sorted(made) == [2, 3]


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_unique(data: pd.DataFrame) -> None:
    assert_eq(lazy(data).s.unique(), pd.Series(data.s.unique(), name="s", dtype="str"))
    assert_eq(lazy(data).i.unique(), pd.Series(data.i.unique(), name="i"))


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.describe(),
        lambda d: d[["i", "f"]].describe(percentiles=[0.1, 0.5]),
        lambda d: d.f.describe(),
        lambda d: d.s.describe(),
        lambda d: d.t.describe(),
        lambda d: d[["s", "b"]].describe(),
        lambda d: d.describe(include="all"),
    ],
)
def test_describe(call: Callable[[Any], Any]) -> None:
    assert_eq(call(lazy(FRAMES["plain"])).compute(), call(FRAMES["plain"]))


@pytest.mark.parametrize("npartitions", [1, 2, 3, 5, 11])
def test_repartition_by_number(npartitions: int) -> None:
    data = FRAMES["plain"]
    known = lazy(data).repartition(npartitions=npartitions)
    assert known.npartitions == npartitions
    assert known.known_divisions
    assert_eq(known, data)
    by_place = dd.from_pandas(data, 3, sort=False).repartition(npartitions=npartitions)
    assert by_place.npartitions == npartitions
    assert_eq(by_place, data)


def test_repartition_by_divisions_and_size() -> None:
    data = FRAMES["plain"]
    frame = lazy(data)
    found = frame.repartition(divisions=[0, 1, 7, 11])
    assert found.divisions == (0, 1, 7, 11)
    assert_eq(found, data)
    assert_eq(frame.repartition(divisions=[-5, 3, 30], force=True), data)
    for size in ("100B", "600B", "1MB"):
        assert_eq(frame.repartition(partition_size=size), data)
    assert frame.repartition(partition_size="1MB").npartitions == 1
    assert frame.repartition(partition_size="100B").npartitions > 5
    for wrong in ({"divisions": [1, 11]}, {"divisions": [-1, 11]}, {}, {"npartitions": 0}, {"divisions": [3, 2, 1]}):
        with pytest.raises(ValueError):  # noqa: PT011 - several messages
            frame.repartition(**wrong)


def test_head_and_tail() -> None:
    data = FRAMES["plain"]
    frame = lazy(data, 4)
    for n in (0, 1, 3, 5, 12, 99, -2):
        assert_eq(frame.head(n), data.head(n))
        assert_eq(frame.tail(n), data.tail(n))
    assert_eq(frame.head(2, compute=False), data.head(2))
    assert_eq(frame[frame.i == 4].head(2), data[data.i == 4].head(2))
    with pytest.raises(ValueError, match="4 partitions"):
        frame.head(npartitions=9)


def test_partitions() -> None:
    data = FRAMES["plain"]
    frame = lazy(data, 4)
    assert_eq(frame.partitions[1], data.iloc[3:6])
    assert_eq(frame.partitions[1:3], data.iloc[3:9])
    assert_eq(frame.get_partition(-1), data.iloc[9:])
    assert_eq(frame.partitions[[3, 0]].compute(), pd.concat([data.iloc[9:], data.iloc[:3]]))
    with pytest.raises(IndexError, match="4 partitions"):
        frame.partitions[4]


def test_counts() -> None:
    data = FRAMES["plain"]
    frame = lazy(data)
    assert len(frame) == len(frame.f) == len(frame.index) == 12
    assert len(frame[frame.i > 2]) == (data.i > 2).sum()
    assert (frame.shape, frame.f.shape, frame.size, frame.ndim, frame.f.ndim) == ((12, 7), (12,), 84, 2, 1)
    assert not frame.empty
    assert frame[frame.i > 99].empty


def test_sample() -> None:
    frame = dd.from_pandas(pd.DataFrame({"x": range(1000)}), 4)
    found = frame.sample(frac=0.1, random_state=3).compute()
    assert len(found) == 100
    assert found.x.is_unique
    assert_eq(found, frame.sample(frac=0.1, random_state=3).compute())
    assert len(frame.sample(frac=2.0, replace=True)) == 2000
    with pytest.raises(ValueError, match="n=, how many rows, or frac="):
        frame.sample()


def test_exchange() -> None:
    data = FRAMES["plain"][["i", "f"]]
    frame = lazy(data)
    parts = frame.to_delayed()
    assert_eq(pd.concat([p.compute() for p in parts]), data)
    assert np.array_equal(np.asarray(frame), data.to_numpy(), equal_nan=True)
    assert frame.values.shape == (12, 2)
    assert_eq(frame.values.sum(axis=0), data.to_numpy().sum(axis=0))
    assert_eq(frame[frame.i > 1].i.values, data.i[data.i > 1].to_numpy())
    assert frame[frame.i > 1].to_dask_array(lengths=True).shape == (int((data.i > 1).sum()), 2)
    assert [c for c, _ in frame.items()] == list(frame) == ["i", "f"]
    assert "i" in frame
    assert frame.get("nope") is None
    assert [row.i for row in frame.itertuples()] == data.i.tolist()
    assert [label for label, _ in frame.iterrows()] == data.index.tolist()


def test_memory_usage() -> None:
    data = FRAMES["plain"]
    assert_eq(lazy(data)[["i", "f"]].memory_usage(index=False), data[["i", "f"]].memory_usage(index=False))
    assert lazy(data).f.memory_usage(index=False).compute() == data.f.memory_usage(index=False)


def test_what_a_frame_shows() -> None:
    frame = lazy(FRAMES["plain"])
    text = repr(frame)
    assert "12 rows, 7 columns, 3 partitions" in text
    assert "datetime64" in text
    assert "<table" in frame._repr_html_()
    assert "int64" in repr(frame.i)
    assert "3 partitions" in repr(frame.index)
    assert "rows not counted" in repr(frame[frame.i > 1])
    assert "sum" in repr(frame.i.sum())


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    lazy(FRAMES["plain"]).info(verbose=True, memory_usage=True)
    shown = capsys.readouterr().out
    assert "9 non-null" in shown
    assert "bytes" in shown
    for told, there in [
        ({}, ["s", "int64"]),
        ({"show_counts": True}, ["9 non-null", "s"]),
        ({"verbose": True, "show_counts": False}, ["int64"]),
        ({"max_cols": 1}, []),
        ({"verbose": False}, []),
    ]:
        lazy(FRAMES["plain"]).info(**told)
        shown = capsys.readouterr().out
        assert all(text in shown for text in there)
        assert ("non-null" in shown) == (told.get("show_counts", False))
        assert ("int64" in shown) == bool(there)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "set_index", lambda d: d[d.i > 1].reset_index(drop=True).loc[2:3]),
        (KeyError, "nope", lambda d: d.loc[:, "nope"]),
        (ValueError, "2 values by place for 12 rows", lambda d: d.loc[[True, False]]),
        (ValueError, "keep", lambda d: d.i.nlargest(2, keep="none")),
    ],
)
def test_errors(error: type[Exception], message: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(error, match=message):
        call(lazy(FRAMES["plain"]))


def test_pop_and_squeeze() -> None:
    frame = lazy(FRAMES["plain"])
    assert_eq(frame.pop("f"), FRAMES["plain"].f)
    assert_eq(frame, FRAMES["plain"].drop(columns="f"))
    assert_eq(frame[["i"]].squeeze(), FRAMES["plain"].i)
    assert_eq(frame[["i", "s"]].squeeze(), FRAMES["plain"][["i", "s"]])
    with pytest.raises(NotImplementedError, match="columns"):
        frame.squeeze(axis=0)
    with pytest.raises(KeyError, match=r"nope.*the columns are 'i', 's'"):
        frame.pop("nope")
