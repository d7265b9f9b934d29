"""Feather, Arrow IPC, ORC and pickles: round trips, and files that are bad."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.parts import ReadParts
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

pa = pytest.importorskip("pyarrow")

N = 30
DATA = pd.DataFrame(
    {
        "i": np.arange(N, dtype="int32"),
        "f": np.where(np.arange(N) % 5 == 0, np.nan, np.arange(N) / 4),
        "s": pd.Series(["x", "ü", None] * 10, dtype="str"),
        "t": pd.date_range("2024-01-01", periods=N, unit="ns"),
        "b": np.arange(N) % 3 == 0,
    }
)


class Format(NamedTuple):
    read: Callable[..., Any]
    write: str
    suffix: str


FORMATS = [
    Format(dd.read_feather, "to_feather", ".feather"),
    Format(dd.read_orc, "to_orc", ".orc"),
    Format(dd.read_pickle, "to_pickle", ".pkl"),
]
formats = pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.suffix)


@formats
@pytest.mark.parametrize("npartitions", [1, 4])
def test_round_trip(tmp_path: Path, form: Format, npartitions: int) -> None:
    paths = getattr(dd.from_pandas(DATA, npartitions), form.write)(tmp_path / f"*{form.suffix}")
    assert len(paths) == npartitions
    found = form.read(tmp_path / f"*{form.suffix}")
    assert found.npartitions == npartitions
    assert_eq(found, DATA)


@formats
def test_one_file_of_that_name(tmp_path: Path, form: Format) -> None:
    path = str(tmp_path / f"one{form.suffix}")
    assert getattr(dd.from_pandas(DATA), form.write)(path) == [path]
    assert_eq(form.read(path), DATA)


@formats
def test_no_rows(tmp_path: Path, form: Format) -> None:
    path = str(tmp_path / f"none{form.suffix}")
    getattr(dd.from_pandas(DATA.iloc[:0]), form.write)(path)
    assert_eq(form.read(path), DATA.iloc[:0])


@formats
@pytest.mark.parametrize("content", [b"", b"this is something else", None], ids=["empty", "another", "cut short"])
def test_bad_files(tmp_path: Path, form: Format, content: bytes | None) -> None:
    path = tmp_path / f"bad{form.suffix}"
    if content is None:
        getattr(dd.from_pandas(DATA), form.write)(str(path))
        content = path.read_bytes()[:-50]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        form.read(path).compute()
    with pytest.raises(FileNotFoundError):
        form.read(tmp_path / "none")


@pytest.mark.parametrize("form", FORMATS[2:], ids=lambda f: f.suffix)
def test_a_late_file_of_another_schema(tmp_path: Path, form: Format) -> None:
    for name, frame in (("a", DATA[["i", "f"]]), ("b", DATA[["i", "s"]])):
        getattr(dd.from_pandas(frame), form.write)(str(tmp_path / f"{name}{form.suffix}"))
    found = form.read(tmp_path / f"*{form.suffix}")
    with pytest.raises((ValueError, TypeError), match=r"'f'|f: float64"):
        found.compute()


@pytest.mark.parametrize("form", FORMATS[:2], ids=lambda f: f.suffix)
def test_files_of_different_schemas(tmp_path: Path, form: Format) -> None:
    frames = [DATA[["i", "f"]], DATA[["s", "i"]].astype({"i": "int16"}), DATA[["i"]].astype({"i": "float64"})]
    for i, frame in enumerate(frames):
        getattr(dd.from_pandas(frame), form.write)(str(tmp_path / f"{i}{form.suffix}"))
    found = form.read(tmp_path / f"*{form.suffix}")
    theirs = pd.concat(frames, ignore_index=True)
    pd.testing.assert_frame_equal(found.compute().reset_index(drop=True), theirs)
    assert found.s.count().compute() == theirs.s.count()
    assert len(found) == len(theirs)


@pytest.mark.parametrize("form", FORMATS[:2], ids=lambda f: f.suffix)
def test_whole_numbers_that_are_missing_late(tmp_path: Path, form: Format) -> None:
    frames = [pd.DataFrame({"i": pd.array(values, "Int64")}) for values in ([1, 2], [None, 4])]
    pa = pytest.importorskip("pyarrow")
    for i, frame in enumerate(frames):
        plain = pa.table({"i": pa.array(frame.i)})
        with (tmp_path / f"{i}{form.suffix}").open("wb") as stream:
            if form.suffix == ".orc":
                pytest.importorskip("pyarrow.orc").write_table(plain, stream)
            else:
                pytest.importorskip("pyarrow.feather").write_feather(plain, stream)
    with pytest.raises(ValueError, match=rf"1{form.suffix}.*column 'i' has missing values.*dtype_backend="):
        form.read(tmp_path / f"*{form.suffix}").compute()
    read = dd.read_orc if form.suffix == ".orc" else dd.read_feather
    found = read(tmp_path / f"*{form.suffix}", dtype_backend="numpy_nullable")
    pd.testing.assert_frame_equal(found.compute(), pd.concat(frames, ignore_index=True))


@pytest.mark.parametrize("form", FORMATS[:2], ids=lambda f: f.suffix)
def test_only_columns_that_are_needed(tmp_path: Path, form: Format) -> None:
    getattr(dd.from_pandas(DATA, 3), form.write)(tmp_path / f"*{form.suffix}")
    found = form.read(tmp_path / f"*{form.suffix}")
    (source,) = (n for n in topological(optimize([found.i.sum().expr], until="needs")) if isinstance(n, ReadParts))
    assert source.columns == ("i",)
    assert found.i.sum().compute() == DATA.i.sum()
    assert len(found) == N
    assert_eq(form.read(tmp_path / f"*{form.suffix}", columns=["s", "i"]), DATA[["s", "i"]])
    with pytest.raises(KeyError, match="'zz'"):
        form.read(tmp_path / f"*{form.suffix}", columns=["zz"])
    with pytest.raises(TypeError, match="expected a list"):
        form.read(tmp_path / f"*{form.suffix}", columns="i")


def test_feather_keeps_an_index(tmp_path: Path) -> None:
    data = DATA.set_index("t")
    dd.from_pandas(data, 3).to_feather(tmp_path / "*.feather")
    found = dd.read_feather(tmp_path / "*.feather")
    assert_eq(found, data)
    assert_eq(found.i + 1, data.i + 1)


@pytest.mark.parametrize(("blocksize", "npartitions"), [(None, 1), ("1 GB", 1), (1, 10)])
def test_record_batches(tmp_path: Path, blocksize: Any, npartitions: int) -> None:
    path = str(tmp_path / "data.feather")
    dd.from_pandas(DATA).to_feather(path, chunksize=3, compression="uncompressed")
    found = dd.read_feather(path, blocksize=blocksize)
    assert found.npartitions == npartitions
    assert_eq(found, DATA)


def test_orc_stripes_and_index(tmp_path: Path) -> None:
    path = str(tmp_path / "data.orc")
    data = pd.DataFrame({"x": np.random.default_rng(1).random(200_000), "k": np.arange(200_000)}).set_index("k")
    dd.from_pandas(data).to_orc(path, stripe_size=100_000, compression="uncompressed")
    found = dd.read_orc(path, index="k")
    assert found.npartitions > 1
    assert_eq(found, data)
    assert dd.read_orc(path, split_stripes=False).npartitions == 1
    assert_eq(dd.read_orc(path, split_stripes=False), data.reset_index())


def test_pickles_of_series_and_compression(tmp_path: Path) -> None:
    dd.from_pandas(DATA.s, 2).to_pickle(tmp_path / "*.pkl.gz")
    assert_eq(dd.read_pickle(tmp_path / "*.pkl.gz"), DATA.s)
    assert_eq(dd.read_pickle(tmp_path / "*.pkl.gz", meta=DATA.s), DATA.s)


def test_tables_in_memory() -> None:
    table = pa.Table.from_pandas(DATA)
    assert_eq(dd.from_arrow(table, npartitions=3), DATA)
    assert_eq(dd.from_arrow(table.to_batches()[0]), DATA)
    with pytest.raises(TypeError, match="expected a table of Arrow"):
        dd.from_arrow(DATA.to_dict())


def test_records() -> None:
    records = [(1, "a", 2.5), (2, "b", 3.5), (3, "c", 4.5)]
    for told in ({}, {"columns": ["x", "y", "z"]}, {"columns": ["x", "y", "z"], "index": "y", "exclude": ["z"]}):
        assert_eq(dd.from_records(records, npartitions=2, **told), pd.DataFrame.from_records(records, **told))
