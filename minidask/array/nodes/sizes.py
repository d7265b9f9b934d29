"""Sizes that depend on data: counted when somebody asks, and kept."""

from __future__ import annotations

import logging
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

import minidask.config as config
from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, InChunks
from minidask.collection import Collection, compute
from minidask.errors import UnknownSizeError
from minidask.expr.assemble import Finish
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

logger = logging.getLogger("minidask.array")


class SizesOf(Node):
    """The sizes of an array's blocks along an axis: what is computed to count it."""

    source: ArrayNode
    axis: int

    @fact
    def grid(self) -> tuple[int, ...]:
        return (self.source.grid[self.axis],)


class Counted(InChunks):
    """An array whose sizes were counted."""


@lower(Counted)
def counted_to_source(node: Counted) -> Node:
    """Its blocks are those of the source."""
    return node.source


@lower(SizesOf)
def sizes_to_blockwise(node: SizesOf) -> Node:
    """Asks one block for each place along the axis."""
    read = One(tuple(0 if axis == node.axis else None for axis in range(node.source.ndim)))
    args = (node.source, node.axis)
    return blockwise(size_of, *args, grid=node.grid, reads={0: read}, name=node.name, label="count", cheap=True)


def size_of(block: Any, axis: int) -> int:
    """The size of a block."""
    return int(block.shape[axis])


class _Sizes(Collection):
    """What `compute` needs to know of a `SizesOf`."""

    def __init__(self, expr: SizesOf) -> None:
        self.expr = expr

    @property
    def finish(self) -> Finish:
        return itemgetter(slice(None))


_counts: WeakKeyDictionary[ArrayNode, Chunks] = WeakKeyDictionary()


def known(node: ArrayNode) -> ArrayNode:
    """The same array with all its sizes known: those that are not are counted, once.

    Raises
    ------
    UnknownSizeError
        The option `array.unknown-sizes` is "raise".
    """
    if node.is_known:
        return node
    chunks = _counts.get(node)
    if chunks is None:
        chunks = _counts[node] = _count(node)
    return Counted(node, chunks)


def _count(node: ArrayNode) -> Chunks:
    unknown = [axis for axis, size in enumerate(node.shape) if size is None]
    if config.get("array.unknown-sizes") == "raise":
        raise UnknownSizeError(
            f"the size of {node.operation} along axis {unknown[0]} depends on data; call compute_chunk_sizes() "
            'to count it, or set the option array.unknown-sizes to "count"'
        )
    return count(node, unknown)


def count(node: ArrayNode, unknown: list[int]) -> Chunks:
    """The chunks of an array, those along the axes `unknown` computed now."""
    logger.info("counting the sizes of %s along axes %s, which depend on data", node.name, unknown)
    found = dict(zip(unknown, compute(*(_Sizes(SizesOf(node, axis)) for axis in unknown))))
    return tuple(tuple(found[axis]) if axis in found else sizes for axis, sizes in enumerate(node.chunks))
