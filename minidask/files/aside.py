"""Files that wait beside their places until all of them are complete: a failed write leaves what was there before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from minidask.files.paths import File
from minidask.files.write import beside, move, write_atomically


@dataclass(frozen=True)
class Waiting:
    """Files of one write, each of which waits for the others.

    Fields
    ------
    files
        What is to be written; several parts may be for one place.
    run
        What no other write has in the names of what waits.

    Examples
    --------
    >>> import fsspec
    >>> from minidask.files import target_files
    >>> waiting = Waiting(target_files("memory://aside-*.txt", 2))
    >>> sizes = []
    >>> for i in range(2):
    ...     with waiting.open(i, "wt") as stream:
    ...         _ = stream.write("all")
    ...     sizes.append(waiting.size(i))
    >>> fsspec.filesystem("memory").exists("/aside-0.txt"), waiting.put_in_place(sizes)
    (False, ['/aside-0.txt', '/aside-1.txt'])
    """

    files: Sequence[File]
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def part(self, i: int) -> File:
        """Where file `i` waits."""
        file = self.files[i]
        return replace(file, path=beside(file.path, f"{self.run}.{i}"))

    def open(
        self, i: int, mode: str = "wb", encoding: str | None = None, newline: str | None = None
    ) -> AbstractContextManager[Any]:
        """What waits for the place of file `i`, to be written; parameters as for `write_atomically`."""
        return write_atomically(self.part(i), mode, encoding, newline)

    def size(self, i: int) -> int:
        """The bytes of what waits, for `put_in_place`."""
        part = self.part(i)
        return int(part.fs.size(part.path))

    def put_in_place(self, sizes: Sequence[int]) -> list[str]:
        """Move all files to their places, and give their paths; run again after an error, those that still wait.

        Raises
        ------
        FileNotFoundError
            A file is gone: it neither waits, nor is one of its size in its place.
        """
        for i, (file, size) in enumerate(zip(self.files, sizes, strict=True)):
            part = self.part(i)
            if part.fs.exists(part.path):
                move(part.fs, part.path, file.path)
            elif not file.fs.exists(file.path) or file.fs.size(file.path) != size:
                raise FileNotFoundError(f"what was written for {file.path} is gone: it waited at {part.path}")
        return [file.path for file in self.files]

    def remove(self) -> None:
        """Remove what waits."""
        for i in range(len(self.files)):
            part = self.part(i)
            with suppress(OSError):
                part.fs.rm_file(part.path)
