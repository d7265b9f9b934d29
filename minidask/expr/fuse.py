"""Fusion: a group of Blockwise nodes becomes one, for every kind of collection.

Nodes are visited consumers first. A node joins its consumer's group when each of its blocks is used by one block
of the group, and nothing else needs it. A node that is cheaper to make again than to keep may join several groups:

- ``recompute="always"`` (views, ones): every group that reads it block by block;
- ``recompute="late"`` (slices of a file, and cheap chains above them): those groups that, besides, wait for a gather
  of that very node: in ``x - x.mean()`` no block of x is kept for as long as the mean takes.

While there is a cache, what reads files stands for itself, so that others find its blocks there.

Nodes of a grid with one block are fused in chains only: side by side they would lose their parallelism.

Inside a group the result of a `Streamed` function passes as an iterator where one other such function alone reads
it: a chain makes one pass over its block, and keeps nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import minidask.config as config
from minidask.expr.blocks import Beside, Blockwise, Elsewhere, Made, One, PerBlock, Read, identity
from minidask.expr.grid import size
from minidask.expr.node import Node, as_of
from minidask.expr.program import Program, Step
from minidask.expr.rewrite import substitute, topological
from minidask.expr.together import joined, regions


def fuse(roots: Sequence[Node]) -> list[Node]:
    """The same blocks in fewer tasks. Takes and gives physical nodes."""
    groups = Groups(roots)
    results: dict[Node, Node] = {}
    for node in groups.order:
        members = groups.members.get(node)
        if members is None:
            continue  # lives inside other groups only
        with as_of(node):
            results[node] = _merge(node, members, results) if len(members) > 1 else substitute(node, results)
    return [results[root] for root in roots]


class Member(NamedTuple):
    """A node inside a group: its block at `read` of the group's block."""

    node: Node
    read: One


class Groups:
    """Which nodes stand for themselves, and which others each of them takes in.

    `members[node]` lists, for a node that stands, the members of its group: itself and what it takes in.
    """

    def __init__(self, roots: Sequence[Node]) -> None:
        self.order = topological(roots)
        self.members: dict[Node, dict[Member, None]] = {}
        self._recompute: dict[Node, str] = {}
        self._caching = bool(config.get("cache"))
        self._wanted: dict[Node, dict[tuple[Node, Read], bool]] = defaultdict(dict)
        standing = set(roots)
        for node in self.order:
            self._recompute[node] = self._how_to_recompute(node)
        for node in reversed(self.order):
            self._visit(node, node in standing)

    @cached_property
    def _waits(self) -> Waits:
        return Waits(self.order)

    def _how_to_recompute(self, node: Node) -> str:
        if not isinstance(node, Blockwise):
            return ""
        if node.recompute or not (node.cheap and node.inputs):
            return node.recompute
        below = {self._recompute[child] if not read.many else "" for child, read in node.inputs}
        return "" if "" in below else "late"

    def _visit(self, node: Node, stands: bool) -> None:
        wanted = self._wanted.pop(node, {})
        places = [(group, read) for (group, read), fusable in wanted.items() if fusable and isinstance(read, One)]
        stands = stands or len(places) < len(wanted) or not wanted
        inlined = places if isinstance(node, Blockwise) else []
        if self._recompute[node] == "late" and (stands or len(inlined) > 1):
            late = [place for place in inlined if self._waits.for_node(place[0], node)]
            early = [place for place in inlined if place not in late]
            inlined = late + (early if len(early) == 1 and not stands else [])
        elif self._recompute[node] == "" and (stands or len(inlined) != 1):
            inlined = []
        for group, read in inlined:
            self.members[group][Member(node, read)] = None
            self._ask(node, group, read)
        if stands or len(inlined) < len(places):
            own = identity(node.grid)
            self.members[node] = {Member(node, own): None}
            self._ask(node, node, own)

    def _ask(self, node: Node, group: Node, at: One) -> None:
        """Tell the children of a member of `group` that they are wanted there."""
        if not isinstance(node, Blockwise):
            for child in node.children:
                self._wanted[child][(node, identity(child.grid))] = False
            return
        alone = len(set(node.children)) == 1
        for child, read in node.inputs:
            fusable, place = False, read
            if isinstance(read, One) and isinstance(child, Blockwise):
                place = read.through(at, node.grid, child.grid)
                fusable = (
                    place.is_injective(group.grid)
                    and child.annotations == group.annotations
                    and not (self._caching and _is_source(child))
                    and (size(group.grid) != 1 or alone or child.cheap or self._recompute[child] == "always")
                )
            here = self._wanted[child]
            here[group, place] = fusable and here.get((group, place), True)


def _is_source(node: Blockwise) -> bool:
    return not node.inputs and node.recompute != "always"


class Waits:
    """For each node the nodes below it of which some gather needs many blocks.

    Sets of nodes are the bits of an integer. A node with one consumer shares the bit of that: who waits for
    a gather of the one waits for the other.
    """

    def __init__(self, order: Sequence[Node]) -> None:
        self._bits = _bits(order)
        below: dict[Node, int] = {}
        self._gathered: dict[Node, int] = {}
        for node in order:
            mine, gathered = self._bits[node], 0
            for child, many in _reads(node):
                mine |= below[child]
                gathered |= self._gathered[child] | (below[child] if many else 0)
            below[node], self._gathered[node] = mine, gathered

    def for_node(self, group: Node, node: Node) -> bool:
        """Whether a block of `group` waits for a gather of `node`."""
        return bool(self._gathered[group] & self._bits[node])


def _bits(order: Sequence[Node]) -> dict[Node, int]:
    """A bit for each node, the same for those in a chain of single consumers."""
    consumers: dict[Node, list[Node]] = defaultdict(list)
    bits: dict[Node, int] = {}
    used = 0
    for node in reversed(order):
        above = consumers[node]
        if len(above) == 1:
            bits[node] = bits[above[0]]
        else:
            bits[node] = 1 << used
            used += 1
        for child in dict.fromkeys(node.children):
            consumers[child].append(node)
    return bits


def _reads(node: Node) -> Iterator[tuple[Node, bool]]:
    if isinstance(node, Blockwise):
        yield from ((child, read.many) for child, read in node.inputs)
    else:
        yield from ((child, not isinstance(node, Beside)) for child in node.children)


def _merge(root: Node, members: dict[Member, None], results: dict[Node, Node]) -> Node:
    """The Blockwise that does the work of a whole group, whose members were found consumers first."""
    calls: list[tuple[Blockwise, One]] = [*reversed(members)]  # type: ignore[list-item]
    program, inputs = _written(root, calls, results)
    nodes = [node for node, _ in calls]
    small = all(map(_is_small, nodes))
    func, last = (program, [len(nodes) - 1] * len(nodes)) if small else _by_regions(program, nodes)
    fused: Blockwise = Blockwise.named(
        root.name, func, tuple(inputs.args), tuple(inputs.reads), root.grid, {}, root.operation
    )
    made = _made([call for i, call in enumerate(calls) if last[i] == i])
    fused.tell(made, brief=small and all(map(_is_ours, nodes)))
    return fused


def _written(root: Node, calls: list[tuple[Blockwise, One]], results: dict[Node, Node]) -> tuple[Program, _Inputs]:
    """The calls, children first, as one program, and its arguments."""
    inputs = _Inputs()
    constants: list[Any] = []
    steps: list[Step] = []
    done: dict[tuple[Node, Read], int] = {}
    for node, at in calls:
        sources: list[str] = []
        for arg, read in zip(node.args, node.reads):
            if read is not None:
                place = read.through(at, node.grid, arg.grid)
                step = done.get((arg, place))
                sources.append(f"i{inputs.add(results[arg], place)}" if step is None else f"s{step}")
            elif isinstance(arg, PerBlock):
                here = node.grid == root.grid and at.is_identity
                sources.append(f"i{inputs.add(arg if here else Elsewhere(arg, at), None)}")
            else:
                sources.append(f"c{len(constants)}")
                constants.append(arg)
        done[node, at] = len(steps)
        steps.append(Step(node.func, tuple(sources), node.kwargs, node.operation, node.where))
    return Program(len(inputs.args), tuple(constants), tuple(steps)), inputs


def _by_regions(program: Program, nodes: list[Blockwise]) -> tuple[Callable[..., Any], list[int]]:
    """The program with those steps joined that are done together, and for each step the one that it is joined to."""
    makers = [node.together for node in nodes]
    last = regions(program.steps, makers)
    return (program if last == [*range(len(nodes))] else joined(program, makers, last)), last


_SMALL = 2**16
"""Of blocks of so few bytes nothing is done by pieces, and what is between takes no notable room."""


def _is_small(node: Blockwise) -> bool:
    """Whether what a call makes is known to be small; or what it reads, where it makes a partial result of that."""
    largest = _largest(node)
    if largest or not node.inputs:
        return 0 < largest <= _SMALL
    return all(0 < _largest(child) <= _SMALL for child, _ in node.inputs)


def _is_ours(node: Blockwise) -> bool:
    """Whether the time of a call depends on the size of its blocks alone."""
    return node.cheap or node.recompute == "always" or node.together is not None


def _largest(node: Node) -> int:
    """The bytes of its largest block; 0 where they are not known."""
    made: Made | None = getattr(node, "makes", None)
    return made.result.largest_extent() if made and made.result is not None else 0


def _made(calls: list[tuple[Blockwise, One]]) -> Made:
    """What the tasks of a group make; without the steps that are done together with later ones."""
    *before, (root, _) = calls
    between = [(node.makes.result, at) for node, at in before if node.makes.result]
    return Made(root.makes.result, tuple(between))


class _Inputs:
    """The arguments of a program, each once."""

    def __init__(self) -> None:
        self.args: list[Any] = []
        self.reads: list[Read | None] = []
        self._places: dict[tuple[int, Read | None], int] = {}

    def add(self, arg: Any, read: Read | None) -> int:
        place = self._places.setdefault((id(arg), read), len(self.args))
        if place == len(self.args):
            self.args.append(arg)
            self.reads.append(read)
        return place
