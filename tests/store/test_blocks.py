"""Blocks in files."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from minidask import config
from minidask.errors import MissingExtraError, SpillError
from minidask.store import blocks, maps
from minidask.store.blocks import BlockStore
from minidask.store.folders import Folders
from minidask.store.handle import Handle


@pytest.fixture
def store(tmp_path: Path) -> BlockStore:
    for name in ("memory", "disk"):
        (tmp_path / name).mkdir()
    return BlockStore(Folders(str(tmp_path / "memory"), str(tmp_path / "disk")))


def test_put_get_release(store: BlockStore):
    array = np.arange(100_000.0)
    handle = store.put({"a": array})
    assert handle.nbytes >= array.nbytes
    back = store.get(handle)["a"]
    store.release(handle)
    store.release(handle)
    np.testing.assert_array_equal(back, array)  # the map lasts
    with pytest.raises(SpillError, match="cannot be read"):
        store.get(handle)


def test_writing_to_a_mapped_array_leaves_the_block_as_it_was(store: BlockStore):
    handle = store.put(np.zeros(100_000))
    first = store.get(handle)
    first += 1
    assert store.get(handle).sum() == 0


def test_thousands_of_blocks_at_once(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(maps, "_SMALL", 0)
    handle = store.put(np.arange(500))
    objects = [store.get(handle) for _ in range(20_000)]
    objects[-1][0] = objects[0][0] = 5
    sums = [int(array.sum()) for array in objects]
    assert sums == [124_755, *[124_750] * 19_998, 124_755]


def test_blocks_that_cannot_be_mapped_are_read(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    def no_map(*args: Any, **kwargs: Any) -> Any:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    handle = store.put(np.arange(100_000))
    monkeypatch.setattr(maps.mmap, "mmap", no_map)
    assert store.get(handle).sum() == sum(range(100_000))
    os.truncate(handle.path, handle.nbytes - 8)
    with Path(handle.path).open("rb") as file, pytest.raises(SpillError, match="is damaged"):
        maps._read(file.fileno(), handle)


def test_small_objects_stay_in_the_message(store: BlockStore):
    assert isinstance(store.pack([1, 2]), bytes)
    large = store.pack(np.zeros(100_000))
    assert isinstance(large, Handle)
    assert store.unpack(large).shape == (100_000,)
    assert store.unpack(store.pack([1, 2])) == [1, 2]


def test_the_remains_of_a_worker_can_be_removed(store: BlockStore):
    kept, lost = store.put(1), store.put(2)
    store.release_others(os.getpid() + 1, [])
    store.release_others(os.getpid(), [kept])
    assert store.get(kept) == 1
    with pytest.raises(SpillError, match="cannot be read"):
        store.get(lost)


def test_without_room_in_memory_blocks_go_to_disk(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    assert Path(store.put(b"x").path).parent.name == "memory"
    monkeypatch.setattr(blocks, "_free_bytes", lambda folder: 150_000)
    assert Path(store.put(np.zeros(10_000)).path).parent.name == "disk"
    assert Path(store.put(np.zeros(1_000)).path).parent.name == "memory"


def test_memory_that_fills_up_while_writing(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "write", full_after(0, within="/memory/"))
    handle = store.put(np.ones(100_000))
    assert Path(handle.path).parent.name == "disk"
    assert store.get(handle).sum() == 100_000
    assert store.folders.memory is not None
    assert not list(Path(store.folders.memory).iterdir())


def full_after(nbytes: int, within: str = "/") -> Callable[[int, Any], int]:
    """An `os.write` whose disk takes so many bytes, and then no more."""
    write, left = os.write, nbytes

    def limited(file: int, data: Any) -> int:
        nonlocal left
        if within not in str(Path(f"/proc/self/fd/{file}").readlink()):
            return write(file, data)
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(file, memoryview(data)[:left])
        left -= written
        return written

    return limited


@pytest.mark.parametrize("nbytes", [0, 100, 50_000])
def test_a_disk_that_fills_up_while_writing(store: BlockStore, monkeypatch: pytest.MonkeyPatch, nbytes: int):
    before = store.spill(np.arange(10_000))
    assert before is not None
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full_after(nbytes, within="/disk/"))
        with pytest.raises(SpillError, match=r"cannot be written to .*disk: No space left.*Free some room there"):
            store.spill(np.ones(100_000))
    assert [str(file) for file in Path(store.folders.disk).iterdir()] == [before.path]
    assert store.get(before).sum() == sum(range(10_000))
    assert store.spill(np.ones(100_000)) is not None


def test_a_disk_without_room_is_not_written_to(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(blocks, "_free_bytes", lambda folder: 500_000)
    assert store.spill(np.ones(60_000)) is not None
    with pytest.raises(SpillError, match=r"disk: 800\d\d\d bytes are needed, and 500000 are free for them. Free some"):
        store.spill(np.ones(100_000))


def test_some_room_is_left_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    room = os.statvfs_result((1000, 1000, 100_000, 50_000, 40_000, 0, 0, 0, 0, 0))
    monkeypatch.setattr(os, "statvfs", lambda folder: room)
    assert blocks._free_bytes(str(tmp_path)) == 40_000_000 - 2_000_000


def test_other_errors_of_writing(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "folders", Folders(None, "/nowhere"))
    with pytest.raises(SpillError, match="cannot be written to /nowhere: No such file"):
        store.put(1)


def test_what_is_in_memory_moves_to_disk(store: BlockStore):
    handle = store.put(np.arange(100_000))
    spilled = store.spill(handle)
    assert spilled is not None
    store.release(handle)
    assert (spilled.on_disk, Path(spilled.path).parent.name) == (True, "disk")
    assert store.get(spilled).sum() == sum(range(100_000))
    assert store.spill(handle) is None, "it is released"


def test_what_cannot_be_pickled_is_not_spilled(store: BlockStore):
    assert store.spill(threading.Lock()) is None
    assert not list(Path(store.folders.disk).iterdir())


def test_nobody_else_can_read_a_block(store: BlockStore):
    handle = store.put(np.zeros(100_000))
    spilled = store.spill(handle)
    assert spilled is not None
    for path in (handle.path, spilled.path):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
def test_compression(store: BlockStore, codec: str):
    if codec != "gzip":
        pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": np.arange(50_000) // 100, "b": ["text"] * 50_000})
    with config.set({"spill-compression": codec}):
        store = BlockStore(store.folders)
    handle = store.put(frame)
    for obj in (frame, handle):
        spilled = store.spill(obj)
        assert spilled is not None
        assert Path(spilled.path).stat().st_size < spilled.nbytes / 4
        back = store.get(spilled)
        pd.testing.assert_frame_equal(back, frame)
        back.loc[0, "a"] = 7
        assert back["a"][0] == 7
        for length in (0, 50, Path(spilled.path).stat().st_size - 9):
            os.truncate(spilled.path, length)
            with pytest.raises(SpillError, match=r"cannot be read|is damaged"):
                store.get(spilled)


def test_what_is_compressed_may_fit_where_it_would_not_as_it_is(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    ones = np.ones(200_000)
    monkeypatch.setattr("minidask.store.blocks._free_bytes", lambda folder: 100_000)
    with pytest.raises(SpillError):
        store.spill(ones)
    with config.set({"spill-compression": "gzip"}):
        compressing = BlockStore(store.folders)
    handle = compressing.spill(ones)
    assert handle is not None
    np.testing.assert_array_equal(compressing.get(handle), ones)
    compressing.release(handle)


def test_a_codec_that_is_not_installed(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with (
        config.set({"spill-compression": "zstd"}),
        pytest.raises(MissingExtraError, match="to compress spilled blocks by zstd minidask needs the package pyarrow"),
    ):
        BlockStore(store.folders)


def test_a_file_that_was_cut_off(store: BlockStore):
    handle = store.put(np.arange(100_000))
    for length in (handle.nbytes - 1, 100, 0):
        os.truncate(handle.path, length)
        with pytest.raises(SpillError, match=f"is damaged: {length} bytes of {handle.nbytes} are there"):
            store.get(handle)


def test_a_file_that_was_written_over(store: BlockStore):
    handle = store.put(np.arange(100_000))
    Path(handle.path).write_bytes(b"x" * handle.nbytes)
    with pytest.raises(SpillError, match="are damaged: they do not begin as they should"):
        store.get(handle)


@pytest.mark.parametrize("count", [10, 2000, 100_000])
def test_what_was_packed_goes_to_disk_as_it_is(count):
    store, values = BlockStore(), list(range(count))
    packed = store.pack(values)
    handle = store.spill_packed(packed)
    assert handle.on_disk
    assert store.unpack(handle) == values
    store.release(handle)
    if not isinstance(packed, bytes):
        store.release(packed)
