"""Cutting and joining array blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise, product
from typing import Any

import numpy as np

Piece = tuple[slice, slice]
"""Along one axis: what is taken of a block, and where it goes."""


def cut(block: Any, index: tuple[Any, ...]) -> Any:
    """`block[index]`: a view, unless it would keep a block alive that is more than twice as large."""
    piece = block[index]
    return piece.copy() if piece.nbytes * 2 < block.nbytes else piece


def paste(blocks: Sequence[Any], pieces: Sequence[Sequence[Piece]]) -> Any:
    """One block of pieces of several.

    Parameters
    ----------
    blocks
        In C order of a box.
    pieces
        For each axis, and each place of the box along it, what is taken of the blocks there and where it goes.
    """
    if len(blocks) == 1:
        return cut(blocks[0], tuple(axis[0][0] for axis in pieces))
    shape = [axis[-1][1].stop for axis in pieces]
    whole = [n if n is not None else blocks[0].shape[axis] for axis, n in enumerate(shape)]
    joined = np.empty_like(blocks[0], shape=whole)
    for block, places in zip(blocks, product(*pieces)):
        joined[tuple(target for _, target in places)] = block[tuple(source for source, _ in places)]
    return joined


def join(blocks: Sequence[Any], grid: tuple[int, ...]) -> Any:
    """The array of all blocks of a grid, given in C order; allocated once. A single block is returned as it is."""
    if len(blocks) == 1:
        return blocks[0]
    edges = []
    step = len(blocks)
    for axis, n in enumerate(grid):
        step //= n
        sizes = [blocks[i * step].shape[axis] for i in range(n)]
        ends = list(accumulate(sizes, initial=0))
        edges.append([(slice(None), slice(a, b)) for a, b in pairwise(ends)])
    return paste(blocks, edges)


def join_fresh(blocks: Sequence[Any], grid: tuple[int, ...], shared: bool = False) -> Any:
    """As `join`, but never an array that somebody else can see; a scalar where there are no axes.

    Parameters
    ----------
    shared
        Whether others hold the blocks, too.
    """
    joined = join(blocks, grid)
    if not grid:
        return joined[()] if isinstance(joined, np.ndarray) else joined
    if len(blocks) == 1 and (shared or getattr(joined, "base", None) is not None):
        return joined.copy()
    return joined
