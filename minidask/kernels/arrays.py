"""Cutting and joining array blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise, product
from typing import Any

import numpy as np

import minidask.kernels.kinds as kinds

Piece = tuple[slice, slice]
"""Along one axis: what is taken of a block, and where it goes."""


def cut(block: Any, index: tuple[Any, ...]) -> Any:
    """`block[index]`: a view, unless it would keep a block alive that is more than twice as large."""
    if not isinstance(block, np.ndarray):
        return kinds.cut(block, index)
    piece = block[(*index, ...)] if block.dtype.kind in "OSUV" else block[index]  # no bare object, nor text
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
    like = kinds.leader(blocks)
    if not isinstance(like, np.ndarray):
        taken = [cut(block, tuple([source for source, _ in places])) for block, places in zip(blocks, product(*pieces))]
        return kinds.assemble(taken, [len(axis) for axis in pieces])
    shape = [axis[-1][1].stop for axis in pieces]
    whole = [n if n is not None else blocks[0].shape[axis] for axis, n in enumerate(shape)]
    joined = np.empty_like(like, dtype=_text_of_all(blocks), shape=whole)
    for block, places in zip(blocks, product(*pieces)):
        joined[tuple(target for _, target in places)] = block[tuple(source for source, _ in places)]
    return joined


def _text_of_all(blocks: Sequence[Any]) -> np.dtype[Any] | None:
    """The dtype of the longest text; None where there are none."""
    if blocks[0].dtype.kind not in "SU":
        return None
    return max([block.dtype for block in blocks], key=lambda dtype: dtype.itemsize)


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


def join_parts(parts: Sequence[Any], grid: tuple[int, ...]) -> Any:
    """As `join`, of views; a single one would not keep an array alive that is more than twice as large."""
    if len(parts) > 1 or not isinstance(parts[0], np.ndarray):
        return join(parts, grid)
    part = parts[0]
    return part.copy() if part.nbytes * 2 < getattr(part.base, "nbytes", 0) else part


def join_fresh(blocks: Sequence[Any], grid: tuple[int, ...], shared: bool = False) -> Any:
    """As `join`, but never an array that somebody else can see; a scalar where there are no axes.

    Parameters
    ----------
    shared
        Whether others hold the blocks, too.
    """
    joined = join(blocks, grid)
    if not grid:
        bare = isinstance(joined, np.generic) or getattr(joined, "shape", None) != ()
        return joined if bare else joined[()]
    if len(blocks) == 1 and (shared or getattr(joined, "base", None) is not None):
        return joined.copy()
    return joined


def join_alike(blocks: Sequence[Any], grid: tuple[int, ...], shared: bool = False, *, called: str) -> Any:
    """As `join_fresh`, of blocks that somebody's function gave: they have the dtype of the first with elements."""
    dtype = next((block for block in blocks if 0 not in block.shape), blocks[0]).dtype
    return join_fresh([held(block, block.shape, dtype, called) for block in blocks], grid, shared)


def held(block: Any, shape: tuple[int | None, ...], dtype: Any, called: str) -> Any:
    """A block that somebody's function gave, as it was told to be.

    Parameters
    ----------
    shape
        That it must have; None for sizes that are not known.
    dtype
        That it is cast to, where this loses no more than digits, or there are no elements; None: whatever it has.
    called
        What the function is called.

    Raises
    ------
    ValueError
        It has another shape.
    TypeError
        It cannot be cast.

    Examples
    --------
    >>> held(np.zeros(2, "i1"), (2,), np.dtype("f8"), "f").dtype
    dtype('float64')
    """
    if len(block.shape) != len(shape) or any(n not in (None, m) for n, m in zip(shape, block.shape)):
        expected = ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "")
        raise ValueError(
            f"{called} gave a block of shape {tuple(block.shape)}, but ({expected}) is expected; say with chunks=, "
            "drop_axis= and new_axis= what it gives"
        )
    if dtype is None or block.dtype == dtype or (block.dtype.kind == dtype.kind and dtype.kind in "SUVT"):
        return block  # texts keep their length
    if not np.can_cast(block.dtype, dtype, "same_kind") and 0 not in block.shape:
        raise TypeError(
            f"{called} gave a block of {block.dtype}, where {dtype} is expected; say with dtype= what it gives"
        )
    return block.astype(dtype)
