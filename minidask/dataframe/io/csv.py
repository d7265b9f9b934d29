"""Reading text tables: files fall into blocks, and pandas parses each of them."""

from __future__ import annotations

import codecs
import inspect
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

import minidask.config as config
from minidask.dataframe.base import new
from minidask.dataframe.io.stored import Stored
from minidask.dataframe.node import Divisions, unknown
from minidask.dataframe.numbering import numbered
from minidask.dataframe.schema import conform
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.files import File, FileBlock, FileBlocks, find_files, read_block, read_text, split_files
from minidask.quantities import parse_bytes
from minidask.task import Source

_HEADER = 1 << 16
"""Bytes at the beginning of a file that are read for its header."""
_LONGEST = 1 << 26
"""Bytes in which a sample ends at the latest, where each seems to end within quotes."""
_WHOLE_FILES = "reads across blocks; pass blocksize=None to read whole files"
_REFUSED = {
    "iterator": "the result is lazy already",
    "chunksize": "the result is lazy already; see blocksize=",
    "memory_map": "files are read in blocks",
    "skipfooter": "read the files one by one with from_map(pandas.read_csv, files)",
}


class ReadCSV(Stored):
    """Blocks of text files, parsed by pandas.

    Fields
    ------
    files, counts
        The files, and into how many blocks each falls.
    names
        All columns that the files have; None: they are counted.
    options
        For `pandas.read_csv`.
    path_column
        The column to be added with the path of the file; None: none.
    """

    files: list[File]
    counts: tuple[int, ...]
    names: tuple[Any, ...] | None
    options: dict[str, Any]
    path_column: str | None = None

    @property
    def operation(self) -> str:
        return "read_csv"

    @property
    def place(self) -> str:
        return f"{len(self.files)} files"

    @fact
    def divisions(self) -> Divisions:
        return unknown(sum(self.counts))

    def block_nbytes(self, index: Index) -> int:
        return self.largest_nbytes()

    def largest_nbytes(self) -> int:
        """The text's, in the share of the columns that are given: parsed, it takes about as much."""
        text = max([(file.size or 0) // max(1, count) for file, count in zip(self.files, self.counts)], default=0)
        return text if self.columns is None else text * len(self.columns) // max(1, len(self.schema.columns))


class Part(NamedTuple):
    """What one task reads."""

    block: FileBlock
    first: bool
    """Whether the file, with its header, begins there."""
    whole: bool
    """Whether there is no other block of the file."""
    usual: bool
    """Whether it is a block of the first file, whose header is known."""


@dataclass(frozen=True)
class Parts(PerBlock):
    """What each task reads."""

    blocks: FileBlocks

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return self.blocks.files

    def block(self, index: Index) -> Part:
        block = self.blocks[index[0]]
        whole = block.length in (None, block.file.size)
        return Part(block, block.offset == 0, whole, block.file == self.blocks.files[0])


@lower(ReadCSV)
def parse_blocks(node: ReadCSV) -> Node:
    """One task a block."""
    told = {
        "meta": node.meta,
        "names": node.names,
        "options": _for_columns(node),
        "path_column": (node.path_column, [f.path for f in node.files]) if node.path_column in node.meta else None,
    }
    parts = Parts(FileBlocks(node.files, node.counts))
    return blockwise(parse, parts, grid=node.grid, kwargs=told, name=node.name, label="read_csv", recompute="late")


def _for_columns(node: ReadCSV) -> dict[str, Any]:
    """The options that read no more columns than are to be given; at least one, so that rows can be counted."""
    in_file = [c for c in node.meta.columns if c != node.path_column]
    if node.columns is None:
        return node.options
    usecols = in_file or [next(c for c in node.schema.columns if c != node.path_column)]
    options = {**node.options, "usecols": usecols}
    for name in ("dtype", "converters"):
        if isinstance(options.get(name), Mapping):
            options[name] = {c: v for c, v in options[name].items() if c in usecols}
    if isinstance(options.get("parse_dates"), list):
        options["parse_dates"] = [c for c in options["parse_dates"] if c in usecols]
    return options


def parse(
    part: Part,
    meta: pd.DataFrame,
    names: tuple[Any, ...] | None,
    options: Mapping[str, Any],
    path_column: tuple[str, list[str]] | None,
) -> pd.DataFrame:
    """The rows of one block."""
    block = part.block
    where = block.file.path if part.whole else f"{block.file.path} (block at byte {block.offset})"
    records = _records(block, options)
    begins = part.first and not part.whole
    try:
        if begins:
            _check_skipped(records, options)
        frame = _parse_text(records, options if part.first else _without_header(part, options, names), meta)
    except pd.errors.EmptyDataError:
        if begins and _has_header(options):
            raise ValueError(f"{where} ends before the header; pass a larger blocksize") from None
        return meta
    except ValueError as error:
        cut = isinstance(error, pd.errors.ParserError) and not part.whole
        raise _named(
            error, where, "; if records have line breaks within quotes, pass blocksize=None" if cut else ""
        ) from error
    more = [c for c in frame.columns if c not in meta.columns] if options.get("usecols") is None else []
    if more:
        raise ValueError(f"{where} has columns that the first file does not have: {more}; pass usecols= or names=")
    if path_column is not None:
        name, paths = path_column
        frame[name] = pd.Categorical([block.file.path] * len(frame), categories=sorted(paths))
    return conform(frame.reindex(columns=meta.columns) if set(meta.columns) <= {*frame} else frame, meta, where)


def _named(error: ValueError, where: str, advice: str = "") -> ValueError:
    """The same error, with the place in its message."""
    kind = type(error) if isinstance(error, pd.errors.ParserError | pd.errors.EmptyDataError) else ValueError
    return kind(f"{where}: {str(error).strip()}{advice}")


def _has_header(options: Mapping[str, Any]) -> bool:
    header = options.get("header", "infer")
    return header is not None and not (header == "infer" and options.get("names") is not None)


def _check_skipped(records: str | bytes, options: Mapping[str, Any]) -> None:
    """That all rows that are skipped are in the first block of their file.

    Raises
    ------
    ValueError
        They are not.
    """
    skipped, end = options.get("skiprows"), options.get("lineterminator") or "\n"
    if not skipped:
        return
    lines = records.count(end) if isinstance(records, str) else records.count(end.encode())
    if lines < skipped:
        raise ValueError(
            f"skiprows={skipped} reaches beyond the first block, of {lines} lines; pass a larger blocksize"
        )


def _records(block: FileBlock, options: Mapping[str, Any]) -> str | bytes:
    """The lines that start in a block; undecoded where pandas' parser wants them so: a whole string would cost more."""
    encoding, end = options.get("encoding") or "utf-8", options.get("lineterminator") or "\n"
    if codecs.lookup(encoding).name == "utf-8":
        return read_block(block, end.encode())
    return read_text(block, encoding, options.get("encoding_errors", "strict"), end)


def _parse_text(records: str | bytes, options: Mapping[str, Any], meta: pd.DataFrame) -> pd.DataFrame:
    """The rows of text; columns of strings in `meta` are never taken for numbers, in whatever block."""
    told = {k: v for k, v in options.items() if k not in ("encoding", "encoding_errors")}
    if isinstance(records, bytes):
        told["encoding_errors"] = options.get("encoding_errors", "strict")
    read = reader(options)
    frame = read(_stream(records), **told)
    text = _misread_text(frame, meta, told)
    if text:
        frame = read(_stream(records), **{**told, "dtype": {**(told.get("dtype") or {}), **text}})
    if len(frame) and not isinstance(frame.index, pd.RangeIndex):
        raise ValueError(f"rows have more fields than the columns {list(frame.columns)}; pass names= for all of them")
    return frame


def reader(options: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of pandas: texts with `colspecs` have columns of fixed widths."""
    return pd.read_fwf if "colspecs" in options else pd.read_csv


def _stream(records: str | bytes) -> Any:
    return io.StringIO(records, newline="") if isinstance(records, str) else io.BytesIO(records)


def _misread_text(frame: pd.DataFrame, meta: pd.DataFrame, options: Mapping[str, Any]) -> dict[Any, Any]:
    """Columns of strings that pandas took for something else in this block.

    Telling it beforehand would be as right, but its parser then makes each value a Python string: three times as long.
    """
    if not (options.get("dtype") is None or isinstance(options["dtype"], Mapping)):
        return {}
    converted = options.get("converters") or {}
    wrong = {c: d for c, d in meta.dtypes.items() if isinstance(d, pd.StringDtype) and c not in converted}
    return {c: d for c, d in wrong.items() if c in frame.columns and frame[c].dtype != d and frame[c].notna().any()}


def _without_header(part: Part, options: Mapping[str, Any], names: tuple[Any, ...] | None) -> dict[str, Any]:
    """The options for a block in the middle of a file, whose header may not be that of the first file."""
    if not part.usual and names is not None and "names" not in options:
        names = _names(_records(FileBlock(part.block.file, 0, _HEADER), options), options)
    return {**options, "header": None, "names": None if names is None else list(names), "skiprows": None}


def read_csv(
    urlpath: Any,
    blocksize: str | int | None = "default",
    lineterminator: str | None = None,
    compression: str | None = "infer",
    sample: str | int = "256kB",
    assume_missing: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    include_path_column: bool | str = False,
    **kwargs: Any,
) -> Any:
    """A lazy DataFrame of CSV files.

    Parameters
    ----------
    urlpath
        A path, URL, glob, directory, or list of them.
    blocksize
        Bytes of one partition; None makes each file one partition. Default: the option `dataframe.blocksize`, for
        compressed files None.
    lineterminator
        What ends a line.
    compression
        "gzip", "bz2", "xz", "zip", "zstd", None; "infer" goes by the end of the name.
    sample
        The bytes at the beginning of the first file that tell columns and dtypes; more, if these hold no row.
    assume_missing
        Whether columns of whole numbers, but those in `dtype`, become float64, since numbers may be missing later on.
    storage_options
        Arguments of the fsspec file system.
    include_path_column
        Whether to add a column `path` with the file of each row; or the name of that column.
    **kwargs
        For `pandas.read_csv`: `dtype`, `parse_dates`, `usecols`, `names`, `header`, `sep`, ...; `nrows` gives the
        first rows of all files in one partition, and reads no other blocks than those of `sample`, if they are there.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        There is no file; pandas takes no such argument; `blocksize` for a compressed file; later, a block whose
        values contradict the first one's.
    NotImplementedError
        `chunksize`, `skipfooter` and others that reach across blocks.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/points.csv", b"x,y\\n1,2.5\\n3,4.5\\n")
    >>> read_csv("memory://points.csv").y.sum().compute()
    np.float64(7.0)
    """
    if lineterminator is not None:
        kwargs["lineterminator"] = lineterminator
    index_col, nrows = kwargs.pop("index_col", None), kwargs.pop("nrows", None)
    _check(kwargs, blocksize)
    if nrows is not None and (not isinstance(nrows, int) or nrows < 0):
        raise ValueError(f"nrows={nrows!r}: expected a whole number, at least 0")
    files = find_files(urlpath, storage_options, compression)
    blocks = split_files(files, _blocksize(files, blocksize), kwargs.get("encoding"))
    head, rows = _head(blocks[0], kwargs, parse_bytes(sample, "sample"))
    schema = _schema(rows, kwargs, assume_missing)
    names = None if kwargs.get("header", "infer") is None and "names" not in kwargs else _names(head, kwargs)
    path_column = "path" if include_path_column is True else include_path_column or None
    if path_column is not None:
        if not isinstance(path_column, str):
            raise TypeError(f"include_path_column={path_column!r}: expected True, False or the name of a column")
        if path_column in schema.columns:
            raise ValueError(f"include_path_column: the files have a column {path_column!r}; give another name")
        schema[path_column] = pd.Categorical([], categories=sorted(f.path for f in files))
    frame = new(numbered(ReadCSV(schema, None, files, tuple(blocks.counts), names, kwargs, path_column)))
    if nrows is not None:
        enough = _blocks_of(head, blocks[0]) if nrows <= len(rows) else frame.npartitions
        frame = frame.head(nrows, npartitions=min(enough, frame.npartitions), compute=False)
    return frame if index_col is None or index_col is False else _with_index(frame, index_col, path_column)


def _blocks_of(head: str, block: FileBlock) -> int:
    """How many blocks of the first file have the lines at its beginning; each is about as long."""
    return 1 if not block.length else -(-len(head.encode()) // block.length) + 1


def _with_index(frame: Any, index_col: Any, path_column: str | None) -> Any:
    """The frame under an index of some of its columns, by label or by number; the rows stay where they are."""
    columns = [c for c in frame.columns if c != path_column]
    labels = []
    for asked in index_col if isinstance(index_col, list | tuple) else [index_col]:
        by_number = type(asked) is int and asked not in columns
        if asked not in columns if not by_number else not -len(columns) <= asked < len(columns):
            raise ValueError(f"index_col={asked!r}: there is no such column; there are {columns}")
        labels.append(columns[asked] if by_number else asked)
    return frame.set_index(labels if len(labels) > 1 else labels[0], sort=False)


def _blocksize(files: list[File], blocksize: Any) -> Any:
    if blocksize != "default":
        return blocksize
    return None if any(f.compression for f in files) else config.get("dataframe.blocksize")


def read_table(urlpath: Any, **kwargs: Any) -> Any:
    """A lazy DataFrame of tab-separated files. Parameters as for `read_csv`."""
    return read_csv(urlpath, **{"sep": "\t", **kwargs})


def _check(kwargs: Mapping[str, Any], blocksize: Any) -> None:
    known = inspect.signature(pd.read_csv).parameters
    for name, value in kwargs.items():
        if name not in known and name != "colspecs":
            raise TypeError(f"read_csv() got an argument {name!r} that pandas.read_csv does not have")
        if name in _REFUSED and value is not False and value not in (None, 0):
            raise NotImplementedError(f"read_csv({name}=): {_REFUSED[name]}")
    if blocksize is not None and not isinstance(kwargs.get("skiprows") or 0, int):
        raise NotImplementedError(f"read_csv(skiprows=): a list or function {_WHOLE_FILES}")
    if blocksize is not None and kwargs.get("engine") == "pyarrow":
        raise NotImplementedError('read_csv(engine="pyarrow") reads whole files; pass blocksize=None, or engine="c"')
    if isinstance(kwargs.get("header"), list):
        raise NotImplementedError("read_csv(header=): several header rows are not supported; give names=")


def _head(block: FileBlock, kwargs: Mapping[str, Any], sample: int) -> tuple[str, pd.DataFrame]:
    """The lines at the beginning of the first file, and their rows: at least one, if there is any.

    Raises
    ------
    ValueError
        As `pandas.read_csv`, naming the file.
    """
    encoding = kwargs.get("encoding") or "utf-8"
    errors, end = kwargs.get("encoding_errors", "strict"), kwargs.get("lineterminator") or "\n"
    size = block.file.size if block.length is not None else None
    while True:
        whole = size is None or sample >= size
        head = read_text(FileBlock(block.file, 0, size if whole else sample), encoding, errors, end)
        try:
            frame = _parse_text(head, kwargs, pd.DataFrame())
        except ValueError as error:
            cut = isinstance(error, pd.errors.EmptyDataError) or "EOF inside string" in str(error)
            if whole or not cut or sample > _LONGEST:
                raise _named(error, f"read_csv: {block.file.path}") from None
            frame = pd.DataFrame()
        if whole or len(frame):
            return head, frame
        sample = max(2 * sample, 1024)


def _schema(frame: pd.DataFrame, kwargs: Mapping[str, Any], assume_missing: bool) -> pd.DataFrame:
    schema = frame.iloc[:0].reset_index(drop=True)
    for column, dtype in schema.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype) and not _told(kwargs.get("dtype"), column):
            schema[column] = schema[column].cat.set_categories([])
        if assume_missing and pd.api.types.is_integer_dtype(dtype) and not _has_dtype(kwargs.get("dtype"), column):
            schema[column] = schema[column].astype("float64")
    return schema


def _has_dtype(dtype: Any, column: Any) -> bool:
    return column in dtype if isinstance(dtype, Mapping) else dtype is not None


def _told(dtype: Any, column: Any) -> bool:
    """Whether the categories of a column are given."""
    told = dtype.get(column) if isinstance(dtype, Mapping) else dtype
    return isinstance(told, pd.CategoricalDtype) and told.categories is not None


def _names(head: str | bytes, kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """All columns that the files have, whether or not they are asked for."""
    apart = ("usecols", "dtype", "parse_dates", "converters", "encoding", "encoding_errors")
    told = {k: v for k, v in kwargs.items() if k not in apart and (k, v) != ("engine", "pyarrow")}
    return tuple(reader(kwargs)(_stream(head), nrows=0, **told))
