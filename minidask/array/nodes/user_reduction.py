"""Reductions and scans of a person's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, SameChunks, as_meta, told
from minidask.array.nodes.reduction import Axes
from minidask.array.nodes.untold import First, Untold, first_of, with_first
from minidask.expr.blocks import blockwise, function_name
from minidask.expr.carries import before
from minidask.expr.grid import Grid
from minidask.expr.node import Node, fact, late_fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree
from minidask.kernels.arrays import held


@dataclass(frozen=True)
class Steps:
    """The functions of a reduction: all take an array (or a list, where partial results are not joined), and `axis=`.

    Parameters
    ----------
    chunk, combine, aggregate
        Make a partial result of a block; one of several; and the answer.
    axes
        What `axis` is.
    joined
        Whether partial results are joined along the axes.
    """

    chunk: Callable[..., Any]
    combine: Callable[..., Any]
    aggregate: Callable[..., Any]
    axes: Axes
    joined: bool = True

    def partial(self, block: Any) -> Any:
        """Of a block."""
        return self.chunk(block, axis=self._axis, keepdims=True)

    def merged(self, partials: Sequence[Any]) -> Any:
        """One partial result of neighbours."""
        return self.combine(self._together(partials), axis=self._axis, keepdims=True)

    def answer(self, partials: Sequence[Any], keepdims: bool) -> Any:
        """The answer."""
        found = self.aggregate(self._together(partials), axis=self._axis, keepdims=keepdims)
        return found if hasattr(found, "dtype") and hasattr(found, "ndim") else np.asarray(found)

    @property
    def _axis(self) -> Any:
        return self.axes[0] if len(self.axes) == 1 else self.axes

    def _together(self, partials: Sequence[Any]) -> Any:
        """Along the first axis: along the others there is one, also in lists."""
        if self.joined:
            return np.concatenate(partials, self.axes[0]) if len(partials) > 1 else partials[0]
        inner = list(partials)
        for _ in self.axes[1:]:
            inner = [[partial] for partial in inner]
        return inner


class OfBlocks(Node):
    """What a function gives for each block of an array: anything.

    Fields
    ------
    source
        The array.
    func, kwargs
        What is called.
    """

    source: ArrayNode
    func: Callable[..., Any]
    kwargs: Mapping[str, Any] = {}

    @property
    def operation(self) -> str:
        return function_name(self.func)

    @property
    def grid(self) -> Grid:
        return self.source.grid

    @late_fact
    def first(self) -> First:
        """What it gives for a block that has elements."""
        return first_of(self, self.source.chunks, lambda: self.func(self.source.meta, **self.kwargs))

    @late_fact
    def known(self) -> Node:
        """The same, of which that result is kept."""
        return with_first(self, self.first)


@lower(OfBlocks)
def call_with_each(node: OfBlocks) -> Node:
    """One task a block."""
    return blockwise(node.func, node.source, grid=node.grid, kwargs=node.kwargs, name=node.name, label=node.operation)


class UserReduction(ArrayNode):
    """An array reduced by functions of a person's own.

    Fields
    ------
    source
        The array.
    partials
        What `steps.partial` gives for each block.
    steps
        The functions.
    keepdims, split_every
        As of `Reduction`.
    empty
        The meta; None: nobody knows.
    """

    source: ArrayNode
    partials: Node
    steps: Steps
    keepdims: bool
    split_every: Any
    empty: Any

    @property
    def operation(self) -> str:
        return function_name(self.steps.chunk)

    @fact
    def chunks(self) -> Chunks:
        axes = self.steps.axes
        kept = [(axis, sizes) for axis, sizes in enumerate(self.source.chunks) if self.keepdims or axis not in axes]
        return tuple((1,) if axis in axes else sizes for axis, sizes in kept)

    @fact
    def meta(self) -> Any:
        return told(self.empty, len(self.chunks))


class UntoldReduction(Untold):
    """A reduction of which nobody told the dtype: the partial result of one block tells, and is kept."""

    source: UserReduction

    def found(self) -> ArrayNode:
        node, partials = self.source, self.source.partials
        assert isinstance(partials, OfBlocks)
        answer = node.steps.answer([partials.first.block], node.keepdims)
        known: ArrayNode = node.replace(partials=partials.known, empty=as_meta(answer, node.ndim))
        return known


@lower(UserReduction)
def user_reduction_to_tree(node: UserReduction) -> Node:
    """Partial results of all blocks, merged as a tree."""
    steps = node.steps
    answer = Answer(steps, node.keepdims, None if node.empty is None else node.dtype, len(node.chunks))
    how = {"keepdims": node.keepdims, "split_every": node.split_every}
    return tree(node.partials, steps.merged, answer, steps.axes, name=node.name, label=node.operation, **how)


@dataclass(frozen=True)
class Answer:
    """What is done at the root of the tree; the answer is held to a dtype and a number of axes."""

    steps: Steps
    keepdims: bool
    dtype: Any
    ndim: int

    @property
    def __name__(self) -> str:
        return function_name(self.steps.aggregate)

    def __call__(self, partials: Sequence[Any]) -> Any:
        return held(self.steps.answer(partials, self.keepdims), (None,) * self.ndim, self.dtype, self.__name__)


class UserScan(SameChunks):
    """An array accumulated along an axis by functions of a person's own.

    Fields
    ------
    runs
        What `func(block, axis=, dtype=)` gives for each block: the block accumulated on its own.
    binop
        `binop(total, run)`: what a run is, after a total of all that comes before.
    total
        `total(block, axis=, keepdims=True)` of a block; None: the last row of its run.
    empty
        The meta; None: nobody knows.
    """

    runs: Node
    binop: Callable[..., Any]
    total: Callable[..., Any] | None
    axis: int
    empty: Any

    @property
    def operation(self) -> str:
        return self.runs.operation

    @fact
    def meta(self) -> Any:
        return told(self.empty, self.source.ndim)


class UntoldScan(Untold):
    """A scan of which nobody told the dtype: the run of one block tells, and is kept."""

    source: UserScan

    def found(self) -> ArrayNode:
        runs = self.source.runs
        assert isinstance(runs, OfBlocks)
        known: ArrayNode = self.source.replace(runs=runs.known, empty=as_meta(runs.first.block, self.ndim))
        return known


@lower(UserScan)
def user_scan_to_carries(node: UserScan) -> Node:
    """Blocks run alone, then each takes up what came before it."""
    source, runs, axis, grid, name, label = node.source, node.runs, node.axis, node.grid, node.name, node.operation
    if grid[axis] == 1:
        return runs
    if node.total is None:
        totals = blockwise(last, runs, axis, grid=grid, name=f"{name}-totals", label="last")
    else:
        options = {"axis": axis, "keepdims": True}
        totals = blockwise(node.total, source, grid=grid, kwargs=options, name=f"{name}-totals", label="total")
    carries = before(totals, axis, Folded(node.binop, axis), f"{name}-carry")
    return blockwise(_carried, runs, carries, node.binop, grid=grid, name=name, label=label)


def last(block: Any, axis: int) -> Any:
    """The last row along an axis; none of an empty block."""
    return block[(slice(None),) * axis + (slice(-1, None),)].copy()


@dataclass(frozen=True)
class Folded:
    """Puts totals together, of which there may be none; empty ones do not count."""

    binop: Callable[..., Any]
    axis: int

    def __call__(self, totals: Sequence[Any], before: Any = None) -> Any:
        filled = [t for t in (before, *totals) if t is not None and t.shape[self.axis]]
        return reduce(self.binop, filled) if filled else None


def _carried(block: Any, before: Any, binop: Callable[..., Any]) -> Any:
    return block if before is None else binop(before, block)
