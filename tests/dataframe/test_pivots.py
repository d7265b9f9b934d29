"""Tables of groups, bins of values, conversions and indexes of several levels, against pandas: a row each."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

N = 40
_R = np.random.default_rng(1)
DATA = pd.DataFrame(
    {
        "a": _R.integers(0, 5, N),
        "c": _R.choice(list("xyz"), N),
        "i": _R.integers(0, 100, N),
        "v": np.where(_R.random(N) < 0.2, np.nan, _R.normal(size=N)),
        "t": pd.date_range("2024-01-01", periods=N, freq="7h"),
    }
)

SAME: dict[str, Callable[[Any, ModuleType], Any]] = {
    **{
        f"pivot_table {name}": lambda d, m, name=name: d.pivot_table(
            values=["i", "v"], index="a", columns="c", aggfunc=name
        )
        for name in ("mean", "sum", "count", "min", "median", "first")
    },
    "pivot_table of one": lambda d, m: d.pivot_table(values="v", index="a", columns="c"),
    "pivot_table no columns": lambda d, m: d[["a", "i", "v"]].pivot_table(index="a"),
    "pivot_table no index": lambda d, m: d.pivot_table(values="i", columns="c", aggfunc="max"),
    "pivot_table fill": lambda d, m: d.pivot_table(values="i", index=["a"], columns="c", aggfunc="sum", fill_value=0),
    "pivot_table two keys": lambda d, m: d.pivot_table(values="i", index=["a", "c"], aggfunc="sum"),
    "pivot_table margins": lambda d, m: d.pivot_table(values="v", index="a", columns="c", margins=True),
    "pivot_table list": lambda d, m: d.pivot_table(values="v", index="a", aggfunc=["min", "max"]),
    "pivot_table function": lambda d, m: m.pivot_table(d, values="v", index="a", columns="c", aggfunc="mean"),
    "pivot": lambda d, m: d.pivot(index="t", columns="a", values="v"),
    "crosstab": lambda d, m: m.crosstab(d.a, d.c),
    "crosstab of two": lambda d, m: m.crosstab([d.a, d.c], d.i > 50),
    "crosstab margins": lambda d, m: m.crosstab(d.a, d.c, margins=True),
    "crosstab parts": lambda d, m: m.crosstab(d.a, d.c, normalize="index"),
    "crosstab values": lambda d, m: m.crosstab(d.a, d.c, values=d.v, aggfunc="mean"),
    "unstack": lambda d, m: d.groupby(["a", "c"]).v.mean().unstack(),
    "unstack frame": lambda d, m: d.groupby(["a", "c"])[["i", "v"]].sum().unstack("a"),
    "unstack fill": lambda d, m: d.groupby(["a", "c"]).i.sum().unstack(0, fill_value=0),
    "stack": lambda d, m: d[["i", "v"]].stack(),
    "stack of groups": lambda d, m: d.groupby("a")[["i", "v"]].sum().stack(),
    "cut": lambda d, m: m.cut(d.v, [-2, 0, 2]),
    "cut left": lambda d, m: m.cut(d.i, [0, 50, 100], right=False, labels=["low", "high"]),
    "cut by number": lambda d, m: m.cut(d.v, 4),
    "cut by number, numbers": lambda d, m: m.cut(d.i, 3, labels=False),
    "cut numbers": lambda d, m: m.cut(d.v, [-1, 0, 1], labels=False),
    "cut edges": lambda d, m: m.cut(d.i, 4, retbins=True)[0],
    "qcut": lambda d, m: m.qcut(d.v, 4),
    "qcut parts": lambda d, m: m.qcut(d.i, [0, 0.1, 0.9, 1], labels=["few", "most", "many"]),
    "qcut numbers": lambda d, m: m.qcut(d.v, 3, labels=False),
    "to_datetime": lambda d, m: m.to_datetime(d.t.astype(str)),
    "to_datetime unit": lambda d, m: m.to_datetime(d.i, unit="D"),
    "to_datetime format": lambda d, m: m.to_datetime(d.i.astype(str), format="%H", errors="coerce"),
    "to_timedelta": lambda d, m: m.to_timedelta(d.i, unit="h"),
    "to_numeric": lambda d, m: m.to_numeric(d.i.astype(str)),
    "to_numeric floats": lambda d, m: m.to_numeric(d.i.astype(str).where(d.i != 7, "1.5")),
    "to_numeric coerce": lambda d, m: m.to_numeric(d.c, errors="coerce"),
    "to_numeric of numbers": lambda d, m: m.to_numeric(d.v),
    "isna": lambda d, m: m.isna(d.v),
    "notnull": lambda d, m: m.notnull(d),
    "get_dummies": lambda d, m: m.get_dummies(d.c),
    "get_dummies frame": lambda d, m: m.get_dummies(d[["c", "v"]]),
    "get_dummies columns": lambda d, m: m.get_dummies(d[["a", "c"]], columns=["a"], drop_first=True),
    "melt": lambda d, m: m.melt(d[["a", "i", "v"]], id_vars="a"),
    "set_index of two": lambda d, m: d.set_index(["a", "c"]),
    "set_index of two, kept": lambda d, m: d.set_index(["a", "c"], drop=False),
    "back": lambda d, m: d.set_index(["a", "c"]).reset_index(),
    "of a level": lambda d, m: d.groupby(["a", "c"]).v.sum().loc[3],
    "of a level, frame": lambda d, m: d.groupby(["a", "c"])[["v", "i"]].sum().loc[3],
    "grouped by a level": lambda d, m: d.set_index(["a", "c"]).groupby(level="c").v.sum(),
    "concat keys": lambda d, m: m.concat([d[["i"]], d[["i"]]], keys=["one", "two"]),
    "concat keys and names": lambda d, m: m.concat([d.i, d.i], keys=["one", "two"], names=["part", "row"]),
    "concat keys of columns": lambda d, m: m.concat([d[["i"]], d[["v"]]], axis=1, keys=["one", "two"]),
}


@pytest.mark.parametrize("npartitions", [1, 3])
@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(call: Callable[[Any, ModuleType], Any], npartitions: int) -> None:
    assert_eq(call(dd.from_pandas(DATA, npartitions), dd), call(DATA, pd))


def test_empty_partitions() -> None:
    lazy, few = dd.from_pandas(DATA, 4), DATA[DATA.i > 80]
    some = lazy[lazy.i > 80]
    assert_eq(dd.crosstab(some.a, some.c), pd.crosstab(few.a, few.c))
    assert_eq(some.pivot_table(values="v", index="a"), few.pivot_table(values="v", index="a"))
    assert_eq(dd.cut(some.i, [0, 90, 100]), pd.cut(few.i, [0, 90, 100]))
    assert_eq(dd.to_numeric(some.i.astype(str)), pd.to_numeric(few.i.astype(str)))
    assert_eq(some[["i", "v"]].stack(), few[["i", "v"]].stack())
    assert_eq(dd.concat([some.i, some.i], keys=[1, 2]), pd.concat([few.i, few.i], keys=[1, 2]))


def test_a_row_of_two_levels() -> None:
    ours, theirs = (d.groupby(["a", "c"]).i.sum() for d in (dd.from_pandas(DATA, 3), DATA))
    assert ours.loc[(3, "x")].compute() == theirs.loc[(3, "x")]
    with pytest.raises(KeyError, match="77"):
        ours.loc[77].compute()


def test_in_memory_goes_to_pandas() -> None:
    assert_eq(dd.cut(DATA.i, 3), pd.cut(DATA.i, 3))
    assert_eq(dd.to_datetime("2024-01-01"), pd.Timestamp("2024-01-01"))
    assert dd.isna(None)
    assert_eq(
        dd.date_range("2024-01-01", periods=9, freq="D", npartitions=3).compute(), pd.date_range("2024", periods=9)
    )


@pytest.mark.parametrize("npartitions", [1, 3])
def test_merge_asof(npartitions: int) -> None:
    lazy = dd.from_pandas(DATA, npartitions)
    far = {"by": "c", "direction": "forward", "tolerance": pd.Timedelta("2D")}
    for columns, options in ((["t", "v"], {}), (["t", "v", "c"], far)):
        few = ["t", "i", *columns[2:]]
        theirs = pd.merge_asof(DATA[columns], DATA[DATA.i > 50][few], on="t", **options)
        assert_eq(dd.merge_asof(lazy[columns], lazy[lazy.i > 50][few], on="t", **options).compute(), theirs)
    indexed = DATA.set_index("t")
    ours = dd.merge_asof(lazy.set_index("t")[["v"]], indexed[["i"]], left_index=True, right_index=True)
    assert_eq(ours.compute(), pd.merge_asof(indexed[["v"]], indexed[["i"]], left_index=True, right_index=True))


def test_edges() -> None:
    lazy = dd.from_pandas(DATA, 3)
    np.testing.assert_allclose(dd.cut(lazy.v, 4, retbins=True)[1], pd.cut(DATA.v, 4, retbins=True)[1])
    np.testing.assert_allclose(dd.qcut(lazy.v, 4, retbins=True)[1], pd.qcut(DATA.v, 4, retbins=True)[1])


def test_errors() -> None:
    lazy = dd.from_pandas(DATA, 3)
    with pytest.raises(KeyError, match="nope"):
        lazy.pivot_table(index="nope", values="v")
    with pytest.raises(ValueError, match="duplicate entries"):
        lazy.pivot(index="a", columns="c", values="v")
    with pytest.raises(TypeError, match="lazy Series"):
        dd.crosstab(lazy.a, DATA.c)
    with pytest.raises(TypeError, match="expected a Series"):
        dd.cut(lazy, 3)
    with pytest.raises(ValueError, match="Bin edges must be unique"):
        dd.qcut(lazy.a, 20)
    with pytest.raises(ValueError, match="1 labels"):
        dd.concat([lazy, lazy], keys=["one"])
    with pytest.raises(ValueError, match="Unable to parse"):
        dd.to_numeric(lazy.c)
    with pytest.raises(TypeError, match="left: expected a DataFrame"):
        dd.merge_asof(lazy.t, lazy)
