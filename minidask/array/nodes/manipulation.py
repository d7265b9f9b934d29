"""Axes added, dropped and moved: each block is seen anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


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
    return ExpandDims(node, tuple(sorted(normalize_axis_tuple(axes, node.ndim + len(axes)))))
