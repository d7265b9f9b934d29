"""Reading text tables: what a person asks for, and what the beginning of the first file tells."""

from __future__ import annotations

import csv
import inspect
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from pandas.tseries.api import guess_datetime_format

import minidask.config as config
from minidask.dataframe.base import new
from minidask.dataframe.io.csv_blocks import check_labels, first_texts, named, names_of, parse_text, reader, stream
from minidask.dataframe.io.csv_node import ReadCSV
from minidask.dataframe.io.text_types import Found, found_in
from minidask.dataframe.numbering import numbered
from minidask.expr.doubt import as_known
from minidask.expr.naming import tokenize
from minidask.files import File, FileBlock, FileBlocks, find_files, read_text, split_files
from minidask.files.paths import Compression
from minidask.quantities import parse_bytes

_LONGEST = 1 << 26
"""Bytes in which a sample ends at the latest, where each seems to end within quotes."""
_WHOLE_FILES = "reads across blocks; pass blocksize=None to read whole files"
_REFUSED = {
    "iterator": "the result is lazy already",
    "chunksize": "the result is lazy already; see blocksize=",
    "memory_map": "files are read in blocks",
}


def read_csv(
    urlpath: Any,
    blocksize: str | int | None = "default",
    lineterminator: str | None = None,
    compression: Compression = "infer",
    sample: str | int = "256kB",
    sample_rows: int | None = None,
    enforce: bool = False,
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
        The bytes at the beginning of the first file that tell columns and dtypes; more, if these hold no row. Of large
        files the last lines are looked at, too.
    sample_rows
        How many of the rows in these bytes tell dtypes; None: all.
    enforce
        Whether all files must have the columns of the first one in its order; else they may have them in another.
    assume_missing
        Whether columns of whole numbers, but those in `dtype`, become float64, since numbers may be missing later on.
    storage_options
        Arguments of the fsspec file system.
    include_path_column
        Whether to add a column `path` with the file of each row; or the name of that column.
    **kwargs
        For `pandas.read_csv`: `dtype`, `parse_dates`, `usecols`, `names`, `header`, `sep`, ...; `nrows` gives the
        first rows of all files in one partition, and reads no other blocks than those of `sample`, if they are there.
        `skiprows` and `skipfooter` count in each file.

    Notes
    -----
    Where a later block has other types than the sample (missing numbers, text), or a record with a line break within
    quotes goes from block to block, the computation that finds it begins again, knowing better: columns get the dtype
    that pandas gives the whole. What was learnt of a file is kept as long as the process lives and the file is the
    same. `dtype=` of what is known beforehand saves that.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        There is no file; pandas takes no such argument; `blocksize` for a compressed file; later, rows of the wrong
        length, values that do not fit `dtype`, other columns: with the file and the block.
    NotImplementedError
        `chunksize`, `iterator`, `memory_map`; with blocks a function in `skiprows`, or the engine "pyarrow".

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
    if index_col is False:
        kwargs["index_col"], index_col = False, None
    _check(kwargs, blocksize, nrows)
    files = find_files(urlpath, storage_options, compression)
    blocks = split_files(files, _blocksize(files, blocksize), kwargs.get("encoding"))
    seen = _beginning(blocks[0], kwargs, parse_bytes(sample, "sample"), index_col)
    if sample_rows is not None:
        few = {**seen.options, "nrows": sample_rows, "skipfooter": 0}
        seen = seen._replace(rows=parse_text(seen.head, few, pd.DataFrame()))
    path_column = _path_column(include_path_column, seen.rows)
    node = _node(blocks, seen, assume_missing, path_column, enforce)
    frame = new(numbered(node.told_by_its_end() if nrows is None else node))
    if nrows is not None:
        enough = _blocks_of(seen.head, blocks[0]) if nrows <= len(seen.rows) else frame.npartitions
        frame = frame.head(nrows, npartitions=min(enough, frame.npartitions), compute=False)
    if index_col is None:
        return frame
    labels = _labels([c for c in frame.columns if c != path_column], index_col)
    return frame.set_index(labels if len(labels) > 1 else labels[0], sort=False)


class Beginning(NamedTuple):
    """What is known of the files by the beginning of the first."""

    head: str
    """Its first lines."""
    rows: pd.DataFrame
    """What they hold."""
    names: tuple[Any, ...] | None
    """All its columns; None: they are counted."""
    options: dict[str, Any]
    """For `pandas.read_csv`."""


def _beginning(block: FileBlock, kwargs: dict[str, Any], sample: int, index_col: Any) -> Beginning:
    head, rows = _head(block, kwargs, sample)
    names = None if kwargs.get("header", "infer") is None and "names" not in kwargs else names_of(head, kwargs)
    columns = list(rows.columns)
    options = _by_label(_sniffed(kwargs, head), columns, columns if names is None else list(names))
    if options.get("parse_dates") is True:  # the index
        options["parse_dates"] = [] if index_col is None else _labels(columns, index_col)
        rows = parse_text(head, options, pd.DataFrame())
    if options.get("parse_dates") and "date_format" not in options:
        options["date_format"] = _date_formats(head, rows, options)
    return Beginning(head, rows, names, options)


def _date_formats(head: str, rows: pd.DataFrame, options: Mapping[str, Any]) -> dict[Any, str]:
    """The formats of columns of dates: pandas goes by the first of all, also where a block begins with another."""
    dates = [c for c in options["parse_dates"] if c in rows and pd.api.types.is_datetime64_any_dtype(rows[c])]
    texts = first_texts(head, options, len(rows)) if dates else rows
    first = {c: next(iter(texts[c].dropna()), "") for c in dates}
    found = {c: guess_datetime_format(text, options.get("dayfirst", False)) for c, text in first.items()}
    return {c: guessed for c, guessed in found.items() if guessed}


def _node(blocks: FileBlocks, seen: Beginning, assume_missing: bool, path_column: str | None, enforce: bool) -> ReadCSV:
    """What is to be read, as far as it is known by now."""
    rows, options = seen.rows, seen.options
    schema, found = _schema(rows, options, assume_missing), _found(rows, options, assume_missing)
    if path_column is not None:
        schema[path_column] = pd.Categorical([], categories=sorted(f.path for f in blocks.files))
    node = ReadCSV(
        schema=schema,
        columns=None,
        subject=tokenize("read_csv", blocks.files, blocks.counts, options, schema, found),
        files=list(blocks.files),
        counts=tuple(blocks.counts),
        names=seen.names,
        options=options,
        found=found,
        text=reader(options)(stream("x\na\n"), **_backend(options)).dtypes.iloc[0],
        path_column=path_column,
        enforce=enforce,
    )
    return as_known([node])[0]  # type: ignore[return-value]


def _blocks_of(head: str, block: FileBlock) -> int:
    """How many blocks of the first file have the lines at its beginning; each is about as long."""
    return 1 if not block.length else -(-len(head.encode()) // block.length) + 1


def _labels(columns: list[Any], index_col: Any) -> list[Any]:
    """The columns that are to be the index: by label or by number."""
    labels = []
    for asked in index_col if isinstance(index_col, list | tuple) else [index_col]:
        by_number = type(asked) is int and asked not in columns
        if asked not in columns if not by_number else not -len(columns) <= asked < len(columns):
            raise ValueError(f"index_col={asked!r}: there is no such column; there are {columns}")
        labels.append(columns[asked] if by_number else asked)
    return labels


def _path_column(asked: bool | str, schema: pd.DataFrame) -> str | None:
    """The name of the column of paths; None: there is to be none."""
    column = "path" if asked is True else asked or None
    if column is not None and not isinstance(column, str):
        raise TypeError(f"include_path_column={column!r}: expected True, False or the name of a column")
    if column is not None and column in schema.columns:
        raise ValueError(f"include_path_column: the files have a column {column!r}; give another name")
    return column


def _sniffed(kwargs: dict[str, Any], head: str) -> dict[str, Any]:
    """The options with the separator that pandas would find in the first line: in all blocks the same."""
    if "sep" not in kwargs or kwargs["sep"] is not None or kwargs.get("delimiter") is not None:
        return kwargs
    skipped = kwargs.get("skiprows")
    lines = head.splitlines()[skipped if isinstance(skipped, int) else 0 :]
    sep = csv.Sniffer().sniff(next(filter(None, lines), "")).delimiter
    return {"engine": "python", **kwargs, "sep": sep}


def _by_label(kwargs: dict[str, Any], columns: list[Any], names: list[Any]) -> dict[str, Any]:
    """The options with labels in the place of numbers: of the columns read for dates, of those in the file else."""
    options = dict(kwargs)
    if isinstance(dates := options.get("parse_dates"), list | tuple):
        options["parse_dates"] = [_label(c, columns) for c in dates]
    for option, all_of in {"date_format": columns, "dtype": names, "converters": names, "na_values": names}.items():
        told = options.get(option)
        if isinstance(told, Mapping):
            options[option] = {_label(c, all_of): v for c, v in told.items()}
        if isinstance(told, defaultdict):
            options[option] = {c: options[option].get(c, told.default_factory()) for c in names}  # type: ignore[misc]
    return options


def _label(column: Any, labels: list[Any]) -> Any:
    by_number = type(column) is int and column not in labels and -len(labels) <= column < len(labels)
    return labels[column] if by_number else column


def _backend(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"dtype_backend": options["dtype_backend"]} if "dtype_backend" in options else {}


def _blocksize(files: list[File], blocksize: Any) -> Any:
    if blocksize != "default":
        return blocksize
    return None if any(f.compression for f in files) else config.get("dataframe.blocksize")


def read_table(urlpath: Any, **kwargs: Any) -> Any:
    """A lazy DataFrame of tab-separated files. Parameters as for `read_csv`."""
    return read_csv(urlpath, **{"sep": "\t", **kwargs})


def _check(kwargs: dict[str, Any], blocksize: Any, nrows: Any) -> None:
    """Refuse what cannot be done; skipped rows become a number, a list or a function."""
    known = inspect.signature(pd.read_csv).parameters
    for name, value in kwargs.items():
        if name not in known and name != "colspecs":
            raise TypeError(f"read_csv() got an argument {name!r} that pandas.read_csv does not have")
        if name in _REFUSED and value is not False and value not in (None, 0):
            raise NotImplementedError(f"read_csv({name}=): {_REFUSED[name]}")
    if nrows is not None and (not isinstance(nrows, int) or nrows < 0):
        raise ValueError(f"nrows={nrows!r}: expected a whole number, at least 0")
    if kwargs.get("skipfooter"):
        if nrows is not None:
            raise ValueError("skipfooter= together with nrows=: pandas does not take both")
        kwargs.setdefault("engine", "python")
    skipped = kwargs.get("skiprows")
    if isinstance(skipped, Iterable):
        kwargs["skiprows"] = sorted(map(int, skipped))
    if blocksize is not None:
        _check_blocks(kwargs)


def _check_blocks(kwargs: Mapping[str, Any]) -> None:
    """Refuse what can be done for whole files only."""
    if callable(kwargs.get("skiprows")):
        raise NotImplementedError(f"read_csv(skiprows=): a function {_WHOLE_FILES}")
    if kwargs.get("engine") == "pyarrow":
        raise NotImplementedError('read_csv(engine="pyarrow") reads whole files; pass blocksize=None, or engine="c"')
    if isinstance(kwargs.get("header"), list):
        by_column = ("dtype", "converters", "parse_dates", "na_values", "date_format", "usecols")
        wrong = [n for n in by_column if isinstance(kwargs.get(n), Mapping | list) or (n == "usecols" and n in kwargs)]
        if wrong:
            raise NotImplementedError(
                f"read_csv(header=): several header rows, with {wrong[0]}= by column, {_WHOLE_FILES}"
            )


def _head(block: FileBlock, kwargs: Mapping[str, Any], sample: int) -> tuple[str, pd.DataFrame]:
    """The lines at the beginning of the first file, and their rows: at least one, if there is any.

    Raises
    ------
    ValueError
        As `pandas.read_csv`, naming the file.
    """
    encoding = kwargs.get("encoding") or "utf-8"
    errors, end = kwargs.get("encoding_errors") or "strict", kwargs.get("lineterminator") or "\n"
    size = block.file.size if block.length is not None else None
    while True:
        whole = size is None or sample >= size
        head = read_text(FileBlock(block.file, 0, size if whole else sample), encoding, errors, end)
        try:
            frame = parse_text(head, kwargs if whole else {**kwargs, "skipfooter": 0}, pd.DataFrame())
            check_labels(first_texts(head, kwargs, 1))
        except ValueError as error:
            cut = isinstance(error, pd.errors.EmptyDataError) or "EOF inside string" in str(error)
            if whole or not cut or sample > _LONGEST:
                raise named(error, f"read_csv: {block.file.path}") from None
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


def _found(frame: pd.DataFrame, kwargs: Mapping[str, Any], assume_missing: bool) -> dict[Any, Found]:
    """What the first rows have in the columns whose dtypes nobody has told."""
    found = {c: found_in(frame[c]) for c in frame.columns if not _has_dtype(kwargs.get("dtype"), c)}
    if assume_missing:
        found = {c: f._replace(missing=True) if _has_whole_numbers(f) else f for c, f in found.items()}
    return found


def _has_whole_numbers(found: Found) -> bool:
    return any(pd.api.types.is_integer_dtype(dtype) for _, dtype in found.seen)


def _has_dtype(dtype: Any, column: Any) -> bool:
    return column in dtype if isinstance(dtype, Mapping) else dtype is not None


def _told(dtype: Any, column: Any) -> bool:
    """Whether the categories of a column are given."""
    told = dtype.get(column) if isinstance(dtype, Mapping) else dtype
    return isinstance(told, pd.CategoricalDtype) and told.categories is not None
