"""Files that are written whole, or not at all."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import FileIO
from pathlib import Path

Part = bytes | bytearray | memoryview | mmap.mmap


def open_file(path: str | Path, mode: str) -> FileIO:
    """A file that is closed also where Ctrl-C comes in the moment in which it was opened; only we may read new ones."""
    return FileIO(path, mode, opener=partial(os.open, mode=0o600))


def write_all(file: int, data: Part) -> None:
    """Write to a file descriptor, as often as it takes until nothing is left."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


@contextmanager
def removed_on_error(path: str | Path) -> Iterator[None]:
    """No file is left half-written."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            Path(path).unlink()
        raise
