"""The files of blocks as memory.

Mapped files cost no memory until they are looked at, and little then: the system takes their pages back when it needs
them. What one task writes to its arrays no other sees: a page that is written to becomes this map's own.
"""

from __future__ import annotations

import mmap
import os
import resource
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from minidask.errors import SpillError
from minidask.store.codecs import decompressing
from minidask.store.handle import Handle
from minidask.store.whole import open_file

_SMALL = 32 * 1024
"""Files of fewer bytes are read: that is faster."""
_KEEPS_FILE = sys.version_info < (3, 13)
"""Before Python 3.13 a map keeps its file open, and a process may have few files open."""
_MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0] % 2**31  # where it is -1, there is no limit
_MOST_MAPS = min(400, _MOST_FILES // 4) if _KEEPS_FILE else 10_000
"""The files of more blocks at once are read. A process on Linux has at most 65,530 maps, if nobody has changed that."""
_maps: WeakSet[mmap.mmap] = WeakSet()


def open_block(handle: Handle) -> mmap.mmap | bytearray:
    """The bytes of a block, to which one may write without changing the file.

    Raises
    ------
    SpillError
        The file cannot be read, or is damaged. Where it is not there, the error's cause is a FileNotFoundError.
    """
    with _told_of(handle):
        return _open(handle)


@contextmanager
def _told_of(handle: Handle) -> Iterator[None]:
    try:
        yield
    except SpillError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        raise SpillError(f"the file of a block, {handle.path}, cannot be read: {error}") from error


@contextmanager
def reading(handle: Handle) -> Iterator[Callable[[int, int], bytearray]]:
    """Inside the block, what gives so many bytes from a place on, of a block that is not compressed; it is not mapped.

    Raises
    ------
    SpillError
        As by `open_block`.
    """
    with _told_of(handle), open_file(handle.path, "rb") as opened:
        file = opened.fileno()
        _check_length(handle, os.fstat(file).st_size)

        def read(start: int, nbytes: int) -> bytearray:
            data = bytearray(nbytes)
            _fill(data, handle, lambda view, done: os.preadv(file, [view], start + done))
            return data

        yield read


def _open(handle: Handle) -> mmap.mmap | bytearray:
    with open_file(handle.path, "rb") as opened:
        file = opened.fileno()
        if handle.codec is not None:
            return _decompressed(file, handle)
        _check_length(handle, os.fstat(file).st_size)
        return _mapped(file, handle.nbytes) or _read(file, handle)


def _mapped(file: int, nbytes: int) -> mmap.mmap | None:
    """The file as private memory; None where it is better read."""
    if nbytes < _SMALL or len(_maps) >= _MOST_MAPS:
        return None
    untracked: dict[str, Any] = {} if _KEEPS_FILE else {"trackfd": False}
    with suppress(OSError):  # too many maps or open files, or a file system without maps
        mapped = mmap.mmap(file, nbytes, access=mmap.ACCESS_COPY, **untracked)
        _maps.add(mapped)
        return mapped
    return None


def _read(file: int, handle: Handle) -> bytearray:
    data = bytearray(handle.nbytes)
    _fill(data, handle, lambda view, done: os.readv(file, [view]))
    return data


def _decompressed(file: int, handle: Handle) -> bytearray:
    data = bytearray(handle.nbytes)
    with open(file, "rb", closefd=False) as raw, decompressing(raw, str(handle.codec)) as source:
        _fill(data, handle, lambda view, done: source.readinto(view))
    return data


def _fill(data: bytearray, handle: Handle, read_into: Callable[[memoryview, int], int]) -> None:
    """Call `read_into(what is left, how much is there)` until all is there."""
    view, done = memoryview(data), 0
    while done < len(data):
        count = read_into(view[done:], done)
        if not count:
            _check_length(handle, done)
        done += count


def _check_length(handle: Handle, found: int) -> None:
    if found != handle.nbytes:
        raise SpillError(f"the file of a block, {handle.path}, is damaged: {found} bytes of {handle.nbytes} are there")
