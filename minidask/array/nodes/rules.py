"""Rules between two kinds of array nodes. None changes the chunks: they are counted on."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import cast

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.creation import Filled
from minidask.array.nodes.elementwise import Elementwise
from minidask.array.nodes.manipulation import Transpose
from minidask.array.nodes.rechunk import Rechunk, rechunk
from minidask.array.nodes.reduction import Reduction
from minidask.array.nodes.sizes import SizesOf
from minidask.array.nodes.slicing import Places, Slice, compose
from minidask.array.nodes.source import FromSource, Region
from minidask.expr.node import Node
from minidask.expr.pipeline import push_down, simplify


@simplify(Slice)
def slice_of_slice(node: Slice) -> Node | None:
    """One slice does for two."""
    inner = node.source
    if not isinstance(inner, Slice):
        return None
    outer = iter(node.index)
    index = tuple(places if isinstance(places, int) else compose(next(outer), places) for places in inner.index)
    return same_chunks(node, Slice(inner.source, index))


@simplify(Slice)
def slice_of_constant(node: Slice) -> Node | None:
    """A constant is as well made smaller."""
    return node.source.replace(sizes=node.chunks) if isinstance(node.source, Filled) else None


@push_down(Slice)
def slice_through_elementwise(node: Slice) -> Node | None:
    """Fewer elements are worked on."""
    inner = node.source
    if not isinstance(inner, Elementwise):
        return None
    args = tuple(sliced_argument(a, node.index, inner) if isinstance(a, ArrayNode) else a for a in inner.args)
    return same_chunks(node, Elementwise(inner.func, args, inner.kwargs))


def sliced_argument(arg: ArrayNode, index: Sequence[Places], whole: ArrayNode) -> ArrayNode:
    """The part of an argument that a slice of the whole, to which it broadcasts, needs."""
    offset = whole.ndim - arg.ndim
    own_index: list[Places] = []
    for axis, own in enumerate(arg.shape):
        places = index[axis + offset]
        if own == 1 and whole.shape[axis + offset] != 1:
            places = 0 if isinstance(places, int) else None
        own_index.append(places)
    return arg if all(p is None for p in own_index) else Slice(arg, tuple(own_index))


def sliced(node: ArrayNode, index: tuple[Places, ...]) -> ArrayNode:
    """A slice; the array itself, where it is all."""
    left = tuple(None if p is not None and p == range(n) else p for p, n in zip(index, node.shape))
    return node if all(p is None for p in left) else Slice(node, left)


@push_down(Slice)
def slice_into_source(node: Slice) -> Node | None:
    """Only what is asked for is read, where the source can do it: forward."""
    inner = node.source
    if not isinstance(inner, FromSource) or any(isinstance(p, range) and p.step < 0 for p in node.index):
        return None
    outer = iter(node.index)
    region = tuple(places if isinstance(places, int) else compose(next(outer), places) for places in inner.region)
    return FromSource(inner.source, cast(Region, region), node.chunks, inner.asarray, inner.lock)


def same_chunks(node: ArrayNode, new: ArrayNode) -> ArrayNode | None:
    """A rule must not change the blocks: they are counted on."""
    return new if new.chunks == node.chunks else None


@simplify(SizesOf)
def sizes_of_elementwise(node: SizesOf) -> Node | None:
    """Element-wise work does not change sizes: those of an argument are counted."""
    inner = node.source
    if not isinstance(inner, Elementwise):
        return None
    for arg in inner.args:
        axis = node.axis - inner.ndim + arg.ndim if isinstance(arg, ArrayNode) else -1
        if axis >= 0 and arg.spaces[axis] is not None:
            return SizesOf(arg, axis)
    return None


@simplify(Rechunk)
def rechunk_of_rechunk(node: Rechunk) -> Node | None:
    """The last one counts."""
    inner = node.source
    return rechunk(inner.source, node.sizes, node.threshold, node.limit) if isinstance(inner, Rechunk) else None


@simplify(Rechunk)
def rechunk_of_what_has_no_chunks(node: Rechunk) -> Node | None:
    """Arrays in memory, constants and mapped files are cut as one likes."""
    source = node.source
    return source.replace(sizes=node.sizes) if source.cut_freely and hasattr(source, "sizes") else None


@push_down(Slice)
def slice_through_rechunk(node: Slice) -> Node | None:
    """Fewer elements are moved."""
    inner = node.source
    return rechunk(Slice(inner.source, node.index), node.chunks) if isinstance(inner, Rechunk) else None


@push_down(Reduction)
def reduction_through_rechunk(node: Reduction) -> Node | None:
    """Axes that are reduced need no other blocks before; but objects are reduced in the order that blocks tell.

    Where cutting the others would make more blocks than there were before and after, the result is cut instead.
    """
    inner = node.source
    if not isinstance(inner, Rechunk) or node.how.placed or node.mask is not None or inner.dtype == object:
        return None
    old = inner.source.chunks
    sizes = tuple(old[axis] if axis in node.axes else new for axis, new in enumerate(inner.sizes))
    if _count(sizes) > max(_count(old), _count(inner.sizes)):
        return rechunk(node.replace(source=inner.source), node.chunks)
    return None if sizes == inner.sizes else node.replace(source=rechunk(inner.source, sizes))


def _count(chunks: Chunks) -> int:
    """How many blocks there are."""
    return prod(map(len, chunks))


@push_down(Rechunk)
def rechunk_through_elementwise(node: Rechunk) -> Node | None:
    """Work on what can be cut as one likes is cut there: nothing is moved."""
    inner = node.source
    if not isinstance(inner, Elementwise) or not inner.cut_freely:
        return None
    args = tuple(_cut_argument(a, node.sizes, inner) if isinstance(a, ArrayNode) else a for a in inner.args)
    return same_chunks(node, Elementwise(inner.func, args, inner.kwargs))


@push_down(Rechunk)
def rechunk_through_transpose(node: Rechunk) -> Node | None:
    """What can be cut as one likes is cut before its axes are moved."""
    inner = node.source
    if not isinstance(inner, Transpose) or not inner.cut_freely:
        return None
    sizes = tuple(node.sizes[inner.axes.index(axis)] for axis in range(node.ndim))
    return Transpose(rechunk(inner.source, sizes), inner.axes)


def _cut_argument(arg: ArrayNode, sizes: Chunks, whole: ArrayNode) -> ArrayNode:
    """An argument in chunks that fit these of the whole, to which it broadcasts."""
    offset = whole.ndim - arg.ndim
    return rechunk(arg, tuple((1,) if n == 1 else sizes[axis + offset] for axis, n in enumerate(arg.shape)))
