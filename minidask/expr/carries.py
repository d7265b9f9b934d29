"""What comes before each block along an axis, folded into one value: the carrying part of a scan.

It is found in groups of `WIDTH` blocks, groups of groups, and so on: no task waits for a chain as long as the axis,
and the bits depend on the blocks only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minidask.expr.blocks import Blockwise, Box, One, Read, gather
from minidask.expr.grid import Grid
from minidask.expr.node import Node

WIDTH = 16
"""How many blocks are folded by one task."""

Fold = Callable[..., Any]
"""`fold(values, before=None)`: what `before` and the values, in their order, come to; None for nothing."""


def before(values: Node, axis: int, fold: Fold, name: str) -> Node:
    """For each block along the axis the fold of all values before it.

    Parameters
    ----------
    values
        A node whose blocks are what is folded.
    axis
        Of its grid.
    fold
        Called with lists of neighbouring values.
    name
        Of the resulting node, which has the same grid.
    """
    grid: Grid = values.grid
    n = grid[axis]
    starts = tuple(i // WIDTH * WIDTH for i in range(n))
    within = _along(grid, axis, starts, tuple(range(n)))
    if n <= WIDTH:
        return gather(fold, values, within, grid=grid, name=name, label="carry")
    count = -(-n // WIDTH)
    stops = tuple(min(i * WIDTH + WIDTH, n) for i in range(count))
    grouped = (*grid[:axis], count, *grid[axis + 1 :])
    read = _along(grid, axis, tuple(range(0, n, WIDTH)), stops)
    groups = gather(fold, values, read, grid=grouped, name=f"{name}-groups", label="carry")
    outer = before(groups, axis, fold, f"{name}-outer")
    picks = tuple(tuple(i // WIDTH for i in range(n)) if k == axis else None for k in range(len(grid)))
    reads = (within, One(tuple(range(len(grid))), picks))
    return Blockwise.named(name, fold, (values, outer), reads, grid, {}, "carry")


def _along(grid: Grid, axis: int, starts: Sequence[int], stops: Sequence[int]) -> Read:
    """The read of runs of blocks along an axis."""
    return Box(
        tuple(range(len(grid))),
        tuple(starts if k == axis else range(n) for k, n in enumerate(grid)),
        tuple(stops if k == axis else range(1, n + 1) for k, n in enumerate(grid)),
    )
