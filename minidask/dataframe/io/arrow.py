"""Feather and Arrow IPC files, whose record batches are partitions; and tables of Arrow in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

import minidask.config as config
from minidask.dataframe.base import new
from minidask.dataframe.create import from_pandas
from minidask.dataframe.io.fields import Fields, to_pandas_options
from minidask.dataframe.io.parts import ReadParts
from minidask.dataframe.io.unified import unified
from minidask.dataframe.io.write_parts import write_each
from minidask.dataframe.node import unknown
from minidask.dataframe.numbering import numbered
from minidask.extras import import_extra
from minidask.files import File, find_files
from minidask.quantities import parse_bytes


@dataclass(frozen=True)
class Pieces:
    """Pieces of a file in a row, such as record batches or stripes: from `start` on and before `stop`."""

    file: File
    start: int
    stop: int
    word: str

    def __str__(self) -> str:
        return f"{self.file.path} ({self.word} {self.start} to {self.stop - 1})"


def pieces_of(file: File, count: int, each: int, word: str) -> list[Pieces]:
    """Those of a file, `each` so many; a file that has none is one part."""
    return [Pieces(file, i, min(i + each, count), word) for i in range(0, max(count, 1), each)]


def _ipc() -> Any:
    return import_extra("pyarrow.ipc", extra="parquet", purpose="read and write Feather and Arrow files")


def _opened(stream: Any, file: File, columns: Sequence[str] | None = None) -> Any:
    """A reader of the record batches, of some columns.

    Raises
    ------
    ValueError
        It is no such file, or cut short.
    """
    ipc = _ipc()
    try:
        reader = ipc.open_file(stream)
        if columns is None:
            return reader
        fields = [i for i, name in enumerate(reader.schema.names) if name in columns]
        return ipc.open_file(stream, options=ipc.IpcReadOptions(included_fields=fields))
    except import_extra("pyarrow", extra="parquet", purpose="read Feather files").ArrowInvalid as error:
        raise ValueError(f"{file.path} is not a Feather or Arrow IPC file, or is cut short: {error}") from None


def read_batches(part: Pieces, columns: list[Any], stored: Fields) -> pd.DataFrame:
    """Columns of some record batches."""
    pa = import_extra("pyarrow", extra="parquet", purpose="read Feather files")
    with part.file.open() as stream:
        there, names = _opened(stream, part.file).schema.names, stored.names(columns)
        reader = _opened(stream, part.file, [n for n in names if n in there] or there[:1])  # so that rows are counted
        try:
            batches = [reader.get_batch(i) for i in range(part.start, part.stop)]
        except pa.ArrowInvalid as error:
            raise ValueError(f"the file is damaged: {error}") from None
        return stored.frame(stored.table(pa.Table.from_batches(batches, reader.schema), names))


def read_feather(
    path: Any,
    columns: Sequence[Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    blocksize: str | int | None = "default",
    dtype_backend: str | None = None,
) -> Any:
    """A lazy DataFrame of Feather (version 2) or Arrow IPC files. Their schemas may differ as in `read_parquet`.

    Parameters
    ----------
    path
        A path, URL, glob, directory, or list of them.
    columns
        The columns to give; None: all. Only those that are needed are read.
    storage_options
        Arguments of the fsspec file system.
    blocksize
        Bytes of a file for one partition, in whole record batches; None makes each file one partition. Default: the
        option `dataframe.blocksize`.
    dtype_backend
        As in `read_parquet`. Default: NumPy's dtypes, with which whole numbers must not be missing in some places only.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file, or it is no Arrow file, or is cut short, or has types that have nothing in common with those
        of another one.
    KeyError
        There are no such columns.
    MissingExtraError
        pyarrow is not installed.

    Examples
    --------
    >>> import fsspec, pandas as pd
    >>> with fsspec.open("memory://points.feather", "wb") as stream:
    ...     pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}).to_feather(stream)
    >>> read_feather("memory://points.feather").x.sum().compute()
    np.int64(3)
    """
    _ipc()
    files = find_files(path, storage_options, compression=None)
    size = config.get("dataframe.blocksize") if blocksize == "default" else blocksize
    limit = None if size is None else parse_bytes(size, "blocksize")
    schemas, counts = zip(*map(_look_at, files))
    stored = Fields(unified(schemas, [f.path for f in files]), None, (), to_pandas_options(dtype_backend, None))
    parts = [part for file, n in zip(files, counts) for part in _parts(file, n, limit)]
    meta = chosen(stored.meta, columns, files[0])
    node = ReadParts(meta, None, read_batches, parts, {"stored": stored}, unknown(len(parts)), "read_feather")
    return new(node if stored.index else numbered(node))


def chosen(meta: pd.DataFrame, columns: Sequence[Any] | None, file: File) -> pd.DataFrame:
    """Some columns of the schema of a file.

    Raises
    ------
    TypeError, KeyError
        `columns` is no list, or names one that is not there.
    """
    if columns is None:
        return meta
    if isinstance(columns, str):
        raise TypeError(f"columns={columns!r}: expected a list of columns; take the Series of the result")
    absent = [c for c in columns if c not in meta.columns]
    if absent:
        raise KeyError(f"columns: {file.path} has no column {absent[0]!r}; it has {list(meta.columns)}")
    return meta[list(columns)]


def _look_at(file: File) -> tuple[Any, int]:
    """The schema, and how many record batches there are."""
    with file.open() as stream:
        reader = _opened(stream, file)
        return reader.schema, int(reader.num_record_batches)


def _parts(file: File, count: int, limit: int | None) -> list[Pieces]:
    each = count if limit is None else limit * count // max(file.size or 1, 1)
    return pieces_of(file, count, max(1, min(each, count)), "record batches")


def write_feather(block: pd.DataFrame, stream: Any, **options: Any) -> None:
    """Write a pandas object as Feather, with its index."""
    pa = import_extra("pyarrow", extra="parquet", purpose="write Feather files")
    feather = import_extra("pyarrow.feather", extra="parquet", purpose="write Feather files")
    feather.write_feather(pa.Table.from_pandas(block), stream, **options)


def to_feather(
    df: Any,
    path: Any,
    name_function: Callable[[int], str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a frame as Feather (Arrow IPC): a file for each partition, each in its place only when it is complete.

    Parameters
    ----------
    df
        The frame. Unlike pandas' files these hold any index.
    path
        A path with a ``*`` for the partition's name, a directory, or a list of paths; with one partition also the
        file itself, whose name then ends in ``.feather``.
    name_function
        Names partition i; by default its number.
    storage_options
        Arguments of the fsspec file system.
    compute
        False returns a lazy value, which writes when it is computed.
    compute_kwargs
        For `compute`.
    **kwargs
        For `pyarrow.feather.write_feather`: `compression`, `compression_level`, `chunksize`.

    Returns
    -------
    list of str, or Scalar
        The paths.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> dd.to_feather(dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2), "memory://out-*.feather")
    ['/out-0.feather', '/out-1.feather']
    """
    import_extra("pyarrow.feather", extra="parquet", purpose="write Feather files")
    places = (name_function, storage_options, None, compute, compute_kwargs)
    return write_each(df, write_feather, path, ".feather", "to_feather", kwargs, True, *places)


def from_arrow(data: Any, npartitions: int | None = None) -> Any:
    """A lazy DataFrame of a table in Arrow's memory format.

    Parameters
    ----------
    data
        A table or record batch of pyarrow, or of any library that hands its tables on through the method
        `__arrow_c_stream__`: Polars, DuckDB.
    npartitions
        How many partitions; default: 1.

    Raises
    ------
    TypeError
        It is no such table.
    MissingExtraError
        pyarrow is not installed.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from_arrow(pa.table({"x": [1, 2, 3]}), npartitions=2).x.sum().compute()
    np.int64(6)
    """
    pa = import_extra("pyarrow", extra="parquet", purpose="take tables of Arrow")
    if not (hasattr(data, "__arrow_c_stream__") or isinstance(data, pa.RecordBatch)):
        raise TypeError(f"data: expected a table of Arrow (with __arrow_c_stream__), got a {type(data).__name__}")
    table = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else pa.table(data)
    return from_pandas(table.to_pandas(), npartitions or 1, sort=False)
