"""Axes added, dropped and moved: each block is seen anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify
from minidask.kernels.sparse_blocks import refuse


class ExpandDims(ArrayNode):
    """New axes of size 1, at these places of the result."""

    source: ArrayNode
    axes: tuple[int, ...]

    @fact
    def chunks(self) -> Chunks:
        old = iter(self.source.chunks)
        return tuple((1,) if axis in self.axes else next(old) for axis in range(self.source.ndim + len(self.axes)))

    @fact
    def meta(self) -> Any:
        meta = np.expand_dims(self.source.meta, self.axes)
        return meta[(slice(0, 0),) * meta.ndim]

    @property
    def spaces(self) -> tuple[Any, ...]:
        old = iter(self.source.spaces)
        return tuple(None if axis in self.axes else next(old) for axis in range(len(self.chunks)))


@lower(ExpandDims)
def expand_blocks(node: ExpandDims) -> Node:
    """A view of each block."""
    kept = tuple(axis for axis in range(node.ndim) if axis not in node.axes)
    args = (node.source, node.axes)
    return blockwise(
        np.expand_dims, *args, grid=node.grid, reads={0: One(kept)}, name=node.name, label="expand_dims", cheap=True
    )


def expand_dims(node: ArrayNode, axes: Iterable[int]) -> ArrayNode:
    """The array with new axes of size 1 at these places of the result; a negative one counts from its end."""
    axes = tuple(axes)
    if not axes:
        return node
    refuse("expand_dims", node)
    return ExpandDims(node, tuple(sorted(normalize_axis_tuple(axes, node.ndim + len(axes)))))


class Squeeze(ArrayNode):
    """Without some axes, all of size 1."""

    source: ArrayNode
    axes: tuple[int, ...]

    @fact
    def chunks(self) -> Chunks:
        return tuple(sizes for axis, sizes in enumerate(self.source.chunks) if axis not in self.axes)

    @fact
    def meta(self) -> Any:
        return as_meta(self.source.meta, self.source.ndim - len(self.axes))

    @property
    def spaces(self) -> tuple[Any, ...]:
        return tuple(space for axis, space in enumerate(self.source.spaces) if axis not in self.axes)


@lower(Squeeze)
def squeeze_blocks(node: Squeeze) -> Node:
    """A view of each block; along an axis that goes, of the one that is not empty."""
    kept, chunks = iter(range(node.ndim)), node.source.chunks
    axes = tuple(None if axis in node.axes else next(kept) for axis in range(node.source.ndim))
    read = One(axes, tuple((sizes.index(1),) if axis is None else None for axis, sizes in zip(axes, chunks)))
    args = (node.source, node.axes)
    return blockwise(np.squeeze, *args, grid=node.grid, reads={0: read}, name=node.name, label="squeeze", cheap=True)


def squeeze(node: ArrayNode, axis: Any = None) -> ArrayNode:
    """The array without the axes of size 1, or without those given.

    Raises
    ------
    ValueError
        One of the axes has another size.
    """
    if axis is None:
        axes = tuple(i for i, n in enumerate(known(node).shape) if n == 1)
    else:
        axes = tuple(sorted(normalize_axis_tuple(axis, node.ndim)))
    if any(node.shape[i] is None for i in axes):
        node = known(node)
    if any(node.shape[i] != 1 for i in axes):
        raise ValueError(f"cannot squeeze axis={axis!r} of an array of shape {node.shape}: its size is not 1")
    if not axes:
        return node
    sizes = tuple((1,) if axis in axes else old for axis, old in enumerate(node.chunks))
    return Squeeze(rechunk(node, sizes), axes)  # blocks of no elements are not looked at


class Transpose(ArrayNode):
    """The axes in another order: axis i of the result is axis `axes[i]` of the source."""

    source: ArrayNode
    axes: tuple[int, ...]

    @fact
    def chunks(self) -> Chunks:
        return tuple(self.source.chunks[axis] for axis in self.axes)

    @fact
    def meta(self) -> Any:
        return self.source.meta.transpose(self.axes)

    @property
    def spaces(self) -> tuple[Any, ...]:
        return tuple(self.source.spaces[axis] for axis in self.axes)

    @property
    def cut_freely(self) -> bool:
        return self.source.cut_freely


@simplify(Transpose)
def transpose_of_transpose(node: Transpose) -> Node | None:
    """Once is enough, and none is better."""
    inner = node.source
    if isinstance(inner, Transpose):
        return transpose(inner.source, tuple(inner.axes[axis] for axis in node.axes))
    return None


@lower(Transpose)
def transpose_blocks(node: Transpose) -> Node:
    """A view of each block."""
    read = One(tuple(node.axes.index(axis) for axis in range(node.ndim)))
    args = (node.source, node.axes)
    return blockwise(
        np.transpose, *args, grid=node.grid, reads={0: read}, name=node.name, label="transpose", cheap=True
    )


def transpose(node: ArrayNode, axes: Any = None) -> ArrayNode:
    """The array with its axes in this order; reversed, where none is given.

    Raises
    ------
    ValueError
        `axes` do not name each axis once.
    """
    given = range(node.ndim)[::-1] if axes is None else axes
    order = normalize_axis_tuple(given, node.ndim, "axes", allow_duplicate=False)
    if len(order) != node.ndim:
        raise ValueError(f"axes={axes!r} do not name each of the {node.ndim} axes once")
    return node if order == tuple(range(node.ndim)) else Transpose(node, order)
