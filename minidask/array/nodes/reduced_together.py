"""Several reductions of one array over the same axes, by the same tasks: each block is read once.

For example the mean and the standard deviation of the columns; these two even share their partial results.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.reduction import Axes, Last, Partial, Reducer, Reduction, in_one_block
from minidask.array.nodes.tiled import Tiled
from minidask.expr.blocks import One, blockwise
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, as_of, fact
from minidask.expr.pipeline import lower, needs
from minidask.expr.reduce import tree
from minidask.expr.rewrite import substitute, topological
from minidask.kernels.tiles import Fresh, by_tiles


class Together(Node):
    """The partial results of several reductions, merged: the blocks are tuples of them.

    Fields
    ------
    source, axes, split_every, mask
        As of each `Reduction`.
    rows
        For each partial result how it is made, and the keywords.
    """

    source: ArrayNode
    rows: tuple[tuple[Reducer, Mapping[str, Any]], ...]
    axes: Axes
    split_every: Any
    mask: ArrayNode | None

    @property
    def operation(self) -> str:
        return "-".join(how.name for how, _ in self.rows)

    @fact
    def grid(self) -> tuple[int, ...]:
        return tuple(1 if axis in self.axes else n for axis, n in enumerate(self.source.grid))


class Answer(ArrayNode):
    """What one of several reductions comes to.

    Fields
    ------
    source
        Has the partial results.
    row
        Which of them.
    how, options, keepdims
        As of the `Reduction`.
    sizes, empty
        Its chunks and meta.
    """

    source: Together
    row: int
    how: Reducer
    options: Mapping[str, Any]
    keepdims: bool
    sizes: Chunks
    empty: Any

    @property
    def operation(self) -> str:
        return self.how.name

    @fact
    def chunks(self) -> Chunks:
        return self.sizes

    @fact
    def meta(self) -> Any:
        return self.empty


@needs
def reduce_together(roots: Sequence[Node]) -> list[Node]:
    """Reductions that can be done by the same tasks are."""
    order = topological(roots)
    alike: dict[Hashable, list[Reduction]] = defaultdict(list)
    for node in order:
        if isinstance(node, Reduction) and not node.how.placed and not in_one_block(node):
            alike[_common(node)].append(node)
    groups = {node: group for group in alike.values() if len(group) > 1 for node in group}
    results: dict[Node, Node] = {}
    for node in order if groups else ():
        new = substitute(node, results)
        results[node] = _answer(node, new, groups[node]) if node in groups else new  # type: ignore[arg-type]
    return [results.get(root, root) for root in roots]


def _common(node: Reduction) -> Hashable:
    """What reductions that are done together have in common."""
    return node.source, node.axes, node.mask, str(node.split_every), str(node.annotations)


def _answer(node: Reduction, new: Reduction, group: Sequence[Reduction]) -> Answer:
    """What stands for a reduction, given that over the new forms of its children."""
    makers: dict[str, Reduction] = {}
    for other in group:
        maker = makers.setdefault(_kin(other), other)
        if other.how.rank > maker.how.rank:
            makers[_kin(other)] = other
    rows = tuple((maker.how, _of_partials(maker)) for maker in makers.values())
    with as_of(node):
        source = Together(new.source, rows, node.axes, node.split_every, new.mask)
        row = list(makers).index(_kin(node))
        return Answer(source, row, node.how, node.options, node.keepdims, node.chunks, node.meta)


def _kin(node: Reduction) -> str:
    """What tells whose partial results serve for each other."""
    return tokenize(node.how.kin or node.how, _of_partials(node))


def _of_partials(node: Reduction) -> dict[str, Any]:
    """The options without those that only the answer depends on."""
    return {name: value for name, value in node.options.items() if name not in node.how.late}


@lower(Together)
def together_to_tree(node: Together) -> Node:
    """Partial results of all blocks, merged as a tree."""
    partials = Partials(tuple(Partial(how, node.axes, options, node.mask is not None) for how, options in node.rows))
    args = (node.source,) if node.mask is None else (node.source, node.mask)
    label = node.operation
    first = blockwise(
        partials, *args, grid=node.source.grid, name=f"{node.name}-partial", label=f"{label}-partial", together=Tiled
    )
    how: dict[str, Any] = {"name": node.name, "keepdims": True, "split_every": node.split_every, "label": label}
    return tree(first, partials.merge, partials.merge, node.axes, **how)


@lower(Answer)
def answer_of_partials(node: Answer) -> Node:
    """From its row."""
    source = node.source
    kept = [axis for axis in range(len(source.grid)) if node.keepdims or axis not in source.axes]
    read = One(tuple(kept.index(axis) if axis in kept else None for axis in range(len(source.grid))))
    last = Last(node.how.aggregate, node.dtype, node.keepdims)
    func = FromRow(node.row, last, source.axes, node.options)
    return blockwise(func, source, grid=node.grid, reads={0: read}, name=node.name, label=node.operation)


@dataclass(frozen=True)
class Partials:
    """Makes the partial results of a block."""

    rows: tuple[Partial, ...]

    @property
    def __name__(self) -> str:
        return "-".join(row.__name__ for row in self.rows)

    @property
    def axes(self) -> Axes:
        """Those that are reduced."""
        return self.rows[0].axes

    def __call__(self, *block: Any) -> tuple[Any, ...]:
        made: tuple[Any, ...] = by_tiles(self._of, block, self, lambda: Fresh(self._of, self._stacked))
        return made

    def _of(self, *block: Any) -> tuple[Any, ...]:
        return tuple([row(*block) for row in self.rows])

    def _stacked(self, *stack: Any) -> list[tuple[Any, ...]] | None:
        """Of several blocks at once, where one pass is enough."""
        made = self.rows[0].stacked(*stack) if len(self.rows) == 1 else None
        return [(row,) for row in made] if made else None

    def merge(self, partials: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        """One of each kind, of those of several blocks."""
        return tuple([row.merge(list(column)) for row, column in zip(self.rows, zip(*partials))])


@dataclass(frozen=True)
class FromRow:
    """The answer that one of the partial results comes to."""

    row: int
    last: Last
    axes: Axes
    options: Mapping[str, Any]

    @property
    def __name__(self) -> str:
        return "answer"

    def __call__(self, merged: tuple[Any, ...]) -> Any:
        return self.last.answer(merged[self.row], self.axes, self.options)
