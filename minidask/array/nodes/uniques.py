"""The different elements of an array: found block by block, and merged as a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

from minidask.array.chunks import Chunks, even
from minidask.array.node import ArrayNode, as_meta, meta_of
from minidask.array.nodes.elementwise import item
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.merged import Merged
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts
from minidask.array.nodes.unique_ranges import UniqueRanges, ranges_for
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Found(NamedTuple):
    """Different elements, sorted; where each is first, and how often it is there."""

    values: Any
    first: Any
    counts: Any


@dataclass(frozen=True)
class Uniques:
    """Finds and merges different elements.

    Parameters
    ----------
    equal_nan
        Whether NaN is one element.
    axis
        Along which the slices lie that are compared; None: elements are.
    """

    equal_nan: bool
    axis: int | None = None

    def part(self, block: Any, cut: tuple[slice, ...]) -> Found:
        """Those of a block that lies at `cut` in the whole."""
        options: Any = {"axis": self.axis, "equal_nan": self.equal_nan}
        values, first, counts = np.unique(block, return_index=True, return_counts=True, **options)
        return Found(values, first + cut[self.axis or 0].start if cut else first, counts)

    def __call__(self, parts: Sequence[Found]) -> Found:
        joined = np.concatenate([part.values for part in parts], self.axis or 0)
        first, counts = (np.concatenate([part[i] for part in parts]) for i in (1, 2))
        options: Any = {"axis": self.axis, "equal_nan": self.equal_nan}
        merged, at, groups = np.unique(joined, return_index=True, return_inverse=True, **options)
        total = np.zeros(len(at), counts.dtype)
        np.add.at(total, groups.ravel(), counts)
        return Found(merged.astype(parts[0].values.dtype, copy=False), first[at], total)  # in its order of bytes


class UniquePart(ArrayNode):
    """The values, the first places, or the counts of a node whose blocks are `Found`."""

    source: Merged | UniqueRanges
    number: int

    @property
    def operation(self) -> str:
        return ("unique", "unique-first", "unique-counts")[self.number]

    @property
    def axis(self) -> int:
        """Along which the different ones lie."""
        return next(axis for axis, sizes in enumerate(self.source.chunks) if None in sizes)

    @fact
    def chunks(self) -> Chunks:
        return self.source.chunks if self.number == 0 else (self.source.chunks[self.axis],)

    @fact
    def meta(self) -> Any:
        return self.source.meta if self.number == 0 else meta_of(np.intp, 1)

    @property
    def spaces(self) -> tuple[Any, ...]:
        return self.source.spaces if self.number == 0 else (self.source.spaces[self.axis],)


@lower(UniquePart)
def unique_part_to_item(node: UniquePart) -> Node:
    """One of the three."""
    args = (node.source, node.number)
    axes = range(node.source.ndim)
    read = One(tuple(axes) if node.number == 0 else tuple(0 if k == node.axis else None for k in axes))
    return blockwise(item, *args, grid=node.grid, reads={0: read}, name=node.name, label=node.operation, cheap=True)


def unique(node: ArrayNode, equal_nan: bool, in_order: bool) -> tuple[ArrayNode, ArrayNode, ArrayNode]:
    """The different elements, where each is first in C order (needs `in_order`), and how often each is there."""
    if in_order:
        node = known(node)
        node = node if node.ndim == 1 else reshape(node, (-1,))
    how, ranges = Uniques(equal_nan), ranges_for(node)
    found = UniqueRanges(node, how, in_order, ranges) if ranges > 1 else _merged(node, how, in_order)
    values, first, counts = (UniquePart(found, i) for i in range(3))
    return values, first, counts


def _merged(node: ArrayNode, how: Uniques, in_order: bool) -> Merged:
    index = tuple(range(node.ndim))
    where = (Cuts(node.chunks), index) if in_order else ((), None)
    args, indices = (node, where[0]), (index, where[1])
    return Merged(how.part, args, indices, ("element",), ((None,),), as_meta(node.meta, 1), "unique", how, how)


def unique_slices(node: ArrayNode, axis: int, equal_nan: bool) -> tuple[ArrayNode, ArrayNode, ArrayNode]:
    """The different slices along an axis, where each is first, and how often it is there."""
    node = slices(node, axis)
    how = Uniques(equal_nan, axis)
    index = tuple(range(node.ndim))
    out = tuple("slice" if k == axis else k for k in index)
    chunks: Chunks = tuple((None,) if k == axis else sizes for k, sizes in enumerate(node.chunks))
    args, indices = (node, Cuts(node.chunks)), (index, index)
    found = Merged(how.part, args, indices, out, chunks, node.meta, "unique", how, how)
    values, first, counts = (UniquePart(found, i) for i in range(3))
    return values, first, counts


def slices(node: ArrayNode, axis: int) -> ArrayNode:
    """The array with whole slices along an axis in each block, and no more elements in one than there were."""
    node = known(node)
    others = prod(n for k, n in enumerate(node.shape) if k != axis)
    room = max(1, prod(max(sizes) for sizes in node.chunks) // max(others, 1))
    own = node.chunks[axis]
    if any(len(sizes) > 1 for k, sizes in enumerate(node.chunks) if k != axis):
        own = even(node.shape[axis], room)
    return rechunk(node, tuple(own if k == axis else (n,) for k, n in enumerate(node.shape)))


def inverse_of_slices(node: ArrayNode, values: ArrayNode, axis: int) -> ArrayNode:
    """For each slice along an axis its place among sorted ones, all of them in one block."""
    node = slices(node, axis)
    index = tuple(range(node.ndim))
    args, indices = (node, values), (index, tuple("slice" if k == axis else k for k in index))
    kwargs, chunks = {"axis": axis}, (node.chunks[axis],)
    return call_blocks(slices_in, args, indices, (axis,), chunks, dtype=np.intp, kwargs=kwargs, label="unique-inverse")


def slices_in(block: Any, values: Any, axis: int) -> Any:
    """The places of slices among sorted ones that hold them all."""
    ours, theirs = (_records(x, axis) for x in (block, values))
    return np.searchsorted(theirs, ours)


def _records(block: Any, axis: int) -> Any:
    """Slices as structured elements, which compare from the first of their elements to the last."""
    n = block.shape[axis]
    if not block.size:
        return np.zeros(n, "i1")
    rows = np.ascontiguousarray(np.moveaxis(block, axis, 0)).reshape(n, -1)
    return rows.view([(f"f{i}", rows.dtype) for i in range(rows.shape[1])])[:, 0]


def inverse(node: ArrayNode, values: ArrayNode) -> ArrayNode:
    """For each element its place among sorted values: of the blocks of these each counts the lower ones."""
    index = tuple(range(node.ndim))
    args, indices = (node, values), (index, ("element",))
    return Merged(places_in, args, indices, index, node.chunks, meta_of(np.intp, node.ndim), "unique-inverse")


def places_in(block: Any, values: Any) -> Any:
    """How many of sorted values come before each element."""
    found = np.searchsorted(values, block)
    return np.minimum(found, len(values) - 1) if block.dtype.kind == "c" else found  # one NaN stands for all
