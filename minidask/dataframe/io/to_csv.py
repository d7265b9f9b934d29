"""Writing CSV: a file a partition, or one file."""

from __future__ import annotations

import codecs
import inspect
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.written import Written
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.files import File, Waiting, target_files, write_atomically
from minidask.files.paths import Compression

_MODES = {"w": "w", "wt": "w", "x": "x", "xt": "x", "a": "a", "at": "a"}
_MARKED = {"utf-16": 2, "utf-32": 4, "utf-8-sig": 3}
"""Encodings that begin with a byte order mark, and its length."""


@dataclass(frozen=True)
class Text:
    """How partitions become text.

    Fields
    ------
    encoding, errors
        As in `str.encode`.
    options
        For `to_csv` of pandas.
    header_once
        Whether only the first partition has a header.
    """

    encoding: str
    errors: str
    options: Mapping[str, Any]
    header_once: bool

    def of(self, block: Any, first: bool, begins: bool) -> bytes:
        """The text of a partition, the first one or not, with which a file begins or not."""
        header = {} if first or not self.header_once else {"header": False}
        data = str(block.to_csv(**{**self.options, **header})).encode(self.encoding, self.errors)
        mark = 0 if begins else _MARKED.get(codecs.lookup(self.encoding).name, 0)
        return data[mark:]


class WriteCSV(Written):
    """The partitions of a frame written as text.

    Fields
    ------
    waiting
        A file for each partition; or the only one as often, without compression.
    single
        The one for all; None: there are several.
    append
        Whether what is there stays before it.
    text
        What is written.
    """

    waiting: Waiting
    single: File | None
    append: bool
    text: Text

    @property
    def operation(self) -> str:
        return "to_csv"

    def needs_labels(self, wanted: bool) -> bool:
        return bool(self.text.options.get("index", True))

    def give_up(self) -> None:
        self.waiting.remove()


@lower(WriteCSV)
def write(node: WriteCSV) -> Node:
    """Each partition writes a file that waits; one task puts all in their places, or together in one."""
    grid, name = node.frame.grid, f"{node.name}-part"
    told = {"waiting": node.waiting, "single": node.single, "text": node.text, "append": node.append}
    sizes = blockwise(_write, node.frame, BlockIndex(), grid=grid, kwargs=told, name=name, label="to_csv")
    if node.single is None:
        return gather(node.waiting.put_in_place, sizes, everything(grid), grid=(), name=node.name, label="to_csv")
    told = {"waiting": node.waiting, "file": node.single, "append": node.append}
    return gather(_join, sizes, everything(grid), grid=(), kwargs=told, name=node.name, label="to_csv")


def _write(block: Any, index: tuple[int], waiting: Waiting, single: File | None, text: Text, append: bool) -> int:
    """Write a partition to a file that waits, after what is there; or to one that is to be a part of another."""
    i, first = index[0], index[0] == 0
    file = single or waiting.files[i]
    there = append and _exists(file)
    with waiting.open(i) as stream:
        if there and not single:
            _copy(file, stream)
        stream.write(text.of(block, first, begins=not there and (first or not single)))
    return waiting.size(i)


def _join(sizes: Sequence[int], waiting: Waiting, file: File, append: bool) -> list[str]:
    """Put the parts together in one file."""
    parts = [waiting.part(i) for i in range(len(sizes))]
    with write_atomically(file) as stream:
        for source in [file, *parts] if append and _exists(file) else parts:
            _copy(source, stream)
    waiting.remove()
    return [file.path]


def _exists(file: File) -> bool:
    return bool(file.fs.exists(file.path))


def _copy(file: File, stream: Any) -> None:
    with file.open() as source:
        shutil.copyfileobj(source, stream, 1 << 20)


def to_csv(
    df: Any,
    filename: Any,
    single_file: bool = False,
    encoding: str = "utf-8",
    mode: str = "w",
    name_function: Callable[[int], str] | None = None,
    compression: Compression = "infer",
    compute: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    header_first_partition_only: bool | None = None,
    compute_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a frame as CSV: a file a partition, or one file. What stood there before is replaced
    when all is complete.

    Parameters
    ----------
    df
        The frame.
    filename
        A path with a ``*`` for the partition's name, a directory, a list of paths; the file itself for `single_file`.
    single_file
        Whether to write one file.
    encoding
        Of the files.
    mode
        "w" replaces files, "x" refuses to, "a" adds to them (the header, too, unless `header` is False).
    name_function
        Names partition i; by default its number.
    compression
        "infer" goes by the end of the name.
    compute
        False returns a lazy value, which writes when it is computed.
    storage_options
        Arguments of the fsspec file system.
    header_first_partition_only
        Whether only the first file has a header; default: with `single_file`.
    compute_kwargs
        For `compute`.
    **kwargs
        For `to_csv` of pandas: `index`, `sep`, `header`, `columns`, `errors`, ...

    Returns
    -------
    list of str, or Scalar
        The paths.

    Raises
    ------
    FileExistsError, KeyError, TypeError, ValueError
        With `mode` "x"; a missing column; pandas takes no such argument; another number of paths than partitions.

    Examples
    --------
    >>> import fsspec, pandas as pd
    >>> import minidask.dataframe as dd
    >>> frame = dd.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    >>> frame.to_csv("memory://one.csv", single_file=True, index=False)
    ['/one.csv']
    >>> fsspec.filesystem("memory").cat("/one.csv")
    b'x\\n1\\n2\\n'
    """
    once = single_file if header_first_partition_only is None else header_first_partition_only
    if single_file and not once:
        raise ValueError("header_first_partition_only=False: one file has one header")
    if mode not in _MODES:
        raise ValueError(f"mode={mode!r}: expected one of {', '.join(_MODES)}")
    _check(kwargs)
    columns = kwargs.pop("columns", None)
    if columns is not None and isinstance(df._meta, pd.DataFrame):
        df = df[list(columns)]
    new_mode = "x" if _MODES[mode] == "x" else "w"
    parts = 1 if single_file else df.npartitions
    files = target_files(filename, parts, ".part", name_function, storage_options, compression, new_mode, single_file)
    text = Text(encoding, kwargs.pop("errors", "strict"), kwargs, once)
    waiting = Waiting([replace(files[0], compression=None)] * df.npartitions if single_file else files)
    single = files[0] if single_file else None
    written = new(WriteCSV.named(unique_name("to_csv"), df.expr, waiting, single, _MODES[mode] == "a", text))
    return written.compute(**(compute_kwargs or {})) if compute else written


def _check(kwargs: Mapping[str, Any]) -> None:
    known = inspect.signature(pd.DataFrame.to_csv).parameters
    for name in kwargs:
        if name not in known or name in ("self", "path_or_buf"):
            raise TypeError(f"to_csv() got an argument {name!r} that pandas' to_csv does not have")
