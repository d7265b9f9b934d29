"""Strings that only name groups, or tell which rows are joined, are read as the numbers that files have of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from minidask.dataframe.grouped import OfGroups
from minidask.dataframe.merging import Merge
from minidask.dataframe.node import Assign, Columns, Filter, FrameNode, Projection
from minidask.dataframe.numbering import Numbered
from minidask.dataframe.partitions import First, Pick
from minidask.expr.node import Node
from minidask.expr.rewrite import replace


def codes_needed(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Sources that can read columns of strings as categories are asked for those that nobody reads but as keys of
    groups and joins.

    Parameters
    ----------
    roots, order
        The expressions, and all their nodes, children first.
    """
    if not any(isinstance(node, OfGroups | Merge) for node in order):
        return roots
    values: dict[Node, Columns] = dict.fromkeys(roots)
    for node in reversed(order):
        for child in dict.fromkeys(node.children):
            asked = _values_of(node, child, values.get(node))
            known = values.get(child, frozenset())
            values[child] = None if asked is None or known is None else known | asked
    found: dict[Node, Node] = {}
    for node in order:
        looked_at = values.get(node)
        if hasattr(node, "with_codes") and looked_at is not None:
            texts = [c for c, dtype in node.meta.dtypes.items() if isinstance(dtype, pd.StringDtype)]  # type: ignore[attr-defined]
            found[node] = node.with_codes(tuple(c for c in texts if c not in looked_at))
    new = {source: coded for source, coded in found.items() if coded is not source}
    return replace(roots, new) if new else roots


def _values_of(node: Node, child: Node, asked: Columns) -> Columns:
    """The columns of a child whose values a node looks at, where others look at the `asked` ones of its own."""
    if not isinstance(child, FrameNode) or not isinstance(child.meta, pd.DataFrame):
        return None
    if isinstance(node, Projection):
        columns = frozenset(node.columns if isinstance(node.columns, list) else [node.columns])
        return columns if asked is None else columns & asked
    if isinstance(node, First | Numbered | Pick):
        return asked
    if isinstance(node, Filter) and child is not node.predicate:
        return asked
    if isinstance(node, Assign) and child not in node.values:
        return None if asked is None else asked - frozenset(node.columns)
    if isinstance(node, OfGroups) and child is node.frame:
        return node.looked_at
    if isinstance(node, Merge):
        return node.looked_at(child, asked)
    return None
