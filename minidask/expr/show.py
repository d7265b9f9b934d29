"""Expressions and graphs for people: trees of text, and pictures as nodes and edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from minidask.expr.node import Node
from minidask.expr.rewrite import topological
from minidask.task import Graph

T = TypeVar("T")


class Text(str):
    """Text that a notebook shows as it is, lines and all."""

    def __repr__(self) -> str:
        return str(self)


def written(text: Text, filename: str | None) -> Text:
    """The text, written to a file if one is named."""
    if filename is not None:
        Path(filename).write_text(f"{text}\n", encoding="utf-8")
    return text


class Picture(NamedTuple):
    """What there is to draw: labelled nodes by number, and edges between them, in the direction of the data."""

    labels: list[str]
    edges: list[tuple[int, int]]


def picture_of_nodes(roots: Sequence[Node]) -> Picture:
    """One node of the picture for each node of the expressions."""
    order = topological(roots)
    place = {node: i for i, node in enumerate(order)}
    edges = [(place[child], place[node]) for node in order for child in dict.fromkeys(node.children)]
    return Picture([describe(node) for node in order], edges)


def picture_of_tasks(graph: Graph) -> Picture:
    """One node of the picture for each task."""
    labels = []
    for i in range(len(graph)):
        origin = graph.origin(i)
        labels.append(f"{origin.operation} {origin.block}" if origin.block else origin.operation)
    return Picture(labels, [(n, i) for i in range(len(graph)) for n in dict.fromkeys(graph.needed_by(i))])


def describe(node: Node) -> str:
    """One line on a node: its operation, its small operands, its grid."""
    return f"{node.operation}({node.summary}) {'x'.join(map(str, node.grid)) or '1'}"


def tree(roots: Sequence[Node]) -> str:
    """The expressions as an indented tree, root first; what was shown already is only named again.

    A chain of nodes with one child each goes on at the same indent, so that depth shows branching.
    """
    return "\n".join(_lines(roots, lambda node: node.children, describe))


def tree_of_picture(picture: Picture) -> Text:
    """The picture as such a tree; its roots are the nodes that no other needs."""
    needs: list[list[int]] = [[] for _ in picture.labels]
    for tail, head in picture.edges:
        needs[head].append(tail)
    inner = {tail for tail, _ in picture.edges}
    roots = [i for i in range(len(needs)) if i not in inner]
    return Text("\n".join(_lines(roots, needs.__getitem__, picture.labels.__getitem__)))


def _lines(roots: Iterable[T], children: Callable[[T], Iterable[T]], label: Callable[[T], str]) -> Iterator[str]:
    seen: dict[T, int] = {}
    for root in roots:
        stack = [(root, 0)]
        while stack:
            node, depth = stack.pop()
            if node in seen:
                yield f"{'  ' * depth}#{seen[node]} again"
                continue
            seen[node] = len(seen) + 1
            yield f"{'  ' * depth}#{seen[node]} {label(node)}"
            below = list(dict.fromkeys(children(node)))
            stack.extend((child, depth + (len(below) > 1 or depth == 0)) for child in reversed(below))


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def explanation(stages: Mapping[str, Sequence[Node]], graph: Graph) -> Text:
    """The stages as trees, and what the graph will run."""
    parts = [f"{title}\n{'-' * len(title)}\n{tree(roots)}" for title, roots in stages.items()]
    sources = sum(1 for i in range(len(graph)) if graph.starts[i] == graph.starts[i + 1])
    count = f"{_number(len(graph), 'task')}, {sources:,} of them sources" if len(graph) != 1 else "1 task"
    parts.append(f"{count}, {_number(len(graph.needs), 'dependency', 'dependencies')}")
    return Text("\n\n".join(parts))
