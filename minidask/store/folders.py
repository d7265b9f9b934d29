"""The directories in which a process keeps its blocks: one in shared memory, where there is such a thing, one on disk.

Each process that owns blocks has directories of its own, which nobody else can read, and removes them at its end. It
holds a lock on each while it lives, so that another process can tell, and remove, those whose owner was killed; also
where the two live in different containers and see each other's files but not each other's number.
"""

from __future__ import annotations

import atexit
import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import cache
from io import FileIO
from pathlib import Path
from time import time
from typing import NamedTuple

import minidask.config as config
from minidask.errors import ConfigError, SpillError
from minidask.store.whole import open_file, write_all

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError as error:
    raise NotImplementedError('blocks cannot be shared on this system: use scheduler="threads"') from error

SHARED_MEMORY = Path("/dev/shm")
_OTHER_DISK = Path("/var/tmp")
_MOUNTS = Path("/proc/self/mountinfo")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PREFIX = "minidask-"
_UNFINISHED = 3600
"""Seconds after which a directory that is not ready yet was left by a process that was killed meanwhile."""


class Folders(NamedTuple):
    """Where the blocks of one owner go."""

    memory: str | None
    """In shared memory; None where there is none."""
    disk: str


class _Own(NamedTuple):
    """A directory of this process."""

    path: Path
    lock: FileIO
    """Its lock tells that we live."""


_made: dict[tuple[int, Path], _Own] = {}
"""By this process' number, so that a fork has its own, and the folder in which it lies."""
_making = threading.Lock()


def own_folders() -> Folders:
    """The directories of this process, made when they are first needed, or when somebody has removed them.

    Raises
    ------
    ConfigError
        The option `temporary-directory` is no folder.
    SpillError
        Nothing can be written there.

    Examples
    --------
    >>> own_folders() == own_folders()
    True
    """
    top = _disk()
    try:
        disk = _own(top)
    except OSError as error:
        raise SpillError(
            f"blocks cannot be kept in {top}: {error.strerror or error}. "
            "Choose another folder with the option temporary-directory"
        ) from error
    memory = None
    if top != SHARED_MEMORY and os.access(SHARED_MEMORY, os.W_OK):
        with suppress(OSError):  # it is full: we do without
            memory = _own(SHARED_MEMORY)
    return Folders(memory, disk)


def _disk() -> Path:
    """The folder for our directory on disk: as asked for, or the system's that is not in memory itself."""
    asked = config.get("temporary-directory")
    if asked is not None:
        top = Path(asked).expanduser().absolute()
        if not top.is_dir():
            raise ConfigError(f"the option temporary-directory is {str(asked)!r}, but there is no such folder")
        return top
    top = Path(tempfile.gettempdir())
    if _is_memory(top) and os.access(_OTHER_DISK, os.W_OK) and not _is_memory(_OTHER_DISK):
        return _OTHER_DISK
    return top


@cache
def _is_memory(folder: Path) -> bool:
    """Whether what is written to a folder stays in memory (a "tmpfs"), so that it makes no room there."""
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    mounts = _MOUNTS.read_text().splitlines() if _MOUNTS.exists() else []
    kinds = [line.rpartition(" - ")[2].split()[0] for line in mounts if line.split()[2] == number]
    return any(kind in ("tmpfs", "ramfs") for kind in kinds)


def _own(top: Path) -> str:
    key = os.getpid(), top
    with _making:
        own = _made.get(key)
        if own is None or not own.path.is_dir():
            if own is not None:
                _made.pop(key).lock.close()
            sweep(top)
            own = _made[key] = _make(top)
    return str(own.path)


def _make(top: Path) -> _Own:
    folder = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=top))  # nobody else may read it
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        lock = undo.enter_context(open_file(folder / "lock", "xb"))
        write_all(lock.fileno(), _here().encode())
        with suppress(OSError):  # some network file systems have no locks; then nobody sweeps there
            flock(lock, LOCK_EX)  # held until this process ends
        own = _Own(folder.rename(top / folder.name[1:]), lock)  # from now on, others may look whether we live
        undo.pop_all()
        return own


@cache
def _here() -> str:
    """This machine since its last start, the same in all containers; and its name, the same after the next start."""
    boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
    return f"{boot}\n{platform.node()}"


def remove_own() -> None:
    """Remove the directories of this process; new ones are made where they are needed again."""
    with _making:
        for pid, top in list(_made):
            if pid == os.getpid():  # and not those of the process that we are a fork of
                own = _made.pop((pid, top))
                shutil.rmtree(own.path, ignore_errors=True)
                own.lock.close()


atexit.register(remove_own)


def _after_fork() -> None:
    global _making
    _making = threading.Lock()  # another thread may have held it


os.register_at_fork(after_in_child=_after_fork)


def sweep(top: Path) -> None:
    """Remove those of our directories in `top` whose owners are dead. Those of other users and machines stay.

    Examples
    --------
    >>> folders = own_folders()
    >>> sweep(Path(folders.disk).parent)
    >>> Path(folders.disk).is_dir()
    True
    """
    for folder in _left_in(top):
        with suppress(OSError):  # another's directory, or a living one's, or another sweeper was faster
            _sweep(folder)


def _left_in(top: Path) -> Iterator[Path]:
    yield from top.glob(f"{_PREFIX}*")
    for folder in top.glob(f".{_PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < time() - _UNFINISHED:
                yield folder


def _sweep(folder: Path) -> None:
    if folder.lstat().st_uid != os.getuid():  # in ours, nobody else can have put a link
        return
    try:
        lock = open_file(folder / "lock", "r+b")
    except FileNotFoundError:
        if folder.name.startswith("."):  # its owner was killed before it made the file
            folder.rmdir()
        return
    with lock:
        if _was_here(lock.read(1000).decode()):
            flock(lock, LOCK_EX | LOCK_NB)
            shutil.rmtree(folder)


def _was_here(owner: str) -> bool:
    """Whether the owner lived on this machine: locks may not be seen from one machine to the other."""
    return any(ours and ours == theirs for ours, theirs in zip(_here().splitlines(), owner.splitlines()))
