"""Frames as text, against pandas."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

DATA = pd.DataFrame(
    {
        "i": range(7),
        "f": [1.5, np.nan, 2.25, 0.5, 7, 8, 9],
        "s": ["ä", "b,c", 'd"e', "f\ng", None, "h", ""],
        "t": pd.date_range("2024-01-01", periods=7),
    },
    index=pd.Index(range(10, 17), name="n"),
)

OPTIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no index": {"index": False},
    "index_label": {"index_label": "row"},
    "columns": {"columns": ["s", "i"]},
    "header": {"header": ["w", "x", "y", "z"]},
    "no header": {"header": False},
    "sep": {"sep": ";", "decimal": ",", "na_rep": "-"},
    "float_format": {"float_format": "%.3f"},
    "date_format": {"date_format": "%d/%m/%Y"},
    "quoting": {"quoting": 1, "lineterminator": "\r\n"},
    "escapechar": {"doublequote": False, "escapechar": "\\"},
    "latin": {"encoding": "latin-1"},
    "utf-16": {"encoding": "utf-16"},
    "errors": {"encoding": "ascii", "errors": "replace"},
    "chunksize": {"chunksize": 2},
}


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_one_file(tmp_path: Path, options: dict[str, Any], ending: str) -> None:
    theirs, ours = tmp_path / f"theirs.csv{ending}", tmp_path / f"ours.csv{ending}"
    DATA.to_csv(theirs, **options)
    assert dd.from_pandas(DATA, 3).to_csv(ours, single_file=True, **options) == [str(ours)]
    found = [gzip.decompress(p.read_bytes()) if ending else p.read_bytes() for p in (ours, theirs)]
    assert found[0] == found[1]
    assert {p.name for p in tmp_path.iterdir()} == {ours.name, theirs.name}


def test_several_files(tmp_path: Path) -> None:
    frame = dd.from_pandas(DATA, 3)
    paths = frame.to_csv(str(tmp_path / "a-*.csv.gz"))
    assert [Path(p).name for p in paths] == ["a-0.csv.gz", "a-1.csv.gz", "a-2.csv.gz"]
    assert_eq(dd.read_csv(paths, index_col="n", parse_dates=["t"]), DATA.assign(s=DATA.s.replace("", None)))
    paths = frame.to_csv(str(tmp_path / "b-*.csv"), header_first_partition_only=True, encoding="utf-16")
    parts = [Path(p).read_text("utf-16") for p in paths]
    assert "".join(parts) == DATA.to_csv()
    assert frame.i.to_csv(str(tmp_path / "c"), name_function=lambda i: f"<{i}>", index=False)[2].endswith(
        "part.<2>.part"
    )


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_modes(tmp_path: Path, single: bool, ending: str, encoding: str) -> None:
    frame, told = dd.from_pandas(DATA, 2), {"single_file": single, "encoding": encoding}
    path = str(tmp_path / f"{'one' if single else '*'}.csv{ending}")
    first = frame.to_csv(path, mode="x", **told)
    with pytest.raises(FileExistsError, match='mode="w"'):
        frame.to_csv(path, mode="x", **told)
    frame.to_csv(path, mode="a", header=False, **told)
    found = [pd.read_csv(p, encoding=encoding, index_col=0, parse_dates=["t"]) for p in first]
    parts = [DATA] if single else [DATA.iloc[:3], DATA.iloc[3:]]
    for ours, part in zip(found, parts, strict=True):
        assert_eq(ours, pd.concat([part, part]).assign(s=lambda d: d.s.replace("", None)))
    frame.to_csv(path, mode="wt", **told)
    assert len(pd.read_csv(first[0], encoding=encoding)) == len(parts[0])


def test_what_fails_leaves_the_old(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("old")

    def fail(block: pd.DataFrame) -> pd.DataFrame:
        if len(block) and block.i.iloc[0] > 3:
            raise OSError("no")
        return block

    for mode in ("w", "a"):
        with pytest.raises(OSError, match="no"):
            dd.from_pandas(DATA, 3).map_partitions(fail, meta=DATA).to_csv(path, single_file=True, mode=mode)
        assert path.read_text() == "old"
        assert [p.name for p in tmp_path.iterdir()] == ["d.csv"]


def test_far_away() -> None:
    fsspec = pytest.importorskip("fsspec")
    dd.from_pandas(DATA, 3).to_csv("memory://far/d.csv", single_file=True)
    assert fsspec.filesystem("memory").cat("/far/d.csv").decode() == DATA.to_csv()
    assert fsspec.filesystem("memory").ls("/far", detail=False) == ["/far/d.csv"]


def test_bad_input(tmp_path: Path) -> None:
    frame, path = dd.from_pandas(DATA, 2), tmp_path / "d.csv"
    with pytest.raises(TypeError, match="'seperator'"):
        frame.to_csv(path, seperator=";")
    with pytest.raises(KeyError, match="'z'"):
        frame.to_csv(path, columns=["z"])
    with pytest.raises(ValueError, match="mode='r'"):
        frame.to_csv(path, mode="r")
    with pytest.raises(ValueError, match="one header"):
        frame.to_csv(path, single_file=True, header_first_partition_only=False)
    with pytest.raises(ValueError, match="compression='no'"):
        frame.to_csv(path, compression="no")
    with pytest.raises(NotImplementedError, match="mtime"):
        frame.to_csv(path, compression={"method": "gzip", "mtime": 1})
