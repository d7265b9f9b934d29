"""ORC files, whose stripes are partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.arrow import Pieces, chosen, pieces_of
from minidask.dataframe.io.fields import Fields, to_pandas_options
from minidask.dataframe.io.parts import ReadParts
from minidask.dataframe.io.unified import unified
from minidask.dataframe.io.write_parts import write_each
from minidask.dataframe.io.written import only_numbers
from minidask.dataframe.node import unknown
from minidask.dataframe.numbering import numbered
from minidask.extras import import_extra
from minidask.files import File, find_files


def _orc() -> Any:
    return import_extra("pyarrow.orc", extra="parquet", purpose="read and write ORC files")


def _opened(stream: Any, file: File) -> Any:
    """A `pyarrow.orc.ORCFile`.

    Raises
    ------
    ValueError
        It is no ORC file, or cut short.
    """
    try:
        return _orc().ORCFile(stream)
    except (ValueError, OSError) as error:
        raise ValueError(f"{file.path} is not an ORC file, or is cut short: {error}") from None


def read_stripes(part: Pieces, columns: list[Any], stored: Fields) -> pd.DataFrame:
    """Columns of some stripes."""
    pa = import_extra("pyarrow", extra="parquet", purpose="read ORC files")
    with part.file.open() as stream:
        file = _opened(stream, part.file)
        there, names = file.schema.names, stored.names(columns)
        wanted = [n for n in names if n in there] or there[:1]  # so that rows are counted
        batches = [file.read_stripe(i, columns=wanted) for i in range(part.start, min(part.stop, file.nstripes))]
        table = pa.Table.from_batches(batches) if batches else file.read(columns=wanted)
    return stored.frame(stored.table(table, names))


def read_orc(
    path: Any,
    engine: str = "pyarrow",
    columns: Sequence[Any] | None = None,
    index: str | None = None,
    split_stripes: bool | int = 1,
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
) -> Any:
    """A lazy DataFrame of ORC files. Their schemas may differ as in `read_parquet`.

    Parameters
    ----------
    path
        A path, URL, glob, directory, or list of them.
    engine
        Only "pyarrow".
    columns
        The columns to give; None: all. Only those that are needed are read.
    index
        The column that becomes the index; None: rows are numbered.
    split_stripes
        How many stripes of a file become one partition; False makes each file one partition.
    storage_options
        Arguments of the fsspec file system.
    dtype_backend
        As in `read_parquet`. Default: NumPy's dtypes, with which whole numbers must not be missing in some places only.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file, it is no ORC file, or is cut short, or has types that have nothing in common with those of
        another one; there is no such column for the index.
    KeyError
        There are no such columns.
    MissingExtraError
        pyarrow is not installed.

    Examples
    --------
    >>> import fsspec, pandas as pd
    >>> with fsspec.open("memory://points.orc", "wb") as stream:
    ...     pd.DataFrame({"x": [1, 2]}).to_orc(stream)
    >>> read_orc("memory://points.orc").x.sum().compute()
    np.int64(3)
    """
    if engine != "pyarrow":
        raise ValueError(f'engine={engine!r}: expected "pyarrow"')
    _orc()
    files = find_files(path, storage_options, compression=None)
    schemas, counts = zip(*map(_look_at, files))
    schema, options = unified(schemas, [f.path for f in files]), to_pandas_options(dtype_backend, None)
    stored = Fields(schema, False if index is None else index, (), options)
    meta = chosen(stored.meta, columns, files[0])
    parts = [p for f, n in zip(files, counts) for p in pieces_of(f, n, int(split_stripes) or max(n, 1), "stripes")]
    node = ReadParts(meta, None, read_stripes, parts, {"stored": stored}, unknown(len(parts)), "read_orc")
    return new(numbered(node) if index is None else node)


def _look_at(file: File) -> tuple[Any, int]:
    """The schema, and how many stripes there are."""
    with file.open() as stream:
        opened = _opened(stream, file)
        return opened.schema, int(opened.nstripes)


def write_orc(block: pd.DataFrame, stream: Any, write_index: bool, **options: Any) -> None:
    """Write a pandas object as ORC; the index, if at all, as columns."""
    pa = import_extra("pyarrow", extra="parquet", purpose="write ORC files")
    plain = block.reset_index() if write_index else block
    _orc().write_table(pa.Table.from_pandas(plain, preserve_index=False), stream, **options)


def to_orc(
    df: Any,
    path: Any,
    engine: str = "pyarrow",
    write_index: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
    name_function: Callable[[int], str] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a frame as ORC: a file for each partition, each in its place only when it is complete.

    Parameters
    ----------
    df
        The frame.
    path
        A path with a ``*`` for the partition's name, a directory, or a list of paths; with one partition also the
        file itself, whose name then ends in ``.orc``.
    engine
        Only "pyarrow".
    write_index
        Whether the index is written, as the column that `reset_index` gives. One that only numbers the rows is not.
    storage_options
        Arguments of the fsspec file system.
    compute
        False returns a lazy value, which writes when it is computed.
    compute_kwargs
        For `compute`.
    name_function
        Names partition i; by default its number.
    **kwargs
        For `pyarrow.orc.write_table`: `compression`, `stripe_size`, ...

    Returns
    -------
    list of str, or Scalar
        The paths.

    Raises
    ------
    ValueError
        Another engine.
    MissingExtraError
        pyarrow is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> dd.to_orc(dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2), "memory://out-*.orc")
    ['/out-0.orc', '/out-1.orc']
    """
    if engine != "pyarrow":
        raise ValueError(f'engine={engine!r}: expected "pyarrow"')
    _orc()
    stored = write_index and not only_numbers(df._meta.index)
    places = (name_function, storage_options, None, compute, compute_kwargs)
    return write_each(df, write_orc, path, ".orc", "to_orc", {"write_index": stored, **kwargs}, stored, *places)
