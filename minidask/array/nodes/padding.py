"""Arrays made larger at their ends, axis after axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from minidask.array.chunks import Sizes
from minidask.array.node import ArrayNode
from minidask.array.nodes.creation import Filled
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.joining import concatenate
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import reduction
from minidask.array.nodes.repetition import broadcast_to
from minidask.array.nodes.sizes import known

Width = tuple[int, int]


@dataclass(frozen=True)
class Side:
    """One end of an axis that is to be padded."""

    axis: int
    width: int
    left: bool

    def rows(self, node: ArrayNode, count: int) -> ArrayNode:
        """The `count` rows of the array that are next to it."""
        size = node.shape[self.axis]
        rows = slice(0, count) if self.left else slice(max(size - count, 0), size)
        return getitem(node, (slice(None),) * self.axis + (rows,))

    def shape(self, node: ArrayNode) -> tuple[int, ...]:
        """Of the padding."""
        return (*node.shape[: self.axis], self.width, *node.shape[self.axis + 1 :])

    def beside(self, node: ArrayNode, more: ArrayNode) -> ArrayNode:
        """An array with more beyond this end of it."""
        return concatenate([more, node] if self.left else [node, more], self.axis)

    def whole(self, sizes: Sequence[Sizes]) -> tuple[Sizes, ...]:
        """The chunks of the padding: one block along the axis."""
        return (*sizes[: self.axis], (self.width,), *sizes[self.axis + 1 :])


Maker = Callable[[ArrayNode, Side, Any], ArrayNode]


def pad(node: ArrayNode, widths: Sequence[Width], mode: str, **options: Any) -> ArrayNode:
    """The array with `widths[k]` more rows before and after, along axis k.

    Parameters
    ----------
    mode
        As of `numpy.pad`.
    options
        The keywords that `numpy.pad` knows for this mode.

    Raises
    ------
    ValueError
        There is no such mode, or it does not take such options, or an empty axis has nothing to pad it with.
    """
    if mode not in MODES:
        raise ValueError(f"mode={mode!r}: expected one of {', '.join(MODES)}, or a function")
    known_options, maker = MODES[mode]
    if set(options) - set(known_options):
        raise ValueError(f"mode={mode!r} takes no {sorted(set(options) - set(known_options))}")
    node = without_empty_blocks(node)  # edges are of some block
    given = {k: _per_side(options.get(k, default), node.ndim, k) for k, default in known_options.items()}
    for axis, width in enumerate(widths):
        if not any(width):
            continue
        if mode not in ("constant", "empty") and node.shape[axis] == 0:
            raise ValueError(f"cannot pad the empty axis {axis} with mode={mode!r}; use constant or empty")
        parts = [node]
        for left, n in zip((True, False), width):
            if n:
                option = next((values[axis][not left] for values in given.values()), None)
                parts.insert(0 if left else len(parts), maker(node, Side(axis, n, left), option))
        node = elementwise(astype, concatenate(parts, axis), node.dtype)
    return node


def without_empty_blocks(node: ArrayNode) -> ArrayNode:
    """The array cut alike, but for blocks of no elements."""
    node = known(node)
    return rechunk(node, tuple(tuple(n for n in sizes if n) or (0,) for sizes in node.chunks))


def _per_side(value: Any, ndim: int, name: str) -> list[tuple[Any, Any]]:
    """An option for both sides of each axis, of one value, a pair, or a pair for each axis."""
    if value is None or isinstance(value, str):
        return [(value, value)] * ndim
    try:
        return [tuple(pair) for pair in np.broadcast_to(np.asarray(value), (ndim, 2)).tolist()]
    except ValueError:
        raise ValueError(f"{name}={value!r} must be a value, a pair (before, after), or a pair for each axis") from None


def widths(pad_width: Any, ndim: int) -> list[Width]:
    """The widths as `numpy.pad` takes them, a pair for each axis.

    Raises
    ------
    TypeError, ValueError
        They are not integers; they are negative, or not for this number of axes.
    """
    if isinstance(pad_width, dict):
        given = {axis % ndim: w if isinstance(w, tuple) else (w, w) for axis, w in pad_width.items()}
        pad_width = [given.get(axis, (0, 0)) for axis in range(ndim)]
    if np.asarray(pad_width).dtype.kind not in "iu":
        raise TypeError(f"pad_width={pad_width!r} must be integers")
    found = _per_side(pad_width, ndim, "pad_width")
    if any(n < 0 for pair in found for n in pair):
        raise ValueError(f"pad_width={pad_width!r} cannot hold negative numbers")
    return found


def _constant(node: ArrayNode, side: Side, value: Any) -> ArrayNode:
    value = np.asarray(value).astype(node.dtype)[()]
    return Filled(value, node.dtype, side.whole(node.chunks))


def _empty(node: ArrayNode, side: Side, option: Any) -> ArrayNode:
    return Filled(None, node.dtype, side.whole(node.chunks))


def _edge(node: ArrayNode, side: Side, option: Any) -> ArrayNode:
    return broadcast_to(side.rows(node, 1), side.shape(node))


def _ramp(node: ArrayNode, side: Side, end: Any) -> ArrayNode:
    edge = side.rows(node, 1)
    index, chunks = tuple(range(node.ndim)), side.whole(edge.chunks)
    args = (edge, end, side)
    return call_blocks(ramp, args, (index, None, None), index, chunks, meta=node.meta, label="linear_ramp")


def ramp(edge: Any, end: Any, side: Side) -> Any:
    """From a value at the far end to the edge of the array."""
    rows = np.linspace(end, edge.squeeze(side.axis), side.width, endpoint=False, dtype=edge.dtype, axis=side.axis)
    return rows if side.left else np.flip(rows, side.axis)


def _statistic(name: str, node: ArrayNode, side: Side, length: Any) -> ArrayNode:
    size = node.shape[side.axis]
    length = size if length is None else min(int(length), size)
    if length < 1:
        raise ValueError(f"stat_length={length} leaves nothing to pad with")
    rows = side.rows(node, length)
    if name == "median":
        index = tuple(range(node.ndim))
        rows = rechunk(rows, (*rows.chunks[: side.axis], (length,), *rows.chunks[side.axis + 1 :]))
        chunks = (*rows.chunks[: side.axis], (1,), *rows.chunks[side.axis + 1 :])
        func = partial(np.median, axis=side.axis, keepdims=True)
        value = call_blocks(func, (rows,), (index,), index, chunks, meta=np.zeros_like(rows.meta, float), label=name)
    else:
        value = reduction(rows, REDUCERS[name], side.axis, keepdims=True)
    if node.dtype.kind in "iu" and value.dtype.kind == "f":
        value = elementwise(np.round, value)
    if value.dtype != node.dtype:
        value = elementwise(astype, value, node.dtype)
    return broadcast_to(value, side.shape(node))


def _mirror(repeat_edge: bool, node: ArrayNode, side: Side, kind: Any) -> ArrayNode:
    size = node.shape[side.axis]
    beyond = np.arange(-side.width, 0) if side.left else np.arange(size, size + side.width)
    period = 2 * size if repeat_edge else max(2 * size - 2, 1)
    places = beyond % period
    places = np.where(places >= size, period - places - (1 if repeat_edge else 0), places)
    found = getitem(node, (slice(None),) * side.axis + (places,))
    if kind != "odd":
        return found
    most = size - (not repeat_edge)
    if side.width > most > 0:  # what is padded already is as well mirrored
        near = _mirror(repeat_edge, node, replace(side, width=most), kind)
        grown = side.beside(node, near)
        return side.beside(near, _mirror(repeat_edge, grown, replace(side, width=side.width - most), kind))
    return elementwise(np.subtract, elementwise(np.multiply, side.rows(node, 1), 2), found)


def _wrap(node: ArrayNode, side: Side, option: Any) -> ArrayNode:
    size = node.shape[side.axis]
    beyond = np.arange(-side.width, 0) if side.left else np.arange(size, size + side.width)
    return getitem(node, (slice(None),) * side.axis + (beyond % size,))


_LENGTH = {"stat_length": None}
MODES: dict[str, tuple[dict[str, Any], Maker]] = {
    "constant": ({"constant_values": 0}, _constant),
    "edge": ({}, _edge),
    "empty": ({}, _empty),
    "linear_ramp": ({"end_values": 0}, _ramp),
    "maximum": (_LENGTH, partial(_statistic, "max")),
    "mean": (_LENGTH, partial(_statistic, "mean")),
    "median": (_LENGTH, partial(_statistic, "median")),
    "minimum": (_LENGTH, partial(_statistic, "min")),
    "reflect": ({"reflect_type": "even"}, partial(_mirror, False)),
    "symmetric": ({"reflect_type": "even"}, partial(_mirror, True)),
    "wrap": ({}, _wrap),
}
"""For each mode the option that it takes, with its default, and what makes the padding of one side."""
