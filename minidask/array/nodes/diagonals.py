"""Diagonals and triangles."""

from __future__ import annotations

import operator
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, Sizes, offsets
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.creation import Filled, Shapes
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts
from minidask.expr.blocks import One, PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.sparse_blocks import refuse


class DiagonalOf(ArrayNode):
    """Diagonals over the last two axes: column - row is `offset`. There is one at least, and it is not empty."""

    source: ArrayNode
    offset: int

    @property
    def operation(self) -> str:
        return "diagonal"

    @fact
    def crossings(self) -> Crossings:
        """The blocks that the diagonal goes through."""
        rows, columns = self.source.chunks[-2:]
        return Crossings(rows, columns, self.offset)

    @fact
    def chunks(self) -> Chunks:
        return (*self.source.chunks[:-2], self.crossings.sizes)

    @fact
    def meta(self) -> Any:
        return as_meta(self.source.meta, self.source.ndim - 1)


class Crossings(PerBlock):
    """For each block of a diagonal where it starts in the block that it is taken from, and its length."""

    def __init__(self, rows: Sizes, columns: Sizes, offset: int) -> None:
        row, column = max(-offset, 0), max(offset, 0)
        rows_at, columns_at = offsets(rows), offsets(columns)
        length = min(rows_at[-1] - row, columns_at[-1] - column)
        cuts = {n - row for n in rows_at} | {n - column for n in columns_at} | {0, length}
        bounds = sorted(n for n in cuts if 0 <= n <= length)
        self.sizes = tuple(b - a for a, b in pairwise(bounds))
        self.rows = tuple(bisect_right(rows_at, n + row) - 1 for n in bounds[:-1])
        self.columns = tuple(bisect_right(columns_at, n + column) - 1 for n in bounds[:-1])
        self._starts = tuple(
            (n + row - rows_at[i], n + column - columns_at[j]) for n, i, j in zip(bounds, self.rows, self.columns)
        )

    def block(self, index: Index) -> tuple[int, int, int]:
        return (*self._starts[index[-1]], self.sizes[index[-1]])


@lower(DiagonalOf)
def diagonal_blocks(node: DiagonalOf) -> Node:
    """Each block of the diagonal lies in one block of the source."""
    ndim, crossings = node.source.ndim, node.crossings
    read = One((*range(ndim - 1), ndim - 2), (*(None,) * (ndim - 2), crossings.rows, crossings.columns))
    args = (node.source, crossings)
    return blockwise(diagonal_of_block, *args, grid=node.grid, reads={0: read}, name=node.name, label="diagonal")


def diagonal_of_block(block: Any, place: tuple[int, int, int]) -> Any:
    """A part of a block's diagonal, over its last two axes; a copy, so that the block need not stay."""
    row, column, length = place
    piece = block[..., row : row + length, column : column + length]
    return np.diagonal(piece, axis1=-2, axis2=-1).copy()


def diagonal(node: ArrayNode, offset: int) -> ArrayNode:
    """The diagonals over the last two axes, as the last axis."""
    node = known(node)
    rows, columns = node.shape[-2:]
    if min(rows - max(-offset, 0), columns - max(offset, 0)) <= 0:
        return Filled(0, node.dtype, (*node.chunks[:-2], (0,)))
    refuse("diagonal", node)
    return DiagonalOf(node, offset)


def on_diagonal(node: ArrayNode) -> ArrayNode:
    """The square matrix with a vector on its diagonal."""
    node = known(node)
    chunks = (node.chunks[0], node.chunks[0])
    args = (node, Shapes(chunks), Shift(chunks, 0))
    return call_blocks(matrix_of_block, args, (("i",), None, None), ("i", "j"), chunks, meta=node.meta, label="diag")


def matrix_of_block(block: Any, shape: tuple[int, int], shift: int) -> Any:
    """A block of a matrix, from the vector on its diagonal: zeros beside it. Blocks of no rows begin there, too."""
    return np.zeros_like(block, shape=shape) if shift or shape[0] != shape[1] else np.diag(block)


@dataclass(frozen=True)
class Shift(PerBlock):
    """Which diagonal of a block diagonal `k` of the whole is: over the last two axes."""

    chunks: Chunks
    k: int

    def block(self, index: Index) -> int:
        rows, columns = Cuts(self.chunks[-2:]).block(index[-2:])
        return int(self.k + rows.start - columns.start)


def triangle(func: Any, node: ArrayNode, k: int) -> ArrayNode:
    """The part of matrices below or above a diagonal: `func` is `numpy.tril` or `numpy.triu`."""
    node = known(node)
    index = tuple(range(node.ndim))
    args = (node, Shift(node.chunks, operator.index(k)))
    return call_blocks(func, args, (index, None), index, node.chunks, meta=func(node.meta), label=func.__name__)
