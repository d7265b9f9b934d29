"""Arrays sorted along an axis.

Where the axis has several blocks they are sorted apart, and the sorted runs are cut exactly where the blocks of the
result begin: by points of all runs (Shi, Schaeffer: Parallel Sorting by Regular Sampling, 1992) that tell around which
values that is, and then by counting those. Equal values are shared out in the order of the blocks, so the order is
stable, the blocks of the result are as large as those of the array, and no task sees more than its own part of each
run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, pairwise
from math import prod
from typing import Any

import numpy as np

import minidask.config as config
from minidask.array.chunks import joined_to, normalize_chunks
from minidask.array.node import ArrayNode, SameChunks, meta_of
from minidask.array.nodes.bucketed import fits, sort_in_buckets
from minidask.array.nodes.elementwise import astype, elementwise
from minidask.array.nodes.indexing import getitem
from minidask.array.nodes.joining import stack
from minidask.array.nodes.manipulation import transpose
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.reshape import reshape
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts
from minidask.expr.blocks import BlockIndex, Read, blockwise, everything, exchanged, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.runs import Run, merged, order, run_of
from minidask.kernels.selection import POINTS, Bracket, Near, Summary, brackets_of, candidates_of, cuts_at, summarize
from minidask.quantities import parse_bytes


class Sort(SameChunks):
    """An array of one axis sorted; or, with `places`, where its sorted elements are."""

    places: bool

    @property
    def operation(self) -> str:
        return "argsort" if self.places else "sort"

    @fact
    def meta(self) -> Any:
        return meta_of(np.intp, 1) if self.places else self.source.meta


_EACH = 8
"""Points of each run for each block of the result, at least: what lies between two of them is counted."""
_FEW, _SHARE = 64, 4
"""Of more blocks than these few, those that are smaller than this part of `array.chunk-size` are joined: all meet."""


@lower(Sort)
def sort_runs(node: Sort) -> Node:
    """Runs, points of them, where the blocks of the result begin, and the parts of all runs merged."""
    source, name, grid, count = node.source, node.name, node.grid, node.grid[0]
    start = (Cuts(source.chunks),) if node.places else ()
    if count == 1:
        return blockwise(_sorted, source, *start, grid=grid, name=name, label=node.operation)
    if not node.places and fits(source):
        return sort_in_buckets(source, name, node.operation)
    runs = blockwise(_run, source, *start, grid=grid, name=f"{name}-runs", label="sort")
    points = blockwise(_points, runs, max(POINTS, _EACH * count), grid=grid, name=f"{name}-points", cheap=True)
    ranks = gather(_brackets, points, everything(grid), grid=(), name=f"{name}-ranks", label="ranks")
    near = blockwise(_near, runs, ranks, grid=grid, name=f"{name}-near", label="near", cheap=True)
    inner = (count - 1,)
    reads: dict[int, Read] = {0: exchanged(grid, count - 1)}
    cuts = blockwise(_cuts, near, ranks, BlockIndex(), grid=inner, reads=reads, name=f"{name}-cuts")
    reads = {1: everything(inner)}
    split = blockwise(_split, runs, cuts, BlockIndex(), grid=grid, reads=reads, name=f"{name}-split", cheap=True)
    return gather(_merge, split, exchanged(grid, count), grid=grid, name=name, label=node.operation)


def _sorted(block: Any, cut: Any = None) -> Any:
    """A block that is the whole array; or the places of its elements."""
    return _run(block).values if cut is None else order(block)


def _run(block: Any, cut: Any = None) -> Run:
    return run_of(block, None if cut is None else cut[0].start)


def _points(run: Run, count: int) -> Summary:
    return summarize(run.values, count)


def _brackets(points: Sequence[Summary]) -> list[Bracket | None]:
    """Where each block of the result but the first begins: as large as the runs are; None: at the end."""
    *inner, total = accumulate(summary.length for summary in points)
    found = iter(brackets_of(points, [rank for rank in inner if rank < total]) if total else ())
    return [next(found) if rank < total else None for rank in inner]


def _near(run: Run, brackets: Sequence[Bracket | None]) -> list[Near | int]:
    found = iter(candidates_of(run.values, [bracket for bracket in brackets if bracket is not None]))
    return [len(run.values) if bracket is None else next(found) for bracket in brackets]


def _cuts(near: Sequence[Any], brackets: Sequence[Bracket | None], index: tuple[int]) -> list[int]:
    """How many values of each run come before a block of the result."""
    bracket = brackets[index[0]]
    return list(near) if bracket is None else cuts_at(near, bracket)


def _split(run: Run, cuts: Sequence[Sequence[int]], index: tuple[int]) -> list[Run]:
    """What a run gives to each block of the result; views."""
    at = [0, *(cut[index[0]] for cut in cuts), len(run.values)]
    return [run.part(start, stop) for start, stop in pairwise(at)]


def _merge(runs: Sequence[Run]) -> Any:
    run = merged(runs)
    return run.values if run.places is None else run.places


def sort(node: ArrayNode, axis: int) -> ArrayNode:
    """The elements sorted along an axis, in the chunks of the array."""
    dtype = node.dtype
    if dtype.isnative:
        return _along(node, axis, False)
    native = elementwise(astype, node, dtype.newbyteorder("="))
    return elementwise(astype, _along(native, axis, False), dtype)


def argsort(node: ArrayNode, axis: int) -> ArrayNode:
    """Where the sorted elements along an axis are; equal ones in their order."""
    return _along(node, axis, True)


def _along(node: ArrayNode, axis: int, places: bool) -> ArrayNode:
    if node.ndim == 1:
        return _line(known(node) if places else node, places)
    if node.grid[axis] == 1:
        return _in_blocks(node, axis, places)
    node = known(node)
    if node.shape[axis] * node.dtype.itemsize <= parse_bytes(config.get("array.chunk-size"), "array.chunk-size"):
        return rechunk(_in_blocks(whole(node, (axis,)), axis, places), node.chunks)
    moved = (*(k for k in range(node.ndim) if k != axis), axis)
    front = transpose(node, moved)
    lanes = reshape(front, (-1, node.shape[axis]))
    found = stack([_line(getitem(lanes, i), places) for i in range(prod(front.shape[:-1]))])
    return rechunk(transpose(reshape(found, front.shape), np.argsort(moved)), node.chunks)


def _line(node: ArrayNode, places: bool) -> ArrayNode:
    """One axis sorted, small blocks joined meanwhile."""
    sizes = node.chunks[0]
    if len(sizes) <= _FEW or None in sizes:
        return Sort(node, places)
    least = parse_bytes(config.get("array.chunk-size"), "array.chunk-size") // (_SHARE * max(1, node.dtype.itemsize))
    joined = joined_to(min(least, sum(sizes)), sizes)
    return rechunk(Sort(rechunk(node, (joined,)), places), (sizes,))


def _in_blocks(node: ArrayNode, axis: int, places: bool) -> ArrayNode:
    index = tuple(range(node.ndim))
    func = partial(order if places else _ordered, axis=axis)
    dtype = np.dtype(np.intp) if places else node.dtype
    return call_blocks(func, (node,), (index,), index, node.chunks, dtype=dtype, label="argsort" if places else "sort")


def _ordered(block: Any, axis: int) -> Any:
    return np.take_along_axis(block, order(block, axis), axis) if block.dtype.names else np.sort(block, axis=axis)


def whole(node: ArrayNode, axes: Sequence[int]) -> ArrayNode:
    """The array with one block along these axes; the others are cut, so that blocks do not grow too large."""
    if all(node.grid[axis] == 1 for axis in axes):
        return node
    node = known(node)
    wishes: list[Any] = ["auto"] * node.ndim
    for axis in axes:
        wishes[axis] = -1
    return rechunk(node, normalize_chunks(tuple(wishes), node.shape, dtype=node.dtype, previous_chunks=node.chunks))
