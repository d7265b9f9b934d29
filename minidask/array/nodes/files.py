"""Arrays in files that tasks open themselves: they travel as paths, also to other processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


class MappedFile:
    """An array in a file of plain bytes. A slice maps the file anew, so that its memory goes with the slice.

    Parameters
    ----------
    path, offset, dtype, shape, strides
        Where the array lies, and how, in bytes.
    """

    def __init__(
        self, path: str, offset: int, dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.path = path
        self.offset = offset
        self.dtype = dtype
        self.shape = shape
        self.strides = strides

    @classmethod
    def of(cls, array: Any) -> MappedFile | None:
        """The file that a `numpy.memmap` shows; None where it shows what is in memory only."""
        whole = array
        while isinstance(whole.base, np.memmap):
            whole = whole.base
        if array.filename is None or array.mode == "c" or any(step < 0 for step in array.strides):
            return None
        inside = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        return cls(str(array.filename), whole.offset + inside, array.dtype, array.shape, array.strides)

    def open(self, mode: Any) -> np.ndarray[Any, Any]:
        """The whole array, mapped in a mode of `numpy.memmap`."""
        data = np.memmap(self.path, np.uint8, mode) if np.prod(self.shape) else b""
        return np.ndarray(self.shape, self.dtype, data, self.offset if len(data) else 0, self.strides)

    def __getitem__(self, index: Any) -> Any:
        return self.open("c")[index]  # copy-on-write: a task may write into its block, the file stays as it is

    def __dask_tokenize__(self) -> Any:
        return stamp(self.path), self.offset, self.dtype, self.shape, self.strides


class StoredDataset:
    """A dataset of an HDF5 file that is opened again where it is unpickled."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.dtype = dataset.dtype
        self.shape = dataset.shape

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[index]

    def __reduce__(self) -> Any:
        return open_dataset, (self.dataset.file.filename, self.dataset.name)

    def __dask_tokenize__(self) -> Any:
        path = self.dataset.file.filename
        if not Path(path).is_file():  # in memory, or behind a driver of its own
            return id(self.dataset.file), self.dataset.name
        return stamp(path), self.dataset.name


def open_dataset(path: str, name: str) -> StoredDataset:
    """A dataset of a file, open for reading."""
    import h5py

    return StoredDataset(h5py.File(path, "r")[name])


def stamp(path: str) -> tuple[str, int, int]:
    """What changes when a file does: its path, size, and time of change."""
    status = Path(path).stat()
    return str(Path(path).absolute()), status.st_size, status.st_mtime_ns


_ONE_AT_A_TIME = frozenset(("netCDF4", "tables"))
"""Packages over the HDF5 library that may be in it once at a time, whatever the file."""


def lock_name(source: Any) -> str | None:
    """The name of the lock that is to be held while slicing `source`; None where several threads may slice at once.

    h5py guards the library itself, so a lock for each file is enough; the others need one for all files.
    """
    package = type(source).__module__.partition(".")[0]
    if package == "h5py":
        return f"h5py {Path(source.file.filename).absolute()}"
    return "hdf5" if package in _ONE_AT_A_TIME else None


def portable(source: Any) -> Any:
    """A source that may travel to other processes: by its path, where it is in a file that we know."""
    if isinstance(source, np.memmap):
        return MappedFile.of(source)
    if type(source).__module__.startswith("h5py.") and hasattr(source, "file"):
        return StoredDataset(source)
    return source
