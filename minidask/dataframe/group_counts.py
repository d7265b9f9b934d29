"""How many partitions the aggregates of groups take: one, unless there are very many groups."""

from __future__ import annotations

from typing import Any

from minidask.dataframe.base import new
from minidask.dataframe.grouped import Aggregated
from minidask.dataframe.node import FrameNode
from minidask.dataframe.partitions import Pick
from minidask.dataframe.user import UserFunction
from minidask.expr.rewrite import topological

SMALL = 2**15
"""Rows that are not worth more than one partition."""
LARGE = 2**22
"""Rows from which on it may matter how many groups there are."""
MANY = 2**17
"""Groups of one partition that are many, where they are more than a quarter of its rows."""
FILES = 256
"""Partitions up to which their lengths may be asked, which can mean to read so many footers of files."""


def most_rows(frame: FrameNode) -> int | None:
    """How many rows a frame has at most; None where nothing tells."""
    node: Any = frame
    while node is not None and node.npartitions <= FILES:
        lengths = node.owner.lengths()
        if lengths is not None:
            return sum(lengths)
        smaller = hasattr(node, "largest_nbytes") and isinstance(getattr(node, "frame", None), FrameNode)
        node = node.frame if smaller and node.npartitions == node.frame.npartitions else None
    return None


def is_small(frame: FrameNode) -> bool:
    """Whether a frame is known to have so few rows that more than one partition does not pay."""
    rows = most_rows(frame)
    return rows is not None and rows <= SMALL


def partitions_for(node: Aggregated) -> int:
    """How many partitions a group-by gives that was not told so: as many as the frame has where there are many groups.

    The keys of the first partition tell, where the frame is large.
    """
    rows = most_rows(node.frame)
    if rows is None or rows < LARGE or _calls_functions(node):
        return 1
    first = Pick(node.frame, range(1))
    by = tuple(Pick(k, range(1)) if isinstance(k, FrameNode) else k for k in node.by)
    groups = len(new(node.replace(frame=first, by=by, method="size", args=(), kwargs={}, given=None)).compute())
    return node.frame.npartitions if groups > max(MANY, rows // node.frame.npartitions // 4) else 1


def _calls_functions(node: Aggregated) -> bool:
    """Whether a person's functions would be called again if the first partition was looked at."""
    return any(isinstance(getattr(n, "func", None), UserFunction) for n in topological([node]))
