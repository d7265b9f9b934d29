"""Files fall into blocks, and a block is read from one record's start to another's."""

from __future__ import annotations

import codecs
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import IO, TYPE_CHECKING, NamedTuple, overload

from minidask.files.paths import File
from minidask.files.quotes import Quotes
from minidask.quantities import parse_bytes

if TYPE_CHECKING:
    import numpy as np

_PROBE = 1 << 16  # bytes read at a time while looking for the end of a record


@dataclass(frozen=True, slots=True)
class FileBlock:
    """The records of a file that start at `offset` or after it, and before `offset + length`.

    `length` is None for a whole file of unknown length: one that is compressed.
    """

    file: File
    offset: int = 0
    length: int | None = None


class FileBlocks(Sequence[FileBlock]):
    """The blocks of all files in order, each made when it is asked for; see `split_files`."""

    def __init__(self, files: Sequence[File], counts: Sequence[int]) -> None:
        self.files = files
        self.counts = counts
        self._ends = list(accumulate(counts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, i: int) -> FileBlock: ...
    @overload
    def __getitem__(self, i: slice) -> list[FileBlock]: ...
    def __getitem__(self, i: int | slice) -> FileBlock | list[FileBlock]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        i = range(len(self))[i]
        at = bisect_right(self._ends, i)
        file, count = self.files[at], self.counts[at]
        if file.compression or file.size is None:
            return FileBlock(file)
        which = i - (self._ends[at] - count)
        start, stop = which * file.size // count, (which + 1) * file.size // count
        return FileBlock(file, start, stop - start)


def split_files(
    files: Sequence[File], blocksize: str | int | None = None, encoding: str | None = None, delimiter: str = "\n"
) -> FileBlocks:
    """Divide files into blocks of about equal length; an empty file has one block.

    Parameters
    ----------
    files
        From `find_files`.
    blocksize
        The largest length of a block, in bytes (``"64MiB"``); None makes each file one block.
    encoding
        Of text that is to be read from the blocks.
    delimiter
        Ends each record of the text.

    Raises
    ------
    ValueError
        `blocksize` is not positive, or a file cannot be divided: it is compressed, of unknown size, or in
        an encoding in which the delimiter is found only by reading from the start.

    Examples
    --------
    >>> blocks = split_files([File(None, "a", size=100), File(None, "b", size=0)], blocksize=40)
    >>> [(block.file.path, block.offset, block.length) for block in blocks]
    [('a', 0, 33), ('a', 33, 33), ('a', 66, 34), ('b', 0, 0)]
    """
    if blocksize is None:
        return FileBlocks(files, [1] * len(files))
    nbytes = parse_bytes(blocksize, "blocksize")
    if nbytes < 1:
        raise ValueError(f"blocksize={blocksize!r}: expected at least one byte, or None for a block per file")
    if encoding is not None:
        _check_divisible(encoding, delimiter)
    return FileBlocks(files, [max(1, -(-_known_size(file) // nbytes)) for file in files])


_SHIFTING = ("iso2022", "hz", "utf-7")
_DOUBLE_BYTE = ("big5", "cp932", "cp949", "cp950", "euc", "gb", "johab", "shift_jis")


def _check_divisible(encoding: str, delimiter: str) -> None:
    """Refuse where the delimiter's bytes may be a part of other characters."""
    codec = codecs.lookup(encoding).name
    if codec.startswith(_SHIFTING):
        raise ValueError(f"text in {encoding} can be read from its start only; pass blocksize=None")
    if codec.startswith(_DOUBLE_BYTE) and any(char >= "@" or char.isdigit() for char in delimiter):
        raise ValueError(
            f"linedelimiter={delimiter!r} may be a part of other characters in {encoding}: such text can be read "
            "from its start only; pass blocksize=None"
        )


def _known_size(file: File) -> int:
    if file.compression:
        raise ValueError(f"{file.path} is compressed ({file.compression}) and cannot be divided; pass blocksize=None")
    if file.size is None:
        raise ValueError(f"the size of {file.path} is not known, so it cannot be divided; pass blocksize=None")
    return file.size


class Border(NamedTuple):
    """What is known of the quotes around the places where a block begins and ends."""

    quotes: Quotes
    begins: bool
    """Whether the first delimiter at the beginning is within quotes."""
    ends: bool
    """Whether the first one at the end is."""


def read_block(block: FileBlock, delimiter: bytes | None = b"\n", unit: int = 1, border: Border | None = None) -> bytes:
    r"""The bytes of the records that start in a block, so that all blocks of a file in a row are the file.

    A record starts where the file does and after each delimiter, which are taken from left to right. It ends with its
    delimiter, or with the file.

    Parameters
    ----------
    block
        What to read.
    delimiter
        Ends each record; None reads the block's very bytes.
    unit
        Delimiters are at multiples of so many bytes: 2 in UTF-16, 4 in UTF-32.
    border
        Where delimiters within quotes are none; None: there are no such.

    Raises
    ------
    ValueError
        An empty delimiter.

    Examples
    --------
    >>> import fsspec
    >>> from minidask.files import find_files
    >>> fsspec.filesystem("memory").pipe("/words", b"one\ntwo\nthree\n")
    >>> [read_block(block) for block in split_files(find_files("memory://words"), blocksize=5)]
    [b'one\n', b'two\nthree\n', b'']
    """
    if delimiter is not None and not delimiter:
        raise ValueError("delimiter is empty; expected at least one byte, or None")
    with block.file.open() as stream:
        if block.length is None:
            return bytes(stream.read())
        start, stop = _bounds(stream, block, delimiter, unit, border)
        stream.seek(start)
        return bytes(stream.read(stop - start))


def read_pieces(
    block: FileBlock, delimiter: bytes, border: Border | None = None, size: int = 1 << 20, spare: int = 0
) -> Iterator[np.ndarray]:
    r"""The same bytes piece by piece, each of whole records, in memory that the next one is read into.

    Parameters
    ----------
    block, delimiter, border
        As in `read_block`.
    size
        The bytes of a piece, unless a record is longer.
    spare
        How many bytes of memory are after each piece: they are zeros after the last.

    Examples
    --------
    >>> import fsspec
    >>> from minidask.files import find_files
    >>> fsspec.filesystem("memory").pipe("/words", b"one\ntwo\nthree\n")
    >>> (block,) = split_files(find_files("memory://words"))
    >>> [piece.tobytes() for piece in read_pieces(block, b"\n", size=9)]
    [b'one\ntwo\n', b'three\n']
    """
    with block.file.open() as stream:
        if block.length is None:
            yield from pieces_of(stream, delimiter, None, size, spare)
        else:
            start, stop = _bounds(stream, block, delimiter, 1, border)
            stream.seek(start)
            yield from pieces_of(stream, delimiter, stop - start, size, spare)


def pieces_of(
    stream: IO[bytes], delimiter: bytes, length: int | None = None, size: int = 1 << 20, spare: int = 0
) -> Iterator[np.ndarray]:
    """What `read_pieces` gives, of so many bytes of a stream, or of all that are left."""
    import numpy as np  # bags of lines do without it

    left = sys.maxsize if length is None else length
    buffer, held = np.empty(min(size, left) + spare, np.uint8), 0
    while True:
        room = buffer.data[held : min(held + left, buffer.size - spare)]
        more = _read_into(stream, room)
        held, left = held + more, left - more
        if more < len(room) or not left:
            buffer[held:] = 0
            yield buffer[: held + spare]
            return
        end = _last_end(buffer[:held], delimiter)
        if end:
            yield buffer[: end + spare]
            buffer[: held - end] = buffer[end:held]
            held -= end
        else:  # a record that is longer
            buffer = np.concatenate([buffer[:held], np.empty(held + spare, np.uint8)])


def _read_into(stream: IO[bytes], room: memoryview) -> int:
    """Fill a room, as far as there are bytes: how many there were."""
    read = 0
    while read < len(room) and (more := stream.readinto(room[read:])):  # type: ignore[attr-defined]  # bytes have it
        read += more
    return read


def _last_end(data: np.ndarray, delimiter: bytes) -> int:
    """Where the last whole record ends; 0: there is none."""
    stop = data.size
    while stop > 0:
        start = max(0, stop - _PROBE)
        found = data[start : stop + len(delimiter) - 1].tobytes().rfind(delimiter)
        if found >= 0:
            return start + found + len(delimiter)
        stop = start
    return 0


def _bounds(
    stream: IO[bytes], block: FileBlock, delimiter: bytes | None, unit: int, border: Border | None
) -> tuple[int, int]:
    """Where the records of a block of known length begin and end."""
    assert block.length is not None
    start, stop = block.offset, block.offset + block.length
    if delimiter is not None and block.length:
        start = _record_start(stream, start, delimiter, unit)
        stop = max(start, _record_start(stream, stop, delimiter, unit))
        if border is not None:
            start = _after_quotes(stream, start, delimiter, border.quotes) if border.begins else start
            stop = max(start, _after_quotes(stream, stop, delimiter, border.quotes) if border.ends else stop)
    return start, stop


def _record_start(stream: IO[bytes], least: int, delimiter: bytes, unit: int) -> int:
    """Where the first record at `least` or after it starts: the end of the file if there is none."""
    if least == 0:
        return 0
    width = len(delimiter)
    base = _between_delimiters(stream, max(0, least - width), delimiter, unit)
    stream.seek(base)
    data = stream.read(least - base + _PROBE)
    at = 0
    while True:
        found = _find(data, delimiter, at, unit, base)
        if found >= 0:
            at = found + width
            if base + at >= least:
                return base + at
        else:
            keep = max(at, len(data) - width + 1)  # a delimiter may begin in what was read and end in what comes
            more = stream.read(max(_PROBE, len(data)))
            if not more:
                return base + len(data)
            base, data, at = base + keep, data[keep:] + more, 0


def _after_quotes(stream: IO[bytes], least: int, delimiter: bytes, quotes: Quotes) -> int:
    """Where the first record starts after `least`, which is within quotes: the end of the file if there is none."""
    stream.seek(least)
    data = stream.read(_PROBE)
    while (found := quotes.record_start(data, delimiter)) < 0:
        more = stream.read(max(_PROBE, len(data)))
        if not more:
            return least + len(data)
        data += more
    return least + found


def _between_delimiters(stream: IO[bytes], at: int, delimiter: bytes, unit: int) -> int:
    """The last place up to `at` that no delimiter can reach across: the search may begin there.

    Only a delimiter that begins as it ends ("\\n\\n" in a row of "\\n") makes this more than one step.
    """
    reach = len(delimiter) - 1
    while at > 0:
        base = max(0, at - reach)
        stream.seek(base)
        found = _find(stream.read(at - base + reach), delimiter, 0, unit, base)
        if found < 0 or base + found >= at:
            break
        at = base + found
    return at


def _find(data: bytes, delimiter: bytes, at: int, unit: int, base: int) -> int:
    """The first place from `at` on where `delimiter` is, at a multiple of `unit` in the file; -1 if nowhere."""
    found = data.find(delimiter, at)
    while found >= 0 and (base + found) % unit:
        found = data.find(delimiter, found + 1)
    return found
