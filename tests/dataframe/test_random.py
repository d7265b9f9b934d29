"""Random expressions on random frames: the answer is pandas', optimised or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask.testing import assert_eq
from tests.strategies import frames

STEPS: list[Callable[[Any], Any]] = [
    lambda d: d[d.i > 0],
    lambda d: d[d.f.notna() & (d.s != "a")],
    lambda d: d.assign(z=d.f * 2 + d.i),
    lambda d: d.assign(f=d.f.fillna(0.0)),
    lambda d: d.assign(i=d.i.clip(-2, 2)),
    lambda d: d.rename(columns={"s": "r"}).rename(columns={"r": "s"}),
    lambda d: d.dropna(subset=["t"]),
    lambda d: d.reset_index(drop=True),
    lambda d: d[["i", "f", "s", "b", "t", "n"]],
    lambda d: d.assign(s=d.s.str.upper()),
    lambda d: d.assign(f=d.f.cumsum()),
    lambda d: d[d.i.isin([1, 2, -1])],
    lambda d: d.query("i < 3"),
    lambda d: d.nlargest(7, "i"),
    lambda d: d.assign(m=d.groupby("s").i.transform("size")),
    lambda d: d.assign(m=d.groupby("t").b.transform("first")),
    lambda d: d.assign(i=d.groupby("b").i.cumsum()),
    lambda d: d.assign(f=d.groupby("i").f.shift()),
    lambda d: d.assign(m=d.i.mask(d.b, d.f)),
    lambda d: d.assign(m=d.n.where(d.i > 0)),
    lambda d: d.assign(m=d.t.dt.year),
    lambda d: d.assign(m=d.s.str.len()),
    lambda d: d.assign(f=d.f.rolling(3, min_periods=1).sum()),
    lambda d: d.assign(t=d.t.ffill()),
    lambda d: d.sort_values(["s", "i"], ascending=[False, True], kind="stable"),
    lambda d: d.drop_duplicates(["i", "s"], keep="last"),
    lambda d: d.drop(columns="f").merge(d[["i", "f"]].drop_duplicates("i"), on="i", how="left"),
    lambda d: d.merge(d[["i"]].drop_duplicates(), on="i"),
    lambda d: d.groupby("i").head(2),
    lambda d: d.iloc[1:],
]
ENDS: list[Callable[[Any], Any]] = [
    lambda d: d,
    lambda d: d.f,
    lambda d: d[["n", "i"]],
    lambda d: d[["i", "f", "n"]].sum(),
    lambda d: d.f.mean(),
    lambda d: d.count(),
    lambda d: d.s.value_counts(),
    lambda d: d.i.nunique(),
    lambda d: d.t.max(),
    lambda d: d.f.std(),
    lambda d: d[d.f > d.f.mean()].i,
    lambda d: d.index,
    lambda d: d.head(3),
    lambda d: len(d),
    lambda d: d[d.columns[-1]],
    lambda d: d[d.columns[-1]].astype("str"),
    lambda d: d[d.columns[-1]].value_counts(dropna=False),
    lambda d: d.dtypes,
    lambda d: d.groupby("s")[["i", "f", "n"]].sum(),
    lambda d: d.groupby(["b", "t"], dropna=False).f.mean(),
    lambda d: d.groupby("i").agg(first=("s", "first"), last=("t", "max"), many=("n", "nunique")),
    lambda d: d.groupby("n", sort=False).b.any(),
    lambda d: d.describe(),
    lambda d: d[["i", "s"]].melt(id_vars="s"),
    lambda d: d[["i", "f"]].stack(),
    lambda d: d.i.to_frame().sum(axis=1),
]


@settings(max_examples=80, deadline=None)
@given(
    data=frames(),
    npartitions=st.integers(1, 4),
    steps=st.lists(st.sampled_from(STEPS), max_size=4),
    end=st.sampled_from(ENDS),
)
def test_like_pandas(data: pd.DataFrame, npartitions: int, steps: list[Any], end: Any) -> None:
    ours, theirs = dd.from_pandas(data, npartitions), data
    for step in steps:
        ours, theirs = step(ours), step(theirs)
    found, expected = end(ours), end(theirs)
    if isinstance(found, dd.DataFrame | dd.Series | dd.Index | dd.Scalar):
        plain = found.compute(optimize_graph=False, scheduler="sync")
        found = found.compute(scheduler="sync")
        assert_eq(plain, found)
    assert_eq(found, expected)
