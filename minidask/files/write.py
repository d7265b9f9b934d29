"""Files that are written whole or not at all, and the names of many written at once."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minidask.files.paths import Compression, File, Paths, compression_of, file_system, list_paths

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


@contextmanager
def write_atomically(
    file: File, mode: str = "wb", encoding: str | None = None, newline: str | None = None
) -> Iterator[Any]:
    """Open a file to be written beside its place, and put it there when the block ends without an error.

    Folders are made as needed. After an error what stood there before stands there still.

    Parameters
    ----------
    file
        What to write, and how to compress it; see `target_files`.
    mode
        "wb" for bytes, "wt" for text.
    encoding, newline
        As in `open`, for text.

    Examples
    --------
    >>> import fsspec
    >>> (file,) = target_files("memory://written.txt", 1, single=True)
    >>> with write_atomically(file, "wt") as stream:
    ...     stream.write("all")
    3
    >>> fsspec.filesystem("memory").cat("/written.txt")
    b'all'
    """
    fs = file.fs
    fs.makedirs(file.path.rpartition("/")[0], exist_ok=True)
    part = replace(file, path=beside(file.path, uuid.uuid4().hex))
    try:
        with part.open(mode, encoding, newline=newline) as stream:
            yield stream
        move(fs, part.path, file.path)
    except BaseException:
        with suppress(OSError):
            fs.rm_file(part.path)
        raise


def beside(path: str, run: str) -> str:
    """Where a file waits until it may be in its place: hidden there, under a name that is not too long where its own
    is not.

    Parameters
    ----------
    path
        Its place.
    run
        What no other name has.

    Examples
    --------
    >>> beside("/folder/file.csv", "1f2e")
    '/folder/.file.csv.1f2e.part'
    """
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name[:_SHOWN]}.{run}.part"


_SHOWN = 24
"""Letters of a file's name in that of what waits for its place."""


def move(fs: AbstractFileSystem, source: str, target: str) -> None:
    """Put a file in the place of another, at once where that can be."""
    from fsspec.implementations.local import LocalFileSystem

    if isinstance(fs, LocalFileSystem):
        Path(source).replace(target)  # at once; fsspec's own would move it into a folder of that name
    else:
        fs.mv(source, target)


def target_files(
    urlpath: Paths,
    n: int,
    suffix: str = ".part",
    name_function: Callable[[int], str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    compression: Compression = "infer",
    mode: str = "w",
    single: bool = False,
) -> list[File]:
    """The files that `n` blocks are to be written to. Nothing is written or made yet.

    A warning tells of other files there that would be taken for a part of what is written.

    Parameters
    ----------
    urlpath
        A pattern with one ``*`` for the block's name; or a directory, in which the files are called
        ``part.<name><suffix>``; or as many paths as there are blocks.
    n
        The number of blocks.
    suffix
        The end of the names in a directory, such as ``".csv"``.
    name_function
        Names block `i`; by default its number with leading zeros, so that the names sort as the blocks do.
    storage_options
        Arguments of the fsspec file system.
    compression
        "infer" goes by the end of the name.
    mode
        "w" replaces files, "x" refuses to.
    single
        `urlpath` is the one file to write, and `n` is 1.

    Raises
    ------
    ValueError
        Several ``*``, another number of paths than blocks, or names that are not distinct.
    FileExistsError
        With `mode` "x", naming the file.

    Examples
    --------
    >>> [file.path for file in target_files("memory://out-*.csv", 11)][::5]
    ['/out-00.csv', '/out-05.csv', '/out-10.csv']
    >>> [file.path for file in target_files("memory://out", 2, suffix=".csv")]
    ['/out/part.0.csv', '/out/part.1.csv']
    """
    if mode not in ("w", "x"):
        raise ValueError(f'mode={mode!r}: expected "w" (replace files) or "x" (refuse to)')
    if single or not isinstance(urlpath, str | os.PathLike):
        pattern = ""
        places = [file_system(path, storage_options) for path in list_paths(urlpath)]
    else:
        fs, pattern = _pattern(os.fspath(urlpath), suffix, storage_options)
        places = [(fs, pattern.replace("*", name)) for name in block_names(n, name_function)]
    if len(places) != n:
        raise ValueError(f"urlpath names {len(places)} files for {n} blocks; pass a pattern with a * or a directory")
    files = [File(fs, path, compression_of(path, compression)) for fs, path in places]
    if mode == "x":
        _refuse_to_replace(files)
    elif pattern:
        _warn_of_others(fs, pattern, files)
    return files


def block_names(n: int, name_function: Callable[[int], str] | None = None) -> list[str]:
    """The names of `n` blocks: their numbers, padded so that they sort, or what `name_function` says.

    Raises
    ------
    TypeError, ValueError
        `name_function` gives something else than text, or a name twice.

    Examples
    --------
    >>> block_names(11)[1], block_names(2, "abcd".__getitem__)
    ('01', ['a', 'b'])
    """
    if name_function is None:
        width = len(str(max(n - 1, 0)))
        return [f"{i:0{width}d}" for i in range(n)]
    names = [name_function(i) for i in range(n)]
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong:
        raise TypeError(f"name_function must give text, but gave {wrong[0]!r}")
    if len({*names}) < n:
        raise ValueError(f"name_function gives a name twice: {sorted(names)}")
    if names != sorted(names):
        warnings.warn("name_function gives names that sort in another order than the blocks", stacklevel=3)
    return names


def _pattern(urlpath: str, suffix: str, storage_options: Mapping[str, Any] | None) -> tuple[AbstractFileSystem, str]:
    """The file system, and the path with one * for the block's name."""
    fs, path = file_system(urlpath, storage_options)
    if path.count("*") > 1:
        raise ValueError(f"urlpath={urlpath!r}: expected at most one *")
    return fs, path if "*" in path else f"{path.rstrip('/')}/part.*{suffix}"


def _refuse_to_replace(files: list[File]) -> None:
    for file in files:
        if file.fs.exists(file.path):
            raise FileExistsError(f'{file.path} is there already; mode="w" replaces it')


def _warn_of_others(fs: AbstractFileSystem, pattern: str, files: list[File]) -> None:
    """A reader of the same pattern or directory would find these beside what is written."""
    others = sorted({*fs.glob(pattern)} - {file.path for file in files})
    if others:
        named = ", ".join(others[:3]) + (" ..." if len(others) > 3 else "")
        warnings.warn(f"{pattern} also matches files that this does not replace: {named}", stacklevel=3)
