"""Arguments that pandas refuses where there are rows: ours refuses them at the call, by the same class of error."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import minidask.dataframe as dd

from .frames import lazy, sample

TABLE: dict[str, Callable[[Any], Any]] = {
    "map": lambda d: d.i.map(3),
    "map of text": lambda d: d.i.map("upper"),
    "map of a frame": lambda d: d[["i"]].map({1: 2}),
    "map, other na_action": lambda d: d.i.map(abs, na_action="skip"),
    "combine": lambda d: d.i.combine(d.f, 3),
    "round": lambda d: d.f.round("x"),
    "round to a fraction": lambda d: d.f.round(1.5),
    "where": lambda d: d.f.where(d.i),
    "mask": lambda d: d.f.mask(d.f),
    "where of a frame": lambda d: d[["f", "i"]].where(d[["f", "i"]]),
    "clip": lambda d: d.s.clip(1),
    "and": lambda d: d.i & d.f,
    "not": lambda d: ~d.f,
    "contains": lambda d: d.s.str.contains("("),
    "match": lambda d: d.s.str.match("("),
    "fullmatch": lambda d: d.s.str.fullmatch("("),
    "count": lambda d: d.s.str.count("["),
    "replace of strings": lambda d: d.s.str.replace("(", "", regex=True),
    "replace": lambda d: d.s.replace("(", "", regex=True),
    "extract": lambda d: d.s.str.extract("(("),
    "encode": lambda d: d.s.str.encode("no such"),
    "wrap": lambda d: d.s.str.wrap("x"),
    "ascending": lambda d: d.sort_values("i", ascending="x"),
    "no keys": lambda d: d.groupby([]),
    "nth": lambda d: d.groupby("i").nth("x"),
    "head of groups": lambda d: d.groupby("i").head("x"),
}


@pytest.mark.parametrize("call", TABLE.values(), ids=TABLE)
def test_at_the_call(call: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception, match=r".*") as refused:
        call(sample())
    with pytest.raises(refused.type):
        call(lazy(sample()))


def test_arguments_are_named() -> None:
    with pytest.raises(TypeError) as refused:
        lazy(sample()).f.round(decimals="x")
    assert refused.value.__notes__ == ["round(decimals='x')"]


def test_functions_and_objects_are_not_tried() -> None:
    seen = []
    df = lazy(sample().assign(o=pd.Series(["a", "b"] * 6, dtype=object)))
    df.s.str.replace("a", lambda found: seen.append(found) or "", regex=True)
    assert not seen
    assert df.o.str.upper().compute(scheduler="sync").tolist() == ["A", "B"] * 6


def test_zeros_that_fail_alone_are_taken() -> None:
    """What is wrong with zeros only is not refused, and nobody is warned of it."""
    data = pd.DataFrame({"x": [1, 2, 3], "s": ["1", "2", "3"], "b": [True, False, True]})
    df = dd.from_pandas(data, npartitions=2)
    with warnings.catch_warnings(action="error"):
        for call in (
            lambda d: operator.and_(d.b, d.x > 1),
            lambda d: d.x.clip(1, 2),
            lambda d: d.s.str.zfill(3).astype("int64"),
            lambda d: 1 / d.x,
        ):
            pd.testing.assert_series_equal(call(df).compute(scheduler="sync"), call(data))
