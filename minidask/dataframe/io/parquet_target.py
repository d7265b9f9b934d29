"""Where and how a frame is written as Parquet: aside first, and in its place when it is whole."""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from minidask.dataframe.io.dataset import METADATA
from minidask.dataframe.io.fields import Fields
from minidask.dataframe.io.footers import Footer, parquet
from minidask.dataframe.io.hive import hive_path
from minidask.dataframe.io.unified import unified
from minidask.extras import import_extra
from minidask.files.write import beside

COMMON = "_common_metadata"
"""The file of a directory that has the schema of all others."""
Written = tuple[str, Any]
"""The path of a file within the directory, and its `pyarrow.parquet.FileMetaData`."""


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
    append
        Whether the directory is added to, or else takes the place of what is there.
    partition_on
        Columns whose values make folders.
    meta
        What the frame looks like.
    schema
        A `pyarrow.Schema`; fields of the type null have that of the values.
    metadata
        Whether the footers of all files are also written to one; None: where there is such a file already.
    custom
        What else is told at the end of each file.
    options
        For `pyarrow.parquet.write_table`.
    """

    def __init__(
        self,
        fs: Any,
        path: str,
        names: Sequence[str],
        index: bool | None,
        append: bool,
        partition_on: Sequence[Any],
        meta: pd.DataFrame,
        schema: Any,
        metadata: bool | None,
        custom: Mapping[bytes, bytes],
        options: Mapping[str, Any],
    ) -> None:
        self.fs = fs
        self.path = path
        self.names = names
        self.index = index
        self.append = append
        self.partition_on = partition_on
        self.meta = meta
        self.schema = schema
        self.metadata = metadata
        self.custom = custom
        self.options = options
        self.aside = beside(path, uuid.uuid4().hex)

    def write(self, block: pd.DataFrame, index: tuple[int]) -> list[Written]:
        """Write one partition aside.

        Raises
        ------
        ValueError
            It has other columns than the frame, or values that do not fit the schema.
        """
        if not block.columns.equals(self.meta.columns):
            raise ValueError(
                f"to_parquet: partition {index[0]} has the columns {list(block.columns)}, "
                f"expected {list(self.meta.columns)}"
            )
        name = self.names[index[0]]
        try:
            return [self._write_rows(rows, posixpath.join(folder, name)) for folder, rows in self._folders(block)]
        except _arrow().ArrowException as error:
            told = "; ".join(map(str, error.args))
            raise ValueError(
                f"to_parquet: partition {index[0]} does not fit the schema: {told}; see schema="
            ) from error

    def _folders(self, block: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
        if not len(block):
            return []
        by = list(self.partition_on)
        if not by:
            return [("", block)]
        groups = block.groupby(by, dropna=False, observed=True, sort=False)
        return [(hive_path(by, values), rows.drop(columns=by)) for values, rows in groups]

    def _write_rows(self, rows: pd.DataFrame, inner: str) -> Written:
        pa = _arrow()
        own = pa.Schema.from_pandas(rows, preserve_index=self.index)
        fields = [own.field(t.name) if says_nothing(t.type) and t.name in own.names else t for t in self.schema]
        named = rows.set_axis([str(c) for c in rows.columns], axis=1)  # as in the file; the metadata says what they are
        table = pa.Table.from_pandas(named, schema=pa.schema(fields), preserve_index=self.index)
        return self._write_table(table.replace_schema_metadata({**own.metadata, **self.custom}), inner)

    def _write_table(self, table: Any, inner: str) -> Written:
        path = posixpath.join(self.aside, inner)
        self.fs.makedirs(posixpath.dirname(path), exist_ok=True)
        found: list[Any] = []
        with self.fs.open(path, "wb") as stream:
            parquet().write_table(table, stream, metadata_collector=found, **self.options)
        found[0].set_file_path(inner)
        return inner, found[0]

    def finish(self, parts: list[list[Written]]) -> None:
        """Put what was written in its place; after an error there is nothing left of it.

        Raises
        ------
        ValueError
            Partitions have values in a column that have nothing in common.
        """
        try:
            written = [file for files in parts for file in files]
            if not written and not self.append:
                written = [self._write_rows(self.meta.drop(columns=list(self.partition_on)), self.names[0])]
            written = self._of_one_schema(written)
            self._write_metadata(written)
            if self.append:
                self._move_files(written)
            else:
                self._take_place()
        finally:
            self.discard()

    def _of_one_schema(self, written: list[Written]) -> list[Written]:
        """The files, those of another schema than all together have written once more."""
        schemas = [Footer(metadata).schema for _, metadata in written]
        if all(schema.equals(schemas[0]) for schema in schemas):
            return written
        try:
            together = unified(schemas, [path for path, _ in written])
        except ValueError as error:
            raise ValueError(f"to_parquet: {error}; schema= tells what to write") from None
        fields = Fields(together, None, (), {})
        return [
            file if schema.equals(together) else self._write_again(file[0], fields)
            for file, schema in zip(written, schemas, strict=True)
        ]

    def _write_again(self, inner: str, fields: Fields) -> Written:
        with self.fs.open(posixpath.join(self.aside, inner)) as stream:
            table = fields.table(parquet().ParquetFile(stream).read(), fields.schema.names)
        return self._write_table(table.replace_schema_metadata(fields.schema.metadata), inner)

    def _write_metadata(self, written: list[Written]) -> None:
        """Write the footers of all files to one aside, if there is to be one."""
        old = posixpath.join(self.path, METADATA)
        before = self.append and self.fs.exists(old)
        if not written or not (before if self.metadata is None else self.metadata):
            return
        footers = [footer for _, footer in written]
        if before:
            with self.fs.open(old) as stream:
                footers = [parquet().read_metadata(stream), *footers]
        for footer in footers[1:]:
            footers[0].append_row_groups(footer)
        with self.fs.open(posixpath.join(self.aside, METADATA), "wb") as stream:
            footers[0].write_metadata_file(stream)
        with self.fs.open(posixpath.join(self.aside, COMMON), "wb") as stream:
            parquet().write_metadata(footers[0].schema.to_arrow_schema(), stream)

    def _take_place(self) -> None:
        old = f"{self.aside}.old"
        if self.fs.exists(self.path):
            self.fs.mv(self.path, old, recursive=True)
        self.fs.mv(self.aside, self.path, recursive=True)
        if self.fs.exists(old):
            self.fs.rm(old, recursive=True)

    def _move_files(self, written: list[Written]) -> None:
        """Move new files beside the old ones: all, or none."""
        moved: list[str] = []
        try:
            for inner, _ in written:
                moved.append(posixpath.join(self.path, inner))
                self.fs.makedirs(posixpath.dirname(moved[-1]), exist_ok=True)
                self.fs.mv(posixpath.join(self.aside, inner), moved[-1])
        except BaseException:
            for path in moved:
                with suppress(OSError):
                    self.fs.rm_file(path)
            raise
        for name in (METADATA, COMMON):
            new, place = posixpath.join(self.aside, name), posixpath.join(self.path, name)
            if self.fs.exists(new) or (written and self.fs.exists(place)):
                self._exchange(new, place)

    def _exchange(self, new: str, place: str) -> None:
        """Put a new file in the place of an old one, which goes, too, where there is no new one."""
        if self.fs.exists(place):
            self.fs.rm_file(place)
        if self.fs.exists(new):
            self.fs.mv(new, place)

    def discard(self) -> None:
        """Remove what is aside."""
        if self.fs.exists(self.aside):
            self.fs.rm(self.aside, recursive=True)

    def __dask_tokenize__(self) -> str:
        return self.aside


def says_nothing(kind: Any) -> bool:
    """Whether a type of Arrow is that of values which are not known yet."""
    types = _arrow().types
    return bool(types.is_null(kind) or (types.is_dictionary(kind) and types.is_null(kind.value_type)))


def _arrow() -> Any:
    return import_extra("pyarrow", extra="parquet", purpose="write Parquet files")
