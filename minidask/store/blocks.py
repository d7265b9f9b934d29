"""Blocks outside the memory of one process: files in shared memory while there is room, on disk else."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import minidask.config as config
from minidask.errors import SpillError
from minidask.store.apart import copied_apart
from minidask.store.codecs import check_codec, compressing
from minidask.store.folders import Folders, own_folders
from minidask.store.frames import Frames, Unpicklable, load, load_part
from minidask.store.handle import Handle
from minidask.store.maps import open_block, reading
from minidask.store.whole import open_file, removed_on_error, write_all

LARGE = 64 * 1024
"""An object of so many bytes goes to the store, smaller ones travel in messages."""

_numbers = count()
_LARGEST_RESERVE = 2**30
_RESERVED_SHARE = 50
"""Of a disk, the 50th part is left free for others, but no more than a GiB."""


class BlockStore:
    """Puts objects into files, and maps them back.

    Parameters
    ----------
    folders
        Of the process that owns the blocks; by default this process' own, made when they are first needed. Blocks
        that this process spills are compressed as the option `spill-compression` says.

    Raises
    ------
    ConfigError, SpillError
        The folder of the option `temporary-directory` is not there, or cannot be used.
    MissingExtraError
        What the compression needs is not installed.

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
        self._codec: str | None = config.get("spill-compression")
        check_codec(self._codec)
        self.folders = folders or own_folders()

    def put(self, obj: Any) -> Handle:
        """Store an object. Raises Unpicklable, or SpillError where there is no room at all."""
        return self.write(Frames(obj))

    def pack(self, obj: Any) -> Handle | bytes:
        """A small object as its bytes, a large one as the handle of a block."""
        return self.pack_frames(Frames(obj))

    def pack_frames(self, frames: Frames) -> Handle | bytes:
        """The same of an object that is in frames already."""
        return frames.to_bytes() if frames.nbytes < LARGE else self.write(frames)

    def write(self, frames: Frames) -> Handle:
        """Store an object that is in frames already."""
        memory = self.folders.memory
        if memory is not None and frames.nbytes < _free_bytes(memory) // 2:
            handle = Handle(_new_path(memory), frames.nbytes, in_parts=frames.in_parts)
            with suppress(OSError):  # others may have filled it meanwhile
                _write(handle, frames.parts())
                return handle
        return self._write_to_disk(frames.nbytes, frames.parts(), None, frames.in_parts)

    def spill(self, obj: Any) -> Handle | None:
        """Store an object, or what stands for a stored one, on disk; None where it cannot be stored.

        Raises
        ------
        SpillError
            There is no room, or the disk is broken. Nothing is left of the block there.
        """
        if type(obj) is Handle:
            return self._move_to_disk(obj)
        try:
            frames = Frames(obj)
        except Unpicklable:
            return None
        return self._write_to_disk(frames.nbytes, frames.parts(), self._codec, frames.in_parts)

    def spill_packed(self, packed: Handle | bytes) -> Handle | None:
        """Store on disk what `pack` made; None where it was released meanwhile. Raises SpillError as `spill` does."""
        if isinstance(packed, bytes):
            return self._write_to_disk(len(packed), [packed], self._codec, in_parts=False)
        return self._move_to_disk(packed)

    def _move_to_disk(self, handle: Handle) -> Handle | None:
        try:
            data = open_block(handle)
        except SpillError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None  # it was released meanwhile
            raise
        return self._write_to_disk(handle.nbytes, [memoryview(data)], self._codec, handle.in_parts)

    def _write_to_disk(
        self, nbytes: int, parts: Iterable[bytes | memoryview], codec: str | None, in_parts: bool
    ) -> Handle:
        handle = Handle(_new_path(self.folders.disk), nbytes, True, codec, in_parts)
        try:
            free = _free_bytes(self.folders.disk)
            if free <= 0 or (codec is None and nbytes > free):  # compressed, nobody knows how many it will be
                raise OSError(errno.ENOSPC, f"{nbytes} bytes are needed, and {max(0, free)} are free for them")
            _write(handle, parts)
            return handle
        except OSError as error:
            raise SpillError(
                f"a block cannot be written to {self.folders.disk}: {error.strerror or error}. Free some room there, "
                "or choose another folder with the option temporary-directory, or a larger memory_limit"
            ) from error

    def get(self, handle: Handle) -> Any:
        """The object; its arrays lie in the file's pages, and writing to them changes nothing for others.

        Raises
        ------
        SpillError
            The block was released, or its file is damaged.
        """
        return load(open_block(handle))

    def part(self, packed: Handle | bytes, key: Any) -> Any:
        """`obj[key]` of what `pack` packed; no more of it than that stays in memory, or open.

        Raises
        ------
        SpillError
            As by `get`.
        """
        if type(packed) is not Handle:
            return load(packed)[key]
        if packed.in_parts and packed.codec is None:
            with reading(packed) as read:
                return load_part(read, packed.nbytes, key)
        item = self.get(packed)[key]
        return copied_apart(item) if packed.on_disk else item

    def unpack(self, packed: Handle | bytes) -> Any:
        """What `pack` packed."""
        return self.get(packed) if type(packed) is Handle else load(packed)

    def release(self, handle: Handle) -> None:
        """Remove a block. Objects that were got from it stay as they are."""
        with suppress(OSError):
            Path(handle.path).unlink()

    def rename(self, handle: Handle) -> Handle:
        """The same block under a new name of this process; it is for the caller to move or link the file there."""
        return handle._replace(path=_new_path(str(Path(handle.path).parent)))

    def release_others(self, pid: int, kept: Iterable[Handle]) -> None:
        """Remove the blocks that process `pid` wrote, whole or in part, except for those `kept`."""
        paths = {handle.path for handle in kept}
        for folder in filter(None, self.folders):
            for file in Path(folder).glob(f"{pid}-*"):
                if str(file) not in paths:
                    file.unlink(missing_ok=True)


def _new_path(folder: str) -> str:
    return f"{folder}/{_process(os.getpid())}-{next(_numbers)}"


@cache
def _process(pid: int) -> str:
    """Names this process, also where another had its number before."""
    return f"{pid}-{secrets.token_hex(4)}"


def _write(handle: Handle, parts: Iterable[bytes | memoryview]) -> None:
    with removed_on_error(handle.path), open_file(handle.path, "xb") as opened:
        file = opened.fileno()
        if handle.codec is not None:
            with open(file, "wb", closefd=False) as raw, compressing(raw, handle.codec) as target:
                for part in parts:
                    target.write(part)
            return
        for part in parts:
            write_all(file, part)


def _free_bytes(folder: str) -> int:
    """The bytes that we may take; less than nothing where the reserve is touched."""
    room = os.statvfs(folder)
    reserve = min(_LARGEST_RESERVE, room.f_blocks * room.f_frsize // _RESERVED_SHARE)
    return room.f_bavail * room.f_frsize - reserve
