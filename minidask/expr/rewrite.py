"""Walking and rewriting expressions: without recursion, and each node once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from minidask.expr.naming import is_lasting, tokenize
from minidask.expr.node import Node, as_of

Rule = Callable[[Any], Node | None]
"""Gives another node of the same value, or None where it has nothing to say."""
F = TypeVar("F", bound=Callable[..., Any])


def topological(roots: Iterable[Node]) -> list[Node]:
    """All nodes below and including `roots`, each once, children before parents."""
    done: dict[Node, None] = {}
    stack = list(roots)[::-1]
    while stack:
        node = stack[-1]
        missing = False
        if node not in done:
            for child in node.children[::-1]:
                if child not in done:
                    stack.append(child)
                    missing = True
        if not missing:
            done[stack.pop()] = None
    return list(done)


def consumers(roots: Iterable[Node]) -> dict[Node, list[Node]]:
    """For each node the nodes that have it as a child; nothing for those that only the caller holds."""
    found: dict[Node, list[Node]] = defaultdict(list)
    for node in topological(roots):
        for child in dict.fromkeys(node.children):
            found[child].append(node)
    return found


def renamed(roots: Sequence[Node]) -> list[Node]:
    """The same expressions under the names that follow from what functions do and objects hold now.

    A function of a notebook uses what its global names stand for when it runs, and may have been edited meanwhile.
    """
    new: dict[Node, Node] = {}
    for node in topological(roots):
        moved = any(new[child] is not child for child in node.children)
        found = node.with_children(new.__getitem__) if moved or not node.name_given else node
        name = _name_now(found, moved) if node.name_given else found.name
        if name != found.name:
            with as_of(node):
                found = type(node).named(name, *found.fields.values())
        new[node] = found
    return [new[root] for root in roots]


def _name_now(node: Node, moved: bool) -> str:
    """The name of a node that has been given one, where its children are new ones."""
    token = node.token()
    if token is not None:
        return f"{node.name.rpartition('-')[0]}-{token}"
    if moved and is_lasting(node.name):
        return f"{node.operation}-{tokenize(node.name, [child.name for child in node.children])}"
    return node.name


class Rules:
    """Rules by the type of node that they rewrite; a rule for a base class serves its subclasses."""

    def __init__(self) -> None:
        self._by_type: dict[type[Node], list[Rule]] = {}
        self._resolved: dict[type[Node], list[Rule]] = {}

    def __call__(self, *kinds: type[Node]) -> Callable[[F], F]:
        """Register the decorated rule for nodes of these types."""

        def register(rule: F) -> F:
            for kind in kinds:
                self._by_type.setdefault(kind, []).append(rule)
            self._resolved = {}  # a thread that is looking rules up enters them in the old one
            return rule

        return register

    def of(self, node: Node) -> list[Rule]:
        """The rules for a node, those of its own class first."""
        kind, resolved = type(node), self._resolved
        found = resolved.get(kind)
        if found is None:
            found = resolved[kind] = [r for base in kind.__mro__ for r in self._by_type.get(base, ())]
        return found

    def apply(self, node: Node) -> Node | None:
        """What the first rule gives that has something to say."""
        rules = self._resolved.get(type(node))
        if rules is None:
            rules = self.of(node)
        if not rules:
            return None
        with as_of(node):
            for rule in rules:
                new = rule(node)
                if new is not None and new is not node:
                    return new
        return None


def rewrite(roots: Sequence[Node], step: Callable[[Node], Node | None]) -> list[Node]:
    """Apply `step` to parents before children, again and again, until it has nothing more to say of any node."""
    results: dict[Node, Node] = {}
    becomes: dict[Node, Node] = {}  # what `step` makes of a node, as long as its children stay as they are
    stack = list(roots)
    while stack:
        new = node = stack[-1]
        if node in results:
            stack.pop()
            continue
        while (after := becomes.get(new)) is not new:
            if after is None:
                after = becomes[new] = step(new) or new
            new = after
        if new in results:
            results[stack.pop()] = results[new]
            continue
        missing = [child for child in new.children if child not in results]
        if missing:
            stack += missing
            continue
        rebuilt = substitute(new, results)
        if rebuilt is new:
            results[stack.pop()] = results[new] = new
            continue
        becomes[new] = rebuilt
        for child in rebuilt.children:
            results[child] = child
    return [results[root] for root in roots]


def substitute(node: Node, results: Mapping[Node, Node]) -> Node:
    """`node` over the new forms of its children."""
    for child in node.children:
        if results.get(child, child) is not child:
            return node.with_children(lambda child: results.get(child, child))
    return node


def replace(roots: Sequence[Node], new: Mapping[Node, Node]) -> list[Node]:
    """The expressions with some of their nodes exchanged; also below the new ones, where these have old children."""
    results: dict[Node, Node] = {}
    for node in topological(roots):
        results[node] = substitute(new.get(node, node), results)
    return [results[root] for root in roots]


class _At:
    """Stands for a child in a dismantled expression: the position of its row."""

    __slots__ = ("row",)

    def __init__(self, row: int) -> None:
        self.row = row

    def __reduce__(self) -> Any:
        return _At, (self.row,)


class Row(NamedTuple):
    """A node of a dismantled expression."""

    kind: type[Node]
    fields: dict[str, Any]
    name: str | None
    """None where it follows from the fields."""
    where: tuple[str, int] | None
    annotations: Mapping[str, Any]


def dismantle(root: Node) -> list[Row]:
    """An expression as a flat list of rows, children first, so that pickling does not recurse."""
    rows: list[Row] = []
    places: dict[Node, _At] = {}
    for node in topological([root]):
        fields = {f: _exchange(v, places) for f, v in node.fields.items()}
        rows.append(Row(type(node), fields, node.name if node.name_given else None, node.where, node.annotations))
        places[node] = _At(len(rows) - 1)
    return rows


def reassemble(rows: list[Row]) -> Node:
    """The expression of a dismantled one."""
    nodes: list[Node] = []
    for row in rows:
        restored = {f: _restore(v, nodes) for f, v in row.fields.items()}
        with as_of(row):
            nodes.append(row.kind.named(row.name, **restored) if row.name else row.kind(**restored))
    return nodes[-1]


def _exchange(value: Any, places: Mapping[Node, _At]) -> Any:
    if isinstance(value, Node):
        return places[value]
    if type(value) is tuple:
        return tuple([_exchange(v, places) for v in value])
    if type(value) is dict:
        return {k: _exchange(v, places) for k, v in value.items()}
    return value


def _restore(value: Any, nodes: list[Node]) -> Any:
    if type(value) is _At:
        return nodes[value.row]
    if type(value) is tuple:
        return tuple([_restore(v, nodes) for v in value])
    if type(value) is dict:
        return {k: _restore(v, nodes) for k, v in value.items()}
    return value
