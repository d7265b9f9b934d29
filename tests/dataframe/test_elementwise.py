"""Operators, selection and partition-wise methods against pandas: a row each."""

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
    "itself": lambda d: d,
    "column": lambda d: d["f"],
    "columns": lambda d: d[["s", "i"]],
    "attribute": lambda d: d.i,
    "filter": lambda d: d[d.i > 2],
    "filter column": lambda d: d.f[d.i > 2],
    "filter nothing": lambda d: d[d.i > 99],
    "filters": lambda d: d[(d.i > 1) & ~d.b | d.f.isna()],
    "filtered rows meet": lambda d: d[d.i > 1].f + d.i[d.i > 1],
    "add": lambda d: d.i + d.f,
    "reflected": lambda d: 10 - d.i,
    "divide": lambda d: d.f / d.i,
    "floor": lambda d: d.i // 2 + d.i % 3 + d.i**2,
    "negative": lambda d: -d.f,
    "invert": lambda d: ~d.b,
    "abs": lambda d: abs(d.f),
    "numeric frame": lambda d: d[["i", "f"]] * 2 - 1,
    "frames": lambda d: d[["i", "f"]] + d[["f", "i"]],
    "ufunc": lambda d: np.exp(d.f),
    "ufunc of two": lambda d: np.add(d.f, d.i),
    "compare": lambda d: d.f >= d.i,
    "compare strings": lambda d: d.s == "a",
    "compare times": lambda d: d.t > pd.Timestamp("2023-06-01"),
    "nullable": lambda d: d.n * 2 + d.i,
    "add method": lambda d: d.f.add(d.i, fill_value=0),
    "row of columns": lambda d: d[["i", "f"]].sub(d[["i", "f"]].mean()),
    "scalar of a reduction": lambda d: (d.f - d.f.mean()) / d.f.std(),
    "int less its sum": lambda d: d.i - d.i.sum(),
    "assign": lambda d: d.assign(z=d.i * 2, one=1, y=lambda x: x.z + 1),
    "assign in place": lambda d: d.assign(f=d.f + 1),
    "drop": lambda d: d.drop(columns=["i", "s"]),
    "fillna": lambda d: d.f.fillna(0.5),
    "fillna dict": lambda d: d.fillna({"f": 0.0, "s": "none"}),
    "fillna series": lambda d: d.f.fillna(d.i),
    "dropna": lambda d: d.dropna(),
    "dropna subset": lambda d: d.dropna(subset=["f"]),
    "isin": lambda d: d.s.isin(["a", "c"]),
    "isin lazy": lambda d: d.i.isin(d.i[d.f > 1]),
    "isin dict": lambda d: d.isin({"i": [1, 2], "s": ["a"]}),
    "isna": lambda d: d.isna(),
    "clip": lambda d: d.f.clip(0, 2),
    "round": lambda d: d[["i", "f"]].round(1),
    "where": lambda d: d.f.where(d.i > 1, 0.0),
    "mask": lambda d: d.f.mask(d.b),
    "between": lambda d: d.i.between(1, 3),
    "replace": lambda d: d.s.replace("a", "A"),
    "query": lambda d: d.query("i > 1 and f < 3"),
    "eval": lambda d: d.eval("i + f"),
    "to_frame": lambda d: d.i.to_frame("q"),
    "add_prefix": lambda d: d.add_prefix("p_"),
    "select_dtypes": lambda d: d.select_dtypes("number"),
    "index": lambda d: d.index,
    "index arithmetic": lambda d: d.index + 1,
    "filter by index": lambda d: d[d.index > 2],
    "filter by labels": lambda d: d[~d.index.isin([0, 1, 20])],
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(call: Callable[[Any], Any], data: pd.DataFrame) -> None:
    assert_eq(call(lazy(data)), call(data))


def test_set_and_delete_columns() -> None:
    data = FRAMES["plain"].copy()
    frame = lazy(data)
    for d in (data, frame):
        d["z"] = d.i + 1
        d[["u", "v"]] = d[["i", "f"]] * 2
        d["w"] = "text"
        del d["s"]
    assert_eq(frame, data)


def test_attributes_set_columns() -> None:
    data = FRAMES["plain"].copy()
    frame = lazy(data)
    for d in (data, frame):
        d.f = d.i + 1
    assert_eq(frame, data)


def test_query_knows_the_variables_of_its_caller() -> None:
    data = FRAMES["plain"]
    limit = 2  # noqa: F841 - named in the query
    assert_eq(lazy(data).query("i > @limit"), data.query("i > @limit"))


def test_empty_partitions() -> None:
    data = FRAMES["plain"]
    frame = dd.from_map(lambda part: part, [data.iloc[:5], data.iloc[:0], data.iloc[5:]])
    for call in SAME.values():
        assert_eq(call(frame), call(data))


def test_processes() -> None:
    data = FRAMES["plain"]
    frame = lazy(data)
    found = frame[frame.i > 1].assign(z=lambda d: d.f * 2).z.sum().compute(scheduler="processes")
    assert found == data[data.i > 1].f.sum() * 2


def test_truth_and_iteration() -> None:
    frame = lazy(FRAMES["plain"])
    with pytest.raises(ValueError, match="ambiguous"):
        bool(frame)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(frame.i > 1)
    assert list(frame.i) == FRAMES["plain"].i.tolist()
    assert 1 in frame.i


def test_known_divisions_align() -> None:
    a = pd.Series(range(10), index=range(10))
    b = pd.Series(range(10), index=range(5, 15))
    assert_eq((dd.from_pandas(a, 3) + dd.from_pandas(b, 2)).compute(), a + b)
    found = dd.from_pandas(a, 3).add(dd.from_pandas(b, 2), fill_value=1).compute()
    assert_eq(found, a.add(b, fill_value=1))


def test_rows_of_unknown_divisions_are_checked() -> None:
    a = pd.Series(range(6), index=[5, 4, 3, 2, 1, 0])
    left, right = dd.from_pandas(a, 2, sort=False), dd.from_pandas(a * 2, 2, sort=False)
    assert_eq(left + right, a * 3)
    other = dd.from_pandas(a.sort_index(), 2, sort=False)
    with pytest.raises(ValueError, match="different indexes"):
        (left + other).compute()
    with pytest.raises(ValueError, match="2 and 3 partitions"):
        left + dd.from_pandas(a, 3, sort=False)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (KeyError, "nope", lambda d: d["nope"]),
        (AttributeError, "nope", lambda d: d.nope),
        (KeyError, "nope", lambda d: d.drop(columns="nope")),
        (TypeError, "boolean", lambda d: d[d.i]),
        (TypeError, "add", lambda d: d.i + "text"),
        (TypeError, "unexpected keyword", lambda d: d.f.fillna(0, limits=2)),
        (TypeError, "from_pandas", lambda d: dd.DataFrame({"x": [1]})),
    ],
)
def test_errors_come_at_the_call(error: type[Exception], message: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(error, match=message):
        call(lazy(FRAMES["plain"]))
