"""Arrays from elsewhere: in memory, in files, behind slicing."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, normalize_chunks
from minidask.array.node import ArrayNode, as_meta, meta_of
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class FromArray(ArrayNode):
    """Blocks of an array in memory: views of it."""

    array: Any
    sizes: Chunks

    @property
    def operation(self) -> str:
        return "array"

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return as_meta(self.array, self.array.ndim)


class FromSource(ArrayNode):
    """Blocks of something that has a shape, a dtype, and slices: a file, a store.

    Fields
    ------
    source
        Sliced inside the tasks.
    sizes
        The chunks.
    asarray
        Whether slices are made NumPy arrays.
    lock
        Held while slicing; None for none.
    """

    source: Any
    sizes: Chunks
    asarray: bool = True
    lock: Any = None

    @property
    def operation(self) -> str:
        return "array"

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return meta_of(self.source.dtype, len(self.sizes))


class Cuts(PerBlock):
    """For each block the slices that cut it out of the whole array."""

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks
        self._starts = [list(accumulate(sizes, initial=0)) for sizes in chunks]

    def block(self, index: Index) -> tuple[slice, ...]:
        return tuple([slice(starts[i], starts[i + 1]) for starts, i in zip(self._starts, index)])


@dataclass(frozen=True)
class Views(PerBlock):
    """For each block the view of it in an array in memory."""

    array: Any
    cuts: Cuts

    def block(self, index: Index) -> Any:
        return self.array[self.cuts.block(index)]


def same(block: Any) -> Any:
    """The block that a rule has cut already."""
    return block


def read(source: Any, cut: tuple[slice, ...], asarray: bool, lock: Any) -> Any:
    """A slice of a source, read in a task."""
    with lock or nullcontext():
        block = source[cut]
        return np.asarray(block) if asarray else block


@lower(FromArray)
def array_to_views(node: FromArray) -> Node:
    """Each task is given its own piece, and no more."""
    views = Views(node.array, Cuts(node.chunks))
    return blockwise(same, views, grid=node.grid, name=node.name, label="array", recompute="always")


@lower(FromSource)
def source_to_reads(node: FromSource) -> Node:
    """Each task reads its own slice: rather twice than held in memory for long."""
    args = (node.source, Cuts(node.chunks), node.asarray, node.lock)
    return blockwise(read, *args, grid=node.grid, name=node.name, label="read", recompute="late")


def from_memory(array: Any, chunks: Any = "auto") -> ArrayNode:
    """The node of an array in memory."""
    return FromArray(array, normalize_chunks(chunks, array.shape, dtype=array.dtype))
