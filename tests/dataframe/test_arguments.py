"""Arguments of pandas' methods that were refused once, and `inplace`: a row each, on two frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd

N = 12
PLAIN = pd.DataFrame(
    {
        "a": np.arange(N) * 5 % 4,
        "b": np.where(np.arange(N) % 3 == 1, np.nan, np.linspace(2, -3, N).round(1)),
        "s": np.array(["x", "y", "Z"])[np.arange(N) * 7 % 3],
        "i": np.arange(N) * 5 % 9,
        "t": pd.Timestamp("2024") + pd.to_timedelta(np.arange(N), unit="h"),
    }
)
SIDE = pd.DataFrame({"a": [5, 2, 0, 1], "w": [1.0, 2, 3, 4]})
GAPS = pd.DataFrame({"x": [None, 1.0, None, None, 5.0, None], "y": [1.0, None, 3, None, 5, 6]})
TABLE: dict[str, Callable[[Any, Any], Any]] = {
    "add_prefix rows": lambda d, lib: d.add_prefix("p", axis=0),
    "add_suffix columns": lambda d, lib: d.add_suffix("p", axis=1),
    "bfill columns": lambda d, lib: d[["a", "b", "i"]].bfill(axis=1),
    "ffill inside": lambda d, lib: lib.concat([d.b.shift(1), d.b]).ffill(limit_area="inside"),
    "bfill outside": lambda d, lib: d.b.shift(-2).bfill(limit_area="outside", limit=1),
    "diff columns": lambda d, lib: d[["a", "b"]].diff(axis=1),
    "shift columns": lambda d, lib: d[["a", "i"]].shift(1, axis=1),
    "quantile of rows": lambda d, lib: d[["a", "b", "i"]].quantile(0.3, axis=1),
    "quantile of a table": lambda d, lib: d.quantile(0.4, method="table", interpolation="lower", numeric_only=True),
    "quantiles of a table": lambda d, lib: d[["b", "s", "i"]].quantile(
        [0, 0.7], method="table", interpolation="nearest"
    ),
    "median of rows": lambda d, lib: d[["a", "b"]].median(axis=1, skipna=False),
    "pct_change columns": lambda d, lib: d[["a", "i"]].pct_change(axis=1),
    "pct_change by time": lambda d, lib: d.set_index("t").b.pct_change(freq="2h"),
    "pct_change by more time": lambda d, lib: d.set_index("t")[["a", "b"]].pct_change(2, freq="h"),
    "resample group keys": lambda d, lib: d.set_index("t").resample("5h", group_keys=True).b.apply(lambda x: x + 1),
    "resample no group keys": lambda d, lib: d.set_index("t").resample("5h").b.apply(lambda x: x + 1),
    "ewm by times": lambda d, lib: d[["a", "b"]].ewm(halflife="2h", times=d.t).mean(),
    "ewm by the index": lambda d, lib: (lambda x: x.ewm(halflife="90min", times=x.index)["b"].mean())(d.set_index("t")),
    "ewm by times of numbers": lambda d, lib: d.ewm(halflife="1D", times=d.t, adjust=False).mean(numeric_only=True),
    "shift several": lambda d, lib: d[["a", "i"]].shift([1, -2], suffix="_by"),
    "shift several of a series": lambda d, lib: d.b.shift([0, 1]),
    "rename raising": lambda d, lib: d.rename(columns={"a": "z"}, errors="raise"),
    "rename_axis of columns": lambda d, lib: d.rename_axis(columns="cc", index="rows"),
    "rename_axis by axis": lambda d, lib: d.rename_axis("cc", axis=1),
    "dropna columns": lambda d, lib: d.dropna(axis=1),
    "dropna columns thresh": lambda d, lib: d.dropna(axis=1, thresh=9),
    "dropna columns all": lambda d, lib: d.assign(b=np.nan).dropna(axis="columns", how="all"),
    "dropna numbered": lambda d, lib: d.dropna(ignore_index=True),
    "explode numbered": lambda d, lib: d.explode("s", ignore_index=True),
    "fillna limit": lambda d, lib: d.fillna({"b": 0.5}, limit=2),
    "fillna limit of a series": lambda d, lib: d.b.fillna(9, limit=3),
    "set_index append": lambda d, lib: d.set_index("i", append=True),
    "sort_values key": lambda d, lib: d.sort_values(by="s", key=lambda c: c.str.lower(), kind="stable"),
    "sort_values key of a series": lambda d, lib: d.s.sort_values(key=lambda c: c.str.lower(), kind="stable"),
    "sort_values key of two": lambda d, lib: d.sort_values(["a", "b"], key=lambda c: -c, ascending=[False, True]),
    "sort_index key": lambda d, lib: d.sort_index(key=lambda i: -i),
    "sort_index columns": lambda d, lib: d.sort_index(axis=1, ascending=False),
    "quantile of columns": lambda d, lib: d[["a", "i"]].median(skipna=False),
    "median not skipna": lambda d, lib: d[["b", "a"]].median(skipna=False),
    "median not skipna of a series": lambda d, lib: d.b.median(skipna=False),
    "cummax numeric_only": lambda d, lib: d.cummax(numeric_only=True),
    "expanding numeric_only": lambda d, lib: d.expanding().mean(numeric_only=True),
    "expanding count numeric_only": lambda d, lib: d.expanding().count(numeric_only=True),
    "value_counts bins": lambda d, lib: d.i.value_counts(bins=3),
    "value_counts edges": lambda d, lib: d.b.value_counts(bins=[-3, 0, 1], normalize=True, sort=False),
    "drop level": lambda d, lib: d.set_index(["a", "s"]).drop("x", level="s"),
    "rename level": lambda d, lib: d.set_index(["a", "s"]).rename(index={"x": "w"}, level="s"),
    "reset_index level": lambda d, lib: d.set_index(["a", "s"]).reset_index(level="a"),
    "reset_index level dropped": lambda d, lib: d.set_index(["a", "s"]).b.reset_index(level=0, drop=True),
    "sort_index level": lambda d, lib: d.set_index(["a", "s"]).sort_index(level="s"),
    "sort_index level alone": lambda d, lib: d.set_index(["a", "s"]).sort_index(level=1, sort_remaining=False),
    "sort_index levels": lambda d, lib: d.set_index(["a", "s"]).sort_index(level=["s", "a"], ascending=[False, True]),
    "isin level": lambda d, lib: d.set_index(["a", "s"]).index.isin(["x"], level="s"),
    "shift several by time": lambda d, lib: d.set_index("t")[["a"]].shift([1, -2], freq="h", suffix="_by"),
    "ewm of a column by times": lambda d, lib: d[["a", "b"]].ewm(halflife="2h", times=d.t).b.mean(),
    "ewm of a column": lambda d, lib: d.ewm(span=3).b.mean(),
    "expanding of a column": lambda d, lib: d.expanding().b.sum(),
    "resample a level": lambda d, lib: d.set_index(["s", "t"]).resample("5h", level="t").b.sum(),
    "resample a level by number": lambda d, lib: d.set_index("t").resample("5h", level=0).b.sum(),
    "set_index of distinct labels": lambda d, lib: d.set_index("t", verify_integrity=True),
    "set_index of distinct pairs": lambda d, lib: d.set_index(["a", "i"], verify_integrity=True),
    "rename labels raising": lambda d, lib: d.rename(index={3: 33}, errors="raise"),
    "rename of a series raising": lambda d, lib: d.a.rename({3: 33}, errors="raise"),
    "rename a level raising": lambda d, lib: d.set_index(["a", "s"]).b.rename({"x": "w"}, level="s", errors="raise"),
    "sample columns": lambda d, lib: d.sample(n=2, axis=1, random_state=0),
    "merge sort": lambda d, lib: d.merge(SIDE, on="a", sort=True),
    "merge left sort": lambda d, lib: lib.merge(d, SIDE, on="a", how="left", sort=True),
    "merge right sort": lambda d, lib: d.merge(SIDE, on="a", how="right", sort=True),
    "join sort": lambda d, lib: d.join(SIDE.set_index("a"), on="a", sort=True, validate="m:1"),
    "concat sort": lambda d, lib: lib.concat([d[["b", "a"]], d[["a", "i"]]], sort=True),
    "concat of other rows": lambda d, lib: lib.concat([d, d.rename(index=lambda i: i + 99)], verify_integrity=True),
    "concat of other keys": lambda d, lib: lib.concat([d, d], keys=["u", "v"], verify_integrity=True),
    "concat of other columns": lambda d, lib: lib.concat([d.a, d.b], axis=1, verify_integrity=True),
    "concat of numbered rows": lambda d, lib: lib.concat([d, d], ignore_index=True, verify_integrity=True),
    "join suffixes": lambda d, lib: d.join(SIDE, suffixes=("_l", None)),
    "all of truth values": lambda d, lib: d.assign(u=d.a > 0, v=d.b > 9).all(bool_only=True),
    "any of truth values": lambda d, lib: d.assign(u=d.a > 0, v=d.b > 9).any(bool_only=True),
    "any of none": lambda d, lib: d.any(bool_only=True),
    "any of a series": lambda d, lib: d.a.any(bool_only=True),
    "interpolate rows": lambda d, lib: d.assign(c=d.a * 1.0)[["a", "b", "c"]].interpolate(axis=1),
    "cumsum of text": lambda d, lib: d.s.cumsum(),
    "expanding by an engine": lambda d, lib: d.b.expanding().max(engine=None),
    "concat a dict": lambda d, lib: lib.concat({"u": d, "v": d}),
    "concat columns numbered": lambda d, lib: lib.concat([d.a, d.b], axis=1, ignore_index=True),
    "windows of groups on a column": lambda d, lib: d.groupby("a").rolling("6h", on="t")[["b"]].sum(),
    "to_numeric backend": lambda d, lib: lib.to_numeric(d.s, errors="coerce", dtype_backend="numpy_nullable"),
}


def _lazy(data: Any, npartitions: int) -> Any:
    return dd.from_pandas(data, npartitions=npartitions)


def _same(ours: Any, theirs: Any) -> None:
    found = ours.compute()
    if isinstance(theirs, pd.DataFrame):
        pd.testing.assert_frame_equal(found, theirs)
    elif isinstance(theirs, pd.Series):
        pd.testing.assert_series_equal(found, theirs)
    elif isinstance(theirs, np.ndarray):
        assert found.tolist() == theirs.tolist()
    else:
        assert np.isclose(found, theirs, equal_nan=True)


@pytest.mark.filterwarnings("ignore:The 'verify_integrity' keyword")
@pytest.mark.parametrize("npartitions", [1, 4])
@pytest.mark.parametrize("call", TABLE.values(), ids=TABLE)
def test_as_pandas(call: Callable[[Any, Any], Any], npartitions: int) -> None:
    _same(call(_lazy(PLAIN, npartitions), dd), call(PLAIN, pd))


@pytest.mark.parametrize("area", ["inside", "outside"])
@pytest.mark.parametrize("limit", [None, 1])
@pytest.mark.parametrize("method", ["ffill", "bfill"])
def test_areas_that_are_filled(method: str, limit: int | None, area: str) -> None:
    found = getattr(_lazy(GAPS, 4), method)(limit=limit, limit_area=area)
    _same(found, getattr(GAPS, method)(limit=limit, limit_area=area))


IN_PLACE: dict[str, Callable[[Any], Any]] = {
    "bfill": lambda d: d.bfill(inplace=True),
    "clip": lambda d: d.clip(-1, 4, inplace=True),
    "drop": lambda d: d.drop(columns="y", inplace=True),
    "drop_duplicates": lambda d: d.drop_duplicates("y", inplace=True),
    "dropna": lambda d: d.dropna(inplace=True),
    "eval": lambda d: d.eval("z = x + y", inplace=True),
    "fillna": lambda d: d.fillna(0, inplace=True),
    "mask": lambda d: d.mask(d > 1, inplace=True),
    "query": lambda d: d.query("y > @LEAST", inplace=True),
    "rename": lambda d: d.rename(columns={"x": "z"}, inplace=True),
    "replace": lambda d: d.replace(1, 2, inplace=True),
    "reset_index": lambda d: d.reset_index(inplace=True),
    "sort_values": lambda d: d.sort_values("y", inplace=True),
    "where": lambda d: d.where(d > 1, inplace=True),
}
LEAST = 2


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("call", IN_PLACE.values(), ids=IN_PLACE)
def test_in_place(call: Callable[[Any], Any]) -> None:
    ours, theirs = _lazy(GAPS, 3), GAPS.copy()
    other = ours.copy()
    given = call(ours)
    assert (given is ours) is (call(theirs) is theirs)
    assert given is ours or given is None
    _same(ours, theirs)
    _same(other, GAPS)


def test_in_place_keeps_the_kind() -> None:
    x = _lazy(GAPS, 3).x
    with pytest.raises(TypeError, match="cannot become"):
        x.reset_index(inplace=True)
    x.reset_index(drop=True, inplace=True)
    x.fillna(1, inplace=True)
    assert x.compute().tolist() == GAPS.x.fillna(1).tolist()
    with pytest.raises(ValueError, match="inplace"):
        x.dropna(inplace="yes")


def test_wrong_arguments() -> None:
    df = _lazy(PLAIN, 3)
    for call, error, text in [
        (lambda: df.fillna(0, limit=0), ValueError, "limit=0"),
        (lambda: df.ffill(limit_area="middle"), ValueError, "middle"),
        (lambda: df.rename(columns={"no": 1}, errors="raise"), KeyError, "no"),
        (lambda: df.rename(index={99: 1}, errors="raise"), KeyError, "99"),
        (lambda: df.a.rename({3: 1, 99: 1}, errors="raise"), KeyError, r"\[99\] not found"),
        (lambda: df.set_index("s", verify_integrity=True), ValueError, "duplicate keys.*Z"),
        (lambda: df.sample(n=1, weights="b"), ValueError, "weights"),
        (lambda: df.sample(n=1, weights=[1, 2]), ValueError, "2 values for 12 rows"),
        (lambda: df.sample(n=1, weights=df.a * 0), ValueError, "weights"),
        (lambda: df.shift(1, suffix="_z"), ValueError, "suffix"),
        (lambda: df.set_index(), TypeError, "set_index"),
        (lambda: dd.concat([df, df], verify_integrity=True), ValueError, "verify_integrity: .*overlapping"),
        (lambda: dd.concat([df, df], axis=1, verify_integrity=True), ValueError, "overlapping values"),
        (lambda: df.join(SIDE, suffixes=("l", "r"), lsuffix="x"), ValueError, "suffixes"),
        (lambda: df.join(SIDE), ValueError, "overlap"),
        (lambda: df.reindex(columns="a"), TypeError, "columns='a'"),
        (lambda: df.reindex([1], method="linear"), ValueError, "method='linear'"),
        (lambda: df.rename(), TypeError, "rename"),
        (lambda: df.sample(frac=-0.5), ValueError, "frac=-0.5"),
        (lambda: df.sample(n=-1), ValueError, "n=-1"),
        (lambda: df.index.set_names("k", inplace=True), NotImplementedError, "what is returned"),
        (lambda: df.drop(), ValueError, "drop"),
        (lambda: df.a.drop(), ValueError, "drop"),
        (lambda: df.a.interpolate("average"), ValueError, "method='average'"),
        (lambda: df.a.interpolate("cubic"), NotImplementedError, "compute"),
        (lambda: df.a.rolling(2).apply("sum"), TypeError, "expected a function, got a str"),
        (lambda: df.a.expanding(2).apply("sum"), TypeError, "expected a function, got a str"),
        (lambda: df.groupby("s").a.rolling(2).apply("sum"), TypeError, "expected a function, got a str"),
        (lambda: df.groupby("s").filter("sum"), TypeError, "expected a function, got a str"),
        (lambda: df.corr("average", numeric_only=True), ValueError, "method='average'"),
        (lambda: df.a.corr(df.b, "average"), ValueError, "method='average'"),
        (lambda: df.a.expanding().max(engine="numba"), NotImplementedError, "engine"),
        (lambda: df.dropna(axis=1, subset=[0]), NotImplementedError, "subset"),
        (lambda: df.s.rename("t", axis=1), ValueError, "axis"),
    ]:
        with pytest.raises(error, match=text):
            call()
    with pytest.raises(KeyError, match="nope"):
        df.set_index(["a", "s"]).drop("nope", level="s").compute()


def test_weights() -> None:
    df = _lazy(PLAIN, 3)
    for weights in ("a", df.a, PLAIN.a, PLAIN.a[::-1], PLAIN.a.tolist()):
        found = df.sample(n=9, weights=weights, random_state=3).compute()
        assert sorted(found.index) == PLAIN.index[PLAIN.a > 0].tolist()
    often = df.sample(frac=10.0, weights=(df.a == 3) * 9 + (df.a == 2), replace=True, random_state=3).compute().a
    assert len(often) == 10 * N
    assert set(often) == {2, 3}
    assert (often == 3).mean() > 0.7


def test_what_pandas_does_not_look_at() -> None:
    df = _lazy(PLAIN, 3)
    assert df.rename(columns={"a": "z"}, copy=False).expr is df.rename(columns={"a": "z"}).expr
    assert dd.concat([df, df], copy=False).expr is dd.concat([df, df]).expr


def test_whether_a_label_is_there() -> None:
    assert 3 in _lazy(PLAIN, 3).a
    assert 99 not in _lazy(PLAIN, 3).a


def test_averages_by_time_are_the_only_ones() -> None:
    lazy = dd.from_pandas(PLAIN, 3)
    with pytest.raises(NotImplementedError, match="there is only mean"):
        lazy.b.ewm(halflife="1D", times=lazy.t).std()
    with pytest.raises(ValueError, match="halflife must be"):
        lazy.b.ewm(halflife=2, times=lazy.t)
