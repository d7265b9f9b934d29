"""What the end of a Parquet file tells: its schema, its row groups, and statistics of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from minidask.extras import import_extra
from minidask.files import File

LEAST = 4
"""The bytes of a string that is not in a dictionary, or more: so many tell its length."""
_OFFSET = 8
"""Bytes for the place of a value of any length."""
_OBJECT = 64
"""Bytes of a Python object, and the pointer to it."""


def parquet() -> Any:
    """The module `pyarrow.parquet`.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    return import_extra("pyarrow.parquet", extra="parquet", purpose="read and write Parquet files")


def opened(file: File) -> Any:
    """A context manager that gives the bytes of a file; of one on this machine so that no read waits for Python."""
    from fsspec.implementations.local import LocalFileSystem

    if type(file.fs) is not LocalFileSystem or file.compression:
        return file.open()
    return import_extra("pyarrow", extra="parquet", purpose="read Parquet files").OSFile(file.path)


def open_parquet(stream: Any, file: File) -> Any:
    """A `pyarrow.parquet.ParquetFile`.

    Raises
    ------
    ValueError
        It is no Parquet file, or cut short.
    """
    pa = import_extra("pyarrow", extra="parquet", purpose="read Parquet files")
    try:
        return parquet().ParquetFile(stream)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{file.path} is not a Parquet file, or is cut short: {error}") from None


class Footer:
    """The footer of one file.

    Parameters
    ----------
    metadata
        A `pyarrow.parquet.FileMetaData`, of this file or of several.
    numbers
        Which of its row groups are of this file; None: all.
    """

    def __init__(self, metadata: Any, numbers: Sequence[int] | None = None) -> None:
        self.metadata = metadata
        self.numbers = range(metadata.num_row_groups) if numbers is None else numbers
        self._nbytes: dict[tuple[int, str], int] = {}

    @cached_property
    def schema(self) -> Any:
        """Of Arrow."""
        return self.metadata.schema.to_arrow_schema()

    @cached_property
    def rows(self) -> list[int]:
        """How many each row group has."""
        return [self.group(g).num_rows for g in range(len(self.numbers))]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """For each field the numbers of the columns that it is stored in: of nested ones there are several."""
        found: dict[str, list[int]] = {}
        for i in range(self.metadata.num_columns):
            path = self.metadata.schema.column(i).path
            found.setdefault(path if path in self.schema.names else path.partition(".")[0], []).append(i)
        return found

    def group(self, number: int) -> Any:
        """A row group."""
        return self.metadata.row_group(self.numbers[number])

    def chunks(self, number: int, name: str) -> list[Any]:
        """Where a field is stored in a row group; nothing, if the file has no such field."""
        group = self.group(number)
        return [group.column(i) for i in self._places.get(name, ())]

    def statistics(self, number: int, name: str) -> Any:
        """Those of a field that is not nested, in a row group; None where there are none."""
        chunks = self.chunks(number, name)
        return chunks[0].statistics if len(chunks) == 1 and chunks[0].path_in_schema == name else None

    def has_missing(self, name: str) -> bool:
        """Whether the statistics tell of missing values in a field; where there are none, none are expected."""
        if name not in self._places or str(self.schema.field(name).type) == "null":
            return any(self.rows)
        found = (self.statistics(g, name) for g in range(len(self.numbers)))
        return any(s is not None and s.has_null_count and s.null_count for s in found)

    def has_dictionary(self, number: int, name: str) -> bool:
        """Whether a field of strings has their numbers in a dictionary: others take more bytes."""
        types, chunks = _types(), self.chunks(number, name)
        if len(chunks) != 1 or chunks[0].path_in_schema != name:
            return False
        kind = self.schema.field(name).type
        few = chunks[0].total_uncompressed_size < LEAST * chunks[0].num_values
        return few and bool(types.is_string(kind) or types.is_large_string(kind))

    def most_different(self, number: int, name: str) -> int | None:
        """How many values of a field in a row group are different at most, about; None where nothing tells.

        No more than there are whole numbers between the least and the largest; no more than a compressed dictionary of
        strings has bytes.
        """
        if self.has_dictionary(number, name):
            (chunk,) = self.chunks(number, name)
            start = chunk.dictionary_page_offset
            return None if start is None else chunk.data_page_offset - start
        found = self.statistics(number, name)
        whole = found is not None and found.has_min_max and type(found.min) is int
        return found.max - found.min + 2 if whole else None  # one may be missing

    def nbytes(self, number: int, name: str) -> int:
        """The bytes that a field of a row group takes in memory, about."""
        key = number, name
        if key not in self._nbytes:
            self._nbytes[key] = self._guess(number, name)
        return self._nbytes[key]

    def _guess(self, number: int, name: str) -> int:
        rows = self.rows[number]
        if name not in self._places:
            return rows * _OFFSET
        width = _width(self.schema.field(name).type)
        if width:
            return rows * width
        return sum(_nbytes_of_any_length(chunk, rows) for chunk in self.chunks(number, name))


def _width(kind: Any) -> int:
    """The bytes of a value in pandas; 0: they differ."""
    types = _types()
    if types.is_dictionary(kind):
        return 4
    if types.is_decimal(kind) or types.is_date32(kind) or types.is_time(kind):
        return _OBJECT
    if types.is_primitive(kind):
        return max(1, int(kind.bit_width) // 8)
    return 0


def _nbytes_of_any_length(chunk: Any, rows: int) -> int:
    """Values that are stored once, in a dictionary, are taken for as long as the least and the largest on average."""
    known = chunk.statistics
    ends = [known.min, known.max] if known is not None and known.has_min_max else []
    mean = sum(len(v) for v in ends) / 2 if ends and all(isinstance(v, str | bytes) for v in ends) else 0
    return max(int(chunk.total_uncompressed_size), int(mean * rows)) + rows * _OFFSET


def _types() -> Any:
    return import_extra("pyarrow", extra="parquet", purpose="read Parquet files").types
