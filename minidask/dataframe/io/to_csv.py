"""Writing CSV: a file a partition, or one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.io.written import Written
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.files import File, target_files, write_atomically


class WriteCSV(Written):
    """The partitions of a frame written as text.

    Fields
    ------
    files
        One for each partition, or one for all.
    options
        For `to_csv` of pandas.
    header_once
        Whether only the first of several files has a header.
    """

    files: list[File]
    single: bool
    encoding: str
    options: dict[str, Any]
    header_once: bool

    @property
    def operation(self) -> str:
        return "to_csv"

    def needs_labels(self, wanted: bool) -> bool:
        return bool(self.options.get("index", True))


def _text(block: Any, index: tuple[int], options: Mapping[str, Any], header_once: bool) -> str:
    told = {**options, "header": False} if header_once and index[0] else options
    return str(block.to_csv(**told))


def _write_own(
    block: Any, index: tuple[int], files: Sequence[File], encoding: str, options: Mapping[str, Any], header_once: bool
) -> str:
    file = files[index[0]]
    with write_atomically(file, "wt", encoding, newline="") as stream:
        stream.write(_text(block, index, options, header_once))
    return file.path


def _write_one(texts: Sequence[str], file: File, encoding: str) -> list[str]:
    with write_atomically(file, "wt", encoding, newline="") as stream:
        for text in texts:
            stream.write(text)
    return [file.path]


@lower(WriteCSV)
def write(node: WriteCSV) -> Node:
    """Each partition writes its file; or gives its text, for one task to write."""
    told: dict[str, Any] = {"options": node.options, "header_once": node.header_once}
    name, grid = f"{node.name}-part", node.frame.grid
    if node.single:
        texts = blockwise(_text, node.frame, BlockIndex(), grid=grid, kwargs=told, name=name, label="to_csv")
        read = everything(grid)
        return gather(_write_one, texts, read, node.files[0], node.encoding, grid=(), name=node.name, label="to_csv")
    told |= {"files": node.files, "encoding": node.encoding}
    paths = blockwise(_write_own, node.frame, BlockIndex(), grid=grid, kwargs=told, name=name, label="to_csv")
    return gather(list, paths, everything(grid), grid=(), name=node.name, label="to_csv")


def to_csv(
    df: Any,
    filename: Any,
    single_file: bool = False,
    encoding: str = "utf-8",
    mode: str = "w",
    name_function: Callable[[int], str] | None = None,
    compression: str | None = "infer",
    compute: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    header_first_partition_only: bool | None = None,
    compute_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a frame as CSV: a file a partition, or one file. Each stands in its place only when it is complete.

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
        "w" replaces files, "x" refuses to.
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
        For `to_csv` of pandas: `index`, `sep`, `header`, ...

    Returns
    -------
    list of str, or Scalar
        The paths.

    Raises
    ------
    FileExistsError, ValueError
        With `mode` "x"; another number of paths than partitions.
    """
    once = single_file if header_first_partition_only is None else header_first_partition_only
    if single_file and not once:
        raise ValueError("header_first_partition_only=False: one file has one header")
    parts = 1 if single_file else df.npartitions
    files = target_files(filename, parts, ".part", name_function, storage_options, compression, mode, single_file)
    result = new(WriteCSV.named(unique_name("to_csv"), df.expr, files, single_file, encoding, kwargs, once))
    return result.compute(**(compute_kwargs or {})) if compute else result


class CSVWriter(FrameCollection):
    """`to_csv` of DataFrame and Series."""

    def to_csv(self, filename: Any, **kwargs: Any) -> Any:
        """Write as CSV: a file a partition, or one file. See `minidask.dataframe.to_csv`."""
        return to_csv(self, filename, **kwargs)
