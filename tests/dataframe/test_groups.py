"""The rarer methods of a group-by against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
import minidask.dataframe.group_counts as group_counts
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

Case = Callable[[Any], Any]


def dtypes() -> pd.DataFrame:
    """A column of each dtype, with missing values where it has them, and keys that are missing."""
    n = 24
    at = np.arange(n)
    some = at % 5 == 1
    return pd.DataFrame(
        {
            "k": pd.Series(np.where(at % 7 == 3, None, np.array(list("dbca"))[at * 5 % 4]), dtype="str"),
            "j": at * 3 % 4,
            "int8": (at % 9).astype("int8"),
            "float32": np.where(some, np.nan, at * 1.5).astype("float32"),
            "Int64": pd.array([None if m else int(i) for i, m in zip(at, some)], dtype="Int64"),
            "boolean": pd.array([None if m else bool(i % 2) for i, m in zip(at, some)], dtype="boolean"),
            "text": pd.Series([None if m else f"t{i % 6}" for i, m in zip(at, some)], dtype="str"),
            "cat": pd.Categorical(np.where(some, None, np.array(["y", "x", "z"])[at % 3]), categories=["z", "y", "x"]),
            "zone": pd.Series(pd.date_range("2024-03-30", periods=n, freq="5h", tz="Europe/Paris")).where(~some),
            "delta": pd.Series(pd.to_timedelta(at * 7, unit="min")).where(~some),
        }
    )


TIMES = (
    FRAMES["plain"].assign(x=np.arange(12.0)).set_index(pd.date_range("2024-01-01", periods=12, freq="7h", name="when"))
)

PLAIN: dict[str, Case] = {
    "kurt": lambda d: d.groupby("b")["f"].kurt(),
    "skew": lambda d: d.groupby("b")["f"].skew(),
    "unique": lambda d: d.groupby("i").s.unique(),
    "nlargest": lambda d: d.groupby("b").f.nlargest(2),
    "nsmallest": lambda d: d.groupby("b").i.nsmallest(3),
    "nlargest of many": lambda d: d.groupby(["s", "b"], dropna=False).f.nlargest(20),
    "nlargest of equal ones": lambda d: d.groupby("s", sort=False).i.nlargest(2),
    "nsmallest by a series": lambda d: d.f.groupby(d.i % 2).nsmallest(2),
    "median by two": lambda d: d.groupby(["s", "b"], dropna=False)[["f", "i", "n"]].median(),
    "median by a series": lambda d: d.f.groupby(d.i % 2).median(),
    "medians and others": lambda d: d.groupby("s").agg({"f": ["median", "nunique", "var"], "i": ["median", "first"]}),
    "corr with missing": lambda d: d.groupby(["s", "b"], dropna=False)[["f", "i"]].corr(min_periods=2),
    "cov of ints": lambda d: d.groupby("s", sort=False)[["i"]].cov(ddof=0),
    "ohlc": lambda d: d.groupby("b").f.ohlc(),
    "describe": lambda d: d.groupby("b")[["f", "i"]].describe(),
    "quantiles": lambda d: d.groupby("b").f.quantile([0.2, 0.9]),
    "quantile nearest": lambda d: d.groupby("b").f.quantile(0.4, interpolation="nearest"),
    "cov": lambda d: d.groupby("b")[["f", "i"]].cov(),
    "corr spearman": lambda d: d.groupby("b")[["f", "i"]].corr(method="spearman"),
    "idxmin": lambda d: d.groupby("i")[["i"]].idxmin(),
    "value counts of a frame": lambda d: d.groupby("b")[["i", "s"]].value_counts(),
    "value counts normalized": lambda d: d.groupby("b").s.value_counts(normalize=True, dropna=False),
    "increases": lambda d: d.groupby("i").n.is_monotonic_increasing,
    "decreases": lambda d: d.groupby("i").f.is_monotonic_decreasing,
    "any": lambda d: d.groupby("i")[["b", "i"]].any(),
    "first with min_count": lambda d: d.groupby("i").first(min_count=2),
    "sum without skipping": lambda d: d.groupby("i").f.sum(skipna=False),
    "ngroup": lambda d: d.groupby("i").ngroup(),
    "ngroup missing": lambda d: d.groupby("s").ngroup(),
    "ngroup missing counts": lambda d: d.groupby(["s", "b"], dropna=False).ngroup(ascending=False),
    "ngroup not sorted": lambda d: d.groupby("s", sort=False).ngroup(),
    "filter": lambda d: d.groupby("i").filter(lambda g: len(g) > 2),
    "filter missing keys": lambda d: d.groupby("s").filter(lambda g: g.f.sum() > 0),
    "filter of a column": lambda d: d.groupby("i").f.filter(lambda g: g.mean() > 0),
    "filter keeps rows": lambda d: d.groupby("s").filter(lambda g: g.f.sum() > 0, dropna=False),
    "rolling": lambda d: d.groupby("b")[["f", "i"]].rolling(2).sum(),
    "rolling of a column": lambda d: d.groupby("s").f.rolling(3, min_periods=1).mean(),
    "rolling apply": lambda d: d.groupby("b").f.rolling(2).apply(lambda x: x.max() - x.min()),
    "rolling agg": lambda d: d.groupby("b").f.rolling(2).agg(["sum", "min"]),
    "expanding": lambda d: d.groupby("b")[["f", "i"]].expanding().max(),
    "ewm": lambda d: d.groupby("b").f.ewm(alpha=0.5).mean(),
    "pct_change": lambda d: d.groupby("b").i.pct_change(),
    "diff": lambda d: d.groupby("b")[["f", "n"]].diff(2),
    "shift several": lambda d: d.groupby("b").i.shift([1, 2]),
    "shift with a value": lambda d: d.groupby("b").i.shift(1, fill_value=-1),
    "rank": lambda d: d.groupby("b").f.rank(method="min", ascending=False, pct=True),
    "cumprod": lambda d: d.groupby("s").i.cumprod(),
    "cummin": lambda d: d.groupby("s")[["f", "n"]].cummin(),
    "head but the last": lambda d: d.groupby("b").head(-1),
    "tail": lambda d: d.groupby(["b", "i"]).tail(1),
    "nth slice": lambda d: d.groupby("b").nth(slice(1, 3)),
    "nth several": lambda d: d.groupby("b").nth([0, -1]),
    "sample": lambda d: d.groupby("b").sample(n=1, random_state=3),
    "sample of a part": lambda d: d.groupby("b").f.sample(frac=0.5, random_state=3),
    "pipe": lambda d: d.groupby("b").pipe(lambda g: g.f.max() - g.f.min()),
    "corr with another": lambda d: d.groupby("b").f.corr(d.i),
    "cov with another": lambda d: d.f.groupby(d.b).cov(d.i),
    "dict key": lambda d: d.groupby({0: "x", 1: "x", 5: "y"}).i.sum(),
    "agg with several functions": lambda d: d.groupby("i").agg({"f": ["sum", lambda x: x.max()], "s": "count"}),
    "agg function with arguments": lambda d: d.groupby("i").f.agg(lambda x, q: x.quantile(q), 0.3),
    "agg function of strings": lambda d: d.groupby("b").s.agg(lambda x: "|".join(x.dropna())),
    "agg list of functions": lambda d: d.groupby("i")[["f", "i"]].agg([np.mean, "sum"]),
    "agg not sorted": lambda d: d.groupby("s", sort=False).f.agg(lambda x: x.sum()),
    "agg as columns": lambda d: d.groupby("i", as_index=False).agg(total=("f", "sum"), span=("f", lambda x: x.max())),
    "apply to groups": lambda d: d.groupby("i")[["f", "i"]].apply(lambda g: g.f - g.i),
    "apply to groups of several lengths": lambda d: d.groupby("b")[["f", "i"]].apply(lambda g: g.f - g.i),
    "apply a frame": lambda d: d.groupby("b")[["f", "i"]].apply(lambda g: g.describe()),
    "apply as columns": lambda d: d.groupby("i", as_index=False)[["f"]].apply(lambda g: g.f.sum()),
    "apply several keys": lambda d: d.groupby(["b", "i"])[["f"]].apply(lambda g: g.head(1)),
    "transform to one value": lambda d: d.groupby("b")[["f", "i"]].transform(lambda x: x.max()),
    "transform cumulative": lambda d: d.groupby("b").i.transform("cumsum"),
    "transform rank": lambda d: d.groupby("b").f.transform("rank"),
    "fill by transform": lambda d: d.groupby("b").f.transform(lambda x: x.fillna(x.mean())),
}

IN_TIME: dict[str, Case] = {
    "resample": lambda d: d.groupby("b").x.resample("D").sum(),
    "resample frame": lambda d: d.groupby("b")[["x", "i"]].resample("D").mean(),
    "resample apply": lambda d: d.groupby("b").x.resample("D").apply(lambda x: x.max()),
    "rolling in time": lambda d: d.groupby("b").x.rolling("1D").sum(),
    "grouper": lambda d: d.groupby(["b", pd.Grouper(freq="D")]).x.sum(),
    "grouper key": lambda d: d.reset_index().groupby(["b", pd.Grouper(key="when", freq="D")]).x.mean(),
}

METHODS = ("nunique", "first", "min", "sum", "mean", "std", "median", "count")
KEYS = ("j", "int8", "float32", "Int64", "boolean", "text", "cat", "zone", "delta")


ALL_AT_ONCE = ("apply to groups", "first with min_count")
"""What depends on groups that other partitions may have."""


def same(ours: Any, expected: Any) -> None:
    found = ours.compute(scheduler="synchronous")
    assert type(found) is type(expected) is type(ours._meta)
    kind = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    kind(found, expected)


@pytest.mark.parametrize("frame", ["plain", "labels"])
@pytest.mark.parametrize("case", PLAIN)
def test_as_pandas(case, frame, monkeypatch):
    data = FRAMES[frame]
    monkeypatch.setattr(group_counts, "SMALL", 0 if frame == "plain" and case not in ALL_AT_ONCE else 100)
    if frame == "labels" and case.endswith("with another"):
        pytest.skip("pandas pairs all rows of equal labels")
    if (case, frame) == ("dict key", "labels"):
        data = data.set_axis(pd.Index(np.arange(12) % 6, name="key")).sort_index()
    same(PLAIN[case](lazy(data, 4)), PLAIN[case](data))


@pytest.mark.parametrize("case", IN_TIME)
def test_in_time(case):
    same(IN_TIME[case](lazy(TIMES, 3)), IN_TIME[case](TIMES))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("column", KEYS)
def test_dtypes_of_values(column, method):
    data = dtypes()

    def asked(d: Any) -> Any:
        return getattr(d.groupby("k")[column], method)()

    try:
        expected = asked(data)
    except TypeError:
        with pytest.raises(TypeError):
            asked(lazy(data, 3))
    else:
        same(asked(lazy(data, 3)), expected)


@pytest.mark.parametrize("options", [{}, {"dropna": False}, {"sort": False}, {"observed": False}], ids=str)
@pytest.mark.parametrize("key", KEYS)
def test_dtypes_of_keys(key, options):
    data = dtypes()

    def asked(d: Any) -> list[Any]:
        groups, both = d.groupby(key, **options), d.groupby([key, "k"], **options)
        return [groups.j.agg(["sum", "mean", "nunique"]), both.j.max(), groups.j.median(), groups.j.cumsum()]

    for ours, expected in zip(asked(lazy(data, 5)), asked(data)):
        same(ours, expected)


def test_empty_partitions():
    data = dtypes()
    df = lazy(data, 4)
    empties = df[df.j > 2]  # leaves partitions without some keys
    none = df[df.j > 99]
    same(
        empties.groupby("k").int8.agg(["sum", "var", "first"]),
        data[data.j > 2].groupby("k").int8.agg(["sum", "var", "first"]),
    )
    same(none.groupby("k").int8.sum(), data[data.j > 99].groupby("k").int8.sum())
    same(none.groupby("k").int8.agg(lambda x: x.sum()), data[data.j > 99].groupby("k").int8.agg(lambda x: x.sum()))


@pytest.mark.parametrize(("by", "npartitions"), [("k", 1), ("j", 4), (["j", "k"], 4)])
def test_many_groups_make_several_partitions(by, npartitions, monkeypatch):
    monkeypatch.setattr(group_counts, "LARGE", 0)
    monkeypatch.setattr(group_counts, "MANY", 10)
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"k": rng.integers(0, 5, 200), "j": rng.integers(0, 500, 200), "x": rng.normal(size=200)})
    df = lazy(data, 4)
    ours = df.groupby(by).x.agg(["sum", "median"])
    assert ours.npartitions == npartitions
    same(ours, data.groupby(by).x.agg(["sum", "median"]))
    same(df[df.x > 0].groupby(by, as_index=False).x.sum(), data[data.x > 0].groupby(by, as_index=False).x.sum())
    assert df.x.map(lambda x: round(x, 3)).groupby(df[by] if by != ["j", "k"] else df.j).sum().npartitions == 1


@pytest.mark.parametrize("npartitions", [1, 4])
def test_functions_see_each_group_once(npartitions):
    data = pd.DataFrame({"k": np.arange(40) % 6, "x": np.arange(40.0)}).assign(g=np.arange(40) % 6 * 10)
    df = lazy(data, npartitions)
    seen: list[Any] = []

    def noted(x: Any) -> Any:
        seen.append(tuple(x))
        return x.sum()

    groups = sorted(tuple(x) for _, x in data.groupby("k").x)
    for ours in (lambda: df.groupby("k").x.agg(noted), lambda: df.groupby("k").x.apply(noted)):
        seen.clear()
        ours().compute(scheduler="synchronous")
        assert sorted(seen) == groups
    seen.clear()
    df.groupby("k").x.transform(noted).compute(scheduler="synchronous")
    assert sorted(seen) == groups
    seen.clear()
    df.groupby("k").x.filter(lambda x: noted(x) > 100).compute(scheduler="synchronous")
    assert sorted(seen) == groups


def test_no_function_sees_an_invented_row():
    data = pd.DataFrame({"k": [1, 2, 1, 2, 1], "x": [5.0, 6, 7, 8, 9], "y": [9.0, 6, 7, 5, 5]})
    df = lazy(data, 2)

    def noted(x: Any, *more: Any) -> float:
        assert 0 not in np.asarray(x)
        return float(np.max(x))

    same(df.x.expanding().apply(noted), data.x.expanding().apply(noted))
    same(df.x.expanding().agg(["sum", noted]), data.x.expanding().agg(["sum", noted]))
    same(df.x.rolling(2).apply(noted), data.x.rolling(2).apply(noted))
    same(df[["x", "y"]].corr(method=noted), data[["x", "y"]].corr(method=noted))
    same(df.groupby("k").corr(method=noted), data.groupby("k").corr(method=noted))
    same(df.groupby("k").x.rolling(2).apply(noted), data.groupby("k").x.rolling(2).apply(noted))


def test_going_through_groups():
    data = FRAMES["plain"]
    for by in ("s", ["s"], ["b", "i"]):
        ours, expected = lazy(data, 3).groupby(by, dropna=False), data.groupby(by, dropna=False)
        pairs = list(zip(ours, expected, strict=True))
        for (name, rows), (told, group) in pairs:
            assert (
                name == told
                or (pd.isna(np.asarray(name, dtype=object)) == pd.isna(np.asarray(told, dtype=object))).all()
            )
            pd.testing.assert_frame_equal(rows.compute(), group)
        assert len(ours) == ours.ngroups == len(expected)
    ours, expected = lazy(data, 3).groupby("i"), data.groupby("i")
    assert {k: v.tolist() for k, v in ours.groups.items()} == {k: v.tolist() for k, v in expected.groups.items()}
    assert {k: v.tolist() for k, v in ours.indices.items()} == {k: v.tolist() for k, v in expected.indices.items()}
    assert (ours.ndim, ours.f.ndim, ours.keys) == (2, 1, "i")


spread = dd.Aggregation("spread", lambda x: (x.max(), x.min()), lambda a, b: (a.max(), b.min()), lambda a, b: a - b)
total = dd.Aggregation("total", lambda x: x.sum(), lambda x: x.sum())


@pytest.mark.parametrize("by", ["i", ["s", "b"]])
def test_aggregations_of_a_persons_own(by):
    data = FRAMES["plain"]
    ours, expected = lazy(data, 5).groupby(by), data.groupby(by)
    difference = (expected.f.max() - expected.f.min()).rename("f")
    same(ours.f.agg(spread), difference)
    same(ours.agg({"f": spread, "n": "sum"}), pd.DataFrame({"f": difference, "n": expected.n.sum()}))
    found = ours.f.agg([spread, total, "count"]).compute()
    assert found.columns.tolist() == ["spread", "total", "count"]
    pd.testing.assert_series_equal(found.total, expected.f.sum().rename("total"))
    assert ours[["f", "n"]].agg([total]).compute().columns.tolist() == [("f", "total"), ("n", "total")]


def test_what_is_not_there_says_what_to_do():
    groups = lazy(FRAMES["plain"]).groupby("i")
    for method in ("plot", "hist", "boxplot", "corrwith", "compute"):
        with pytest.raises(NotImplementedError, match=method):
            getattr(groups, method)()
    with pytest.raises(NotImplementedError, match="dropna"):
        groups.nth(0, dropna="any")
    with pytest.raises(TypeError, match="scalar bool"):
        groups.filter(lambda g: g).compute()
    with pytest.raises(TypeError, match="lazy Series"):
        groups.f.corr([1, 2])


@pytest.mark.parametrize("labels", ["cd", "abc"])
def test_series_of_other_labels_in_later_partitions(labels: str) -> None:
    def of_group(group: pd.DataFrame) -> pd.Series:
        names = list("ab" if group.x.iloc[0] < 12 else labels)
        return pd.Series(range(len(names)), index=names)

    data = pd.DataFrame({"k": np.repeat(range(8), 3), "x": range(24)})
    parts = [dd.from_pandas(data.iloc[i : i + 6], 1).to_delayed()[0] for i in range(0, 24, 6)]
    groups = dd.from_delayed(parts, meta=data.iloc[:0]).groupby("k")
    with pytest.raises(ValueError, match=r"groupby.apply.* gave a .* for some groups, and a .* for others; with meta="):
        groups.apply(of_group).compute()
    same(groups.apply(of_group, meta=(None, "int64")), data.groupby("k").apply(of_group))


@pytest.mark.parametrize("npartitions", [1, 2, 5])
@pytest.mark.parametrize("dtype", [object, "str"])
@pytest.mark.parametrize("func", ["sum", "first", "last", "count"])
def test_groups_that_have_no_text(func: str, dtype: Any, npartitions: int) -> None:
    for values in (["a", "c", None, None, "b"], [None, "a", None, "c", "b"], ["a", None, None, None, None]):
        data = pd.DataFrame({"k": [1, 1, 2, 2, 3], "j": [1, 2, 1, 2, 1], "o": pd.Series(values, dtype=dtype)})
        lazy = dd.from_pandas(data, npartitions=npartitions)
        for keys in ("k", "j", ["k", "j"]):
            assert_eq(getattr(lazy.groupby(keys).o, func)(), getattr(data.groupby(keys).o, func)())
            if func == "sum":
                assert_eq(lazy.groupby(keys).o.sum(min_count=2), data.groupby(keys).o.sum(min_count=2))
