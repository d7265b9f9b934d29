"""QR factorizations of matrices with many more rows than columns.

Blocks of rows are factored, then what they leave, stacked: as often as there are many (TSQR: J. Demmel, L. Grigori,
M. Hoemmen and J. Langou, SIAM J. Sci. Comput. 34 (2012) A206).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minidask.config as config
from minidask.array.chunks import even
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.matrices import Results, part
from minidask.array.nodes.rechunk import rechunk
from minidask.kernels.reflections import skinny_qr, skinny_r
from minidask.quantities import parse_bytes


class Tall(NamedTuple):
    """A matrix of n columns as ``first @ second @ r``."""

    first: ArrayNode
    """For each block of rows a matrix of n orthonormal columns."""
    second: ArrayNode | None
    """For each of those n rows of one matrix of orthonormal columns; None: there is only one block."""
    r: ArrayNode
    """Upper triangular, in one block."""


def is_tall(node: ArrayNode) -> bool:
    """Whether a matrix has so many rows that a block of twice as many rows as columns is one among others."""
    rows, columns = node.shape
    limit = max(parse_bytes(config.get("array.chunk-size")), node.largest_nbytes())
    return rows >= 2 * columns and 2 * columns * columns * node.dtype.itemsize <= limit


def tall(node: ArrayNode) -> Tall:
    """The factors of a matrix with as many rows as columns at least."""
    node = _of_rows(node)
    columns, blocks = node.shape[1], node.grid[0]
    pairs = Results(skinny_qr, (node,), (("i", "j"),), ("i",), (blocks,))
    first = part(pairs, 0, ("i", "k"), (node.chunks[0], (columns,)), node.meta)
    stacked = part(pairs, 1, ("i", "k"), ((columns,) * blocks, (columns,)), node.meta)
    if blocks == 1:
        return Tall(first, None, stacked)
    inner = tall(stacked)
    return Tall(first, rechunk(orthonormal(inner), stacked.chunks), inner.r)


def triangle(node: ArrayNode) -> ArrayNode:
    """The triangular factor alone, but for the signs of its rows: without the work for the other one."""
    node = _of_rows(node)
    columns, blocks = node.shape[1], node.grid[0]
    sizes = ((columns,) * blocks, (columns,))
    stacked = call_blocks(skinny_r, (node,), (("i", "j"),), ("i", "k"), sizes, meta=node.meta)
    return stacked if blocks == 1 else triangle(stacked)


def orthonormal(found: Tall, times: ArrayNode | None = None) -> ArrayNode:
    """The matrix of orthonormal columns, multiplied from the right by a small one, which is in one block."""
    second = found.second
    if second is None:
        return found.first if times is None else by_rows(np.matmul, found.first, times)
    return by_rows(np.matmul, found.first, second if times is None else by_rows(np.matmul, second, times))


def by_rows(func: Callable[..., Any], a: ArrayNode, b: ArrayNode) -> ArrayNode:
    """A function of blocks of rows of one matrix, and of those of the other or its only block: their product, say."""
    rows = "i" if b.grid[0] > 1 else "one"
    sizes = (a.chunks[0], b.chunks[1])
    return call_blocks(func, (a, b), (("i", "k"), (rows, "j")), ("i", "j"), sizes, meta=a.meta)


def _of_rows(node: ArrayNode) -> ArrayNode:
    """In blocks of whole rows, at least twice as many as columns, about as large as blocks were."""
    rows, columns = node.shape
    if node.grid[1] == 1 and (node.grid[0] == 1 or min(node.chunks[0]) >= 2 * columns):
        return node
    largest = max(node.chunks[0]) * max(node.chunks[1])
    most = max(4 * columns, largest // columns)
    sizes = even(rows, most)
    if sizes[-1] < 2 * columns and len(sizes) > 1:
        sizes = (*sizes[:-2], sizes[-2] + sizes[-1])
    return rechunk(node, (sizes, (columns,)))
