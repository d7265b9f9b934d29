"""Reductions against pandas: statistics by columns, with what they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from minidask.dataframe.statistics import STATISTICS
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

COLUMNS = {
    "count": "ifsbtcn",
    "nunique": "ifsbtcn",
    "sum": "ifsbn",
    "prod": "ifbn",
    "min": "ifsbtn",
    "max": "ifsbtn",
    "mean": "ifbtn",
    "var": "ifbn",
    "std": "ifbn",
    "sem": "ifbn",
    "skew": "ifbn",
    "kurt": "ifbn",
    "any": "ifbn",
    "all": "ifbn",
    "idxmin": "ifbtn",
    "idxmax": "ifbtn",
}
SERIES = [(name, column) for name, columns in COLUMNS.items() for column in columns]


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or the type of its error."""
    try:
        return call()
    except (TypeError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize(("name", "column"), SERIES)
def test_statistic_of_a_column(name: str, column: str, data: pd.DataFrame) -> None:
    ours = outcome(lambda: getattr(lazy(data)[column], name)().compute())
    theirs = outcome(lambda: getattr(data[column], name)())
    if isinstance(theirs, type):
        assert ours is theirs
    else:
        assert_eq(ours, theirs)


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("name", STATISTICS)
def test_statistic_of_a_frame(name: str, data: pd.DataFrame) -> None:
    columns = [*COLUMNS[name]]
    if name in ("sum", "min", "max"):
        columns.remove("s")
    if name in ("mean", "min", "max", "idxmin", "idxmax") and not len(data):
        return  # pandas gives missing values of no certain dtype
    ours, theirs = (outcome(lambda d=d: getattr(d[columns], name)()) for d in (lazy(data), data))
    assert_eq(ours.compute(), theirs)


OPTIONS: dict[str, Callable[[Any], Any]] = {
    "numeric only": lambda d: d.mean(numeric_only=True),
    "sum of two": lambda d: d[["i", "f"]].sum(),
    "sum of ints": lambda d: d[["i", "b"]].sum(),
    "not skipna": lambda d: d[["i", "f"]].sum(skipna=False),
    "mean not skipna": lambda d: d.f.mean(skipna=False),
    "var not skipna": lambda d: d.f.var(skipna=False),
    "max not skipna": lambda d: d.f.max(skipna=False),
    "min_count": lambda d: d.f.sum(min_count=11),
    "ddof": lambda d: d.f.var(ddof=0),
    "all gone": lambda d: d.f[d.i > 99].sum(),
    "max of none": lambda d: d.i[d.i > 99].max(),
    "mean of none": lambda d: d.i[d.i > 99].mean(),
    "by rows": lambda d: d[["i", "f"]].sum(axis=1),
    "by rows, columns": lambda d: d[["i", "f"]].max(axis="columns"),
    "nunique with missing": lambda d: d.s.nunique(dropna=False),
    "of an index": lambda d: d.index.max(),
    "small ints": lambda d: d.i.astype("int8").sum(),
    "float32": lambda d: d.f.astype("float32").mean(),
    "float32 var": lambda d: d.f.astype("float32").var(),
    "unsigned": lambda d: d.i.astype("uint8").sum(),
    "time zones": lambda d: d.t.dt.tz_localize("Europe/Vienna").max(),
    "differences": lambda d: (d.t - d.t.min()).sum(),
    "mean difference": lambda d: (d.t - d.t.min()).mean(),
}


@pytest.mark.parametrize("data", [FRAMES["plain"], FRAMES["one row"]], ids=["plain", "one row"])
@pytest.mark.parametrize("call", OPTIONS.values(), ids=OPTIONS)
def test_as_pandas(call: Callable[[Any], Any], data: pd.DataFrame) -> None:
    assert_eq(call(lazy(data)), call(data))


def test_large_ints_are_exact() -> None:
    data = pd.DataFrame({"i": np.array([2**53, 1, 1, 1]), "f": [0.5, 1.5, 2.5, 3.5]})
    assert_eq(lazy(data, 4).i.sum(), data.i.sum())


def test_many_partitions_make_a_tree() -> None:
    data = pd.DataFrame({"x": np.arange(200.0)})
    assert_eq(lazy(data, 100).x.var(split_every=3), data.x.var())


def test_errors() -> None:
    with pytest.raises(TypeError, match="unexpected"):
        lazy(FRAMES["plain"]).f.sum(skip=True)
    with pytest.raises(TypeError):
        lazy(FRAMES["plain"]).mean()


AGGREGATES: dict[str, Callable[[Any], Any]] = {
    "one": lambda d: d.agg("count"),
    "series": lambda d: d.f.agg("mean"),
    "series, several": lambda d: d.i.agg(["sum", "mean", "max"]),
    "frame, several": lambda d: d[["i", "f"]].aggregate(["sum", "min"]),
    "by column": lambda d: d.agg({"i": "sum", "f": "mean"}),
    "median": lambda d: d[["i", "f"]].agg("median"),
    "quantile": lambda d: d.f.agg("quantile"),
    "mode": lambda d: d.i.agg("mode"),
    "nunique": lambda d: d.agg("nunique"),
    "with medians": lambda d: d[["i", "f"]].agg(["median", "quantile", "nunique", "std"]),
    "series, with medians": lambda d: d.f.agg(["median", "quantile", "max"]),
    "series, a dict": lambda d: d.f.agg({"low": "min", "middle": "median"}),
    "series, named": lambda d: d.f.agg(low="min", middle="median"),
    "lists by column": lambda d: d.agg({"i": ["min", "max"], "f": ["max", "median"]}),
    "lists, apart": lambda d: d.agg({"i": ["min", "max"], "f": ["median"]}),
    "NamedAgg": lambda d: d.agg(least=pd.NamedAgg("i", "min")),
    "named": lambda d: d.agg(least=("i", "min"), middle=("f", "median")),
}


@pytest.mark.parametrize("call", AGGREGATES.values(), ids=AGGREGATES)
def test_agg(call: Callable[[Any], Any]) -> None:
    assert_eq(call(lazy(FRAMES["plain"])), call(FRAMES["plain"]))


def test_agg_takes_one_of_two() -> None:
    with pytest.raises(TypeError, match="func=, or named"):
        lazy(FRAMES["plain"]).agg()


@pytest.mark.parametrize("func", ["ohlc", ["mode"], {"i": ["first"]}])
def test_agg_refuses_in_words(func: Any) -> None:
    with pytest.raises(NotImplementedError, match="expected a name"):
        lazy(FRAMES["plain"]).agg(func)
