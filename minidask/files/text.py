"""Text from the blocks of files."""

from __future__ import annotations

import codecs
import io

from minidask.files.blocks import Border, FileBlock, read_block
from minidask.files.paths import File


def read_text(
    block: FileBlock,
    encoding: str = "utf-8",
    errors: str = "strict",
    delimiter: str = "\n",
    border: Border | None = None,
) -> str:
    """The text of the records that start in a block.

    A byte order mark counts for all blocks of its file.

    Parameters
    ----------
    block
        What to read.
    encoding, errors
        As in `bytes.decode`.
    delimiter
        Ends each record.
    border
        As in `read_block`.

    Raises
    ------
    UnicodeError, LookupError
        As in reading an open file: in UTF-16 and UTF-32 the byte order mark must be there.
    """
    codec, mark = _byte_order(block.file, codecs.lookup(encoding).name)
    if block.length is None:
        return read_block(block).removeprefix(mark).decode(codec, errors)
    unit = 2 if codec.startswith("utf-16") else 4 if codec.startswith("utf-32") else 1
    data = read_block(block, delimiter.encode(codec), unit, border)
    if block.offset == 0:
        data = data.removeprefix(mark)
    return data.decode(codec, errors)


_MARKS = {
    "utf-16": [("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)],
    "utf-32": [("utf-32-le", codecs.BOM_UTF32_LE), ("utf-32-be", codecs.BOM_UTF32_BE)],
    "utf-8-sig": [("utf-8", codecs.BOM_UTF8)],
}


def _byte_order(file: File, codec: str) -> tuple[str, bytes]:
    """The codec that reads any block of the file, and the mark at the file's start (empty if there is none)."""
    if codec not in _MARKS:
        return codec, b""
    with file.open() as stream:
        head = stream.read(4)
    for plain, mark in _MARKS[codec]:
        if head.startswith(mark):
            return plain, mark
    if head and codec != "utf-8-sig":
        raise UnicodeError(
            f"{file.path} has no byte order mark, as {codec} must: it is in another encoding, or in {codec}-le or -be"
        )
    return _MARKS[codec][0][0], b""


def read_lines(
    block: FileBlock, encoding: str = "utf-8", errors: str = "strict", linedelimiter: str | None = None
) -> list[str]:
    r"""The lines that start in a block, each with what ends it.

    Parameters
    ----------
    block
        What to read.
    encoding, errors
        As in `bytes.decode`.
    linedelimiter
        What ends a line. With None ``"\n"``, ``"\r\n"`` and ``"\r"`` do, and the lines end with ``"\n"``.

    Examples
    --------
    >>> import fsspec
    >>> from minidask.files import find_files, split_files
    >>> fsspec.filesystem("memory").pipe("/lines", b"one\r\ntwo;three")
    >>> (block,) = split_files(find_files("memory://lines"))
    >>> read_lines(block), read_lines(block, linedelimiter=";")
    (['one\n', 'two;three'], ['one\r\ntwo;', 'three'])
    """
    text = read_text(block, encoding, errors, linedelimiter or "\n")
    if linedelimiter is None:
        return list(io.StringIO(text, newline=None))
    *lines, last = text.split(linedelimiter)
    return [line + linedelimiter for line in lines] + ([last] if last else [])
