"""Arrays repeated: along new axes, along axes of size 1, and beside themselves."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, normalize_chunks
from minidask.array.node import ArrayNode, InChunks
from minidask.array.nodes.creation import Shapes
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import same
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class BroadcastTo(InChunks):
    """Repeated along new axes in front, and along axes of size 1; the chunks along the others are the source's."""

    @property
    def operation(self) -> str:
        return "broadcast_to"

    @property
    def spaces(self) -> tuple[Any, ...]:
        return (None,) * (len(self.sizes) - self.source.ndim) + self.source.spaces


@lower(BroadcastTo)
def broadcast_blocks(node: BroadcastTo) -> Node:
    """A view of a block, that takes no memory."""
    args = (node.source, Shapes(node.chunks))
    return blockwise(broadcast_block, *args, grid=node.grid, name=node.name, label="broadcast_to", cheap=True)


def broadcast_block(block: Any, shape: tuple[int | None, ...]) -> Any:
    """A block repeated up to a shape; None in it: as the block has it."""
    offset = len(shape) - block.ndim
    whole = tuple(block.shape[axis - offset] if n is None else n for axis, n in enumerate(shape))
    return np.broadcast_to(block, whole)


def broadcast_to(node: ArrayNode, shape: tuple[int, ...], chunks: Any = None) -> ArrayNode:
    """The array repeated up to a shape, in blocks as they are; `chunks`: of the axes that are repeated.

    Raises
    ------
    ValueError
        It cannot be broadcast to this shape, or `chunks` would cut axes that are not repeated otherwise.
    """
    if node.shape == shape and chunks is None:
        return node
    node = known(node)
    if len(shape) < node.ndim or any(n not in (1, m) for n, m in zip(node.shape[::-1], shape[::-1])):
        raise ValueError(f"cannot broadcast an array of shape {node.shape} to {shape}")
    offset = len(shape) - node.ndim
    node = rechunk(node, tuple((1,) if n == 1 else s for n, s in zip(node.shape, node.chunks)))  # no empty ones
    own: list[Any] = [None] * offset + [
        None if n == 1 and m != 1 else sizes for n, m, sizes in zip(node.shape, shape[offset:], node.chunks)
    ]
    wishes = [(n,) if sizes is None else sizes for n, sizes in zip(shape, own)]
    found = tuple(wishes) if chunks is None else normalize_chunks(chunks, shape, dtype=node.dtype)
    if any(sizes is not None and sizes != asked for sizes, asked in zip(own, found)):
        raise ValueError(f"chunks={chunks!r} cut axes that are not repeated otherwise than the array; rechunk it first")
    return BroadcastTo(node, found)


class Tile(ArrayNode):
    """All blocks again and again: `repeats[i]` times along axis i."""

    source: ArrayNode
    repeats: tuple[int, ...]

    @fact
    def chunks(self) -> Chunks:
        return tuple(sizes * n if n else (0,) for sizes, n in zip(self.source.chunks, self.repeats))

    @fact
    def meta(self) -> Any:
        return self.source.meta


@lower(Tile)
def tile_blocks(node: Tile) -> Node:
    """The same blocks in other places: nothing is copied."""
    picks = tuple(tuple(range(n)) * r for n, r in zip(node.source.grid, node.repeats))
    read = One(tuple(range(node.ndim)), picks)
    return blockwise(same, node.source, grid=node.grid, reads={0: read}, name=node.name, label="tile", cheap=True)


def tile(node: ArrayNode, repeats: tuple[int, ...]) -> ArrayNode:
    """The array laid beside itself, `repeats[i]` times along axis i; as many repeats as axes, none of them 0."""
    return node if all(n == 1 for n in repeats) else Tile(node, repeats)


def repeat(node: ArrayNode, repeats: int, axis: int) -> ArrayNode:
    """Each element along an axis, `repeats` times."""
    index = tuple(range(node.ndim))
    sizes = tuple(None if n is None else n * repeats for n in node.chunks[axis])
    chunks = (*node.chunks[:axis], sizes, *node.chunks[axis + 1 :])
    func = partial(np.repeat, repeats=repeats, axis=axis)
    return call_blocks(func, (node,), (index,), index, chunks, meta=node.meta, label="repeat")


def repeated(node: ArrayNode, repeats: ArrayNode, axis: int) -> ArrayNode:
    """The numbers of the elements along an axis, each as often as a lazy array says.

    Raises
    ------
    ValueError
        It has more axes than one, or another size than the axis.
    TypeError
        It holds no integers.
    """
    size, counts = known(node).shape[axis], known(repeats)
    if counts.dtype.kind not in "iub":
        raise TypeError(f"repeats must be integers, not {counts.dtype}")
    if counts.ndim > 1 or (counts.ndim and counts.shape[0] not in (1, size)):
        raise ValueError(f"repeats of shape {counts.shape} are not for an axis of size {size}")
    index = ("counts",) * counts.ndim
    return call_blocks(_numbers, (counts, size), (index, None), ("repeated",), ((None,),), dtype=np.intp)


def _numbers(counts: Any, size: int) -> Any:
    """The numbers of so many elements, each so often."""
    return np.repeat(np.arange(size), counts.astype(np.intp))
