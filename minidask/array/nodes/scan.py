"""Running sums and products.

Each block runs on its own. What all blocks before it add up to is found in groups of `WIDTH` blocks, groups of groups,
and so on: no task waits for a chain as long as the axis, and the bits depend on the blocks only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.expr.blocks import Blockwise, Box, One, Read, blockwise, gather
from minidask.expr.grid import Grid
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

WIDTH = 16
"""How many blocks are added up by one task."""


class Scan(ArrayNode):
    """An array accumulated along an axis.

    Fields
    ------
    ufunc
        `add` or `multiply`.
    kind
        The dtype in which it is done.
    skip_nan
        Whether NaN counts as nothing.
    """

    source: ArrayNode
    ufunc: np.ufunc
    axis: int
    kind: np.dtype[Any]
    skip_nan: bool = False

    @property
    def operation(self) -> str:
        return f"{'nan' * self.skip_nan}cum{'sum' if self.ufunc is np.add else 'prod'}"

    @fact
    def chunks(self) -> Chunks:
        return self.source.chunks

    @fact
    def meta(self) -> Any:
        return self.source.meta.astype(self.kind)

    @property
    def spaces(self) -> tuple[Any, ...]:
        return self.source.spaces


@lower(Scan)
def scan_to_carries(node: Scan) -> Node:
    """Blocks run alone, then each takes up what came before it."""
    source, axis, name, label = node.source, node.axis, node.name, node.operation
    alone = source.grid[axis] == 1
    args = (source, node.ufunc, axis, node.kind, node.skip_nan)
    runs = blockwise(run, *args, grid=node.grid, name=name if alone else f"{name}-runs", label=label)
    if alone:
        return runs
    totals = blockwise(last, runs, axis, grid=node.grid, name=f"{name}-totals", label="last")
    carries = _before(totals, axis, Fold(node.ufunc, axis), f"{name}-carry")
    return blockwise(carry, runs, carries, node.ufunc, grid=node.grid, name=name, label=label)


def run(block: Any, ufunc: np.ufunc, axis: int, dtype: Any, skip_nan: bool) -> Any:
    """A block accumulated on its own."""
    if skip_nan and block.dtype.kind in "fc":
        block = np.where(np.isnan(block), np.asarray(ufunc.identity, block.dtype), block)
    return ufunc.accumulate(block, axis=axis, dtype=dtype)


def last(block: Any, axis: int) -> Any:
    """The last row along an axis; none of an empty block."""
    return block[(slice(None),) * axis + (slice(-1, None),)].copy()


def carry(block: Any, before: Any, ufunc: np.ufunc) -> Any:
    """A run after all that came before it; None for nothing."""
    return block if before is None else ufunc(block, before)


@dataclass(frozen=True)
class Fold:
    """Adds up totals, of which there may be none; empty ones do not count."""

    ufunc: np.ufunc
    axis: int

    def __call__(self, totals: Sequence[Any], before: Any = None) -> Any:
        filled = [t for t in (before, *totals) if t is not None and t.shape[self.axis]]
        return reduce(self.ufunc, filled) if filled else None


def _before(totals: Node, axis: int, fold: Fold, name: str) -> Node:
    """For each block along the axis the sum of all totals before it."""
    grid: Grid = totals.grid
    n = grid[axis]
    starts = tuple(i // WIDTH * WIDTH for i in range(n))
    within = _along(grid, axis, starts, tuple(range(n)))
    if n <= WIDTH:
        return gather(fold, totals, within, grid=grid, name=name, label="carry")
    count = -(-n // WIDTH)
    stops = tuple(min(i * WIDTH + WIDTH, n) for i in range(count))
    grouped = (*grid[:axis], count, *grid[axis + 1 :])
    read = _along(grid, axis, tuple(range(0, n, WIDTH)), stops)
    groups = gather(fold, totals, read, grid=grouped, name=f"{name}-groups", label="carry")
    outer = _before(groups, axis, fold, f"{name}-outer")
    picks = tuple(tuple(i // WIDTH for i in range(n)) if k == axis else None for k in range(len(grid)))
    reads = (within, One(tuple(range(len(grid))), picks))
    return Blockwise.named(name, fold, (totals, outer), reads, grid, {}, "carry")


def _along(grid: Grid, axis: int, starts: Any, stops: Any) -> Read:
    """The read of runs of blocks along an axis."""
    return Box(
        tuple(range(len(grid))),
        tuple(starts if k == axis else range(n) for k, n in enumerate(grid)),
        tuple(stops if k == axis else range(1, n + 1) for k, n in enumerate(grid)),
    )


def scan(node: ArrayNode, ufunc: np.ufunc, axis: int, dtype: Any = None, skip_nan: bool = False) -> ArrayNode:
    """The array accumulated along an axis; in the dtype that NumPy would choose, unless one is given."""
    kind = (np.cumsum if ufunc is np.add else np.cumprod)(node.meta, axis=axis, dtype=dtype).dtype
    return Scan(node, ufunc, axis, kind, skip_nan)
