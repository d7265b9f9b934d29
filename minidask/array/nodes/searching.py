"""The largest elements and their places, and the places of what is not zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, meta_of
from minidask.array.nodes.creation import Spaced
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.merged import Merged
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.select import select
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts
from minidask.kernels.packing import stable_order


@dataclass(frozen=True)
class Top:
    """The k largest elements along an axis, or the -k smallest, best first; with their places, if asked for.

    As a merge it takes partial results; `part` makes them, `answer` is the last merge.
    """

    k: int
    axis: int
    places: bool

    def part(self, block: Any, cut: tuple[slice, ...] | None = None) -> Any:
        """Of one block, which lies at `cut` in the whole."""
        order = self._best(block)
        values = np.take_along_axis(block, order, self.axis)
        return (values, order + cut[self.axis].start) if cut else (values,)

    def __call__(self, partials: Sequence[Any]) -> Any:
        joined = [np.concatenate(parts, self.axis) for parts in zip(*partials)]
        order = self._best(joined[0])
        return tuple(np.take_along_axis(part, order, self.axis) for part in joined)

    def answer(self, partials: Sequence[Any]) -> Any:
        """The values, or the places."""
        return self(partials)[-1]

    def _best(self, values: Any) -> Any:
        """The places of the best, sorted; the first of equal ones."""
        n, count = values.shape[self.axis], min(abs(self.k), values.shape[self.axis])
        if values.ndim == 1 and values.dtype.kind in "iufmM" and 0 < count < n // 4:
            return self._few(values, count)
        order = np.argsort(values, axis=self.axis, kind="stable")
        rows = (slice(None),) * self.axis
        if self.k < 0:
            return order[(*rows, slice(0, count))]
        return order[(*rows, slice(n - count, n))][(*rows, slice(None, None, -1))]

    def _few(self, values: Any, count: int) -> Any:
        """The same, where only what reaches the last of the best is sorted."""
        last = count - 1 if self.k < 0 else len(values) - count
        bound = np.partition(values, last)[last]
        near = np.flatnonzero(~(values > bound) if self.k < 0 else ~(values < bound))
        order = near[stable_order(values[near])]
        return order[:count] if self.k < 0 else order[-count:][::-1]


def top(node: ArrayNode, k: int, axis: int, split_every: Any, places: bool) -> ArrayNode:
    """The k largest elements along an axis, sorted (the -k smallest, where k is negative), or their places."""
    node = known(node)
    how = Top(k, axis, places)
    index = tuple(range(node.ndim))
    out = tuple("best" if i == axis else i for i in index)
    count = min(abs(k), node.shape[axis])
    chunks: Chunks = (*node.chunks[:axis], (count,), *node.chunks[axis + 1 :])
    meta = meta_of(np.intp, node.ndim) if places else node.meta
    args, indices = ((node, Cuts(node.chunks)), (index, index)) if places else ((node,), (index,))
    label = "argtopk" if places else "topk"
    return Merged(how.part, args, indices, out, chunks, meta, label, how, how.answer, split_every)


def places_of_true(mask: ArrayNode) -> ArrayNode:
    """Where a mask without other axes is true."""
    mask = known(mask)
    return select(Spaced(0, 1, None, np.dtype(np.intp), mask.chunks), mask, 0)


def filled(node: ArrayNode) -> ArrayNode:
    """Which elements are not zero, not the empty string; of objects which are true."""
    if node.dtype == object:
        return elementwise(astype, node, np.dtype(bool))
    zero = np.zeros((), node.dtype) if node.dtype.kind in "mMSU" else 0
    return node if node.dtype == bool else elementwise(np.not_equal, node, zero)


def nonzero(node: ArrayNode) -> tuple[ArrayNode, ...]:
    """For each axis the places of what is not zero, in C order."""
    node = known(node)
    if not node.ndim:
        raise ValueError("nonzero needs an array of one axis or more; see atleast_1d")
    flat = places_of_true(reshape(filled(node), (-1,) if prod(node.shape) else (0,)))
    if node.ndim == 1:
        return (flat,)
    strides = [prod(node.shape[axis + 1 :]) for axis in range(node.ndim)]
    return tuple(elementwise(coordinate, flat, max(s, 1), max(n, 1)) for s, n in zip(strides, node.shape))


def coordinate(places: Any, stride: int, size: int) -> Any:
    """The index along an axis of elements by their places in C order."""
    return places // stride % size
