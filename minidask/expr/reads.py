"""Reads: which blocks of an input a block of the output reads.

=========== ============================================================ =======================
`One`       one block of the input: along axes, broadcast, or picked     the block
`Box`       a box of neighbouring blocks: a window, a group, all of them the list of blocks
`Explicit`  any blocks, listed                                           the list of blocks
`Numbered`  the one of the same number in C order                        the block
=========== ============================================================ =======================

Of many blocks a read may want *parts*: for each block a key, and the function gets the list of `block[key]`. Then no
more than the parts need to be where the function runs: those of blocks on disk are read alone, and those of blocks on
another machine travel alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from minidask.expr.grid import Grid, Index, boxes, coordinates, size, strides
from minidask.expr.rules import Elsewhere, OwnNumber, PerBlock, Readers

if TYPE_CHECKING:
    from minidask.expr.grid import Integers

Picks = Sequence[int]
"""For each output block along an axis a block of the input: a range, or a tuple."""


class Read:
    """Which blocks of an input a block of the output reads."""

    many = True
    """Whether the function gets a list of blocks, or one block."""
    part: PerBlock | None = None
    """For each output block the keys of the parts that it takes, one for each block that it reads; None: takes all."""
    share: float = 1.0
    """What the parts are of the blocks, about."""

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

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:  # fusion asks for it several times a node
        return hash((self.axes, self.picks))

    def __reduce__(self) -> tuple[Any, ...]:  # without the hash, which is another one in another process
        return One, (self.axes, self.picks)

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

    @cached_property
    def is_identity(self) -> bool:
        """Whether each block is read by the one of the same index."""
        return self.axes == tuple(range(len(self.axes))) and not any(p is not None for p in self.picks)

    def is_injective(self, grid: Grid) -> bool:
        """Whether no two output blocks read the same input block."""
        if size(grid) <= 1 or (self.is_identity and len(grid) == len(self.axes)):
            return True
        followed = {a for a in self.axes if a is not None}
        if any(n > 1 and axis not in followed for axis, n in enumerate(grid)):
            return False
        return all(p is None or isinstance(p, range) or len(set(p)) == len(p) for p in self.picks)

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        import numpy as np

        if self.is_identity and grid == source:
            return None, outputs
        along = coordinates(outputs, grid)
        numbers = np.zeros(len(outputs), dtype=np.int64)
        for k, (axis, stride) in enumerate(zip(self.axes, strides(source))):
            picks = self.pick(k)
            i = np.zeros(1, dtype=np.int64) if axis is None else along[axis]
            numbers += (i if picks is None else _take(picks, i)) * stride
        return None, numbers

    def through(self, outer: One, grid: Grid, source: Grid) -> One:
        if outer.is_identity:
            return self
        if self.is_identity and len(self.axes) == len(outer.axes):
            return outer
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
        return One(tuple(axes), tuple(picks) if any(p is not None for p in picks) else ())


@dataclass(frozen=True)
class Box(Read):
    """A box of neighbouring input blocks: along input axis k those from `starts[k][i]` to `stops[k][i]`.

    Parameters
    ----------
    axes
        For each axis of the input the output axis whose index is i; None: i is 0.
    starts, stops
        For each axis of the input the bounds for each i: ranges, or tuples.
    part, share
        As of any read.
    """

    axes: tuple[int | None, ...]
    starts: tuple[Picks, ...]
    stops: tuple[Picks, ...]
    part: PerBlock | None = None
    share: float = 1.0

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
        if outer.is_identity:
            return self
        axes = tuple(None if a is None else outer.axes[a] for a in self.axes)
        picks = [None if a is None else outer.pick(a) for a in self.axes]
        fixed = [a is not None and outer.axes[a] is None for a in self.axes]
        starts = tuple(_compose(s, p, f) or s for s, p, f in zip(self.starts, picks, fixed))
        stops = tuple(_compose(s, p, f) or s for s, p, f in zip(self.stops, picks, fixed))
        part = None if self.part is None else Elsewhere(self.part, outer)
        return Box(axes, starts, stops, part, self.share)


@dataclass(frozen=True)
class Explicit(Read):
    """Any blocks: output block i reads the input blocks `inputs(i)`, given and returned as numbers."""

    inputs: Callable[[int], Sequence[int]]
    part: PerBlock | None = None
    share: float = 1.0

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        import numpy as np

        found = [self.inputs(i) for i in outputs.tolist()]
        counts = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        numbers = np.fromiter((n for numbers in found for n in numbers), dtype=np.int64, count=int(counts.sum()))
        return counts, numbers

    def through(self, outer: One, grid: Grid, source: Grid) -> Read:
        return Through(self, outer, grid)


@dataclass(frozen=True)
class Numbered(Read):
    """The block of the same number in C order; the grids differ, but not in how many blocks they have."""

    many = False

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        return None, outputs

    def through(self, outer: One, grid: Grid, source: Grid) -> Read:
        return Through(self, outer, grid)


@dataclass(frozen=True)
class Through(Read):
    """A read that first goes through another, from some grid to `grid`."""

    inner: Read
    outer: One
    grid: Grid

    @property
    def many(self) -> bool:  # type: ignore[override]
        return self.inner.many

    @property
    def part(self) -> PerBlock | None:  # type: ignore[override]
        return None if self.inner.part is None else Elsewhere(self.inner.part, self.outer)

    @property
    def share(self) -> float:  # type: ignore[override]
        return self.inner.share

    def sources(self, outputs: Integers, grid: Grid, source: Grid) -> tuple[Integers | None, Integers]:
        return self.inner.sources(self.outer.sources(outputs, grid, self.grid)[1], self.grid, source)

    def through(self, outer: One, grid: Grid, source: Grid) -> Read:
        return Through(self, outer, grid)


@lru_cache(maxsize=1024)
def identity(grid: Grid) -> One:
    """Block i reads block i."""
    return One(tuple(range(len(grid))))


@lru_cache(maxsize=1024)
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


def exchanged(source: Grid, count: int) -> Box:
    """Each of `count` output blocks reads, of all blocks, the item of its own number.

    Examples
    --------
    >>> exchanged((2,), 3).part.block((1,))
    (1, 1)
    """
    return replace(everything(source), part=OwnNumber(size(source)), share=1 / count)


def readers(starts: Sequence[int], stops: Sequence[int], count: int) -> Readers:
    """Along an axis, which output blocks read each of `count` input blocks: from the first up to that after the last.

    Parameters
    ----------
    starts, stops
        For each output block which input blocks it reads, as those of a `Box`; neither ever falls.

    Examples
    --------
    >>> readers((0, 0, 1), (1, 2, 2), 2)
    ((0, 2), (1, 3))
    """
    return tuple([(bisect_right(stops, k), bisect_right(starts, k)) for k in range(count)])


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
