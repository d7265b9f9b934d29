"""Dtypes that only a later partition tells: of missing values, mappings, and what functions give value by value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

import minidask
import minidask.config
import minidask.dataframe as dd
from minidask.dataframe.agreement import Agreed
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

N = 12


def table(missing: bool) -> pd.DataFrame:
    """Values of which some of the last partition are missing, or none."""
    frame = pd.DataFrame(
        {
            "s": ["a", "bb", "ccc", "dd"] * 3,
            "o": pd.Series(["x", "yy", "zzz", "w"] * 3, dtype=object),
            "t": pd.date_range("2024", periods=N, freq="31h"),
            "d": pd.to_timedelta(np.arange(N) * 1000, unit="s"),
            "i": np.arange(N, dtype="int32") % 5,
            "b": [True, False] * 6,
        }
    )
    if missing:
        frame.loc[N - 2 :, ["s", "o", "t", "d"]] = None
    return frame


LATE = {
    "length": lambda f: f.s.str.len(),
    "count": lambda f: f.s.str.count("c"),
    "find": lambda f: f.s.str.find("b"),
    "contains": lambda f: f.s.str.contains("b"),
    "length of objects": lambda f: f.o.str.len(),
    "contains of objects": lambda f: f.o.str.contains("y"),
    "contains of objects, told": lambda f: f.o.str.contains("y", na=False),
    "of nullable strings": lambda f: f.s.astype("string").str.len(),
    "hour": lambda f: f.t.dt.hour,
    "is leap year": lambda f: f.t.dt.is_leap_year,
    "days": lambda f: f.d.dt.days,
    "kept": lambda f: f.i.where(f.i < 99),
    "not kept": lambda f: f.i.where(f.index < 9),
    "replaced": lambda f: f.i.mask(f.index > 9, 0.5),
    "truth kept": lambda f: f.b.where(f.index < 9),
}  # fmt: skip

USED = {
    "text": lambda f, x: x.astype("str"),
    "a sum": lambda f, x: x.sum(),
    "a mean": lambda f, x: x.mean(),
    "arithmetic": lambda f, x: (x * 2 + f.i) / 3,
    "filter": lambda f, x: f[x > 1],
    "column": lambda f, x: f.assign(x=x),
    "filtered column": lambda f, x: f.assign(x=x).query("i < 4")[["x", "i"]],
    "groups": lambda f, x: f.assign(x=x).groupby("x").i.sum(),
    "groups of it": lambda f, x: f.assign(x=x).groupby("i").x.max(),
    "counts": lambda f, x: x.value_counts(),
    "order": lambda f, x: f.assign(x=x).sort_values(["x", "i"]),
    "distinct": lambda f, x: x.drop_duplicates(),
    "many": lambda f, x: x.nunique(),
    "quantile": lambda f, x: x.quantile(0.3),
    "filled": lambda f, x: x.fillna(0),
    "isin": lambda f, x: x.isin([1, 2]),
    "shift": lambda f, x: x.shift(1),
    "cumulative": lambda f, x: x.cumsum(),
    "rolling": lambda f, x: x.rolling(3).sum(),
    "join": lambda f, x: f[["i"]].assign(x=x).merge(f[["i"]].drop_duplicates().rename(columns={"i": "x"}), on="x"),
    "described": lambda f, x: x.describe(),
    "largest": lambda f, x: x.nlargest(3),
    "a value of each": lambda f, x: x.map(str),
}


@pytest.mark.parametrize("made", LATE)
@pytest.mark.parametrize("missing", [True, False])
def test_dtypes_are_those_of_the_whole_column(made: str, missing: bool) -> None:
    whole, func = table(missing), LATE[made]
    found = func(dd.from_pandas(whole, npartitions=4))
    assert_eq(found, func(whole))
    assert_eq(func(dd.from_pandas(whole, npartitions=4)).persist(), func(whole))
    assert_series_equal(found.compute(optimize_graph=False), func(whole))


@pytest.mark.parametrize("used", USED)
@pytest.mark.parametrize(("made", "missing"), [("length", True), ("length", False), ("not kept", True)])
def test_what_is_done_with_them(used: str, made: str, missing: bool) -> None:
    whole = table(missing)
    lazy = dd.from_pandas(whole, npartitions=4)
    assert_eq(USED[used](lazy, LATE[made](lazy)), USED[used](whole, LATE[made](whole)))


MAPPED: dict[str, Any] = {
    "all": dict.fromkeys(range(5), 7),
    "some": {0: 10, 1: 20, 2: 30},
    "truth": {0: True, 1: False, 2: True},
    "text": {0: "a", 1: "b"},
    "times": {0: pd.Timestamp("2024"), 1: pd.Timestamp("2025")},
    "floats": {0: 1.5},
    "nothing": {},
    "a series": pd.Series({0: 5, 1: 6, 2: 7}, dtype="int8"),
    "a nullable series": pd.Series({0: 5, 1: 6}, dtype="Int64"),
    "lazy": dd.from_pandas(pd.Series({0: 5, 1: 6}), npartitions=2),
}


@pytest.mark.parametrize("mapping", MAPPED)
@pytest.mark.parametrize("asked", [True, False])
def test_mappings(mapping: str, asked: bool) -> None:
    whole, mapper = table(False), MAPPED[mapping]
    theirs = mapper.compute() if isinstance(mapper, dd.Series) else mapper
    found, expected = dd.from_pandas(whole, npartitions=4).i.map(mapper), whole.i.map(theirs)
    if asked:
        assert found.dtype == expected.dtype
    assert_series_equal(found.compute(), expected)
    index = dd.from_pandas(whole.set_index("i"), npartitions=4, sort=False).index
    assert_eq(index.map(mapper), whole.set_index("i").index.map(theirs))


def test_schedulers(scheduler: str) -> None:
    whole, lazy = table(True), dd.from_pandas(table(True), npartitions=4)
    made: list[Callable[[Any], Any]] = [
        lambda f: f.i.map(MAPPED["some"]),
        lambda f: f.i.map(half),
        lambda f: f.s.str.len(),
    ]
    for found, func in zip(minidask.compute(*[func(lazy) for func in made], scheduler=scheduler), made):
        assert_series_equal(found, func(whole))


def half(value: int) -> Any:
    return value if value < 3 else value / 2


GIVEN: dict[str, Callable[[int], Any]] = {
    "floats": half,
    "nothing": lambda v: v if v < 3 else None,
    "not a number": lambda v: v if v < 3 else np.nan,
    "truth or nothing": lambda v: True if v < 3 else None,
    "truth or numbers": lambda v: True if v < 3 else 1,
    "text or numbers": lambda v: "a" if v < 3 else 1,
    "text or nothing": lambda v: "a" if v < 3 else None,
    "times or nothing": lambda v: pd.Timestamp("2024") if v < 3 else None,
    "nothing or numbers": lambda v: None if v < 3 else 1,
    "complex": lambda v: v if v < 3 else 1j,
    "pairs": lambda v: (v, v),
}


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("asked", [True, False])
def test_functions_of_values(given: str, asked: bool) -> None:
    whole, func = pd.Series(range(8)), GIVEN[given]
    makers: dict[str, Callable[[Any], Any]] = {
        "map": lambda s: s.map(func),
        "apply": lambda s: s.apply(func),
        "rows": lambda s: s.to_frame("x").apply(lambda row: func(row.x), axis=1),
        "table": lambda s: s.to_frame("x").map(func),
    }
    for make in makers.values():
        found, expected = make(dd.from_pandas(whole, npartitions=4)), make(whole)
        if asked:
            assert isinstance(found, dd.DataFrame if isinstance(expected, pd.DataFrame) else dd.Series)
        check = assert_frame_equal if isinstance(expected, pd.DataFrame) else assert_series_equal
        check(found.compute(), expected)
        check(found.persist().compute(), expected)
        check(found.isna().compute(), expected.isna())
        check(
            found.map_partitions(lambda block: block.astype("str"), meta=expected.astype("str")).compute(),
            expected.astype("str"),
        )


MORE: dict[str, Callable[[int], Any]] = {
    "floats": lambda v: v if v < 6 else v + 0.5,
    "large": lambda v: 1.5 * 2**70 if v == 7 else v,
    "nothing": lambda v: None if v > 5 else v,
    "numbers at last": lambda v: None if v < 2 else v,
    "times at last": lambda v: pd.Timestamp("2024") if v > 5 else None,
}
ASKING: dict[str, Callable[[Any, Any, Any], Any]] = {
    "stacked": lambda lib, f, m: lib.concat([m, f.x]),
    "stacked tables": lambda lib, f, m: lib.concat([f.assign(z=m), f.assign(z=1)]).z,
    "under keys": lambda lib, f, m: lib.concat([m, f.x], keys=["a", "b"]),
    "quantiles": lambda lib, f, m: m.quantile([0.1, 0.9]),
    "quantiles of a table": lambda lib, f, m: f.assign(z=m).quantile(0.9),
    "median": lambda lib, f, m: m.to_frame("z").median(),
    "double": lambda lib, f, m: m.isna() | (m == m),
}


@pytest.mark.parametrize("given", MORE)
@pytest.mark.parametrize("asked", [True, False])
def test_who_goes_by_the_meta_learns_what_all_values_are(given: str, asked: bool) -> None:
    whole, func = pd.DataFrame({"x": range(8)}), MORE[given]
    lazy, calls = dd.from_pandas(whole, npartitions=4), list[int]()
    made, expected = lazy.x.map(lambda v: calls.append(v) or func(v)), whole.x.map(func)
    table = lazy.assign(z=made)
    if asked:
        assert made.dtype == expected.dtype
        assert table.dtypes.z == expected.dtype
        assert table.select_dtypes("int64").columns.tolist() == ["x"]
        assert sorted(calls) == [*range(8)]
    same = not given.endswith("at last")  # what is stacked is of objects then
    for name, ask in ASKING.items():
        assert_series_equal(ask(dd, lazy, made).compute(), ask(pd, whole, expected), check_dtype=same, obj=name)
    if asked:
        assert sorted(calls) == [*range(8)]


RANGES: dict[str, Callable[[int], Any]] = {
    "beyond 63 bits": lambda v: 2**63 + 1 if v == 5 else v,
    "beyond 63 bits, and negative": lambda v: 2**63 + 1 if v == 5 else -v,
    "beyond 64 bits": lambda v: 2**70 if v == 4 else v,
    "beyond 64 bits, and negative": lambda v: -(2**70) if v == 4 else v,
    "a zone and nothing": lambda v: pd.Timestamp("2026", tz="UTC") if v < 4 else pd.NaT,
    "nothing and a zone": lambda v: pd.Timestamp("2026", tz="UTC") if v > 3 else pd.NaT,
    "spans and nothing": lambda v: pd.Timedelta("1s") if v < 4 else pd.NaT,
}


@pytest.mark.parametrize("given", RANGES)
@pytest.mark.parametrize("npartitions", [2, 4])
def test_values_for_which_there_is_no_room_in_the_dtype_of_other_blocks(given: str, npartitions: int) -> None:
    whole = pd.DataFrame({"x": range(8)}, index=range(8))
    lazy = dd.from_pandas(whole, npartitions=npartitions)
    assert_series_equal(lazy.x.map(RANGES[given]).compute(), whole.x.map(RANGES[given]))
    theirs = whole.assign(z=whole.x.map(RANGES[given]))
    assert_frame_equal(lazy.assign(z=lazy.x.map(RANGES[given])).compute(), theirs)
    assert_index_equal(lazy.index.map(RANGES[given]).compute(), whole.index.map(RANGES[given]))


@pytest.mark.parametrize("given", MORE)
def test_files_and_streams_have_what_all_values_are(given: str, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    whole = pd.DataFrame({"x": range(8)})
    expected = whole.assign(z=whole.x.map(MORE[given]))
    lazy = dd.from_pandas(whole, npartitions=4)
    lazy.assign(z=lazy.x.map(MORE[given])).to_parquet(str(tmp_path / "made"))
    assert_frame_equal(pd.read_parquet(tmp_path / "made"), expected)
    assert_frame_equal(pa.table(lazy.assign(z=lazy.x.map(MORE[given]))).to_pandas(), expected)


def test_each_value_once() -> None:
    calls: list[int] = []
    found = dd.from_pandas(pd.Series(range(8)), npartitions=4).map(lambda v: calls.append(v) or (v if v < 5 else None))
    assert found.name is None
    assert found.isna().sum().compute(scheduler="synchronous") == 3
    assert sorted(calls) == [*range(8)]


def test_a_meta_is_held_to() -> None:
    found = dd.from_pandas(pd.Series(range(8)), npartitions=4).map(half, meta=("x", "int64"))
    with pytest.raises(ValueError, match="expected int64"):
        found.compute()


def _refused(*args: Any, **options: Any) -> Any:
    raise AssertionError("nothing is to be computed")


def test_nothing_is_computed_where_nothing_is_missing(tmp_path: Path) -> None:
    whole = table(False)
    whole.to_parquet(tmp_path / "a.parquet", row_group_size=4)
    frames = dd.from_pandas(whole, npartitions=4), dd.read_parquet(str(tmp_path), split_row_groups=True)
    with minidask.config.set(scheduler=_refused):
        for frame in frames:
            assert frame.s.str.len().dtype == "int64"
            assert frame.assign(x=frame.t.dt.hour)[lambda f: f.i > 2].x.dtype == "int32"
        assert frames[0].s.str.contains("a").dtype == bool
    for missing in (True, False):
        table(missing).to_parquet(tmp_path / "a.parquet", row_group_size=4)
        lazy = dd.read_parquet(str(tmp_path), split_row_groups=True)
        assert lazy.s.str.len().dtype == ("float64" if missing else "int64")


def agreements(collection: Any) -> int:
    (root,) = optimize([collection.expr], until="agree")
    return sum(isinstance(node, Agreed) for node in topological([root]))


def test_nobody_waits_for_what_is_added_up() -> None:
    lazy = dd.from_pandas(table(True), npartitions=4)
    length = lazy.s.str.len()
    assert not agreements((length + 1).sum())
    assert not agreements(lazy[length > 1].i.sum())
    assert (
        agreements(length)
        == agreements(length.drop_duplicates())
        == agreements(length.map_partitions(len, meta=int))
        == 1
    )
    assert not agreements(length.head(2, compute=False))


def test_a_first_partition_calls_a_function_with_no_other() -> None:
    calls: list[int] = []
    found = dd.from_pandas(pd.Series(range(8)), npartitions=4).map(lambda v: calls.append(v) or v)
    assert found.head(1).tolist() == [0]
    assert calls == [0, 1]


def test_rows_without_a_group_have_one_dtype_with_the_others() -> None:
    data = pd.DataFrame({"k": ["a", None, "b", "a", "b", "a"], "i": range(6), "b": [True, False] * 3})
    blocks = [data.iloc[:1], data.iloc[1:3], data.iloc[3:]]
    lazy = dd.from_map(blocks.__getitem__, range(3), meta=data.iloc[:0])
    for call in (
        lambda d: d.groupby("k").i.transform("size"),
        lambda d: d.groupby("k").b.transform("any"),
        lambda d: d.groupby("k").cumcount(),
        lambda d: d.groupby("k").i.cumsum(),
        lambda d: d.groupby("k").b.ffill(),
        lambda d: d.groupby("k")[["i", "b"]].transform("max"),
    ):
        assert_eq(call(lazy), call(data))
        assert_eq(dd.concat([call(lazy)] * 2), pd.concat([call(data)] * 2))
        assert_eq(call(lazy).astype("str"), call(data).astype("str"))
    assert not agreements(lazy.groupby("i").b.transform("any"))
    assert not agreements(lazy.groupby("k").i.transform("size").sum())


def test_values_of_another_column_make_their_dtype() -> None:
    data = pd.DataFrame({"i": range(6), "f": np.arange(6) / 2, "n": pd.array([1, None] * 3, dtype="Int64")})
    lazy = dd.from_pandas(data, npartitions=3)
    for call in (
        lambda d: d.i.mask(d.i > 4, d.f),
        lambda d: d.i.where(d.i > 1, d.f > 1),
        lambda d: d.f.mask(d.i > 4, d.n),
        lambda d: d.i.mask(d.i > 9, d.f),
    ):
        assert_eq(call(lazy), call(data))
        assert_eq(call(lazy).astype("str"), call(data).astype("str"))
