"""HDF5 tables: rows of objects as partitions, against pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe.io.to_hdf import HDFFile
from minidask.testing import assert_eq

pytest.importorskip("tables", reason="the extra hdf")

DATA = pd.DataFrame(
    {
        "i": np.arange(12),
        "f": [0.5, np.nan, 2.0] * 4,
        "s": pd.Series([c * (i + 1) for i, c in enumerate("abcdefghijkl")], dtype="str"),
        "t": pd.date_range("2024-01-01", periods=12, unit="us"),
    }
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.h5"
    with pd.HDFStore(path, "w") as store:
        store.append("/table", DATA)
        store.append("/group/series", DATA.f)
        store.append("/levels", DATA.set_index(["i", "s"]))
        store.put("/fixed", DATA, track_times=False)
        store.append("/many/a", DATA.head(5))
        store.append("/many/b", DATA.tail(7))
        store.append("/categories", DATA.assign(s=pd.Categorical(list("xyz") * 4)))
    return path


@pytest.mark.parametrize("key", ["table", "/table", "levels", "group/series", "categories"])
@pytest.mark.parametrize("chunksize", [5, 100])
def test_objects(file: Path, key: str, chunksize: int) -> None:
    found = dd.read_hdf(file, key, chunksize=chunksize)
    assert found.npartitions == (3 if chunksize == 5 else 1)
    assert_eq(found, pd.read_hdf(file, key))


def test_fixed(file: Path) -> None:
    found = dd.read_hdf(file, "fixed", chunksize=5)
    assert found.npartitions == 1
    assert_eq(found, DATA)
    assert_eq(found[["s"]], DATA[["s"]])


def test_rows_and_columns(file: Path) -> None:
    for start, stop in ((2, 9), (0, -2), (5, None), (20, None)):
        found = dd.read_hdf(file, "table", start=start, stop=stop, chunksize=4, columns=["s", "i"])
        assert_eq(found, DATA.iloc[start:stop][["s", "i"]])
    assert dd.read_hdf(file, "table", chunksize=4).i.sum().compute() == DATA.i.sum()


def test_several(file: Path, tmp_path: Path) -> None:
    assert_eq(dd.read_hdf(file, "/many/*"), DATA)
    DATA.to_hdf(tmp_path / "e.h5", key="table", format="table")
    files = [file, tmp_path / "e.h5"]
    assert_eq(dd.read_hdf(files, "table", chunksize=10), pd.concat([DATA, DATA]))
    assert_eq(dd.read_hdf(str(tmp_path / "[de]*.h5"), "table"), pd.concat([DATA, DATA]))


def test_divisions(file: Path) -> None:
    found = dd.read_hdf(file, "table", chunksize=5, sorted_index=True)
    assert found.divisions == (0, 5, 10, 11)
    assert_eq(found.loc[4:6], DATA.loc[4:6])
    DATA[::-1].to_hdf(file, key="back", format="table")
    with pytest.raises(ValueError, match="does not increase"):
        dd.read_hdf(file, "back", chunksize=5, sorted_index=True)


def test_bad_input(file: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match=r"no 'none' in .*data.h5; it has /"):
        dd.read_hdf(file, "none")
    with pytest.raises(FileNotFoundError):
        dd.read_hdf(tmp_path / "no.h5", "table")
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(ValueError, match=r"text\.h5 cannot be opened as an HDF5 file"):
        dd.read_hdf(tmp_path / "text.h5", "table")
    with pytest.raises(ValueError, match="columns: there is no 'z'"):
        dd.read_hdf(file, "table", columns=["z"])
    with pytest.raises(ValueError, match="chunksize"):
        dd.read_hdf(file, "table", chunksize=0)
    with pytest.raises(ValueError, match=r"is a \w+, but .* is a \w+"):
        dd.read_hdf(file, "/*e*")
    fsspec.filesystem("memory").pipe("/far.h5", b"")
    with pytest.raises(NotImplementedError, match="not on this machine"):
        dd.read_hdf("memory://far.h5", "table")


FRAMES: dict[str, Any] = {
    "frame": DATA,
    "series": DATA.s,
    "text as index": DATA.set_index("s"),
    "levels": DATA.set_index(["i", "s"]),
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_round_trip(tmp_path: Path, data: Any) -> None:
    frame = dd.from_pandas(data, 4, sort=False)
    assert frame.to_hdf(tmp_path / "one.h5", "t") == [str(tmp_path / "one.h5")]
    assert_eq(pd.read_hdf(tmp_path / "one.h5", "t"), data)
    assert_eq(dd.read_hdf(tmp_path / "one.h5", "t", chunksize=5), data)
    assert len(frame.to_hdf(str(tmp_path / "several-*.h5"), "t")) == 4
    assert_eq(dd.read_hdf(str(tmp_path / "several-*.h5"), "t"), data)
    frame.to_hdf(tmp_path / "one.h5", "part*", mode="a", data_columns=True)
    assert_eq(dd.read_hdf(tmp_path / "one.h5", "part*"), data)
    assert_eq(dd.read_hdf(tmp_path / "one.h5", "t"), data)  # which stays


def test_modes(tmp_path: Path) -> None:
    frame, path = dd.from_pandas(DATA, 3), tmp_path / "d.h5"
    with pytest.raises(FileNotFoundError, match=r'mode="r\+": there is no file'):
        frame.to_hdf(path, "t", mode="r+")
    frame.to_hdf(path, "t", min_itemsize=20)
    frame.to_hdf(path, "t", append=True, mode="r+")
    assert_eq(pd.read_hdf(path, "t"), pd.concat([DATA, DATA]))
    frame.to_hdf(path, "t")
    assert_eq(pd.read_hdf(path, "t"), DATA)
    later = frame.to_hdf(path, "u", mode="w", compute=False)
    assert_eq(pd.read_hdf(path, "t"), DATA)
    later.compute()
    with pd.HDFStore(path, "r") as store:
        assert store.keys() == ["/u"]
    for wrong, error in (
        ({"mode": "x"}, ValueError),
        ({"format": "fixed"}, NotImplementedError),
    ):
        with pytest.raises(error):
            frame.to_hdf(path, "t", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"a \* in one of them"):
        frame.to_hdf(str(tmp_path / "*.h5"), "*")


def test_what_fails_leaves_the_old(tmp_path: Path) -> None:
    path = tmp_path / "d.h5"
    dd.from_pandas(DATA, 3).to_hdf(path, "t")

    def fail(block: pd.DataFrame) -> pd.DataFrame:
        if len(block) and block.i.iloc[0] > 6:
            raise OSError("no")
        return block

    with pytest.raises(OSError, match="no"):
        dd.from_pandas(DATA, 3).map_partitions(fail, meta=DATA).to_hdf(path, "t", mode="w")
    assert_eq(pd.read_hdf(path, "t"), DATA)
    assert [p.name for p in tmp_path.iterdir()] == ["d.h5"]


def test_what_is_done_again_is_there_once(tmp_path: Path) -> None:
    file = HDFFile(str(tmp_path / "d.h5"), "w", False, {}, True)
    before = file.start("t")
    after = file.add(DATA, before, "t", None)
    assert file.add(DATA, before, "t", None) == after == 12
    file.finish(after)
    assert_eq(pd.read_hdf(tmp_path / "d.h5", "t"), DATA)
