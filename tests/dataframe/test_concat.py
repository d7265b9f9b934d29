"""concat against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

DATA = FRAMES["plain"]
OTHER = pd.DataFrame(
    {"f": [1, 2, 3], "s": ["a", None, "z"], "new": pd.to_datetime(["2024", "2025", None]), "c": ["x", "y", "z"]}
)

CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "itself": lambda p, a, b: p.concat([a, a]),
    "columns differ": lambda p, a, b: p.concat([a, b]),
    "inner": lambda p, a, b: p.concat([a, b], join="inner"),
    "numbered": lambda p, a, b: p.concat([a, b, a], ignore_index=True),
    "some columns": lambda p, a, b: p.concat([a, b])[["f", "new"]],
    "series": lambda p, a, b: p.concat([a.f, b.f]),
    "series of strings": lambda p, a, b: p.concat([a.s, b.s]),
    "series of different names": lambda p, a, b: p.concat([a.s, b.c]),
    "categories and strings": lambda p, a, b: p.concat([a[["c"]], b[["c"]]]),
    "one": lambda p, a, b: p.concat([a]),
    "beside": lambda p, a, b: p.concat([a[["i"]], a.f * 2], axis=1),
    "beside, filtered": lambda p, a, b: p.concat([a[["i"]], a.f[a.f > 0].rename("g")], axis=1),
    "beside, inner": lambda p, a, b: p.concat([a[["i"]], a.f[a.f > 0].rename("g")], axis=1, join="inner"),
    "then groups": lambda p, a, b: p.concat([a, b]).groupby("s").f.sum(),
}


@pytest.mark.parametrize("case", CASES)
def test_like_pandas(case):
    assert_eq(CASES[case](dd, lazy(DATA, 3), lazy(OTHER, 2)), CASES[case](pd, DATA, OTHER))


def test_pandas_objects_among_them():
    assert_eq(dd.concat([lazy(DATA[["f"]]), OTHER[["f"]]]), pd.concat([DATA[["f"]], OTHER[["f"]]]))


def test_divisions_that_follow_are_kept():
    first, second = DATA[["i"]], DATA[["i"]].set_axis(range(100, 112))
    found = dd.concat([lazy(first, 2), lazy(second, 3)])
    assert found.divisions == (0, 6, 100, 104, 108, 111)
    assert_eq(found, pd.concat([first, second]))


def test_interleaved():
    first, second = DATA[["i"]], DATA[["i", "f"]].set_axis(range(5, 17))
    found = dd.concat([lazy(first, 2), lazy(second, 3)], interleave_partitions=True)
    assert found.known_divisions
    assert_eq(found, pd.concat([first, second]).sort_index(kind="stable"))


def test_interleaved_rows_may_be_numbered_and_columns_sorted():
    first, second = DATA[["i"]], DATA[["f", "b"]].set_axis(range(5, 17))
    found = dd.concat([lazy(first, 2), lazy(second, 3)], interleave_partitions=True, sort=True)
    assert found.known_divisions
    assert_eq(found, pd.concat([first, second], sort=True).sort_index(kind="stable"))
    told = {"interleave_partitions": True, "ignore_index": True}
    assert_eq(dd.concat([lazy(first, 2), lazy(second, 3)], **told), pd.concat([first, second], ignore_index=True))


def test_mistakes_are_errors_at_the_call():
    with pytest.raises(TypeError, match="expected a list"):
        dd.concat(lazy(DATA))
    with pytest.raises(ValueError, match="nothing"):
        dd.concat([])
    with pytest.raises(TypeError, match="got a int"):
        dd.concat([1])
    with pytest.raises(ValueError, match="join"):
        dd.concat([lazy(DATA)], join="left")
    with pytest.raises(ValueError, match="axis"):
        dd.concat([lazy(DATA)], axis=2)


def test_only_needed_columns_are_read():
    node = dd.concat([lazy(DATA), lazy(OTHER)]).expr
    assert set(node.needs(frozenset(["f"])).values()) == {frozenset(["f"])}


def test_as_many_keys_as_frames() -> None:
    with pytest.raises(ValueError, match="2 labels for 1 frames"):
        dd.concat([dd.from_pandas(pd.Series([1]))], keys=["a", "b"])
