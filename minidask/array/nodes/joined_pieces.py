"""Blocks that are joined of pieces of other blocks, which are cut where these are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from minidask.expr.blocks import Box, PerBlock, gather
from minidask.expr.grid import Grid, Index
from minidask.expr.node import Node
from minidask.kernels.arrays import Piece, join_parts, paste

WHOLE = slice(None)
"""What is taken of a block along an axis where it is all of it."""

Along = tuple[Sequence[int], Sequence[int]]
"""For each new block of an axis the first old one that it reads, and the one after the last."""


class Pieces(PerBlock):
    """For each new block, and along each axis, what it takes of each old block, and where it goes.

    Parameters
    ----------
    reads
        For each axis which old blocks the new ones read.
    """

    def __init__(self, reads: Sequence[Along]) -> None:
        self.reads = reads

    def block(self, index: Index) -> list[list[Piece]]:
        return [self.along(axis, index[axis]) for axis in range(len(self.reads))]  # a reader may have further axes

    def along(self, axis: int, i: int) -> list[Piece]:
        """The pieces of a new block along an axis."""
        raise NotImplementedError

    def share(self) -> float:
        """What the pieces are of the blocks that are read, about."""
        return 1.0


class _Keys(PerBlock):
    """For each new block the keys of the pieces of old ones; `...` where a block is taken whole."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces

    def block(self, index: Index) -> list[Any]:
        sources = [[source for source, _ in axis] for axis in self.pieces.block(index)]
        return [... if all(s == WHOLE for s in key) else key for key in product(*sources)]


class Counts(PerBlock):
    """For each new block of how many pieces it is joined along each axis."""

    def __init__(self, reads: Sequence[Along]) -> None:
        self.reads = reads

    def block(self, index: Index) -> Grid:
        return tuple([stops[i] - starts[i] for (starts, stops), i in zip(self.reads, index)])


def pieces_between(first: int, last: int, at: Sequence[int], read: range) -> list[Piece]:
    """What lies between two places of an axis, of each of the blocks that are read, of offsets `at`."""
    found = []
    for k in read:
        start, stop = max(first, at[k]), max(first, min(last, at[k + 1]))
        source = WHOLE if (start, stop) == (at[k], at[k + 1]) else slice(start - at[k], stop - at[k])
        found.append((source, slice(start - first, stop - first)))
    return found


def joined_pieces(source: Node, empty: Any, pieces: Pieces, grid: Grid, name: str, label: str) -> Node:
    """The blocks of a grid, each joined of pieces of blocks of `source`, of whose kind `empty` is, if anybody knows."""
    if not isinstance(empty, np.ndarray):  # not all other kinds can be cut by keys
        return gather(paste, source, box_of(pieces.reads), pieces, grid=grid, name=name, label=label)
    read = box_of(pieces.reads, _Keys(pieces), pieces.share())
    return gather(join_parts, source, read, Counts(pieces.reads), grid=grid, name=name, label=label)


def box_of(reads: Sequence[Along], part: PerBlock | None = None, share: float = 1.0) -> Box:
    """The read of these blocks along each axis; parts as of any read."""
    starts, stops = tuple([first for first, _ in reads]), tuple([last for _, last in reads])
    return Box(tuple(range(len(reads))), starts, stops, part, share)


def share_along(taken: int, at: Sequence[int], reads: Along) -> float:
    """What so many elements are of those in the blocks that are read along an axis, of offsets `at`."""
    return taken / max(1, sum([at[stop] - at[start] for start, stop in zip(*reads)]))
