"""Writing Parquet: one schema for all files, files added to others, and what stays after an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

DATA = pd.DataFrame({"x": np.arange(6), "f": np.arange(6) / 2, "s": pd.Series(list("abcdef"), dtype="str")})


def mixed(*columns: Any) -> Any:
    """A frame of one column of Python objects, with such values in each partition."""
    blocks = [pd.DataFrame({"o": pd.Series(values, dtype=object)}) for values in columns]
    return dd.from_map(blocks.__getitem__, range(len(blocks)), meta=blocks[0].iloc[:0])


def types_in(folder: Path) -> set[str]:
    """The types of the first column of all files."""
    return {str(pq.read_schema(path).field(0).type) for path in folder.iterdir()}


MIXED: dict[str, tuple[tuple[Any, ...], str]] = {
    "nothing known in one": (([None, None], ["a", "b"]), "string"),
    "whole numbers and others": (([1, 2], [0.5, None]), "double"),
    "lists": (([[1], None], [None, None]), "list<element: int64>"),
    "structs": (([{"a": 1}], [{"a": 2, "b": "x"}]), "struct<a: int64, b: string>"),
    "nothing": (([None], [None]), "null"),
}


@pytest.mark.parametrize(("values", "kind"), MIXED.values(), ids=MIXED)
def test_partitions_have_one_schema(tmp_path: Path, values: tuple[Any, ...], kind: str) -> None:
    mixed(*values).to_parquet(tmp_path / "d")
    assert types_in(tmp_path / "d") == {kind}
    found = dd.read_parquet(tmp_path / "d").o.compute()
    assert len(found) == sum(map(len, values))
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_partitions_with_nothing_in_common(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"column 'o' is string in part\.1\.parquet, but int64 in part\.0\.parquet"):
        mixed([1], ["a"]).to_parquet(tmp_path / "d")
    assert not any(tmp_path.iterdir())
    mixed([1], ["a"]).astype({"o": "str"}).to_parquet(tmp_path / "d")
    assert dd.read_parquet(tmp_path / "d").o.compute().tolist() == ["1", "a"]


def test_schemas_that_are_told(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA, 2)
    lazy.to_parquet(tmp_path / "a", schema={"x": pa.int16()})
    assert types_in(tmp_path / "a") == {"int16"}
    whole = pa.schema({"x": pa.float64(), "f": pa.float32(), "s": pa.string()})
    lazy.to_parquet(tmp_path / "b", schema=whole)
    assert pq.read_schema(tmp_path / "b" / "part.0.parquet").types == whole.types
    mixed([None], [None]).to_parquet(tmp_path / "c", schema={"o": pa.string()})
    assert types_in(tmp_path / "c") == {"string"}
    with pytest.raises(ValueError, match="schema: 'y' is in one only"):
        lazy.to_parquet(tmp_path / "d", schema={"y": pa.int16()})
    with pytest.raises(ValueError, match="schema: 'f' is in one only"):
        lazy.to_parquet(tmp_path / "d", schema=pa.schema({"x": pa.float64(), "s": pa.string()}))
    with pytest.raises(TypeError, match="schema: expected"):
        lazy.to_parquet(tmp_path / "d", schema="guess")
    with pytest.raises(ValueError, match=r"partition [01] does not fit the schema: .*column s.*; see schema="):
        lazy.to_parquet(tmp_path / "d", schema={"s": pa.int64()})


def test_categories_of_each_partition(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA, 3).assign(c=lambda d: d.s.astype("category"))
    lazy.to_parquet(tmp_path / "d")
    found = dd.read_parquet(tmp_path / "d")
    assert found.c.dtype == "category"
    assert found.c.compute().tolist() == list("abcdef")


def test_what_is_added_has_the_same_columns(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA, 2)
    lazy.to_parquet(tmp_path / "d")
    lazy.astype({"x": "int32"})[["s", "f", "x"]].to_parquet(tmp_path / "d", append=True)
    assert types_in(tmp_path / "d") == {"int64"}
    assert_eq(dd.read_parquet(tmp_path / "d"), pd.concat([DATA, DATA], ignore_index=True))
    with pytest.raises(ValueError, match=r"append=True: the files in .* have the columns \['x', 'f', 's'\].*has \['x'"):
        lazy[["x", "f"]].to_parquet(tmp_path / "d", append=True)
    with pytest.raises(ValueError, match="in folders by"):
        lazy.to_parquet(tmp_path / "d", append=True, partition_on="s")
    with pytest.raises(ValueError, match=r"column 'x' is int64 in .*, but double in the frame"):
        lazy.astype({"x": "float64"}).to_parquet(tmp_path / "d", append=True)
    assert len(dd.read_parquet(tmp_path / "d")) == 12
    lazy.to_parquet(tmp_path / "new", append=True)
    assert_eq(dd.read_parquet(tmp_path / "new"), DATA)


def test_labels_that_are_added_follow(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA.set_index("x"), 2)
    lazy.to_parquet(tmp_path / "d")
    with pytest.raises(ValueError, match="index of the files goes up to 5, that of the frame begins with 0"):
        lazy.to_parquet(tmp_path / "d", append=True)
    lazy.to_parquet(tmp_path / "d", append=True, ignore_divisions=True)
    dd.from_pandas(DATA.assign(x=DATA.x + 10).set_index("x"), 2).to_parquet(tmp_path / "d", append=True)
    assert len(dd.read_parquet(tmp_path / "d")) == 18


def test_partitions_that_are_added(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA.assign(g=[0, 1] * 3), 2)
    lazy.to_parquet(tmp_path / "d", partition_on="g")
    lazy.to_parquet(tmp_path / "d", partition_on=["g"], append=True)
    assert sorted(dd.read_parquet(tmp_path / "d", filters=[("g", "==", 1)]).x.compute()) == [1, 1, 3, 3, 5, 5]


def test_the_file_of_all_footers_stays_true(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA, 2)
    lazy.to_parquet(tmp_path / "d", write_metadata_file=True)
    assert pq.read_metadata(tmp_path / "d" / "_metadata").num_rows == 6
    lazy.to_parquet(tmp_path / "d", append=True)
    assert pq.read_metadata(tmp_path / "d" / "_metadata").num_rows == 12
    assert len(dd.read_parquet(tmp_path / "d")) == 12
    lazy.to_parquet(tmp_path / "d", append=True, write_metadata_file=False)
    assert not (tmp_path / "d" / "_metadata").exists()
    lazy.assign(g=1).to_parquet(tmp_path / "h", partition_on="g", write_metadata_file=True)
    assert len(dd.read_parquet(tmp_path / "h")) == 6


def test_what_is_told_beside_the_data(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA, 2)
    lazy.to_parquet(tmp_path / "d", custom_metadata={"who": "me", b"n": 3})
    for path in (tmp_path / "d").iterdir():
        told = pq.read_schema(path).metadata
        assert (told[b"who"], told[b"n"]) == (b"me", b"3")
    assert_eq(dd.read_parquet(tmp_path / "d"), DATA)
    with pytest.raises(ValueError, match="custom_metadata: 'pandas' is taken"):
        lazy.to_parquet(tmp_path / "e", custom_metadata={"pandas": "3"})


def test_as_pandas_calls_the_arguments(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA.set_index("x"), 2)
    lazy.to_parquet(tmp_path / "d", index=False, partition_cols=["s"])
    found = dd.read_parquet(tmp_path / "d")
    assert [*found.columns] == ["f", "s"]
    with pytest.raises(TypeError, match="got an argument 'row_groups'"):
        lazy.to_parquet(tmp_path / "e", row_groups=3)
    lazy.to_parquet(tmp_path / "e", row_group_size=1, compression={"f": "gzip"}, use_dictionary=False)
    assert pq.ParquetFile(tmp_path / "e" / "part.0.parquet").num_row_groups == 3


@pytest.mark.parametrize("how", [{"overwrite": True}, {"append": True}])
def test_nothing_is_left_of_what_failed(tmp_path: Path, how: dict[str, bool]) -> None:
    def fail(block: pd.DataFrame) -> pd.DataFrame:
        if 5 in block.x.tolist():
            raise RuntimeError("broken")
        return block

    lazy = dd.from_pandas(DATA, 3)
    lazy.to_parquet(tmp_path / "d")
    with pytest.raises(RuntimeError, match="broken"):
        lazy.map_partitions(fail, meta=DATA.iloc[:0]).to_parquet(tmp_path / "d", write_index=False, **how)
    assert [p.name for p in tmp_path.iterdir()] == ["d"]
    assert_eq(dd.read_parquet(tmp_path / "d"), DATA)


def test_files_that_cannot_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = dd.from_pandas(DATA, 3)
    lazy.to_parquet(tmp_path / "d")
    fs = pytest.importorskip("fsspec").filesystem("file")
    original, moved = type(fs).mv, []

    def broken(self: Any, source: str, target: str, **kwargs: Any) -> None:
        moved.append(target)
        if len(moved) == 2:
            raise OSError("no space left")
        original(self, source, target, **kwargs)

    monkeypatch.setattr(type(fs), "mv", broken)
    with pytest.raises(OSError, match="no space left"):
        lazy.to_parquet(tmp_path / "d", append=True, compute_kwargs={"retries": 0})
    assert_eq(dd.read_parquet(tmp_path / "d"), DATA)
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = dd.from_pandas(DATA, 2)
    with pytest.raises(ValueError, match="no column would be left"):
        lazy.to_parquet(tmp_path / "d", partition_on=["x", "f", "s"])
    twice = dd.from_pandas(pd.DataFrame([[1, 2]], columns=["a", "a"]), 1)
    with pytest.raises(ValueError, match="there are several columns 'a'"):
        twice.to_parquet(tmp_path / "d")
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    with pytest.raises(ValueError, match="overwrite=True would remove all that is in"):
        lazy.to_parquet(tmp_path / "here", overwrite=True)


def test_every_scheduler_writes(tmp_path: Path) -> None:
    lazy = dd.from_pandas(DATA, 3)
    for scheduler in ("synchronous", "threads", "processes"):
        lazy.to_parquet(
            tmp_path / scheduler, partition_on="s", write_metadata_file=True, compute_kwargs={"scheduler": scheduler}
        )
        found = dd.read_parquet(tmp_path / scheduler).compute(scheduler=scheduler)
        assert_eq(found.sort_values("x", ignore_index=True).x, DATA.x)
