"""Blocks that outlive the computation that made them: persisted ones, and those of the cache.

They count in the memory budget of every later computation. Where that needs room, the cache gives way first; then the
persisted blocks that were not used for longest go to disk, and are mapped back when they are used. Nobody waits for
the writing of a block but those who want to write it, too.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from minidask.errors import SpillError
from minidask.store.handle import Handle
from minidask.store.sizeof import register, sizeof
from minidask.task import Resting

if TYPE_CHECKING:
    from minidask.store.blocks import BlockStore

_clock = count(1)
_lock = threading.RLock()  # what the collector runs while it is held may release a block
_all: dict[int, ref[Kept]] = {}
_held = 0
_givers: list[Callable[[float], int]] = []


class Kept(Resting):
    """A block that is kept; nobody referring to it any more releases it.

    Parameters
    ----------
    value
        The block, where it is in the memory of this process.
    handle
        Where it is stored, else; the file belongs to this object from now on.

    Examples
    --------
    >>> block = Kept([1, 2, 3])
    >>> block.open()
    [1, 2, 3]
    """

    __slots__ = ("__weakref__", "_handle", "_moving", "_pid", "_pins", "_stuck", "_value", "nbytes", "used")

    def __init__(self, value: Any = None, handle: Handle | None = None) -> None:
        self._value = value
        self._handle = handle
        self._pid = os.getpid()
        self._pins = 0  # who reads the stored block in another process
        self._stuck = False  # cannot leave the memory
        self._moving = threading.Lock()  # held by who writes it to disk
        self.nbytes = 0
        """That it takes in memory now."""
        self.used = next(_clock)
        self._count()
        with _lock:
            _all[id(self)] = ref(self)

    def _count(self) -> None:
        """Enter the bytes of memory that it takes now."""
        global _held
        handle = self._handle
        now = sizeof(self._value) if handle is None else 0 if handle.on_disk else handle.nbytes
        with _lock:
            _held += now - self.nbytes
            self.nbytes = now

    def open(self) -> Any:
        """The block."""
        self.used = next(_clock)
        with _lock:
            handle, value = self._handle, self._value
        if handle is None:
            return value
        try:
            return _store().get(handle)
        except SpillError:  # it may have gone to disk this moment
            with _lock:
                handle = self._handle
            assert handle is not None
            return _store().get(handle)

    def holding(self, result: Any) -> Kept:
        return Kept(result)

    def pin(self) -> Handle:
        """The handle of the block, for a worker process; it stays where it is until `unpin`. Raises Unpicklable."""
        self.used = next(_clock)
        with _lock:
            if self._handle is None:
                self._handle, self._value = _store().put(self._value), None
                self._count()
            self._pins += 1
            return self._handle

    def unpin(self) -> None:
        """Undo one `pin`."""
        with _lock:
            self._pins -= 1

    @property
    def movable(self) -> bool:
        """Whether it takes memory now, and can go to disk."""
        return self.nbytes > 0 and not self._pins and not self._stuck

    def spill(self) -> int:
        """Go to disk, if it is `movable`; the bytes of memory that this gives back. Meanwhile it can be used.

        Raises
        ------
        SpillError
            The disk is full, or broken.
        """
        store, freed = _store(), 0
        with self._moving:
            with _lock:
                if not self.movable:
                    return 0
                before, value = self._handle, self._value
            handle = unused = store.spill(value if before is None else before)
            try:
                with _lock:
                    if handle is None:
                        self._stuck = True
                    elif self._handle is before and self.movable:
                        freed, unused = self.nbytes, before
                        self._handle, self._value = handle, None
                        self._count()
            finally:
                if unused is not None:
                    store.release(unused)
        return freed

    def __reduce__(self) -> Any:
        return Kept, (self.open(),)

    def __del__(self, is_exiting: Callable[[], bool] = sys.is_finalizing) -> None:
        global _held
        if is_exiting() or getattr(self, "_pid", 0) != os.getpid():
            return  # modules are gone, and the folder with them; or this is a fork, or has never begun
        with _lock:
            _held -= self.nbytes
            self.nbytes = 0  # who looks for room may have got hold of it this moment
            _all.pop(id(self), None)
        if self._handle is not None:
            with suppress(OSError):
                Path(self._handle.path).unlink()

    def __repr__(self) -> str:
        handle = self._handle
        return f"<block {'in memory' if handle is None else 'on disk' if handle.on_disk else 'in shared memory'}>"


@register(Kept)
def _size_of_kept(kept: Kept) -> int:
    return 0  # it is counted by itself


def kept_bytes() -> int:
    """The memory that kept blocks take."""
    return _held


def add_giver(give: Callable[[float], int]) -> None:
    """From now on ask `give(nbytes)` first for room; it says how much it gave."""
    _givers.append(give)


def give_way(nbytes: float) -> int:
    """Let go of so many bytes of memory that can be had at once, or of as many as there are; how many it was."""
    freed = 0
    for give in _givers:
        if freed < nbytes:
            freed += give(nbytes - freed)
    return freed


def longest_unused(nbytes: float) -> list[Kept]:
    """The blocks to `spill` for so many bytes of memory, or for as many as there are."""
    with _lock:
        alive = [block for known in list(_all.values()) if (block := known()) is not None]
    blocks = sorted(alive, key=lambda block: block.used)
    found: list[Kept] = []
    for block in blocks:
        if nbytes <= 0:
            break
        if block.movable:
            found.append(block)
            nbytes -= block.nbytes
    return found


def _store() -> BlockStore:
    from minidask.store.blocks import BlockStore  # loaded with the first block that is stored

    return BlockStore()


def keep(result: Any) -> Kept:
    """A result of a computation, as its engine has it, for later ones. A handle's block is not moved."""
    if type(result) is Kept:
        return result
    return _renamed(result, os.rename) if type(result) is Handle else Kept(result)


def copy(result: Any) -> Kept | None:
    """A copy of a result, which the original's use does not change; None where there can be none."""
    from minidask.store.frames import Unpicklable  # as above

    try:
        return _renamed(result, os.link) if type(result) is Handle else Kept(handle=_store().put(result))
    except (Unpicklable, OSError):
        return None


def _renamed(handle: Handle, give_name: Callable[[str, str], None]) -> Kept:
    """A block under a name of this process, so that it stays when the one that wrote it dies, or releases it.

    Whatever fails, its file has an owner: that is there first.
    """
    renamed = _store().rename(handle)
    block = Kept(handle=renamed)
    give_name(handle.path, renamed.path)
    return block
