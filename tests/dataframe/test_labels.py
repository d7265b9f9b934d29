"""Names, dtypes, the index and the accessors against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

SAME: dict[str, Callable[[Any], Any]] = {
    "rename columns": lambda d: d.rename(columns={"i": "j"}),
    "rename by function": lambda d: d.rename(columns=str.upper),
    "rename mapper": lambda d: d.rename(str.upper, axis=1),
    "rename index": lambda d: d.rename(index=lambda i: i + 100),
    "rename and select": lambda d: d.rename(columns={"i": "j", "f": "i"})[["i"]],
    "rename series": lambda d: d.i.rename("j"),
    "rename axis": lambda d: d.rename_axis("k"),
    "add_prefix": lambda d: d.add_prefix("p_"),
    "reset_index": lambda d: d.reset_index(),
    "reset_index drop": lambda d: d[d.i > 1].reset_index(drop=True),
    "reset_index series": lambda d: d.f.reset_index(),
    "astype": lambda d: d.astype({"i": "float32", "b": "int8"}),
    "astype series": lambda d: d.i.astype(str),
    "astype known categories": lambda d: d.s.astype(pd.CategoricalDtype(["b", "a", "c", "bb"])),
    "explode": lambda d: d.explode("s"),
    "upper": lambda d: d.s.str.upper(),
    "contains": lambda d: d.s.str.contains("b", na=False),
    "slice": lambda d: d.s.str[:1],
    "split": lambda d: d.s.str.split("b"),
    "cat": lambda d: d.s.str.cat(d.s, sep="-"),
    "str replace": lambda d: d.s.str.replace("a", "A"),
    "floor": lambda d: d.t.dt.floor("D"),
    "strftime": lambda d: d.t.dt.strftime("%Y"),
    "day name": lambda d: d.t.dt.day_name(),
    "tz": lambda d: d.t.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
    "seconds": lambda d: (d.t - pd.Timestamp("2024-01-01")).dt.total_seconds(),
    "codes": lambda d: d.c.cat.codes,
    "rename categories": lambda d: d.c.cat.rename_categories({"x": "X"}),
    "as ordered": lambda d: d.c.cat.as_ordered(),
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(call: Callable[[Any], Any], data: pd.DataFrame) -> None:
    assert_eq(call(lazy(data)), call(data))


BY_DATA: dict[str, Callable[[Any], Any]] = {
    "category": lambda d: d.s.astype("category"),
    "category of some": lambda d: d.astype({"s": "category", "i": "float64"}),
    "len": lambda d: d.s.str.len(),
    "year": lambda d: d.t.dt.year,
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("call", BY_DATA.values(), ids=BY_DATA)
def test_dtypes_that_depend_on_the_data(call: Callable[[Any], Any], data: pd.DataFrame) -> None:
    assert_eq(call(lazy(data)).compute(), call(data))


def test_categories() -> None:
    c = lazy(FRAMES["plain"]).c
    assert c.cat.categories.tolist() == ["y", "x", "z"]
    assert c.cat.known
    assert not c.cat.ordered
    assert not lazy(FRAMES["plain"]).s.astype("category").cat.known


def test_columns_are_set() -> None:
    data = FRAMES["plain"][["i", "f"]].copy()
    frame = lazy(data)
    frame.columns = data.columns = ["f", "i"]
    assert_eq(frame, data)


def test_split_into_columns() -> None:
    data = pd.Series(["a b c", "d", None, "e f"])
    found = dd.from_pandas(data, 2).str.split(" ", n=2, expand=True)
    assert_eq(found, data.str.split(" ", n=2, expand=True).astype("str"))


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (AttributeError, "str", lambda d: d.i.str),
        (AttributeError, "dt", lambda d: d.s.dt.year),
        (AttributeError, "nope", lambda d: d.s.str.nope()),
        (NotImplementedError, "depend on all rows", lambda d: d.s.astype("category").cat.categories),
        (ValueError, "names for", lambda d: setattr(d, "columns", ["a"])),
    ],
)
def test_errors(error: type[Exception], message: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(error, match=message):
        call(lazy(FRAMES["plain"]))


@pytest.mark.parametrize("index", [pd.Index([5, 6, 7], name="q"), pd.MultiIndex.from_tuples([(1, 2), (1, 3), (2, 2)])])
def test_labels_as_columns_of_numbered_rows(index: pd.Index) -> None:
    frame = pd.DataFrame({"x": [1, 2, 3]}, index=index)
    found = dd.from_pandas(frame, npartitions=2).index
    assert_eq(found.to_frame(), frame.index.to_frame())
    assert_eq(found.to_frame(index=False), frame.index.to_frame(index=False))
