"""Writing that is broken off by a block that cannot be made, for each writer: the old is whole, or nothing is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq
from tests.array.test_files import broken

zarr = pytest.importorskip("zarr")

OLD = np.arange(60.0).reshape(6, 10)
NEW = OLD + 100
PART = (slice(1, 5), slice(2, 9))
PLACES = {
    "root": ("x.zarr", None),
    "group": ("g.zarr", "a/x"),
}
WAYS: dict[str, dict[str, Any]] = {
    "overwrite": {"overwrite": True},
    "in place": {"mode": "r+"},
    "region": {"region": PART},
    "steps": {"region": (slice(1, None, 2), slice(0, 10, 3))},
    "a row": {"region": (2,)},
    "other chunks": {"mode": "w", "chunks": (3, 7), "compressors": None},
}
"""How an array is replaced, in whole or in part."""


def lazily(array: Any, chunks: Any = 4) -> Any:
    return da.from_array(array, chunks=chunks)


def replaced(way: dict[str, Any]) -> tuple[Any, Any]:
    """What is written, and how the whole then is."""
    region = way.get("region", ())
    whole = OLD.copy()
    whole[region] = NEW[region]
    return NEW[region], whole


def raising(x: Any) -> Any:
    """An array of which the last block cannot be made."""
    last = tuple(n - 1 for n in x.numblocks)

    def fail(block: Any, block_id: Any) -> Any:
        if block_id == last:
            raise OSError("the disk is broken")
        return block

    return x.map_blocks(fail, dtype=x.dtype)


@pytest.fixture(params=["folder", "memory", "url"])
def store(request: Any, tmp_path: Path) -> Any:
    """A function of a name: where arrays of that name go."""
    if request.param == "folder":
        return lambda name: tmp_path / name
    if request.param == "memory":
        found: dict[str, Any] = {}
        return lambda name: found.setdefault(name, zarr.storage.MemoryStore())
    pytest.importorskip("fsspec")
    return lambda name: f"memory://{tmp_path.name}/{name}"


def storage(store: Any) -> dict[str, Any]:
    return {"storage_options": {"asynchronous": True}} if isinstance(store("x.zarr"), str) else {}


@pytest.mark.parametrize(
    ("store", "version"), [("folder", 2), ("folder", 3), ("memory", 2), ("url", 3)], indirect=["store"]
)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_zarr(store: Any, version: int, place: str, way: str) -> None:
    name, component = PLACES[place]
    there = {"component": component, **storage(store)}
    lazily(OLD).to_zarr(store(name), **there, zarr_format=version)
    new, whole = replaced(WAYS[way])
    new_version = {} if "region" in WAYS[way] or way == "in place" else {"zarr_format": version}
    with pytest.raises(OSError, match="disk is broken"):
        raising(lazily(new)).to_zarr(store(name), **there, **WAYS[way], **new_version)
    np.testing.assert_array_equal(da.from_zarr(store(name), **there).compute(), OLD)
    lazily(new).to_zarr(store(name), **there, **WAYS[way], **new_version)
    np.testing.assert_array_equal(da.from_zarr(store(name), **there).compute(), whole)


@pytest.mark.parametrize("way", WAYS)
def test_zarr_returned(tmp_path: Path, way: str) -> None:
    path = tmp_path / "x.zarr"
    lazily(OLD).to_zarr(path)
    new, whole = replaced(WAYS[way])
    later = lazily(new).to_zarr(path, **WAYS[way], compute=False, return_stored=True)
    np.testing.assert_array_equal(da.from_zarr(path).compute(), OLD)
    np.testing.assert_array_equal(later.compute(), new)
    np.testing.assert_array_equal(da.from_zarr(path).compute(), whole)
    assert [p.name for p in tmp_path.iterdir()] == ["x.zarr"]


@pytest.mark.parametrize("compute", [True, False])
def test_zarr_of_itself(tmp_path: Path, compute: bool) -> None:
    path = tmp_path / "x.zarr"
    lazily(OLD).to_zarr(path)
    later = (da.from_zarr(path).rechunk(5) + 100).to_zarr(path, overwrite=True, compute=compute)
    assert compute == (later is None)
    if later is not None:
        later.compute()
    np.testing.assert_array_equal(da.from_zarr(path).compute(), NEW)
    assert [p.name for p in tmp_path.iterdir()] == ["x.zarr"]


def test_a_group_is_replaced_when_its_array_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.zarr"
    lazily(OLD).to_zarr(path, "deep/x")
    with pytest.raises(OSError, match="disk is broken"):
        broken(lazily(OLD)).rechunk(5).to_zarr(path, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(path, "deep/x").compute(), OLD)
    lazily(NEW).to_zarr(path, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(path).compute(), NEW)
    with pytest.raises(FileNotFoundError):
        da.from_zarr(path, "deep/x")


def test_other_arrays_of_the_group_stay(store: Any) -> None:
    there = storage(store)
    lazily(OLD).to_zarr(store("g.zarr"), "a/x", **there)
    lazily(NEW).to_zarr(store("g.zarr"), "a/y", **there)
    lazily(NEW).to_zarr(store("g.zarr"), "a/x", overwrite=True, **there)
    np.testing.assert_array_equal(da.from_zarr(store("g.zarr"), "a/x", **there).compute(), NEW)
    np.testing.assert_array_equal(da.from_zarr(store("g.zarr"), "a/y", **there).compute(), NEW)


def test_what_was_written_by_halves_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.zarr"
    with pytest.raises(OSError, match="disk is broken"):
        raising(lazily(OLD)).to_zarr(path)
    lazily(NEW).to_zarr(path, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(path).compute(), NEW)


def test_zarr_in_a_folder_that_cannot_be_moved(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda self: True)
    path = tmp_path / "x.zarr"
    lazily(OLD).to_zarr(path)
    with pytest.raises(OSError, match="disk is broken"):
        raising(lazily(NEW)).to_zarr(path, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(path).compute(), OLD)
    lazily(NEW, 5).to_zarr(path, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(path).compute(), NEW)


def test_blocks_of_nothing_but_the_fill_value(tmp_path: Path) -> None:
    path = tmp_path / "x.zarr"
    lazily(NEW).to_zarr(path)
    da.zeros((4, 10), chunks=4).to_zarr(path, region=(slice(0, 4),))
    np.testing.assert_array_equal(da.from_zarr(path).compute(), np.where(np.arange(6)[:, None] < 4, 0, NEW))


def test_regions_of_one_array_stored_at_once(tmp_path: Path) -> None:
    target = zarr.create_array(tmp_path / "x.zarr", shape=OLD.shape, chunks=(4, 4), dtype=float)
    target[:] = OLD
    halves = [(slice(0, 3),), (slice(3, 6),)]
    with pytest.raises(OSError, match="disk is broken"):
        da.store([lazily(NEW[:3]), raising(lazily(NEW[3:]))], [target, target], regions=halves)
    np.testing.assert_array_equal(target[:], OLD)
    found = da.store([lazily(NEW[:3]), lazily(NEW[3:])], [target, target], regions=halves, return_stored=True)
    np.testing.assert_array_equal(np.concatenate([f.compute() for f in found]), NEW)
    np.testing.assert_array_equal(target[:], NEW)


@pytest.mark.parametrize("load", [None, False, True])
@pytest.mark.parametrize("compute", [True, False])
def test_stored_zarr_is_returned(tmp_path: Path, load: bool | None, compute: bool) -> None:
    targets = [zarr.create_array(tmp_path / name, shape=OLD.shape, chunks=(4, 4), dtype=float) for name in "xy"]
    found = da.store(
        [lazily(OLD), lazily(NEW)], targets, compute=compute, return_stored=True, load_stored=load, lock=False
    )
    assert compute == targets[0][:].any()
    for ours, target, whole in zip(found, targets, (OLD, NEW), strict=True):
        np.testing.assert_array_equal(ours.compute(), whole)
        np.testing.assert_array_equal(target[:], whole)


def test_a_region_backwards(tmp_path: Path) -> None:
    lazily(OLD).to_zarr(tmp_path / "x.zarr")
    with pytest.raises(ValueError, match="flip axis 0"):
        lazily(NEW).to_zarr(tmp_path / "x.zarr", region=(slice(None, None, -1),))
    target = OLD.copy()
    da.store(lazily(NEW), target, regions=(slice(None, None, -1),))
    np.testing.assert_array_equal(target, NEW[::-1])


def test_a_store_that_deletes_nothing(tmp_path: Path) -> None:
    with zarr.storage.ZipStore(tmp_path / "x.zip", mode="w") as store, pytest.raises(ValueError, match="ZipStore"):
        lazily(OLD).to_zarr(store)


def test_stack(tmp_path: Path) -> None:
    path = tmp_path / "stack"
    da.to_npy_stack(path, lazily(OLD))
    with pytest.raises(OSError, match="disk is broken"):
        da.to_npy_stack(path, raising(lazily(NEW)))
    assert_eq(da.from_npy_stack(path), OLD)
    da.to_npy_stack(path, da.from_npy_stack(path) + 100)
    assert_eq(da.from_npy_stack(path), NEW)
    assert sorted(p.name for p in path.iterdir()) == ["0.npy", "1.npy", "info"]


def test_hdf5_keeps_attributes(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "x.h5"
    lazily(OLD).to_hdf5(path, "/x")
    with h5py.File(path, "a") as file:
        file["x"].attrs["unit"] = "m"
    lazily(NEW).to_hdf5(path, "/x")
    with h5py.File(path) as file:
        assert file["x"].attrs["unit"] == "m"
        np.testing.assert_array_equal(file["x"], NEW)


def test_an_array_that_is_there_is_not_replaced_unasked(tmp_path: Path):
    da.to_zarr(da.ones(4), tmp_path / "a.zarr")
    with pytest.raises(ValueError, match="exists") as caught:
        da.to_zarr(da.zeros(4), tmp_path / "a.zarr")
    assert "overwrite=True" in caught.value.__notes__[0]
    assert da.from_zarr(tmp_path / "a.zarr").sum().compute() == 4
