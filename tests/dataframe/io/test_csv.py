"""CSV: blocks of files against pandas reading them whole."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.csv import ReadCSV
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq


@pytest.fixture
def data() -> pd.DataFrame:
    n = 50
    return pd.DataFrame(
        {
            "i": np.arange(n),
            "f": np.where(np.arange(n) % 5 == 0, np.nan, np.arange(n) / 4),
            "s": pd.Series(["x", "ü", None, "12", "a b"] * 10, dtype="str"),
            "t": pd.date_range("2024-01-01", periods=n, unit="us"),
        }
    )


@pytest.fixture
def file(tmp_path: Path, data: pd.DataFrame) -> Path:
    data.to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dates": {"parse_dates": ["t"]},
    "dtype": {"dtype": {"i": "float32", "s": "category"}},
    "all text": {"dtype": "str"},
    "usecols": {"usecols": ["f", "i"]},
    "usecols by function": {"usecols": lambda name: name != "s"},
    "usecols by place": {"usecols": [0, 3]},
    "names": {"names": ["a", "b", "c", "d"], "header": 0},
    "no header": {"header": None, "skiprows": 1},
    "missing values": {"na_values": ["x", 7]},
    "keep default": {"keep_default_na": False},
    "converters": {"converters": {"i": lambda x: int(x) * 2}},
    "skiprows": {"skiprows": 3, "header": None},
    "index by label": {"index_col": "s"},
    "index by number": {"index_col": 3, "parse_dates": ["t"]},
    "index of several": {"index_col": ["i", "s"]},
    "no index": {"index_col": False},
    "some rows": {"nrows": 23},
    "more rows than there are": {"nrows": 99, "index_col": 0},
    "one row of two columns": {"nrows": 1, "usecols": ["i", "f"]},
}


@pytest.mark.parametrize("blocksize", [None, 300])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_as_pandas(file: Path, blocksize: int | None, options: dict[str, Any]) -> None:
    found = dd.read_csv(file, blocksize=blocksize, **options)
    one = blocksize is None or "nrows" in options
    assert found.npartitions == (1 if one else -(-file.stat().st_size // 300))
    theirs = pd.read_csv(file, **options)
    if "category" in map(str, theirs.dtypes):
        assert_eq(found.compute(), theirs)
    else:
        assert_eq(found, theirs)


SAME: dict[str, Callable[[Any], Any]] = {
    "filter": lambda d: d[d.i > 30],
    "mean": lambda d: d.f.mean(),
    "strings": lambda d: d.s.str.upper(),
    "index": lambda d: d.index,
    "tail": lambda d: d.tail(3),
}


@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_operations(file: Path, call: Callable[[Any], Any]) -> None:
    assert_eq(call(dd.read_csv(file, blocksize=400)), call(pd.read_csv(file)))


def test_several_files(tmp_path: Path, data: pd.DataFrame) -> None:
    for i in range(3):
        data.iloc[i * 10 : i * 10 + 10].to_csv(tmp_path / f"{i}.csv", index=False)
    whole = pd.concat([pd.read_csv(tmp_path / f"{i}.csv") for i in range(3)], ignore_index=True)
    assert_eq(dd.read_csv(tmp_path / "*.csv", blocksize=200), whole)
    assert_eq(dd.read_csv([tmp_path / "1.csv", tmp_path / "0.csv"]).i.sum(), whole.i[:20].sum())
    found = dd.read_csv(tmp_path / "*.csv", include_path_column=True).compute()
    assert found.path.astype("str").str[-5].tolist() == [*"0" * 10, *"1" * 10, *"2" * 10]


def test_columns_of_later_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "2.csv").write_text("a,b,c\n5,6,7\n")
    files = [tmp_path / "1.csv", tmp_path / "2.csv"]
    with pytest.raises(ValueError, match=r"2\.csv has columns that the first file does not have: \['c'\]"):
        dd.read_csv(files).compute()
    assert dd.read_csv(files).a.sum().compute() == 9
    assert dd.read_csv(files, usecols=["b", "a"]).compute().b.tolist() == [2, 4, 6]
    with pytest.raises(ValueError, match="the first file"):
        dd.read_csv(files, header=None).compute()


def test_more_fields_than_columns(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2,3\n")
    with pytest.raises(ValueError, match="more fields"):
        dd.read_csv(tmp_path / "d.csv")


def test_columns_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "2.csv").write_text("b,a\n6,5\n8,7\n")
    assert dd.read_csv(tmp_path / "*.csv").compute().a.tolist() == [1, 3, 5, 7]
    found = dd.read_csv(tmp_path / "*.csv", blocksize=6)
    assert found.npartitions == 4
    assert found.a.compute().tolist() == [1, 3, 5, 7]
    assert found.partitions[3].compute().to_dict("list") == {"a": [7], "b": [8]}


def test_middle_of_a_file_with_other_columns(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "2.csv").write_text("a,c\n6,5\n8,7\n")
    with pytest.raises(ValueError, match=r"2\.csv \(block at byte \d\) has columns .*: \['c'\]"):
        dd.read_csv(tmp_path / "*.csv", blocksize=6).partitions[3].compute()


@pytest.mark.parametrize("options", [{"skiprows": 30}, {"skiprows": 30, "header": None}, {"comment": "#"}])
def test_beginning_that_is_longer_than_a_block(tmp_path: Path, options: dict[str, Any]) -> None:
    (tmp_path / "d.csv").write_text("#,#\n" * 30 + "a,b\n" + "1,2\n" * 30)
    with pytest.raises(ValueError, match="pass a larger blocksize"):
        dd.read_csv(tmp_path / "d.csv", blocksize=50, **options).compute(scheduler="synchronous")
    assert_eq(dd.read_csv(tmp_path / "d.csv", blocksize=150, **options), pd.read_csv(tmp_path / "d.csv", **options))


def test_sample_that_ends_within_quotes(tmp_path: Path) -> None:
    pd.DataFrame({"x": ["one\ntwo\nthree" * 5] * 9}).to_csv(tmp_path / "d.csv", index=False)
    found = dd.read_csv(tmp_path / "d.csv", blocksize=None, sample=30)
    assert_eq(found, pd.read_csv(tmp_path / "d.csv"))


def test_pyarrow_engine(file: Path) -> None:
    assert_eq(dd.read_csv(file, engine="pyarrow", blocksize=None).f.sum(), pd.read_csv(file).f.sum())


def test_errors_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,c\n1,2\n")
    with pytest.raises(ValueError, match=r"2\.csv: Usecols do not match"):
        dd.read_csv(tmp_path / "*.csv").b.compute()
    (tmp_path / "0.csv").write_text("")
    with pytest.raises(pd.errors.EmptyDataError, match=r"0\.csv: No columns"):
        dd.read_csv(tmp_path / "*.csv")
    (tmp_path / "0.csv").write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(pd.errors.ParserError, match=r"0\.csv: .*Expected 2 fields"):
        dd.read_csv(tmp_path / "*.csv")


def test_compressed(tmp_path: Path, data: pd.DataFrame) -> None:
    with gzip.open(tmp_path / "d.csv.gz", "wt") as stream:
        data.to_csv(stream, index=False)
    assert_eq(dd.read_csv(tmp_path / "d.csv.gz"), pd.read_csv(tmp_path / "d.csv.gz"))
    assert dd.read_csv(tmp_path / "d.csv.gz", blocksize=None).npartitions == 1
    with pytest.raises(ValueError, match=r"compressed \(gzip\) and cannot be divided; pass blocksize=None"):
        dd.read_csv(tmp_path / "d.csv.gz", blocksize=100)


def test_encoding(tmp_path: Path, data: pd.DataFrame) -> None:
    data.to_csv(tmp_path / "d.csv", index=False, encoding="utf-16")
    theirs = pd.read_csv(tmp_path / "d.csv", encoding="utf-16")
    assert_eq(dd.read_csv(tmp_path / "d.csv", blocksize=500, encoding="utf-16"), theirs)


def test_only_needed_columns_are_parsed(file: Path) -> None:
    frame = dd.read_csv(file, blocksize=300, parse_dates=["t"], dtype={"s": "str"})
    nodes = topological(optimize([frame[frame.i > 2].f.sum().expr], until="needs"))
    assert [n.columns for n in nodes if isinstance(n, ReadCSV)] == [("i", "f")]
    assert frame[frame.i > 2].f.sum().compute() == pd.read_csv(file).f[3:].sum()
    assert len(frame) == 50


def test_rows_are_counted_by_one_column(file: Path) -> None:
    seen: list[str] = []

    def see(value: str) -> str:
        seen.append(value)
        return value

    frame = dd.read_csv(file, blocksize=300, converters={"s": see})
    seen.clear()
    assert frame.compute(scheduler="synchronous").index.tolist() == list(range(50))
    assert len(seen) == 50


def test_small_samples_grow(file: Path) -> None:
    for sample in (1, 10):
        assert_eq(dd.read_csv(file, sample=sample, blocksize=300), pd.read_csv(file))
    file.write_text("only,a,header\n")
    assert list(dd.read_csv(file, sample=3).compute().columns) == ["only", "a", "header"]


def test_assume_missing(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,y,s\n" + "1,2,a\n" * 20 + ",3,b\n" * 20)
    frame = dd.read_csv(tmp_path / "d.csv", blocksize=40, sample=40, assume_missing=True, dtype={"y": "int64"})
    assert_eq(frame, pd.read_csv(tmp_path / "d.csv"))


@pytest.mark.parametrize(
    ("error", "message", "options"),
    [
        (TypeError, "seperator", {"seperator": ";"}),
        (ValueError, "index_col='z': there is no such column", {"index_col": "z"}),
        (ValueError, "index_col=7: there is no such column", {"index_col": 7}),
        (ValueError, "nrows=-3", {"nrows": -3}),
        (NotImplementedError, "memory_map", {"memory_map": True}),
        (NotImplementedError, "blocksize=None", {"engine": "pyarrow"}),
        (TypeError, "include_path_column", {"include_path_column": 3}),
        (ValueError, "usecols|Usecols", {"usecols": ["nope"]}),
        (ValueError, "positive|one byte", {"blocksize": 0}),
    ],
)
def test_errors(file: Path, error: type[Exception], message: str, options: dict[str, Any]) -> None:
    with pytest.raises(error, match=message):
        dd.read_csv(file, **options)


def test_few_rows_are_read_from_the_first_blocks(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x\n" + "1\n" * 200 + "bad\n")
    assert dd.read_csv(tmp_path / "d.csv", nrows=20, blocksize=50, sample=60).x.sum().compute() == 20
    more = dd.read_csv(tmp_path / "d.csv", nrows=201, blocksize=50, sample=60)
    assert_eq(more.compute(), pd.read_csv(tmp_path / "d.csv", nrows=201))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        dd.read_csv(tmp_path / "nothing.csv")


def test_to_csv(tmp_path: Path, data: pd.DataFrame) -> None:
    frame = dd.from_pandas(data, 3)
    paths = frame.to_csv(str(tmp_path / "out-*.csv"), index=False)
    assert [Path(p).name for p in paths] == ["out-0.csv", "out-1.csv", "out-2.csv"]
    assert_eq(dd.read_csv(tmp_path / "out-*.csv", parse_dates=["t"]), data)
    frame.to_csv(str(tmp_path / "one.csv"), single_file=True, index=False)
    assert (tmp_path / "one.csv").read_text() == data.to_csv(index=False)
    later = frame.i.to_csv(str(tmp_path / "later"), compute=False)
    assert not (tmp_path / "later").exists()
    assert len(later.compute()) == 3
