"""Blocks outside the memory of one process: files in shared memory while there is room, on disk else.

Each process that owns blocks has a directory of its own, which nobody else can read, and removes it at its end. It
holds a lock on the directory while it lives, so that another process can tell, and remove, one whose owner was
killed; also where the two live in different containers and see each other's files but not each other's number.
"""

from __future__ import annotations

import atexit
import errno
import mmap
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

import minidask.config as config
from minidask.errors import ConfigError, SpillError
from minidask.store.frames import Frames, Unpicklable, load
from minidask.store.handle import Handle

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError as error:
    raise NotImplementedError('blocks cannot be shared on this system: use scheduler="threads"') from error

SHARED_MEMORY = Path("/dev/shm")
LARGE = 64 * 1024
"""An object of so many bytes goes to the store, smaller ones travel in messages."""

_PREFIX = "minidask-"
_numbers = count()
_maps: WeakSet[mmap.mmap] = WeakSet()
_MOST_MAPS = 400
"""Before Python 3.13 a map keeps its file open, and a process may have few files open; more blocks are copied."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM)


class Folders(NamedTuple):
    """Where the blocks of one owner go."""

    memory: str | None
    """In shared memory; None where there is none."""
    disk: str


class BlockStore:
    """Puts objects into files, and maps them back.

    Parameters
    ----------
    folders
        Of the process that owns the blocks; by default this process' own, made when they are first needed.

    Examples
    --------
    >>> import numpy as np
    >>> store = BlockStore()
    >>> handle = store.put(np.arange(100_000))
    >>> store.get(handle)[-1]
    np.int64(99999)
    >>> store.release(handle)
    """

    def __init__(self, folders: Folders | None = None) -> None:
        self.folders = folders or own_folders(os.getpid(), config.get("temporary-directory"))

    def put(self, obj: Any) -> Handle:
        """Store an object. Raises Unpicklable, or OSError where there is no room at all."""
        return self.write(Frames(obj))

    def pack(self, obj: Any) -> Handle | bytes:
        """A small object as its bytes, a large one as the handle of a block."""
        return self.pack_frames(Frames(obj))

    def pack_frames(self, frames: Frames) -> Handle | bytes:
        """The same of an object that is in frames already."""
        return frames.to_bytes() if frames.nbytes < LARGE else self.write(frames)

    def write(self, frames: Frames) -> Handle:
        """Store an object that is in frames already."""
        for folder in self._with_room(frames.nbytes):
            path, on_disk = self._new_path(folder), folder == self.folders.disk
            try:
                with _removed_on_error(path):
                    _write(path, frames)
            except OSError as error:
                if error.errno not in _FULL or on_disk:
                    raise
            else:
                return Handle(path, frames.nbytes, on_disk)
        raise AssertionError("the last folder either takes the block or raises")

    def spill(self, obj: Any) -> Handle | None:
        """Store an object, or what `pack` made of one, on disk; None where it cannot be stored.

        Raises
        ------
        SpillError
            There is no room, or the disk is broken.
        """
        try:
            return self._spill(obj)
        except Unpicklable:
            return None
        except OSError as error:
            if isinstance(obj, Handle) and isinstance(error, FileNotFoundError):
                return None  # it was released meanwhile
            raise SpillError(
                f"a block cannot be written to {self.folders.disk}: {error.strerror or error}. Free some room there, "
                "or choose another folder with the option temporary-directory, or a larger memory_limit"
            ) from error

    def _spill(self, obj: Any) -> Handle:
        path = self._new_path(self.folders.disk)
        if isinstance(obj, Handle):
            with _removed_on_error(path):
                shutil.copyfile(obj.path, path)
            return Handle(path, obj.nbytes, on_disk=True)
        frames = Frames(obj)
        with _removed_on_error(path):
            _write(path, frames)
        return Handle(path, frames.nbytes, on_disk=True)

    def _new_path(self, folder: str) -> str:
        return f"{folder}/{os.getpid()}-{next(_numbers)}"

    def get(self, handle: Handle) -> Any:
        """The object; its arrays lie in the file's pages, and writing to them copies the page.

        Raises
        ------
        FileNotFoundError
            The block was released.
        """
        file = os.open(handle.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return load(_map(file, handle.nbytes))
        finally:
            os.close(file)

    def unpack(self, packed: Handle | bytes) -> Any:
        """What `pack` packed."""
        return self.get(packed) if type(packed) is Handle else load(packed)

    def release(self, handle: Handle) -> None:
        """Remove a block. Objects that were got from it stay as they are."""
        with suppress(FileNotFoundError):
            Path(handle.path).unlink()

    def release_others(self, pid: int, kept: Iterable[Handle]) -> None:
        """Remove the blocks that process `pid` wrote, whole or in part, except for those `kept`."""
        paths = {handle.path for handle in kept}
        for folder in filter(None, self.folders):
            for file in Path(folder).glob(f"{pid}-*"):
                if str(file) not in paths:
                    file.unlink(missing_ok=True)

    def _with_room(self, nbytes: int) -> Iterator[str]:
        if self.folders.memory is not None and nbytes < _free_bytes(self.folders.memory) // 2:
            yield self.folders.memory
        yield self.folders.disk


@contextmanager
def _removed_on_error(path: str) -> Iterator[None]:
    """No file is left half-written."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            Path(path).unlink()
        raise


def _write(path: str, frames: Frames) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for part in frames.parts():
            view = memoryview(part)
            while view:
                view = view[os.write(file, view) :]
    finally:
        os.close(file)


def _map(file: int, nbytes: int) -> mmap.mmap:
    """The file's bytes as private memory."""
    if sys.version_info >= (3, 13):
        return mmap.mmap(file, nbytes, access=mmap.ACCESS_COPY, trackfd=False)
    if len(_maps) < _MOST_MAPS:
        mapped = mmap.mmap(file, nbytes, access=mmap.ACCESS_COPY)
        _maps.add(mapped)
        return mapped
    copied = mmap.mmap(-1, nbytes)
    view = memoryview(copied)
    while view:
        view = view[os.readv(file, [view]) :]
    return copied


def _free_bytes(folder: str) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


@cache
def own_folders(pid: int, temporary: str | None) -> Folders:
    """The directories of process `pid`, which is this one; they are removed at its end."""
    tops = [Path(temporary or tempfile.gettempdir())]
    if os.access(SHARED_MEMORY, os.W_OK):
        tops.insert(0, SHARED_MEMORY)
    folders = []
    for top in tops:
        if not top.is_dir():
            raise ConfigError(f"the option temporary-directory is {temporary!r}, but there is no such folder")
        sweep(top)
        folders.append(_make_folder(top, pid))
    return Folders(folders[0] if len(folders) > 1 else None, folders[-1])


def _make_folder(top: Path, pid: int) -> str:
    folder = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=top))
    lock = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    flock(lock, LOCK_EX)  # held until this process ends
    folder = folder.rename(top / folder.name[1:])  # from now on, others may look whether we live
    atexit.register(_remove, folder, pid)
    return str(folder)


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:  # and not a fork of it
        shutil.rmtree(folder, ignore_errors=True)


def sweep(top: Path) -> None:
    """Remove those of our directories in `top` whose owners are dead."""
    for folder in top.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another's directory, or a living one's, or another sweeper was faster
            lock = os.open(folder / "lock", os.O_WRONLY | os.O_CLOEXEC)
            try:
                flock(lock, LOCK_EX | LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)
