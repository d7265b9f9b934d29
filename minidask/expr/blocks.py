"""Physical nodes: the only ones that make tasks.

`Blockwise` makes one task a block. How it reads its arguments is told by a *read* for each:

=========== ============================================================ =======================
`One`       one block of the input: along axes, broadcast, or picked     the block
`Box`       a box of neighbouring blocks: a window, a group, all of them the list of blocks
`Explicit`  any blocks, listed                                           the list of blocks
`Numbered`  the one of the same number in C order                        the block
=========== ============================================================ =======================

A Blockwise that reads with `Box` or `Explicit` is what gathers: tree reductions, rechunk, concatenation, overlap
and the merging side of a shuffle. Per-block constants are `PerBlock` rules, so that no node grows with its grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from minidask.expr.grid import Grid, size
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact, late_fact
from minidask.expr.reads import Box as Box
from minidask.expr.reads import Explicit as Explicit
from minidask.expr.reads import Numbered as Numbered
from minidask.expr.reads import One as One
from minidask.expr.reads import Picks as Picks
from minidask.expr.reads import Read as Read
from minidask.expr.reads import broadcast as broadcast
from minidask.expr.reads import everything as everything
from minidask.expr.reads import exchanged as exchanged
from minidask.expr.reads import identity as identity
from minidask.expr.reads import readers as readers
from minidask.expr.rules import BlockIndex as BlockIndex
from minidask.expr.rules import Elsewhere as Elsewhere
from minidask.expr.rules import OwnParts as OwnParts
from minidask.expr.rules import PerBlock as PerBlock
from minidask.expr.rules import Readers as Readers
from minidask.task import value

if TYPE_CHECKING:
    from minidask.expr.grid import Integers
    from minidask.expr.together import Together


class Made(NamedTuple):
    """The values of which a task makes blocks."""

    result: Node | None
    """Of which it makes the block of its own index; None: nobody knows its size."""
    between: tuple[tuple[Node, One], ...] = ()
    """Those that it lets go again, with the block of each that it makes."""


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
    together
        Makes one function of the program of this and other calls that have the same one (`expr/together.py`).
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    reads: tuple[Read | None, ...]
    blocks: Grid
    kwargs: Mapping[str, Any] = {}
    label: str = ""
    recompute: str = ""
    cheap: bool = False
    together: Together | None = None

    makes: ClassVar[Made] = Made(None)
    """What the tasks make: the scheduler wants to know how much memory that takes."""
    brief: ClassVar[bool] = False
    """Whether the tasks are known to take hardly any time."""

    def tell(self, makes: Made, brief: bool = False) -> None:
        """Enter what the tasks make; once, by who has made this node."""
        self.__dict__.update(makes=makes, brief=brief)

    @classmethod
    def children_in(cls, fields: Mapping[str, Any]) -> tuple[Node, ...]:
        return tuple([a for a, r in zip(fields["args"], fields["reads"]) if r is not None])

    @property
    def operation(self) -> str:
        return self.label or function_name(self.func)

    @property
    def grid(self) -> Grid:
        return self.blocks

    @property
    def summary(self) -> str:
        labels = list(islice(_labels(self.func), 9))
        return " > ".join(labels[:8]) + (" > ..." if len(labels) > 8 else "")

    @late_fact
    def inputs(self) -> tuple[tuple[Node, Read], ...]:
        """The arguments that are nodes, with their reads."""
        return tuple([(a, r) for a, r in zip(self.args, self.reads) if r is not None])

    def sources(self, outputs: Integers) -> list[tuple[Physical, Integers | None, Integers]]:
        return [(node, *read.sources(outputs, self.blocks, node.grid)) for node, read in self.inputs]  # type: ignore[misc]

    def with_children(self, new: Callable[[Node], Node]) -> Blockwise:
        copy = object.__new__(type(self))  # not by the constructor: each pass of the optimizer does this for each node
        state = copy.__dict__
        state.update(self.__dict__)
        state["args"] = tuple([a if r is None else new(a) for a, r in zip(self.args, self.reads)])
        state["children"] = self.children_in(state)
        state.pop("inputs", None)
        return copy


def _labels(func: Any) -> Iterator[str]:
    """What a person would call the steps of a fused function; nothing for another one."""
    for step in getattr(func, "steps", ()):
        inner = list(_labels(step.func))
        yield from inner or [step.label]


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
    together: Together | None = None,
) -> Blockwise:
    """A Blockwise whose node arguments broadcast over the grid, but for those (by position) with a read."""
    reads = reads or {}
    found = tuple(
        [(reads.get(i) or broadcast(a.grid, grid)) if isinstance(a, Node) else None for i, a in enumerate(args)]
    )
    return Blockwise.named(name, func, args, found, grid, kwargs or {}, label, recompute, cheap, together)


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
    """A Blockwise whose block i is `func([the blocks of source that read tells, or parts], *args, **kwargs)`."""
    reads = (read, *(None for _ in args))
    return Blockwise.named(name, func, (source, *args), reads, grid, kwargs or {}, label)


class Blocks(Physical):
    """Values already made: literals, or persisted blocks, which may rest in a store; in C order of the grid."""

    values: tuple[Any, ...]
    blocks: Grid

    @property
    def operation(self) -> str:
        return "blocks"

    @property
    def opened(self) -> tuple[Any, ...]:
        """The values themselves."""
        return tuple(map(value, self.values))

    @property
    def grid(self) -> Grid:
        return self.blocks

    @fact
    def checked(self) -> bool:
        if len(self.values) != size(self.blocks):
            raise ValueError(f"{len(self.values)} values for a grid {self.blocks} of {size(self.blocks)} blocks")
        return True


class Literal(Blocks):
    """A value that is named by what it is."""

    def token(self) -> str:
        return tokenize(*self.values)


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
    while (name := getattr(func, "__name__", None)) is None and hasattr(func, "func"):
        func = func.func
    return str(name or type(func).__name__).strip("<>").lower()


def unchanged(block: Any) -> Any:
    """What a task gives that only reads, brings or keeps a block."""
    return block
