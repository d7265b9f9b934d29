"""Arrays in HDF5 files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.io.store import store
from minidask.extras import import_extra


def to_hdf5(filename: Any, *args: Any, chunks: Any = True, **options: Any) -> None:
    """Write arrays into datasets of an HDF5 file, which is made where it is not there.

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
        `args` are neither a path and an array, nor a dict.

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
        targets = [
            file.require_dataset(path, a.shape, a.dtype, chunks=_chunks(a, chunks), **options)
            for path, a in arrays.items()
        ]
        store(list(arrays.values()), targets, scheduler="threads")


def _chunks(array: Array, chunks: Any) -> Any:
    if not array.ndim or chunks is not None:
        return chunks if array.ndim else None
    return tuple(max(1, n) for n in array.chunksize)
