"""The rest of pandas' surface: a row for each method, against pandas, on several frames and partitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

N = 14
DATA = pd.DataFrame(
    {
        "a": [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7],
        "b": np.where(np.arange(N) % 4 == 1, np.nan, np.linspace(-1, 1, N)),
        "s": ["x|y", "y", None, "x", "z", "a b c", "y|z"] * 2,
    },
    index=pd.Index(np.arange(N) * 2, name="key"),
)
TIMES = DATA[["a", "b"]].set_axis(pd.date_range("2024-01-01", periods=N, freq="7h", name="when"))
LEVELS = DATA.assign(k=list("aabbccd") * 2).set_index(["k", "a"]).sort_index()
OTHER = DATA[["a", "b"]].where(DATA.a > 4) * 10
CATS = pd.Series(list("abcabca") * 2, dtype="category")
LISTS = pd.Series(
    [[1, 2], [3], [], [4, 5, 6]], dtype=pd.ArrowDtype(__import__("pyarrow").list_(__import__("pyarrow").int64()))
)
STRUCTS = pd.Series(
    [{"i": 1, "t": "a"}, {"i": 2, "t": "b"}, {"i": 3, "t": None}],
    dtype=pd.ArrowDtype(__import__("pyarrow").struct([("i", "int64"), ("t", "string")])),
)

FRAMES: dict[str, Callable[[Any], Any]] = {
    "at_time": lambda d: d,
    "convert_dtypes": lambda d: d.convert_dtypes(),
    "convert_dtypes of a series": lambda d: d.b.convert_dtypes(),
    "drop rows": lambda d: d.drop([2, 8]),
    "drop rows and columns": lambda d: d.drop(index=4, columns="a"),
    "drop rows that are not there": lambda d: d.drop(index=[4, 99], errors="ignore"),
    "filter items": lambda d: d.filter(items=["s", "zz", "a"]),
    "filter rows": lambda d: d.filter(items=[8, 2, 99], axis=0),
    "filter like": lambda d: d.filter(like="2", axis=0),
    "filter regex": lambda d: d.filter(regex="^[ab]"),
    "select": lambda d: d.select("b", c=lambda x: x.a + 1),
    "select of an expression": lambda d: d.select("a", (pd.col("a") * 2).rename("twice")),
    "select of the same": lambda d: d.select("a", (pd.col("a") * 2).rename("a"), "a"),
    "expression as a mask": lambda d: d[pd.col("a") > 3],
    "transform by name": lambda d: d[["a", "b"]].transform("abs"),
    "transform by a ufunc": lambda d: d[["a", "b"]].transform(np.exp),
    "transform by a function": lambda d: d[["a", "b"]].transform(lambda x: x - x.mean()),
    "transform by several": lambda d: d[["a", "b"]].transform(["abs", np.sign]),
    "transform of a series": lambda d: d.a.transform(lambda x: x / x.sum()),
    "truncate": lambda d: d.truncate(4, 11),
    "xs": lambda d: getattr(d.xs(4), "compute", d.xs(4).copy)(),
    "xs of a column": lambda d: d.xs("a", axis=1),
    "corrwith": lambda d: d[["a", "b"]].corrwith(d[["b", "a"]] ** 2),
    "corrwith a series": lambda d: d[["a", "b"]].corrwith(d.a + 1),
    "corrwith other columns": lambda d: d[["a", "b"]].corrwith(d[["a"]].assign(c=1.0)),
    "corrwith, dropped": lambda d: d[["a", "b"]].corrwith(d[["a"]].assign(c=1.0), drop=True),
    "corrwith by a function": lambda d: d[["a"]].corrwith(d[["a"]] ** 2, method=lambda x, y: x.mean() - y.mean()),
    "corrwith by rows": lambda d: d[["a", "b"]].corrwith(d[["a", "b"]] ** 2, axis=1),
    "dot": lambda d: d[["a", "b"]].dot(pd.Series({"a": 2.0, "b": 1.0})),
    "matrix product": lambda d: d[["a", "b"]].fillna(0) @ np.array([[1.0, 2], [3, 4]]),
    "matrix product with a frame": lambda d: d[["a", "b"]] @ pd.DataFrame({"x": [1, 2]}, index=["a", "b"]),
    "dot of a series": lambda d: d.a.dot(d.a * 2),
    "dot of a series and a frame": lambda d: d.a.dot(d[["a", "b"]].fillna(0)),
    "compare": lambda d: d[["a", "b"]].compare(d[["a", "b"]].where(d.a > 3, 0.0)),
    "compare, in shape": lambda d: d[["a", "b"]].compare(d[["a", "b"]].where(d.a > 3, 0.0), keep_shape=True),
    "compare of series": lambda d: d.a.compare(d.a.where(d.a > 3, 0), keep_equal=True),
    "combine": lambda d: d[["a", "b"]].combine(d[["a", "b"]] * 2, lambda x, y: x if x.sum() < y.sum() else y),
    "combine of series": lambda d: d.a.combine(d.a * -1, max),
    "combine with a scalar": lambda d: d.a.combine(4, max),
    "combine_first": lambda d: d[["a", "b"]].combine_first(d[["b"]].fillna(7).assign(z=1)),
    "align": lambda d: d[["a", "b"]].align(d[["b", "s"]])[0],
    "align, the other": lambda d: d[["a", "b"]].align(d[["b", "s"]], join="inner", axis=1)[1],
    "case_when": lambda d: d.a.case_when([(d.a > 5, 0), (lambda x: x > 2, -1)]),
    "argsort": lambda d: d.a.argsort(kind="stable"),
    "argmax": lambda d: d.a.argmax(),
    "argmin": lambda d: d.b.argmin(),
    "is_unique": lambda d: d.a.is_unique,
    "is_unique, the index": lambda d: d.index.is_unique,
    "is_monotonic_increasing": lambda d: d.a.is_monotonic_increasing,
    "is_monotonic_decreasing": lambda d: (-d.index.to_series()).is_monotonic_decreasing,
    "hasnans": lambda d: d.b.hasnans,
    "searchsorted": lambda d: d.index.to_series().searchsorted([3, 8, 100]),
    "searchsorted a value": lambda d: d.index.to_series().searchsorted(8, side="right"),
    "first_valid_index": lambda d: d.b.first_valid_index(),
    "last_valid_index": lambda d: d[["b"]].last_valid_index(),
    "get": lambda d: d.a.get(8),
    "get what is not there": lambda d: d.a.get(99, "no"),
    "item": lambda d: d.a[d.a == 8].item(),
    "repeat": lambda d: d.a.repeat(2),
    "drop of a series": lambda d: d.a.drop([2, 4]),
    "filter of a series": lambda d: d.a.filter(items=[8, 4]),
    "filter of a series like": lambda d: d.a.filter(like="1"),
    "round": lambda d: round(d.b, 1),
    "cat": lambda d: d.s.str.cat(sep="-"),
    "cat with missing": lambda d: d.s.str.cat(sep="-", na_rep="?"),
    "cat with others": lambda d: d.s.str.cat(d.s.str.upper(), sep="/", na_rep="."),
    "cat with several": lambda d: d.s.str.cat([d.s, d.s.str.upper()], sep="/"),
    "split": lambda d: d.s.str.split("|", expand=True),
    "split of spaces": lambda d: d.s.str.rsplit(expand=True),
    "dummies": lambda d: d.s.str.get_dummies(),
    "extractall": lambda d: d.s.str.extractall("([xyz])"),
    "findall": lambda d: d.s.str.findall("[xyz]"),
    "sliced text": lambda d: d.s.str[0],
    "partition": lambda d: d.s.str.partition("|"),
    "eval": lambda d: d.eval("c = a + b"),
    "stepped rolling": lambda d: d.a.rolling(3, step=2).sum(),
    "memory": lambda d: d.a.nbytes,
    "divmod": lambda d: divmod(d.a, 2)[1],
    "divided by": lambda d: divmod(20, d.a)[0],
    "reindex_like": lambda d: d.reindex_like(OTHER.iloc[::2]),
    "prefix": lambda d: d.a.add_prefix("x"),
    "categories": lambda d: (
        d.assign(s=d.s.astype("category")).s.cat.categories.tolist()
        if isinstance(d, pd.DataFrame)
        else d.categorize().s.cat.categories.tolist()
    ),
}


@pytest.mark.parametrize("call", FRAMES.values(), ids=FRAMES)
def test_frames(call: Callable[[Any], Any]) -> None:
    assert_eq(call(dd.from_pandas(DATA, 4)), call(DATA))


OF_TIMES: dict[str, Callable[[Any], Any]] = {
    "at_time": lambda d: d.at_time("07:00"),
    "between_time": lambda d: d.between_time("06:00", "15:00"),
    "between_time of a series": lambda d: d.a.between_time("22:00", "03:00", inclusive="left"),
    "shift by time": lambda d: d.shift(2, freq="h"),
    "to_period": lambda d: d.to_period("D"),
    "tz": lambda d: d.tz_localize("UTC").tz_convert("Europe/Rome"),
    "rolling time": lambda d: d.rolling("20h").sum(),
    "rolling time, centred": lambda d: d.rolling("20h", center=True).sum(),
    "rolling, closed left": lambda d: d.rolling("20h", closed="left").mean(),
    "rolling, closed both": lambda d: d.rolling("21h", closed="both").max(),
    "rolling, closed neither": lambda d: d.rolling(3, closed="neither").sum(),
    "rolling on": lambda d: d.reset_index().rolling("20h", on="when").sum(),
    "rolling on, a column": lambda d: d.reset_index().rolling("20h", on="when")["a"].sum(),
    "rolling on, columns": lambda d: d.reset_index().rolling("20h", on="when")[["a", "b"]].mean(),
    "rolling columns": lambda d: d.rolling(3)[["b"]].sum(),
    "rolling agg": lambda d: d.rolling(3).agg(["sum", "mean"]),
    "rolling agg of a dict": lambda d: d.rolling(3).agg({"a": "sum", "b": ["min", "max"]}),
    "rolling apply": lambda d: d.rolling(3).apply(lambda x: x.max() - x.min()),
    "rolling apply raw": lambda d: d.a.rolling(3).apply(np.ptp, raw=True),
    "rolling agg of a function": lambda d: d.a.rolling(3).agg(lambda x: x.max()),
    "rolling corr": lambda d: d.a.rolling(4).corr(d.b),
    "rolling cov": lambda d: d.a.rolling(4).cov(d.b, ddof=0),
    "rolling corr of columns": lambda d: d.rolling(4).corr(d**2, pairwise=False),
    "rolling corr of pairs": lambda d: d.rolling(4).corr(),
    "rolling cov with a series": lambda d: d.rolling(4).cov(d.a),
    "rolling first": lambda d: d.rolling(3).first(),
    "rolling nunique": lambda d: d.rolling(3).nunique(),
    "rolling pipe": lambda d: d.rolling(3).pipe(lambda r: r.max() - r.min()),
    "rolling rank": lambda d: d.a.rolling(3).rank(),
    "rolling of a centre": lambda d: d.rolling(5, center=True, min_periods=1).mean(),
    "expanding corr": lambda d: d.a.expanding().corr(d.b),
    "expanding cov of pairs": lambda d: d.expanding().cov(),
    "expanding first": lambda d: d.expanding().first(),
    "ewm corr": lambda d: d.a.ewm(com=1).corr(d.b),
    "ewm cov of pairs": lambda d: d.ewm(com=1).cov(),
    "asfreq": lambda d: d.asfreq("D"),
    "asof": lambda d: d.asof(pd.Timestamp("2024-01-02 03:00")),
    "isocalendar": lambda d: d.index.isocalendar(),
    "isocalendar of a series": lambda d: d.index.to_series().dt.isocalendar(),
    "year": lambda d: d.index.year,
    "hour": lambda d: d.index.hour,
    "is_month_start": lambda d: d.index.is_month_start,
    "day_name": lambda d: d.index.day_name(),
    "floor": lambda d: d.index.floor("D"),
    "strftime": lambda d: d.index.strftime("%d.%m."),
    "date": lambda d: d.index.date,
    "to_period of the index": lambda d: d.index.to_period("D"),
    "tz of the index": lambda d: d.index.tz_localize("UTC"),
    "as_unit": lambda d: d.index.as_unit("s"),
    "components": lambda d: (d.index.to_series() - pd.Timestamp("2024-01-01")).dt.components,
    "days": lambda d: (d.index.to_series() - pd.Timestamp("2024-01-01")).dt.days,
    "total_seconds": lambda d: (d.index.to_series() - pd.Timestamp("2024-01-01")).dt.total_seconds(),
    "seconds of the index": lambda d: (d.index - pd.Timestamp("2024-01-01")).seconds,
    "end_time": lambda d: d.index.to_period("D").to_series().dt.end_time,
    "qyear": lambda d: d.index.to_period("Q").to_series().dt.qyear,
    "asfreq of periods": lambda d: d.index.to_period("D").to_series().dt.asfreq("M"),
    "to_timestamp of periods": lambda d: d.index.to_period("D").to_series().dt.to_timestamp(),
    "unit": lambda d: d.index.unit,
    "unit of a series": lambda d: d.index.to_series().dt.unit,
    "tz of a series": lambda d: d.tz_localize("UTC").index.to_series().dt.tz,
}


def plain(value: Any) -> Any:
    """pandas' arrays as we give them: as an Index."""
    return pd.Index(value) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("call", OF_TIMES.values(), ids=OF_TIMES)
def test_times(call: Callable[[Any], Any]) -> None:
    theirs = plain(call(TIMES))
    if isinstance(theirs, str) or (not hasattr(theirs, "dtype") and not isinstance(theirs, pd.DataFrame)):
        assert call(dd.from_pandas(TIMES, 4)) == theirs
    else:
        assert_eq(call(dd.from_pandas(TIMES, 4)), theirs)


OF_INDEX: dict[str, Callable[[Any], Any]] = {
    "append": lambda i: i.append(i + 1),
    "append several": lambda i: i.append([i + 1, i]),
    "union": lambda i: i.union(i + 1),
    "union in memory": lambda i: i.union(pd.Index([1, 4, 101])),
    "intersection": lambda i: i.intersection(i + 4),
    "difference": lambda i: i.difference(pd.Index([4, 8])),
    "symmetric_difference": lambda i: i.symmetric_difference(i + 4),
    "astype": lambda i: i.astype("float64"),
    "duplicated": lambda i: (i // 4).duplicated(),
    "drop_duplicates": lambda i: (i // 4).drop_duplicates(),
    "drop_duplicates, last": lambda i: (i // 4).drop_duplicates(keep="last"),
    "unique": lambda i: (i // 4).unique(),
    "value_counts": lambda i: (i // 4).value_counts(),
    "nunique": lambda i: (i // 4).nunique(),
    "is_unique": lambda i: (i // 4).is_unique,
    "has_duplicates": lambda i: (i // 4).has_duplicates,
    "is_monotonic_increasing": lambda i: i.is_monotonic_increasing,
    "sort_values": lambda i: (i % 6).sort_values(),
    "sort_values, down": lambda i: i.sort_values(ascending=False),
    "map": lambda i: i.map(lambda x: x * 10),
    "map of a dict": lambda i: i.map(dict.fromkeys(range(30), 1)),
    "to_series": lambda i: i.to_series(),
    "to_series with a name": lambda i: i.to_series(name="z"),
    "to_frame": lambda i: i.to_frame(),
    "argsort": lambda i: (i % 6).argsort(kind="stable"),
    "argmax": lambda i: i.argmax(),
    "element": lambda i: i[3],
    "slice": lambda i: i[3:9],
    "mask": lambda i: i[i > 6],
    "list": lambda i: i[[3, 1]],
    "take": lambda i: i.take([3, 1]),
    "delete": lambda i: i.delete([0, 2]),
    "insert": lambda i: i.insert(1, 99),
    "drop": lambda i: i.drop([4, 8]),
    "repeat": lambda i: i.repeat(2),
    "get_level_values": lambda i: i.get_level_values("key"),
    "where": lambda i: i.where(i > 6, -1),
    "isin": lambda i: i.isin([2, 4]),
    "isna": lambda i: i.isna(),
    "fillna": lambda i: i.fillna(0),
    "rename": lambda i: i.rename("z"),
    "set_names": lambda i: i.set_names("z"),
    "get_loc": lambda i: i.get_loc(8),
    "get_indexer": lambda i: i.get_indexer([8, 3]),
    "slice_locs": lambda i: i.slice_locs(3, 9),
    "inferred_type": lambda i: i.inferred_type,
    "factorize": lambda i: i.factorize()[1],
    "codes": lambda i: i.factorize()[0],
    "contains": lambda i: 8 in i,
    "contains not": lambda i: 9 in i,
    "item": lambda i: i[i == 8].item(),
    "min": lambda i: i.min(),
    "memory": lambda i: i.nlevels,
    "nbytes": lambda i: i.T,
    "list of all": lambda i: list(i),
    "all": lambda i: i.all(),
    "any": lambda i: (i > 100).any(),
    "diff": lambda i: i.diff(),
    "bytes": lambda i: i.nbytes,
}


@pytest.mark.parametrize("call", OF_INDEX.values(), ids=OF_INDEX)
def test_index(call: Callable[[Any], Any]) -> None:
    ours, theirs = call(dd.from_pandas(DATA, 4).index), call(DATA.index)
    if isinstance(theirs, list | tuple | bool | str):
        assert ours == theirs
    else:
        assert_eq(ours, theirs if isinstance(ours, np.ndarray) or call is OF_INDEX["codes"] else plain(theirs))


OF_LEVELS: dict[str, Callable[[Any], Any]] = {
    "get_level_values": lambda d: d.index.get_level_values("a"),
    "droplevel": lambda d: d.droplevel("a"),
    "droplevel of a series": lambda d: d.b.droplevel(0),
    "swaplevel": lambda d: d.swaplevel(),
    "reorder_levels": lambda d: d.reorder_levels(["a", "k"]),
    "droplevel of the index": lambda d: d.index.droplevel("k"),
    "swaplevel of the index": lambda d: d.index.swaplevel(),
    "xs": lambda d: d.xs("b"),
    "xs of a level": lambda d: d.xs(5, level="a"),
    "xs of a level that stays": lambda d: d.xs(5, level="a", drop_level=False),
    "xs of levels": lambda d: d.xs(("a", 1), level=["k", "a"]),
    "nlevels": lambda d: d.index.nlevels,
    "levels": lambda d: d.index.levels[0],
    "levshape": lambda d: d.index.levshape,
    "union": lambda d: d.index.union(d.index),
    "unique": lambda d: d.index.unique(),
    "unique of a level": lambda d: d.index.unique(level="k"),
    "duplicated": lambda d: d.index.duplicated(),
    "drop_duplicates": lambda d: d.index.drop_duplicates(),
    "sort_values": lambda d: d.index.sort_values(ascending=False),
    "to_frame": lambda d: d.index.to_frame(),
    "to_flat_index": lambda d: d.index.to_flat_index(),
    "is_unique": lambda d: d.index.is_unique,
    "set_names": lambda d: d.index.set_names("z", level="k"),
    "names": lambda d: d.index.set_names(["y", "z"]),
    "get_locs": lambda d: d.index.get_locs(["b"]),
    "names told": lambda d: d.index.names,
    "reset_index": lambda d: d.reset_index(),
    "is_monotonic_increasing": lambda d: d.index.is_monotonic_increasing,
}


@pytest.mark.parametrize("call", OF_LEVELS.values(), ids=OF_LEVELS)
def test_levels(call: Callable[[Any], Any]) -> None:
    ours, theirs = call(dd.from_pandas(LEVELS, 3, sort=False)), call(LEVELS)
    if isinstance(theirs, list | tuple | int | pd.api.typing.FrozenList):
        assert ours == theirs
    else:
        assert_eq(ours, theirs if isinstance(ours, np.ndarray) else plain(theirs))


OF_OTHERS: dict[str, tuple[pd.Series, Callable[[Any], Any]]] = {
    "lists": (LISTS, lambda s: s.list.len()),
    "item of lists": (LISTS[LISTS.list.len() > 0], lambda s: s.list[0]),
    "flattened": (LISTS, lambda s: s.list.flatten()),
    "field": (STRUCTS, lambda s: s.struct.field("i")),
    "dtypes of fields": (STRUCTS, lambda s: s.struct.dtypes),
    "fields": (STRUCTS, lambda s: s.struct.explode()),
    "categories": (CATS, lambda s: s.cat.categories),
    "codes": (CATS, lambda s: s.cat.codes),
    "unused": (CATS[CATS != "b"], lambda s: s.cat.remove_unused_categories()),
    "renamed": (CATS, lambda s: s.cat.rename_categories(str.upper)),
    "ordered": (CATS, lambda s: s.cat.as_ordered()),
    "factorized": (DATA.s, lambda s: s.factorize()[1]),
    "factorized and sorted": (DATA.s, lambda s: s.factorize(sort=True)[0]),
    "factorized with missing": (DATA.s, lambda s: s.factorize(use_na_sentinel=False)[0]),
    "better floats": (pd.Series([1.0, 2.0, 2.5]), lambda s: s.convert_dtypes()),
    "better whole floats": (pd.Series([1.0, 2.0, None]), lambda s: s.convert_dtypes()),
    "better objects": (pd.Series([1, None, "a"], dtype=object), lambda s: s.convert_dtypes()),
    "better text": (pd.Series(["b", None, "a"], dtype=object), lambda s: s.convert_dtypes()),
    "inferred": (pd.Series([1, 2, 3], dtype=object), lambda s: s.infer_objects()),
    "inferred, mixed": (pd.Series([1, 2, "a"], dtype=object), lambda s: s.infer_objects()),
}


@pytest.mark.parametrize(("data", "call"), OF_OTHERS.values(), ids=OF_OTHERS)
def test_other_values(data: pd.Series, call: Callable[[Any], Any]) -> None:
    ours, theirs = call(dd.from_pandas(data, 3)), call(data)
    assert_eq(ours, theirs)


def test_a_column_called_name_is_an_attribute():
    data = pd.DataFrame({"name": ["a", "b"], "x": [1, 2]})
    df = dd.from_pandas(data, npartitions=2)
    assert_eq(df.name, data.name)
    df.name = df.name + "!"
    assert_eq(df, data.assign(name=["a!", "b!"]))
    assert df[["x"]].name == df[["x"]].expr.name
