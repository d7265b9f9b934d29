"""Strings that only name groups, tell which rows are joined, or are looked at each by itself, are read as the numbers
that files have of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.each_text import OfEach, looks_at_each
from minidask.dataframe.grouped import OfGroups
from minidask.dataframe.merging import Merge
from minidask.dataframe.node import Assign, Columns, Filter, FrameNode, Projection
from minidask.dataframe.numbering import Numbered
from minidask.dataframe.partitions import First, Pick
from minidask.dataframe.reductions import Reduction
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
    if not any(hasattr(node, "with_codes") for node in order):
        return roots
    values: dict[Node, Columns] = dict.fromkeys(roots)
    each = {node for node in order if looks_at_each(node)}
    for node in reversed(order):
        for child in dict.fromkeys(node.children):
            asked = frozenset[Any]() if node in each else _values_of(node, child, values.get(node))
            known = values.get(child, frozenset())
            values[child] = None if asked is None or known is None else known | asked
    new: dict[Node, Node] = {}
    for node in order:
        looked_at = values.get(node)
        if hasattr(node, "with_codes") and looked_at is not None:
            texts = [c for c, dtype in node.meta.dtypes.items() if isinstance(dtype, pd.StringDtype)]  # type: ignore[attr-defined]
            coded = node.with_codes(tuple(c for c in texts if c not in looked_at))
            if coded is not node:
                new[node] = coded
    if new:
        new |= {node: _of_each(node, values.get(node) is not None) for node in each}
    return replace(roots, new) if new else roots


def _of_each(node: Any, unseen: bool) -> Node:
    """The node taking strings as categories; and giving them so, where nobody looks at them."""
    found: Node = node.replace(func=OfEach(node.func, unseen and isinstance(node.meta.dtype, pd.StringDtype)))
    return found


def _values_of(node: Node, child: Node, asked: Columns) -> Columns:
    """The columns of a child whose values a node looks at, where others look at the `asked` ones of its own."""
    if not isinstance(child, FrameNode) or not isinstance(child.meta, pd.DataFrame | pd.Series):
        return None
    if isinstance(node, Projection):
        columns = frozenset(node.columns if isinstance(node.columns, list) else [node.columns])
        return columns if asked is None else columns & asked
    if isinstance(node, First | Numbered | Pick):
        return asked
    if isinstance(node, Filter) and child is not node.predicate:
        return asked
    if isinstance(node, Reduction) and node.statistic in ("count", "nunique"):
        return frozenset()
    if isinstance(child.meta, pd.Series):
        return None
    if isinstance(node, Assign) and child not in node.values:
        return None if asked is None else asked - frozenset(node.columns)
    if isinstance(node, OfGroups) and child is node.frame:
        return node.looked_at
    if isinstance(node, Merge):
        return node.looked_at(child, asked)
    return None
