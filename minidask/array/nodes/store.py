"""Blocks written into something that takes slices."""

from __future__ import annotations

import os
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.files import MappedFile, zarr_folder
from minidask.array.nodes.source import Region, RegionCuts
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Store(Node):
    """An array written block by block. Its own blocks are nothing, or what was written.

    Fields
    ------
    source
        The array.
    target
        Takes ``target[slices] = block``.
    region
        Where in the target the array goes.
    lock
        Held while writing; None for none.
    reads
        Whether its blocks are what the target then gives.
    """

    source: ArrayNode
    target: Any
    region: Region
    lock: Any = None
    reads: bool = False

    @fact
    def grid(self) -> tuple[int, ...]:
        return self.source.grid


@lower(Store)
def store_blocks(node: Store) -> Node:
    """A task a block."""
    args = (node.source, node.target, RegionCuts(node.region, node.source.chunks), node.lock)
    func = write_and_read if node.reads else write
    return blockwise(func, *args, grid=node.grid, name=node.name, label="store")


def write(block: Any, target: Any, cut: tuple[slice | int, ...], lock: Any) -> None:
    """Write a block."""
    with lock or nullcontext():
        target[cut] = block


def write_and_read(block: Any, target: Any, cut: tuple[slice | int, ...], lock: Any) -> Any:
    """Write a block; gives it as it then is."""
    with lock or nullcontext():
        target[cut] = block
        return np.asarray(target[cut])


class FolderLock:
    """A lock that also processes hold one after the other, as with it the system's own lock on a folder is held.

    Where the folder's file system has no locks, it is no more than the lock that is given.

    Parameters
    ----------
    lock
        That of the threads of each process.
    folder
        What is written to.

    Examples
    --------
    >>> import threading
    >>> with FolderLock(threading.Lock(), "."):
    ...     pass
    """

    def __init__(self, lock: Any, folder: str) -> None:
        self.lock = lock
        self.folder = folder

    def __enter__(self) -> None:
        with ExitStack() as undo:
            undo.enter_context(self.lock)
            with suppress(ImportError, OSError):
                from fcntl import LOCK_EX, flock  # not every system has it

                Path(self.folder).mkdir(parents=True, exist_ok=True)
                file = os.open(self.folder, os.O_RDONLY)
                undo.callback(os.close, file)
                flock(file, LOCK_EX)
            self._held = undo.pop_all()

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def __reduce__(self) -> Any:
        return FolderLock, (self.lock, self.folder)


def writing_lock(target: Any, lock: Any) -> Any:
    """What is to be held while writing to a target whose chunks may be shared by blocks: `lock`, or more than that."""
    folder = zarr_folder(target)
    return lock if folder is None else FolderLock(lock, str(folder))


class Here:
    """A target that lives in this process, and cannot be written to from another."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __setitem__(self, cut: Any, block: Any) -> None:
        self.target[cut] = block

    def __getitem__(self, cut: Any) -> Any:
        return np.array(self.target[cut])

    def __reduce__(self) -> Any:
        raise TypeError(
            f"other processes cannot write into a {type(self.target).__name__} of this process; "
            'store with scheduler="threads"'
        )


class WritableFile:
    """An array in a file of plain bytes, mapped for each write."""

    def __init__(self, file: MappedFile) -> None:
        self.file = file

    def __setitem__(self, cut: Any, block: Any) -> None:
        view = self.file.open("r+")
        view[cut] = block

    def __getitem__(self, cut: Any) -> Any:
        return self.file[cut]


def portable_target(target: Any) -> Any:
    """A target that other processes can write to, where there is a way; else one that says that they cannot."""
    if isinstance(target, np.memmap):
        file = MappedFile.of(target)
        return Here(target) if file is None else WritableFile(file)
    package = type(target).__module__.partition(".")[0]
    in_memory = package == "zarr" and type(target.store).__name__ == "MemoryStore"
    if isinstance(target, np.ndarray) or package == "h5py" or in_memory:
        return Here(target)
    return target
