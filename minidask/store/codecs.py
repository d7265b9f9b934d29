"""Compression of the blocks that go to disk."""

from __future__ import annotations

import gzip
from types import ModuleType
from typing import IO, Any

from minidask.extras import import_extra

_LEVEL = 1
"""Of gzip: the fastest."""


def check_codec(codec: str | None) -> None:
    """Raise a MissingExtraError where what a codec needs is not installed.

    Examples
    --------
    >>> check_codec("gzip")
    """
    if codec not in (None, "gzip"):
        _pyarrow(str(codec))


def compressing(file: IO[bytes], codec: str) -> Any:
    """A file to write to, whose bytes go to `file` compressed by "gzip", "lz4" or "zstd".

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with compressing(file, "gzip") as compressed:
    ...     _ = compressed.write(b"x" * 10_000)
    >>> len(file.getvalue()) < 200
    True
    """
    if codec == "gzip":
        return gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL)
    return _pyarrow(codec).CompressedOutputStream(file, codec)


def decompressing(file: IO[bytes], codec: str) -> Any:
    """A file to read from, with the bytes that `compressing` has written to `file`."""
    if codec == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    return _pyarrow(codec).CompressedInputStream(file, codec)


def _pyarrow(codec: str) -> ModuleType:
    return import_extra("pyarrow", extra="parquet", purpose=f"compress spilled blocks by {codec}")
