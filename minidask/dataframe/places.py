"""Rows by their place: slices of rows, and values that go by place rather than by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pandas as pd

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Columns, FrameNode, SameRows
from minidask.dataframe.partitions import Pick
from minidask.dataframe.regrouped import Regrouped
from minidask.dataframe.row_counts import row_counts
from minidask.expr.blocks import BlockIndex, One, PerBlock, blockwise
from minidask.expr.grid import Index
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

Place = tuple[int, int]
"""Of a partition: how many rows are before it, and how many there are in all."""


@dataclass(frozen=True)
class Known(PerBlock):
    """The place of each partition, where the lengths are known."""

    starts: tuple[int, ...]

    def block(self, index: Index) -> Place:
        return self.starts[index[0]], self.starts[-1]


def places(frame: FrameNode, name: str) -> PerBlock | Node:
    """The place of each partition: from lengths that are known, or else counted by tasks."""
    found = starts(frame)
    if isinstance(found, tuple):
        return Known(found)
    return blockwise(place_of, found, BlockIndex(), grid=frame.grid, name=f"{name}-places", label="place", cheap=True)


def starts(frame: FrameNode) -> tuple[int, ...] | Node:
    """Where each partition begins, and where the last one ends; a node that counts, where it is not known."""
    known = frame.owner.lengths()
    if known is not None:
        return starts_of(known)
    counts = row_counts(frame)
    return blockwise(starts_of, counts, grid=(), name=f"{counts.name}-starts", label="starts", cheap=True)


def starts_of(lengths: Sequence[int]) -> tuple[int, ...]:
    """Where each block begins, and where the last one ends.

    Examples
    --------
    >>> starts_of([2, 3, 1])
    (0, 2, 5, 6)
    """
    return tuple(accumulate(lengths, initial=0))


def place_of(starts: Sequence[int], index: Index) -> Place:
    """The place of one partition."""
    return starts[index[0]], starts[-1]


class RowSlice(Regrouped):
    """The rows of a frame that a slice of places selects, in the partitions where they are."""

    picks: slice

    @property
    def operation(self) -> str:
        return "getitem"

    @property
    def divisions(self) -> tuple[Any, ...]:  # type: ignore[override]
        return self.frame.divisions

    @fact
    def rows(self) -> str:
        return f"slice-{tokenize(self.frame.rows, self.picks)}"

    def lengths(self) -> tuple[int, ...] | None:
        lengths = self.frame.owner.lengths()
        if lengths is None:
            return None
        starts = starts_of(lengths)
        return tuple(len(range(n)[within((start, starts[-1]), n, self.picks)]) for n, start in zip(lengths, starts))


def rows_by_place(frame: FrameNode, picks: slice) -> FrameNode:
    """The rows that a slice selects as it does of a list; where lengths are known, of the partitions that have them.

    Raises
    ------
    NotImplementedError
        A step that goes backwards.
    """
    if picks.step is not None and picks.step < 1:
        raise NotImplementedError(f"rows[{picks.start}:{picks.stop}:{picks.step}]: rows are selected forwards only")
    if picks in (slice(None), slice(None, None, 1)):
        return frame
    lengths = frame.owner.lengths()
    if lengths is None:
        node: FrameNode = RowSlice(frame, picks)
        return node
    starts = starts_of(lengths)
    wanted = range(starts[-1])[picks]
    first, last = (wanted[0], wanted[-1]) if wanted else (0, -1)
    touched = [i for i, n in enumerate(lengths) if n and starts[i] <= last and starts[i] + n > first] or [0]
    picked = range(touched[0], touched[-1] + 1)
    source = frame if len(picked) == frame.npartitions else Pick(frame, picked)
    skipped = starts[picked[0]]
    found: FrameNode = RowSlice(source, slice(first - skipped, last + 1 - skipped, wanted.step) if wanted else slice(0))
    return found


@lower(RowSlice)
def slice_rows(node: RowSlice) -> Node:
    """Each partition gives its part."""
    return blockwise(
        slice_block,
        node.frame,
        places(node.frame, node.name),
        node.picks,
        grid=node.grid,
        name=node.name,
        label="getitem",
        cheap=True,
    )


def slice_block(block: Any, place: Place, picks: slice) -> Any:
    """The rows of a block that a slice of all rows selects."""
    own = within(place, len(block), picks)
    return block[own] if isinstance(block, pd.Index) else block.iloc[own]


def within(place: Place, length: int, picks: slice) -> slice:
    """The part of a slice of all rows that lies in one block.

    Examples
    --------
    >>> within((10, 30), 10, slice(5, -12, 3))
    slice(1, 8, 3)
    """
    start, total = place
    wanted = range(*picks.indices(total))
    skipped = max(0, -((wanted.start - start) // wanted.step))
    return slice(wanted.start + skipped * wanted.step - start, max(wanted.stop - start, 0), wanted.step)


class Placed(SameRows):
    """Values in the rows of a frame, by place: element i stands in row i.

    Fields
    ------
    values
        A node with a block for each partition; or with one block, of which each takes its part.
    given
        The meta.
    called
        What is to be done with them, for the messages of errors.
    """

    values: Node
    given: Meta
    called: str

    @property
    def operation(self) -> str:
        return "by_place"

    @fact
    def meta(self) -> Meta:
        return self.given

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: frozenset()} if isinstance(self.frame.meta, pd.DataFrame) else {}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


@lower(Placed)
def put_in_place(node: Placed) -> Node:
    """Block by block."""
    parts = node.grid[0] == node.values.grid[0]
    place = None if parts else places(node.frame, node.name)
    read = One((0 if parts else None, None)[: len(node.values.grid)])
    return blockwise(
        placed,
        node.frame,
        node.values,
        place,
        node.meta,
        node.called,
        grid=node.grid,
        reads={1: read},
        name=node.name,
        label="by_place",
        cheap=True,
    )


def placed(block: Any, values: Any, place: Place | None, meta: Meta, called: str) -> Any:
    """Values with the index of a block; of all values the part with its place.

    Raises
    ------
    ValueError
        There are more or fewer than rows.
    """
    start, total = (0, len(block)) if place is None else place
    if len(values) != total:
        where = "in a partition; rechunk the array to the lengths of the partitions" if place is None else "in all"
        raise ValueError(f"{called}: {len(values)} values by place for {total} rows {where}")
    values = values[start : start + len(block)]
    if isinstance(values, pd.DataFrame):
        values = values.to_numpy()
    return labelled(values, block if isinstance(block, pd.Index) else block.index, meta)


def labelled(values: Any, index: pd.Index, meta: Meta) -> Any:
    """Values as a pandas object like `meta`, with an index."""
    if isinstance(meta, pd.DataFrame):
        return pd.DataFrame(values, index=index, columns=meta.columns)
    if isinstance(meta, pd.Index):
        return pd.Index(values, name=meta.name)
    return pd.Series(getattr(values, "array", values), index=index, name=meta.name)
