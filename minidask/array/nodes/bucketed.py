"""Arrays of numbers sorted along their one axis: shared out to ranges of values first, each of which is sorted once.

Of numbers that NumPy sorts with vector instructions this takes two thirds of the time of sorted runs (see `sorting`),
and no more memory. The blocks of the result are as large as those of the array; what the ends of two ranges share is
sorted twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.node import ArrayNode
from minidask.expr.blocks import BlockIndex, blockwise, everything, exchanged, gather
from minidask.expr.node import Node
from minidask.kernels.buckets import (
    KINDS,
    Buckets,
    Part,
    Plan,
    Sample,
    merged,
    parts_of,
    pivots_of,
    plan_of,
    sample_of,
    share_out,
)

_EACH = 16
"""Buckets for each block of the result, so that they fit into the cache, and few numbers are sorted twice."""
_LEAST = 4
"""The same where there are very many blocks."""
_FEWEST, _MOST = 5, 10
"""There are `2**levels` buckets; more than the most only for very many blocks, as writing to them takes longer."""
_DRAWN = 64
"""Numbers of the sample for each bucket."""
_MOST_BLOCKS = 1024
"""With more of them the plan, of each bucket of each block, would be too large."""


def fits(source: ArrayNode) -> bool:
    """Whether an array can be sorted in buckets."""
    return type(source.meta) is np.ndarray and source.dtype in _KINDS and source.grid[0] <= _MOST_BLOCKS


_KINDS = frozenset(map(np.dtype, KINDS))


def sort_in_buckets(source: ArrayNode, name: str, label: str) -> Node:
    """A sample, the ranges it tells, the blocks shared out, and for each block of the result what it takes of all."""
    grid, count = source.grid, source.grid[0]
    levels = max(_FEWEST, min(_MOST, (_EACH * count - 1).bit_length()), (_LEAST * count - 1).bit_length())
    drawn = _DRAWN * max(1, 2**levels // count)
    every = everything(grid)
    samples = blockwise(_sample, source, drawn, BlockIndex(), grid=grid, name=f"{name}-sample", label="sample")
    pivots = gather(pivots_of, samples, every, levels, grid=(), name=f"{name}-pivots", label="pivots")
    buckets = blockwise(share_out, source, pivots, grid=grid, name=f"{name}-buckets", label="share-out")
    ends = blockwise(_ends, buckets, grid=grid, name=f"{name}-ends", cheap=True)
    plan = blockwise(plan_of, ends, pivots, grid=(), reads={0: every}, name=f"{name}-plan", label="plan")
    split = blockwise(_split, buckets, plan, BlockIndex(), grid=grid, name=f"{name}-split", cheap=True)
    return gather(merged, split, exchanged(grid, count), grid=grid, name=name, label=label)


def _sample(block: Any, count: int, index: tuple[int]) -> Sample:
    return sample_of(block, count, index[0])


def _ends(buckets: Buckets) -> np.ndarray:
    return buckets.ends


def _split(buckets: Buckets, plan: Plan, index: tuple[int]) -> list[Part]:
    return parts_of(buckets, plan, index[0])
