"""How many partitions the aggregates of groups take: one, unless there are very many groups."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from minidask.dataframe.asked import Asked, UserFunction
from minidask.dataframe.base import new
from minidask.dataframe.conditions import column_of, origin
from minidask.dataframe.grouped import Aggregated
from minidask.dataframe.node import FrameNode
from minidask.dataframe.numbering import Numbered
from minidask.dataframe.partitions import First, Pick
from minidask.expr.rewrite import topological

SMALL = 2**15
"""Rows that are not worth more than one partition."""
LARGE = 2**22
"""Rows from which on it may matter how many groups there are."""
MANY = 2**17
"""Groups of one partition that are many, where they are more than a quarter of its rows."""
SAMPLE = 2**16
"""Rows of the first partition that are looked at."""
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

    Where the frame is large its source tells, or else the keys of the first rows.
    """
    rows = most_rows(node.frame)
    if rows is None or rows < LARGE or _calls_functions(node):
        return 1
    share = rows // node.frame.npartitions
    limit, known = max(MANY, share // 4), [_most_different(node.frame, key) for key in node.by]
    if None not in known and math.prod(known) <= limit:  # type: ignore[arg-type]
        return 1
    by = tuple(_beginning(k) if isinstance(k, FrameNode) else k for k in node.by)
    counted = node.replace(frame=_beginning(node.frame), by=by, method="size", args=(), kwargs={}, given=None)
    found = new(counted).compute()
    sizes = found if isinstance(found, pd.Series) else found["size"]
    groups = groups_among(share, len(sizes), int(sizes.sum()))
    return node.frame.npartitions if groups > limit else 1


def _most_different(frame: FrameNode, key: Any) -> int | None:
    """How many different values a key has in a partition, about; None where its source does not know."""
    found = column_of(key) if isinstance(key, FrameNode) else (frame, key)
    while found:
        source, column = origin(*found)
        if not isinstance(source, Numbered):
            return source.most_different(column) if hasattr(source, "most_different") else None
        found = source.frame, column
    return None


def _beginning(frame: FrameNode) -> FrameNode:
    return First(Pick(frame, range(1)), SAMPLE)


def groups_among(rows: int, groups: int, sample: int) -> int:
    """How many groups there are among `rows`, told by those in a `sample` of them: as if all were of one size.

    Examples
    --------
    >>> groups_among(1_000_000, 100, 10_000), groups_among(1_000_000, 10_000, 10_000)
    (100, 1000000)
    """
    if sample >= rows or not groups:
        return groups
    if groups == sample:
        return rows
    low, high = float(groups), float(sample) ** 2
    for _ in range(64):  # of so many groups a sample would have more than `groups`, or less
        middle = (low + high) / 2
        low, high = (low, middle) if middle * -math.expm1(-sample / middle) > groups else (middle, high)
    return round(low * -math.expm1(-rows / low))


def _calls_functions(node: Aggregated) -> bool:
    """Whether a person's functions would be called again if the first partition was looked at."""
    return any(isinstance(n, Asked) or isinstance(getattr(n, "func", None), UserFunction) for n in topological([node]))
