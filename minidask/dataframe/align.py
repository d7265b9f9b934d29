"""Operands of one operation brought to the same rows, partition by partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minidask.dataframe.divisions as cuts
from minidask.dataframe.blocks import concat, concat_between, same_index
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, is_frame
from minidask.dataframe.regrouped import AllRows
from minidask.expr.blocks import Box, everything, gather
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
    """Each new partition takes its rows from the old ones that overlap it."""
    starts, stops = cuts.overlapping(node.frame.divisions, node.parts)
    read = Box((0,), (starts,), (stops,))
    bounds = cuts.Bounds(node.parts)
    return gather(concat_between, node.frame, read, bounds, grid=node.grid, name=node.name, label="repartition")


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
