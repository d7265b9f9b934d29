"""Directories of Parquet files: hive partitions, filters, which files count, and how they fall into partitions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.parquet import ReadParquet
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

DATA = pd.DataFrame(
    {
        "x": np.arange(24),
        "f": np.where(np.arange(24) % 5 == 0, np.nan, np.arange(24) / 2),
        "s": pd.Series(["a", "b", None] * 8, dtype="str"),
        "g": np.arange(24) // 8,
        "h": pd.Series(["p", "q"] * 12, dtype="str"),
    }
)


@pytest.fixture(scope="module")
def hive(tmp_path_factory: Any) -> Path:
    folder = Path(tmp_path_factory.mktemp("hive")) / "data"
    DATA.to_parquet(folder, partition_cols=["g", "h"], row_group_size=2)
    return folder


def sorted_by_x(frame: Any) -> Any:
    frame = frame.compute() if hasattr(frame, "compute") else frame
    return frame.sort_values("x", ignore_index=True)


def test_columns_of_folders_are_as_in_pandas(hive: Path) -> None:
    ours, theirs = dd.read_parquet(hive), pd.read_parquet(hive)
    assert ours.dtypes.to_dict() == theirs.dtypes.to_dict()
    pd.testing.assert_frame_equal(sorted_by_x(ours), sorted_by_x(theirs))
    assert ours.g.cat.codes.max().compute() == 2
    globbed = dd.read_parquet(f"{hive}/*/*/*.parquet")
    pd.testing.assert_frame_equal(sorted_by_x(globbed), sorted_by_x(theirs))
    (file,) = (hive / "g=1" / "h=p").iterdir()
    assert [*dd.read_parquet(file).columns] == ["x", "f", "s"]


FILTERS: list[Any] = [
    [("g", "==", 1)],
    [("g", "!=", 1)],
    [("g", "in", [0, 2])],
    [("g", "not in", {0, 2})],
    [("g", ">", 0), ("x", "<", 20)],
    [[("g", "==", 0)], [("g", "==", 1), ("x", ">", 10)]],
    [[("g", "==", 0), ("h", "==", "p")], [("x", ">=", 22)]],
    [("s", "in", ["a", None])],
    [("s", "==", "a"), ("f", ">", 2.0)],
    [("f", "!=", 1.0)],
    [("s", "not in", ["a"])],
    [("x", "<", 0)],
    [("g", "==", 7)],
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_filters_are_as_in_pandas(hive: Path, filters: Any) -> None:
    ours, theirs = dd.read_parquet(hive, filters=filters), pd.read_parquet(hive, filters=filters)
    columns = ["x", "f", "s"]
    pd.testing.assert_frame_equal(sorted_by_x(ours)[columns], sorted_by_x(theirs)[columns])
    assert ours.index.compute().tolist() == list(range(len(theirs)))
    assert len(ours) == len(theirs)


def test_filters_for_what_is_missing(hive: Path) -> None:
    found = sorted(dd.read_parquet(hive, filters=[("f", "is", np.nan)]).x.compute())
    assert found == [0, 5, 10, 15, 20]
    assert len(dd.read_parquet(hive, filters=[("s", "is not", None)])) == 16
    assert len(dd.read_parquet(hive, filters=[("g", "is", None)])) == 0


def test_filters_leave_partitions_out(hive: Path) -> None:
    assert dd.read_parquet(hive).npartitions == 6
    assert dd.read_parquet(hive, filters=[("g", "==", 1)]).npartitions == 2
    assert dd.read_parquet(hive, filters=[("x", "in", [3, 4])]).npartitions == 2
    assert dd.read_parquet(hive, filters=[("x", "==", 3)], split_row_groups=True).npartitions == 1
    assert dd.read_parquet(hive, filters=[("x", ">", 99)]).npartitions == 1


def test_filters_that_cannot_be(hive: Path) -> None:
    with pytest.raises(ValueError, match=r"filters: \('x', '>', 'a'\) cannot be told"):
        dd.read_parquet(hive, filters=[("x", ">", "a")])
    with pytest.raises(ValueError, match=r"filters: \('g', '>', 'a'\) cannot be told"):
        dd.read_parquet(hive, filters=[("g", ">", "a")])
    with pytest.raises(ValueError, match="'in' takes a list"):
        dd.read_parquet(hive, filters=[("s", "in", "a")])
    with pytest.raises(ValueError, match="takes None"):
        dd.read_parquet(hive, filters=[("s", "is", "a")])


def test_predicates_pass_over_files(hive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = dd.read_parquet(hive)
    read: list[Any] = []
    original = pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups", lambda self, g, **k: read.append(g) or original(self, g, **k)
    )
    assert sorted(frame[frame.g == 1].x.compute(scheduler="synchronous")) == [*range(8, 16)]
    assert len(read) == 2
    del read[:]
    assert frame[(frame.h == "q") & (frame.x > 20)].x.compute(scheduler="synchronous").tolist() == [21, 23]
    assert len(read) == 1
    assert_eq(frame[frame.s.isin(["a", np.nan])].x.sum(), DATA[DATA.s.isin(["a", np.nan])].x.sum())


def test_missing_values_of_folders(tmp_path: Path) -> None:
    data = pd.DataFrame({"x": range(4), "k": pd.Series(["a/b", None, "c d", "a/b"], dtype="str")})
    dd.from_pandas(data, 2).to_parquet(tmp_path / "d", partition_on="k")
    found = sorted_by_x(dd.read_parquet(tmp_path / "d"))
    assert found.k.tolist() == ["a/b", np.nan, "c d", "a/b"]
    assert dd.read_parquet(tmp_path / "d", filters=[("k", "is", None)]).x.compute().tolist() == [1]
    assert dd.read_parquet(tmp_path / "d", filters=[("k", "!=", "a/b")]).x.compute().tolist() == [2]


def test_small_files_share_partitions(hive: Path) -> None:
    size = sum(g.total_byte_size for g in _groups(next(hive.rglob("*.parquet"))))
    ours = dd.read_parquet(hive, aggregate_files=True)
    assert ours.npartitions == 1
    pd.testing.assert_frame_equal(ours.compute(), dd.read_parquet(hive).compute())
    assert dd.read_parquet(hive, aggregate_files=True, blocksize=int(2.2 * size)).npartitions == 3
    assert dd.read_parquet(hive, aggregate_files="g").npartitions == 3
    assert dd.read_parquet(hive, aggregate_files="h").npartitions == 6
    part = dd.read_parquet(hive, aggregate_files="g")
    assert_eq(part.head(7), part.compute().head(7))
    assert_eq(part.groupby("s").x.sum(), DATA.groupby("s").x.sum())
    assert len(part.drop_duplicates("s")) == 3
    assert len(part) == 24
    with pytest.raises(ValueError, match="aggregate_files='x'"):
        dd.read_parquet(hive, aggregate_files="x")


def _groups(path: Path) -> list[Any]:
    metadata = pq.ParquetFile(path).metadata
    return [metadata.row_group(i) for i in range(metadata.num_row_groups)]


def test_which_files_count(tmp_path: Path) -> None:
    one = pd.DataFrame({"x": [1]})
    for name in ("a.parquet", "b.parq", "c.pq", "d", "_e.parquet", ".f.parquet"):
        one.to_parquet(tmp_path / name)
    (tmp_path / "README").write_text("no data")
    assert len(dd.read_parquet(tmp_path)) == 3
    assert len(dd.read_parquet(tmp_path, parquet_file_extension=".pq")) == 1
    (tmp_path / "README").unlink()
    assert len(dd.read_parquet(tmp_path, parquet_file_extension=None)) == 4
    assert len(dd.read_parquet([tmp_path / "d", tmp_path / "a.parquet"])) == 2


def test_footers_of_all_files_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    original = pq.ParquetFile.__init__
    monkeypatch.setattr(pq.ParquetFile, "__init__", lambda self, *a, **k: opened.append("") or original(self, *a, **k))
    dd.from_pandas(DATA, 4).to_parquet(tmp_path / "d", write_metadata_file=True, row_group_size=3)
    assert (tmp_path / "d" / "_common_metadata").exists()
    frame = dd.read_parquet(tmp_path / "d", split_row_groups=True)
    assert (frame.npartitions, len(frame), len(opened)) == (8, 24, 1)
    assert_eq(frame, DATA)
    del opened[:]
    assert len(dd.read_parquet(tmp_path / "d", ignore_metadata_file=True)) == 24
    assert len(opened) == 4
    shutil.copy(tmp_path / "d" / "part.0.parquet", tmp_path / "d" / "part.9.parquet")
    assert len(dd.read_parquet(tmp_path / "d")) == 30


def test_tables_of_lakes(tmp_path: Path) -> None:
    (tmp_path / "delta" / "_delta_log").mkdir(parents=True)
    (tmp_path / "delta" / "_delta_log" / "0.json").write_text("{}")
    DATA.to_parquet(tmp_path / "delta" / "a.parquet")
    with pytest.raises(ValueError, match="is a table of Delta Lake"):
        dd.read_parquet(tmp_path / "delta")
    assert len(dd.read_parquet(f"{tmp_path}/delta/*.parquet")) == 24


def test_files_elsewhere() -> None:
    dd.from_pandas(DATA, 2).to_parquet("memory://test-elsewhere/d")
    assert_eq(dd.read_parquet("memory://test-elsewhere/d"), DATA)
    assert_eq(dd.read_parquet("memory://test-elsewhere/d/*.parquet", columns=["x"], storage_options={}), DATA[["x"]])


@pytest.mark.parametrize("kind", ["fsspec", "pyarrow"])
def test_file_systems_that_are_told(tmp_path: Path, kind: str) -> None:
    if kind == "fsspec":
        fs = pytest.importorskip("fsspec.implementations.dirfs").DirFileSystem(str(tmp_path))
    else:
        arrow = pytest.importorskip("pyarrow.fs")
        fs = arrow.SubTreeFileSystem(str(tmp_path), arrow.LocalFileSystem())
    lazy = dd.from_pandas(DATA, 2)
    lazy.to_parquet("d", filesystem=fs, partition_on="g", write_metadata_file=True)
    lazy.to_parquet("d", filesystem=fs, partition_on="g", append=True)
    assert (tmp_path / "d" / "g=0").is_dir()
    assert len(dd.read_parquet("d", filesystem=fs)) == 48
    assert dd.read_parquet("d/*/*.parquet", filesystem=fs, filters=[("g", "==", 1)]).x.sum().compute() == 184
    with pytest.raises(TypeError, match="filesystem: expected"):
        dd.read_parquet("d", filesystem="s3")
    with pytest.raises(ValueError, match="give one of them"):
        dd.read_parquet("d", filesystem=fs, storage_options={"a": 1})


def test_a_file_that_changed(tmp_path: Path) -> None:
    DATA.to_parquet(tmp_path / "a.parquet")
    frame = dd.read_parquet(tmp_path)
    DATA[:3].to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"a\.parquet has 3 rows, 24 when it was looked at"):
        frame.x.compute(retries=0)


def test_files_that_are_cut_short(tmp_path: Path) -> None:
    DATA.to_parquet(tmp_path / "a.parquet")
    DATA.to_parquet(tmp_path / "b.parquet")
    whole = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"b\.parquet is not a Parquet file, or is cut short"):
        dd.read_parquet(tmp_path)
    (tmp_path / "b.parquet").write_bytes(b"")
    with pytest.raises(ValueError, match=r"b\.parquet is not a Parquet file, or is cut short"):
        dd.read_parquet(tmp_path)


def test_the_memory_of_partitions_is_guessed(tmp_path: Path) -> None:
    words = np.array([f"a word that is long enough {i}" for i in range(50)])
    data = pd.DataFrame(
        {"i": np.arange(5000), "f": np.random.default_rng(0).random(5000), "s": words[np.arange(5000) % 50]}
    )
    data.to_parquet(tmp_path / "a.parquet")
    frame = dd.read_parquet(tmp_path)
    (source,) = (n for n in topological([frame.expr]) if isinstance(n, ReadParquet))
    for columns in (["i"], ["i", "f"], ["s"], ["i", "f", "s"]):
        real = int(data[columns].memory_usage(index=False, deep=True).sum())
        guess = source.replace(columns=tuple(columns)).block_nbytes((0,))
        assert 0.7 * real <= guess <= 1.5 * real
    assert source.largest_nbytes() == source.block_nbytes((0,))
    assert source.replace(most=50).block_nbytes((0,)) * 100 == source.block_nbytes((0,))


@pytest.mark.parametrize("each", [None, 0, 1, 2, 100])
def test_footers_are_read_some_at_a_time(tmp_path, each):
    for i in range(5):
        pd.DataFrame({"x": [i]}).to_parquet(tmp_path / f"{i}.parquet")
    assert dd.read_parquet(tmp_path, metadata_task_size=each, aggregate_files=False).x.compute().tolist() == [*range(5)]


def test_footers_are_read_by_a_number_of_files(tmp_path):
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="metadata_task_size=-1: expected a number of files"):
        dd.read_parquet(tmp_path, metadata_task_size=-1)
