"""Passes over all expressions: which labels, columns and rows each source must give.

Each takes the roots and all nodes in topological order, and gives the new roots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.conditions import Condition, conditions_of, origin
from minidask.dataframe.duplicates import Distinct
from minidask.dataframe.encoding import codes_needed
from minidask.dataframe.filters import filters_sunk
from minidask.dataframe.node import Columns, Filter, FrameNode, Projection
from minidask.expr.node import Node, as_of
from minidask.expr.pipeline import needs
from minidask.expr.rewrite import consumers, replace, substitute, topological


@needs
def what_is_needed(roots: Sequence[Node]) -> list[Node]:
    """The same expressions over sources that give the labels, columns and rows needed, and no others."""
    order, roots = topological(roots), list(roots)
    if not any(isinstance(node, FrameNode) for node in order):
        return roots
    for stage in (duplicates_needed, labels_needed, filters_sunk, columns_needed, rows_needed, codes_needed):
        new = stage(roots, order)
        if new != roots:
            order, roots = topological(new), new
    return roots


def duplicates_needed(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Sources leave out what is duplicate in its own partition, where nobody else reads them."""
    distinct = [node for node in order if isinstance(node, Distinct)]
    users = consumers(roots) if distinct else {}
    new: dict[Node, Node] = {
        node: found for node in distinct if (found := _without_duplicates(node, users)) is not node
    }
    return replace(roots, new) if new else roots


def _without_duplicates(node: Distinct, users: Mapping[Node, Sequence[Node]]) -> Node:
    """The node, or its source asked to do this."""
    frame, subset = node.frame, node.subset
    source: Any = frame.frame if isinstance(frame, Projection) else frame
    if not hasattr(source, "without_duplicates") or len(users[frame]) > 1 or len(users[source]) > 1:
        return node
    if source is not frame and subset is None:
        columns = frame.columns  # type: ignore[attr-defined]
        subset = tuple(columns) if isinstance(columns, list) else (columns,)
    found: Node | None = source.without_duplicates(subset, node.keep)
    if found is None:
        return node
    return found if source is frame else frame.replace(frame=found)


def labels_needed(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Rows are numbered, and get a column as their labels, only where somebody looks at the index."""
    if not any(hasattr(node, "without_labels") for node in order):
        return roots
    looked_at = set(roots)
    for node in reversed(order):
        if not isinstance(node, FrameNode) or node.needs_labels(node in looked_at):
            looked_at.update(node.children)

    def unlabelled(node: Node) -> Node:
        spared = node not in looked_at and hasattr(node, "without_labels")
        return node.without_labels() if spared else node  # type: ignore[attr-defined]

    return _rebuild(order, roots, unlabelled)


def columns_needed(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Sources give the columns needed, and no others."""
    wanted = _wanted(order, roots)

    def narrowed(node: Node) -> Node:
        columns = wanted.get(node)
        if columns is None or not isinstance(node, FrameNode) or not _has_columns(node):
            return node
        return node.narrow(columns)

    return _rebuild(order, roots, narrowed)


def _rebuild(order: Sequence[Node], roots: Sequence[Node], change: Callable[[Node], Node]) -> list[Node]:
    """The expressions with `change(node)`, the node asking for less or one of its children, for each node.

    A node changes before its children do, because it may name columns that they will not have any more.
    """
    results: dict[Node, Node] = {}
    for node in order:
        with as_of(node):
            new = change(node)
            results[node] = results[new] if new in node.children else substitute(new, results)
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
    """Whether its columns can be told apart by labels; one of several levels may stand for many columns."""
    columns = node.meta.columns if isinstance(node.meta, pd.DataFrame) else None
    return columns is not None and bool(columns.is_unique) and columns.nlevels == 1


Demand = frozenset[tuple[Node, Condition]]
"""What holds for all rows that anybody needs: conditions on columns of sources."""


def rows_needed(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Sources may pass over rows that every consumer filters out."""
    if not any(hasattr(node, "prune") for node in order):
        return roots
    demands: dict[Node, Demand] = dict.fromkeys(roots, frozenset())
    for node in reversed(order):
        for child in dict.fromkeys(node.children):
            demand = _demand_on(node, child, demands.get(node, frozenset()))
            demands[child] = demands[child] & demand if child in demands else demand

    def pruned(node: Node) -> Node:
        conditions = [condition for source, condition in demands.get(node, ()) if source is node]
        if not conditions or not hasattr(node, "prune"):
            return node
        return node.prune(sorted(conditions, key=str))

    return _rebuild(order, roots, pruned)


def _demand_on(node: Node, child: Node, demand: Demand) -> Demand:
    """What holds for the rows of a child that a node needs."""
    if isinstance(node, Filter):
        told = ((*origin(frame, c.column), c) for frame, c in conditions_of(node.predicate))
        return demand | {(source, c._replace(column=name)) for source, name, c in told if hasattr(source, "prune")}
    return demand if isinstance(node, FrameNode) and node.rowwise and child.grid else frozenset()
