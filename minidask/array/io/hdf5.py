"""Arrays in HDF5 files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.io.store import store
from minidask.extras import import_extra

_REFERENCES = ("DIMENSION_LIST", "REFERENCE_LIST")
"""Attributes that refer to datasets, and those back: of a new dataset they would be wrong."""


def to_hdf5(filename: Any, *args: Any, chunks: Any = True, **options: Any) -> None:
    """Write arrays into datasets of an HDF5 file, which is made where it is not there.

    They are written aside in the file and put in their places at the end: what fails leaves those that were there.

    Parameters
    ----------
    filename
        Path of the file.
    *args
        A path within the file and an array; or a dict of them.
    chunks
        Chunk shape of the datasets: True leaves it to h5py, None takes the largest block.
    **options
        For `h5py.File.create_dataset`, such as `compression`.

    Raises
    ------
    MissingExtraError
        h5py is not installed.
    TypeError
        `args` are neither a path and an array, nor a dict. A dataset that is there has another shape or dtype.

    Examples
    --------
    >>> import minidask.array as da
    >>> to_hdf5("numbers.h5", "/x", da.arange(6, chunks=4))
    >>> import h5py
    >>> with h5py.File("numbers.h5") as file:
    ...     int(da.from_array(file["x"]).sum().compute())
    15
    """
    h5py = import_extra("h5py", "hdf5", "write HDF5 files")
    if len(args) == 1 and isinstance(args[0], Mapping):
        arrays = {path: asanyarray(array) for path, array in args[0].items()}
    elif len(args) == 2 and isinstance(args[0], str):
        arrays = {args[0]: asanyarray(args[1])}
    else:
        raise TypeError("to_hdf5 takes a path within the file and an array, or a dict of them")
    with h5py.File(filename, "a") as file:
        for path, array in arrays.items():
            if path in file:
                file.require_dataset(path, array.shape, array.dtype)  # raises where it is another one
        aside = {path: f"{path.rstrip('/')}.{uuid4().hex}.part" for path in arrays}
        try:
            targets = [
                file.create_dataset(aside[path], a.shape, a.dtype, chunks=_chunks(a, chunks), **options)
                for path, a in arrays.items()
            ]
            store(list(arrays.values()), targets, scheduler="threads")
        except BaseException:
            for part in filter(file.__contains__, aside.values()):
                del file[part]
            raise
        for path, part in aside.items():
            if path in file:
                kept = {k: v for k, v in file[path].attrs.items() if k not in _REFERENCES}
                file[part].attrs.update(kept)
                del file[path]
            file.move(part, path)


def _chunks(array: Array, chunks: Any) -> Any:
    if not array.ndim or chunks is not None:
        return chunks if array.ndim else None
    return tuple(max(1, n) for n in array.chunksize)
