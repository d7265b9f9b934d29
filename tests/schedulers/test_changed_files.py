"""Files that change while a collection lives: kept blocks give no other answer than the files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import fsspec
import h5py
import numpy as np
import pandas as pd
import pytest
import zarr

import minidask
import minidask.array as da
import minidask.bag as db
import minidask.dataframe as dd

N = 1000


class Counted:
    """Lets blocks through, and counts them; the count makes no difference to its name."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, block: Any) -> Any:
        self.calls += 1
        return slowly(block)

    def __dask_tokenize__(self) -> str:
        return "counted"


Made = tuple[Any, Callable[[int], None]]
"""A lazy sum of N numbers n, and what writes n into the file."""


def slowly(block: Any) -> Any:
    """As long as the cache wants a block to take."""
    time.sleep(0.002)
    return block


def csv(path: Path) -> Made:
    def write(n: int) -> None:
        path.write_text("x\n" + f"{n}\n" * N)

    write(1)
    return dd.read_csv(path, blocksize=500).map_partitions(slowly).x.sum(), write


def csv_in_memory(path: Path) -> Made:
    def write(n: int) -> None:
        fsspec.filesystem("memory").pipe(str(path), b"x\n" + f"{n}\n".encode() * N)

    write(1)
    return dd.read_csv(f"memory://{path}", blocksize=500).map_partitions(slowly).x.sum(), write


def parquet(path: Path) -> Made:
    def write(n: int) -> None:
        pd.DataFrame({"x": np.full(N, n)}).to_parquet(path)

    write(1)
    return dd.read_parquet(path).map_partitions(slowly).x.sum(), write


def text(path: Path) -> Made:
    def write(n: int) -> None:
        path.write_text(f"{n}\n" * N)

    write(1)
    return db.read_text(path, blocksize=500).map(int).map_partitions(lambda p: slowly(list(p))).sum(), write


def npy_stack(path: Path) -> Made:
    def write(n: int) -> None:
        da.to_npy_stack(path, da.full(N, n, chunks=N // 4))

    write(1)
    return da.from_npy_stack(path).map_blocks(slowly, dtype=int).sum(), write


def memmap(path: Path) -> Made:
    def write(n: int) -> None:
        np.save(path.with_suffix(".npy"), np.full(N, n))

    write(1)
    array = np.load(path.with_suffix(".npy"), mmap_mode="r")
    return da.from_array(array, chunks=N // 4).map_blocks(slowly, dtype=int).sum(), write


def writable_memmap(path: Path) -> Made:
    array = np.memmap(path, int, "w+", shape=(N,))

    def write(n: int) -> None:
        array[:] = n

    write(1)
    return da.from_array(array, chunks=N // 4).map_blocks(slowly, dtype=int).sum(), write


def hdf5(path: Path) -> Made:
    file = h5py.File(path, "w")
    file["x"] = np.full(N, 1)

    def write(n: int) -> None:
        file["x"][:] = n

    return da.from_array(file["x"], chunks=N // 4).map_blocks(slowly, dtype=int).sum(), write


def zarr_store(path: Path) -> Made:
    def write(n: int) -> None:
        zarr.open_array(path)[:] = n

    da.to_zarr(da.full(N, 1, chunks=N // 4), path)
    return da.from_zarr(path).map_blocks(slowly, dtype=int).sum(), write


FORMATS = [csv, csv_in_memory, parquet, text, npy_stack, memmap, writable_memmap, hdf5, zarr_store]


@pytest.fixture(params=["cache", "checkpoint"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractContextManager[Any]]:
    if request.param == "cache":
        yield minidask.cache("10MB")
        minidask.cache.clear()
    else:
        yield nullcontext(tmp_path / "keep")


@pytest.mark.parametrize("made", FORMATS)
def test_changed_files_are_read_again(made, kept, tmp_path):
    total, write = made(tmp_path / "file")
    with kept as folder:
        options = {"checkpoint": folder} if isinstance(folder, Path) else {}
        assert total.compute(**options, scheduler="threads") == N
        for n in (2, 3):
            time.sleep(0.01)  # the clock of the file system ticks
            write(n)
            assert total.compute(**options, scheduler="threads") == N * n


def test_what_was_made_of_a_changed_file_is_not_kept_for_the_old_one(kept, tmp_path):
    path = tmp_path / "file"
    total, write = csv(path)
    before = path.stat()
    with kept as folder:
        options = {"checkpoint": folder} if isinstance(folder, Path) else {}
        time.sleep(0.01)
        write(2)
        assert total.compute(**options) == 2 * N
        write(1)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert total.compute(**options) == N


def test_what_does_not_read_the_changed_file_is_known(tmp_path):
    counted = Counted()
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_text("x\n1\n")
    totals = [dd.read_csv(path).map_partitions(counted, meta={"x": int}).x.sum() for path in paths]
    counted.calls = 0
    for _ in range(2):
        assert minidask.compute(*totals, checkpoint=tmp_path / "keep", scheduler="synchronous") == (1, 1)
    assert counted.calls == 2
    paths[0].write_text("x\n2\n")
    assert minidask.compute(*totals, checkpoint=tmp_path / "keep", scheduler="synchronous") == (2, 1)
    assert counted.calls == 3


@pytest.mark.parametrize("how", ["memmap", "zarr"])
def test_unchanged_files_are_known(how, kept, tmp_path):
    counted = Counted()
    (memmap if how == "memmap" else zarr_store)(tmp_path / "file")
    array = np.load(tmp_path / "file.npy", mmap_mode="r") if how == "memmap" else zarr.open_array(tmp_path / "file")
    total = da.from_array(array, chunks=N // 4).map_blocks(counted, dtype=int).sum()
    with kept as folder:
        options = {"checkpoint": folder} if isinstance(folder, Path) else {}
        assert [total.compute(**options, scheduler="synchronous") for _ in range(3)] == [N] * 3
    assert counted.calls == 4


@pytest.mark.parametrize("made", [csv, memmap])
def test_a_file_that_has_gone_is_missed(made, kept, tmp_path):
    total, _ = made(tmp_path / "file")
    with kept as folder:
        options = {"checkpoint": folder} if isinstance(folder, Path) else {}
        assert total.compute(**options) == N
        for path in tmp_path.glob("file*"):
            path.unlink()
        with pytest.raises(FileNotFoundError):
            total.compute(**options)


FACTOR = 1


@pytest.mark.parametrize("how", ["array", "bag", "item", "frame", "delayed", "delayed in a list"])
def test_changed_globals_and_code_are_seen(how, kept, monkeypatch):
    def times(block: Any) -> Any:
        return slowly(block) * FACTOR

    def doubled(block: Any) -> Any:
        return slowly(block) * FACTOR * 2

    ones: dict[str, Any] = {
        "array": lambda: da.ones(N, chunks=N // 4).map_blocks(times, dtype=float),
        "bag": lambda: db.from_sequence([1] * N, npartitions=4).map_partitions(lambda p: times(np.asarray(list(p)))),
        "item": lambda: db.from_sequence([1] * N, npartitions=4).sum().apply(times),
        "delayed": lambda: minidask.delayed(times, pure=True)(N),
        "delayed in a list": lambda: minidask.delayed(sum, pure=True)([minidask.delayed(times, pure=True)(block=N)]),
        "frame": lambda: dd.from_pandas(pd.DataFrame({"x": [1] * N}), npartitions=4).x.map_partitions(times),
    }
    total = ones[how]()
    total = total.sum() if how in ("array", "bag", "frame") else total
    with kept as folder:
        options = {"checkpoint": folder} if isinstance(folder, Path) else {}
        assert total.compute(**options, scheduler="threads") == N
        monkeypatch.setattr(f"{__name__}.FACTOR", 3)
        assert total.compute(**options, scheduler="threads") == 3 * N
        monkeypatch.setattr(times, "__code__", doubled.__code__)
        assert total.compute(**options, scheduler="threads") == 6 * N
