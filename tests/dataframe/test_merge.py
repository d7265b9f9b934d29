"""Joins against pandas: a row each, in each way of doing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask import config
from minidask.dataframe.merging import Merge, Met
from minidask.dataframe.partitions import Lengths
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

LEFT = FRAMES["plain"]
RIGHT = pd.DataFrame(
    {
        "i": [3, 1, 1, 9, 0, 3],
        "k": [1.0, 2.0, 3.0, 4.0, np.nan, 0.0],
        "s": ["a", "b", "zz", None, "a", "c"],
        "f": np.arange(6) / 2,
        "t": LEFT["t"].iloc[:6].to_numpy(),
        "c": pd.Categorical(["x", "y", "x", "x", None, "y"], categories=["y", "x", "z"]),
    },
    index=[2, 3, 30, 40, 41, 42],
)

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "on": lambda a, b: a.merge(b, on="i"),
    "on several": lambda a, b: a.merge(b, on=["i", "s"], how="left"),
    "common columns": lambda a, b: a[["i", "f"]].merge(b[["i", "k"]]),
    "left": lambda a, b: a.merge(b, on="i", how="left"),
    "right": lambda a, b: a.merge(b, on="i", how="right"),
    "outer": lambda a, b: a[["i", "f"]].merge(b, on="i", how="outer"),
    "outer of strings": lambda a, b: a[["s", "f"]].merge(b[["s", "k"]], on="s", how="outer"),
    "outer of categories": lambda a, b: a.merge(b, on="c", how="outer"),
    "outer of several": lambda a, b: a.merge(b, on=["c", "i"], how="outer"),
    "different names": lambda a, b: a.merge(b, left_on="i", right_on="k"),
    "different names, left": lambda a, b: a.merge(b, left_on="i", right_on="k", how="left"),
    "different names, outer": lambda a, b: a[["i"]].merge(b[["k"]], left_on="i", right_on="k", how="outer"),
    "strings": lambda a, b: a.merge(b, on="s"),
    "categories": lambda a, b: a.merge(b, on="c"),
    "categories, left": lambda a, b: a.merge(b, on="c", how="left"),
    "times": lambda a, b: a.merge(b, on="t", how="right"),
    "suffixes": lambda a, b: a.merge(b, on="i", suffixes=("", "_right")),
    "indicator": lambda a, b: a.merge(b, on="i", how="outer", indicator=True),
    "indicator by name": lambda a, b: a.merge(b, on="i", how="left", indicator="where"),
    "index": lambda a, b: a.merge(b, left_index=True, right_index=True),
    "index, left": lambda a, b: a.merge(b, left_index=True, right_index=True, how="left"),
    "index, right": lambda a, b: a.merge(b, left_index=True, right_index=True, how="right"),
    "index, outer": lambda a, b: a.merge(b, left_index=True, right_index=True, how="outer"),
    "column and index": lambda a, b: a.merge(b, left_on="i", right_index=True),
    "column and index, left": lambda a, b: a.merge(b, left_on="i", right_index=True, how="left"),
    "index and column": lambda a, b: a.merge(b, left_index=True, right_on="i"),
    "join": lambda a, b: a.join(b[["k"]]),
    "join inner": lambda a, b: a[["i", "b"]].join(b[["k"]], how="inner"),
    "join on": lambda a, b: a.join(b[["k"]], on="i"),
    "join outer": lambda a, b: a.join(b[["k"]], how="outer"),
    "series": lambda a, b: a.merge(b["k"], left_on="i", right_index=True),
    "cross": lambda a, b: a[["i"]].merge(b[["k"]], how="cross"),
    "then some columns": lambda a, b: a.merge(b, on="i")[["f_x", "k"]],
    "then one column": lambda a, b: a.merge(b, on="i", how="left")["s_y"],
    "then groups": lambda a, b: a.merge(b, on="i").groupby("k")["f_x"].sum(),
    "filtered": lambda a, b: a[a.f > 0].merge(b[b.k > 1], on="i", how="left"),
    "with itself": lambda a, b: a.merge(a, on="s", how="left"),
    "nothing in common": lambda a, b: a.merge(b[b.i > 99], on="i", how="left"),
}


def check(ours: Any, expected: Any) -> None:
    """Values, dtypes, order, index; the meta's columns."""
    kind = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    kind(ours.compute(scheduler="synchronous"), expected)
    kind(ours.compute(scheduler="threads", optimize_graph=False), expected)
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_index_equal(ours.columns, expected.columns)


@pytest.mark.parametrize("rows", [0, 1_000_000], ids=["shuffle", "broadcast"])
@pytest.mark.parametrize("case", CASES)
def test_joins(case, rows):
    with config.set({"dataframe.broadcast-rows": rows}):
        ours = CASES[case](lazy(LEFT, 3), dd.from_pandas(RIGHT, npartitions=2, sort=False))
    check(ours, CASES[case](LEFT, RIGHT))


@pytest.mark.parametrize("case", ["on", "left", "right", "outer", "index", "column and index", "join"])
@pytest.mark.parametrize("parts", [(1, 1), (1, 4), (4, 1), (5, 3)])
def test_partitions_do_not_matter(case, parts):
    with config.set({"dataframe.broadcast-rows": 0}):
        ours = CASES[case](lazy(LEFT, parts[0]), dd.from_pandas(RIGHT, npartitions=parts[1], sort=False))
    check(ours, CASES[case](LEFT, RIGHT))


def test_unordered_indexes():
    left, right = LEFT.iloc[::-1], RIGHT.iloc[[3, 1, 0, 2]]
    for how in ("left", "inner", "right", "outer"):
        ours = dd.from_pandas(left, 3, sort=False).join(dd.from_pandas(right, 2, sort=False)[["k"]], how=how)
        check(ours, left.join(right[["k"]], how=how))


@pytest.mark.parametrize("data", ["left", "right"])
def test_with_a_pandas_frame(data):
    a, b = (LEFT, lazy(RIGHT)) if data == "left" else (lazy(LEFT), RIGHT)
    check(dd.merge(a, b, on="i"), LEFT.merge(RIGHT, on="i"))


@pytest.mark.parametrize("frame", ["one row", "empty"])
@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
def test_few_rows(frame, how):
    data = FRAMES[frame]
    with config.set({"dataframe.broadcast-rows": 0}):
        ours = lazy(data).merge(lazy(RIGHT, 3), on="i", how=how)
    found, expected = ours.compute(scheduler="synchronous"), data.merge(RIGHT.sort_index(), on="i", how=how)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


SIDES = {
    "column and index": {"left_on": "i", "right_index": True},
    "index and column": {"left_index": True, "right_on": "i"},
    "index": {"left_index": True, "right_index": True},
}


@pytest.mark.parametrize("rows", [0, 1_000_000], ids=["shuffle", "broadcast"])
@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES)
@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
def test_names_of_the_index(how, sides, rows):
    left, right = LEFT[["i", "f"]].rename_axis("one"), RIGHT[["i", "k"]].rename_axis("two")
    for data in (left, left.iloc[:1]):
        with config.set({"dataframe.broadcast-rows": rows}):
            ours = lazy(data).merge(dd.from_pandas(right, 2, sort=False), how=how, **sides)
        expected = data.merge(right, how=how, **sides)
        if "left_on" in sides or "right_on" in sides or how != "outer":
            check(ours, expected)
        assert ours._meta.index.name == ours.compute().index.name
    empty = lazy(left.iloc[:0]).merge(lazy(right), how=how, **sides)
    assert empty._meta.index.name == empty.compute().index.name


@pytest.mark.parametrize("parts", [1, 3])
def test_validate(parts):
    left, right = lazy(pd.DataFrame({"k": [1, 2, 3, 1]}), parts), lazy(pd.DataFrame({"k": [1, 2, 3]}), parts)
    assert_eq(left.merge(right, validate="many_to_one"), left.compute().merge(right.compute()))
    assert_eq(left.merge(left, validate="many_to_many"), left.compute().merge(left.compute()))
    for checked in (left.merge(right, validate="1:1"), right.merge(left, validate="many_to_one")):
        with pytest.raises(pd.errors.MergeError, match="not unique"):
            checked.compute()
    with pytest.raises(ValueError, match="not a valid argument"):
        left.merge(right, validate="sometimes")
    with pytest.raises(NotImplementedError, match="every row"):
        left.merge(right, how="cross", validate="1:1")


def test_columns_that_nobody_needs_are_not_read():
    node = lazy(LEFT).merge(lazy(RIGHT), on="i").expr.frame
    assert node.needs(frozenset(["k"])) == {node.left: {"i"}, node.right: {"i", "k"}}
    assert node.needs(frozenset(["f_x"])) == {node.left: {"i", "f"}, node.right: {"i", "f"}}


def labels_of(rows):
    return rows.index.to_series()


@pytest.mark.parametrize("how", ["inner", "left", "right"])
def test_rows_are_counted_where_keys_meet(how):
    """So that no rows wait, in their order, for the numbers of those before, nor for dtypes to agree."""
    joined = lazy(LEFT, 3).merge(lazy(RIGHT, 2), on="i", how=how, broadcast=False)
    rows = joined.map_partitions(labels_of, meta=pd.Series([], dtype="int64"))
    stand = {node.name for node in topological(optimize([rows.expr], until="fuse"))}
    assert joined.expr.frame.name not in stand
    wanted = LEFT.merge(RIGHT, on="i", how=how)
    assert_eq(joined, wanted)
    assert rows.compute().tolist() == list(range(len(wanted)))
    counted = optimize([Lengths(joined.expr)], until="fuse")
    assert "order" not in {node.operation for node in topological(counted)}
    assert len(joined) == len(wanted)


@pytest.mark.parametrize("rows", [0, 1_000_000], ids=["shuffle", "broadcast"])
@pytest.mark.parametrize("case", [case for case in CASES if "then" not in case and case != "series"])
def test_some_columns(case, rows):
    with config.set({"dataframe.broadcast-rows": rows}):
        ours = CASES[case](lazy(LEFT, 3), dd.from_pandas(RIGHT, npartitions=2, sort=False))
    expected = CASES[case](LEFT, RIGHT)
    labels = [*expected.columns]
    for chosen in (labels[:1], labels[-1:], labels[::2], labels[1::2], labels[:0]):
        pd.testing.assert_frame_equal(ours[chosen].compute(scheduler="synchronous"), expected[chosen])


def test_columns_that_nobody_needs_are_not_made():
    with config.set({"dataframe.broadcast-rows": 1_000_000}):
        ours = lazy(LEFT).merge(lazy(RIGHT), on="i")[["f_x", "k"]].sum()
    (merge,) = (node for node in topological([ours.optimize(until="needs").expr]) if isinstance(node, Merge))
    assert merge.columns == (("left", "f"), ("right", "k"))
    assert [*merge.meta.columns] == ["f_x", "k"]
    assert "columns=['f_x', 'k']" in ours.explain()


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@pytest.mark.parametrize(
    ("mine", "other"), [("i8", "i8"), ("i4", "i8"), ("i8", "f8"), ("f8", "i8"), ("M8[s]", "M8[ns]")]
)
def test_keys_that_are_numbers_stay_where_they_are(how, mine, other):
    left = pd.DataFrame({"k": np.array([3, 1, 2, 3, 9]).astype(mine), "x": range(5)})
    right = pd.DataFrame({"k": np.array([3, 3, 1, 7]).astype(other), "y": range(4)})
    ours = lazy(left, 3).merge(lazy(right, 2), how, "k", broadcast=False)
    (join,) = (node for node in topological([ours.expr]) if isinstance(node, Merge))
    stays = how != "right" and mine != "M8[s]"  # a key that is there once is the left one
    assert Met(join).places == ([2] if stays else [0, 1] if how == "right" else [0, 2])
    assert_eq(ours, left.merge(right, how, "k"))


def test_a_join_on_the_index_keeps_known_divisions():
    with config.set({"dataframe.broadcast-rows": 0}):
        joined = lazy(LEFT[["i"]]).join(lazy(RIGHT[["k"]]))
    assert joined.known_divisions
    assert_eq(joined, LEFT[["i"]].join(RIGHT[["k"]]))


def test_mistakes_are_errors_at_the_call():
    with pytest.raises(KeyError, match="wrong"):
        lazy(LEFT).merge(lazy(RIGHT), on="wrong")
    with pytest.raises(ValueError, match="how='sideways'"):
        lazy(LEFT).merge(lazy(RIGHT), on="i", how="sideways")
    with pytest.raises(ValueError, match="merge on"):
        lazy(LEFT).merge(lazy(RIGHT), left_on="i", right_on="s")
    with pytest.raises(ValueError, match="no column in common"):
        lazy(LEFT)[["f"]].merge(lazy(RIGHT)[["k"]])
    with pytest.raises(NotImplementedError, match="repartition"):
        lazy(LEFT).merge(lazy(RIGHT), on="i", npartitions=3)
    with pytest.raises(NotImplementedError, match="there is one way"):
        lazy(LEFT).merge(lazy(RIGHT), on="i", shuffle_method="tasks")
    with pytest.raises(TypeError, match="right: expected a DataFrame"):
        lazy(LEFT).merge([1])


def test_processes():
    with config.set({"dataframe.broadcast-rows": 0}):
        ours = lazy(LEFT).merge(lazy(RIGHT, 2), on="s", how="left")
    expected = LEFT.merge(RIGHT, on="s", how="left")
    pd.testing.assert_frame_equal(ours.compute(scheduler="processes", num_workers=2), expected)


sides = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", None])), min_size=1, max_size=15)


@settings(max_examples=40, deadline=None)
@given(
    sides,
    sides,
    st.integers(1, 4),
    st.integers(2, 4),
    st.sampled_from(["inner", "left", "right", "outer"]),
    st.sampled_from(["k", "s", ["k", "s"]]),
)
def test_like_pandas(left, right, one, two, how, on):
    frames = [pd.DataFrame(rows, columns=["k", "s"]).astype({"s": "str"}) for rows in (left, right)]
    frames = [frame.assign(n=np.arange(len(frame))) for frame in frames]
    with config.set({"dataframe.broadcast-rows": 0}):
        ours = dd.from_pandas(frames[0], one).merge(dd.from_pandas(frames[1], two), on=on, how=how)
    expected = frames[0].merge(frames[1], on=on, how=how)
    pd.testing.assert_frame_equal(ours.compute(scheduler="synchronous"), expected)


OBJECTS: dict[str, Callable[[Any, Any], Any]] = {
    "left": lambda d, e: d.merge(e, on="k", how="left"),
    "right": lambda d, e: d.merge(e, on="k", how="right"),
    "inner": lambda d, e: d.merge(e, on="k"),
    "outer": lambda d, e: d.merge(e, on="k", how="outer"),
    "first of groups": lambda d, e: d.groupby("k").first(),
    "an index": lambda d, e: d.set_index("o").index.drop_duplicates(),
    "last of groups": lambda d, e: d.groupby("k").agg({"o": "last", "x": "sum"}),
}


@pytest.mark.parametrize("made", OBJECTS)
@pytest.mark.parametrize("broadcast", [True, False])
def test_objects_are_not_taken_for_strings(made: str, broadcast: bool) -> None:
    n = 300
    left = pd.DataFrame({"k": np.arange(n) % 37, "o": pd.Series(["a", "b", "c"] * 100, dtype=object), "x": 1.0})
    right = pd.DataFrame({"k": np.arange(40)[::-1], "p": pd.Series(list("wxyz") * 10, dtype=object)})
    lazy, other = dd.from_pandas(left, npartitions=4), dd.from_pandas(right, npartitions=1 if broadcast else 3)
    assert_eq(OBJECTS[made](lazy, other), OBJECTS[made](left, right))


ANTI: dict[str, dict[str, Any]] = {
    "on": {"on": "i"},
    "several": {"on": ["i", "s"]},
    "different names": {"left_on": "i", "right_on": "k"},
    "index": {"left_index": True, "right_index": True},
    "index of the right": {"left_on": "i", "right_index": True},
    "indicator": {"on": "s", "indicator": True},
    "sorted": {"on": "i", "sort": True},
}


@pytest.mark.parametrize("broadcast", [None, False])
@pytest.mark.parametrize("how", ["left_anti", "right_anti"])
@pytest.mark.parametrize("case", ANTI)
def test_rows_without_a_partner(case: str, how: Any, broadcast: bool | None) -> None:
    options = ANTI[case]
    found = lazy(LEFT).merge(lazy(RIGHT), how=how, broadcast=broadcast, **options)
    assert_eq(found, LEFT.merge(RIGHT, how=how, **options))


def test_join_of_rows_without_a_partner() -> None:
    found = lazy(LEFT).join(lazy(RIGHT), how="left_anti", suffixes=("", "_r"))
    assert_eq(found, LEFT.join(RIGHT, how="left_anti", suffixes=("", "_r")))


@pytest.mark.parametrize("broadcast", [None, False])
@pytest.mark.parametrize(
    ("left_on", "right_on"), [(["i"], ["i"]), (["i", "s"], ["i", "s"]), (["i"], ["k"]), (["s"], ["s"])]
)
def test_rows_with_a_partner_once(left_on: list[str], right_on: list[str], broadcast: bool | None) -> None:
    found = lazy(LEFT).merge(lazy(RIGHT), how="leftsemi", left_on=left_on, right_on=right_on, broadcast=broadcast)
    keys = RIGHT[right_on].drop_duplicates().set_axis([f"key {label}" for label in right_on], axis=1)
    with_keys = LEFT.merge(keys, how="left", left_on=left_on, right_on=[*keys.columns], indicator=True)
    there = (with_keys["_merge"] == "both").to_numpy()
    assert there.any()
    assert_eq(found, LEFT[there].reset_index(drop=True))


@pytest.mark.parametrize("broadcast", [None, False])
def test_rows_with_a_partner_by_index(broadcast: bool | None) -> None:
    left, right = lazy(LEFT), lazy(RIGHT)
    options: dict[str, Any] = {"how": "leftsemi", "broadcast": broadcast}
    by_index = left.merge(right, left_index=True, right_index=True, **options)
    assert_eq(by_index, LEFT[LEFT.index.isin(RIGHT.index)])
    assert_eq(left.merge(right, left_on="i", right_index=True, **options), LEFT[LEFT["i"].isin(RIGHT.index)])
    assert_eq(left.merge(right, left_index=True, right_on="i", **options), LEFT[LEFT.index.isin(RIGHT["i"])])


def test_a_semi_join_refuses_what_says_nothing() -> None:
    for option in ({"validate": "one_to_one"}, {"indicator": True}):
        with pytest.raises(NotImplementedError, match="leftsemi"):
            lazy(LEFT).merge(lazy(RIGHT), how="leftsemi", on="i", **option)
