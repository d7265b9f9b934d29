"""How many rows the partitions of a frame have, where tasks have to find out.

What waits for the lengths of all partitions, such as numbers of rows, would hold all blocks until the last one is made:
so they are counted as early as the frame can tell, and again without what is not needed to count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minidask.dataframe.lineage import only
from minidask.dataframe.node import FrameNode
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node


def row_counts(frame: FrameNode) -> Node:
    """A node of one block: the number of rows of each partition.

    What defines the rows may have a method of this name, which tells them before its blocks are made.
    """
    owner: Any = frame.owner
    if hasattr(owner, "row_counts"):
        found: Node = owner.row_counts()
        return found
    return lengths_of(only(frame, ()))  # files are read again for this, so no more of them than must be


def lengths_of(frame: FrameNode) -> Node:
    """The same, by the blocks themselves."""
    name = f"{frame.name}-lengths"
    lengths = blockwise(len, frame, grid=frame.grid, name=name, label="len", cheap=True)
    return gather(list, lengths, everything(frame.grid), grid=(), name=f"{name}-all", label="len")


def added(counts: Sequence[np.ndarray]) -> list[int]:
    """What several tell of the same partitions, added up.

    Examples
    --------
    >>> added([np.array([1, 2]), np.array([0, 5])])
    [1, 7]
    """
    found: list[int] = np.sum(counts, axis=0).tolist()
    return found
