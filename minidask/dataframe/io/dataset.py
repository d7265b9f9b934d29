"""A Parquet dataset: its files, their hive partitions, and what their footers tell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.io.footers import Footer, open_parquet, opened
from minidask.dataframe.io.hive import hive_categories, hive_partitions
from minidask.expr.naming import tokenize
from minidask.files import File, find_files
from minidask.files.paths import file_system, is_local, known_file_system, list_paths

ENDINGS = (".parq", ".parquet", ".pq")
"""How the names of Parquet files end, in folders where there are such."""
METADATA = "_metadata"
"""The file of a directory that has the footers of all the others."""
_THREADS = 16


class Span(NamedTuple):
    """Row groups of one file, by numbers: from `start` on and before `stop`."""

    file: int
    start: int
    stop: int


@dataclass
class Dataset:
    """Files that are read as one.

    Parameters
    ----------
    files
        In the order of their rows.
    hive
        For each hive partition its name and, for each file, its value.
    """

    files: list[File]
    hive: dict[str, list[Any]] = field(default_factory=dict)
    _footers: dict[int, Footer] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _token(self) -> str:
        return tokenize([(f.url, f.version) for f in self.files], self.hive)

    def __dask_tokenize__(self) -> str:
        return self._token

    def __getstate__(self) -> dict[str, Any]:
        return {"files": self.files, "hive": self.hive, "_footers": {}}

    def footer(self, i: int) -> Footer:
        """What is written at the end of file `i`.

        Raises
        ------
        ValueError
            It is no Parquet file, or cut short.
        """
        if i not in self._footers:
            file = self.files[i]
            with opened(file) as stream:
                self._footers[i] = Footer(open_parquet(stream, file).metadata)
        return self._footers[i]

    def footers(self, each: int | None = None) -> list[Footer]:
        """Those of all files, read by threads of which each takes so many files at a time; 0: by this one.

        None: one at a time of files that are far away; this thread reads those that are near.
        """
        count = len(self.files)
        if each is None:
            each = 0 if all(is_local(file.fs) for file in self.files) else 1
        if len(self._footers) < count and each:
            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(self._read, [range(i, min(i + each, count)) for i in range(0, count, each)]))
        return self._read(range(count))

    def _read(self, files: range) -> list[Footer]:
        return [self.footer(i) for i in files]

    def take_footers(self, fs: Any, root: str) -> None:
        """Take the footers of the files in a directory from its file `_metadata`, if there is one for just these."""
        path = f"{root}/{METADATA}"
        if not fs.exists(path):
            return
        with fs.open(path) as stream:
            metadata = open_parquet(stream, File(fs, path)).metadata
        numbers: dict[str, list[int]] = {}
        for g in range(metadata.num_row_groups):
            numbers.setdefault(posixpath.join(root, metadata.row_group(g).column(0).file_path), []).append(g)
        if {*numbers} == {file.path for file in self.files}:
            self._footers = {i: Footer(metadata, numbers[file.path]) for i, file in enumerate(self.files)}

    def rows(self, span: Span) -> int:
        """How many rows a span has."""
        return sum(self.footer(span.file).rows[span.start : span.stop])

    def nbytes(self, span: Span, names: Sequence[str]) -> int:
        """The bytes that some fields of a span take in memory, about."""
        footer = self.footer(span.file)
        return sum(footer.nbytes(g, name) for g in range(span.start, span.stop) for name in names)

    def values(self, i: int) -> dict[str, Any]:
        """The values of the hive partitions that file `i` is in."""
        return {name: values[i] for name, values in self.hive.items()}

    def categories(self) -> dict[str, pd.CategoricalDtype]:
        """The dtypes of the hive partitions: categories in the order of their values."""
        return {name: hive_categories(values) for name, values in self.hive.items()}


def find_dataset(
    path: Any,
    storage_options: Mapping[str, Any] | None = None,
    endings: str | Sequence[str] | None = ENDINGS,
    use_metadata: bool = True,
    filesystem: Any = None,
) -> Dataset:
    """The files that a person means: a file, a directory with all below it, a glob, or a list of them.

    Parameters
    ----------
    path
        Paths or URLs.
    storage_options
        Arguments of the fsspec file system.
    endings
        Files in directories count whose names end so, where there are any; None: all do.
    use_metadata
        Whether footers are taken from the file `_metadata` of a directory.
    filesystem
        As in `known_file_system`.

    Raises
    ------
    FileNotFoundError
        There are none.
    ValueError
        A directory is a table of Delta Lake or Iceberg, not all of whose files count.
    """
    files: list[File] = []
    roots: list[str] = []
    paths, known = list_paths(path), known_file_system(filesystem, storage_options)
    for one in paths:
        fs, plain = file_system(one, storage_options, known)
        if not fs.isdir(plain):
            found = find_files(one, storage_options, None, known)
            roots += [] if found[0].path == plain and len(paths) == 1 else _hive_roots(found)
            files += found
            continue
        root = plain.rstrip("/")
        inside = list(_inside(fs, root, endings))
        if not inside:
            raise FileNotFoundError(f"the directory {plain} has no Parquet files")
        files += find_files(inside, None, None, fs)
        roots.append(root)
    dataset = Dataset(files, hive_partitions([f.path for f in files], roots))
    if use_metadata and len(paths) == len(roots) == 1 and fs.isdir(roots[0]):
        dataset.take_footers(fs, roots[0])
    return dataset


def _inside(fs: Any, root: str, endings: str | Sequence[str] | None) -> Iterator[str]:
    """The files of a directory and of those in it, in order."""
    there = fs.find(root)
    _refuse_tables(root, [p[len(root) :] for p in there])
    data = [p for p in there if _is_data(p) and not _hidden(p, root)]
    ending = (
        [] if endings is None else [p for p in data if p.endswith(endings if type(endings) is str else (*endings,))]
    )
    yield from sorted(ending or data, key=_naturally)


def _refuse_tables(root: str, inner: Sequence[str]) -> None:
    """That not all Parquet files below a directory are data that count.

    Raises
    ------
    ValueError
        They are not.
    """
    if any(p.startswith("/_delta_log/") for p in inner):
        kind, instead = "Delta Lake", "pass the list of these files, as the package deltalake gives it"
    elif any(p.endswith(".metadata.json") for p in inner):
        kind, instead = "Iceberg", "call read_iceberg"
    else:
        return
    raise ValueError(
        f"{root} is a table of {kind}, whose log tells which files count; {instead}, or '{root}/**/*.parquet' for all "
        f"that are there"
    )


def _hive_roots(files: Sequence[File]) -> list[str]:
    """The directories in which the folders of hive partitions are, as the paths of files tell."""
    return list(dict.fromkeys(re.split(r"/[^/=]+=", file.path, maxsplit=1)[0] for file in files))


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
