"""Other chunks for the same array."""

from __future__ import annotations

from typing import Any

from minidask.array.chunks import Chunks, Overlap, Sizes, overlap
from minidask.array.node import ArrayNode, InChunks
from minidask.expr.blocks import Box, One, PerBlock, blockwise, gather
from minidask.expr.grid import Index
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.kernels.arrays import Piece, paste


class Rechunk(InChunks):
    """The same array cut into other blocks. All sizes that change must be known."""


def rechunk(node: ArrayNode, chunks: Chunks) -> ArrayNode:
    """The array with these chunks; itself, where it has them."""
    return node if node.chunks == chunks else Rechunk(node, chunks)


class Pieces(PerBlock):
    """For each new block what it takes of old ones, axis by axis; None: an axis that stays as it is."""

    def __init__(self, overlaps: tuple[Overlap | None, ...]) -> None:
        self.overlaps = overlaps

    def block(self, index: Index) -> list[list[Piece]]:
        return [[_WHOLE] if o is None else _pieces(o, i) for o, i in zip(self.overlaps, index)]


_WHOLE = (slice(None), slice(None))


def _pieces(o: Overlap, i: int) -> list[Piece]:
    """Along an axis what new block i takes of each old block, and where it goes."""
    first, last = o.new[i], o.new[i + 1]
    found = []
    for k in range(o.starts[i], o.stops[i]):
        start, stop = max(first, o.old[k]), max(first, min(last, o.old[k + 1]))
        found.append((slice(start - o.old[k], stop - o.old[k]), slice(start - first, stop - first)))
    return found


@lower(Rechunk)
def rechunk_to_gather(node: Rechunk) -> Node:
    """Each new block reads the old ones that it overlaps; where that is one each, it is plainly cut."""
    overlaps = tuple(_changed(old, new) for old, new in zip(node.source.chunks, node.chunks))
    starts = tuple(range(n) if o is None else o.starts for o, n in zip(overlaps, node.grid))
    stops = tuple(range(1, n + 1) if o is None else o.stops for o, n in zip(overlaps, node.grid))
    axes = tuple(range(len(overlaps)))
    if all(o is None or all(b - a == 1 for a, b in zip(o.starts, o.stops)) for o in overlaps):
        read = One(axes, tuple(None if o is None else o.starts for o in overlaps))
        return blockwise(
            cut_piece, node.source, Pieces(overlaps), grid=node.grid, reads={0: read}, name=node.name, label="rechunk"
        )
    box = Box(axes, starts, stops)
    return gather(paste, node.source, box, Pieces(overlaps), grid=node.grid, name=node.name, label="rechunk")


def cut_piece(block: Any, pieces: list[list[Piece]]) -> Any:
    """A part of one block."""
    return paste([block], pieces)


def _changed(old: Sizes, new: Sizes) -> Overlap | None:
    return None if old == new else overlap(old, new)
