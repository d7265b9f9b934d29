"""Transforms along axes, one after the other: what is called with which blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isqrt
from typing import Any, NamedTuple

import numpy as np

import minidask.config as config
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import in_one_block
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.source import Cuts
from minidask.quantities import parse_bytes

Transform = Callable[..., Any]
"""Like `numpy.fft.fft`: takes a block, n and an axis."""


class Step(NamedTuple):
    """A transform along an axis.

    Parameters
    ----------
    func
        What is called with a block.
    n
        How many elements of the axis it uses; a shorter axis is filled up with zeros.
    axis
        Which; not negative.
    size
        The size of the axis afterwards.
    free
        Whether the transforms along other axes may as well come before or after it.
    parts
        A transform of complex numbers, whose first `size` results these are, and the sign of its exponents: where it
        is told, the transform of a very long axis is made of those of shorter ones.
    """

    func: Transform
    n: int
    axis: int
    size: int
    free: bool
    parts: tuple[Transform, int] | None = None


def transformed(node: ArrayNode, steps: Sequence[Step], label: str) -> ArrayNode:
    """The array after these steps. All its sizes are known.

    Axes that are in one block go first, where the order is free; the others are brought into one block, together
    where that is little, else one after the other: so no block grows beyond what is usual. An axis that is longer
    than a block is transformed in parts, if the step tells how, and if its size is no prime.
    """
    left = list(steps)
    while left:
        now = _ready(left, [axis for axis, blocks in enumerate(node.grid) if blocks == 1])
        if not now:
            if (rows := _rows(node, left[0])) > 1:
                node = _in_parts(node, left.pop(0), rows, label)
                continue
            most = _most_bytes(node)
            together = in_one_block(node, sorted({step.axis for step in left}), most)
            node = together if together.largest_nbytes() <= most else in_one_block(node, [left[0].axis], most)
            continue
        node = _called(node, now, label)
        left = [step for step in left if step not in now]
    return node


def _ready(steps: Sequence[Step], whole: Sequence[int]) -> list[Step]:
    """Those that can be done now: their axes are in one block, and no step that must come before them is left."""
    found: list[Step] = []
    for i, step in enumerate(steps):
        waiting = [other for other in steps[:i] if other not in found]
        if waiting and not step.free:
            break
        if step.axis in whole and all(other.free and other.axis != step.axis for other in waiting):
            found.append(step)
    return found


def _rows(node: ArrayNode, step: Step) -> int:
    """How many rows the elements of an axis make that is transformed in parts; 1: it is not."""
    size, limit = node.shape[step.axis], parse_bytes(config.get("array.chunk-size"))
    exact = node.dtype.char in "gG"  # more than the factors are
    if step.parts is None or size != step.n or size * node.dtype.itemsize <= limit or exact:
        return 1
    return next(rows for rows in range(isqrt(size), 0, -1) if size % rows == 0)


def _in_parts(node: ArrayNode, step: Step, rows: int, label: str) -> ArrayNode:
    """The transform of an axis as those of the columns and rows of a table (Bailey: FFTs in External Memory, 1990)."""
    assert step.parts is not None
    (func, sign), axis, columns = step.parts, step.axis, step.n // rows
    before, after = node.shape[:axis], node.shape[axis + 1 :]
    table = reshape(node, (*before, rows, columns, *after))
    table = transformed(table, [Step(func, rows, axis, rows, True, step.parts)], label)
    index, kwargs = tuple(range(table.ndim)), {"axis": axis, "angle": sign * 2 * np.pi / step.n}
    args, indices = (table, Cuts(table.chunks)), (index, None)
    table = call_blocks(_turned, args, indices, index, table.chunks, meta=table.meta, kwargs=kwargs, label=label)
    table = transformed(table, [Step(func, columns, axis + 1, columns, True, step.parts)], label)
    turned = transpose(table, (*index[:axis], axis + 1, axis, *index[axis + 2 :]))
    found = reshape(turned, (*before, step.n, *after))
    return found if step.size == step.n else getitem(found, (*(slice(None),) * axis, slice(step.size)))


def _turned(block: Any, cut: tuple[slice, ...], axis: int, angle: float) -> Any:
    """Elements turned by the angle times the numbers of their row and of their column."""
    rows, columns = (np.arange(cut[k].start, cut[k].stop) for k in (axis, axis + 1))
    turns = np.exp(1j * angle * np.outer(rows, columns))
    return block * turns.reshape(*turns.shape, *(1,) * (block.ndim - axis - 2)).astype(block.dtype)


def _most_bytes(node: ArrayNode) -> int:
    """Of a block: a sixteenth of the array keeps several workers busy."""
    usual = parse_bytes(config.get("array.chunk-size"))
    return min(usual, max(_FEW, node.nbytes // 16))


_FEW = 4 << 20
"""Bytes of a block below which it is not worth to have more of them."""


def _called(node: ArrayNode, steps: Sequence[Step], label: str) -> ArrayNode:
    sizes = list(node.chunks)
    out: list[Any] = list(range(node.ndim))
    for step in steps:
        sizes[step.axis], out[step.axis] = (step.size,), ("new", step.axis)
    tried = in_turn(np.ones_like(node.meta, shape=(1,) * node.ndim), [(s.func, 1, s.axis) for s in steps])
    func = partial(in_turn, calls=[(step.func, step.n, step.axis) for step in steps])
    meta, index = as_meta(tried, node.ndim), tuple(range(node.ndim))
    return call_blocks(func, (node,), (index,), tuple(out), tuple(sizes), meta=meta, label=label)


def in_turn(block: Any, calls: Sequence[tuple[Transform, int, int]]) -> Any:
    """A block after several transforms."""
    for func, n, axis in calls:
        block = func(block, n, axis)
    return block
