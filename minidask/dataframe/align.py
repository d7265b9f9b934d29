"""Operands of one operation brought to the same rows, partition by partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minidask.dataframe.divisions as cuts
from minidask.dataframe.blocks import concat, cut_between, same_index
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, is_frame
from minidask.dataframe.regrouped import AllRows
from minidask.expr.blocks import Box, OwnParts, PerBlock, Readers, blockwise, everything, gather, readers
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify


class Divide(AllRows):
    """A frame with known divisions divided at other labels."""

    parts: Divisions

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.parts

    def needs_labels(self, wanted: bool) -> bool:
        return True


@simplify(Divide)
def divide_as_it_is(node: Divide) -> Node | None:
    """A frame divided so already."""
    return node.frame if node.frame.divisions == node.parts else None


@lower(Divide)
def divide(node: Divide) -> Node:
    """Old partitions are cut where new ones begin; each of these is put together of parts."""
    starts, stops = cuts.overlapping(node.frame.divisions, node.parts)
    cut_for = readers(starts, stops, node.frame.npartitions)
    bounds, name = BoundsInside(node.parts, cut_for), f"{node.name}-split"
    split = blockwise(cut_between, node.frame, bounds, grid=node.frame.grid, name=name, label="split", cheap=True)
    own = OwnParts(((starts, stops, cut_for),))
    read = Box((0,), (starts,), (stops,), own, share=node.frame.npartitions / sum(b - a for a, b in cut_for))
    return gather(concat, split, read, grid=node.grid, name=node.name, label="repartition")


class BoundsInside(PerBlock):
    """For each old partition the bounds of the new ones that take rows of it.

    Parameters
    ----------
    parts
        The new divisions.
    cut_for
        Which new partitions take rows of each old one.
    """

    def __init__(self, parts: Divisions, cut_for: Readers) -> None:
        self.cut_for = cut_for
        self.bounds = cuts.Bounds(parts)

    def block(self, index: Index) -> list[cuts.Bound]:
        return [self.bounds.block((i,)) for i in range(*self.cut_for[index[0]])]


class Whole(AllRows):
    """All partitions of a frame in one."""

    @property
    def operation(self) -> str:
        return "concat"

    @fact
    def divisions(self) -> Divisions:
        return self.frame.divisions[0], self.frame.divisions[-1]


@lower(Whole)
def gather_whole(node: Whole) -> Node:
    """One task that reads all partitions."""
    source = node.frame
    if len(source.grid) == 1 and source.npartitions == 1:
        return source
    return gather(concat, source, everything(source.grid), grid=(1,), name=node.name, label="concat")


def whole(node: FrameNode) -> FrameNode:
    """The frame in one partition."""
    return node if node.npartitions == 1 else Whole(node)


def align(operation: str, nodes: Sequence[Any]) -> tuple[list[Any], str]:
    """The operands over the same partitions: scalars and literals as they are, frames with the same rows in each.

    Frames of one row space are aligned as they are; those with known divisions are divided alike; those with
    as many partitions are checked, block by block, to have the same index.

    Parameters
    ----------
    operation
        What a person would call what is to be done.
    nodes
        Operands; those that are frames are aligned.

    Returns
    -------
    operands, keeps
        What a `Partitionwise` of the operands keeps of the first one.

    Raises
    ------
    ValueError
        The frames cannot be aligned.
    """
    frames = [node for node in nodes if is_frame(node)]
    if len({frame.rows for frame in frames}) <= 1:
        return list(nodes), "rows"
    if all(frame.known for frame in frames):
        parts = cuts.union([frame.divisions for frame in frames])
        return [Divide(n, parts) if is_frame(n) and n.divisions != parts else n for n in nodes], "divisions"
    if all(frame.npartitions == 1 for frame in frames):
        return list(nodes), ""
    if len({frame.npartitions for frame in frames}) == 1:
        first = frames[0]
        return [_checked(n, first, operation) if is_frame(n) and n.rows != first.rows else n for n in nodes], "rows"
    counts = " and ".join(str(frame.npartitions) for frame in frames)
    raise ValueError(
        f"{operation}: the operands have {counts} partitions, come from different rows, and have no known divisions to "
        f"align them on; give both an index with known divisions (set_index), or compute one of them"
    )


def _checked(node: FrameNode, like: FrameNode, operation: str) -> FrameNode:
    """The node, whose blocks must have the index of those of `like` when they are made."""
    checked: FrameNode = Partitionwise(same_index, (node, like, operation), keeps="divisions", given=node.meta)
    return checked
