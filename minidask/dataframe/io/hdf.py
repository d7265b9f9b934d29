"""HDF5 files of pandas' kind (PyTables): a partition for each so many rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.parts import ReadParts
from minidask.dataframe.node import Divisions, unknown
from minidask.extras import import_extra
from minidask.files import File, find_files
from minidask.files.paths import is_local

_library = threading.RLock()  # HDF5 is not made for several threads
_VALUES = "values"
"""What the column of a Series without a name is called on its way."""


class Rows(NamedTuple):
    """Some rows of an object in a file."""

    file: File
    key: str
    start: int | None
    stop: int | None

    def __str__(self) -> str:
        return f"{self.file.path} (key {self.key!r}, rows from {self.start or 0} on)"


def guarded(lock: Any) -> AbstractContextManager[Any]:
    """What to hold while HDF5 is called: True stands for a lock of this process, False for none."""
    return nullcontext() if lock is False else _library if lock in (True, None) else lock


@contextmanager
def opened(path: str, mode: Any = "r", lock: Any = True, **options: Any) -> Iterator[Any]:
    """The open file.

    Raises
    ------
    ValueError
        It is no HDF5 file.
    """
    tables = import_extra("tables", extra="hdf", purpose="read and write HDF5 tables")
    with guarded(lock):
        try:
            store = pd.HDFStore(path, mode, **options)
        except tables.HDF5ExtError as error:
            raise ValueError(f"{path} cannot be opened as an HDF5 file: {error}") from None
        with store:
            yield store


def read_rows(part: Rows, columns: list[Any], lock: Any) -> pd.DataFrame:
    """The rows of one part; a Series as a frame of one column."""
    with opened(part.file.path, lock=lock) as store:
        storer = store.get_storer(part.key)
        is_frame = storer.is_table and "series" not in storer.table_type
        wanted = {"columns": columns} if is_frame and columns else {}
        return _frame(store.select(part.key, start=part.start, stop=part.stop, **wanted))


def _frame(found: Any) -> pd.DataFrame:
    return found.to_frame(_VALUES) if isinstance(found, pd.Series) else found


class Stored(NamedTuple):
    """An object in a file."""

    file: File
    key: str
    parts: list[Rows]
    first: Any
    """Its first row."""
    ends: list[Any]
    """The first label of each part, and the last one of all; nothing, where nobody asks."""


def read_hdf(
    pattern: Any,
    key: str,
    start: int = 0,
    stop: int | None = None,
    columns: Sequence[Any] | None = None,
    chunksize: int = 1_000_000,
    sorted_index: bool = False,
    lock: Any = True,
    mode: str = "r",
) -> Any:
    """A lazy DataFrame or Series of HDF5 files as pandas writes them. Needs PyTables (extra `hdf`).

    Parameters
    ----------
    pattern
        A path, glob, or list of them: of files of this machine.
    key
        The object in each file; with ``*`` all objects whose keys match, in the order of their names.
    start, stop
        The rows of each object, as in `range`.
    columns
        The columns to read; None: all.
    chunksize
        The rows of one partition. An object of the format "fixed" is one partition.
    sorted_index
        Whether the index increases through all files, so that the divisions are known.
    lock
        What to hold while HDF5 is called: True for a lock of the process, False for none, or a lock.
    mode
        "r", "r+" or "a", as the files are opened.

    Raises
    ------
    FileNotFoundError, KeyError, ValueError
        There is no file, or no such object in one; a file that is no HDF5; `chunksize` below 1; an index that does
        not increase with `sorted_index`; objects with other columns, or of another kind than the first.
    NotImplementedError
        Files that are far away.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> folder = tempfile.TemporaryDirectory()
    >>> pd.DataFrame({"x": [1, 2, 3]}).to_hdf(f"{folder.name}/a.h5", key="t", format="table")
    >>> dd.read_hdf(f"{folder.name}/a.h5", "t", chunksize=2).x.sum().compute()
    np.int64(6)
    >>> folder.cleanup()
    """
    if mode not in ("r", "r+", "a"):
        raise ValueError(f'mode={mode!r}: expected "r", "r+" or "a"')
    if chunksize < 1:
        raise ValueError(f"chunksize={chunksize!r}: expected at least one row")
    files = find_files(pattern, compression=None)
    if not is_local(files[0].fs):
        raise NotImplementedError(f"read_hdf: {files[0].url} is not on this machine; copy it here first")
    found = [one for file in files for one in _objects(file, key, start, stop, chunksize, sorted_index, lock, mode)]
    first = found[0].first
    schema = _schema(_frame(first), several=len(found) > 1)
    odd = next((one for one in found if type(one.first) is not type(first)), None)
    if odd is not None:
        kinds = type(first).__name__, type(odd.first).__name__
        raise ValueError(f"{found[0].key!r} is a {kinds[0]}, but {odd.key!r} of {odd.file.path} is a {kinds[1]}")
    if columns is not None:
        missing = [c for c in columns if c not in schema.columns]
        if missing:
            raise ValueError(f"columns: there is no {missing[0]!r} in {found[0].file.path}; it has {[*schema.columns]}")
        schema = schema[list(columns)]
    parts = [part for one in found for part in one.parts]
    divisions = _divisions(found) if sorted_index else unknown(len(parts))
    frame = new(ReadParts(schema, None, read_rows, parts, {"lock": lock}, divisions, "read_hdf"))
    return frame[_VALUES].rename(first.name) if isinstance(first, pd.Series) else frame


def _objects(
    file: File, key: str, start: int, stop: int | None, chunksize: int, ends: bool, lock: Any, mode: str
) -> Iterator[Stored]:
    """The objects of a file under a key, or that match it."""
    with opened(file.path, mode, lock) as store:
        there = [k for k in map(str, store.keys()) if "/meta/" not in k]
        wanted = f"/{key.lstrip('/')}"
        keys = sorted(k for k in there if fnmatchcase(k, wanted)) if set("*?[") & set(key) else [wanted]
        if not keys or not {*keys} <= {*there}:
            raise KeyError(f"there is no {key!r} in {file.path}; it has {', '.join(there) or 'nothing'}")
        for found in keys:
            parts = [Rows(file, found, a, b) for a, b in _ranges(store, found, start, stop, chunksize)]
            yield Stored(file, found, parts, store.select(found, start=0, stop=1), _ends(store, parts) if ends else [])


def _ranges(store: Any, key: str, start: int, stop: int | None, chunksize: int) -> list[tuple[int | None, int | None]]:
    """The rows of each partition."""
    storer = store.get_storer(key)
    if not storer.is_table:
        return [(start or None, stop)]
    begin, end, _ = slice(start, stop).indices(int(storer.nrows))
    return [(a, min(a + chunksize, end)) for a in range(begin, end, chunksize)] or [(begin, begin)]


def _ends(store: Any, parts: Sequence[Rows]) -> list[Any]:
    """The first label of each part, and the last one."""
    first = [store.select(p.key, start=p.start or 0, stop=(p.start or 0) + 1).index for p in parts]
    stop = parts[-1].stop
    last = store.select(parts[-1].key, start=-1 if stop is None else stop - 1, stop=stop).index
    return [label for labels in [*first, last] for label in labels]


def _divisions(found: Sequence[Stored]) -> Divisions:
    """The first label of each partition and the last one of all."""
    labels = [label for one in found for label in one.ends[:-1]]
    ends = [label for one in found for label in one.ends]
    if ends != sorted(ends) or not len(ends) == sum(len(one.parts) + 1 for one in found):
        raise ValueError("sorted_index=True: the index does not increase through all of the files, or one is empty")
    return (*labels, ends[-1])


def _schema(first: pd.DataFrame, several: bool) -> pd.DataFrame:
    """The columns; categories are those of each object."""
    schema = first.iloc[:0]
    for column, dtype in schema.dtypes.items():
        if several and isinstance(dtype, pd.CategoricalDtype):
            schema = schema.assign(**{str(column): schema[column].cat.set_categories([])})
    return schema
