"""The different elements of a large array, shared out by ranges of values: no task has all of them.

Those of each block are found first. Points of them at even distances tell the bounds of ranges that hold about equally
many (Shi, Schaeffer: Parallel Sorting by Regular Sampling, 1992); equal elements fall into one range, where they are
merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, prod
from typing import Any, Protocol

import minidask.config as config
from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.source import Cuts
from minidask.expr.blocks import blockwise, everything, exchanged, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.selection import Summary, brackets_of, summarize
from minidask.quantities import parse_bytes


class Finder(Protocol):
    """What finds the different elements of a block, a tuple of arrays with sorted values first, and merges several."""

    def part(self, block: Any, cut: tuple[slice, ...]) -> Any:
        """Those of a block, which lies at `cut` in the whole; () where that is of no interest."""

    def __call__(self, parts: Sequence[Any], /) -> Any:
        """Several merged."""


class UniqueRanges(ArrayNode):
    """The different elements of an array: in each block those of one range, as the finder gives them.

    Fields
    ------
    source
        The array.
    find
        What finds and merges them.
    placed
        Whether the finder is told where the blocks lie.
    count
        Of ranges.
    """

    source: ArrayNode
    find: Finder
    placed: bool
    count: int

    @property
    def operation(self) -> str:
        return "unique"

    @property
    def summary(self) -> str:
        return f"{self.count} ranges"

    @fact
    def chunks(self) -> Chunks:
        return ((None,) * self.count,)

    @fact
    def meta(self) -> Any:
        return as_meta(self.source.meta, 1)


def ranges_for(node: ArrayNode) -> int:
    """In how many ranges the different elements of an array should be, if all are: as many as blocks of usual size."""
    if None in node.shape or node.dtype.kind not in "iufmMSUV" or node.dtype.hasobject:
        return 1
    limit = max(parse_bytes(config.get("array.chunk-size"), "array.chunk-size"), node.largest_nbytes())
    return max(1, ceil(prod(node.shape) * node.dtype.itemsize / limit))


@lower(UniqueRanges)
def find_in_ranges(node: UniqueRanges) -> Node:
    """Those of each block, points of them, bounds between ranges, and what falls into each range merged."""
    source, name, count, grid = node.source, node.name, node.count, node.source.grid
    cut = Cuts(source.chunks) if node.placed else ()
    found = blockwise(node.find.part, source, cut, grid=grid, name=f"{name}-found", label="unique-found")
    points = blockwise(_points, found, grid=grid, name=f"{name}-points", cheap=True)
    bounds = gather(_bounds, points, everything(grid), count, grid=(), name=f"{name}-bounds", label="bounds")
    split = blockwise(_split, found, bounds, grid=grid, name=f"{name}-split", cheap=True)
    return gather(node.find, split, exchanged(grid, count), grid=(count,), name=name, label="unique")


def _points(found: Any) -> Summary:
    return summarize(found[0])


def _bounds(points: Sequence[Summary], count: int) -> list[Any]:
    """The values that ranges begin with, all but the first."""
    total = sum(summary.length for summary in points)
    ranks = [total * k // count for k in range(1, count)] if total else []
    return [bracket.high for bracket in brackets_of(points, ranks)] if total else []


def _split(found: Any, bounds: Sequence[Any]) -> list[Any]:
    """What a block gives to each range; views."""
    values = found[0]
    at = [0, *(int(values.searchsorted(bound)) for bound in bounds), len(values)]
    return [type(found)(*(part[start:stop] for part in found)) for start, stop in pairwise(at)]
