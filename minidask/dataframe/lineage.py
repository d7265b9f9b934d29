"""Where the rows of a frame come from: through nodes that give a row for each row, down to the node that has them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from minidask.dataframe.node import FrameNode, Projection
from minidask.expr.node import Node
from minidask.expr.rewrite import replace


def is_over(node: FrameNode, base: FrameNode) -> bool:
    """Whether each row of a frame is made of the same row of another one, and of nothing else but scalars."""
    seen: set[Node] = {base}
    stack: list[Any] = [node]
    while stack:
        found = stack.pop()
        if found in seen or not found.grid:
            continue
        if not isinstance(found, FrameNode) or not found.rowwise or found.rows != base.rows:
            return False
        seen.add(found)
        stack.extend(found.children)
    return True


def moved(node: FrameNode, base: FrameNode, new: FrameNode) -> FrameNode:
    """The frame over another base."""
    (found,) = replace([node], {base: new})
    return found  # type: ignore[return-value]


def only(frame: FrameNode, labels: Collection[Any]) -> FrameNode:
    """The frame with no more columns than it must have for these; what is not read again is made once."""
    columns = frame.meta.columns if isinstance(frame.meta, pd.DataFrame) else None
    again = frame.rowwise or not frame.children
    if columns is None or not columns.is_unique or columns.nlevels > 1 or not again:
        return frame
    wanted = frozenset(labels)
    found = frame.narrow(wanted)
    if isinstance(found, Projection) and not found.frame.children:
        return found.replace(frame=found.frame.narrow(wanted))
    return found
