"""Joins whose dtypes depend on which rows have partners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

import minidask.config
import minidask.dataframe as dd
from minidask.expr.pipeline import optimize
from minidask.testing import assert_eq, check_frame

LEFT = pd.DataFrame(
    {
        "k": [1, 2, 3, 4, 2, 1, 3, 4],
        "i": np.arange(8, dtype="int16"),
        "b": [True, False] * 4,
        "f": np.linspace(0, 1, 8),
        "s": list("abcdefgh"),
    }
)


def right(all_match: bool) -> pd.DataFrame:
    """The other side: with 4 all rows of the left one have partners, and so have its own."""
    return pd.DataFrame(
        {
            "k": [1, 2, 3, 4 if all_match else 9],
            "u": np.arange(4, dtype="uint8"),
            "c": [True, True, False, True],
            "t": pd.date_range("2020", periods=4, unit="us"),
            "z": pd.date_range("2020", periods=4, tz="UTC", unit="us"),
            "d": pd.to_timedelta([1, 2, 3, 4], unit="s"),
            "w": list("wxyz"),
            "g": pd.Categorical(list("abca")),
            "n": pd.array([1, None, 3, 4], dtype="Int64"),
        }
    )


KEYS: dict[str, dict[str, Any]] = {
    "columns": {"on": "k"},
    "other names": {"left_on": "k", "right_on": "key"},
    "index": {"left_index": True, "right_index": True},
    "column and index": {"left_on": "k", "right_index": True},
}


def sides(keys: str, all_match: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two frames to be joined so."""
    left, other = LEFT, right(all_match)
    if keys == "other names":
        other = other.rename(columns={"k": "key"})
    if keys == "index":
        left = left.set_index("k").sort_index(kind="stable")
    return left, other.set_index("k") if "index" in keys else other


@pytest.mark.parametrize("how", ["left", "right", "outer"])
@pytest.mark.parametrize("keys", KEYS)
def test_all_partitions_have_the_dtypes_that_are_told(keys: str, how: str) -> None:
    for all_match in (True, False):
        left, other = sides(keys, all_match)
        expected = left.merge(other, how=how, **KEYS[keys])  # type: ignore[call-overload]
        for broadcast in (True, False):
            parts = dd.from_pandas(left, 3), dd.from_pandas(other, 2)
            joined = dd.merge(*parts, how=how, broadcast=broadcast, **KEYS[keys])
            assert_frame_equal(check_frame(joined), expected)
            assert_series_equal(joined.dtypes, expected.dtypes)


ASKED = {
    "a column": lambda j: j.u,
    "text of numbers": lambda j: j.u.astype("str"),
    "text of truth values": lambda j: j[["c"]].astype("str").c,
    "a sum": lambda j: j.u + j.i,
    "a filter": lambda j: j[j.u > 0].u,
    "filled": lambda j: j.u.fillna(0),
    "numbers": lambda j: j.select_dtypes("number"),
    "truth values": lambda j: j.select_dtypes("bool"),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("all_match", [True, False])
def test_what_is_made_of_a_join_is_as_in_pandas(asked: str, all_match: bool) -> None:
    func, other = ASKED[asked], right(all_match)
    found = func(dd.merge(dd.from_pandas(LEFT, 3), dd.from_pandas(other, 2), how="left", on="k"))
    expected = func(LEFT.merge(other, how="left", on="k"))
    told = found.dtypes
    result = found.compute()
    if isinstance(expected, pd.DataFrame):
        assert_series_equal(told, expected.dtypes)
        assert_frame_equal(result, expected)
        assert_frame_equal(found.compute(optimize_graph=False), expected)
    else:
        assert told == expected.dtype
        assert_series_equal(result, expected)
        assert_series_equal(found.compute(optimize_graph=False), expected)


OTHER = pd.DataFrame({"u": [5, 6, 7], "c": [False, True, True], "i": [1, 2, 3]}, index=[20, 21, 22])
STACKED = {
    "columns": lambda p, j, other: p.concat([j[["u", "c", "i"]], other]),
    "of all": lambda p, j, other: p.concat([other, j]),
    "numbered": lambda p, j, other: p.concat([j[["u"]], other[["u"]]], ignore_index=True),
    "a column": lambda p, j, other: p.concat([j.c, other.c]),
    "then a sum": lambda p, j, other: p.concat([j, other])[["u", "i"]].sum(),
    "then groups": lambda p, j, other: p.concat([j, other]).groupby("i").u.max(),
    "then a filter": lambda p, j, other: p.concat([j, other]).query("u > 1")[["u", "c"]],
    "twice": lambda p, j, other: p.concat([p.concat([j[["u"]], other[["u"]]]), j[["u"]]]),
}


@pytest.mark.parametrize("stacked", STACKED)
@pytest.mark.parametrize("all_match", [True, False])
def test_what_is_stacked_of_a_join_is_as_in_pandas(stacked: str, all_match: bool) -> None:
    func, other = STACKED[stacked], right(all_match)
    found = func(dd, dd.from_pandas(LEFT, 3).merge(dd.from_pandas(other, 2), how="left", on="k"), dd.from_pandas(OTHER))
    expected = func(pd, LEFT.merge(other, how="left", on="k"), OTHER)
    assert_eq(found, expected)
    (again,) = optimize([found.expr], until="agree")
    assert optimize([again], until="agree") == [again]


def test_interleaved_rows_of_a_join() -> None:
    left, other = LEFT.set_index("k").sort_index(), right(all_match=False).set_index("k")
    joined, rest = left.join(other)[["u", "c"]], OTHER[["u", "c"]].set_axis([2, 3, 4])
    lazy = dd.from_pandas(left, 2).join(dd.from_pandas(other, 2))[["u", "c"]]
    found = dd.concat([lazy, dd.from_pandas(rest, 2)], interleave_partitions=True)
    assert_eq(found, pd.concat([joined, rest]).sort_index(kind="stable"))


SEEN = {
    "partitions": (lambda j: j.map_partitions(lambda block: block[["u", "c"]]), lambda j: j[["u", "c"]]),
    "neighbours": (
        lambda j: j.map_overlap(lambda rows: rows[["u", "c"]], 1, 1),
        lambda j: j[["u", "c"]],
    ),
    "a reduction": (lambda j: j.u.reduction(lambda block: block.sum()), lambda j: j.u.sum()),
    "rows": (lambda j: j.apply(lambda row: row.u, axis=1), lambda j: j.apply(lambda row: row.u, axis=1)),
    "inferred": (lambda j: j.infer_objects(), lambda j: j.infer_objects()),
    "numbers": (lambda j: dd.to_numeric(j.u), lambda j: pd.to_numeric(j.u)),
    "sums": (lambda j: j[["u", "i"]].sum(), lambda j: j[["u", "i"]].sum()),
    "a join again": (lambda j: j.merge(OTHER[["u"]], on="u", how="left"),) * 2,
}


@pytest.mark.parametrize("func", SEEN)
@pytest.mark.parametrize("all_match", [True, False])
def test_functions_see_the_dtypes_that_come_out(func: str, all_match: bool) -> None:
    ours, theirs = SEEN[func]
    other = right(all_match)
    joined = dd.from_pandas(LEFT, 3).merge(dd.from_pandas(other, 2), how="left", on="k")
    assert_eq(ours(joined).compute(), theirs(LEFT.merge(other, how="left", on="k")))


def test_joins_of_joins() -> None:
    one, two = right(all_match=False), right(all_match=True)[["k", "u"]].rename(columns={"u": "v"})
    lazy = dd.from_pandas(LEFT, 3).merge(one, how="left", on="k").merge(dd.from_pandas(two, 2), how="outer", on="k")
    expected = LEFT.merge(one, how="left", on="k").merge(two, how="outer", on="k")
    assert_series_equal(lazy.dtypes, expected.dtypes)
    assert_frame_equal(lazy.compute(), expected)
    with minidask.config.set(scheduler="synchronous"):
        kept = lazy.persist()
    assert_series_equal(kept._meta.dtypes, expected.dtypes)


def _refused(*args: Any, **options: Any) -> Any:
    raise AssertionError("nothing is to be computed")


def test_nothing_is_computed_where_nothing_depends_on_data() -> None:
    joined = dd.from_pandas(LEFT, 3).merge(right(all_match=False), how="left", on="k")
    with minidask.config.set(scheduler=_refused):
        assert joined[["i", "t", "n"]].dtypes.astype("str").tolist() == ["int16", "datetime64[us]", "Int64"]
        assert joined.s.dtype == LEFT.s.dtype
        assert joined.u.isna().dtype == bool
        assert joined.index.dtype == np.int64


def test_a_first_partition_does_not_wait_for_others() -> None:
    seen: list[int] = []

    def noted(block: pd.DataFrame) -> pd.DataFrame:
        seen.append(len(block))
        return block

    frame = dd.from_pandas(LEFT, 4).map_partitions(noted, meta=LEFT)
    found = frame.merge(right(all_match=False), how="left", on="k").head(2, compute=False)
    assert found.compute(scheduler="synchronous").u.tolist() == [0, 1]
    assert seen == [2]
