"""Tree reductions: the one way in which many blocks become few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minidask.expr.blocks import Box, Picks, gather
from minidask.expr.grid import Grid
from minidask.expr.node import Node

Merge = Callable[[list[Any]], Any]
"""Makes one partial result of a list of them, which are neighbours, in C order."""

SPLIT_EVERY = 8
"""How many partial results a task merges, unless told otherwise."""


def tree(
    partials: Node,
    combine: Merge,
    aggregate: Merge,
    axes: Iterable[int],
    *,
    name: str,
    keepdims: bool = False,
    split_every: int | dict[int, int] | None = None,
    label: str = "",
) -> Node:
    """Merge the blocks along some axes of a grid, level by level, until one is left along each.

    The shape of the tree depends on the grid only, so the bits of the result do too.

    Parameters
    ----------
    partials
        A node whose blocks are partial results.
    combine
        Merges partial results into a partial result.
    aggregate
        Merges partial results into the answer; the last level. Runs also where there is one block only.
    axes
        The axes of the grid that are reduced.
    name
        Of the resulting node.
    keepdims
        Whether reduced axes stay in the grid, with one block.
    split_every
        How many blocks one task merges in all; or for each axis how many along it. Default: `SPLIT_EVERY`.
    label
        What a person would call it.

    Returns
    -------
    Node
        A physical node, over a grid without `axes` (with one block along them, if `keepdims`).
    """
    axes = sorted(axes)
    width = _widths(axes, partials.grid, split_every)
    depth = 0
    while any(partials.grid[axis] > width[axis] for axis in axes):
        depth += 1
        partials = _next_level(partials, combine, width, f"{name}-{depth}", label)
    read, grid = _groups(partials.grid, width)
    if not keepdims:
        kept = [axis for axis in range(len(grid)) if axis not in width]
        places = {axis: i for i, axis in enumerate(kept)}
        read = Box(tuple(places.get(axis) for axis in range(len(grid))), read.starts, read.stops)
        grid = tuple(grid[axis] for axis in kept)
    return gather(aggregate, partials, read, grid=grid, name=name, label=label)


def level(partials: Node, combine: Merge, axes: Iterable[int], *, name: str, label: str = "") -> Node:
    """The first level of a tree alone: each `SPLIT_EVERY` neighbours become one partial result.

    Parameters
    ----------
    partials, combine, axes, label
        As for `tree`.
    name
        Of the resulting node.
    """
    return _next_level(partials, combine, _widths(sorted(axes), partials.grid, None), name, label)


def _next_level(partials: Node, combine: Merge, width: dict[int, int], name: str, label: str) -> Node:
    read, grid = _groups(partials.grid, width)
    return gather(combine, partials, read, grid=grid, name=name, label=f"{label}-combine")


def _widths(axes: Sequence[int], grid: Grid, split_every: int | dict[int, int] | None) -> dict[int, int]:
    """How many blocks are merged along each axis; those of one block do not count."""
    if isinstance(split_every, dict):
        widths = {axis: split_every.get(axis, SPLIT_EVERY) for axis in axes}
    else:
        total = SPLIT_EVERY if split_every is None else split_every
        long = sum(grid[axis] > 1 for axis in axes)
        widths = {axis: max(2, round(total ** (1 / max(1, long)))) for axis in axes}
    if any(type(w) is not int or w < 2 for w in widths.values()) or (isinstance(split_every, int) and split_every < 2):
        raise ValueError(f"split_every={split_every!r} must be a number of blocks to merge, 2 or more")
    return widths


def _groups(grid: Grid, width: dict[int, int]) -> tuple[Box, Grid]:
    """The read of neighbouring groups, `width[axis]` blocks each along the reduced axes, and the grid it makes."""
    each = [width.get(axis, 1) for axis in range(len(grid))]
    starts = tuple(range(0, n, w) for n, w in zip(grid, each))
    stops = tuple(_ends(n, w) for n, w in zip(grid, each))
    return Box(tuple(range(len(grid))), starts, stops), tuple(len(s) for s in starts)


def _ends(n: int, width: int) -> Picks:
    """Where groups of `width` among n blocks end: a range, unless the last group is cut short."""
    ends = range(width, n + width, width)
    return ends if n % width == 0 else (*ends[:-1], n)
