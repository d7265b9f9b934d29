"""One pass over all expressions: which columns each source must give."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from minidask.dataframe.node import Columns, FrameNode
from minidask.expr.node import Node, as_of
from minidask.expr.pipeline import needs
from minidask.expr.rewrite import substitute, topological


@needs
def columns_needed(roots: Sequence[Node]) -> list[Node]:
    """The same expressions over sources that give the columns needed, and no others."""
    order = topological(roots)
    if not any(isinstance(node, FrameNode) for node in order):
        return list(roots)
    wanted = _wanted(order, roots)
    results: dict[Node, Node] = {}
    for node in order:
        rebuilt = substitute(node, results)
        columns = wanted.get(node)
        if columns is not None and isinstance(rebuilt, FrameNode) and _has_columns(rebuilt):
            with as_of(node):
                rebuilt = rebuilt.narrow(columns)
        results[node] = rebuilt
    return [results[root] for root in roots]


def _wanted(order: Sequence[Node], roots: Sequence[Node]) -> dict[Node, Columns]:
    """For each node the columns of it that its consumers need together."""
    wanted: dict[Node, Columns] = dict.fromkeys(roots)
    for node in reversed(order):
        asked = node.needs(wanted.get(node)) if isinstance(node, FrameNode) else {}
        for child in dict.fromkeys(node.children):
            columns = asked.get(child)
            if columns is None or not (isinstance(child, FrameNode) and _has_columns(child)):
                wanted[child] = None
            elif child not in wanted:
                wanted[child] = columns
            elif wanted[child] is not None:
                wanted[child] = wanted[child] | columns  # type: ignore[operator]
    return wanted


def _has_columns(node: FrameNode) -> bool:
    return isinstance(node.meta, pd.DataFrame) and node.meta.columns.is_unique
