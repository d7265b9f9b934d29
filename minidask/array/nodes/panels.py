"""Matrices worked on as panels: some columns of all rows each.

A factorization eliminates one panel after the other; each is first brought up to date by all that are eliminated
already. What it made of the panels is then swept over other columns: right-hand sides, or the identity.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, NamedTuple

from minidask.array.chunks import Sizes, even
from minidask.array.node import ArrayNode, SameChunks
from minidask.array.nodes.rechunk import rechunk
from minidask.expr.blocks import Tasks
from minidask.expr.grid import Grid
from minidask.expr.node import Node
from minidask.expr.pipeline import lower

NARROWEST = 64
"""Columns of a panel, where the blocks of an array are smaller."""


class Factorization(NamedTuple):
    """How panels are eliminated. Their diagonal begins in row `start`.

    Parameters
    ----------
    name
        What a person calls it.
    factor
        `factor(panel, start)` eliminates a panel.
    update
        `update(factor, panel, start, at)` brings a later panel, whose diagonal begins in row `at`, up to date.
    """

    name: str
    factor: Callable[..., Any]
    update: Callable[..., Any]


class Factored(Node):
    """What elimination made of each panel.

    Fields
    ------
    source
        A matrix of one block of rows, with as many rows as columns at least.
    how
        The functions that do it.
    """

    source: ArrayNode
    how: Factorization

    @property
    def operation(self) -> str:
        return self.how.name

    @property
    def grid(self) -> Grid:
        return (self.source.grid[1],)

    @property
    def widths(self) -> Sizes:
        """The columns of each panel."""
        return self.source.chunks[1]


class Swept(SameChunks):
    """Columns after a step for each panel of a factorization, one after the other.

    Fields
    ------
    source
        A matrix of one block of rows.
    factors
        A node of one block for each panel.
    widths
        The columns of the panels.
    step
        `step(factor, columns, start)` gives the columns after a step.
    backwards
        Whether the last panel comes first.
    """

    factors: Node
    widths: Sizes
    step: Callable[..., Any]
    backwards: bool = False

    @property
    def operation(self) -> str:
        return str(self.step.__name__).replace("_", "-")

    @property
    def summary(self) -> str:
        return f"{len(self.widths)} panels"


@lower(Factored)
def factor_panels(node: Factored) -> Node:
    """A task for each panel, and one for each that it has to be brought up to date with."""
    starts = tuple(accumulate(node.widths, initial=0))
    factor, update = f"{node.operation}-factor", f"{node.operation}-update"
    tasks: dict[Any, Any] = {}
    for j in range(node.grid[0]):
        panel: Any = (0, 0, j)
        for k in range(j):
            tasks[update, j, k] = (node.how.update, (factor, k), panel, starts[k], starts[j])
            panel = (update, j, k)
        tasks[factor, j] = (node.how.factor, panel, starts[j])
    outputs = tuple((factor, j) for j in range(node.grid[0]))
    return Tasks.named(node.name, tasks, outputs, node.grid, (node.source,))


@lower(Swept)
def sweep_columns(node: Swept) -> Node:
    """For each block of columns a task for each panel."""
    starts = tuple(accumulate(node.widths, initial=0))
    numbers = range(len(node.widths))
    before = (0,) * (len(node.factors.grid) - 1)
    tasks: dict[Any, Any] = {}
    outputs = []
    for j in range(node.grid[1]):
        columns: Any = (0, 0, j)
        for k in reversed(numbers) if node.backwards else numbers:
            tasks[node.operation, j, k] = (node.step, (1, *before, k), columns, starts[k])
            columns = (node.operation, j, k)
        outputs.append(columns)
    return Tasks.named(node.name, tasks, tuple(outputs), node.grid, (node.source, node.factors))


def panels(node: ArrayNode, columns: int | None = None) -> ArrayNode:
    """A matrix as panels that are about as large as its blocks are.

    Parameters
    ----------
    columns
        How many of them are eliminated: others are in panels of their own. Default: all.
    """
    rows, total = node.shape
    columns = total if columns is None else columns
    width = panel_width(node)
    sizes = even(columns, width) + (even(total - columns, width) if total > columns else ())
    return rechunk(node, ((rows,), sizes))


def panel_width(node: ArrayNode) -> int:
    """The columns of a panel that is about as large as the blocks of a matrix."""
    largest = max(node.chunks[0]) * max(node.chunks[1])
    return max(NARROWEST, largest // max(node.shape[0], 1))
