"""Physical nodes: the only ones that make tasks.

`Blockwise` makes one task a block. How it reads its arguments is told by a *read* for each:

=========== ============================================================ =======================
`One`       one block of the input: along axes, broadcast, or picked     the block
`Box`       a box of neighbouring blocks: a window, a group, all of them the list of blocks
`Explicit`  any blocks, listed                                           the list of blocks
=========== ============================================================ =======================

A Blockwise that reads with `Box` or `Explicit` is what gathers: tree reductions, rechunk, concatenation, overlap
and the merging side of a shuffle. Per-block constants are `PerBlock` rules, so that no node grows with its grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from minidask.expr.grid import Grid, Index, boxes, coordinates, size, strides
from minidask.expr.node import Node, fact

if TYPE_CHECKING:
    from minidask.expr.grid import Integers

Picks = Sequence[int]
"""For each output block along an axis a block of the input: a range, or a tuple."""


class Read:
    """Which blocks of an input a block of the output reads."""

    many = True
    """Whether the function gets a list of blocks, or one block."""

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        """For output blocks (by number) the counts (None: one each) and numbers of the blocks read."""
        raise NotImplementedError

    def through(self, outer: One, grid: Grid, source: Grid) -> Read:
        """The read that first goes through `outer`, from another grid to `grid`, then reads as this one."""
        raise NotImplementedError


@dataclass(frozen=True)
class One(Read):
    """One block of the input.

    Parameters
    ----------
    axes
        For each axis of the input the output axis that it follows; None where it is read at a fixed place.
    picks
        For each axis of the input: None, the block of the same index; a range or tuple, the block
        `picks[i]` for output index i; for a fixed place the one pick (None: 0).
    """

    axes: tuple[int | None, ...]
    picks: tuple[Picks | None, ...] = ()

    many = False

    def pick(self, axis: int) -> Picks | None:
        """The picks along an input axis."""
        return self.picks[axis] if self.picks else None

    def at(self, index: Index) -> Index:
        """The input block for one output block."""
        found = []
        for k, axis in enumerate(self.axes):
            picks = self.pick(k)
            i = 0 if axis is None else index[axis]
            found.append(i if picks is None else picks[i])
        return tuple(found)

    def is_identity(self) -> bool:
        return not any(p is not None for p in self.picks) and self.axes == tuple(range(len(self.axes)))

    def is_injective(self, grid: Grid) -> bool:
        """Whether no two output blocks read the same input block."""
        followed = {a for a in self.axes if a is not None}
        if any(n > 1 and axis not in followed for axis, n in enumerate(grid)):
            return False
        return all(p is None or isinstance(p, range) or len(set(p)) == len(p) for p in self.picks)

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        import numpy as np

        if self.is_identity() and grid == source:
            return None, outputs
        along = coordinates(outputs, grid)
        numbers = np.zeros(len(outputs), dtype=np.int64)
        for k, (axis, stride) in enumerate(zip(self.axes, strides(source))):
            picks = self.pick(k)
            i = np.zeros(1, dtype=np.int64) if axis is None else along[axis]
            numbers += (i if picks is None else _take(picks, i)) * stride
        return None, numbers

    def through(self, outer: One, grid: Grid, source: Grid) -> One:
        if outer.is_identity():
            return self
        axes: list[int | None] = []
        picks: list[Picks | None] = []
        for k, axis in enumerate(self.axes):
            own = self.pick(k)
            if axis is None:
                axes.append(None)
                picks.append(own)
            else:
                axes.append(outer.axes[axis])
                picks.append(_compose(own, outer.pick(axis), fixed=outer.axes[axis] is None))
        return One(tuple(axes), tuple(picks))


@dataclass(frozen=True)
class Box(Read):
    """A box of neighbouring input blocks: along input axis k those from `starts[k][i]` to `stops[k][i]`.

    Parameters
    ----------
    axes
        For each axis of the input the output axis whose index is i; None: i is 0.
    starts, stops
        For each axis of the input the bounds for each i: ranges, or tuples.
    """

    axes: tuple[int | None, ...]
    starts: tuple[Picks, ...]
    stops: tuple[Picks, ...]

    def bounds(self, index: Index) -> tuple[tuple[int, int], ...]:
        """First block and the one after the last, along each input axis, for one output block."""
        at = [0 if a is None else index[a] for a in self.axes]
        return tuple((start[i], stop[i]) for i, start, stop in zip(at, self.starts, self.stops))

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        import numpy as np

        along = coordinates(outputs, grid)
        at = [np.zeros(len(outputs), dtype=np.int64) if a is None else along[a] for a in self.axes]
        starts = [_take(start, i) for i, start in zip(at, self.starts)]
        stops = [_take(stop, i) for i, stop in zip(at, self.stops)]
        return boxes(starts, stops, source, len(outputs))

    def through(self, outer: One, grid: Grid, source: Grid) -> Box:
        if outer.is_identity():
            return self
        axes = tuple(None if a is None else outer.axes[a] for a in self.axes)
        picks = [None if a is None else outer.pick(a) for a in self.axes]
        fixed = [a is not None and outer.axes[a] is None for a in self.axes]
        starts = tuple(_compose(s, p, f) or s for s, p, f in zip(self.starts, picks, fixed))
        stops = tuple(_compose(s, p, f) or s for s, p, f in zip(self.stops, picks, fixed))
        return Box(axes, starts, stops)


@dataclass(frozen=True)
class Explicit(Read):
    """Any blocks: output block i reads the input blocks `inputs(i)`, given and returned as numbers."""

    inputs: Callable[[int], Sequence[int]]

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        import numpy as np

        found = [self.inputs(i) for i in outputs.tolist()]
        counts = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        numbers = np.fromiter((n for numbers in found for n in numbers), dtype=np.int64, count=int(counts.sum()))
        return counts, numbers

    def through(self, outer: One, grid: Grid, source: Grid) -> Read:
        raise NotImplementedError("an Explicit read is never fused through another")


def identity(grid: Grid) -> One:
    """Block i reads block i."""
    return One(tuple(range(len(grid))))


def broadcast(source: Grid, grid: Grid) -> One:
    """As NumPy broadcasts: trailing axes meet, and axes of one block serve all.

    Examples
    --------
    >>> broadcast((1, 3), (2, 4, 3)).axes
    (None, 2)
    """
    offset = len(grid) - len(source)
    return One(tuple(None if n == 1 and grid[k + offset] != 1 else k + offset for k, n in enumerate(source)))


def everything(source: Grid) -> Box:
    """The only output block reads all blocks.

    Examples
    --------
    >>> everything((2, 3)).bounds(())
    ((0, 2), (0, 3))
    """
    return Box((None,) * len(source), tuple((0,) for _ in source), tuple((n,) for n in source))


def _take(picks: Picks, at: Integers) -> Integers:
    import numpy as np

    if isinstance(picks, range):
        return picks.start + picks.step * at
    return np.asarray(picks, dtype=np.int64)[at]


def _compose(inner: Picks | None, outer: Picks | None, fixed: bool) -> Picks | None:
    """`inner` at the places that `outer` picks; `fixed`: the outer read stands still."""
    if outer is None:
        if not fixed:
            return inner
        outer = (0,)
    if inner is None:
        return outer
    if isinstance(inner, range) and isinstance(outer, range):
        start, step = inner.start + inner.step * outer.start, inner.step * outer.step
        return range(start, start + step * len(outer), step)
    return tuple([inner[i] for i in outer])


class PerBlock:
    """A constant that differs from block to block, told by a rule: an argument of a Blockwise.

    Subclasses are small and picklable; the scheduler's side calls `block`, the task gets its result.
    """

    def block(self, index: Index) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class BlockIndex(PerBlock):
    """The index of the block itself."""

    def block(self, index: Index) -> Index:
        return index


@dataclass(frozen=True)
class Elsewhere(PerBlock):
    """Another rule at the place that `read` picks: what a rule becomes when its node is fused."""

    rule: PerBlock
    read: One

    def block(self, index: Index) -> Any:
        return self.rule.block(self.read.at(index))


class Physical(Node):
    """Base of the nodes that make tasks. They are named by the logical node whose blocks they make."""

    @property
    def summary(self) -> str:
        return ""

    def sources(self, outputs: Integers) -> list[tuple[Physical, Integers | None, Integers]]:
        """For output blocks, by number: for each node argument, node, counts (None: one each) and numbers."""
        return []


class Blockwise(Physical):
    """One task a block: `func(*args, **kwargs)`.

    Fields
    ------
    func
        Called with, for each of `args`, the block or blocks that its read tells, or the constant.
    args
        Nodes, `PerBlock` rules, and literals.
    reads
        For each argument that is a node its `Read`; None for the others.
    blocks
        The grid.
    kwargs
        Literals.
    label
        What a person would call it.
    recompute
        "always": making a block again costs nothing (views, ones); "late": it costs less than keeping the block
        for long (slices of a file); "": neither.
    cheap
        Whether it takes no more than a pass over the block: may be fused also where the grid has one block.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    reads: tuple[Read | None, ...]
    blocks: Grid
    kwargs: Mapping[str, Any] = {}
    label: str = ""
    recompute: str = ""
    cheap: bool = False

    @property
    def operation(self) -> str:
        return self.label or function_name(self.func)

    @property
    def grid(self) -> Grid:
        return self.blocks

    @property
    def summary(self) -> str:
        steps = getattr(self.func, "steps", ())
        return " > ".join(step.label for step in steps[:8]) + (" > ..." if len(steps) > 8 else "")

    @fact
    def inputs(self) -> tuple[tuple[Node, Read], ...]:
        """The arguments that are nodes, with their reads."""
        return tuple((a, r) for a, r in zip(self.args, self.reads) if r is not None)

    def sources(self, outputs: Integers) -> list[tuple[Physical, Integers | None, Integers]]:
        return [(node, *read.sources(outputs, self.blocks, node.grid)) for node, read in self.inputs]  # type: ignore[misc]


def blockwise(
    func: Callable[..., Any],
    *args: Any,
    grid: Grid,
    reads: Mapping[int, Read] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    name: str,
    label: str = "",
    recompute: str = "",
    cheap: bool = False,
) -> Blockwise:
    """A Blockwise whose node arguments broadcast over the grid, but for those (by position) with a read."""
    reads = reads or {}
    found = tuple(
        (reads.get(i) or broadcast(a.grid, grid)) if isinstance(a, Node) else None for i, a in enumerate(args)
    )
    return Blockwise.named(name, func, args, found, grid, kwargs or {}, label, recompute, cheap)


def gather(
    func: Callable[..., Any],
    source: Node,
    read: Read,
    *args: Any,
    grid: Grid,
    kwargs: Mapping[str, Any] | None = None,
    name: str,
    label: str = "",
) -> Blockwise:
    """A Blockwise whose block i is `func([the blocks of source that read tells], *args, **kwargs)`."""
    reads = (read, *(None for _ in args))
    return Blockwise.named(name, func, (source, *args), reads, grid, kwargs or {}, label)


class Blocks(Physical):
    """Values already made: persisted blocks, or literals, in C order of the grid."""

    values: tuple[Any, ...]
    blocks: Grid

    @property
    def operation(self) -> str:
        return "blocks"

    @property
    def grid(self) -> Grid:
        return self.blocks

    @fact
    def checked(self) -> bool:
        if len(self.values) != size(self.blocks):
            raise ValueError(f"{len(self.values)} values for a grid {self.blocks} of {size(self.blocks)} blocks")
        return True


class Beside(Physical):
    """Nodes laid side by side. It makes no tasks: its blocks are theirs.

    Fields
    ------
    parts
        Nodes whose grids differ along `axis` only; or, if `stacked`, not at all.
    axis
        Along which axis of the grid they lie.
    stacked
        Whether the axis is a new one, along which each part has one block.

    Examples
    --------
    >>> one, two = Blocks((1,), (1,)), Blocks((2, 3), (2,))
    >>> Beside((one, two)).grid, Beside((two, two), 0, stacked=True).grid
    ((3,), (2, 2))
    """

    parts: tuple[Node, ...]
    axis: int = 0
    stacked: bool = False

    @fact
    def bounds(self) -> tuple[int, ...]:
        """Where along the axis each part begins, and where the last one ends."""
        lengths = (1 if self.stacked else part.grid[self.axis] for part in self.parts)
        return tuple(accumulate(lengths, initial=0))

    @fact
    def rest(self) -> Grid:
        """The grid without the axis."""
        grids = {part.grid if self.stacked else _without(part.grid, self.axis) for part in self.parts}
        if len(grids) != 1:
            raise ValueError(f"the parts have different grids: {[part.grid for part in self.parts]}")
        return grids.pop()

    @property
    def grid(self) -> Grid:
        return (*self.rest[: self.axis], self.bounds[-1], *self.rest[self.axis :])

    def places(self, numbers: Integers) -> tuple[Integers, Integers]:
        """For blocks, by number, which part each belongs to, and its number there."""
        import numpy as np

        bounds = np.asarray(self.bounds)
        inner = size(self.rest[self.axis :])
        along = numbers // inner % self.bounds[-1]
        part = bounds.searchsorted(along, side="right") - 1
        outer = numbers // (inner * self.bounds[-1])
        return part, (outer * np.diff(bounds)[part] + along - bounds[part]) * inner + numbers % inner

    def sources(self, outputs: Integers) -> list[tuple[Physical, Integers | None, Integers]]:
        import numpy as np

        part, numbers = self.places(outputs)
        order = part.argsort(kind="stable")
        which, first = np.unique(part[order], return_index=True)
        groups = np.split(numbers[order], first[1:])
        return [(self.parts[i], None, group) for i, group in zip(which.tolist(), groups)]

    @property
    def operation(self) -> str:
        return "beside"


def _without(grid: Grid, axis: int) -> Grid:
    return (*grid[:axis], *grid[axis + 1 :])


class Tasks(Physical):
    """An explicit dict of tasks in the plain form: a person's own graph, or a recipe of linear algebra.

    Fields
    ------
    tasks
        Key to task, as in `Graph.from_dict`. Keys of other nodes' blocks are not known in it.
    outputs
        The keys that are the blocks, in C order of the grid.
    inputs
        Nodes whose blocks the tasks read; in `tasks` a key `(input number, *block index)` stands for one.
    """

    tasks: Mapping[Any, Any]
    outputs: tuple[Any, ...]
    blocks: Grid
    inputs: tuple[Node, ...] = ()

    def sources(self, outputs: Integers) -> list[tuple[Physical, Integers | None, Integers]]:
        import numpy as np

        return [(node, None, np.arange(size(node.grid))) for node in self.inputs]  # type: ignore[misc]

    @property
    def operation(self) -> str:
        return "tasks"

    @property
    def grid(self) -> Grid:
        return self.blocks


def function_name(func: Any) -> str:
    """What a person would call a function."""
    while hasattr(func, "func") and not hasattr(func, "__name__"):
        func = func.func
    return str(getattr(func, "__name__", None) or type(func).__name__).strip("<>").lower()
