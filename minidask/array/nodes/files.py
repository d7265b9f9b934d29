"""Arrays in files that tasks open themselves: they travel as paths, also to other processes."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

_MOST_FILES = 5_000
"""Of more nobody looks at each, to see whether it has changed."""


class Stamp(NamedTuple):
    """How a file was: what changes when the file does."""

    path: str
    size: int
    changed: int
    """Nanoseconds since 1970."""

    @classmethod
    def of(cls, path: str) -> Stamp:
        """That of a file now. Raises OSError where it cannot be looked at."""
        status = Path(path).stat()
        return cls(str(Path(path).absolute()), status.st_size, status.st_mtime_ns)

    def is_current(self) -> bool:
        """Whether the file still is so."""
        try:
            return Stamp.of(self.path) == self
        except OSError:
            return False


class MappedFile:
    """An array in a file of plain bytes. A slice maps the file anew, so that its memory goes with the slice.

    Parameters
    ----------
    path, offset, dtype, shape, strides
        Where the array lies, and how, in bytes.
    """

    cut_freely = True

    def __init__(
        self, path: str, offset: int, dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.path = path
        self.offset = offset
        self.dtype = dtype
        self.shape = shape
        self.strides = strides
        self._stamp = Stamp.of(path)
        self._writer: weakref.ref[Any] | None = None

    @classmethod
    def of(cls, array: Any) -> MappedFile | None:
        """The file that a `numpy.memmap` shows; None where it shows what is in memory only."""
        whole = array
        while isinstance(whole.base, np.memmap):
            whole = whole.base
        if array.filename is None or array.mode == "c" or any(step < 0 for step in array.strides):
            return None
        inside = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        file = cls(str(array.filename), whole.offset + inside, array.dtype, array.shape, array.strides)
        file._writer = weakref.ref(whole) if whole.flags.writeable else None
        return file

    def is_current(self) -> bool:
        """Whether the file is as it was; that is not known while it can be written to by the array that it was told by.

        What is written to a map is not seen from the file's time: not before it is flushed, in some file systems never.
        """
        return self._stamp.is_current() and (self._writer is None or self._writer() is None)

    def open(self, mode: Any) -> np.ndarray[Any, Any]:
        """The whole array, mapped in a mode of `numpy.memmap`."""
        data = np.memmap(self.path, np.uint8, mode) if np.prod(self.shape) else b""
        return np.ndarray(self.shape, self.dtype, data, self.offset if len(data) else 0, self.strides)

    def __getitem__(self, index: Any) -> Any:
        return self.open("c")[index]  # copy-on-write: a task may write into its block, the file stays as it is

    def __dask_tokenize__(self) -> Any:
        return self._stamp, self.offset, self.dtype, self.shape, self.strides

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_writer": None}


class StoredDataset:
    """A dataset of an HDF5 file that is opened again where it is unpickled."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.dtype = dataset.dtype
        self.shape = dataset.shape
        self._stamp = self._look()

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[index]

    def is_current(self) -> bool:
        """Whether the file is as it was; of one in memory, or behind a driver of its own, nobody knows."""
        return self._stamp is not None and bool(self.dataset) and self._look() == self._stamp

    def _look(self) -> Stamp | None:
        file = self.dataset.file
        if file.mode != "r":
            file.flush()
        return Stamp.of(file.filename) if Path(file.filename).is_file() else None

    def __reduce__(self) -> Any:
        return open_dataset, (self.dataset.file.filename, self.dataset.name)

    def __dask_tokenize__(self) -> Any:
        return self._stamp or id(self.dataset.file), self.dataset.name


def open_dataset(path: str, name: str) -> StoredDataset:
    """A dataset of a file, open for reading."""
    import h5py

    return StoredDataset(h5py.File(path, "r")[name])


class StoredChunks:
    """A Zarr array in a folder of this machine, not too many chunks to look at each of them."""

    def __init__(self, array: Any, folder: Path) -> None:
        self.array = array
        self.dtype = array.dtype
        self.shape = array.shape
        self._folder = str(folder.absolute())
        self._stamp = folder_token(self._folder)

    @classmethod
    def of(cls, array: Any) -> StoredChunks | None:
        """Where a Zarr array is; None where it is elsewhere."""
        folder = zarr_folder(array)
        if folder is None or not folder.is_dir() or array.nchunks >= _MOST_FILES:
            return None
        return cls(array, folder)

    def __getitem__(self, index: Any) -> Any:
        return self.array[index]

    def is_current(self) -> bool:
        """Whether all files are as they were."""
        return folder_token(self._folder) == self._stamp

    def __dask_tokenize__(self) -> Any:
        return self._folder, self._stamp


def zarr_folder(source: Any) -> Path | None:
    """The folder of this machine in which a Zarr array is; None where it is elsewhere, or no Zarr array."""
    if not type(source).__module__.startswith("zarr."):
        return None
    root = getattr(getattr(source, "store", None), "root", None)
    return root / source.path if isinstance(root, Path) else None


def folder_token(folder: str) -> str:
    """A hash of the names, sizes and times of all files below a folder."""
    found = []
    pending = [folder]
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns, status.st_ino))
    return blake2b(repr(sorted(found)).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


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
    if type(source).__module__.startswith("zarr."):
        return StoredChunks.of(source) or source
    return source
