"""Text tables whose columns are told by their places in the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from minidask.dataframe.io.csv import read_csv
from minidask.files import FileBlock, find_files, read_text


def read_fwf(
    urlpath: Any,
    blocksize: str | int | None = "default",
    colspecs: Sequence[tuple[int | None, int | None]] | str = "infer",
    widths: Sequence[int] | None = None,
    infer_nrows: int = 100,
    compression: str | None = "infer",
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """A lazy DataFrame of files of fixed-width lines.

    Parameters
    ----------
    urlpath
        A path, URL, glob, directory, or list of them.
    blocksize
        Bytes of one partition, as in `read_csv`.
    colspecs
        For each column where it begins, and where it ends: the first character after it. "infer": columns are what
        is parted by blanks in all of the first lines of the first file.
    widths
        Instead of `colspecs`: how wide the columns are that follow each other.
    infer_nrows
        How many lines tell the columns.
    compression, storage_options
        As in `read_csv`.
    **kwargs
        For `read_csv` of this module (`sample`, `assume_missing`, `include_path_column`) and `pandas.read_fwf`.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError, NotImplementedError
        As `read_csv`; both `colspecs` and `widths`.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe("/fixed.txt", b"name  n\\nann   1\\nbob  12\\n")
    >>> read_fwf("memory://fixed.txt").n.sum().compute()
    np.int64(13)
    """
    if widths is not None:
        if colspecs != "infer":
            raise ValueError("give colspecs or widths, not both")
        ends = np.cumsum(widths).tolist()
        colspecs = list(zip([0, *ends], ends))
    elif isinstance(colspecs, str):
        if colspecs != "infer":
            raise ValueError(f'colspecs={colspecs!r}: expected "infer", or (begin, end) of each column')
        file = find_files(urlpath, storage_options, compression)[0]
        block = FileBlock(file) if file.compression else FileBlock(file, 0, min(file.size or 0, 1 << 18))
        text = read_text(block, kwargs.get("encoding") or "utf-8")
        skipped = kwargs.get("skiprows") or 0
        lines = text.splitlines()[skipped if isinstance(skipped, int) else 0 :]
        colspecs = columns_of(lines[:infer_nrows], kwargs.get("delimiter") or " \t")
    for name in kwargs:
        if name in ("sep", "engine", "low_memory"):
            raise TypeError(f"read_fwf() got an argument {name!r} that pandas.read_fwf does not have")
    kwargs["colspecs"] = list(colspecs)
    return read_csv(urlpath, blocksize, compression=compression, storage_options=storage_options, **kwargs)


def columns_of(lines: Sequence[str], blanks: str = " \t") -> list[tuple[int, int]]:
    """Where the columns begin and end that blanks part in all lines.

    Examples
    --------
    >>> columns_of(["name  n", "ann   1", "bob  12"])
    [(0, 4), (5, 7)]
    """
    filled = np.zeros(max(map(len, lines), default=0) + 2, dtype=bool)
    for line in lines:
        filled[1 : len(line) + 1] |= [char not in blanks for char in line]
    edges = np.flatnonzero(filled[1:] != filled[:-1])
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2])]
