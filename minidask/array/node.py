"""The base of array nodes: a grid of blocks that knows its chunks, its dtype and what kind of array its blocks are."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Shape
from minidask.expr.node import Node, Over, fact, late_fact
from minidask.expr.pipeline import lower
from minidask.kernels.kinds import empty


class ArrayNode(Node):
    """An array still to be made. Subclasses give `chunks` and `meta`."""

    @fact
    def chunks(self) -> Chunks:
        """For each axis the sizes of its blocks; None where a size depends on data."""
        raise NotImplementedError(f"{type(self).__name__} has no chunks")

    @fact
    def meta(self) -> Any:
        """An empty array of the dtype, the number of axes and the kind of the blocks."""
        raise NotImplementedError(f"{type(self).__name__} has no meta")

    @fact
    def grid(self) -> tuple[int, ...]:
        return tuple(map(len, self.chunks))

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.meta.dtype

    @property
    def ndim(self) -> int:
        return len(self.chunks)

    @late_fact
    def shape(self) -> Shape:
        """The sizes of the axes; None where a size depends on data."""
        return tuple(None if None in sizes else sum(sizes) for sizes in self.chunks)

    @late_fact
    def spaces(self) -> tuple[Any, ...]:
        """For each axis of unknown size who decides the sizes: axes of one space fit each other. None: known."""
        return tuple((self.name, axis) if None in sizes else None for axis, sizes in enumerate(self.chunks))

    @property
    def is_told(self) -> bool:
        """Whether the dtype is known, so that to ask for it computes nothing."""
        return True

    @property
    def is_shared(self) -> bool:
        """Whether others hold the blocks, too."""
        return False

    def tried_on_empty(self) -> Any:
        """What it gives of empty blocks, where that is to be found out by trying; None: nobody knows."""
        return None

    def over(self, node: Node) -> ArrayNode:
        """The same array made by another node."""
        return Given.named(node.name, node, self.chunks, self.meta)

    @property
    def cut_freely(self) -> bool:
        """Whether other chunks cost nothing."""
        return False

    @property
    def is_known(self) -> bool:
        """Whether all sizes are known."""
        return None not in self.shape

    @property
    def nbytes(self) -> int:
        """Bytes of the whole array; all sizes must be known."""
        return prod(self.shape) * self.dtype.itemsize

    def block_nbytes(self, index: tuple[int, ...]) -> int | None:
        if self.dtype.hasobject or not self.is_known:
            return None
        return prod(sizes[i] for sizes, i in zip(self.chunks, index)) * self.dtype.itemsize

    def largest_nbytes(self) -> int:
        dtype = self.meta.dtype
        return 0 if dtype.hasobject else _largest_size(self.chunks) * dtype.itemsize


@lru_cache(maxsize=64)
def _largest_size(chunks: Chunks) -> int:
    """The elements of the largest block; 0 where sizes depend on data."""
    return 0 if any(None in sizes for sizes in chunks) else prod([max(sizes, default=0) for sizes in chunks])


class InChunks(ArrayNode):
    """An array brought into chunks that are told.

    Fields
    ------
    source
        The array.
    sizes
        The chunks of the result.
    """

    source: ArrayNode
    sizes: Chunks

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        meta = self.source.meta
        return meta if meta.ndim == len(self.sizes) else as_meta(meta, len(self.sizes))


class SameChunks(ArrayNode):
    """Base of nodes whose blocks have the sizes of those of one source; and its dtype, where they do not say else."""

    source: ArrayNode

    @fact
    def chunks(self) -> Chunks:
        return self.source.chunks

    @fact
    def meta(self) -> Any:
        return self.source.meta

    @property
    def spaces(self) -> tuple[Any, ...]:
        return self.source.spaces


class Given(Over, ArrayNode):
    """Any node whose blocks are those of an array: what it has computed already, delayed values, another collection.

    Fields
    ------
    source
        A node of the same grid.
    sizes
        The chunks.
    empty
        The meta; None: nobody knows (see `nodes/untold.py`).
    """

    sizes: Chunks
    empty: Any

    @property
    def operation(self) -> str:
        return self.source.operation

    @property
    def is_shared(self) -> bool:
        return True

    @fact
    def chunks(self) -> Chunks:
        if tuple(map(len, self.sizes)) != self.source.grid:
            raise ValueError(f"chunks of {tuple(map(len, self.sizes))} blocks for a grid of {self.source.grid}")
        return self.sizes

    @fact
    def meta(self) -> Any:
        return told(self.empty, len(self.sizes))

    @property
    def summary(self) -> str:
        return ""


@lower(Given)
def given_to_source(node: Given) -> Node:
    """Its blocks are those of the source."""
    return node.source


def meta_of(dtype: Any, ndim: int) -> np.ndarray[Any, Any]:
    """The meta of NumPy blocks.

    Examples
    --------
    >>> meta_of("f4", 2)
    array([], shape=(0, 0), dtype=float32)
    """
    return np.zeros((0,) * ndim, dtype)  # without axes it has an element, which is to be like others: not None


def told(meta: Any, ndim: int) -> Any:
    """A meta; where nobody knows it, one of objects stands in: these are never taken for what they are not."""
    return meta_of(object, ndim) if meta is None else meta


def as_meta(value: Any, ndim: int) -> Any:
    """An empty array of `ndim` axes like `value`, an array or scalar that some function returned."""
    if isinstance(value, np.generic) or not hasattr(value, "ndim"):
        value = np.asarray(value)
    elif ndim and value.shape == (0,) * ndim:
        return value
    if ndim == 0:
        return value if value.ndim == 0 else np.zeros((), value.dtype)
    return empty(value, ndim)
