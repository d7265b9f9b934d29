"""Group-by against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

Case = Callable[[Any], Any]

AGGREGATES: dict[str, Case] = {
    "sum": lambda d: d.groupby("i")[["f", "n", "b"]].sum(),
    "sum of strings": lambda d: d.dropna(subset=["s"]).groupby("i")["s"].sum(),
    "sum min_count": lambda d: d.groupby("i")["f"].sum(min_count=2),
    "prod": lambda d: d.groupby("i")[["f", "n"]].prod(),
    "mean": lambda d: d.groupby("i")[["f", "n", "i"]].mean(),
    "count": lambda d: d.groupby("i").count(),
    "size": lambda d: d.groupby("i").size(),
    "min": lambda d: d.groupby("i")[["f", "s", "t", "n", "b"]].min(),
    "max": lambda d: d.groupby("i")[["f", "s", "t", "n", "b"]].max(),
    "var": lambda d: d.groupby("i")[["f", "n"]].var(),
    "std": lambda d: d.groupby("i")["f"].std(ddof=0),
    "sem": lambda d: d.groupby("i")["f"].sem(),
    "first": lambda d: d.groupby("i").first(),
    "last": lambda d: d.groupby("i").last(),
    "any": lambda d: d.groupby("i")["b"].any(),
    "all": lambda d: d.groupby("i")["b"].all(),
    "nunique": lambda d: d.groupby("i").nunique(),
    "nunique of a column": lambda d: d.groupby("i").s.nunique(dropna=False),
    "median": lambda d: d.groupby("i")[["f", "n"]].median(),
    "quantile": lambda d: d.groupby("i")["f"].quantile(0.25),
    "idxmax": lambda d: d.groupby("i")["n"].idxmax(),
    "describe": lambda d: d.groupby("i")["f"].describe(),
    "corr": lambda d: d.groupby("b")[["i", "f"]].corr(),
    "value counts": lambda d: d.groupby("b")["i"].value_counts(),
    "mean of times": lambda d: d.groupby("i")["t"].mean(),
    "numeric only": lambda d: d.groupby("i").mean(numeric_only=True),
    "several keys": lambda d: d.groupby(["b", "i"])[["f"]].sum(),
    "list of one key": lambda d: d.groupby(["i"]).f.sum(),
    "string key": lambda d: d.groupby("s")["f"].mean(),
    "string key with missing": lambda d: d.groupby("s", dropna=False)["f"].sum(),
    "float key": lambda d: d.groupby("f").i.sum(),
    "float key with missing": lambda d: d.groupby("f", dropna=False).i.sum(),
    "time key": lambda d: d.groupby("t")["f"].sum(),
    "nullable key": lambda d: d.groupby("n", dropna=False)["f"].sum(),
    "categorical key": lambda d: d.groupby("c")[["f", "i"]].sum(),
    "all categories": lambda d: d.groupby("c", observed=False)[["f", "i"]].agg(
        ["sum", "count", "min", "mean", "nunique"]
    ),
    "all categories by two": lambda d: d.groupby(["c", "b"], observed=False)["i"].sum(),
    "not sorted": lambda d: d.groupby("s", sort=False)["f"].sum(),
    "not sorted, several": lambda d: d.groupby(["s", "c"], sort=False, dropna=False).i.agg(["sum", "nunique"]),
    "not sorted median": lambda d: d.groupby("s", sort=False)["f"].median(),
    "series key": lambda d: d.groupby(d.i % 2).f.sum(),
    "series keys": lambda d: d.groupby([d.i % 2, "b"])[["f"]].mean(),
    "NamedAgg": lambda d: d.groupby("i").agg(
        total=pd.NamedAgg("f", "sum"), middle=pd.NamedAgg("n", "median"), span=pd.NamedAgg("f", lambda f: f.count())
    ),
    "NamedAgg with arguments": lambda d: d.groupby("i").agg(
        some=pd.NamedAgg("f", lambda f, q: f.quantile(q), 0.25), most=pd.NamedAgg("f", "max")
    ),
    "named series key": lambda d: d.groupby(d.t.dt.year)["i"].sum(),
    "series by series": lambda d: d.f.groupby(d.i).mean(),
    "series of strings by series": lambda d: d.s.groupby(d.i).agg(["min", "count"]),
    "level": lambda d: d.groupby(level=0).f.sum(),
    "function": lambda d: d.groupby(lambda label: label % 3).i.sum(),
    "as columns": lambda d: d.groupby(["b", "i"], as_index=False)[["f", "n"]].sum(),
    "as columns, all": lambda d: d.groupby("i", as_index=False).count(),
    "as columns, one": lambda d: d.groupby("i", as_index=False)["f"].mean(),
    "as columns, size": lambda d: d.groupby("i", as_index=False).size(),
    "as columns, median": lambda d: d.groupby("i", as_index=False)[["f"]].median(),
    "agg name": lambda d: d.groupby("i")[["f", "n"]].agg("sum"),
    "agg list": lambda d: d.groupby("i")[["f", "n"]].agg(["sum", "mean", "std"]),
    "agg list of a column": lambda d: d.groupby("i").f.agg(["min", "max"]),
    "agg dict": lambda d: d.groupby("i").agg({"f": "mean", "s": "count"}),
    "agg dict of lists": lambda d: d.groupby("i").agg({"f": ["mean", "var"], "n": "sum"}),
    "agg named": lambda d: d.groupby("i").agg(total=("f", "sum"), many=("s", "nunique"), rows=("b", "size")),
    "agg named of a column": lambda d: d.groupby("i").f.agg(low="min", high="max"),
    "agg with median": lambda d: d.groupby("i").agg({"f": ["sum", "median"]}),
    "agg function": lambda d: d.groupby("i").f.agg(lambda x: x.max() - x.min()),
    "agg functions": lambda d: d.groupby("i").agg({"f": ["sum", len]}),
    "get group": lambda d: d.groupby("i").get_group(2),
    "get group of a column": lambda d: d.groupby(["i", "b"]).f.get_group((0, True)),
}

ROWS: dict[str, Case] = {
    "transform": lambda d: d.groupby("i").f.transform("mean"),
    "transform frame": lambda d: d.groupby("b")[["f", "i"]].transform("sum"),
    "transform by function": lambda d: d.groupby("i").f.transform(lambda x: x - x.mean()),
    "transform with missing keys": lambda d: d.groupby("s").f.transform("count"),
    "assigned": lambda d: d.assign(z=d.groupby("s").i.cumsum() + d.i),
    "cumsum": lambda d: d.groupby("i")[["f", "n"]].cumsum(),
    "cumcount": lambda d: d.groupby("s").cumcount(),
    "cumcount from the end": lambda d: d.groupby("s", dropna=False).cumcount(ascending=False),
    "shift": lambda d: d.groupby("i")[["f", "s"]].shift(),
    "diff": lambda d: d.groupby("b")["f"].diff(),
    "rank": lambda d: d.groupby("b")["f"].rank(),
    "ffill": lambda d: d.groupby("b")[["f", "s"]].ffill(),
    "bfill": lambda d: d.groupby("b")["s"].bfill(),
    "head": lambda d: d.groupby("i").head(1),
    "head of columns": lambda d: d.groupby("i")[["f"]].head(2),
    "head of a column": lambda d: d.groupby("s").f.head(1),
    "tail": lambda d: d.groupby("s", dropna=False).tail(2),
    "nth": lambda d: d.groupby("i").nth(1),
    "nth from the end": lambda d: d.groupby("i").f.nth(-1),
    "several keys": lambda d: d.groupby(["b", "s"]).f.cumsum(),
    "series key": lambda d: d.groupby(d.i % 2).f.cummax(),
}

APPLIED: dict[str, Case] = {
    "scalar": lambda d: d.groupby("i")[["f"]].apply(lambda g: g.f.sum()),
    "series": lambda d: d.groupby("i")[["f", "i"]].apply(lambda g: g.iloc[0]),
    "frame": lambda d: d.groupby("i")[["f", "s"]].apply(lambda g: g.head(2)),
    "frame without keys": lambda d: d.groupby("i", group_keys=False)[["f", "s"]].apply(lambda g: g.head(1)),
    "of a column": lambda d: d.groupby("s").f.apply(lambda g: g.max()),
    "not sorted": lambda d: d.groupby("s", sort=False)[["f"]].apply(len),
}


@pytest.mark.parametrize("frame", ["plain", "labels", "one row"])
@pytest.mark.parametrize("case", AGGREGATES)
def test_aggregates(case, frame):
    data = FRAMES[frame]
    if (case, frame) in {("corr", "one row"), ("get group", "one row")}:
        pytest.skip("pandas gives objects, or raises")
    expected = AGGREGATES[case](data)
    assert_like(AGGREGATES[case](lazy(data, 4)), expected)


def assert_like(ours, expected):
    """As assert_eq; where a dtype depends on the data only what is computed is compared."""
    found = ours.compute(scheduler="synchronous")
    kind = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    kind(found, expected)
    kind(ours.compute(scheduler="threads", optimize_graph=False), expected)
    assert type(ours._meta) is type(expected)
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_index_equal(ours._meta.columns, expected.columns)


@pytest.mark.parametrize("frame", ["plain", "labels", "one row"])
@pytest.mark.parametrize("case", ROWS)
def test_rows(case, frame):
    data = FRAMES[frame]
    assert_like(ROWS[case](lazy(data, 4)), ROWS[case](data))


@pytest.mark.parametrize("case", APPLIED)
def test_apply(case):
    data = FRAMES["plain"]
    assert_like(APPLIED[case](lazy(data, 3)), APPLIED[case](data))


@pytest.mark.parametrize("npartitions", [1, 2, 5, 12])
def test_partitions_do_not_matter(npartitions):
    data = FRAMES["plain"]
    assert_eq(
        lazy(data, npartitions).groupby("s").f.agg(["mean", "var", "first"]),
        data.groupby("s").f.agg(["mean", "var", "first"]),
    )


@pytest.mark.parametrize("split_out", [True, 3])
@pytest.mark.parametrize("how", [{}, {"dropna": False}, {"sort": False}, {"as_index": False}])
def test_many_groups_go_to_several_partitions(split_out, how):
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"k": rng.integers(0, 50, 200), "x": rng.normal(size=200)})
    found = lazy(data, 4).groupby("k", **how).agg({"x": ["sum", "std"]}, split_out=split_out)
    assert found.npartitions == (1 if how.get("sort") is False else 4 if split_out is True else 3)
    assert_eq(found, data.groupby("k", **how).agg({"x": ["sum", "std"]}))


def test_deep_tree():
    data = pd.DataFrame({"k": np.arange(100) % 7, "x": np.arange(100) ** 2.0})
    ours = lazy(data, 30).groupby("k").x.var(split_every=2)
    assert_eq(ours, data.groupby("k").x.var())


def test_only_needed_columns_are_read():
    node = lazy(FRAMES["plain"]).groupby("i").agg({"f": "sum"}).expr
    assert node.needs(None) == {node.frame: {"i", "f"}}


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "float32", "Int8", "bool"])
@pytest.mark.parametrize("size", [1, 60])
@pytest.mark.parametrize("key", ["int64", "float64"])
def test_small_types(dtype, size, key):
    data = pd.DataFrame({"k": np.arange(20) % 3, "x": pd.Series(np.arange(20) % 2 * size).astype(dtype)})
    data = data.astype({"k": key})
    for func in ("sum", "mean", "max", "prod", "first"):
        if (func, dtype) == ("mean", "bool"):
            continue
        expected = getattr(data.groupby("k").x, func)()
        found = getattr(lazy(data, 4).groupby("k").x, func)().compute(scheduler="synchronous")
        pd.testing.assert_series_equal(found, expected)


def test_far_from_zero():
    data = pd.DataFrame({"k": np.arange(40) % 2, "x": 1e6 + np.arange(40) / 7})
    assert_eq(lazy(data, 8).groupby("k").x.var(), data.groupby("k").x.var(), rtol=1e-9)


def test_mistakes_are_errors_at_the_call():
    df = lazy(FRAMES["plain"])
    with pytest.raises(KeyError, match="there is no column 'wrong'"):
        df.groupby("wrong")
    with pytest.raises(KeyError, match="wrong"):
        df.groupby("i")["wrong"]
    with pytest.raises(TypeError):
        df.groupby("i")["s"].mean()
    with pytest.raises(TypeError, match="nonsense"):
        df.groupby("i").f.sum(nonsense=1)
    with pytest.raises(TypeError, match="in memory"):
        df.groupby(np.arange(12))
    with pytest.raises(ValueError, match="split_out"):
        df.groupby("i").f.sum(split_out=0)
    with pytest.raises(AttributeError, match="wrong"):
        df.groupby("i").wrong


def test_processes():
    data = FRAMES["plain"]
    df = lazy(data, 3)
    ours = df.assign(z=df.groupby("s").i.cumsum()).groupby("c").z.agg(["sum", "median"])
    expected = data.assign(z=data.groupby("s").i.cumsum()).groupby("c").z.agg(["sum", "median"])
    pd.testing.assert_frame_equal(ours.compute(scheduler="processes", num_workers=2), expected)


keys = st.sampled_from([0, 1, 2, 3])
values = st.one_of(st.none(), st.integers(-5, 5), st.just(0.5))
rows = st.lists(st.tuples(keys, st.sampled_from(["a", "b", None]), values), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(1, 5), st.booleans(), st.booleans(), st.sampled_from([["k"], ["s"], ["k", "s"]]))
def test_like_pandas(rows, npartitions, sort, dropna, by):
    data = pd.DataFrame(rows, columns=["k", "s", "x"]).astype({"k": "int64", "s": "str", "x": "float64"})
    df = dd.from_pandas(data, npartitions=npartitions)
    funcs = ["sum", "mean", "count", "min", "max", "std", "first", "last", "nunique", "size"]
    expected = data.groupby(by, sort=sort, dropna=dropna)["x"].agg(funcs)
    found = df.groupby(by, sort=sort, dropna=dropna)["x"].agg(funcs).compute(scheduler="synchronous")
    pd.testing.assert_frame_equal(found, expected, check_dtype=bool(len(expected)))
    ranked = df.groupby(by, dropna=dropna)["x"].cumsum().compute(scheduler="synchronous")
    pd.testing.assert_series_equal(ranked, data.groupby(by, dropna=dropna)["x"].cumsum())


def test_a_partition_of_rows_without_a_key():
    data = pd.DataFrame({"k": ["a", "b", None, None, "a", None], "x": [1.0, 2, 3, 4, 5, 6]})
    ours = lazy(data, 6).groupby("k")
    assert_eq(ours.x.describe(), data.groupby("k").x.describe())
    assert_eq(ours.agg("median"), data.groupby("k").agg("median"))


@pytest.mark.parametrize("key", [lambda d: "o", lambda d: ["o", "b"], lambda d: d.o], ids=["label", "labels", "series"])
def test_keys_of_objects_are_no_numbers(key):
    data = pd.DataFrame({"o": pd.Series(["p", "q", "p"], dtype=object), "b": [1, 2, 3], "x": [1.0, 2.0, 3.0]})
    lazy = dd.from_pandas(data, npartitions=2)
    found = lazy.groupby(key(lazy)).x.sum().reset_index()
    assert found.dtypes.astype(str)["o"] == "object"
    pd.testing.assert_series_equal(
        found.sum(numeric_only=True).compute(),
        data.groupby(key(data)).x.sum().reset_index().sum(numeric_only=True),
    )


def test_a_group_that_there_is_not():
    data = FRAMES["plain"]
    for keys, name in (("i", 99), (["i", "b"], (0, "x")), ("s", "nobody"), ("t", pd.Timestamp("2030"))):
        with pytest.raises(KeyError):
            data.groupby(keys).get_group(name)
        group = lazy(data).groupby(keys).get_group(name)
        for asked in (group, group.f.sum(), group[["f"]].head(1, compute=False)):
            with pytest.raises(KeyError, match=str(name)[:2] if isinstance(name, str) else None):
                asked.compute()
    for keys, name in ((["i"], 2), ("s", np.nan)):
        with pytest.raises(KeyError):
            lazy(data).groupby(keys).get_group(name)
    assert_like(lazy(data).groupby(["i"]).get_group((2,)), data.groupby(["i"]).get_group((2,)))
    assert_like(lazy(data).groupby("s", dropna=False).get_group(np.nan), data[data.s.isna()])


def test_each_group_in_turn():
    data = FRAMES["plain"]
    for keys in ("i", ["i"], ["i", "b"]):
        for (name, group), (expected, rows) in zip(lazy(data).groupby(keys), data.groupby(keys), strict=True):
            assert name == expected
            assert_like(group, rows)
