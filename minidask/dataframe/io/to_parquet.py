"""Writing Parquet: a file a partition, all of them put in their place at the end, or none."""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import InMemory
from minidask.dataframe.io.footers import parquet
from minidask.dataframe.io.hive import hive_path
from minidask.dataframe.io.written import Written
from minidask.dataframe.node import FrameNode
from minidask.dataframe.numbering import Numbered
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.extras import import_extra
from minidask.files import block_names
from minidask.files.paths import file_system


class WriteParquet(Written):
    """The partitions of a frame written to a directory."""

    target: Target

    @property
    def operation(self) -> str:
        return "to_parquet"

    def needs_labels(self, wanted: bool) -> bool:
        return self.target.index is not False


class Target:
    """Where and how a frame is written.

    Parameters
    ----------
    fs, path
        The directory.
    names
        The names of the files.
    index
        As in `pyarrow.Table.from_pandas`: True stores the index as columns, None a RangeIndex as two numbers.
    replace, append
        Whether the directory is emptied, or added to.
    partition_on
        Columns whose values make folders.
    meta
        The schema of the files.
    options
        For `pyarrow.parquet.write_table`.
    """

    def __init__(
        self,
        fs: Any,
        path: str,
        names: Sequence[str],
        index: bool | None,
        replace: bool,
        append: bool,
        partition_on: Sequence[Any],
        meta: pd.DataFrame,
        options: Mapping[str, Any],
    ) -> None:
        self.fs = fs
        self.path = path
        self.names = names
        self.index = index
        self.replace = replace
        self.append = append
        self.partition_on = partition_on
        self.meta = meta
        self.options = options
        self.aside = posixpath.join(posixpath.dirname(path), f".{posixpath.basename(path)}.{uuid.uuid4().hex}.part")

    def write(self, block: pd.DataFrame, index: tuple[int]) -> list[str]:
        """Write one partition aside; the paths of its files within the directory."""
        name = self.names[index[0]]
        written = []
        for folder, rows in self._folders(block):
            inner = posixpath.join(folder, name)
            self._write_file(rows, inner)
            written.append(inner)
        return written

    def _folders(self, block: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
        if not len(block):
            return []
        by = list(self.partition_on)
        if not by:
            return [("", block)]
        groups = block.groupby(by, dropna=False, observed=True, sort=False)
        return [(hive_path(by, values), rows.drop(columns=by)) for values, rows in groups]

    def _write_file(self, rows: pd.DataFrame, inner: str) -> None:
        pa = import_extra("pyarrow", extra="parquet", purpose="write Parquet files")
        path = posixpath.join(self.aside, inner)
        self.fs.makedirs(posixpath.dirname(path), exist_ok=True)
        schema = self._schema(pa, rows)
        named = rows.set_axis([str(c) for c in rows.columns], axis=1)  # as in the file; the metadata says what they are
        table = pa.Table.from_pandas(named, schema=schema, preserve_index=self.index)
        table = table.replace_schema_metadata(schema.metadata)
        with self.fs.open(path, "wb") as stream:
            parquet().write_table(table, stream, **self.options)

    def _schema(self, pa: Any, rows: pd.DataFrame) -> Any:
        """One schema for all files; columns of Python objects have that of their own values."""
        own = pa.Schema.from_pandas(rows, preserve_index=self.index)
        told = pa.Schema.from_pandas(self.meta.drop(columns=list(self.partition_on)), preserve_index=self.index)
        fields = [t if t.name in own.names and not pa.types.is_null(t.type) else own.field(t.name) for t in told]
        return pa.schema([f for f in fields if f.name in own.names], metadata=own.metadata)

    def finish(self, written: list[list[str]]) -> None:
        """Put what was written in its place."""
        files = [path for paths in written for path in paths]
        if not files and not self.append:
            self._write_file(self.meta.drop(columns=list(self.partition_on)), self.names[0])
            files = [self.names[0]]
        if self.append:
            self._move_files(files)
            return
        old = f"{self.aside}.old"
        if self.fs.exists(self.path):
            self.fs.mv(self.path, old, recursive=True)
        self.fs.mv(self.aside, self.path, recursive=True)
        if self.fs.exists(old):
            self.fs.rm(old, recursive=True)

    def _move_files(self, files: list[str]) -> None:
        for inner in files:
            place = posixpath.join(self.path, inner)
            self.fs.makedirs(posixpath.dirname(place), exist_ok=True)
            self.fs.mv(posixpath.join(self.aside, inner), place)
        if self.fs.exists(self.aside):
            self.fs.rm(self.aside, recursive=True)

    def __dask_tokenize__(self) -> str:
        return self.aside


@lower(WriteParquet)
def write(node: WriteParquet) -> Node:
    """Each task writes its partition aside; the last one moves them all."""
    parts = blockwise(
        node.target.write, node.frame, BlockIndex(), grid=node.frame.grid, name=f"{node.name}-part", label="to_parquet"
    )
    return gather(node.target.finish, parts, everything(parts.grid), grid=(), name=node.name, label="to_parquet")


def to_parquet(
    df: Any,
    path: Any,
    engine: str = "pyarrow",
    compression: Any = "snappy",
    write_index: bool = True,
    append: bool = False,
    overwrite: bool = False,
    partition_on: Any = None,
    storage_options: Mapping[str, Any] | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
    name_function: Callable[[int], str] | None = None,
    **options: Any,
) -> Any:
    """Write a frame to a directory of Parquet files, one a partition; partitions without rows have none.

    The files are written aside, and moved to their place when all are complete: after an error, or while the frame
    itself reads from `path`, what stood there stands there still.

    Parameters
    ----------
    df
        The frame.
    path
        A directory, or the URL of one.
    engine
        "pyarrow" or "auto".
    compression
        A codec, or a dict of column to codec.
    write_index
        Whether to store the index.
    append
        Whether to add the files to those that are there.
    overwrite
        Whether to replace the directory.
    partition_on
        Columns whose values make folders such as ``year=2024``.
    storage_options
        Arguments of the fsspec file system.
    compute
        False returns a lazy value, which writes when it is computed.
    compute_kwargs
        For `compute`.
    name_function
        Names the file of partition i; by default ``part.<i>.parquet``.
    **options
        For `pyarrow.parquet.write_table`.

    Raises
    ------
    FileExistsError
        There are files, and neither `append` nor `overwrite` says what is to become of them.
    ValueError
        Both are given; a column is not there.
    MissingExtraError
        pyarrow is not installed.
    """
    parquet()
    if engine not in ("pyarrow", "auto"):
        raise ValueError(f"engine={engine!r}: expected 'pyarrow' or 'auto'")
    if append and overwrite:
        raise ValueError("append and overwrite: give one of them")
    by = [partition_on] if isinstance(partition_on, str) else list(partition_on or ())
    missing = [c for c in by if c not in df.columns]
    if missing:
        raise ValueError(f"partition_on: there is no column {missing[0]!r}; there are {list(df.columns)}")
    fs, plain = file_system(str(path), storage_options)
    there = _files_in(fs, plain)
    if there and not append and not overwrite:
        raise FileExistsError(f"{plain} has files already; overwrite=True replaces them, append=True adds to them")
    names = _names(df.npartitions, name_function, there if append else [])
    index = (None if _counts_rows(df.expr) else True) if write_index else False
    target = Target(
        fs, plain.rstrip("/"), names, index, overwrite, append, by, df._meta, {"compression": compression, **options}
    )
    result = new(WriteParquet.named(unique_name("to_parquet"), df.expr, target))
    return result.compute(**(compute_kwargs or {})) if compute else result


def _files_in(fs: Any, path: str) -> list[str]:
    return [p.rpartition("/")[2] for p in fs.find(path)] if fs.exists(path) else []


def _names(n: int, name_function: Callable[[int], str] | None, taken: Sequence[str]) -> list[str]:
    """Names that sort as the partitions do, and that are not taken."""
    if name_function is not None:
        names = block_names(n, name_function)
    else:
        names = [f"part.{name}.parquet" for name in block_names(n + len(taken))[len(taken) :]]
    twice = sorted({*names} & {*taken})
    if twice:
        raise ValueError(f"append=True: there is a file {twice[0]} already; give other names with name_function")
    return names


def _counts_rows(node: FrameNode) -> bool:
    """Whether the index is known to count the rows from 0 in steps of 1, so that it need not be stored."""
    owner = node.owner
    if not isinstance(node.meta.index, pd.RangeIndex) or node.meta.index.name is not None:
        return False
    plain = isinstance(owner, InMemory) and owner.data.index.equals(pd.RangeIndex(len(owner.data)))
    return isinstance(owner, Numbered) or plain


class ParquetWriter(FrameCollection):
    """`to_parquet` of a DataFrame."""

    def to_parquet(self, path: Any, *args: Any, **kwargs: Any) -> Any:
        """Write to a directory of Parquet files. See `minidask.dataframe.to_parquet`."""
        return to_parquet(self, path, *args, **kwargs)
