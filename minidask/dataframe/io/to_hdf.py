"""Writing HDF5 tables: a file is written aside, and stands in its place when it is complete."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from minidask.dataframe.base import new
from minidask.dataframe.io.hdf import opened
from minidask.dataframe.io.written import Written
from minidask.expr.blocks import Blockwise, Tasks, blockwise, everything, gather
from minidask.expr.naming import unique_name
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.extras import import_extra
from minidask.files import block_names, target_files
from minidask.files.paths import is_local
from minidask.files.write import beside


@dataclass(frozen=True)
class HDFFile:
    """A file that takes objects one after the other.

    Fields
    ------
    path
        Where it is to be.
    mode
        "w" for a new one, "a" or "r+" for what is there and more.
    append
        Whether rows are added to an object that is there.
    options
        For `HDFStore.append`.
    lock
        As in `read_hdf`.
    aside
        What no other write has in the name of what waits.
    """

    path: str
    mode: str
    append: bool
    options: Mapping[str, Any]
    lock: Any
    aside: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def _part(self) -> Path:
        return Path(beside(Path(self.path).as_posix(), self.aside))

    def start(self, *keys: str) -> int:
        """Make the file aside, with what is to stay; gives the rows of the object that is there."""
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        self.clear()
        if self.mode != "w" and Path(self.path).exists():
            shutil.copyfile(self.path, self._part)
        with opened(str(self._part), "a", self.lock) as store:
            for key in keys:
                if key in store and not self.append:
                    store.remove(key)
            return _rows(store, keys[0])

    def add(self, block: Any, before: int, key: str, sizes: Mapping[str, int] | None) -> int:
        """Append a partition to an object that has so many rows; gives how many it has then."""
        widths = {} if sizes is None else {"min_itemsize": dict(sizes)}
        with opened(str(self._part), "a", self.lock) as store:
            if _rows(store, key) > before:  # an attempt that failed has left some
                store.remove(key, start=before)
            if len(block) or key not in store:
                store.append(key, block, format="table", **{**widths, **self.options})
            return _rows(store, key)

    def finish(self, *rows: int) -> str:
        """Put it in its place."""
        self._part.replace(self.path)
        return self.path

    def clear(self) -> None:
        """Remove what was written aside."""
        with suppress(FileNotFoundError):
            self._part.unlink()


def _rows(store: Any, key: str) -> int:
    return int(store.get_storer(key).nrows) if key in store else 0


class WriteHDF(Written):
    """The partitions of a frame written to one file, or to a file each; its value is the list of paths.

    Fields
    ------
    files
        One for all partitions, or one for each.
    keys
        One for all partitions, or one for each.
    """

    files: tuple[HDFFile, ...]
    keys: tuple[str, ...]

    @property
    def operation(self) -> str:
        return "to_hdf"

    def give_up(self) -> None:
        for file in self.files:
            file.clear()


@lower(WriteHDF)
def write(node: WriteHDF) -> Node:
    """One partition after the other into one file; files beside each other."""
    n = node.frame.grid[0]
    files, keys = node.files * (n // len(node.files)), node.keys * (n // len(node.keys))
    inputs: tuple[Node, ...] = (node.frame,)
    told = "min_itemsize" in files[0].options
    if n > 1 and len(node.files) == 1 and len(node.keys) == 1 and not told:
        inputs = (node.frame, _widths(node))
    tasks: dict[Any, Any] = {}
    for i, (file, key) in enumerate(zip(files, keys)):
        alone = len(node.files) > 1
        begins = alone or i == 0
        if begins:
            tasks["start", i] = (file.start, *([key] if alone else dict.fromkeys(keys)))
        before = ("start", i) if begins else ("part", i - 1)
        if not begins and len(node.keys) > 1:
            tasks["next", i] = (_nothing, before)
            before = ("next", i)
        tasks["part", i] = (file.add, (0, i), before, key, (1,) if len(inputs) > 1 else None)
        if alone or i == n - 1:
            tasks["finish", i] = (file.finish, ("part", i))
    tasks["paths", 0] = (_paths, *(key for key in tasks if key[0] == "finish"))
    return Tasks.named(node.name, tasks, (("paths", 0),), (), inputs)


def _nothing(before: int) -> int:
    return 0


def _paths(*paths: str) -> list[str]:
    return list(paths)


def _widths(node: WriteHDF) -> Blockwise:
    """How many bytes text takes: PyTables wants to know before it begins."""
    name, grid, options = f"{node.name}-widths", node.frame.grid, node.files[0].options
    told = options.get("encoding") or "UTF-8", bool(options.get("data_columns"))
    widths = blockwise(_longest, node.frame, *told, grid=grid, name=f"{name}-block", label="to_hdf")
    return gather(_widest, widths, everything(grid), grid=(), name=name, label="to_hdf")


def _longest(block: Any, encoding: str, apart: bool) -> dict[str, int]:
    """For `min_itemsize`: the bytes of the longest text of the columns, each apart or together, and of the index."""
    columns = block if isinstance(block, pd.DataFrame) else block.to_frame("values")
    places = [(str(c) if apart else "values", columns[c]) for c in columns.columns]
    index, levels = columns.index, range(columns.index.nlevels)
    places += [(str(index.names[i]) if len(levels) > 1 else "index", index.get_level_values(i)) for i in levels]
    longest: dict[str, int] = {}
    for place, values in places:
        if pd.api.types.is_object_dtype(values.dtype) or isinstance(values.dtype, pd.StringDtype):
            width = max([len(str(v).encode(encoding)) for v in values.dropna()], default=1)
            longest[place] = max(width, longest.get(place, 1))
    return longest


def _widest(widths: list[dict[str, int]]) -> dict[str, int]:
    return {place: max(w.get(place, 1) for w in widths) for place in {p: None for w in widths for p in w}}


def to_hdf(
    df: Any,
    path: Any,
    key: str,
    mode: str = "a",
    append: bool = False,
    name_function: Callable[[int], str] | None = None,
    compute: bool = True,
    lock: Any = True,
    compute_kwargs: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Write a frame to tables of HDF5 files as pandas does. Needs PyTables (extra `hdf`).

    Each file is written aside and stands in its place when it is complete: with modes "a" and "r+" after a copy of
    what is there. Where the widths of texts are not told, the frame is looked through for them first.

    Parameters
    ----------
    df
        The frame.
    path
        A file of this machine for all partitions, in their order; with a ``*`` one for each.
    key
        The object in the file; with a ``*`` one for each partition. Only one of `path` and `key` has a ``*``.
    mode
        "w" for new files, "a" to add to what is there, "r+" to add to files that must be there.
    append
        Whether rows are added to objects that are there, instead of replacing them.
    name_function
        Names partition i in the place of the ``*``; by default its number.
    compute
        False returns a lazy value, which writes when it is computed.
    lock
        As in `read_hdf`.
    compute_kwargs
        For `compute`.
    **kwargs
        For `HDFStore.append` of pandas: `complib`, `complevel`, `data_columns`, `min_itemsize`, `index`, ...

    Returns
    -------
    list of str, or Scalar
        The paths.

    Raises
    ------
    FileNotFoundError, ValueError
        With mode "r+"; an unknown mode; a ``*`` in both `path` and `key`.
    NotImplementedError
        The format "fixed"; files that are far away.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> folder = tempfile.TemporaryDirectory()
    >>> paths = dd.from_pandas(pd.DataFrame({"x": [1, 2]}), 2).to_hdf(f"{folder.name}/a.h5", "t")
    >>> pd.read_hdf(paths[0], "t").x.tolist()
    [1, 2]
    >>> folder.cleanup()
    """
    import_extra("tables", extra="hdf", purpose="write HDF5 tables")
    if mode not in ("w", "a", "r+"):
        raise ValueError(f'mode={mode!r}: expected "w", "a" or "r+"')
    if kwargs.pop("format", "table") not in ("table", "t", None):
        raise NotImplementedError(
            'to_hdf(format=): only tables take rows one part after the other; pass format="table"'
        )
    several = not isinstance(path, str | os.PathLike) or "*" in os.fspath(path)
    if several and "*" in key:
        raise ValueError(f"path={path!r} and key={key!r}: expected a * in one of them")
    files = target_files(
        path, df.npartitions if several else 1, ".h5", name_function, compression=None, single=not several
    )
    if not is_local(files[0].fs):
        raise NotImplementedError(f"to_hdf: {files[0].url} is not on this machine; write here, and copy it there")
    missing = [file.path for file in files if mode == "r+" and not Path(file.path).exists()]
    if missing:
        raise FileNotFoundError(f'mode="r+": there is no file {missing[0]}')
    keys = [key.replace("*", name) for name in block_names(df.npartitions, name_function)] if "*" in key else [key]
    targets = tuple(HDFFile(file.path, mode, append, kwargs, lock) for file in files)
    result = new(WriteHDF.named(unique_name("to_hdf"), df.expr, targets, tuple(keys)))
    return result.compute(**(compute_kwargs or {})) if compute else result
