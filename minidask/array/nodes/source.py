"""Arrays from elsewhere: in memory, in files, behind slicing."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from minidask.array.chunks import Chunks, as_slice, normalize_chunks, offsets
from minidask.array.node import ArrayNode, as_meta, meta_of
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.naming import LARGE, tokenize, unique_token
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.task import Source


class Memory:
    """An array in memory under a lasting name. A small one is named by its elements, and copied, lest they change."""

    def __init__(self, array: Any) -> None:
        self.array = array.copy() if array.nbytes <= LARGE else array
        self.token = tokenize(self.array)

    def __dask_tokenize__(self) -> str:
        return self.token


class FromArray(ArrayNode):
    """Blocks of an array in memory: views of it."""

    memory: Memory
    sizes: Chunks

    @property
    def operation(self) -> str:
        return "array"

    @property
    def summary(self) -> str:
        return f"shape={self.shape}, dtype={self.dtype}"

    @property
    def cut_freely(self) -> bool:
        return True

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return as_meta(self.memory.array, self.memory.array.ndim)

    def block_nbytes(self, index: Index) -> int:
        return 0  # the memory is taken already

    def largest_nbytes(self) -> int:
        return 0

    def largest_extent(self) -> int:
        return super().largest_nbytes()


Region = tuple[range | int, ...]
"""For each axis of a source the places that are read."""


class FromSource(ArrayNode):
    """Blocks of something that has a shape, a dtype, and slices: a file, a store.

    Fields
    ------
    source
        Sliced inside the tasks.
    region
        What is read of it.
    sizes
        The chunks: of the region, without the axes that are read at one place only.
    asarray
        Whether slices are made NumPy arrays.
    lock
        Held while slicing; None for none.
    """

    source: Any
    region: Region
    sizes: Chunks
    asarray: bool = True
    lock: Any = None

    @property
    def operation(self) -> str:
        return "array"

    @property
    def summary(self) -> str:
        return f"{type(self.source).__name__}, shape={self.shape}, dtype={self.dtype}"

    @property
    def cut_freely(self) -> bool:
        return getattr(self.source, "cut_freely", False)

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        if self.asarray:
            return meta_of(self.source.dtype, len(self.sizes))
        return as_meta(self.source[(slice(0, 0),) * len(self.region)], len(self.sizes))


class Cuts(PerBlock):
    """For each block the slices that cut it out of the whole array."""

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks
        self._starts = [offsets(sizes) for sizes in chunks]

    def block(self, index: Index) -> tuple[slice, ...]:
        return tuple([slice(starts[i], starts[i + 1]) for starts, i in zip(self._starts, index)])


class Views(PerBlock):
    """For each block the view of it in an array in memory."""

    def __init__(self, array: Any, cuts: Cuts) -> None:
        self.array = array
        self.cuts = cuts
        self.lasts = array.nbytes <= LARGE  # a larger one is named by identity, and somebody may write to it

    def block(self, index: Index) -> Any:
        return self.array[(*self.cuts.block(index), ...)]  # with the dots an array also where there are no axes


class RegionCuts(PerBlock):
    """For each block what it reads of the source."""

    def __init__(self, region: Region, chunks: Chunks, lasts: bool = True, outside: Iterable[Source] = ()) -> None:
        self.region = region
        self.cuts = Cuts(chunks)
        self.lasts = lasts
        self.outside = outside

    def block(self, index: Index) -> tuple[slice | int, ...]:
        cuts = iter(self.cuts.block(index))
        return tuple([places if isinstance(places, int) else as_slice(places[next(cuts)]) for places in self.region])


def same(block: Any) -> Any:
    """The block that a rule has cut already."""
    return block


def read(source: Any, cut: tuple[slice | int, ...], asarray: bool, lock: Any) -> Any:
    """A slice of a source, read in a task."""
    with lock or nullcontext():
        block = source[cut]
        return np.asarray(block) if asarray else block


@lower(FromArray)
def array_to_views(node: FromArray) -> Node:
    """Each task is given its own piece, and no more."""
    views = Views(node.memory.array, Cuts(node.chunks))
    return blockwise(same, views, grid=node.grid, name=node.name, label="array", recompute="always")


@lower(FromSource)
def source_to_reads(node: FromSource) -> Node:
    """Each task reads its own slice: rather twice than held in memory for long."""
    told = hasattr(node.source, "__dask_tokenize__")  # of others nobody knows when what is in them changes
    outside = (node.source,) if hasattr(node.source, "is_current") else ()
    args = (node.source, RegionCuts(node.region, node.chunks, told, outside), node.asarray, node.lock)
    return blockwise(read, *args, grid=node.grid, name=node.name, label="read", recompute="late")


def from_memory(array: Any, chunks: Any = "auto") -> ArrayNode:
    """The node of an array in memory."""
    return FromArray(Memory(array), normalize_chunks(chunks, array.shape, dtype=array.dtype))


def from_kind(array: Any, chunks: Any = "auto") -> ArrayNode:
    """The node of an array in memory that is of another kind than NumPy's; its blocks stay of this kind."""
    sizes = normalize_chunks(chunks, tuple(array.shape), dtype=array.dtype)
    return FromSource(array, tuple(range(n) for n in array.shape), sizes, asarray=False)


class NamedLock:
    """A lock that is one and the same, within each process, for all with its name; it can be pickled."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or unique_token()
        with _creating:
            self._lock = _locks.setdefault(self.name, _Lock())

    def __enter__(self) -> None:
        self._lock.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.lock.release()

    def __reduce__(self) -> Any:
        return NamedLock, (self.name,)


class _Lock:
    """A lock that can be referred to weakly."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_creating = threading.Lock()
_locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
