"""Basic slicing: ranges of places along axes, and single places, which drop their axis."""

from __future__ import annotations

from typing import Any

from minidask.array.chunks import Chunks, Sizes, place, slice_sizes, sliced
from minidask.array.node import ArrayNode, as_meta, meta_of
from minidask.array.nodes.sizes import known
from minidask.expr.blocks import One, PerBlock, Picks, blockwise
from minidask.expr.grid import Index
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.kernels.arrays import cut

Places = range | int | None
"""Along an axis: the places taken, one that drops the axis, or None for all."""


class Slice(ArrayNode):
    """Some places of an array.

    Fields
    ------
    source
        The array.
    index
        For each axis which places; all within it.
    """

    source: ArrayNode
    index: tuple[Places, ...]

    @property
    def operation(self) -> str:
        return "getitem"

    @fact
    def chunks(self) -> Chunks:
        axes = zip(self.source.chunks, self.index)
        return tuple(_sizes(sizes, places) for sizes, places in axes if not isinstance(places, int))

    @fact
    def meta(self) -> Any:
        meta = self.source.meta
        kept = len(self.chunks)
        return meta if kept == meta.ndim else as_meta(meta, kept) if kept else _scalar(meta)

    @property
    def spaces(self) -> tuple[Any, ...]:
        kept = zip(self.source.spaces, self.index)
        return tuple(space for space, places in kept if not isinstance(places, int))


def _sizes(sizes: Sizes, places: range | None) -> Sizes:
    return sizes if places is None else slice_sizes(sizes, places)


def _scalar(meta: Any) -> Any:
    return meta_of(meta.dtype, 0)


def slice_node(node: ArrayNode, index: tuple[Any, ...]) -> ArrayNode:
    """The places that slices and integers tell, one for each axis. Sizes that they depend on are counted.

    Raises
    ------
    IndexError
        An integer is out of bounds.
    """
    if any(node.shape[axis] is None and key != slice(None) for axis, key in enumerate(index)):
        node = known(node)
    places = tuple(_places(key, size, axis) for axis, (key, size) in enumerate(zip(index, node.shape)))
    return node if all(p is None for p in places) else Slice(node, places)


def _places(key: Any, size: Any, axis: int) -> Places:
    if not isinstance(key, slice):
        return _at(int(key.__index__()), size, axis)
    if key == slice(None):
        return None
    places = normal(range(size)[key])
    return None if places == range(size) else places


def _at(i: int, size: int, axis: int) -> int:
    if not -size <= i < size:
        raise IndexError(f"index {i} is out of bounds for axis {axis} with size {size}")
    return i % size


def normal(places: range) -> range:
    """The same places as the range that equal ones share.

    Examples
    --------
    >>> normal(range(0, 9, 4)), normal(range(5, 2))
    (range(0, 12, 4), range(0, 0))
    """
    if not places:
        return range(0)
    return range(places.start, places.start + len(places) * places.step, places.step)


class Locals(PerBlock):
    """For each new block what is taken of the old one."""

    def __init__(self, cuts: tuple[tuple[slice, ...] | int | None, ...]) -> None:
        self.cuts = cuts

    def block(self, index: Index) -> tuple[slice | int, ...]:
        at = iter(index)
        return tuple([c if isinstance(c, int) else _cut(c, next(at)) for c in self.cuts])


def _cut(cuts: tuple[slice, ...] | None, i: int) -> slice:
    return slice(None) if cuts is None else cuts[i]


@lower(Slice)
def slice_to_blockwise(node: Slice) -> Node:
    """Only blocks of which something is taken are read; each new block is cut out of one."""
    axes: list[int | None] = []
    picks: list[Picks | None] = []
    cuts: list[tuple[slice, ...] | int | None] = []
    for sizes, places in zip(node.source.chunks, node.index):
        if isinstance(places, int):
            block, at = place(sizes, places)
            axes.append(None)
            picks.append((block,))
            cuts.append(at)
            continue
        axes.append(sum(a is not None for a in axes))
        plan = None if places is None else sliced(sizes, places)
        picks.append(plan and plan.picks)
        cuts.append(plan and plan.cuts)
    read, args = One(tuple(axes), tuple(picks)), (node.source, Locals(tuple(cuts)))
    return blockwise(cut, *args, grid=node.grid, reads={0: read}, name=node.name, label="getitem", cheap=True)


def compose(outer: Places, inner: Places) -> Places:
    """The places `outer` of those that `inner` takes.

    Examples
    --------
    >>> compose(range(1, 3), range(10, 20, 2)), compose(2, range(10, 20, 2))
    (range(12, 16, 2), 14)
    """
    if outer is None or inner is None:
        return inner if outer is None else outer
    assert isinstance(inner, range)
    if isinstance(outer, int):
        return inner[outer]
    if not outer:
        return range(0)
    step = inner.step * outer.step
    start = inner[outer.start]
    return range(start, start + step * len(outer), step)
