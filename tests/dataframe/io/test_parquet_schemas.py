"""Parquet files whose schemas differ, of all types, and of which values are missing: as pandas reads them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(folder: Path, *tables: Any) -> Path:
    """A directory of a file for each table of Arrow, or frame of pandas."""
    for i, table in enumerate(tables):
        if isinstance(table, pd.DataFrame):
            table.to_parquet(folder / f"{i}.parquet")
        else:
            pq.write_table(table, folder / f"{i}.parquet")
    return folder


def together(folder: Path) -> pd.DataFrame:
    """What pandas makes of all files."""
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.iterdir())], ignore_index=True)


DIFFER: dict[str, tuple[Any, ...]] = {
    "a column is missing": (pa.table({"x": [1, 2], "y": ["a", "b"]}), pa.table({"x": [3]}), pa.table({"y": ["c"]})),
    "another order": (pa.table({"x": [1, 2], "y": [3, 4]}), pa.table({"y": [5], "x": [6]})),
    "whole numbers": (pa.table({"x": pa.array([1], "int32")}), pa.table({"x": pa.array([2**40], "int64")})),
    "signs": (pa.table({"x": pa.array([1], "uint64")}), pa.table({"x": pa.array([-2], "int64")})),
    "small floats": (pa.table({"x": pa.array([1], "int32")}), pa.table({"x": pa.array([0.5], "float32")})),
    "floats": (pa.table({"x": [1, 2]}), pa.table({"x": [0.5]})),
    "a dictionary": (pa.table({"x": pa.array(["a", "b"]).dictionary_encode()}), pa.table({"x": ["c"]})),
    "long strings": (pa.table({"x": ["a"]}), pa.table({"x": pa.array(["b"], pa.large_string())})),
    "units of time": (
        pa.table({"t": pa.array([1], pa.timestamp("ms"))}),
        pa.table({"t": pa.array([2], pa.timestamp("us"))}),
    ),
    "lists": (pa.table({"x": [[1, 2], None]}), pa.table({"x": [[3]]})),
    "some are missing": (pa.table({"i": [1, None], "b": [True, None]}), pa.table({"i": [3], "b": [False]})),
    "large numbers beside missing ones": (pa.table({"i": [2**60 + 1]}), pa.table({"i": [1, None]})),
    "pandas' nullable ones": (
        pd.DataFrame({"i": pd.array([1, None], "Int64")}),
        pd.DataFrame({"i": pd.array([3], "Int64")}),
    ),
    "no rows": (pa.table({"x": pa.array([], "int64")}), pa.table({"x": [1]}), pa.table({"x": pa.array([], "int64")})),
}


@pytest.mark.parametrize("tables", DIFFER.values(), ids=DIFFER)
def test_schemas_that_differ(tmp_path: Path, tables: tuple[Any, ...]) -> None:
    theirs = together(write(tmp_path, *tables))
    ours = dd.read_parquet(tmp_path)
    assert ours.dtypes.to_dict() == theirs.dtypes.to_dict()
    pd.testing.assert_frame_equal(ours.compute(), theirs)
    last = theirs.columns[-1]
    assert_eq(ours[last], theirs[last])
    assert len(ours) == len(theirs)


NULLS: dict[str, tuple[Any, ...]] = {
    "booleans are missing": (pa.table({"x": [1], "b": [True]}), pa.table({"x": [3]})),
    "nothing but nulls": (pa.table({"x": pa.nulls(2)}), pa.table({"x": ["a"]}), pa.table({"x": pa.nulls(1)})),
    "nulls and numbers": (pa.table({"x": pa.nulls(2)}), pa.table({"x": [1]})),
}


@pytest.mark.parametrize("tables", NULLS.values(), ids=NULLS)
def test_types_that_say_nothing(tmp_path: Path, tables: tuple[Any, ...]) -> None:
    write(tmp_path, *tables)
    assert_eq(dd.read_parquet(tmp_path), pa.concat_tables(tables, promote_options="permissive").to_pandas())


def test_small_dictionaries_are_one(tmp_path: Path) -> None:
    write(tmp_path, *(pa.table({"x": pa.array(words).dictionary_encode()}) for words in (["b", "a"], ["c", "a"])))
    ours = dd.read_parquet(tmp_path).x.compute()
    assert ours.dtype == "category"
    assert ours.tolist() == ["b", "a", "c", "a"]


def test_types_with_nothing_in_common(tmp_path: Path) -> None:
    write(tmp_path, pa.table({"x": ["a"]}), pa.table({"x": [1]}))
    with pytest.raises(ValueError, match=r"column 'x' is int64 in .*1\.parquet, but string in .*0\.parquet"):
        dd.read_parquet(tmp_path)
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "twice.parquet")
    with pytest.raises(ValueError, match=r"twice\.parquet has several columns 'a'"):
        dd.read_parquet(tmp_path / "twice.parquet")


TYPES: dict[str, Any] = {
    "list": pa.array([[1, 2], None, []]),
    "struct": pa.array([{"a": 1, "b": "x"}, {"a": None, "b": "y"}, None]),
    "map": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    "decimal": pa.array([Decimal("1.25"), None, Decimal("3.50")]),
    "date": pa.array([datetime.date(2024, 1, 1), None, datetime.date(2024, 1, 3)]),
    "time": pa.array([datetime.time(1, 2, 3), None, datetime.time(4, 5, 6)]),
    "zone": pa.array([0, None, 2], pa.timestamp("us", "Europe/Berlin")),
    "seconds": pa.array([0, None, 2], pa.timestamp("ms")),
    "nanoseconds": pa.array([0, None, 2], pa.timestamp("ns")),
    "duration": pa.array([0, None, 2], pa.duration("us")),
    "category": pa.array(["a", None, "b"]).dictionary_encode(),
    "binary": pa.array([b"a", None, b"c"]),
    "int8": pa.array([1, 2, 3], "int8"),
    "float32": pa.array([1, None, 3], "float32"),
    "bool": pa.array([True, False, None]),
    "text": pa.array(["a", None, "c"]),
}


@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
def test_types(tmp_path: Path, backend: str | None) -> None:
    path = tmp_path / "types.parquet"
    pq.write_table(pa.table(TYPES), path, row_group_size=2)
    theirs = pd.read_parquet(path, **({} if backend is None else {"dtype_backend": backend}))
    ours = dd.read_parquet(path, dtype_backend=backend, split_row_groups=True)
    assert ours.npartitions == 2
    assert ours.dtypes.drop("category").to_dict() == theirs.dtypes.drop("category").to_dict()
    computed = ours.compute()
    for name in TYPES:
        pd.testing.assert_series_equal(computed[name], theirs[name], check_categorical=False)
    assert len(ours) == 3
    assert ours[["int8"]].sum().compute().tolist() == [6]


def test_options_of_arrow(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"d": TYPES["date"], "t": TYPES["text"]}), path)
    ours = dd.read_parquet(path, arrow_to_pandas={"date_as_object": False})
    assert_eq(ours, pd.read_parquet(path, to_pandas_kwargs={"date_as_object": False}))
    assert dd.read_parquet(path, categories=["t"]).t.compute().tolist() == ["a", np.nan, "c"]
    assert dd.read_parquet(path, categories=["t"]).t.dtype == "category"
    with pytest.raises(ValueError, match="categories: there is no column 'x'"):
        dd.read_parquet(path, categories=["x"])
    with pytest.raises(ValueError, match="dtype_backend='polars': expected"):
        dd.read_parquet(path, dtype_backend="polars")
    with pytest.raises(ValueError, match="give one of them"):
        dd.read_parquet(path, dtype_backend="pyarrow", arrow_to_pandas={"types_mapper": pd.ArrowDtype})


@pytest.mark.parametrize(
    "index",
    [
        pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["k", "l"]),
        pd.MultiIndex.from_product([[1, 2], ["a", "b"]]),
        pd.date_range("2024", periods=4, tz="UTC", name="t"),
        pd.Index([1, 2, 2, 5], name="n"),
        pd.CategoricalIndex(list("abca"), name="c"),
    ],
    ids=["levels", "levels without names", "times", "numbers", "categories"],
)
def test_indexes_of_pandas(tmp_path: Path, index: pd.Index) -> None:
    data = pd.DataFrame({"x": range(4), "y": list("abcd")}, index=index)
    write(tmp_path, data.iloc[:3], data.iloc[3:])
    assert_eq(dd.read_parquet(tmp_path), data, check_categorical=False)
    assert_eq(dd.read_parquet(tmp_path).x, data.x, check_categorical=False)
    named = [n for n in index.names if n is not None]
    plain = dd.read_parquet(tmp_path, index=False)
    assert [*plain.columns] == [*named, "x", "y"]
    assert_eq(plain[["x", "y"]], data.reset_index(drop=True))
    assert_eq(dd.read_parquet(tmp_path, index=["y", "x"]).index, data.set_index(["y", "x"]).index)


def test_labels_of_several_levels(tmp_path: Path) -> None:
    columns = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["p", "q"])
    data = pd.DataFrame([[1, 2.5], [3, 4.5]], columns=columns)
    write(tmp_path, data)
    pd.testing.assert_frame_equal(dd.read_parquet(tmp_path).compute(), pd.read_parquet(tmp_path))


@pytest.mark.parametrize("index", [pd.RangeIndex(5, 13, 2), pd.RangeIndex(0, 4, name="k"), pd.RangeIndex(4, 0, -1)])
def test_rows_that_pandas_numbered(tmp_path: Path, index: pd.RangeIndex) -> None:
    data = pd.DataFrame({"x": range(4), "y": list("abcd")}, index=index)
    data.to_parquet(tmp_path / "a.parquet", row_group_size=2)
    for options in ({}, {"split_row_groups": True}, {"calculate_divisions": True}):
        ours = dd.read_parquet(tmp_path / "a.parquet", **options)
        pd.testing.assert_frame_equal(ours.compute(), data)
        assert_eq(ours[ours.x > 1], data[data.x > 1])
        assert_eq(ours.y.tail(1), data.y.tail(1))
        assert_eq(ours.head(1), data.head(1))
        assert ours.x.sum().compute() == 6
        assert len(ours) == 4
    filters = [("x", ">", 1)]
    assert_eq(
        dd.read_parquet(tmp_path / "a.parquet", filters=filters),
        pd.read_parquet(tmp_path / "a.parquet", filters=filters),
    )
    data.to_parquet(tmp_path / "b.parquet")
    assert_eq(dd.read_parquet(tmp_path), pd.concat([data, data], ignore_index=True))


def test_intervals(tmp_path: Path) -> None:
    data = pd.DataFrame({"p": pd.interval_range(0, 3), "m": pd.period_range("2024", periods=3, freq="M")})
    dd.from_pandas(data, 2).to_parquet(tmp_path / "d")
    assert_eq(dd.read_parquet(tmp_path / "d"), data)
