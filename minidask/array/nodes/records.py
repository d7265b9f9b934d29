"""Slices of an array as structured elements along one axis, which compare from the first field to the last."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks, even
from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


def records(node: ArrayNode, axis: int) -> ArrayNode:
    """The slices along an axis, each one element; a block has no more of the array than there was in one."""
    node = _whole_slices(known(node), axis)
    empty = _records(np.empty([0 if k == axis else n for k, n in enumerate(node.shape)], node.dtype), axis)
    args, kwargs, chunks = ((node,), (tuple(range(node.ndim)),)), {"axis": axis}, (node.chunks[axis],)
    return call_blocks(_records, *args, (axis,), chunks, meta=empty, kwargs=kwargs, label="records")


def slices(source: ArrayNode, like: ArrayNode, axis: int) -> ArrayNode:
    """What `records` has made of an array, or some of it, made slices again; `like` is the array."""
    return Slices(source, tuple(0 if k == axis else n for k, n in enumerate(like.shape)), axis, like.meta)


def _whole_slices(node: ArrayNode, axis: int) -> ArrayNode:
    others = prod(n for k, n in enumerate(node.shape) if k != axis)
    room = max(1, prod(max(sizes) for sizes in node.chunks) // max(others, 1))
    own = node.chunks[axis]
    if any(len(sizes) > 1 for k, sizes in enumerate(node.chunks) if k != axis):
        own = even(node.shape[axis], room)
    return rechunk(node, tuple(own if k == axis else (n,) for k, n in enumerate(node.shape)))


def _records(block: Any, axis: int) -> Any:
    rows = np.moveaxis(block, axis, 0)
    size = prod(rows.shape[1:])
    if not size:
        return np.zeros(len(rows), _NOTHING)
    rows = np.ascontiguousarray(rows).reshape(len(rows), size)
    return rows.view([(f"f{i}", rows.dtype) for i in range(size)])[:, 0]


_NOTHING = np.int8
"""What slices without elements are."""


class Slices(ArrayNode):
    """Slices of an array that come as structured elements.

    Fields
    ------
    source
        The structured elements.
    others
        The shape of the array; of the axis along which the slices lie 0.
    axis
        That axis.
    empty
        The meta.
    """

    source: ArrayNode
    others: tuple[int, ...]
    axis: int
    empty: Any

    @property
    def operation(self) -> str:
        return "slices"

    @fact
    def chunks(self) -> Chunks:
        return tuple(self.source.chunks[0] if k == self.axis else (n,) for k, n in enumerate(self.others))

    @fact
    def meta(self) -> Any:
        return self.empty

    @property
    def spaces(self) -> tuple[Any, ...]:
        return tuple(self.source.spaces[0] if k == self.axis else None for k in range(len(self.others)))


@lower(Slices)
def cut_slices(node: Slices) -> Node:
    """One block makes one."""
    args = (node.source, node.others, node.axis, node.dtype)
    return blockwise(
        _slices, *args, grid=node.grid, reads={0: One((node.axis,))}, name=node.name, label="slices", cheap=True
    )


def _slices(elements: Any, others: tuple[int, ...], axis: int, dtype: Any) -> Any:
    shape = (len(elements), *others[:axis], *others[axis + 1 :])
    rows = elements.view(dtype) if prod(shape[1:]) else np.empty(0, dtype)
    return np.moveaxis(rows.reshape(shape), 0, axis)
