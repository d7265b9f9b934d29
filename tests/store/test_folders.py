"""The directories of blocks: private, removed at the end, swept after a sudden one."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minidask import config
from minidask.errors import ConfigError, SpillError
from minidask.store import folders
from minidask.store.blocks import BlockStore
from minidask.store.folders import own_folders, sweep

SCRIPT = """
import os, signal, sys
from minidask import config
from minidask.store import blocks, folders
from pathlib import Path
folders.SHARED_MEMORY = Path(sys.argv[1])
config.set({"temporary-directory": sys.argv[2]})
store = blocks.BlockStore()
print(store.put(b"x" * 100_000).path, flush=True)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "waits":
    sys.stdin.read()
if sys.argv[3] == "forks":
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        assert store.get(store.put(b"y" * 100_000)) == b"y" * 100_000
    else:
        own = blocks.BlockStore()
        assert set(own.folders).isdisjoint(store.folders)
        assert own.get(own.put(b"z" * 100_000)) == b"z" * 100_000
"""


@pytest.fixture
def tops(tmp_path: Path) -> list[Path]:
    """A shared memory and a disk."""
    made = [tmp_path / "memory", tmp_path / "disk"]
    for top in made:
        top.mkdir()
    return made


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of the option."""
    with config.set({"temporary-directory": tmp_path}):
        yield tmp_path
    folders.remove_own()


def run_owner(tops: list[Path], end: str) -> int:
    return subprocess.run([sys.executable, "-c", SCRIPT, *tops, end], stdout=subprocess.DEVNULL).returncode


def remains(tops: list[Path]) -> list[Path]:
    return [folder for top in tops for folder in top.iterdir()]


def test_directories_are_private_and_made_once():
    first, second = BlockStore(), BlockStore()
    assert first.folders == second.folders
    for folder in first.folders:
        assert folder is not None
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


@pytest.mark.parametrize("end", ["well", "forks"])
def test_the_end_of_the_owner_leaves_nothing(tops: list[Path], end: str):
    assert run_owner(tops, end) == 0
    assert remains(tops) == []


def test_the_next_process_sweeps_what_a_killed_one_left(tops: list[Path]):
    assert run_owner(tops, "killed") == -signal.SIGKILL
    assert len(remains(tops)) == 2
    assert run_owner(tops, "well") == 0
    assert remains(tops) == []


def test_sweeping_spares_the_living(tops: list[Path]):
    command = [sys.executable, "-c", SCRIPT, *map(str, tops), "waits"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        path = Path(owner.stdout.readline().decode().strip())
        for top in tops:
            sweep(top)
        assert path.exists()
        assert len(remains(tops)) == 2
        owner.kill()
    for top in tops:
        sweep(top)
    assert remains(tops) == []


def test_sweeping_spares_what_is_not_ours(tops: list[Path], monkeypatch: pytest.MonkeyPatch):
    assert run_owner(tops, "killed") == -signal.SIGKILL
    (tops[0] / "minidask-notes").mkdir()
    (tops[0] / "minidask-file").touch()
    here = folders._here()
    for elsewhere in ("another start\nanother machine", "\n"):
        monkeypatch.setattr(folders, "_here", lambda text=elsewhere: text)
        sweep(tops[1])
        assert len(remains(tops[1:])) == 1
    monkeypatch.setattr(folders, "_here", lambda: f"another start\n{here.splitlines()[1]}")
    sweep(tops[1])
    assert remains(tops[1:]) == []
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    sweep(tops[0])
    assert len(remains(tops[:1])) == 3


def test_sweeping_what_was_never_finished(tmp_path: Path):
    bare, locked, fresh = (tmp_path / f".minidask-{name}" for name in ("bare", "locked", "fresh"))
    for folder in (bare, locked, fresh):
        folder.mkdir()
    (locked / "lock").write_text(folders._here())
    for folder in (bare, locked):
        os.utime(folder, (0, 0))
    sweep(tmp_path)
    assert remains([tmp_path]) == [fresh]


def test_a_change_of_the_option_is_followed(disk: Path):
    before = own_folders()
    assert Path(before.disk).parent == disk
    (disk / "other").mkdir()
    with config.set({"temporary-directory": disk / "other"}):
        assert Path(own_folders().disk).parent == disk / "other"
    assert own_folders() == before


def test_a_relative_folder(disk: Path, monkeypatch: pytest.MonkeyPatch):
    (disk / "spill").mkdir()
    monkeypatch.chdir(disk)
    with config.set({"temporary-directory": "spill"}):
        assert Path(own_folders().disk).parent == disk / "spill"


def test_what_somebody_has_removed_is_made_again(disk: Path):
    store = BlockStore()
    shutil.rmtree(store.folders.disk)
    with pytest.raises(SpillError):
        store.spill(1)
    again = BlockStore()
    assert again.folders.disk != store.folders.disk
    assert again.spill(1) is not None


def test_a_folder_that_is_not_there(tmp_path: Path):
    with (
        config.set({"temporary-directory": str(tmp_path / "none")}),
        pytest.raises(ConfigError, match=r"the option temporary-directory is '.*none', but there is no such folder"),
    ):
        BlockStore()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to(disk: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.tempfile, "mkdtemp", refuse)
    with pytest.raises(SpillError, match=f"blocks cannot be kept in {disk}: Permission denied. Choose another"):
        BlockStore()


def test_without_shared_memory(disk: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "SHARED_MEMORY", disk / "none")
    store = BlockStore()
    assert store.folders.memory is None
    assert store.put(b"x").on_disk


def test_a_lock_that_the_file_system_does_not_have(disk: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(file: int, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(folders, "flock", refuse)
    store = BlockStore()
    sweep(disk)
    assert store.get(store.put([1])) == [1]


def mounts(tmp_path: Path, **kinds: str) -> Path:
    """A table of mounts in which each folder is of a kind."""
    lines = []
    for folder, kind in kinds.items():
        device = (tmp_path / folder).stat().st_dev
        lines.append(f"36 35 {os.major(device)}:{os.minor(device)} / /{folder} rw shared:1 - {kind} name rw\n")
    table = tmp_path / "mountinfo"
    table.write_text("35 1 999:1 / / rw - ext4 /dev/sda rw\n" + "".join(lines))
    return table


def test_a_system_folder_that_is_in_memory_is_not_used(tops: list[Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "_MOUNTS", mounts(tops[0].parent, memory="tmpfs"))
    folders._is_memory.cache_clear()
    assert folders._is_memory(tops[0])
    monkeypatch.setattr(folders, "_is_memory", lambda folder: folder == tops[0])
    monkeypatch.setattr(folders.tempfile, "gettempdir", lambda: str(tops[0]))
    monkeypatch.setattr(folders, "_OTHER_DISK", tops[1])
    assert folders._disk() == tops[1]
    monkeypatch.setattr(folders, "_OTHER_DISK", tops[1] / "none")
    assert folders._disk() == tops[0]
    with config.set({"temporary-directory": tops[0]}):
        assert folders._disk() == tops[0], "as asked for"


def test_which_folders_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "_MOUNTS", tmp_path / "none")
    folders._is_memory.cache_clear()
    assert not folders._is_memory(tmp_path)
    monkeypatch.setattr(folders, "_MOUNTS", mounts(tmp_path, **{".": "ext4"}))
    folders._is_memory.cache_clear()
    assert not folders._is_memory(tmp_path)
    folders._is_memory.cache_clear()


def test_many_changes_leave_no_open_files(tmp_path: Path):
    for i in range(5):
        top = tmp_path / str(i)
        top.mkdir()
        with config.set({"temporary-directory": top}):
            BlockStore()
    assert len(remains([tmp_path / str(i) for i in range(5)])) == 5
    before = len([*Path("/proc/self/fd").iterdir()])
    folders.remove_own()
    assert remains([tmp_path / str(i) for i in range(5)]) == []
    assert len([*Path("/proc/self/fd").iterdir()]) <= before - 5
