"""Nested records as flat tables, against pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd
from minidask.testing import assert_eq

RECORDS = [
    {"id": i, "at": {"x": i / 2, "y": {"z": f"n{i}"}}, "tags": [{"t": "a", "n": i}, {"t": "b", "n": i + 1}]}
    for i in range(7)
]

OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "separator": {"sep": "_", "max_level": 1},
    "path": {"record_path": "tags", "meta": ["id", ["at", "x"]], "record_prefix": "r.", "meta_prefix": "m."},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_as_pandas(options: dict[str, Any]) -> None:
    theirs = pd.json_normalize(RECORDS, **options)
    plain = [c for c in theirs.columns if not isinstance(theirs[c].iloc[0], list | dict)]
    bag = db.from_sequence(RECORDS, npartitions=3)
    assert_eq(dd.json_normalize(bag, **options)[plain], theirs[plain])
    assert_eq(dd.json_normalize(RECORDS, **options)[plain], theirs[plain])
    if "record_path" not in options:
        series = pd.Series(RECORDS, index=list("abcdefg"))
        theirs = pd.json_normalize(series, **options)  # type: ignore[arg-type]
        assert_eq(dd.json_normalize(dd.from_pandas(series, 3), **options)[plain], theirs[plain])


def test_schema() -> None:
    bag = db.from_sequence([{"a": {"b": 1}}, {"a": {"c": 2}}], npartitions=2)
    found = dd.json_normalize(bag, schema={"a.b": "float64", "a.c": "float64"})
    assert_eq(found, pd.json_normalize([{"a": {"b": 1}}, {"a": {"c": 2}}]))
    with pytest.raises(ValueError, match=r"'a\.c'"):
        dd.json_normalize(bag).compute(scheduler="synchronous")


def test_other_collections() -> None:
    for data in (da.ones(3, chunks=2), dd.from_pandas(pd.DataFrame({"x": [1]}), 1), db.range(3, 2).sum()):
        with pytest.raises(TypeError, match="a bag or a Series of dicts"):
            dd.json_normalize(data)
