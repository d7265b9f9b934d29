"""Files that wait beside their places until all of them are complete: a failed write leaves what was there before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from minidask.files import File
from minidask.files.write import move


def aside(file: File, run: str, i: int = 0) -> File:
    """Where the file waits.

    Parameters
    ----------
    file
        What is to be written.
    run, i
        What no other write has in its names; and a number, where several wait for one place.
    """
    folder, slash, name = file.path.rpartition("/")
    return replace(file, path=f"{folder}{slash}.{name}.{run}.{i}.part")


def put_in_place(paths: Sequence[str], waiting: Sequence[File], files: Sequence[File]) -> list[str]:
    """Move complete files to their places; when this runs again after an error, those that still wait."""
    for part, file in zip(waiting, files, strict=True):
        if part.fs.exists(part.path):
            move(part.fs, part.path, file.path)
    return list(paths)


def removed(waiting: Iterable[File]) -> None:
    """Remove files that wait, as far as they are there."""
    for part in waiting:
        with suppress(OSError):
            part.fs.rm_file(part.path)


def computed(written: Any, waiting: Sequence[File], **kwargs: Any) -> Any:
    """What a write gives; after an error nothing waits any longer."""
    try:
        return written.compute(**kwargs)
    except BaseException:
        removed(waiting)
        raise
