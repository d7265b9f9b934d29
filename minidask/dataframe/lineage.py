"""Where the rows of a frame come from: through nodes that give a row for each row, down to the node that has them."""

from __future__ import annotations

from typing import Any

from minidask.dataframe.node import FrameNode
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
