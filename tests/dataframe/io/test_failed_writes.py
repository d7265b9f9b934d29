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
WRITERS: dict[str, Callable[[Any, Path], Any]] = {
    "parquet": lambda d, to: d.to_parquet(to / "x", overwrite=True),
    "parquet by values": lambda d, to: d.to_parquet(to / "x", overwrite=True, partition_on="s"),
    "csv": lambda d, to: d.to_csv(to / "x"),
    "csv named": lambda d, to: d.to_csv(f"{to}/x-*.csv"),
    "csv packed": lambda d, to: d.to_csv(f"{to}/x-*.csv.gz"),
    "csv added": lambda d, to: d.to_csv(f"{to}/x-*.csv", mode="a"),
    "csv in one": lambda d, to: d.to_csv(to / "x.csv", single_file=True),
    "csv added to one": lambda d, to: d.to_csv(to / "x.csv", single_file=True, mode="a"),
    "json": lambda d, to: d.to_json(f"{to}/x-*.json"),
    "feather": lambda d, to: d.to_feather(to / "x"),
    "orc": lambda d, to: d.to_orc(to / "x"),
    "pickle": lambda d, to: d.to_pickle(to / "x"),
}


def stored(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def fail_at_the_end(block: pd.DataFrame) -> pd.DataFrame:
    if (block.a == 29).any():
        raise RuntimeError("no")
    return block.assign(a=block.a + 1)


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_was_there_stays(write: Callable[[Any, Path], Any], scheduler: str, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("npartitions", [1, 3])
def test_added_text_is_there_once(npartitions: int, tmp_path: Path) -> None:
    frame = dd.from_pandas(DATA, npartitions)
    frame.to_csv(tmp_path / "x.csv", single_file=True, index=False)
    frame.to_csv(tmp_path / "x.csv", single_file=True, index=False, mode="a", header=False)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "x.csv"), pd.concat([DATA, DATA], ignore_index=True))
