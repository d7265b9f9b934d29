"""Filters moved below joins and concatenations, so that these have fewer rows to do with."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Sequence
from functools import reduce

from minidask.dataframe.lineage import is_over, moved
from minidask.dataframe.node import Filter, FrameNode, Partitionwise
from minidask.expr.node import Node
from minidask.expr.rewrite import replace, topological


def filters_sunk(roots: list[Node], order: Sequence[Node]) -> list[Node]:
    """Filters as far below joins and concatenations as they can go, part by part of what they say."""
    while any(isinstance(node, Filter) for node in order):
        found = next(filter(None, (_sunk(roots, *one) for one in _candidates(order).items())), None)
        if found is None:
            break
        roots, order = found, topological(found)
    return roots


def _candidates(order: Sequence[Node]) -> dict[FrameNode, list[Filter]]:
    """Nodes that could have filtered children, and the filters of their rows."""
    found: dict[FrameNode, list[Filter]] = defaultdict(list)
    for node in order:
        base = node.frame.owner if isinstance(node, Filter) else None
        if base is None or not isinstance(node, Filter) or not hasattr(base, "filtered"):
            continue
        if is_over(node.frame, base) and is_over(node.predicate, base):
            found[base].append(node)
    return found


def _sunk(roots: list[Node], base: FrameNode, filters: list[Filter]) -> list[Node] | None:
    """The expressions with the filters of a node below it; None where they cannot go there, or all rows are needed."""
    predicate = filters[0].predicate
    if any(f.predicate is not predicate for f in filters):
        return None
    new = base
    left: list[FrameNode] = []
    made: set[FrameNode] = set()
    for part in parts_of(predicate):
        below = _below(new, base, part, made)
        new, left = (new, [*left, part]) if below is None else (below, left)
    if new is base:
        return None
    exchanged: dict[Node, Node] = {}
    for node in filters:
        frame = moved(node.frame, base, new)
        exchanged[node] = Filter(frame, moved(reduce(_both, left), base, new)) if left else frame
    found = replace(roots, exchanged)
    return None if base in topological(found) else found


def _both(one: FrameNode, other: FrameNode) -> FrameNode:
    """What holds where both predicates do."""
    node: FrameNode = Partitionwise(operator.and_, (one, other), {}, "rows", True)
    return node


def _below(node: FrameNode, base: FrameNode, predicate: FrameNode, made: set[FrameNode]) -> FrameNode | None:
    """A node over filtered children; None where what the predicate looks at is of no child alone."""
    columns = columns_of(predicate, base)
    if columns is None:
        return None

    def filtered(child: FrameNode) -> FrameNode:
        if child in made and isinstance(child, Filter):
            new = Filter(child.frame, _both(child.predicate, moved(predicate, base, child.frame)))
        else:
            new = Filter(child, moved(predicate, base, child))
        made.add(new)
        return new

    try:
        found: FrameNode | None = node.filtered(columns, filtered)  # type: ignore[attr-defined]
    except KeyError:  # the predicate takes columns along that the child does not have, though it looks at none of them
        return None
    return found


def parts_of(predicate: FrameNode) -> list[FrameNode]:
    """What all must hold where a predicate does."""
    if isinstance(predicate, Partitionwise) and predicate.func is operator.and_:
        return [part for child in predicate.args if isinstance(child, FrameNode) for part in parts_of(child)]
    return [predicate]


def columns_of(predicate: FrameNode, base: FrameNode) -> frozenset[object] | None:
    """The columns of a frame that a predicate looks at; None: more than columns."""
    wanted: dict[Node, frozenset[object] | None] = {predicate: None}
    for node in reversed(topological([predicate])):
        if node is base:
            return wanted.get(node)
        if not isinstance(node, FrameNode) or not node.grid:
            continue
        asked = node.needs(wanted.get(node))
        for child in node.children:
            columns = asked.get(child)
            before = wanted.get(child, frozenset())
            wanted[child] = None if columns is None or before is None else before | columns
    return None
