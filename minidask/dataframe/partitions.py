"""Partitions: how many rows they have, some of them, their first rows, and functions of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import concat, take_rows
from minidask.dataframe.lineage import is_over, moved
from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Columns, Divisions, Filter, FrameNode, Partitionwise
from minidask.dataframe.numbering import Numbered
from minidask.dataframe.regrouped import Regrouped
from minidask.dataframe.row_counts import row_counts
from minidask.expr.blocks import Box, One, blockwise, gather, unchanged
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify
from minidask.expr.reduce import tree


class Pick(Regrouped):
    """Some of the partitions of a frame."""

    picks: range | tuple[int, ...]

    @property
    def operation(self) -> str:
        return "partitions"

    @fact
    def divisions(self) -> Divisions:
        old, picks = self.frame.divisions, self.picks
        if not self.frame.known or any(b <= a for a, b in pairwise(picks)) or not len(picks):
            return (None,) * (len(picks) + 1)
        last = old[picks[-1] + 1]
        return (*(old[i] for i in picks), last)

    @fact
    def rows(self) -> str:
        return f"partitions-{tokenize(self.frame.rows, self.picks)}"

    def lengths(self) -> tuple[int, ...] | None:
        lengths = self.frame.owner.lengths()
        return lengths and tuple(lengths[i] for i in self.picks)


@lower(Pick)
def pick(node: Pick) -> Node:
    """A read of the blocks picked; the others are never made."""
    read = One((0,), (node.picks,))
    return blockwise(
        unchanged, node.frame, grid=node.grid, reads={0: read}, name=node.name, label="partitions", cheap=True
    )


@simplify(Pick)
def pick_before_partitionwise(node: Pick) -> Node | None:
    """Pick partitions of what a partition-wise operation works on, when it has one operand."""
    below = node.frame
    if type(below) is Partitionwise and len(below.children) == 1 and below.keeps == "rows":
        picked: Node = below.with_children(lambda child: Pick(child, node.picks))  # type: ignore[arg-type]
        return picked
    return None


@simplify(Pick)
def pick_rows_first(node: Pick) -> Node | None:
    """Pick partitions of what has the rows, before anything is done to each row by itself."""
    return _of_owner(node, lambda owner: Pick(owner, node.picks))


@simplify(Pick)
def pick_filtered(node: Pick) -> Node | None:
    """Pick partitions, then rows of them."""
    below = node.frame
    return Filter(Pick(below.frame, node.picks), Pick(below.predicate, node.picks)) if type(below) is Filter else None


@simplify(Pick)
def pick_before_numbering(node: Pick) -> Node | None:
    """The numbers in the first partitions depend on no others."""
    below, first = node.frame, node.picks == range(len(node.picks))
    return Numbered(Pick(below.frame, node.picks)) if first and isinstance(below, Numbered) else None


def _of_owner(node: Regrouped, chosen: Callable[[FrameNode], FrameNode]) -> Node | None:
    below, owner = node.frame, node.frame.owner
    return moved(below, owner, chosen(owner)) if below is not owner and is_over(below, owner) else None


class Lengths(FrameNode):
    """The number of rows of a frame, as a scalar."""

    frame: FrameNode

    @property
    def operation(self) -> str:
        return "len"

    @property
    def meta(self) -> Meta:
        return 0

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return ()

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: frozenset()}

    def needs_labels(self, wanted: bool) -> bool:
        return False


@simplify(Lengths)
def lengths_of_owner(node: Lengths) -> Node | None:
    """What has the same rows has as many."""
    owner = node.frame.owner
    return Lengths(owner) if owner is not node.frame else None


@lower(Lengths)
def count_rows(node: Lengths) -> Node:
    """The lengths of blocks, added up."""
    if hasattr(node.frame.owner, "row_counts"):
        return blockwise(sum, row_counts(node.frame), grid=(), name=node.name, label="len", cheap=True)
    parts = blockwise(len, node.frame, grid=node.frame.grid, name=f"{node.name}-partial", label="len", cheap=True)
    return tree(parts, sum, sum, [0], name=node.name, label="len")


class Ends(Regrouped):
    """Base of the first rows (with a negative number: the last) of a frame, as one partition."""

    count: int

    @property
    def operation(self) -> str:
        return "head" if self.count >= 0 else "tail"

    @fact
    def divisions(self) -> Divisions:
        return None, None


class First(Ends):
    """Those of all partitions together."""


def first_rows(block: Any, count: int) -> Any:
    """The first rows of a block, or the last."""
    return take_rows(block, None, count) if count >= 0 else take_rows(block, count, None)


def first_of_all(blocks: Sequence[Any], count: int) -> Any:
    """The first rows of several blocks, or the last."""
    return first_rows(concat(blocks), count)


@simplify(First)
def take_rows_first(node: First) -> Node | None:
    """Take the first rows of what has the rows, before anything is done to each row by itself."""
    return _of_owner(node, lambda owner: First(owner, node.count))


@simplify(First)
def take_first_before_numbering(node: First) -> Node | None:
    """The first rows have the same numbers without the others."""
    below = node.frame
    return Numbered(First(below.frame, node.count)) if node.count >= 0 and isinstance(below, Numbered) else None


@simplify(First)
def first_while_reading(node: First) -> Node | None:
    """A source that can gives no more rows of each partition than are wanted."""
    picked = node.frame if isinstance(node.frame, Pick) else None
    source: Any = picked.frame if picked else node.frame
    if node.count < 0 or not hasattr(source, "with_first_rows"):
        return None
    short = source.with_first_rows(node.count)
    return None if short is source else node.replace(frame=picked.replace(frame=short) if picked else short)


@lower(First)
def take_first(node: First) -> Node:
    """The first rows of each partition, then of those."""
    source: Any = node.frame
    n = source.npartitions
    if n > 1:
        source = blockwise(
            first_rows, source, node.count, grid=source.grid, name=f"{node.name}-part", label=node.operation, cheap=True
        )
    read = Box((None,), ((0,),), ((n,),))
    return gather(first_of_all, source, read, node.count, grid=(1,), name=node.name, label=node.operation)


def count_of(node: FrameNode) -> int | None:
    """The number of rows, where it is known without reading data."""
    lengths = node.owner.lengths()
    return None if lengths is None else sum(lengths)


class Partitions(FrameCollection):
    """What DataFrame, Series and Index have because they are in partitions."""

    def __len__(self) -> int:
        """The number of rows; counts them where they are not known from metadata."""
        known = count_of(self.expr)
        return int(new(Lengths(self.expr)).compute()) if known is None else known

    def head(self, n: int = 5, npartitions: int = 1, compute: bool = True) -> Any:
        """The first rows.

        Parameters
        ----------
        n
            How many; a negative number means all but so many at the end.
        npartitions
            Lazily: of how many partitions; -1 of all. Computing goes on until `n` rows are found.
        compute
            False returns a lazy frame of one partition.

        Returns
        -------
        pandas object, or lazy frame
        """
        return self._ends(n, npartitions, compute, first=True)

    def tail(self, n: int = 5, npartitions: int = 1, compute: bool = True) -> Any:
        """The last rows. Parameters as for `head`."""
        return self._ends(n, npartitions, compute, first=False)

    def _ends(self, n: int, npartitions: int, compute: bool, first: bool) -> Any:
        total = self.npartitions
        if n < 0:
            n, npartitions = max(len(self) + n, 0), total
        parts = total if npartitions == -1 or (compute and are_ends_at_once(self.expr, n)) else npartitions
        if not 0 < parts <= total:
            raise ValueError(f"npartitions={npartitions}: the frame has {total} partitions")
        while True:
            picks = range(parts) if first else range(total - parts, total)
            source = self.expr if parts == total else Pick(self.expr, picks)
            found = new(ends_of(source, n, first))
            if not compute:
                return found
            made = found.compute()
            if len(made) == n or parts == total:
                return made
            parts = min(parts * 4, total)

    def get_partition(self, n: int) -> Any:
        """The frame that partition number `n` is, counted from 0."""
        return self.partitions[n]

    @property
    def partitions(self) -> PartitionsAccessor:
        """Partitions by number: ``df.partitions[0]``, ``df.partitions[2:5]``, ``df.partitions[[0, 3]]``."""
        return PartitionsAccessor(self)


def are_ends_at_once(node: FrameNode, n: int) -> bool:
    """Whether so many first or last rows are found, wherever they are, without those between being put in order."""
    return bool(n <= getattr(node.owner, "ends_at_once", 0))


def ends_of(source: FrameNode, n: int, first: bool) -> FrameNode:
    """The node of the first or last rows of all partitions together."""
    if n == 0:
        node: FrameNode = Partitionwise(take_rows, (Pick(source, range(1)), 0, 0), {}, "divisions", given=source.meta)
        return node
    return First(source, n if first else -n)


class PartitionsAccessor:
    """Selects partitions by number."""

    def __init__(self, frame: FrameCollection) -> None:
        self._frame = frame

    def __getitem__(self, key: int | slice | Sequence[int]) -> Any:
        n = self._frame.npartitions
        if isinstance(key, slice):
            return new(Pick(self._frame.expr, range(n)[key]))
        numbers = [key] if isinstance(key, int) else [int(i) for i in key]
        if any(not -n <= i < n for i in numbers):
            raise IndexError(f"partitions[{key!r}]: the frame has {n} partitions")
        return new(Pick(self._frame.expr, tuple(i % n for i in numbers)))

    def __len__(self) -> int:
        return self._frame.npartitions


def index_of(block: pd.DataFrame | pd.Series) -> pd.Index:
    """The index of a block."""
    return block.index
