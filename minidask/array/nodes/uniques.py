"""The different elements of an array: found block by block, and merged as a tree or by ranges of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minidask.array.node import ArrayNode, SameChunks, as_meta, meta_of
from minidask.array.nodes.elementwise import item
from minidask.array.nodes.merged import Merged
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts
from minidask.array.nodes.unique_ranges import UniqueRanges, ranges_for
from minidask.expr.blocks import blockwise
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
    """

    equal_nan: bool

    def part(self, block: Any, cut: tuple[slice, ...]) -> Found:
        """Those of a block that lies at `cut` in the whole."""
        values, first, counts = np.unique(block, return_index=True, return_counts=True, equal_nan=self.equal_nan)
        return Found(values, first + cut[0].start if cut else first, counts)

    def __call__(self, parts: Sequence[Found]) -> Found:
        joined, first, counts = (np.concatenate(found) for found in zip(*parts))
        merged, at, groups = np.unique(joined, return_index=True, return_inverse=True, equal_nan=self.equal_nan)
        total = np.zeros(len(at), counts.dtype)
        np.add.at(total, groups.ravel(), counts)
        return Found(merged.astype(parts[0].values.dtype, copy=False), first[at], total)  # in its order of bytes


class UniquePart(SameChunks):
    """The values, the first places, or the counts of a node whose blocks are `Found`."""

    number: int

    @property
    def operation(self) -> str:
        return ("unique", "unique-first", "unique-counts")[self.number]

    @fact
    def meta(self) -> Any:
        return self.source.meta if self.number == 0 else meta_of(np.intp, 1)


@lower(UniquePart)
def unique_part_to_item(node: UniquePart) -> Node:
    """One of the three."""
    args = (node.source, node.number)
    return blockwise(item, *args, grid=node.grid, name=node.name, label=node.operation, cheap=True)


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


def inverse(node: ArrayNode, values: ArrayNode) -> ArrayNode:
    """For each element its place among sorted values: of the blocks of these each counts the lower ones."""
    index = tuple(range(node.ndim))
    args, indices = (node, values), (index, ("element",))
    return Merged(places_in, args, indices, index, node.chunks, meta_of(np.intp, node.ndim), "unique-inverse")


def places_in(block: Any, values: Any) -> Any:
    """How many of sorted values come before each element."""
    found = np.searchsorted(values, block)
    return np.minimum(found, len(values) - 1) if block.dtype.kind == "c" else found  # one NaN stands for all
