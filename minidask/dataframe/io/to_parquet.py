"""Writing Parquet: a file a partition, all of them put in their place at the end, or none."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from minidask.dataframe.agreement import as_objects
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import InMemory
from minidask.dataframe.io.dataset import Dataset, find_dataset
from minidask.dataframe.io.footers import parquet
from minidask.dataframe.io.parquet_target import Target, says_nothing
from minidask.dataframe.io.row_groups import divisions_of_index, partitions
from minidask.dataframe.io.unified import unified, wider_type
from minidask.dataframe.io.written import Written, only_numbers
from minidask.dataframe.node import FrameNode
from minidask.dataframe.numbering import Numbered
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.extras import import_extra
from minidask.files import block_names
from minidask.files.paths import file_system, known_file_system

_OWN_METADATA = (b"pandas", b"ARROW:schema")


class WriteParquet(Written):
    """The partitions of a frame written to a directory."""

    target: Target

    @property
    def operation(self) -> str:
        return "to_parquet"

    def needs_labels(self, wanted: bool) -> bool:
        return self.target.index is not False

    def give_up(self) -> None:
        self.target.discard()


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
    engine: str | None = "pyarrow",
    compression: Any = "snappy",
    write_index: bool = True,
    append: bool = False,
    overwrite: bool = False,
    ignore_divisions: bool = False,
    partition_on: Any = None,
    storage_options: Mapping[str, Any] | None = None,
    custom_metadata: Mapping[Any, Any] | None = None,
    write_metadata_file: bool | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
    schema: Any = "infer",
    name_function: Callable[[int], str] | None = None,
    filesystem: Any = "fsspec",
    index: bool | None = None,
    partition_cols: Any = None,
    **options: Any,
) -> Any:
    """Write a frame to a directory of Parquet files, one a partition; partitions without rows have none.

    The files are written aside, and moved to their place when all are complete: after an error, or while the frame
    itself reads from `path`, what stood there stands there still. All files have one schema: where partitions have
    values of different types in a column of Python objects, it is of one that holds them all.

    Parameters
    ----------
    df
        The frame.
    path
        A directory, or the URL of one.
    engine
        "pyarrow", "auto" or None.
    compression
        A codec, or a dict of column to codec.
    write_index
        Whether to store the index.
    append
        Whether to add the files to those that are there, which must have the same columns.
    overwrite
        Whether to replace the directory.
    ignore_divisions
        Whether to add to files with labels of the index as high as those of the frame.
    partition_on
        Columns whose values make folders such as ``year=2024``.
    storage_options
        Arguments of the fsspec file system.
    custom_metadata
        More texts under names of their own for the ends of the files.
    write_metadata_file
        Whether the footers of all files are also written to one, `_metadata`. Default: where files are added to a
        directory that has it; False then removes it, because it is not true any more.
    compute
        False returns a lazy value, which writes when it is computed.
    compute_kwargs
        For `compute`.
    schema
        "infer" or None: as the frame says; a dict of columns to types of Arrow for those that it does not say right;
        or a `pyarrow.Schema`.
    name_function
        Names the file of partition i; by default ``part.<i>.parquet``.
    filesystem
        One of fsspec or `pyarrow.fs`, that the directory is on; "fsspec": its URL tells.
    index, partition_cols
        As pandas calls `write_index` and `partition_on`.
    **options
        For `pyarrow.parquet.write_table`.

    Raises
    ------
    FileExistsError
        There are files, and neither `append` nor `overwrite` says what is to become of them.
    TypeError
        An argument that there is not.
    ValueError
        Both are given; a column is not there, or twice; files to be added to have other columns, or labels as high;
        later, values that do not fit the schema.
    MissingExtraError
        pyarrow is not installed.
    """
    parquet()
    if engine not in ("pyarrow", "auto", None):
        raise ValueError(f"engine={engine!r}: expected 'pyarrow', whose files all engines read")
    if append and overwrite:
        raise ValueError("append and overwrite: give one of them")
    _check_options(options)
    partition_on = partition_on if partition_cols is None else partition_cols
    by = [partition_on] if isinstance(partition_on, str) else list(partition_on or ())
    _check_columns(df.columns, by)
    fs, plain = file_system(str(path), storage_options, known_file_system(filesystem, storage_options))
    plain = plain.rstrip("/")
    there = _files_in(fs, plain)
    if there and not append and not overwrite:
        raise FileExistsError(f"{plain} has files already; overwrite=True replaces them, append=True adds to them")
    if overwrite:
        _check_replaceable(fs, plain)
    stored = (None if _counts_rows(df.expr) else True) if (write_index if index is None else index) else False
    told = _schema(as_objects(df.expr).drop(columns=by), stored, schema)
    if there and append:
        dataset = find_dataset(str(path), storage_options, filesystem=filesystem)
        told = _as_before(told, dataset, by)
        if stored and df.known_divisions and not ignore_divisions:
            _check_divisions(df, dataset)
    target = Target(
        fs,
        plain,
        _names(df.npartitions, name_function, there if append else []),
        stored,
        append,
        by,
        df._meta,
        told,
        write_metadata_file,
        _custom(custom_metadata),
        {"compression": compression, **options},
    )
    result = new(WriteParquet.named(unique_name("to_parquet"), df.expr, target))
    return result.compute(**(compute_kwargs or {})) if compute else result


def _check_options(options: Mapping[str, Any]) -> None:
    pq = parquet()
    known = {*inspect.signature(pq.write_table).parameters, *inspect.signature(pq.ParquetWriter).parameters}
    unknown = [name for name in options if name not in known - {"table", "where", "filesystem", "metadata_collector"}]
    if unknown:
        raise TypeError(f"to_parquet() got an argument {unknown[0]!r} that pyarrow.parquet.write_table does not have")


def _check_columns(columns: pd.Index, by: Sequence[Any]) -> None:
    missing = [c for c in by if c not in columns]
    if missing:
        raise ValueError(f"partition_on: there is no column {missing[0]!r}; there are {list(columns)}")
    if len(by) == len(columns) > 0:
        raise ValueError(f"partition_on={by}: no column would be left for the files")
    names = pd.Index([str(c) for c in columns])
    if not names.is_unique:
        raise ValueError(f"to_parquet: there are several columns {names[names.duplicated()][0]!r}; rename them")


def _check_replaceable(fs: Any, path: str) -> None:
    """That overwriting a directory takes no more than a dataset away.

    Raises
    ------
    ValueError
        It is the root of the file system, or the directory that the program works in, or above that.
    """
    local = "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)
    if not path.strip("/") or (local and Path.cwd().is_relative_to(path)):
        raise ValueError(f"overwrite=True would remove all that is in {path or '/'}; give a directory of its own")


def _schema(meta: pd.DataFrame, index: bool | None, told: Any) -> Any:
    """The schema of the files, as far as it is known: fields of the type null are not.

    Raises
    ------
    TypeError, ValueError
        What was told is no schema, or not for these columns.
    """
    pa = import_extra("pyarrow", extra="parquet", purpose="write Parquet files")
    found = pa.Schema.from_pandas(meta, preserve_index=index)
    if told is None or (isinstance(told, str) and told == "infer"):
        return found
    if not isinstance(told, Mapping | pa.Schema):
        raise TypeError(f'schema: expected "infer", a dict of types or a pyarrow.Schema, got {told!r}')
    types = {f.name: f.type for f in told} if isinstance(told, pa.Schema) else {str(k): v for k, v in told.items()}
    odd = {*types} - {*found.names} or ({*found.names} - {*types} if isinstance(told, pa.Schema) else ())
    if odd:
        raise ValueError(f"schema: {sorted(odd)[0]!r} is in one only of the schema and the frame, {found.names}")
    return pa.schema([f.with_type(types.get(f.name, f.type)) for f in found])


def _as_before(schema: Any, dataset: Dataset, by: Sequence[Any]) -> Any:
    """The schema of the files that are there, if it is good for these columns.

    Raises
    ------
    ValueError
        It is not.
    """
    pa = import_extra("pyarrow", extra="parquet", purpose="write Parquet files")
    there = unified([f.schema for f in dataset.footers()], [f.path for f in dataset.files])
    names, root = sorted(schema.names), dataset.files[0].path.rpartition("/")[0]
    if sorted(there.names) != names or [*dataset.hive] != [str(c) for c in by]:
        raise ValueError(
            f"append=True: the files in {root} have the columns {there.names}, in folders by {[*dataset.hive]}; "
            f"the frame has {schema.names}, in folders by {list(by)}; write_index=False leaves the index out"
        )
    for field in schema:
        old = there.field(field.name).type
        if not says_nothing(field.type) and old != field.type and wider_type(pa, old, field.type) != old:
            raise ValueError(f"append=True: column {field.name!r} is {old} in {root}, but {field.type} in the frame")
    return pa.schema(list(there))


def _check_divisions(df: Any, dataset: Dataset) -> None:
    """That the labels of the frame follow those of the files that are there.

    Raises
    ------
    ValueError
        They do not.
    """
    name = "__index_level_0__" if df._meta.index.name is None else str(df._meta.index.name)
    plan = partitions(dataset, False, float("inf"), False, lambda span: True)
    old = divisions_of_index(dataset, plan, name, df._meta.index)
    if old and old[-1] >= df.divisions[0]:
        raise ValueError(
            f"append=True: the index of the files goes up to {old[-1]!r}, that of the frame begins with "
            f"{df.divisions[0]!r}; ignore_divisions=True adds it all the same"
        )


def _custom(told: Mapping[Any, Any] | None) -> dict[bytes, bytes]:
    found = {_bytes(key): _bytes(value) for key, value in (told or {}).items()}
    taken = [key for key in _OWN_METADATA if key in found]
    if taken:
        raise ValueError(f"custom_metadata: {taken[0].decode()!r} is taken; choose another name")
    return found


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()


def _files_in(fs: Any, path: str) -> list[str]:
    return [p.rpartition("/")[2] for p in fs.find(path)] if fs.exists(path) else []


def _names(n: int, name_function: Callable[[int], str] | None, taken: Sequence[str]) -> list[str]:
    """Names that sort as the partitions do, and that are not taken."""
    if name_function is not None:
        names = block_names(n, name_function)
    else:
        start = max(
            [int(found[1]) + 1 for t in taken if (found := re.fullmatch(r"part\.(\d+)\.parquet", t))], default=0
        )
        names = [f"part.{name}.parquet" for name in block_names(n + start)[start:]]
    twice = sorted({*names} & {*taken})
    if twice:
        raise ValueError(f"append=True: there is a file {twice[0]} already; give other names with name_function")
    return names


def _counts_rows(node: FrameNode) -> bool:
    """Whether the index is known to count the rows from 0 in steps of 1, so that it need not be stored."""
    owner = node.owner
    if not only_numbers(node.meta.index):
        return False
    plain = isinstance(owner, InMemory) and owner.data.index.equals(pd.RangeIndex(len(owner.data)))
    return isinstance(owner, Numbered) or plain


class ParquetWriter(FrameCollection):
    """`to_parquet` of a DataFrame."""

    def to_parquet(self, path: Any, *args: Any, **kwargs: Any) -> Any:
        """Write to a directory of Parquet files. See `minidask.dataframe.to_parquet`."""
        return to_parquet(self, path, *args, **kwargs)
