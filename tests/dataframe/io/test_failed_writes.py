"""A write that fails in its last partition leaves what was there before, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.dataframe as dd

DATA = pd.DataFrame({"a": np.arange(30), "s": list("abc") * 10})
OLD = dd.from_pandas(DATA, 3)
AVRO = {"name": "r", "type": "record", "fields": [{"name": "a", "type": "int"}]}
WRITERS: dict[str, Callable[..., Any]] = {
    "parquet": lambda d, to, **k: d.to_parquet(to / "x", overwrite=True, **k),
    "parquet by values": lambda d, to, **k: d.to_parquet(to / "x", overwrite=True, partition_on="s", **k),
    "csv": lambda d, to, **k: d.to_csv(to / "x", **k),
    "csv named": lambda d, to, **k: d.to_csv(f"{to}/x-*.csv", **k),
    "csv packed": lambda d, to, **k: d.to_csv(f"{to}/x-*.csv.gz", **k),
    "csv added": lambda d, to, **k: d.to_csv(f"{to}/x-*.csv", mode="a", **k),
    "csv in one": lambda d, to, **k: d.to_csv(to / "x.csv", single_file=True, **k),
    "csv added to one": lambda d, to, **k: d.to_csv(to / "x.csv", single_file=True, mode="a", **k),
    "json": lambda d, to, **k: d.to_json(f"{to}/x-*.json", **k),
    "feather": lambda d, to, **k: d.to_feather(to / "x", **k),
    "orc": lambda d, to, **k: d.to_orc(to / "x", **k),
    "pickle": lambda d, to, **k: d.to_pickle(to / "x", **k),
    "text": lambda d, to, **k: d.a.to_bag().map(str).to_textfiles(f"{to}/x-*.txt", **k),
    "avro": lambda d, to, **k: d.a.to_bag().map(lambda a: {"a": a}).to_avro(f"{to}/x-*.avro", AVRO, **k),
}


def stored(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def fail_at_the_end(block: pd.DataFrame) -> pd.DataFrame:
    if (block.a == 29).any():
        raise RuntimeError("no")
    return block.assign(a=block.a + 1)


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_was_there_stays(write: Callable[..., Any], scheduler: str, tmp_path: Path) -> None:
    failing = OLD.map_partitions(fail_at_the_end, meta=DATA.iloc[:0])
    with minidask.config.set(scheduler=scheduler):
        with pytest.raises(RuntimeError, match="no"):
            write(failing, tmp_path)
        assert stored(tmp_path) == {}
        write(OLD, tmp_path)
        before = stored(tmp_path)
        with pytest.raises(RuntimeError, match="no"):
            write(failing, tmp_path)
        assert stored(tmp_path) == before != {}
        write(OLD.assign(a=OLD.a + 1), tmp_path)
        assert stored(tmp_path) != before


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_was_there_stays_where_it_is_computed_later(write: Callable[..., Any], tmp_path: Path) -> None:
    to, repaired = tmp_path / "to", tmp_path / "repaired"
    to.mkdir()

    def fail(block: pd.DataFrame) -> pd.DataFrame:
        return block if repaired.exists() else fail_at_the_end(block)

    later = write(OLD.map_partitions(fail, meta=DATA.iloc[:0]), to, compute=False)
    with pytest.raises(RuntimeError, match="no"):
        minidask.compute(later, scheduler="threads")
    assert stored(to) == {}
    repaired.touch()
    minidask.compute(later, scheduler="threads")
    assert [*stored(to)]
    assert not [*to.glob(".*")]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_folders_of_long_names(write: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 60)
    write(OLD, folder)
    assert stored(folder)


def test_files_of_long_names(tmp_path: Path) -> None:
    name = "é" * 120
    OLD.to_csv(f"{tmp_path}/{name}*.csv")
    OLD.to_csv(f"{tmp_path}/{name}.csv", single_file=True)
    OLD.a.to_bag().map(str).to_textfiles(f"{tmp_path}/{name}*.txt")
    assert sorted(stored(tmp_path)) == sorted(
        [f"{name}{i}.{e}" for e in ("csv", "txt") for i in range(3)] + [f"{name}.csv"]
    )


@pytest.mark.parametrize("npartitions", [1, 3])
def test_added_text_is_there_once(npartitions: int, tmp_path: Path) -> None:
    frame = dd.from_pandas(DATA, npartitions)
    frame.to_csv(tmp_path / "x.csv", single_file=True, index=False)
    frame.to_csv(tmp_path / "x.csv", single_file=True, index=False, mode="a", header=False)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "x.csv"), pd.concat([DATA, DATA], ignore_index=True))
