"""Rows of neighbouring blocks: which of them a block needs, and how it gets them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import accumulate, combinations_with_replacement, starmap
from operator import and_, sub
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import concat, increases
from minidask.dataframe.node import FrameNode
from minidask.expr.blocks import Box, One, blockwise, gather, unchanged
from minidask.expr.carries import WIDTH, before
from minidask.expr.node import Node


@dataclass(frozen=True)
class Near:
    """Which rows near it a block needs; the class says which."""

    _: KW_ONLY
    last: bool = True
    """Whether the last rows of what comes before; else the first of what comes after."""

    def of(self, block: Any) -> Any:
        """What of a block its neighbours could need."""
        raise NotImplementedError

    def apart(self, block: Any) -> Any:
        """The same in memory of its own, so that the block need not be kept."""
        found = self.of(block).copy()
        return found.set_axis(found.index.copy(deep=True))

    def of_all(self, blocks: Sequence[Any]) -> Any:
        """What there is of several blocks, in their order; None: nothing."""
        there = [block for block in blocks if block is not None and len(block)]
        return self.of(concat(there)) if there else None

    def __call__(self, blocks: Sequence[Any], before: Any = None) -> Any:
        """The same of blocks that come nearer and nearer."""
        near = (before, *blocks)
        return self.of_all(near if self.last else near[::-1])

    def blocks(self, frame: FrameNode) -> Box | None:
        """In which of its neighbours the rows are that each block needs; None: they are many, or nobody knows yet."""
        return None


@dataclass(frozen=True)
class Rows(Near):
    """So many rows, the nearest ones."""

    count: int

    def of(self, block: Any) -> Any:
        return block.iloc[max(len(block) - self.count, 0) :] if self.last else block.iloc[: self.count]

    def blocks(self, frame: FrameNode) -> Box | None:
        lengths = frame.owner.lengths()
        if lengths is None:
            return None
        ends = list(accumulate(lengths, initial=0))
        if self.last:
            return _before([bisect_right(ends, end - self.count) - 1 for end in ends[:-1]])
        return _after([bisect_left(ends, end + self.count) for end in ends[1:]])


@dataclass(frozen=True)
class Span(Near):
    """The rows within a span of time, by an index, or a column, of times that increases."""

    span: pd.Timedelta
    on: Any = None
    """The label of the column; None: the index."""
    beyond: int = 0
    """How many rows more: with one, times that are in no order are seen to be, also where each span of them is."""

    def of(self, block: Any) -> Any:
        if not len(block):
            return block
        times = block.index if self.on is None else pd.Index(block[self.on])
        falling = times[0] > times[-1]
        whole = self.span.ceil(getattr(times, "unit", "ns"))  # an index of seconds is not searched for half of one
        span = -whole if falling else whole
        edge = times[-1] - span if self.last else times[0] + span
        if increases(times):
            start, stop = times.searchsorted(edge), times.searchsorted(edge, "right")
            count = len(times) - start if self.last else stop
        else:
            count = np.count_nonzero((times >= edge) if self.last is not falling else (times <= edge))
        return Rows(int(count) + self.beyond, last=self.last).of(block)

    def blocks(self, frame: FrameNode) -> Box | None:
        ends: Any = frame.divisions
        if self.on is not None or not frame.known or not isinstance(ends[0], pd.Timestamp | pd.Timedelta):
            return None
        if self.last:
            return _before([bisect_left(ends, end - self.span) - 1 for end in ends[:-1]])
        return _after([bisect_right(ends, end + self.span) for end in ends[1:]])


@dataclass(frozen=True)
class Value(Near):
    """One row: the last value of each column, or the next."""

    def of(self, block: Any) -> Any:
        return block.ffill().iloc[-1:] if self.last else block.bfill().iloc[:1]


@dataclass(frozen=True)
class Known(Near):
    """The rows from the last one at which each column has had a value; or up to the next."""

    def of(self, block: Any) -> Any:
        there = block.notna().to_numpy().reshape(len(block), block.size // max(len(block), 1))
        if self.last:
            first = [column.nonzero()[0][-1] if column.any() else 0 for column in there.T]
            return block.iloc[min(first, default=0) :]
        stop = [column.argmax() + 1 if column.any() else len(block) for column in there.T]
        return block.iloc[: max(stop, default=0)]


@dataclass(frozen=True)
class Decaying(Near):
    """The rows of which something is left where the weight of a row is nothing after so many rows with values.

    Those are the last ones; and where a column, or with `pairs` two of them together, has had its last values before,
    these and what lies between. Of a longer gap so many rows are enough.
    """

    count: int
    pairs: bool = False

    def of(self, block: Any) -> Any:
        there = list(block.notna().to_numpy().reshape(len(block), block.size // max(len(block), 1)).T)
        kept = np.arange(len(block)) >= len(block) - self.count
        for column in starmap(and_, combinations_with_replacement(there, 2)) if self.pairs else there:
            at = column.nonzero()[0][-self.count :]
            if len(at):
                kept[max(at[0] - self.count, 0) : at[-1] + 1] = True
        return block if kept.all() else block[kept]


def _before(starts: Sequence[int]) -> Box | None:
    """For each block those from one on up to itself."""
    return _few([min(max(start, 0), i) for i, start in enumerate(starts)], range(len(starts)))


def _after(stops: Sequence[int]) -> Box | None:
    """For each block those that come next, up to one."""
    n = len(stops)
    return _few(range(1, n + 1), [max(min(stop, n), i) for i, stop in enumerate(stops, 1)])


def _few(starts: Sequence[int], stops: Sequence[int]) -> Box | None:
    """For each block a run of others; None where these are more than one task should look at."""
    most = max(map(sub, stops, starts), default=0)
    return Box((0,), (tuple(starts),), (tuple(stops),)) if most <= WIDTH else None


def with_neighbours(
    frame: FrameNode, back: Near | None, ahead: Near | None, name: str
) -> tuple[Node | None, Node, Node | None]:
    """For each block of a frame the rows that it needs before it, itself, and the rows after it; None: no rows.

    Parameters
    ----------
    back, ahead
        Which rows before and after; None: none.
    name
        What the names of new nodes begin with.

    Notes
    -----
    Where it is known that few blocks have the rows, each block is made once: it waits for no others than these. Else it
    could wait for all of them, so that blocks of files are read again instead.
    """
    wanted = [rows for rows in (back, ahead) if rows] if frame.npartitions > 1 else []
    reads = {rows: rows.blocks(frame) for rows in wanted}
    source: Node = frame
    if wanted and None not in reads.values():
        source = blockwise(unchanged, frame, grid=frame.grid, name=f"{name}-held", label="hold")
    told = ((rows, f"{name}-{side}") for rows, side in ((back, "before"), (ahead, "after")))
    earlier, later = (_carried(source, rows, reads[rows], name) if rows in reads else None for rows, name in told)
    return earlier, source, later


def _carried(source: Node, rows: Near, read: Box | None, name: str) -> Node:
    """For each block the rows of those before (or after) it."""
    near = blockwise(rows.apart, source, grid=source.grid, name=f"{name}-rows", label="rows", cheap=True)
    if read is not None:
        return gather(rows.of_all, near, read, grid=source.grid, name=name, label="carry")
    if rows.last:
        return before(near, 0, rows, name)
    turned = _turned(near, f"{name}-turned")
    return _turned(before(turned, 0, rows, f"{name}-carry"), name)


def _turned(node: Node, name: str) -> Node:
    """The blocks in the opposite order."""
    read = One((0,), (range(node.grid[0] - 1, -1, -1),))
    return blockwise(unchanged, node, grid=node.grid, reads={0: read}, name=name, label="turn", cheap=True)
