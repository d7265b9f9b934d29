"""A Parquet dataset: its files, their hive partitions, and what their footers tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

import pandas as pd

from minidask.extras import import_extra
from minidask.files import File, find_files
from minidask.files.paths import file_system, list_paths

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


def parquet() -> Any:
    """The module `pyarrow.parquet`.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    return import_extra("pyarrow.parquet", extra="parquet", purpose="read and write Parquet files")


class Piece(NamedTuple):
    """What one task reads: row groups of one file (None: all), the values of its hive partitions, the number of the
    file's first row, and the bounds of its index, where they are known."""

    file: File
    groups: tuple[int, int] | None
    hive: tuple[Any, ...]
    offset: int | None = None
    bounds: tuple[Any, Any, bool] | None = None


@dataclass
class Dataset:
    """Files of one schema.

    Parameters
    ----------
    files
        In the order of their rows.
    hive
        For each hive partition its name and, for each file, its value.
    """

    files: list[File]
    hive: dict[str, list[Any]] = field(default_factory=dict)
    _footers: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)

    def __dask_tokenize__(self) -> Any:
        return [(f.url, f.version) for f in self.files], self.hive

    def __getstate__(self) -> dict[str, Any]:
        return {"files": self.files, "hive": self.hive, "_footers": {}}

    def footer(self, i: int) -> Any:
        """What is written at the end of file `i`: schema, row groups, statistics.

        Raises
        ------
        ValueError
            It is no Parquet file, or cut short.
        """
        if i not in self._footers:
            file = self.files[i]
            with file.open() as stream:
                self._footers[i] = open_parquet(stream, file).metadata
        return self._footers[i]

    def footers(self) -> list[Any]:
        """Those of all files, read several at a time."""
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(self.footer, range(len(self.files))))

    def hive_of(self, i: int) -> tuple[Any, ...]:
        """The values of the hive partitions that file `i` is in."""
        return tuple(values[i] for values in self.hive.values())

    def categories(self) -> dict[str, pd.CategoricalDtype]:
        """The dtypes of the hive partitions: categories in the order of their values."""
        return {name: pd.Series(values).astype("category").dtype for name, values in self.hive.items()}  # type: ignore[misc]


def open_parquet(stream: Any, file: File) -> Any:
    """A `pyarrow.parquet.ParquetFile`.

    Raises
    ------
    ValueError
        It is no Parquet file, or cut short.
    """
    pq = parquet()
    try:
        return pq.ParquetFile(stream)
    except import_extra("pyarrow", extra="parquet", purpose="read Parquet files").ArrowInvalid as error:
        raise ValueError(f"{file.path} is not a Parquet file, or is cut short: {error}") from None


def find_dataset(path: Any, storage_options: Mapping[str, Any] | None = None) -> Dataset:
    """The files that a person means: a file, a directory with all below it, a glob, or a list of them.

    Raises
    ------
    FileNotFoundError
        There are none.
    """
    files: list[File] = []
    roots: list[str] = []
    for one in list_paths(path):
        fs, plain = file_system(one, storage_options)
        if not fs.isdir(plain):
            files += find_files(one, storage_options, compression=None)
            continue
        inside = sorted(filter(_is_data, fs.find(plain)), key=_naturally)
        inside = [p for p in inside if not _hidden(p, plain)]
        if not inside:
            raise FileNotFoundError(f"the directory {plain} has no Parquet files")
        files += find_files([fs.unstrip_protocol(p) for p in inside], storage_options, compression=None)
        roots.append(plain.rstrip("/"))
    return Dataset(files, hive_partitions([f.path for f in files], roots))


def _is_data(path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.startswith((".", "_")) and not name.endswith((".crc", ".csv", ".json", ".txt"))


def _hidden(path: str, root: str) -> bool:
    return any(part.startswith((".", "_")) and "=" not in part for part in path[len(root) :].split("/")[:-1])


def _naturally(path: str) -> list[Any]:
    """So that part.10 comes after part.2.

    Examples
    --------
    >>> sorted(["part.10", "part.2"], key=_naturally)
    ['part.2', 'part.10']
    """
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", path)]


def hive_partitions(paths: Sequence[str], roots: Sequence[str]) -> dict[str, list[Any]]:
    """Names and values in paths such as ``year=2024/month=1/part.parquet``: whole numbers where all are.

    Examples
    --------
    >>> hive_partitions(["d/y=1/a", "d/y=2/a"], ["d"])
    {'y': [1, 2]}
    """
    found: dict[str, list[Any]] = {}
    for i, path in enumerate(paths):
        root = next((r for r in roots if path.startswith(r + "/")), None)
        inner = path[len(root) :] if root is not None else ""
        for part in inner.split("/")[:-1]:
            name, equals, value = part.partition("=")
            if equals:
                found.setdefault(name, [None] * len(paths))[i] = None if value == HIVE_NULL else unquote(value)
    return {name: _as_numbers(values) for name, values in found.items()}


def _as_numbers(values: list[Any]) -> list[Any]:
    whole = all(v is None or re.fullmatch(r"[+-]?\d+", v) for v in values)
    return [None if v is None else int(v) for v in values] if whole else values
