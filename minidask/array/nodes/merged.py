"""Blocks made into partial results, and these merged as a tree: products, histograms, the largest elements.

The grid of the partial results has the axes of the result and, after them, one for each contracted symbol.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode
from minidask.array.nodes.mapped import Called, follow
from minidask.array.nodes.source import FromArray
from minidask.expr.blocks import Elsewhere, One, PerBlock, blockwise
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.expr.reduce import Merge, tree


@dataclass(frozen=True)
class Add:
    """Merges blocks by a ufunc, in their order."""

    ufunc: np.ufunc = np.add

    @property
    def __name__(self) -> str:
        return str(self.ufunc.__name__)

    def __call__(self, blocks: Sequence[Any]) -> Any:
        total = blocks[0]
        for at, block in enumerate(blocks[1:]):
            ours = at and type(total) is type(block) is np.ndarray  # the first sum is new, and takes the others
            fits = ours and (total.shape, total.dtype) == (block.shape, block.dtype)
            total = self.ufunc(total, block, out=total) if fits else self.ufunc(total, block)
        return total


class Merged(Called):
    """Partial results `func(*args)` merged along all symbols that the result does not have.

    Symbols of the result that no argument has are of one block. Rules among the arguments have symbols too.

    Fields
    ------
    combine
        Makes one partial result of several.
    aggregate
        Makes the answer of several partial results. None: a partial result is an answer.
    split_every
        How many partial results a task merges.
    divisible
        Whether one call for longer blocks gives the same as several whose results are merged, and needs no more.
    """

    combine: Merge = Add()
    aggregate: Merge | None = None
    split_every: Any = None
    divisible: bool = False


@lower(Merged)
def merge_blocks(node: Merged) -> Node:
    """A task for each block, and a tree above them."""
    given = _whole(node)
    counts = _counts(given, node.indices)
    over = tuple(symbol for symbol, n in counts.items() if symbol not in node.out and n > 1)
    symbols = (*node.out, *over)
    grid = tuple(counts.get(symbol, 1) for symbol in symbols)
    args, reads = [], {}
    for position, (arg, index) in enumerate(zip(given, node.indices)):
        if index is not None and isinstance(arg, PerBlock):
            arg = Elsewhere(arg, One(tuple(symbols.index(s) if s in symbols else None for s in index)))
        elif index is not None:
            reads[position] = follow(index, arg.grid, symbols, grid)
        args.append(arg)
    done = not over and node.aggregate is None
    suffix = "" if done else "-partial"
    name, label = node.name + suffix, node.operation + suffix
    partials = blockwise(node.func, *args, grid=grid, reads=reads, name=name, label=label)
    if done:
        return partials
    last = node.aggregate or node.combine
    axes = range(len(node.out), len(symbols))
    if not over:
        return blockwise(Alone(last), partials, grid=grid, name=node.name, label=node.operation)
    return tree(partials, node.combine, last, axes, name=node.name, split_every=node.split_every, label=node.operation)


def _whole(node: Merged) -> Sequence[Any]:
    """The arguments; of arrays in memory all that is merged in one block each, if that leaves work for all cores."""
    if not node.divisible or prod(node.grid) < 2 * (os.cpu_count() or 1):
        return node.args
    whole = []
    for arg, index in zip(node.args, node.indices):
        if index is not None and set(index) - set(node.out):
            if not isinstance(arg, FromArray):
                return node.args
            arg = arg.replace(sizes=tuple([n if s in node.out else (sum(n),) for s, n in zip(index, arg.chunks)]))
        whole.append(arg)
    return whole


@dataclass(frozen=True)
class Alone:
    """Merges one partial result alone."""

    merge: Merge

    def __call__(self, partial: Any) -> Any:
        return self.merge([partial])


def _counts(args: Sequence[Any], indices: Sequence[Sequence[Hashable] | None]) -> dict[Hashable, int]:
    """How many blocks there are along each symbol."""
    counts: dict[Hashable, int] = {}
    for arg, index in zip(args, indices):
        if index is not None and isinstance(arg, Node):
            for symbol, n in zip(index, arg.grid):
                counts[symbol] = max(n, counts.get(symbol, 1))
    return counts


def sizes_along(args: Sequence[ArrayNode], indices: Sequence[Sequence[Hashable]]) -> Mapping[Hashable, Any]:
    """For each symbol the sizes of the blocks along it, of arrays whose chunks fit."""
    sizes: dict[Hashable, Any] = {}
    for arg, index in zip(args, indices):
        for symbol, found in zip(index, arg.chunks):
            if found != (1,) or symbol not in sizes:
                sizes[symbol] = found
    return sizes
