"""Arrays from memory, from files, and from what has slices."""

from __future__ import annotations

import pickle
import threading
import time

import h5py
import numpy as np
import pandas as pd
import pytest
import zarr

import minidask.array as da
from minidask.array.nodes.files import MappedFile
from minidask.array.nodes.source import NamedLock
from minidask.expr.pipeline import optimize
from minidask.testing import assert_eq

A = np.arange(60.0).reshape(6, 10)


@pytest.fixture
def file(tmp_path):
    np.save(tmp_path / "x.npy", A)
    return tmp_path / "x.npy"


@pytest.mark.parametrize(
    "x", [A, A.T, A[::2, ::-1], np.array(5), np.zeros((0, 3)), [1, 2, 3], [[1.0], [2]], 7, np.int8(3)]
)
def test_from_memory(x):
    assert_eq(da.from_array(x, chunks=2), np.asarray(x))
    assert_eq(da.asarray(x) + 1, np.asarray(x) + 1)


@pytest.mark.parametrize("dtype", ["M8[ns]", "m8[s]", "U3", "S2", "O", "f4,i8", ">f8", "?"])
def test_dtypes(dtype):
    x = np.zeros(5, dtype)
    found = da.from_array(x, chunks=2)
    assert found.dtype == x.dtype
    assert found.compute().tolist() == x.tolist()
    assert found.name == da.from_array(x.copy(), chunks=2).name


def test_from_pandas_objects():
    assert_eq(da.from_array(pd.Series([1, 2, 3]), chunks=2), [1, 2, 3])


def test_what_is_no_array():
    with pytest.raises(TypeError, match="shape"):
        da.from_array(object())
    with pytest.raises(ValueError, match="rechunk"):
        da.from_array(da.ones(3))
    assert da.asarray(da.ones(3)).name == da.ones(3).name


def test_names():
    assert da.from_array(A, chunks=2).name == da.from_array(A.copy(), chunks=2).name
    assert da.from_array(A, chunks=2).name != da.from_array(A + 1, chunks=2).name
    assert da.from_array(A, chunks=2, name="mine").name == "mine"
    assert da.from_array(A, name=False).name != da.from_array(A, name=False).name


def test_changes_afterwards_do_not_show():
    real = A.copy()
    x = da.from_array(real, chunks=4)
    real[:] = 0
    assert_eq(x, A)
    y = x + (other := np.ones(10))
    other[:] = 5
    assert_eq(y, A + 1)


def test_results_are_not_views_of_what_is_kept():
    x = da.from_array(A)
    x.compute()[:] = 0
    assert_eq(x, A)
    kept = (x + 1).persist()
    kept.compute()[:] = 0
    assert_eq(kept, A + 1)


def test_large_arrays_are_not_copied():
    real = np.ones((17 * 2**20) // 8)
    x = da.from_array(real, chunks=-1)
    assert np.shares_memory(x.expr.memory.array, real)
    assert x.sum().compute() == len(real)


def test_tasks_carry_their_own_piece_only():
    x = da.from_array(np.arange(100_000), chunks=100)
    from minidask.expr.graph import build

    graph = build(optimize([(x + 1).expr]))
    assert len(pickle.dumps(graph.task(3).args)) < 5000


class TestMappedFiles:
    def test_are_opened_by_tasks(self, file):
        x = da.from_array(np.load(file, mmap_mode="r"), chunks=4)
        assert isinstance(x.expr.source, MappedFile)
        assert len(pickle.dumps(x.expr)) < 2000
        assert_eq(x, A)
        assert_eq(pickle.loads(pickle.dumps(x)) + 1, A + 1)
        assert (x + 1).sum().compute(scheduler="processes") == (A + 1).sum()

    @pytest.mark.parametrize("key", [slice(1, 5), (slice(None), slice(2, 9, 3)), 2, (slice(3, 4), slice(4, 8))])
    def test_parts_of_them(self, file, key):
        part = np.load(file, mmap_mode="r")[key]
        x = da.from_array(part, chunks=2)
        assert isinstance(x.expr.source, MappedFile)
        assert_eq(x, A[key])
        assert_eq(da.from_array(part[..., 1:][..., 1:], chunks=2), A[key][..., 2:])

    def test_transposed_and_in_fortran_order(self, tmp_path, file):
        assert_eq(da.from_array(np.load(file, mmap_mode="r").T, chunks=2), A.T)
        np.save(tmp_path / "f.npy", np.asfortranarray(A))
        assert_eq(da.from_array(np.load(tmp_path / "f.npy", mmap_mode="r"), chunks=4), A)

    def test_backwards_or_changed_in_memory_only(self, file):
        assert_eq(da.from_array(np.load(file, mmap_mode="r")[::-1], chunks=4), A[::-1])
        mine = np.load(file, mmap_mode="c")
        mine[0] = 7
        assert_eq(da.from_array(mine, chunks=4), np.array(mine))

    def test_empty_ones(self, file):
        assert_eq(da.from_array(np.load(file, mmap_mode="r")[:0], chunks=4), A[:0])

    def test_have_another_name_when_they_change(self, file):
        name = da.from_array(np.load(file, mmap_mode="r")).name
        assert da.from_array(np.load(file, mmap_mode="r")).name == name
        np.save(file, np.ones((7, 10)))
        assert da.from_array(np.load(file, mmap_mode="r")).name != name

    def test_are_not_written_to(self, file):
        def spoil(block):
            block[:] = 0
            return block

        x = da.from_array(np.load(file, mmap_mode="r"), chunks=4)
        assert not x.map_blocks(spoil, dtype=float).compute().any()
        assert_eq(x, A)


class TestHDF5:
    @pytest.fixture
    def dataset(self, tmp_path):
        with h5py.File(tmp_path / "x.h5", "w") as file:
            yield file.create_dataset("a/b", data=A, chunks=(2, 5))

    def test_blocks_are_chunks(self, dataset):
        x = da.from_array(dataset, chunks=dataset.chunks)
        assert x.chunks == ((2, 2, 2), (5, 5))
        assert_eq(x, A)
        assert_eq((x + 1)[1::2, 3], (A + 1)[1::2, 3])
        assert_eq(x[::-1], A[::-1])
        assert_eq(da.from_array(dataset, chunks="160 B").rechunk(4), A)

    def test_is_opened_again_elsewhere(self, tmp_path):
        with h5py.File(tmp_path / "y.h5", "w") as file:
            file["x"] = A
        with h5py.File(tmp_path / "y.h5", "r") as file:
            x = da.from_array(file["x"], chunks=4)
            assert x.name == da.from_array(file["x"], chunks=4).name
            assert (x + 1).sum().compute(scheduler="processes", num_workers=1) == (A + 1).sum()

    @pytest.mark.parametrize("scheduler", ["threads", "processes"])
    def test_many_threads_read_one_file(self, tmp_path, scheduler):
        with h5py.File(tmp_path / "x.h5", "w") as file:
            file.create_dataset("x", data=np.arange(4000.0).reshape(200, 20), chunks=(7, 3), compression="gzip")
            file["y"] = np.ones((200, 20))
        with h5py.File(tmp_path / "x.h5", "r") as file:
            x, y = (da.from_array(file[name], chunks=(10, 5)) for name in "xy")
            assert x.expr.lock.name == y.expr.lock.name
            assert (x + y).sum().compute(scheduler=scheduler, num_workers=4) == np.arange(4000.0).sum() + 4000

    def test_each_file_has_a_lock(self, tmp_path, dataset):
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["x"] = A
            here, there = da.from_array(dataset).expr, da.from_array(file["x"]).expr
            assert here.lock.name != there.lock.name
            assert da.from_array(dataset, lock=False).expr.lock is None

    def test_to_hdf5(self, tmp_path):
        x = da.from_array(A, chunks=4)
        da.to_hdf5(tmp_path / "z.h5", {"/x": x, "/y": x + 1}, chunks=None)
        with h5py.File(tmp_path / "z.h5") as file:
            np.testing.assert_array_equal(file["x"], A)
            np.testing.assert_array_equal(file["y"], A + 1)
            assert file["x"].chunks == (4, 4)
        with pytest.raises(TypeError, match="dict"):
            da.to_hdf5(tmp_path / "z.h5", x)


class Alone:
    """Counts who slices or writes it at the same time."""

    dtype, shape = A.dtype, A.shape

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0

    def _enter(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.001)
        self.inside -= 1

    def __getitem__(self, index):
        self._enter()
        return A[index]

    def __setitem__(self, index, value):
        self._enter()


@pytest.mark.parametrize("module", ["netCDF4._netCDF4", "tables.carray"])
def test_libraries_that_take_one_thread_at_a_time(monkeypatch, module):
    monkeypatch.setattr(Alone, "__module__", module)
    file = Alone()
    x, y = da.from_array(file, chunks=2), da.from_array(file, chunks=3)
    np.testing.assert_array_equal((x + y).compute(scheduler="threads", num_workers=4), A + A)
    da.store(x, file, scheduler="threads", num_workers=4)
    assert file.most == 1
    assert da.from_array(file, lock=False).expr.lock is None


class TestZarr:
    def test_round_trip(self, tmp_path):
        da.to_zarr(da.from_array(A, chunks=(4, 3)), tmp_path / "x.zarr")
        x = da.from_zarr(tmp_path / "x.zarr")
        assert x.chunks == ((4, 2), (3, 3, 3, 1))
        assert_eq(x, A)
        assert_eq(x[1::2, 3:] + 1, A[1::2, 3:] + 1)
        assert da.from_zarr(tmp_path / "x.zarr", chunks=-1).npartitions == 1
        assert (x + 1).sum().compute(scheduler="processes", num_workers=1) == (A + 1).sum()

    def test_auto_keeps_to_its_chunks(self):
        source = zarr.create_array(zarr.storage.MemoryStore(), shape=(1000, 1000), chunks=(30, 1000), dtype="f8")
        x = da.from_array(source, chunks="1 MB")
        assert set(x.chunks[0][:-1]) == {120}

    def test_into_what_is_there(self, tmp_path):
        target = zarr.create_array(tmp_path / "y.zarr", shape=(10, 10), chunks=(4, 4), dtype="f8")
        da.to_zarr(da.from_array(A, chunks=3), target, region=(slice(2, 8), slice(None)))
        np.testing.assert_array_equal(target[2:8], A)
        assert not target[:2].any()

    def test_mistakes(self, tmp_path):
        da.to_zarr(da.ones(3), tmp_path / "z.zarr")
        with pytest.raises(ValueError, match="rechunk"):
            da.to_zarr(da.ones(6, chunks=((1, 2, 3),)), tmp_path / "w.zarr")
        with pytest.raises(Exception, match="exist"):
            da.to_zarr(da.ones(3), tmp_path / "z.zarr")
        da.to_zarr(da.zeros(3), tmp_path / "z.zarr", overwrite=True)
        assert_eq(da.from_zarr(tmp_path / "z.zarr"), np.zeros(3))


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("mode", ["r", None])
def test_npy_stacks(tmp_path, axis, mode):
    da.to_npy_stack(tmp_path / "stack", da.from_array(A, chunks=(4, 3)), axis)
    found = da.from_npy_stack(tmp_path / "stack", mode)
    assert found.chunks[axis] == ((4, 2) if axis == 0 else (3, 3, 3, 1))
    assert_eq(found, A)


class TestStore:
    def test_into_memory(self):
        x = da.from_array(A, chunks=4)
        first, second = np.zeros(A.shape), np.zeros((8, 10))
        da.store([x, x + 1], [first, second], regions=[None, (slice(1, 7), slice(None))])
        np.testing.assert_array_equal(first, A)
        np.testing.assert_array_equal(second[1:7], A + 1)

    def test_later(self):
        target = np.zeros(A.shape)
        later = da.store(da.from_array(A, chunks=4), target, compute=False)
        assert not target.any()
        later.compute()
        np.testing.assert_array_equal(target, A)

    def test_into_files_from_other_processes(self, tmp_path):
        target = np.lib.format.open_memmap(tmp_path / "y.npy", "w+", dtype="f8", shape=A.shape)
        da.store(da.from_array(A, chunks=4), target, scheduler="processes")
        np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), A)

    def test_into_memory_with_processes(self):
        target = np.zeros(A.shape)
        with pytest.warns(UserWarning, match="main process"):
            da.store(da.from_array(A, chunks=4), target, scheduler="processes")
        np.testing.assert_array_equal(target, A)

    def test_mistakes(self):
        with pytest.raises(ValueError, match="region"):
            da.store(da.ones(3), np.zeros(4))
        with pytest.raises(ValueError, match="targets"):
            da.store([da.ones(3)], [np.zeros(3), np.zeros(3)])
        with pytest.raises(TypeError, match="lazy"):
            da.store([np.ones(3)], [np.zeros(3)])


def test_locks_are_held():
    class Careful:
        shape, dtype, ndim = A.shape, A.dtype, 2

        def __init__(self):
            self.inside = threading.Lock()

        def __getitem__(self, key):
            assert self.inside.acquire(blocking=False)
            try:
                return A[key]
            finally:
                self.inside.release()

    assert_eq(da.from_array(Careful(), chunks=1, lock=True).sum(), A.sum())
    assert da.from_array(Careful(), chunks=1, lock=threading.Lock()).sum().compute(num_workers=4) == A.sum()
    lock = NamedLock()
    assert pickle.loads(pickle.dumps(lock))._lock is lock._lock


def test_asarray_or_not():
    class Source:
        shape, dtype, ndim = (3,), np.dtype(float), 1

        def __getitem__(self, key):
            return np.ma.masked_greater([1.0, 2.0, 3.0], 2)[key]

    assert type(da.from_array(Source(), asarray=True).compute()) is np.ndarray
    assert type(da.from_array(Source(), asarray=False).expr.meta) is np.ma.MaskedArray
    assert type(da.from_array(Source(), asarray=False).compute()) is np.ma.MaskedArray
    assert type(da.asanyarray(np.ma.masked_equal([1, 2], 2)).compute()) is np.ma.MaskedArray
    assert type(da.asarray(np.ma.masked_equal([1, 2], 2)).compute()) is np.ndarray


@pytest.mark.parametrize("option", [{"fancy": False}, {"getitem": len}, {"meta": np.ones(0)}, {"inline_array": True}])
def test_options_that_are_not_there_say_what_to_do(option):
    with pytest.raises(NotImplementedError, match=next(iter(option))):
        da.from_array(np.ones(3), **option)
