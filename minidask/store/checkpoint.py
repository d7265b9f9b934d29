"""Finished blocks in a folder that outlives the process, so that the same work starts where it was left.

The folder that a person names has one folder for each set of versions of Python, minidask, NumPy and pandas. In it:

========================== ====================================================================================
`<digest>-<bytes>-<crc>`   a large block: its frames, written aside, fsynced, and renamed when they are whole
`<session>.log`            the small blocks of one computation, one after the other, each with its length and crc
`<session>-<number>.tmp`   a block that is being written; swept when the session has died
========================== ====================================================================================

The digest is that of the block's key. A block whose bytes are not those that were written is not used: it is removed.
A log that breaks off, because its process was killed, has all that comes before. Nothing but files is in the folder:
to clear it, delete it.
"""

from __future__ import annotations

import errno
import mmap
import os
import pickle
import re
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from io import FileIO
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from minidask._version import __version__
from minidask.errors import DamagedBlock, SpillError
from minidask.store.frames import load
from minidask.store.whole import Part, open_file, removed_on_error, write_all

_SMALL = 64 * 1024
"""Blocks of fewer bytes go to the log."""
_SYNC_EVERY = 1.0
"""Seconds between two fsyncs of the log: what was written survives the process at once, the machine after this."""
_RECORD = struct.Struct("<16sQI")
_CRC = struct.Struct("<I")
_HEADER = _RECORD.size + _CRC.size
_DEAD = bytes(16)
"""The digest of a record that was found damaged."""
_FILE = re.compile(r"([0-9a-f]{32})-(\d+)-([0-9a-f]{8})")


class Entry(NamedTuple):
    """Where a kept block is."""

    path: str
    start: int
    """Its place in a log; -1 where it has a file of its own."""
    nbytes: int
    crc: int


class Checkpoint:
    """The kept blocks in a folder, for one computation.

    Parameters
    ----------
    folder
        It is made where there is none, for this person alone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one = Checkpoint(folder)
    ...     one.keep(("sum-1", 0), [b"bytes of ", b"frames"])
    ...     one.close()
    ...     Checkpoint(folder).find(("sum-1", 0)).nbytes
    15
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise TypeError(f"checkpoint must be the path of a folder, not {folder!r}")
        if Path(folder).exists() and not Path(folder).is_dir():
            raise NotADirectoryError(
                errno.ENOTDIR, "checkpoint must be a folder, and this is something else", str(folder)
            )
        self.folder = Path(folder) / _versions()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._session = os.urandom(8).hex()
        self._numbers = count()
        self._log: FileIO | None = None
        self._end = 0  # of the log
        self._next_sync = monotonic() + _SYNC_EVERY
        self._lock = threading.Lock()
        self._full = False
        self._entries: dict[bytes, Entry] = {}
        self._list()

    def __len__(self) -> int:
        return len(self._entries)

    def _list(self) -> None:
        """Find out what is there."""
        left = []
        with os.scandir(self.folder) as files:
            for file in files:
                if file.name.endswith(".tmp"):
                    left.append(file.path)
                elif file.name.endswith(".log"):
                    self._entries.update(_read_log(file.path))
                elif match := _FILE.fullmatch(file.name):
                    entry = Entry(file.path, -1, int(match[2]), int(match[3], 16))
                    self._entries[bytes.fromhex(match[1])] = entry
        _sweep(left)

    def find(self, key: Any) -> Entry | None:
        """Where the block of this key is, if it is kept."""
        return self._entries.get(_digest(key))

    def keep(self, key: Any, parts: Iterable[Part]) -> None:
        """Keep the block whose frames, one after the other, are `parts`. A warning tells when the disk is full."""
        if self._full:
            return
        try:
            self._keep(_digest(key), list(parts))
        except OSError as error:
            self._full = True
            text = f"the results from here on are not kept in {self.folder}: {error.strerror or error}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)

    def _keep(self, digest: bytes, parts: list[Part]) -> None:
        nbytes, crc = 0, 0
        for part in parts:
            nbytes += len(part)
            crc = zlib.crc32(part, crc)
        with self._lock:
            if digest in self._entries or self._full:  # or closed meanwhile
                return
            log = self._open_log()
            if nbytes < _SMALL:
                self._append(log, digest, b"".join(parts), crc)
                return
        aside = self.folder / f"{self._session}-{next(self._numbers)}.tmp"
        path = str(self.folder / f"{digest.hex()}-{nbytes}-{crc:08x}")
        with removed_on_error(aside):
            _write(aside, parts)
            aside.rename(path)
        self._entries[digest] = Entry(path, -1, nbytes, crc)

    def _open_log(self) -> FileIO:
        """The log of this session; who holds its lock lives."""
        if self._log is None:
            self._log = open_file(self.folder / f"{self._session}.log", "ab")
            flock(self._log, LOCK_EX)
        return self._log

    def _append(self, log: FileIO, digest: bytes, data: bytes, crc: int) -> None:
        try:
            write_all(log.fileno(), _header(digest, len(data), crc) + data)
        except OSError:
            log.truncate(self._end)  # so that the log ends with a whole record
            raise
        path = str(self.folder / f"{self._session}.log")
        self._entries[digest] = Entry(path, self._end + _HEADER, len(data), crc)
        self._end += _HEADER + len(data)
        if monotonic() > self._next_sync:
            os.fsync(log.fileno())
            self._next_sync = monotonic() + _SYNC_EVERY

    def remove(self, entry: Entry) -> None:
        """Forget a damaged block, here and in the folder."""
        self._entries = {digest: known for digest, known in self._entries.items() if known != entry}
        with suppress(OSError):  # another process was faster, or the folder cannot be written to
            if entry.start < 0:
                Path(entry.path).unlink()
            else:
                _mark_dead(entry)

    def close(self) -> None:
        """Nothing more will be kept. Ctrl-C has to wait meanwhile."""
        with self._lock:
            log, self._log, self._full = self._log, None, True
        if log is None:
            return
        with log:
            with suppress(OSError):  # it is in the log, though perhaps not on the disk yet
                os.fsync(log.fileno())
            if not self._end:
                (self.folder / f"{self._session}.log").unlink(missing_ok=True)
            _sync_folder(self.folder)


def read(entry: Entry) -> Any:
    """The kept object. Raises DamagedBlock where the bytes are not those that were written, or have gone."""
    data = bytearray(entry.nbytes)
    try:
        with open_file(entry.path, "rb") as opened:
            file = opened.fileno()
            whole = entry.start >= 0 or os.fstat(file).st_size == entry.nbytes
            _read_all(file, memoryview(data), max(entry.start, 0))
    except (OSError, EOFError):
        raise DamagedBlock(entry) from None
    if not whole or zlib.crc32(data) != entry.crc:
        raise DamagedBlock(entry)
    try:
        return load(data)
    except (SpillError, AttributeError, ImportError, pickle.UnpicklingError):  # a class that is elsewhere now
        raise DamagedBlock(entry) from None


def _read_all(file: int, view: memoryview, at: int) -> None:
    while view:
        n = os.preadv(file, [view], at)
        if not n:
            raise EOFError
        view, at = view[n:], at + n


def _read_log(path: str) -> Iterator[tuple[bytes, Entry]]:
    """The records of a log, as far as they are whole."""
    try:
        with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
            at = 0
            while at + _HEADER <= len(log):
                record = log[at : at + _RECORD.size]
                digest, nbytes, crc = _RECORD.unpack(record)
                start = at + _HEADER
                if _CRC.unpack_from(log, at + _RECORD.size)[0] != zlib.crc32(record) or start + nbytes > len(log):
                    return
                if digest != _DEAD:
                    yield digest, Entry(path, start, nbytes, crc)
                at = start + nbytes
    except (OSError, ValueError):  # it has gone, or is empty
        return


def _header(digest: bytes, nbytes: int, crc: int) -> bytes:
    record = _RECORD.pack(digest, nbytes, crc)
    return record + _CRC.pack(zlib.crc32(record))


def _mark_dead(entry: Entry) -> None:
    with open_file(entry.path, "r+b") as file:
        os.pwrite(file.fileno(), _header(_DEAD, entry.nbytes, entry.crc), entry.start - _HEADER)


def _write(path: Path, parts: list[Part]) -> None:
    with open_file(path, "xb") as file:
        for part in parts:
            write_all(file.fileno(), part)
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """So that new names survive the machine."""
    with suppress(OSError):
        file = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _sweep(left: Iterable[str]) -> None:
    """Remove the half-written blocks of sessions that have died."""
    for path in left:
        owner = f"{path.rpartition('-')[0]}.log"
        with suppress(OSError), open_file(owner, "r+b") as log:  # else it lives, or another sweeper was faster
            flock(log, LOCK_EX | LOCK_NB)
            Path(path).unlink()


def _digest(key: Any) -> bytes:
    return blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=16).digest()


@cache
def _versions() -> str:
    """Of all that a pickled block depends on, as the name of a folder."""
    python = f"python-{sys.version_info.major}.{sys.version_info.minor}"
    return "_".join([f"minidask-{__version__}", python, *map(_version, ("numpy", "pandas", "pyarrow"))])


def _version(package: str) -> str:
    try:
        return f"{package}-{version(package)}"
    except PackageNotFoundError:
        return f"no-{package}"
