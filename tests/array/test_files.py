"""Arrays written and read: what fails half-way leaves nothing that looks whole."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask import config
from minidask.testing import assert_eq

A = np.random.default_rng(2).normal(size=(6, 10))


@pytest.fixture
def x() -> Any:
    return da.from_array(A, chunks=(4, 3))


def broken(x: Any) -> Any:
    """An array of which one block cannot be made."""

    def fail(block: Any, block_id: Any) -> Any:
        if block_id == (1, 2):
            raise OSError("the disk is broken")
        return block

    return x.map_blocks(fail, dtype=float)


class TestStored:
    @pytest.mark.parametrize("load", [None, False, True])
    @pytest.mark.parametrize("compute", [True, False])
    def test_returned(self, x: Any, load: Any, compute: bool) -> None:
        target = np.zeros((8, 10))
        region = (slice(1, 7), slice(None))
        (found,) = da.store(x, target, regions=region, compute=compute, return_stored=True, load_stored=load)
        assert compute == target.any()
        assert found.chunks == x.chunks
        np.testing.assert_array_equal(found.compute(), A)
        np.testing.assert_array_equal(target[1:7], A)

    def test_methods(self, x: Any, tmp_path: Path) -> None:
        target = np.zeros(A.shape)
        assert x.store(target) is None
        np.testing.assert_array_equal(target, A)
        np.testing.assert_array_equal(x.store(target, return_stored=True).compute(), A)
        assert x.to_dask_dataframe().shape[1] == 10


class TestZarr:
    zarr = pytest.importorskip("zarr")

    @pytest.mark.parametrize("version", [2, 3])
    def test_versions_and_components(self, x: Any, tmp_path: Path, version: int) -> None:
        path = tmp_path / "group.zarr"
        x.to_zarr(path, "a/b", zarr_format=version, attributes={"unit": "m"})
        (x + 1).to_zarr(path, "a/c", zarr_format=version)
        assert_eq(da.from_zarr(path, "a/b"), A)
        refused = pytest.raises(FileNotFoundError) if version == 2 else pytest.raises(ValueError, match="a Zarr group")
        with refused:
            da.from_zarr(path, "a")
        assert_eq(da.from_zarr(path, "a/c"), A + 1)
        assert self.zarr.open_array(path, path="a/b").attrs["unit"] == "m"

    def test_chunks_and_codecs(self, x: Any, tmp_path: Path) -> None:
        x.to_zarr(tmp_path / "x.zarr", chunks=(2, 5), compressors=None, filters=None)
        assert da.from_zarr(tmp_path / "x.zarr").chunks == ((2, 2, 2), (5, 5))
        assert_eq(da.from_zarr(tmp_path / "x.zarr"), A)
        x.rechunk((4, 6)).to_zarr(tmp_path / "s.zarr", chunks=(2, 3), shards=(4, 6))
        assert_eq(da.from_zarr(tmp_path / "s.zarr"), A)

    @pytest.mark.parametrize("given", [False, True])
    @pytest.mark.parametrize("scheduler", ["threads", "processes"])
    def test_chunks_that_blocks_share(self, tmp_path: Path, scheduler: str, given: bool) -> None:
        """Who writes a part of a chunk, or shard, reads the rest of it, and writes it again."""
        values = np.arange(300.0)
        target: Any = tmp_path / "x.zarr"
        kind: dict[str, Any] = {"chunks": (100,), "shards": (300,)} if given else {"chunks": (300,)}
        if given:
            target = self.zarr.create_array(target, shape=(300,), dtype=float, **kind)
        with config.set(scheduler=scheduler, num_workers=2):
            da.from_array(values, chunks=100 if given else 6).to_zarr(target, **({} if given else kind))
        np.testing.assert_array_equal(self.zarr.open_array(tmp_path / "x.zarr")[:], values)

    def test_regions_and_modes(self, x: Any, tmp_path: Path) -> None:
        path = tmp_path / "x.zarr"
        x.to_zarr(path)
        with pytest.raises(Exception, match="exist"):
            x.to_zarr(path, mode="w-")
        (x * 2).to_zarr(path, mode="r+")
        assert_eq(da.from_zarr(path), A * 2)
        x[:2].to_zarr(path, region=(slice(4, 6), slice(None)))
        assert_eq(da.from_zarr(path), np.concatenate([A[:4] * 2, A[:2]]))
        x[:2].to_zarr(path, mode="w")
        assert_eq(da.from_zarr(path), A[:2])
        with pytest.raises(ValueError, match="mode='x'"):
            x.to_zarr(path, mode="x")

    @pytest.mark.parametrize("compute", [True, False])
    def test_returned(self, x: Any, tmp_path: Path, compute: bool) -> None:
        found = x.to_zarr(tmp_path / "x.zarr", compute=compute, return_stored=True)
        assert found.chunks == x.chunks
        np.testing.assert_array_equal(found.compute(), A)
        assert_eq(da.from_zarr(tmp_path / "x.zarr"), A)

    def test_storage_options(self, x: Any) -> None:
        pytest.importorskip("fsspec")
        url = "memory://minidask-test/x.zarr"
        x.to_zarr(url, storage_options={"asynchronous": True}, overwrite=True)
        assert_eq(da.from_zarr(url, storage_options={"asynchronous": True}), A)

    @pytest.mark.parametrize("version", [2, 3])
    @pytest.mark.parametrize("compute", [True, False])
    def test_half_written(self, x: Any, tmp_path: Path, version: int, compute: bool) -> None:
        path = tmp_path / "x.zarr"

        def write() -> None:
            later = broken(x).to_zarr(path, zarr_format=version, compute=compute)
            later.compute()

        with pytest.raises(OSError, match="disk is broken"):
            write()
        with pytest.raises(FileNotFoundError, match="not all of it"):
            da.from_zarr(path)
        x.to_zarr(path, zarr_format=version, overwrite=True)
        assert_eq(da.from_zarr(path), A)

    def test_missing(self, x: Any, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no Zarr array"):
            da.from_zarr(tmp_path / "nothing.zarr")
        with pytest.raises(FileNotFoundError, match="no Zarr array"):
            x.to_zarr(tmp_path / "nothing.zarr", region=(slice(0, 6), slice(None)))

    def test_written_by_processes(self, x: Any, tmp_path: Path) -> None:
        import minidask.config as config

        with config.set(scheduler="processes", num_workers=1):
            x.to_zarr(tmp_path / "x.zarr")
        assert_eq(da.from_zarr(tmp_path / "x.zarr"), A)


def test_hdf5_keeps_what_was_there(x: Any, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "x.h5"
    x.to_hdf5(path, "/deep/x", compression="gzip")
    with pytest.raises(OSError, match="disk is broken"):
        da.to_hdf5(path, {"/deep/x": broken(x), "/y": x})
    with h5py.File(path) as file:
        assert list(file) == ["deep"]
        assert list(file["deep"]) == ["x"]
        assert file["deep/x"].compression == "gzip"
        np.testing.assert_array_equal(file["deep/x"], A)
    with pytest.raises(TypeError, match="Shapes do not match"):
        x[:2].to_hdf5(path, "/deep/x")
    (x + 1).to_hdf5(path, "/deep/x")
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["deep/x"], A + 1)


def test_half_a_stack(x: Any, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk is broken"):
        da.to_npy_stack(tmp_path / "stack", broken(x))
    with pytest.raises(FileNotFoundError, match="not all of it"):
        da.from_npy_stack(tmp_path / "stack")


@pytest.mark.parametrize("array", [A, A.astype(">i4"), A[:, 0], np.float32(3), A[:0], np.array(["a", "bc"])], ids=repr)
def test_npy(array: Any, tmp_path: Path) -> None:
    da.save(tmp_path / "x", da.from_array(array, chunks=4) if np.ndim(array) else da.asarray(array))
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), array)
    assert_eq(da.load(tmp_path / "x.npy", chunks=3 if np.ndim(array) else "auto"), array)
    assert [p.name for p in tmp_path.iterdir()] == ["x.npy"]


def test_npy_of_other_makers(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.asfortranarray(A))
    assert_eq(da.load(tmp_path / "f.npy", chunks=4), A)
    np.save(tmp_path / "o.npy", np.array([{}, None]))
    with pytest.raises(ValueError, match="allow_pickle"):
        da.load(tmp_path / "o.npy")
    assert da.load(tmp_path / "o.npy", allow_pickle=True).compute().tolist() == [{}, None]
    stream = io.BytesIO()
    da.save(stream, da.ones(3))
    stream.seek(0)
    assert_eq(da.load(stream), np.ones(3))


def test_bad_npy(x: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        da.load(tmp_path / "nothing.npy")
    da.save(tmp_path / "x.npy", x)
    with pytest.raises(OSError, match="disk is broken"):
        da.save(tmp_path / "x.npy", broken(x))
    assert_eq(da.load(tmp_path / "x.npy"), A)
    (tmp_path / "x.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"mmap|length"):
        da.load(tmp_path / "x.npy")
    (tmp_path / "x.npy").write_bytes(b"what is this")
    with pytest.raises(ValueError, match="pickle"):
        da.load(tmp_path / "x.npy")
    with pytest.raises(NotImplementedError, match="mmap_mode"):
        da.load(tmp_path / "x.npy", mmap_mode="r+")


@pytest.mark.parametrize("save", [da.savez, da.savez_compressed, np.savez, np.savez_compressed])
def test_npz(save: Any, x: Any, tmp_path: Path) -> None:
    ours = save in (da.savez, da.savez_compressed)
    save(tmp_path / "x", x if ours else A, np.arange(3), f=np.asfortranarray(A), empty=A[:0])
    found = da.load(tmp_path / "x.npz", chunks=4)
    assert sorted(found) == ["arr_0", "arr_1", "empty", "f"]
    assert_eq(found["arr_0"], A)
    assert_eq(found["f"], A)
    assert_eq(found["arr_1"], np.arange(3))
    assert_eq(found["empty"], A[:0])
    assert found["arr_0"].sum().compute(scheduler="processes", num_workers=1) == found["arr_0"].sum().compute()
    with np.load(tmp_path / "x.npz") as theirs:
        np.testing.assert_array_equal(theirs["arr_0"], A)
    with pytest.raises(KeyError, match="nothing"):
        found["nothing"]


def test_bad_npz(x: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="arr_0"):
        da.savez(tmp_path / "x", x, arr_0=x)
    with pytest.raises(OSError, match="disk is broken"):
        da.savez(tmp_path / "x", broken(x))
    assert not list(tmp_path.iterdir())


def test_bytes(x: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.f8"
    x.tofile(path)
    np.testing.assert_array_equal(np.fromfile(path), A.ravel())
    assert_eq(da.fromfile(path, chunks=7), A.ravel())
    assert_eq(da.fromfile(path, count=5, offset=8), A.ravel()[1:6])
    assert_eq(da.memmap(path, "f8", shape=A.shape, chunks=4), A)
    assert_eq(da.memmap(path, "f8", shape=A.shape[::-1], order="F"), A.T)
    assert_eq(da.frombuffer(path.read_bytes(), chunks=9), A.ravel())
    assert da.fromfile(path, chunks=7).sum().compute(scheduler="processes", num_workers=1) == da.fromfile(
        path, chunks=7
    ).sum().compute(scheduler="synchronous")
    with pytest.raises(ValueError, match="fewer than"):
        da.memmap(path, "f8", shape=(7, 10))
    with pytest.raises(ValueError, match="mode="):
        da.memmap(path, "f8", mode="r+")


def test_text(x: Any, tmp_path: Path) -> None:
    da.savetxt(tmp_path / "x.txt", x, delimiter=",", header="six by ten")
    assert_eq(da.loadtxt(tmp_path / "x.txt", delimiter=",", chunks=4), A)
    assert_eq(da.genfromtxt(tmp_path / "x.txt", delimiter=",", chunks=4), A)
