"""Blocks in files."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minidask import config
from minidask.errors import ConfigError
from minidask.store import blocks
from minidask.store.blocks import BlockStore, Folders, Handle
from minidask.store.frames import Frames


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
    with pytest.raises(FileNotFoundError):
        store.get(handle)


def test_writing_to_a_mapped_array_leaves_the_block_as_it_was(store: BlockStore):
    handle = store.put(np.zeros(100_000))
    first = store.get(handle)
    first += 1
    assert store.get(handle).sum() == 0


def test_thousands_of_blocks_at_once(store: BlockStore):
    handle = store.put(np.arange(1000))
    objects = [store.get(handle) for _ in range(2000)]
    objects[-1][0] = 5
    assert [int(array.sum()) for array in objects] == [499_500] * 1999 + [499_505]


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
    with pytest.raises(FileNotFoundError):
        store.get(lost)


def test_without_room_in_memory_blocks_go_to_disk(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    assert Path(store.put(b"x").path).parent.name == "memory"
    monkeypatch.setattr(blocks, "_free_bytes", lambda folder: 150_000)
    assert Path(store.put(np.zeros(10_000)).path).parent.name == "disk"
    assert Path(store.put(np.zeros(1_000)).path).parent.name == "memory"


def test_memory_that_fills_up_while_writing(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    write = blocks._write

    def fill(path: str, frames: Frames) -> None:
        write(path, frames)
        if "/memory/" in path:
            raise OSError(blocks.errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(blocks, "_write", fill)
    handle = store.put(np.ones(100_000))
    assert Path(handle.path).parent.name == "disk"
    assert store.get(handle).sum() == 100_000
    assert store.folders.memory is not None
    assert not list(Path(store.folders.memory).iterdir())


def test_other_errors_of_writing_are_raised(store: BlockStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "folders", Folders(None, "/nowhere"))
    with pytest.raises(FileNotFoundError):
        store.put(1)


def test_directories_are_private_and_made_once():
    first, second = BlockStore(), BlockStore()
    assert first.folders == second.folders
    for folder in first.folders:
        assert folder is not None
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


SCRIPT = """
import os, signal, sys
from minidask import config
from minidask.store import blocks
from pathlib import Path
blocks.SHARED_MEMORY = Path(sys.argv[1])
config.set({"temporary-directory": sys.argv[2]})
store = blocks.BlockStore()
print(store.put(b"x" * 100_000).path, flush=True)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run_owner(tmp_path: Path, end: str) -> int:
    folders = [tmp_path / "memory", tmp_path / "disk"]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    return subprocess.run([sys.executable, "-c", SCRIPT, *folders, end], stdout=subprocess.DEVNULL).returncode


def test_the_end_of_the_owner_leaves_nothing(tmp_path: Path):
    assert run_owner(tmp_path, "well") == 0
    assert not [*tmp_path.glob("*/*")]


def test_the_next_process_sweeps_what_a_killed_one_left(tmp_path: Path):
    assert run_owner(tmp_path, "killed") == -signal.SIGKILL
    assert len([*tmp_path.glob("*/*")]) == 2
    assert run_owner(tmp_path, "well") == 0
    assert not [*tmp_path.glob("*/*")]


def test_sweeping_spares_the_living():
    store = BlockStore()
    handle = store.put(b"x" * 100_000)
    blocks.sweep(Path(handle.path).parent.parent)
    assert store.get(handle) == b"x" * 100_000
    store.release(handle)


def test_a_temporary_directory_that_is_not_there(tmp_path):
    with (
        config.set({"temporary-directory": str(tmp_path / "none")}),
        pytest.raises(ConfigError, match=r"the option temporary-directory is '.*none', but there is no such folder"),
    ):
        BlockStore()
    assert not list(tmp_path.iterdir())
