"""Excel workbooks: each sheet is a partition."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.parts import ReadParts
from minidask.dataframe.io.written import Written
from minidask.dataframe.keeping import keeping
from minidask.dataframe.meta import make_meta
from minidask.dataframe.node import FrameNode, unknown
from minidask.dataframe.numbering import numbered
from minidask.expr.blocks import everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.extras import import_extra
from minidask.files import File, find_files, target_files, write_atomically


class Sheet(NamedTuple):
    """One sheet of a file."""

    file: File
    sheet: str | int

    def __str__(self) -> str:
        return f"{self.file.path} (sheet {self.sheet!r})"


def read_sheet(part: Sheet, columns: list[Any], **options: Any) -> pd.DataFrame:
    """The rows of a sheet."""
    with part.file.open() as stream:
        return pd.read_excel(stream, sheet_name=part.sheet, **options)


def read_excel(
    io: Any,
    sheet_name: str | int | Sequence[str | int] | None = 0,
    storage_options: Mapping[str, Any] | None = None,
    meta: Any = None,
    **kwargs: Any,
) -> Any:
    """A lazy DataFrame of Excel workbooks, a partition for each sheet.

    Parameters
    ----------
    io
        A path, URL, glob, directory, or list of them.
    sheet_name
        The name or number of a sheet, a list of them, or None for all sheets of each file. Unlike in pandas several
        sheets make one DataFrame; they have the same columns.
    storage_options
        Arguments of the fsspec file system.
    meta
        The columns and dtypes; by default those of the first sheet, which is read, and kept.
    **kwargs
        For `pandas.read_excel`: `usecols`, `skiprows`, `dtype`, `index_col`, ...

    Raises
    ------
    FileNotFoundError, ValueError
        There is no file, it is no workbook, or has no such sheet; later, a sheet that contradicts the first one.
    MissingExtraError
        openpyxl is not installed.

    Examples
    --------
    >>> import fsspec, pandas as pd
    >>> with fsspec.open("memory://points.xlsx", "wb") as stream:
    ...     pd.DataFrame({"x": [1, 2]}).to_excel(stream, index=False)
    >>> read_excel("memory://points.xlsx").x.sum().compute()
    np.int64(3)
    """
    if kwargs.get("engine") in (None, "openpyxl"):
        import_extra("openpyxl", extra="excel", purpose="read Excel workbooks")
    files = find_files(io, storage_options, compression=None)
    parts = [Sheet(file, sheet) for file in files for sheet in _sheets(file, sheet_name, kwargs.get("engine"))]
    options = {k: v for k, v in kwargs.items() if v is not None}
    if meta is not None:
        return new(_frame(parts, make_meta(meta), options))
    try:
        first = read_sheet(parts[0], [], **options)
    except (ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"read_excel: {parts[0]}: {error}") from None
    return new(_frame(parts, first.iloc[:0], options, first))


def _frame(parts: list[Sheet], meta: Any, options: dict[str, Any], first: pd.DataFrame | None = None) -> FrameNode:
    node: FrameNode = ReadParts(meta, None, read_sheet, parts, options, unknown(len(parts)), "read_excel")
    node = node if first is None else keeping(node, first)
    return numbered(node) if options.get("index_col") is None else node


def _sheets(file: File, asked: Any, engine: Any) -> list[str | int]:
    if asked is not None:
        return [asked] if isinstance(asked, str | int) else list(asked)
    try:
        with file.open() as stream, pd.ExcelFile(stream, engine=engine) as book:
            return list(book.sheet_names)
    except (ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{file.path} is not an Excel workbook, or is cut short: {error}") from None


class WriteExcel(Written):
    """A whole frame written to one sheet."""

    file: File
    options: dict[str, Any]

    @property
    def operation(self) -> str:
        return "to_excel"

    def needs_labels(self, wanted: bool) -> bool:
        return bool(self.options.get("index", True))


@lower(WriteExcel)
def write(node: WriteExcel) -> Node:
    """One task writes all partitions: a sheet has a million rows at most."""
    grid = node.frame.grid
    return gather(
        _write, node.frame, everything(grid), node.file, node.options, grid=(), name=node.name, label="to_excel"
    )


def _write(blocks: Sequence[Any], file: File, options: Mapping[str, Any]) -> str:
    with write_atomically(file) as stream:
        pd.concat(list(blocks)).to_excel(stream, **options)
    return file.path


def to_excel(
    df: Any,
    excel_writer: Any,
    sheet_name: str = "Sheet1",
    storage_options: Mapping[str, Any] | None = None,
    compute: bool = True,
    compute_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a whole frame to one sheet of a new Excel workbook, which is in its place only when it is complete.

    Parameters
    ----------
    df
        The frame, of at most 1,048,575 rows.
    excel_writer
        A path or URL.
    sheet_name
        Of the sheet.
    storage_options
        Arguments of the fsspec file system.
    compute
        False returns a lazy value, which writes when it is computed.
    compute_kwargs
        For `compute`.
    **kwargs
        For `to_excel` of pandas: `index`, `header`, `columns`, ...

    Returns
    -------
    str, or Scalar
        The path.

    Raises
    ------
    TypeError, ValueError
        `excel_writer` is no path; too many rows.
    MissingExtraError
        openpyxl is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> dd.to_excel(dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2), "memory://out.xlsx")
    '/out.xlsx'
    """
    if kwargs.get("engine") in (None, "openpyxl"):
        import_extra("openpyxl", extra="excel", purpose="write Excel workbooks")
    if isinstance(excel_writer, pd.ExcelWriter):
        raise TypeError("excel_writer: expected a path; a writer that is open cannot be written to by tasks")
    (file,) = target_files(excel_writer, 1, storage_options=storage_options, compression=None, single=True)
    options = {"sheet_name": sheet_name, **kwargs}
    result = new(WriteExcel.named(unique_name("to_excel"), df.expr, file, options))
    return result.compute(**(compute_kwargs or {})) if compute else result
