"""Arrays in NumPy's own files: .npy, .npz, plain bytes, text. Lazy where the file lets us read a part of it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray, from_array
from minidask.array.io.store import store
from minidask.array.nodes.files import MappedFile, Stamp
from minidask.signatures import like

__all__ = [
    "frombuffer", "fromfile", "genfromtxt", "load", "loadtxt", "memmap", "save", "savetxt", "savez",
    "savez_compressed",
]  # fmt: skip


def load(
    file: Any,
    mmap_mode: str | None = None,
    allow_pickle: bool = False,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    *,
    max_header_size: int = 10_000,
    chunks: Any = "auto",
) -> Any:
    """The lazy array of a .npy file, or a mapping of those of a .npz file. Blocks are mapped by the tasks.

    Parameters
    ----------
    file
        A path. Of anything else, and of pickled objects, the array is read now, by NumPy.
    mmap_mode
        None or "r": the file is never written to; use `numpy.memmap` as the target of `store` for that.
    allow_pickle, fix_imports, encoding, max_header_size
        As of `numpy.load`.
    chunks
        As for `normalize_chunks`. Members of a .npz file that are compressed are read whole.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, or it is none of these, or was not written to its end.

    Examples
    --------
    >>> import minidask.array as da
    >>> da.save("six.npy", da.arange(6, chunks=4))
    >>> da.load("six.npy", chunks=3).chunks
    ((3, 3),)
    """
    if mmap_mode not in (None, "r", "c"):
        raise NotImplementedError(f"load with mmap_mode={mmap_mode!r} is not there; store() into a numpy.memmap")
    how: dict[str, Any] = {
        "allow_pickle": allow_pickle,
        "fix_imports": fix_imports,
        "encoding": encoding,
        "max_header_size": max_header_size,
    }
    if not isinstance(file, str | os.PathLike):
        found = np.load(file, **how)
        return found if isinstance(found, Mapping) else from_array(found, chunks)
    with Path(file).open("rb") as stream:
        start = stream.read(len(np.lib.format.MAGIC_PREFIX))
        if start[:2] == b"PK":
            return Members(Path(file).absolute(), chunks, how)
        stream.seek(0)
        is_npy = start == np.lib.format.MAGIC_PREFIX
        dtype = _header(stream, max_header_size)[0] if is_npy else np.dtype(object)  # np.load tells what is wrong
    whole = np.load(file, **how) if dtype.hasobject else np.load(file, mmap_mode="r", **how)
    return from_array(whole, chunks)


def _header(stream: Any, max_header_size: int = 10_000) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """The dtype and shape of the array that a stream holds, and whether in Fortran order; the stream is then at it."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream, max_header_size=max_header_size)
    return dtype, shape, fortran


class Members(Mapping[str, Array]):
    """The lazy arrays in a .npz file, by name."""

    def __init__(self, path: Path, chunks: Any, how: dict[str, Any]) -> None:
        self._path = path
        self._chunks = chunks
        self._how = how
        with zipfile.ZipFile(path) as archive:
            self.files = [name.removesuffix(".npy") for name in archive.namelist()]

    def __getitem__(self, name: str) -> Array:
        if name not in self.files:
            raise KeyError(f"{name!r} is not in {self._path}, which has {self.files}")
        with zipfile.ZipFile(self._path) as archive:
            members = archive.namelist()
            info = archive.getinfo(members[self.files.index(name)])
            with archive.open(info) as stream:
                dtype, shape, fortran = _header(stream, self._how["max_header_size"])
                behind = stream.tell()
        if dtype.hasobject:
            with np.load(self._path, **self._how) as whole:
                return from_array(whole[name], self._chunks)
        if info.compress_type != zipfile.ZIP_STORED:
            return from_array(Compressed(self._path, info.filename, dtype, shape), shape or "auto").rechunk(
                self._chunks
            )
        offset = _data_offset(self._path, info) + behind
        return from_array(np.memmap(self._path, dtype, "r", offset, shape, "F" if fortran else "C"), self._chunks)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def _data_offset(path: Path, info: zipfile.ZipInfo) -> int:
    """Where in the archive the bytes of a member start: behind its local header, a name and an extra field."""
    with path.open("rb") as stream:
        stream.seek(info.header_offset)
        local = stream.read(30)
    return info.header_offset + 30 + int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")


class Compressed:
    """An array in a .npz file that can be read as a whole only."""

    def __init__(self, path: Path, member: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self.path = path
        self.member = member
        self.dtype = dtype
        self.shape = shape
        self._stamp = Stamp.of(str(path))

    def is_current(self) -> bool:
        """Whether the file is as it was."""
        return self._stamp.is_current()

    def __getitem__(self, cut: Any) -> Any:
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
            return np.lib.format.read_array(stream)[cut]

    def __dask_tokenize__(self) -> Any:
        return self._stamp, self.member


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A file beside its place, put there when the block ends without an error."""
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _suffixed(file: Any, suffix: str) -> Path:
    path = Path(file)
    return path if path.name.endswith(suffix) else path.with_name(path.name + suffix)


def save(file: Any, arr: Any, allow_pickle: bool = True) -> None:
    """Write an array into a .npy file, block by block; what fails half-way leaves what was there.

    Parameters
    ----------
    file
        A path, to which ".npy" is added where it has not that end; or a stream, for which the array is made whole.
    arr
        An array, lazy or not.
    allow_pickle
        Whether objects may be written: arrays of them are made whole.

    Examples
    --------
    >>> import minidask.array as da
    >>> save("ten", da.arange(10, chunks=4))
    >>> int(da.load("ten.npy").sum().compute())
    45
    """
    array = asanyarray(arr)
    if not isinstance(file, str | os.PathLike):
        np.save(file, array.compute(), allow_pickle=allow_pickle)
        return
    with _aside(_suffixed(file, ".npy")) as part:
        _save(part, array, allow_pickle)


def _save(path: Path, array: Array, allow_pickle: bool) -> None:
    if array.dtype.hasobject or not array.size:
        with path.open("wb") as stream:
            np.save(stream, array.compute(), allow_pickle=allow_pickle)
        return
    target = np.lib.format.open_memmap(path, "w+", array.dtype, array.shape)
    store(array, target, lock=False)
    target.flush()


def savez(file: Any, *args: Any, allow_pickle: bool = True, **kwds: Any) -> None:
    """Write arrays into a .npz file, block by block; they are lazy again by `load`.

    Parameters
    ----------
    file
        A path, to which ".npz" is added where it has not that end.
    *args, **kwds
        Arrays; those without a name are "arr_0", "arr_1", ...
    allow_pickle
        Whether objects may be written.

    Examples
    --------
    >>> import minidask.array as da
    >>> savez("two", x=da.arange(4, chunks=2), y=da.ones(3))
    >>> sorted(da.load("two.npz"))
    ['x', 'y']
    """
    _archive(file, args, kwds, allow_pickle, zipfile.ZIP_STORED)


def savez_compressed(file: Any, *args: Any, allow_pickle: bool = True, **kwds: Any) -> None:
    """The same as `savez`, compressed: such arrays can be read as a whole only."""
    _archive(file, args, kwds, allow_pickle, zipfile.ZIP_DEFLATED)


def _archive(file: Any, args: tuple[Any, ...], kwds: Mapping[str, Any], allow_pickle: bool, compression: int) -> None:
    arrays = {f"arr_{i}": array for i, array in enumerate(args)}
    both = arrays.keys() & kwds.keys()
    if both:
        raise ValueError(f"{sorted(both)[0]!r} is the name of an array that was given without one; name it otherwise")
    with (
        _aside(_suffixed(file, ".npz")) as part,
        zipfile.ZipFile(part, "w", compression, allowZip64=True) as archive,
    ):
        for name, array in (arrays | dict(kwds)).items():
            with _written(part.with_name(f"{part.name}.npy"), asanyarray(array), allow_pickle) as piece:
                archive.write(piece, f"{name}.npy")


@contextmanager
def _written(path: Path, array: Array, allow_pickle: bool) -> Iterator[Path]:
    """An array in a .npy file that is there for the block only."""
    try:
        _save(path, array, allow_pickle)
        yield path
    finally:
        path.unlink(missing_ok=True)


def savetxt(fname: Any, X: Any, **options: Any) -> None:  # noqa: N803  # NumPy's name
    """Write an array of one or two axes as text, as `numpy.savetxt` with its options does; the array is made whole."""
    np.savetxt(fname, asanyarray(X).compute(), **options)


def loadtxt(fname: Any, *args: Any, chunks: Any = "auto", **options: Any) -> Array:
    """The array of a text, read now by `numpy.loadtxt` with its options. For large ones see `dataframe.read_csv`.

    Examples
    --------
    >>> loadtxt(["1 2", "3 4"]).sum(axis=0).compute()
    array([4., 6.])
    """
    return from_array(np.loadtxt(fname, *args, **options), chunks)


def genfromtxt(fname: Any, *args: Any, chunks: Any = "auto", **options: Any) -> Array:
    """The array of a text with gaps, read now by `numpy.genfromtxt` with its options.

    Examples
    --------
    >>> genfromtxt(["1,", "3,4"], delimiter=",").compute()
    array([[ 1., nan],
           [ 3.,  4.]])
    """
    return from_array(np.genfromtxt(fname, *args, **options), chunks)


@like(np)
def fromfile(
    file: Any, dtype: Any = float, count: int = -1, sep: str = "", offset: int = 0, *, chunks: Any = "auto"
) -> Array:
    """The lazy array of a file of plain bytes, mapped by the tasks; of a text, with a `sep`, it is read now.

    Parameters
    ----------
    file
        A path.
    dtype, count, sep, offset
        As of `numpy.fromfile`; `offset` in bytes.
    chunks
        As for `normalize_chunks`.

    Examples
    --------
    >>> import numpy as np
    >>> np.arange(6.0).tofile("six.f8")
    >>> fromfile("six.f8", offset=16, chunks=2).compute()
    array([2., 3., 4., 5.])
    """
    kind = np.dtype(dtype)
    if sep or kind.hasobject or not isinstance(file, str | os.PathLike):
        return from_array(np.fromfile(file, kind, count, sep, offset), chunks)
    there = max(0, Path(file).stat().st_size - offset) // kind.itemsize
    shape = (there if count < 0 else min(count, there),)
    return from_array(MappedFile(str(Path(file).absolute()), offset, kind, shape, (kind.itemsize,)), chunks)


@like(np)
def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0, *, chunks: Any = "auto") -> Array:
    """The lazy array of the bytes of an object, which must not change. Parameters as of `numpy.frombuffer`.

    Examples
    --------
    >>> frombuffer(bytes([1, 2, 3]), "u1").sum().compute()
    np.uint64(6)
    """
    return from_array(np.frombuffer(buffer, dtype, count, offset), chunks)


def memmap(
    filename: Any,
    dtype: Any = np.uint8,
    mode: str = "r",
    offset: int = 0,
    shape: Any = None,
    order: str = "C",
    *,
    chunks: Any = "auto",
) -> Array:
    """The lazy array of a file of plain bytes in a shape. Parameters as of `numpy.memmap`, which can also write.

    Raises
    ------
    ValueError
        The file is shorter than that, or another mode than "r" or "c".

    Examples
    --------
    >>> import numpy as np
    >>> np.arange(6, dtype="i2").tofile("six.i2")
    >>> memmap("six.i2", "i2", shape=(2, 3), chunks=1).sum(axis=1).compute()
    array([ 3, 12])
    """
    if mode not in ("r", "c"):
        raise ValueError(f"mode={mode!r}: a lazy array only reads; store() into a numpy.memmap of this mode")
    kind = np.dtype(dtype)
    needed = offset + kind.itemsize * prod((shape,) if isinstance(shape, int) else shape or ())
    if shape is not None and Path(filename).stat().st_size < needed:
        raise ValueError(f"{filename} has {Path(filename).stat().st_size} bytes, fewer than {needed}")
    return from_array(np.memmap(filename, kind, "r", offset, shape, "F" if order == "F" else "C"), chunks)


def tofile(array: Array, file: Any, sep: str, template: str) -> None:
    """Write the elements in C order; see `Array.tofile`."""
    if sep or not isinstance(file, str | os.PathLike) or not array.size or array.dtype.hasobject:
        np.asarray(array.compute()).tofile(file, sep, template)
        return
    with _aside(Path(file)) as part:
        target = np.memmap(part, array.dtype, "w+", shape=array.shape or (1,))
        store(array if array.ndim else array.reshape(1), target, lock=False)
        target.flush()
