"""Which files a person means, and how each is opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias
from zipfile import ZipFile

from minidask.errors import MissingExtraError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

Paths: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""A path or URL, possibly with wildcards, or several of them."""

Compression: TypeAlias = str | Mapping[str, Any] | None
"""How files are compressed: a name, "infer", or as pandas takes it a dict with the "method"."""

_COMPRESSIONS = {"gz": "gzip", "bz2": "bz2", "xz": "xz", "zip": "zip", "zst": "zstd", "lz4": "lz4"}
_NEAR = frozenset(("file", "local", "memory"))
"""The file systems that tell at once how a file is now."""
_PACKAGES = {"zstd": "zstandard", "lz4": "lz4"}


@dataclass(frozen=True, slots=True)
class File:
    """One file: where it is and how it is compressed. Small, and opened only when asked.

    Parameters
    ----------
    fs
        The fsspec file system it is on.
    path
        Its path there.
    compression
        ``"gzip"``, ``"bz2"``, ``"xz"``, ``"zip"``, ``"zstd"``, ``"lz4"`` or None.
    size
        Bytes as stored, where the file system tells.
    version
        Changes when the file does (as far as its size, time and whatever else the file system tells show it);
        empty for a file that is still to be written.
    """

    fs: AbstractFileSystem
    path: str
    compression: str | None = None
    size: int | None = None
    version: str = ""

    @property
    def url(self) -> str:
        """The path with its protocol, as another program could open it."""
        return str(self.fs.unstrip_protocol(self.path))

    @property
    def is_near(self) -> bool:
        """Whether to read it again costs next to nothing."""
        return not self.compression and bool(_NEAR & _protocols(self.fs))

    def is_current(self) -> bool:
        """Whether it is as it was when it was found. Files that are far away are not looked at: it takes too long."""
        if not self.version or not _NEAR & _protocols(self.fs):
            return True
        try:
            return _version(self.fs.info(self.path)) == self.version
        except OSError:
            return False

    def open(
        self,
        mode: str = "rb",
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """A context manager that gives the open file, decompressed; `mode` "rt" decodes it.

        Raises
        ------
        ValueError
            A zip archive that has not exactly one file in it.
        """
        from fsspec.core import OpenFile

        if self.compression == "zip" and "r" in mode:
            self._check_archive()
        return OpenFile(self.fs, self.path, mode, self.compression, encoding, errors, newline)

    def _check_archive(self) -> None:
        with self.fs.open(self.path, "rb") as stored, ZipFile(stored) as archive:
            names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"{self.path} holds {len(names)} files; a zip archive with exactly one can be read")


def find_files(
    urlpath: Paths,
    storage_options: Mapping[str, Any] | None = None,
    compression: Compression = "infer",
    filesystem: AbstractFileSystem | None = None,
) -> list[File]:
    """The files that a person means.

    Parameters
    ----------
    urlpath
        A path or URL, a glob (which gives hidden files only if it begins with a ``.``), a directory (the files directly
        in it, but for those whose names begin with ``.`` or ``_``), or several of these. What one glob or directory
        gives is sorted; several keep their order.
    storage_options
        Arguments of the fsspec file system.
    compression
        Of all the files; "infer" goes by the ends of their names, None reads them as they are.
    filesystem
        The one that the files are on; by default the URLs tell.

    Raises
    ------
    FileNotFoundError
        A file is missing, or a glob or directory gives none.
    ValueError
        An unknown compression, no path at all, or paths on several file systems.

    Examples
    --------
    >>> import fsspec
    >>> fsspec.filesystem("memory").pipe({"/found/b.csv": b"", "/found/a.csv": b"", "/found/note.txt.gz": b""})
    >>> [file.path for file in find_files("memory://found/*.csv")]
    ['/found/a.csv', '/found/b.csv']
    >>> find_files("memory://found/note.txt.gz")[0].compression
    'gzip'
    """
    found: list[File] = []
    for path in list_paths(urlpath):
        fs, plain = file_system(path, storage_options, filesystem)
        if found and fs != found[0].fs:
            raise ValueError(f"urlpath: {path} is on another file system than {found[0].url}; read them apart")
        found.extend(_file(fs, info, compression) for info in _infos(fs, plain))
    return found


def list_paths(urlpath: Paths) -> list[str]:
    if hasattr(urlpath, "read"):
        raise TypeError(
            f"urlpath: expected a path or a list of paths, got the open file or buffer {type(urlpath).__name__}; "
            f"each task opens the file for itself"
        )
    if not isinstance(urlpath, str | os.PathLike | Iterable):
        raise TypeError(f"urlpath: expected a path or a list of paths, got {urlpath!r}")
    paths = [urlpath] if isinstance(urlpath, str | os.PathLike) else list(urlpath)
    if not paths:
        raise ValueError("urlpath is empty; expected a path, a glob or a list of them")
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"urlpath: expected a path or a list of paths, got {path!r}")
    return [os.fspath(path) for path in paths]


def file_system(
    path: str, storage_options: Mapping[str, Any] | None, known: AbstractFileSystem | None = None
) -> tuple[AbstractFileSystem, str]:
    """The file system that a path or URL is on, unless it is known, and the path there."""
    from fsspec.core import url_to_fs

    if known is not None:
        return known, str(known._strip_protocol(path))
    fs, plain = url_to_fs(path, **(storage_options or {}))
    return fs, plain


def known_file_system(told: Any, storage_options: Mapping[str, Any] | None = None) -> AbstractFileSystem | None:
    """The file system that a person names; None where URLs tell.

    Parameters
    ----------
    told
        One of fsspec, or of `pyarrow.fs`; "fsspec" or None: URLs tell.
    storage_options
        Must be none where `told` is a file system: it has its own.

    Raises
    ------
    TypeError, ValueError
        It is no file system; there are options besides.
    """
    from fsspec import AbstractFileSystem

    if told is None or (isinstance(told, str) and told == "fsspec"):
        return None
    if storage_options:
        raise ValueError("filesystem and storage_options: give one of them")
    if isinstance(told, AbstractFileSystem):
        return told
    if isinstance(told, str) or type(told).__module__.partition(".")[0] != "pyarrow":
        raise TypeError(f'filesystem: expected "fsspec", a file system of fsspec or of pyarrow.fs, got {told!r}')
    from fsspec.implementations.arrow import ArrowFSWrapper

    return ArrowFSWrapper(told)


def _infos(fs: AbstractFileSystem, path: str) -> list[dict[str, Any]]:
    """What the file system tells of the files that `path` names; a file of that very name goes before a glob."""
    try:
        info = fs.info(path)
    except FileNotFoundError:
        if not set("*?[") & set(path):
            raise FileNotFoundError(f"there is no file {path}") from None
        dots = _last(path).startswith(".")  # as in a shell: files that wait to be complete begin so
        there = fs.glob(path, detail=True).values()
        found = [i for i in there if i["type"] != "directory" and (dots or not _last(i["name"]).startswith("."))]
    else:
        if info["type"] != "directory":
            return [info]
        found = [i for i in fs.ls(path, detail=True) if i["type"] != "directory" and not _hidden(i["name"])]
    if not found:
        raise FileNotFoundError(f"{path} matches no file")
    return sorted(found, key=lambda info: info["name"])


def _hidden(path: str) -> bool:
    return _last(path).startswith((".", "_"))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _file(fs: AbstractFileSystem, info: dict[str, Any], compression: Compression) -> File:
    path = info["name"]
    return File(fs, path, compression_of(path, compression), info.get("size"), _version(info))


def _protocols(fs: AbstractFileSystem) -> set[str]:
    return {fs.protocol} if isinstance(fs.protocol, str) else {*fs.protocol}


def is_local(fs: AbstractFileSystem) -> bool:
    """Whether the files are those of this machine, which any library can open by their paths."""
    return bool({"file", "local"} & _protocols(fs))


def _version(info: Mapping[str, Any]) -> str:
    return blake2b(repr(sorted(info.items(), key=lambda item: item[0])).encode(), digest_size=16).hexdigest()


def compression_of(path: str, compression: Compression = "infer") -> str | None:
    """The compression of a file, by the end of its name where it is "infer".

    Raises
    ------
    ValueError
        There is no such compression.
    NotImplementedError
        A dict that tells more than the "method".
    MissingExtraError
        The package for it is not installed.

    Examples
    --------
    >>> compression_of("a.csv"), compression_of("a.csv.bz2"), compression_of("a.bz2", None)
    (None, 'bz2', None)
    """
    if isinstance(compression, Mapping):
        more = [name for name in compression if name != "method"]
        if more:
            raise NotImplementedError(f"compression={dict(compression)}: {more[0]!r} is left to the file system")
    method = compression.get("method", "infer") if isinstance(compression, Mapping) else compression
    if method == "infer":
        method = _COMPRESSIONS.get(path.rpartition(".")[2].lower())
    if method is None:
        return None
    if method not in _COMPRESSIONS.values():
        known = ", ".join(map(repr, _COMPRESSIONS.values()))
        raise ValueError(f'compression={method!r}: expected "infer", None or one of {known}')
    from fsspec.compression import compr

    if method not in compr:
        raise MissingExtraError(f"to open {path} ({method}) install: pip install {_PACKAGES[method]}")
    return method
