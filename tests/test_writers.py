"""Writing is done each time that it is asked for, whatever is known of earlier times."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd

X = np.arange(100)
DF = pd.DataFrame({"a": range(10)})
AVRO = {"name": "r", "type": "record", "fields": [{"name": "s", "type": "string"}]}


def array() -> Any:
    return da.from_array(X, chunks=50)


def frame() -> Any:
    return dd.from_pandas(DF, npartitions=2)


def bag() -> Any:
    return db.from_sequence(["a", "b"], npartitions=2)


WRITERS: dict[str, Callable[[Path], Any]] = {
    "to_npy_stack": lambda d: da.to_npy_stack(d / "npy", array()),
    "to_zarr": lambda d: da.to_zarr(array(), str(d / "x.zarr"), overwrite=True),
    "to_hdf5": lambda d: da.to_hdf5(str(d / "x.h5"), "/x", array()),
    "to_csv": lambda d: frame().to_csv(d / "x-*.csv"),
    "to_csv of one file": lambda d: frame().to_csv(d / "x.csv", single_file=True),
    "to_parquet": lambda d: frame().to_parquet(d / "parquet"),
    "to_textfiles": lambda d: bag().to_textfiles(str(d / "x-*.txt")),
    "to_avro": lambda d: bag().map(lambda s: {"s": s}).to_avro(str(d / "*.avro"), schema=AVRO),
}


@pytest.mark.parametrize("name", WRITERS)
def test_with_a_cache_files_are_written_again(name, tmp_path):
    folder = tmp_path / "files"
    found = []
    with minidask.cache("1GB"):
        for _ in range(2):
            folder.mkdir()
            WRITERS[name](folder)
            found.append(sorted(str(p.relative_to(folder)) for p in folder.rglob("*")))
            shutil.rmtree(folder)
    assert found[0]
    assert found[0] == found[1]
