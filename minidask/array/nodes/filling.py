"""Missing values filled from before them.

Each block tells the last value it has along the axis, and how many missing ones follow; see `expr.carries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from minidask.array.node import SameChunks
from minidask.expr.blocks import blockwise
from minidask.expr.carries import before
from minidask.expr.node import Node
from minidask.expr.pipeline import lower


class Pushed(SameChunks):
    """An array whose missing values (NaN, NaT) are the last one before them along an axis.

    Fields
    ------
    most
        How many in a row are filled; None: all.
    """

    axis: int
    most: int | None

    @property
    def operation(self) -> str:
        return "push"


class Tail(NamedTuple):
    """Along an axis the last value that is there, missing where there is none, and how many missing ones follow."""

    value: Any
    after: Any


@lower(Pushed)
def pushed_from_carries(node: Pushed) -> Node:
    """Each block is filled from itself, and from the tail of those before it."""
    source, axis, name = node.source, node.axis, node.name
    carries = None
    if node.grid[axis] > 1:
        tails = blockwise(tail, source, axis, grid=node.grid, name=f"{name}-tails", label="tail")
        carries = before(tails, axis, last_tail, f"{name}-carry")
    return blockwise(fill, source, carries, axis, node.most, grid=node.grid, name=name, label="push")


def tail(block: Any, axis: int) -> Tail:
    """The tail of a block."""
    there, size = ~np.isnan(block), block.shape[axis]
    if not size:
        shape = tuple(1 if k == axis else n for k, n in enumerate(block.shape))
        missing = np.full(shape, "nat" if block.dtype.kind in "mM" else np.nan, block.dtype)
        return Tail(missing, np.zeros(shape, int))
    after = np.where(there.any(axis, keepdims=True), there[_reversed(axis)].argmax(axis, keepdims=True), size)
    return Tail(np.take_along_axis(block, np.maximum(size - 1 - after, 0), axis), after)


def _reversed(axis: int) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, slice(None, None, -1))


def last_tail(tails: Sequence[Tail], before: Tail | None = None) -> Tail | None:
    """The tail of several blocks in a row."""
    found = [t for t in (before, *tails) if t is not None]
    return reduce(_after, found) if found else None


def _after(one: Tail, other: Tail) -> Tail:
    missing = np.isnan(other.value)
    return Tail(
        np.where(missing, one.value, other.value),
        np.where(missing, one.after + other.after, other.after),
    )


def fill(block: Any, before: Tail | None, axis: int, most: int | None) -> Any:
    """A block filled from itself, and from the tail of what comes before it."""
    if not block.shape[axis]:
        return block
    at = np.arange(block.shape[axis]).reshape([-1 if k == axis else 1 for k in range(block.ndim)])
    last = np.maximum.accumulate(np.where(np.isnan(block), -1, at), axis=axis)
    value, away = np.take_along_axis(block, np.maximum(last, 0), axis), at - last
    if before is not None:
        value = np.where(last < 0, before.value, value)
        away = np.where(last < 0, at + 1 + before.after, away)
    return value if most is None else np.where(away <= most, value, block)
