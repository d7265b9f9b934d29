"""JSON: lines that fall into blocks, or whole files, read and written by pandas."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.json_node import JSONPart, ReadJSON, Told, parse_json
from minidask.dataframe.io.text_types import Found, found_in
from minidask.dataframe.io.write_parts import write_each
from minidask.dataframe.meta import make_meta
from minidask.dataframe.node import FrameNode
from minidask.dataframe.numbering import numbered
from minidask.expr.doubt import as_known
from minidask.expr.naming import tokenize
from minidask.files import File, FileBlock, find_files, read_text, split_files
from minidask.quantities import parse_bytes

_OWN = frozenset({"path_or_buf", "orient", "lines", "compression", "storage_options", "encoding", "encoding_errors"})
_REFUSED = {
    "chunksize": "the result is lazy already; see blocksize=",
    "nrows": "use head()",
    "typ": "a DataFrame is read; of one column take its Series",
    "engine": "pandas' own parser reads the blocks",
}


def read_json(
    url_path: Any,
    orient: str = "records",
    lines: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    blocksize: str | int | None = None,
    sample: str | int = 2**20,
    encoding: str = "utf-8",
    errors: str = "strict",
    compression: str | None = "infer",
    meta: Any = None,
    include_path_column: bool | str = False,
    path_converter: Callable[[str], str] | None = None,
    **kwargs: Any,
) -> Any:
    """A lazy DataFrame of JSON files.

    Parameters
    ----------
    url_path
        A path, URL, glob, directory, or list of them.
    orient
        As in `pandas.read_json`.
    lines
        Whether each line is a record; default: with `orient` "records".
    storage_options
        Arguments of the fsspec file system.
    blocksize
        Bytes of one partition, with `lines` only; None makes each file one partition.
    sample
        The bytes at the beginning of the first file that tell columns and dtypes, where it is read by lines. Where
        blocks contradict the dtypes, these are widened as pandas would for all files, and the files are read again.
    encoding, errors
        Of the text, as in `bytes.decode`.
    compression
        "gzip", "bz2", "xz", "zip", "zstd", None; "infer" goes by the end of the name.
    meta
        The columns and dtypes: other keys are left out, and keys that a record lacks are missing values. By default
        what the sample says, and another key is an error.
    include_path_column
        Whether to add a column `path` with the file of each row; or the name of that column.
    path_converter
        What to make of a path for that column.
    **kwargs
        For `pandas.read_json`: `dtype`, `convert_dates`, `precise_float`, ...

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        There is no file; pandas takes no such argument; `blocksize` without `lines`; text that is no JSON. Later: a
        block with another key; values that are not as `dtype` or `meta` say.
    NotImplementedError
        `chunksize`, `nrows`, `typ`, `engine`.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/points.json", b'{"x": 1}\\n{"x": 3}\\n')
    >>> read_json("memory://points.json").x.sum().compute()
    np.int64(4)
    """
    lines = orient == "records" if lines is None else lines
    _check(kwargs, orient, lines, blocksize)
    files = find_files(url_path, storage_options, compression)
    blocks = split_files(files, blocksize, encoding)
    options = {"orient": orient, "lines": lines, **kwargs}
    rows = make_meta(meta) if meta is not None else None
    if rows is None:
        rows = _sampled(blocks[0], lines, parse_bytes(sample, "sample"), encoding, errors, options)
    found = _found(rows, kwargs.get("dtype")) if meta is None and "dtype_backend" not in kwargs else {}
    known = frozenset(rows.columns)
    schema, path_column = _with_path(rows.iloc[:0], files, include_path_column, path_converter)
    schema = schema.set_axis(pd.RangeIndex(0)) if lines and meta is None else schema
    told = Told(encoding, errors, options, path_column, known, strict=meta is None)
    subject = tokenize("read_json", blocks, told, schema, found)
    parts = [JSONPart(block) for block in blocks]
    made = ReadJSON(schema=schema, columns=None, subject=subject, parts=parts, told=told, found=found)
    node: FrameNode = as_known([made])[0]  # type: ignore[assignment]
    return new(numbered(node) if lines or orient in ("records", "values") else node)


def _found(rows: pd.DataFrame, dtype: Any) -> dict[Any, Found]:
    """What the first rows have in the columns whose dtypes nobody has told."""
    if not (dtype is None or dtype is True or isinstance(dtype, Mapping)) or not rows.columns.is_unique:
        return {}
    told = dtype if isinstance(dtype, Mapping) else {}
    return {c: found_in(rows[c]) for c in rows.columns if c not in told}


def _check(kwargs: Mapping[str, Any], orient: str, lines: bool, blocksize: Any) -> None:
    known = inspect.signature(pd.read_json).parameters
    for name, value in kwargs.items():
        if name not in known or name in _OWN:
            raise TypeError(f"read_json() got an argument {name!r} that pandas.read_json does not have")
        if name in _REFUSED and value is not None:
            raise NotImplementedError(f"read_json({name}=): {_REFUSED[name]}")
    if lines and orient != "records":
        raise ValueError(f'lines=True: each line is a record; orient={orient!r} is none, expected "records"')
    if blocksize is not None and not lines:
        raise ValueError("blocksize: only files of lines can be divided; pass lines=True, or blocksize=None")


def _sampled(
    block: FileBlock, lines: bool, sample: int, encoding: str, errors: str, options: Mapping[str, Any]
) -> pd.DataFrame:
    """The rows at the beginning of the first file."""
    size = block.file.size if block.length is not None else None
    if lines and size is not None and not block.file.compression:
        block = FileBlock(block.file, 0, min(sample, size))
    else:
        block = FileBlock(block.file)
    try:
        return parse_json(read_text(block, encoding, errors), options)
    except ValueError as error:
        raise ValueError(f"read_json: {block.file.path}: {error}") from None


def _with_path(
    schema: pd.DataFrame, files: list[File], include: bool | str, converter: Callable[[str], str] | None
) -> tuple[pd.DataFrame, Any]:
    if not include:
        return schema, None
    name = "path" if include is True else include
    if name in schema.columns:
        raise ValueError(f"include_path_column: the files have a column {name!r}; give another name")
    paths = [file.path for file in files]
    values = [converter(path) for path in paths] if converter else paths
    column = pd.Categorical([], categories=sorted({*values}))
    return schema.assign(**{name: column}), (name, paths, values)


def write_json(block: Any, stream: Any, encoding: str, errors: str, options: Mapping[str, Any]) -> None:
    """Write a pandas object as JSON."""
    text = block.to_json(**options) or ""
    ends = options.get("lines") and text and not text.endswith("\n")
    stream.write((text + "\n" if ends else text).encode(encoding, errors))


def to_json(
    df: Any,
    url_path: Any,
    orient: str = "records",
    lines: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    compute: bool = True,
    encoding: str = "utf-8",
    errors: str = "strict",
    compression: str | None = "infer",
    compute_kwargs: Mapping[str, Any] | None = None,
    name_function: Callable[[int], str] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a frame as JSON: a file for each partition. Each stands in its place only when it is complete.

    Parameters
    ----------
    df
        The frame.
    url_path
        A path with a ``*`` for the partition's name, a directory, or a list of paths.
    orient, lines
        As in `to_json` of pandas; `lines` by default with `orient` "records".
    storage_options
        Arguments of the fsspec file system.
    compute
        False returns a lazy value, which writes when it is computed.
    encoding, errors
        Of the text, as in `str.encode`.
    compression
        "infer" goes by the end of the name.
    compute_kwargs
        For `compute`.
    name_function
        Names partition i; by default its number.
    **kwargs
        For `to_json` of pandas: `date_format`, `double_precision`, ...

    Returns
    -------
    list of str, or Scalar
        The paths.

    Raises
    ------
    ValueError
        `lines` with another `orient`; another number of paths than partitions.

    Examples
    --------
    >>> import fsspec, pandas as pd
    >>> import minidask.dataframe as dd
    >>> dd.to_json(dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2), "memory://written-*.json")
    ['/written-0.json', '/written-1.json']
    >>> fsspec.filesystem("memory").cat("/written-1.json")
    b'{"x":2}\\n'
    """
    lines = orient == "records" if lines is None else lines
    if lines and orient != "records":
        raise ValueError(f'lines=True: each line is a record; orient={orient!r} is none, expected "records"')
    options = {"encoding": encoding, "errors": errors, "options": {"orient": orient, "lines": lines, **kwargs}}
    labels = orient not in ("records", "values")
    places = (name_function, storage_options, compression)
    return write_each(df, write_json, url_path, ".json", "to_json", options, labels, *places, compute, compute_kwargs)
