"""Arrays joined along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from minidask.array.chunks import Chunks, Sizes, refine
from minidask.array.node import ArrayNode
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.manipulation import expand_dims
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import Beside
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Concatenate(ArrayNode):
    """Arrays one after the other along an axis; of one dtype, and with the same chunks along all other axes."""

    parts: tuple[ArrayNode, ...]
    axis: int

    @fact
    def chunks(self) -> Chunks:
        joined: Sizes = sum((part.chunks[self.axis] for part in self.parts), ())
        chunks = self.parts[0].chunks
        return (*chunks[: self.axis], joined, *chunks[self.axis + 1 :])

    @fact
    def meta(self) -> Any:
        return self.parts[0].meta

    @property
    def spaces(self) -> tuple[Any, ...]:
        along = (self.name, self.axis) if None in self.chunks[self.axis] else None
        spaces = self.parts[0].spaces
        return (*spaces[: self.axis], along, *spaces[self.axis + 1 :])


@lower(Concatenate)
def concatenate_blocks(node: Concatenate) -> Node:
    """The blocks are those of the parts: there is nothing to do."""
    return Beside.named(node.name, node.parts, node.axis)


def concatenate(nodes: Sequence[ArrayNode], axis: int = 0, trusted: bool = False) -> ArrayNode:
    """The arrays one after the other along an axis; cast to one dtype, and cut alike along the others.

    `trusted`: unknown sizes along other axes are the same.

    Raises
    ------
    ValueError
        There are none, or their shapes differ along another axis.
    numpy.exceptions.AxisError
        There is no such axis.
    """
    if not nodes:
        raise ValueError("need at least one array to concatenate")
    ndim = nodes[0].ndim
    if any(node.ndim != ndim for node in nodes):
        raise ValueError(f"the arrays to concatenate have different numbers of axes: {[n.ndim for n in nodes]}")
    axis = normalize_axis_index(axis, ndim)
    dtype = np.result_type(*(node.meta for node in nodes))
    for node in nodes:
        if not np.can_cast(node.dtype, dtype, "same_kind"):
            raise TypeError(f"an array of {node.dtype} cannot be joined to others as {dtype}; use astype")
    if any(isinstance(node.meta, np.ma.MaskedArray) for node in nodes):
        nodes = [elementwise(np.ma.asanyarray, node) for node in nodes]
    nodes = _aligned(
        [node if node.dtype == dtype else elementwise(astype, node, dtype) for node in nodes], axis, trusted
    )
    filled = [node for node in nodes if node.shape[axis] != 0] or nodes[:1]
    return filled[0] if len(filled) == 1 else Concatenate(tuple(filled), axis)


def stack(nodes: Sequence[ArrayNode], axis: int = 0, trusted: bool = False) -> ArrayNode:
    """The node of arrays of one shape along a new axis.

    Raises
    ------
    ValueError
        There are none, or their shapes differ.
    """
    if not nodes:
        raise ValueError("need at least one array to stack")
    if len({node.ndim for node in nodes}) > 1:
        raise ValueError(f"all input arrays must have the same shape; they are {[node.shape for node in nodes]}")
    axis = normalize_axis_index(axis, nodes[0].ndim + 1)
    return concatenate([expand_dims(node, (axis,)) for node in nodes], axis, trusted)


def _aligned(nodes: list[ArrayNode], axis: int, trusted: bool) -> list[ArrayNode]:
    """The arrays cut alike along all axes but one."""
    others = [k for k in range(nodes[0].ndim) if k != axis]
    if trusted and all(len({len(node.chunks[k]) for node in nodes}) == 1 for k in others if _is_unknown(nodes, k)):
        others = [k for k in others if not _is_unknown(nodes, k)]
    if any(len({(node.spaces[k], node.chunks[k]) for node in nodes}) > 1 for k in others if _is_unknown(nodes, k)):
        nodes = [known(node) for node in nodes]
    for k in others:
        if len({node.shape[k] for node in nodes}) > 1:
            shapes = ", ".join(map(str, dict.fromkeys(node.shape for node in nodes)))
            raise ValueError(f"the arrays to join differ along axis {k}: their shapes are {shapes}")
    common = {k: refine(node.chunks[k] for node in nodes) for k in others}
    return [rechunk(node, tuple(common.get(k, sizes) for k, sizes in enumerate(node.chunks))) for node in nodes]


def _is_unknown(nodes: Sequence[ArrayNode], axis: int) -> bool:
    return any(node.shape[axis] is None for node in nodes)
