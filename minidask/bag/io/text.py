"""Bags of the lines of text files."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from minidask.bag.io.written import WriteParts
from minidask.bag.node import Partitionwise
from minidask.bag.steps import Items
from minidask.expr.blocks import PerBlock
from minidask.expr.grid import Index
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.streams import GivesStreams
from minidask.files import File, FileBlock, Waiting, find_files, read_lines, split_files, target_files
from minidask.task import Source


@dataclass(frozen=True)
class Parts(PerBlock):
    """The parts of files that each partition reads.

    Parameters
    ----------
    files
        All files, in order.
    blocksize
        The largest length of a part, in bytes; None for whole files.
    encoding
        Of text in the files.
    each
        How many parts a partition reads.
    delimiter
        Ends each record of the text.
    """

    files: tuple[File, ...]
    blocksize: int | str | None
    encoding: str | None
    each: int
    delimiter: str = "\n"

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", split_files(self.files, self.blocksize, self.encoding, self.delimiter))

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return self.files

    @property
    def npartitions(self) -> int:
        """How many partitions there are to be."""
        return -(-len(self.parts) // self.each)  # type: ignore[attr-defined]

    def block(self, index: Index) -> list[FileBlock]:
        start = index[0] * self.each
        found: list[FileBlock] = self.parts[start : start + self.each]  # type: ignore[attr-defined]
        return found


class Lines(GivesStreams):
    """Reads the lines of parts of files."""

    def __init__(self, encoding: str, errors: str, linedelimiter: str | None, include_path: bool) -> None:
        self.options = (encoding, errors, linedelimiter)
        self.include_path = include_path

    def stream(self, *blocks: Any) -> Iterator[Any]:
        (parts,) = blocks
        return chain.from_iterable(map(self._read, parts))

    def _read(self, part: FileBlock) -> Items:
        lines = read_lines(part, *self.options)
        return ((line, part.file.path) for line in lines) if self.include_path else lines


def read_node(
    urlpath: Any,
    blocksize: int | str | None,
    compression: str | None,
    encoding: str,
    errors: str,
    linedelimiter: str | None,
    storage_options: Mapping[str, Any] | None,
    files_per_partition: int | None,
    include_path: bool,
) -> Node:
    """The expression that `read_text` makes."""
    if files_per_partition is not None:
        if blocksize is not None:
            raise ValueError("read_text takes either blocksize or files_per_partition")
        if type(files_per_partition) is not int or files_per_partition < 1:
            raise ValueError(f"files_per_partition={files_per_partition!r} must be a number of files, 1 or more")
    if linedelimiter == "":
        raise ValueError("linedelimiter is empty; expected at least one character, or None")
    codecs.lookup(encoding), codecs.lookup_error(errors)
    files = tuple(find_files(urlpath, storage_options, compression))
    parts = Parts(files, blocksize, encoding, files_per_partition or 1, linedelimiter or "\n")
    lines = Lines(encoding, errors, linedelimiter, include_path)
    return Partitionwise(lines, (parts,), parts.npartitions, "read_text", recompute="late")


def write_node(
    source: Node,
    path: Any,
    name_function: Callable[[int], str] | None,
    compression: str | None,
    encoding: str,
    storage_options: Mapping[str, Any] | None,
    last_endline: bool,
) -> Node:
    """The expression that `to_textfiles` makes: a bag of the paths written."""
    codecs.lookup(encoding)
    n = source.grid[0]
    files = target_files(path, n, ".part", name_function, storage_options, compression)
    options = {"encoding": encoding, "last_endline": last_endline}
    return WriteParts.named(unique_name("to_textfiles"), source, write_lines, Waiting(files), options, "to_textfiles")


def write_lines(items: Iterable[str], i: int, waiting: Waiting, encoding: str, last_endline: bool) -> None:
    """Write an item a line."""
    with waiting.open(i, "wt", encoding, newline="\n") as stream:
        between = ""
        for item in items:
            if not isinstance(item, str):
                raise TypeError(
                    f"to_textfiles writes strings, but an item is {type(item).__name__}; use map(str) before"
                )
            stream.write(between + item)
            between = "\n"
        if last_endline and between:
            stream.write("\n")
