"""Other chunks for the same array."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import minidask.config as config
from minidask.array.chunks import Chunks, Overlap, Sizes, normalize_chunks, overlap
from minidask.array.halfway import THRESHOLD, halfway
from minidask.array.node import ArrayNode, InChunks
from minidask.array.nodes.joined_pieces import WHOLE, Counts, Pieces, box_of, joined_pieces, pieces_between, share_along
from minidask.expr.blocks import OwnParts, PerBlock, Readers, blockwise, gather, readers
from minidask.expr.grid import Grid, Index
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.kernels.arrays import Piece, join_parts
from minidask.quantities import parse_bytes


class Rechunk(InChunks):
    """The same array cut into other blocks. All sizes that change must be known.

    Fields
    ------
    threshold
        How many pieces for each block are moved in one step; None: as many as `halfway` thinks good.
    limit
        Bytes that blocks between two steps may have; None: as many as those before and after, or an ordinary block.
    """

    threshold: int | None = None
    limit: int | None = None


def rechunk(node: ArrayNode, chunks: Chunks, threshold: int | None = None, limit: int | None = None) -> ArrayNode:
    """The array with these chunks; itself, where it has them."""
    return node if node.chunks == chunks else Rechunk(node, chunks, threshold, limit)


def in_one_block(node: ArrayNode, axes: Sequence[int], most: int) -> ArrayNode:
    """The array with one block along these axes, whose numbers are not negative; all its sizes are known.

    The other axes stay as they are, unless blocks grow beyond `most` bytes: then they are cut anew.
    """
    sizes = tuple((n,) if axis in axes else old for axis, (n, old) in enumerate(zip(node.shape, node.chunks)))
    grown = rechunk(node, sizes)
    if len(axes) == node.ndim or grown is node or grown.largest_nbytes() <= most or not prod(node.shape):
        return grown
    wishes = tuple(-1 if axis in axes else "auto" for axis in range(node.ndim))
    return rechunk(node, normalize_chunks(wishes, node.shape, most, node.dtype))


class NewPieces(Pieces):
    """For each new block what it takes of old ones, axis by axis; None: an axis that stays as it is."""

    def __init__(self, overlaps: tuple[Overlap | None, ...], grid: Grid) -> None:
        self.overlaps = overlaps
        super().__init__(
            [(range(n), range(1, n + 1)) if o is None else (o.starts, o.stops) for o, n in zip(overlaps, grid)]
        )

    def along(self, axis: int, i: int) -> list[Piece]:
        o = self.overlaps[axis]
        if o is None:
            return [(WHOLE, WHOLE)]
        return pieces_between(o.new[i], o.new[i + 1], o.old, range(o.starts[i], o.stops[i]))

    def share(self) -> float:
        axes = zip(self.overlaps, self.reads)
        return prod([share_along(o.new[-1], o.old, reads) for o, reads in axes if o is not None])


@lower(Rechunk)
def rechunk_to_gather(node: Rechunk) -> Node:
    """Each new block is joined of pieces of the old ones that it overlaps."""
    if (middle := _middle(node)) is not None:
        between = Rechunk.named(f"{node.name}-between", node.source, middle, node.threshold, node.limit)
        return Rechunk.named(node.name, between, node.sizes, node.threshold, node.limit)
    overlaps = tuple(_changed(old, new) for old, new in zip(node.source.chunks, node.chunks))
    pieces = NewPieces(overlaps, node.grid)
    cut_for = tuple(None if o is None else readers(o.starts, o.stops, len(o.old) - 1) for o in overlaps)
    if _most(cut_for) < _MANY or _most([list(zip(*reads)) for reads in pieces.reads]) < _MANY:
        return joined_pieces(node.source, node.source.meta, pieces, node.grid, node.name, "rechunk")
    cuts, name = Parts(overlaps, cut_for), f"{node.name}-split"
    split = blockwise(cut_apart, node.source, cuts, grid=node.source.grid, name=name, label="split", cheap=True)
    own = OwnParts(tuple(None if o is None or r is None else (o.starts, o.stops, r) for o, r in zip(overlaps, cut_for)))
    box = box_of(pieces.reads, own, 1 / _most(cut_for))
    return gather(join_parts, split, box, Counts(pieces.reads), grid=node.grid, name=node.name, label="rechunk")


def _middle(node: Rechunk) -> Chunks | None:
    """The chunks through which the array goes; None: it takes one step."""
    ordinary = parse_bytes(config.get("array.chunk-size"), "array.chunk-size")
    most = node.limit or max(ordinary, node.largest_nbytes(), node.source.largest_nbytes())
    most_elements = most / max(node.dtype.itemsize, 1)
    return halfway(node.source.chunks, node.chunks, node.threshold or THRESHOLD, most_elements)


_MANY = 4
"""Where so many blocks make each new one, and go into so many, the blocks are cut apart first. The parts are views;
but of blocks that were written to disk, each new one then reads its own parts only."""


def _most(bounds: Sequence[Sequence[tuple[int, int]] | None]) -> int:
    """How many blocks one block meets at most."""
    return prod(1 if b is None else max(stop - start for start, stop in b) for b in bounds)


class Parts(PerBlock):
    """For each old block how it is cut, axis by axis, for the new ones that read it."""

    def __init__(self, overlaps: tuple[Overlap | None, ...], readers: tuple[Readers | None, ...]) -> None:
        self.overlaps = overlaps
        self.readers = readers

    def block(self, index: Index) -> list[list[slice]]:
        return [
            [slice(None)] if o is None or r is None else [_part(o, i, k) for i in range(*r[k])]
            for o, r, k in zip(self.overlaps, self.readers, index)
        ]


def _part(o: Overlap, i: int, k: int) -> slice:
    """What new block i takes of old block k."""
    start = max(o.new[i], o.old[k])
    return slice(start - o.old[k], max(start, min(o.new[i + 1], o.old[k + 1])) - o.old[k])


def cut_apart(block: Any, slices: list[list[slice]]) -> list[Any]:
    """All parts of a block, in C order; views."""
    return [block[index] for index in product(*slices)]


def _changed(old: Sizes, new: Sizes) -> Overlap | None:
    return None if old == new else overlap(old, new)
