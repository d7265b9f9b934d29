"""Blocks that reach into their neighbours, and blocks trimmed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from minidask.array.chunks import Chunks, Sizes, offsets
from minidask.array.node import ArrayNode, told
from minidask.array.nodes.joined_pieces import Along, Pieces, joined_pieces, pieces_between, share_along
from minidask.array.nodes.untold import Untold, unasked, untold
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.arrays import Piece

Span = tuple[int, int]
"""From where to where along an axis."""


class Windows(ArrayNode):
    """Pieces of an array that may overlap.

    Fields
    ------
    source
        The array.
    spans
        Along axis k block i is what lies in `spans[k][i]`; their bounds ascend.
    empty
        The meta of the array; None: nobody knows that (see `untold.py`).
    """

    source: ArrayNode
    spans: tuple[tuple[Span, ...], ...]
    empty: Any

    @fact
    def chunks(self) -> Chunks:
        return tuple(tuple(stop - start for start, stop in spans) for spans in self.spans)

    @fact
    def meta(self) -> Any:
        return told(self.empty, len(self.spans))


class UntoldWindows(Untold):
    """Windows over an array of which nobody told the dtype: who asks for it asks that array."""

    source: Windows

    @property
    def is_told(self) -> bool:
        return self.source.source.is_told

    def found(self) -> ArrayNode:
        known: ArrayNode = windows_of(self.source.source, self.source.spans)
        return known


class WindowPieces(Pieces):
    """For each window what it takes of each block that it reads."""

    def __init__(self, chunks: Chunks, spans: Sequence[Sequence[Span]]) -> None:
        self.spans = spans
        self._offsets = [offsets(sizes) for sizes in chunks]
        super().__init__([_reads(at, axis) for at, axis in zip(self._offsets, spans)])

    def along(self, axis: int, i: int) -> list[Piece]:
        starts, stops = self.reads[axis]
        return pieces_between(*self.spans[axis][i], self._offsets[axis], range(starts[i], stops[i]))

    def share(self) -> float:
        taken = [sum([b - a for a, b in axis]) for axis in self.spans]
        return prod(map(share_along, taken, self._offsets, self.reads))


def _reads(at: Sequence[int], spans: Sequence[Span]) -> Along:
    return tuple(_first(at, a) for a, _ in spans), tuple(_last(at, a, b) for a, b in spans)


def _first(at: Sequence[int], start: int) -> int:
    return min(max(bisect_right(at, start) - 1, 0), len(at) - 2)


def _last(at: Sequence[int], start: int, stop: int) -> int:
    return max(bisect_left(at, stop), _first(at, start) + 1)


@lower(Windows)
def windows_to_gather(node: Windows) -> Node:
    """Each window reads the blocks that it lies in."""
    pieces = WindowPieces(node.source.chunks, node.spans)
    return joined_pieces(node.source, node.empty, pieces, node.grid, node.name, "overlap")


class Trim(ArrayNode):
    """Every block without some rows at its ends: `cuts[k][i]` are how many of block i along axis k."""

    source: ArrayNode
    cuts: tuple[tuple[Span, ...], ...]

    @fact
    def chunks(self) -> Chunks:
        return tuple(map(_trimmed, self.source.chunks, self.cuts))

    @fact
    def meta(self) -> Any:
        return self.source.meta

    def tried_on_empty(self) -> Any:
        return self.source.tried_on_empty()


def _trimmed(sizes: Sizes, cuts: Sequence[Span]) -> Sizes:
    return tuple(None if n is None else max(n - a - b, 0) for n, (a, b) in zip(sizes, cuts))


@dataclass(frozen=True)
class Margins(PerBlock):
    """For each block the slices that leave its margins out."""

    cuts: tuple[tuple[Span, ...], ...]

    def block(self, index: Index) -> tuple[slice, ...]:
        spans = (axis[i] for axis, i in zip(self.cuts, index))
        return tuple(slice(a, -b if b else None) for a, b in spans)


@lower(Trim)
def trim_blocks(node: Trim) -> Node:
    """A part of each block."""
    args = (node.source, Margins(node.cuts))
    return blockwise(part_of, *args, grid=node.grid, name=node.name, label="trim", cheap=True)


def part_of(block: Any, where: tuple[slice, ...]) -> Any:
    """A part of a block."""
    return block[where]


def trimmed(node: ArrayNode, cuts: tuple[tuple[Span, ...], ...]) -> ArrayNode:
    """Every block without some rows at its ends; nobody is asked of which dtype they are."""
    if not any(map(any, (span for axis in cuts for span in axis))):
        return node
    return unasked(node, lambda made: Trim(made, cuts))


def windows(node: ArrayNode, depth: Sequence[Span], ends: Sequence[Span]) -> ArrayNode:
    """Blocks with `depth[k]` rows (before, after) of their neighbours along axis k.

    `ends[k]` rows at both ends of axis k are margins: no block starts there, but blocks reach into them.
    """
    spans = []
    for sizes, (before, after), (first, last) in zip(node.chunks, depth, ends):
        size = sum(sizes)
        at = [n for n in offsets(sizes) if first <= n <= size - last]
        spans.append(tuple((max(a - before, 0), min(b + after, size)) for a, b in pairwise(at)))
    found = tuple(spans)
    return windows_of(node, found) if node.is_told else untold(Windows(node, found, None), UntoldWindows)


def windows_of(node: ArrayNode, spans: tuple[tuple[Span, ...], ...]) -> Windows:
    """Pieces of an array that may overlap, of a dtype that is known or asked for now."""
    made: Windows = Windows(node, spans, node.meta)
    return made


def margins(grid: Sequence[int], depth: Sequence[Span], closed: Sequence[bool]) -> tuple[tuple[Span, ...], ...]:
    """How many rows of each block are its neighbours'; along `closed` axes the blocks at the ends have none there."""
    return tuple(
        tuple((a * (i > 0 or not end), b * (i < n - 1 or not end)) for i in range(n))
        for n, (a, b), end in zip(grid, depth, closed)
    )


def reach(sizes: Sizes, depth: Span, closed: bool) -> tuple[Span, ...]:
    """How many rows before and after each block of an axis `windows` finds; a closed axis has none beyond its ends."""
    if not closed:
        return (depth,) * len(sizes)
    size = sum(sizes)
    return tuple((min(depth[0], a), min(depth[1], size - b)) for a, b in pairwise(offsets(sizes)))
