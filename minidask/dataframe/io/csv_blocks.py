"""What one task does that reads a block of a text table."""

from __future__ import annotations

import codecs
import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.dataframe.io.csv_plain import is_plain, plain_rows
from minidask.dataframe.io.text_types import (
    WHOLE_NUMBERS,
    Columns,
    Found,
    contradiction,
    found_in,
    is_text,
    together,
    whole,
)
from minidask.dataframe.schema import cast, conform
from minidask.errors import Contradiction
from minidask.files import Border, FileBlock, Quotes, pieces_of, read_block, read_pieces, read_text
from minidask.kernels.csv_rows import PIECE, SPARE, is_ready

Options = Mapping[str, Any]
"""For `pandas.read_csv`, or with `colspecs` for `pandas.read_fwf`."""

_HEADER = 1 << 16
"""Bytes at the beginning of a file that are read for its header."""


class Part(NamedTuple):
    """What one task reads."""

    block: FileBlock
    first: bool
    """Whether the file, with its header, begins there."""
    last: bool
    """Whether the file ends there."""
    usual: bool
    """Whether it is a block of the first file, whose header is known."""
    border: Border | None
    """Whether it begins and ends within quotes; None: that is not known."""

    @property
    def whole(self) -> bool:
        """Whether there is no other block of the file."""
        return self.first and self.last

    def __str__(self) -> str:
        path = self.block.file.path
        return path if self.whole else f"{path} (block at byte {self.block.offset})"


@dataclass(frozen=True)
class Told:
    """What all tasks of a read are told."""

    meta: pd.DataFrame
    """The columns to give."""
    columns: pd.Index
    """All columns that there are to be given."""
    found: Columns
    """What is known to be in the columns."""
    text: Any
    """The dtype of strings."""
    names: tuple[Any, ...] | None
    """All columns of the first file; None: they are counted."""
    options: Options
    path_column: tuple[str, Sequence[str]] | None
    """The column to be added with the path of the file, and the paths of all files."""
    enforce: bool
    """Whether the columns of all files must be in the order of those of the first one."""
    subject: str
    """What to name in a contradiction."""


def parse(part: Part, told: Told) -> pd.DataFrame:
    """The rows of one block.

    Raises
    ------
    Contradiction
        The block begins or ends within quotes, or a column is not what it was found to be.
    ValueError
        pandas cannot parse it, or it has other columns: with the file and the place.
    """
    frame = _rows(part, told, plain=True)
    if frame is None:
        return told.meta
    if told.path_column is not None:
        name, paths = told.path_column
        frame[name] = pd.Categorical([part.block.file.path] * len(frame), categories=sorted(paths))
    meta = told.meta
    frame = frame.reindex(columns=meta.columns) if {*meta.columns} <= {*frame.columns} else frame
    return conform(_settled(frame, part, told), meta, str(part))


def find_types(part: Part, told: Told) -> dict[Any, Found]:
    """What is in the columns of one block of which there may be doubt."""
    frame = _rows(part, told)
    return {} if frame is None else {c: found_in(frame[c]) for c in told.found if c in frame.columns}


def is_open(part: Part, told: Told) -> bool:
    """Whether the number of quotes in the lines that begin in a block is odd."""
    return _is_open(_records(part._replace(border=None), told.options), told.options)


def _is_open(records: str | bytes, options: Options) -> bool:
    quotes = quotes_of(options)
    if quotes is None:
        return False
    return quotes.are_open(records.encode("utf-8", "surrogatepass") if isinstance(records, str) else records)


def _rows(part: Part, told: Told, plain: bool = False) -> Any:
    """What pandas makes of the block; None where there is no row, nor a header.

    Plain rows are taken to have the dtypes that they have in all blocks, if so.
    """
    options = told.options
    frame, read = _plain(part, told) if plain and _may_be_plain(part, options) else (None, None)
    if frame is not None:
        return frame
    records = _records(part, options) if read is None else read
    doubtful = part.border is None and not part.whole
    if doubtful and _is_open(records, options):
        raise Contradiction(f"{part}: a record begins or ends within quotes; pass blocksize=None", told.subject)
    begins = part.first and not part.whole
    if told.enforce and part.first and not part.usual:
        _check_names(records, part, told)
    try:
        _check_skipped(records, part, options)
        frame = parse_text(records, _of_part(part, told), told.meta)
    except pd.errors.EmptyDataError:
        if begins and has_header(options):
            raise ValueError(f"{part} ends before the header; pass a larger blocksize") from None
        return None
    except ValueError as error:
        advice = "; if records have line breaks within quotes, pass blocksize=None" if doubtful else ""
        found = named(error, str(part), advice if isinstance(error, pd.errors.ParserError) else "")
        raise (Contradiction(str(found), told.subject) if doubtful and quotes_of(options) else found) from error
    if isinstance(told.meta.columns, pd.MultiIndex):
        frame.columns = told.columns
    more = [c for c in frame.columns if c not in told.columns] if options.get("usecols") is None else []
    if more:
        raise ValueError(f"{part} has columns that the first file does not have: {more}; pass usecols= or names=")
    return frame


def _may_be_plain(part: Part, options: Options) -> bool:
    """Whether the options leave rows plain, and a loop is there for them."""
    return is_plain(options) and not names_those_read(options) and is_ready(_nbytes(part))


def _nbytes(part: Part) -> int:
    return part.block.length or part.block.file.size or 0


def _plain(part: Part, told: Told) -> tuple[pd.DataFrame | None, bytes | None]:
    """The rows of a block, if they are plain; and its records, where nobody would like to read them again."""
    if part.block.file.is_near:
        return _rows_of(read_pieces(part.block, b"\n", part.border, PIECE, SPARE), part, told), None
    records = read_block(part.block, border=part.border)
    return _rows_of(pieces_of(io.BytesIO(records), b"\n", None, PIECE, SPARE), part, told), records


def _rows_of(pieces: Iterator[np.ndarray], part: Part, told: Told) -> pd.DataFrame | None:
    """Rows that are plain, if the file has no columns that nobody knows of."""
    piece = next(pieces)
    try:
        options = _of_part(part, told)
        line = _first_line(piece)
        head = line if has_header(options) else b""
        names = names_of(line, options) if options.get("names") is None else options["names"]
    except ValueError:  # the header is none, or longer than its first line
        return None
    if b"\r" in head.removesuffix(b"\r\n") or (head == b"") == has_header(options) or piece[:3].tobytes() == BOM_UTF8:
        return None
    if told.enforce and part.first and not part.usual:
        _check_names(head, part, told)
    if options.get("usecols") is None and not {*names} <= {*told.columns}:
        return None
    meta = told.meta if told.path_column is None else told.meta.drop(columns=told.path_column[0])
    return plain_rows(chain([piece[len(head) :]], pieces), _nbytes(part), names, meta, options)


def _first_line(data: np.ndarray) -> bytes:
    """With its end; nothing if it has none, or is very long."""
    beginning = data[:_HEADER].tobytes()
    return beginning[: beginning.find(b"\n") + 1]


def _settled(frame: Any, part: Part, told: Told) -> pd.DataFrame:
    """The rows with the dtypes that their columns have in all blocks.

    Raises
    ------
    Contradiction
        Values do not fit.
    """
    expected = dict(told.meta.dtypes)
    other: dict[Any, Found] = {}
    for column, found in told.found.items():
        if column not in frame.columns or frame[column].dtype == expected[column]:
            continue
        here = found_in(frame[column])
        if whole(together([found, here]), expected[column], told.text) != expected[column]:
            other[column] = here
        elif (new := _rounded(frame[column], here, expected[column])) is not None:
            frame[column] = new
        elif (new := cast(frame[column], expected[column])) is None:
            other[column] = Found(frozenset({("string", told.text)}), here.missing)
        else:
            frame[column] = new
    if other:
        raise contradiction(other, part, expected, told.found, whole, told.text, told.subject)
    return frame


def _rounded(column: pd.Series, found: Found, dtype: Any) -> pd.Series | None:
    """Whole numbers as floats, which pandas makes of all numbers if it does of one; None: it is something else."""
    if not (pd.api.types.is_float_dtype(dtype) and found.seen and {kind for kind, _ in found.seen} <= WHOLE_NUMBERS):
        return None
    return (column.astype("str") if pd.api.types.is_object_dtype(column.dtype) else column).astype(dtype)


def _check_names(records: str | bytes, part: Part, told: Told) -> None:
    """Refuse a file with other columns than the first one, or in another order."""
    names = names_of(records, told.options)
    if told.names is not None and names != told.names:
        raise ValueError(f"{part} has the columns {list(names)}, but the first file has {list(told.names)}")


def named(error: ValueError, where: str, advice: str = "") -> ValueError:
    """The same error, with the place in its message."""
    kind = type(error) if isinstance(error, pd.errors.ParserError | pd.errors.EmptyDataError) else ValueError
    return kind(f"{where}: {str(error).strip()}{advice}")


def has_header(options: Options) -> bool:
    """Whether the files have lines that name the columns."""
    header = options.get("header", "infer")
    return header is not None and not (header == "infer" and options.get("names") is not None)


def _check_skipped(records: str | bytes, part: Part, options: Options) -> None:
    """That all rows that are skipped at an end of a file are in the block at that end.

    Raises
    ------
    ValueError
        They are not.
    """
    skipped, footer = options.get("skiprows") or 0, options.get("skipfooter") or 0
    least = {"skiprows": max(skipped, default=-1) + 1 if isinstance(skipped, list) else skipped} if part.first else {}
    if part.last:
        least["skipfooter"] = footer
    if part.whole or callable(skipped) or not any(least.values()):
        return
    end = options.get("lineterminator") or "\n"
    lines = records.count(end) if isinstance(records, str) else records.count(end.encode())
    for name, rows in least.items():
        if lines < rows:
            raise ValueError(f"{name}={options[name]} reaches beyond a block of {lines} lines; pass a larger blocksize")


def _records(part: Part, options: Options) -> str | bytes:
    """The records that start in a block."""
    return records_of(part.block, options, part.border)


def records_of(block: FileBlock, options: Options, border: Border | None = None) -> str | bytes:
    """The records that start in a block; bytes where pandas' parser wants them so: a string would cost more."""
    encoding, end = options.get("encoding") or "utf-8", options.get("lineterminator") or "\n"
    if codecs.lookup(encoding).name == "utf-8":
        return read_block(block, end.encode(), border=border)
    return read_text(block, encoding, options.get("encoding_errors") or "strict", end, border)


def quotes_of(options: Options) -> Quotes | None:
    """How the text is quoted; None: it is not, or not so that this is seen in its bytes."""
    dialect = options.get("dialect")
    if isinstance(dialect, str):
        dialect = csv.get_dialect(dialect)
    told = {name: getattr(dialect, name, None) if dialect else options.get(name) for name in ("quoting", "escapechar")}
    quote = getattr(dialect, "quotechar", None) if dialect else options.get("quotechar", '"')
    codec = codecs.lookup(options.get("encoding") or "utf-8").name
    if (
        "colspecs" in options
        or told["quoting"] == csv.QUOTE_NONE
        or not quote
        or codec.startswith(("utf-16", "utf-32"))
    ):
        return None
    return Quotes(quote.encode(), told["escapechar"].encode() if told["escapechar"] else None)


def parse_text(records: str | bytes, options: Options, meta: pd.DataFrame) -> pd.DataFrame:
    """The rows of text; columns of strings in `meta` are never taken for numbers, in whatever block."""
    told = {k: v for k, v in options.items() if k not in ("encoding", "encoding_errors")}
    if isinstance(records, bytes):
        told["encoding_errors"] = options.get("encoding_errors") or "strict"
    read = reader(options)
    try:
        frame = read(stream(records), **told)
        mixed = _in_pieces(options) and any(
            pd.api.types.infer_dtype(frame[c]).startswith("mixed") for c in _of_objects(frame, options)
        )
    except pd.errors.DtypeWarning:  # where a person makes warnings errors
        mixed = True
    if mixed:  # pandas parsed pieces of the text apart, and some look like numbers
        frame = read(stream(records), **{**told, "low_memory": False})
    text = _misread_text(frame, meta, told)
    if text:
        frame = read(stream(records), **{**told, "dtype": {**(told.get("dtype") or {}), **text}})
    check_labels(frame)
    return frame


def check_labels(frame: pd.DataFrame) -> None:
    """Refuse rows whose first field pandas took for a label, because there are more of them than columns."""
    index = frame.index
    if len(frame) and not (isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1)):
        raise ValueError(f"rows have more fields than the columns {list(frame.columns)}; pass names= for all of them")


def _in_pieces(options: Options) -> bool:
    """Whether pandas parses the text piece by piece: its parser in C does."""
    separator = options.get("sep") or options.get("delimiter") or ","
    in_c = options.get("engine") in (None, "c") and not options.get("skipfooter") and "colspecs" not in options
    return in_c and len(separator) == 1 and options.get("low_memory") is not False


def _of_objects(frame: pd.DataFrame, options: Options) -> list[Any]:
    """The columns of objects that pandas has found to be so itself."""
    if not (options.get("dtype") is None or isinstance(options["dtype"], Mapping)):
        return []
    told = {*(options.get("dtype") or ()), *(options.get("converters") or ())}
    return [c for c, dtype in frame.dtypes.items() if pd.api.types.is_object_dtype(dtype) and c not in told]


def reader(options: Options) -> Callable[..., Any]:
    """The function of pandas: texts with `colspecs` have columns of fixed widths."""
    return pd.read_fwf if "colspecs" in options else pd.read_csv


def stream(records: str | bytes) -> Any:
    """The records as an open file."""
    return io.StringIO(records, newline="") if isinstance(records, str) else io.BytesIO(records)


def _misread_text(frame: pd.DataFrame, meta: pd.DataFrame, options: Options) -> dict[Any, Any]:
    """Columns of strings that pandas took for something else in this block.

    Telling it beforehand would be as right, but its parser then makes each value a Python string: three times as long.
    """
    if not (options.get("dtype") is None or isinstance(options["dtype"], Mapping)):
        return {}
    converted = options.get("converters") or {}
    wrong = {c: d for c, d in meta.dtypes.items() if is_text(d) and c not in converted}
    return {c: d for c, d in wrong.items() if c in frame.columns and frame[c].dtype != d and frame[c].notna().any()}


def _of_part(part: Part, told: Told) -> dict[str, Any]:
    """The options for a block: those that concern the ends of a file only where they are."""
    options = dict(told.options)
    if not part.last:
        options.pop("skipfooter", None)
    if part.first:
        return options
    names = told.names
    if not part.usual and names is not None and "names" not in options:
        head = records_of(FileBlock(part.block.file, 0, _HEADER), options)
        names = names_of(head, options)
    if names is not None and isinstance(told.meta.columns, pd.MultiIndex):
        names = tuple(range(len(names)))
    return {**options, "header": None, "names": None if names is None else list(names), "skiprows": None}


def names_those_read(options: Options) -> bool:
    """Whether `names` may be those of the columns that `usecols` numbers, rather than of all that there are."""
    names, used = options.get("names"), options.get("usecols")
    if names is None or used is None or callable(used):
        return False
    return len(names) == len({*used}) and all(isinstance(column, int | np.integer) for column in used)


def names_of(head: str | bytes, options: Options) -> tuple[Any, ...]:
    """All columns that a file has by its first lines, whether or not they are asked for."""
    return tuple(first_texts(head, {k: v for k, v in options.items() if k != "usecols"}, 0))


def first_texts(head: str | bytes, options: Options, nrows: int) -> pd.DataFrame:
    """The first rows of text as they stand there."""
    apart = ("dtype", "parse_dates", "date_format", "converters", "encoding", "encoding_errors", "skipfooter", "nrows")
    told = {k: v for k, v in options.items() if k not in apart and (k, v) != ("engine", "pyarrow")}
    frame: pd.DataFrame = reader(options)(stream(head), **told, nrows=nrows, dtype="str")
    return frame
