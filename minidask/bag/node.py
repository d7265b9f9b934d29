"""The expressions of bags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice
from typing import Any

from minidask.bag.steps import Transform, as_items, joined
from minidask.expr.blocks import Beside, Box, One, PerBlock, Tasks, blockwise, exchanged, gather
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import SPLIT_EVERY, tree
from minidask.kernels.hashing import target
from minidask.kernels.pieces import Pieces


class BagNode(Node):
    """A bag: a grid of partitions. Any node with a grid of one axis may stand for a bag."""


class Partitionwise(BagNode):
    """One function, partition by partition.

    Fields
    ------
    func
        Called with, for each of `args`, its partition, its one value, or the constant.
    args
        Nodes of as many partitions, or of one value; `PerBlock` rules; constants.
    npartitions
        How many.
    label
        What a person would call it.
    recompute
        As for `Blockwise`.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    npartitions: int
    label: str
    recompute: str = ""

    @property
    def operation(self) -> str:
        return self.label

    @property
    def summary(self) -> str:
        return ""

    @property
    def grid(self) -> Index:
        return (self.npartitions,)


@lower(Partitionwise)
def one_task_each(node: Partitionwise) -> Node:
    """A Blockwise, in which single values are broadcast."""
    grid, recompute = node.grid, node.recompute
    return blockwise(node.func, *node.args, grid=grid, name=node.name, label=node.label, recompute=recompute)


class Reduction(Node):
    """Partitions become one value, or a bag of one partition.

    Fields
    ------
    source
        The bag.
    partial
        Makes a partial result of a partition.
    combine, aggregate
        Merge a list of partial results, into one and into the answer.
    split_every
        How many partial results a task merges; False: all of them.
    bag
        Whether the answer is a partition.
    label
        What a person would call it.
    """

    source: Node
    partial: Callable[[Any], Any]
    combine: Callable[[list[Any]], Any]
    aggregate: Callable[[list[Any]], Any]
    split_every: int | None
    bag: bool
    label: str

    @property
    def operation(self) -> str:
        return self.label

    @property
    def summary(self) -> str:
        return f"split_every={self.split_every}" if self.split_every is not None else ""

    @property
    def grid(self) -> Index:
        return (1,) if self.bag else ()

    @fact
    def width(self) -> int:
        """How many partial results a task merges."""
        width = self.split_every
        if width is None:
            return SPLIT_EVERY
        if width is False:
            return max(2, self.source.grid[0])
        if type(width) is not int or width < 2:
            raise ValueError(f"split_every={width!r} must be a number of partitions to merge, 2 or more, or False")
        return width


@lower(Reduction)
def by_a_tree(node: Reduction) -> Node:
    """Partial results, merged level by level."""
    name, label = node.name, node.label
    partials = blockwise(node.partial, node.source, grid=node.source.grid, name=f"{name}-partial", label=label)
    return tree(
        partials, node.combine, node.aggregate, [0], name=name, keepdims=node.bag, split_every=node.width, label=label
    )


class GroupBy(BagNode):
    """Pairs of a key and the list of its items, each pair in the partition that the hash of its key tells."""

    source: Node
    grouper: Callable[[Any], Any]
    npartitions: int

    @property
    def grid(self) -> Index:
        return (self.npartitions,)


@lower(GroupBy)
def by_a_shuffle(node: GroupBy) -> Node:
    """Each partition is grouped and cut by the hashes of the keys; each new partition gathers its pieces."""
    label = "groupby-split"
    split = blockwise(
        cut_by_key,
        node.source,
        node.grouper,
        node.npartitions,
        grid=node.source.grid,
        name=f"{node.name}-split",
        label=label,
    )
    read = exchanged(node.source.grid, node.npartitions)
    return gather(merge_groups, split, read, grid=node.grid, name=node.name, label="groupby")


def cut_by_key(items: Any, grouper: Callable[[Any], Any], n: int) -> Pieces:
    """The groups of a partition, each in the piece that its key's hash tells."""
    groups: dict[Any, list[Any]] = {}
    for item in as_items(items):
        groups.setdefault(grouper(item), []).append(item)
    pieces: list[dict[Any, list[Any]]] = [{} for _ in range(n)]
    for key, members in groups.items():
        pieces[target(key, n)][key] = members
    return Pieces(pieces)


def merge_groups(pieces: list[dict[Any, list[Any]]]) -> list[tuple[Any, list[Any]]]:
    """The groups of one new partition, in the order in which their keys come first."""
    merged: dict[Any, list[Any]] = {}
    for piece in pieces:
        for key, members in piece.items():
            merged.setdefault(key, []).extend(members)
    return list(merged.items())


class Concat(BagNode):
    """The partitions of several bags, or of single values that are partitions, one after the other."""

    parts: tuple[Node, ...]
    stacked: bool = False

    @property
    def grid(self) -> Index:
        return (len(self.parts) if self.stacked else sum(part.grid[0] for part in self.parts),)


@lower(Concat)
def beside(node: Concat) -> Node:
    """No tasks of its own."""
    return Beside.named(node.name, node.parts, 0, node.stacked)


class Product(BagNode):
    """All pairs of an item of one bag and an item of another."""

    left: Node
    right: Node

    @property
    def grid(self) -> Index:
        return (self.left.grid[0] * self.right.grid[0],)


@lower(Product)
def pairs_of_partitions(node: Product) -> Node:
    """One task for each pair of partitions."""
    n, m = node.left.grid[0], node.right.grid[0]
    left = One((0,), (tuple(i for i in range(n) for _ in range(m)),))
    right = One((0,), (tuple(range(m)) * n,))
    reads = {0: left, 1: right}
    return blockwise(_product, node.left, node.right, grid=node.grid, reads=reads, name=node.name, label="product")


def _product(left: Any, right: Any) -> list[tuple[Any, Any]]:
    return [(a, b) for a in left for b in right]


class Take(BagNode):
    """The first items of the first partitions, as one partition."""

    source: Node
    k: int
    npartitions: int
    warn: bool

    @property
    def grid(self) -> Index:
        return (1,)


@lower(Take)
def take_twice(node: Take) -> Node:
    """The first of each partition, of which no more are made; then the first of all."""
    n = node.npartitions
    reads = {0: One((0,), (range(n),))}
    label, name = "take", f"{node.name}-each"
    each = blockwise(Transform(islice), node.source, node.k, grid=(n,), reads=reads, name=name, label=label)
    read = Box((0,), (range(1),), (range(n, n + 1),))
    return gather(_first, each, read, node.k, node.warn, grid=(1,), name=node.name, label=label)


def _first(blocks: list[Any], k: int, warn: bool) -> list[Any]:
    taken = joined(blocks)[:k]
    if warn:
        warn_if_short(len(taken), k, stacklevel=3)
    return taken


def warn_if_short(got: int, k: int, stacklevel: int) -> None:
    """Say that the partitions looked at have fewer items than asked for."""
    import warnings

    if got < k:
        text = (
            f"take({k}) found {got} items in the partitions it looked at; give npartitions= to look at more, -1 for all"
        )
        warnings.warn(text, stacklevel=stacklevel + 1)


class Merge(BagNode):
    """Neighbouring partitions joined: partition i is those from `bounds[i]` to `bounds[i + 1]`."""

    source: Node
    bounds: tuple[int, ...]

    @property
    def operation(self) -> str:
        return "repartition"

    @property
    def grid(self) -> Index:
        return (len(self.bounds) - 1,)


@lower(Merge)
def join_neighbours(node: Merge) -> Node:
    """One task for each new partition."""
    read = Box((0,), (node.bounds[:-1],), (node.bounds[1:],))
    return gather(joined, node.source, read, grid=node.grid, name=node.name, label="repartition")


class Split(BagNode):
    """Partitions cut: partition i into `counts[i]` of about equal length."""

    source: Node
    counts: tuple[int, ...]

    @property
    def operation(self) -> str:
        return "repartition"

    @property
    def grid(self) -> Index:
        return (sum(self.counts),)


@lower(Split)
def cut_partitions(node: Split) -> Node:
    """One task for each new partition, which reads a whole old one."""
    reads = {0: One((0,), (tuple(i for i, n in enumerate(node.counts) for _ in range(n)),))}
    share = Share(node.counts)
    return blockwise(_share, node.source, share, grid=node.grid, reads=reads, name=node.name, label="repartition")


@dataclass(frozen=True)
class Share(PerBlock):
    """Which of how many shares of its partition a new partition is."""

    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        shares = [(i, n) for n in self.counts for i in range(n)]
        object.__setattr__(self, "_shares", shares)

    def block(self, index: Index) -> tuple[int, int]:
        return self._shares[index[0]]  # type: ignore[attr-defined]


def _share(items: Any, share: tuple[int, int]) -> list[Any]:
    i, n = share
    items = list(as_items(items))
    return items[i * len(items) // n : (i + 1) * len(items) // n]


class Accumulate(BagNode):
    """Running results of an operator of two, from the first item to the last: partition after partition."""

    source: Node
    binop: Callable[[Any, Any], Any]
    initial: tuple[Any, ...]

    @property
    def grid(self) -> Index:
        return self.source.grid


@lower(Accumulate)
def one_after_the_other(node: Accumulate) -> Node:
    """A chain of tasks, each of which hands its last result on."""
    n = node.grid[0]
    go_on = partial(_go_on, node.binop)
    tasks: dict[Any, Any] = {("carry", 0): (partial(_start, node.binop, node.initial), (0, 0))}
    for i in range(1, n):
        tasks["carry", i] = (go_on, ("carry", i - 1), (0, i))
    outputs = tuple(("carry", i) for i in range(n))
    chain = Tasks.named(f"{node.name}-carry", tasks, outputs, node.grid, (node.source,))
    return blockwise(_results, chain, grid=node.grid, name=node.name, label="accumulate")


Carry = tuple[list[Any], tuple[Any, ...]]
"""The results of a partition, and the last one so far, if there is one."""


def _start(binop: Callable[[Any, Any], Any], initial: tuple[Any, ...], items: Any) -> Carry:
    results = list(accumulate(as_items(items), binop, **({"initial": initial[0]} if initial else {})))
    return results, tuple(results[-1:])


def _go_on(binop: Callable[[Any, Any], Any], before: Carry, items: Any) -> Carry:
    if not before[1]:
        return _start(binop, (), items)
    _, *results = accumulate(as_items(items), binop, initial=before[1][0])
    return results, tuple(results[-1:]) or before[1]


def _results(carry: Carry) -> list[Any]:
    return carry[0]
