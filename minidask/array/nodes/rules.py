"""Rules between two kinds of array nodes. None changes the chunks: they are counted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from minidask.array.chunks import Chunks
from minidask.array.node import ArrayNode
from minidask.array.nodes.creation import Filled
from minidask.array.nodes.elementwise import Elementwise
from minidask.array.nodes.manipulation import ExpandDims, Transpose
from minidask.array.nodes.rechunk import Rechunk, rechunk
from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import Reduction, is_masked, reduction
from minidask.array.nodes.scan import Scan
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
    return _same_chunks(node, Slice(inner.source, index))


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
    args = tuple(_sliced_argument(a, node.index, inner) if isinstance(a, ArrayNode) else a for a in inner.args)
    return _same_chunks(node, Elementwise(inner.func, args, inner.kwargs))


def _sliced_argument(arg: ArrayNode, index: Sequence[Places], whole: ArrayNode) -> ArrayNode:
    """The part of an argument that a slice of the whole, to which it broadcasts, needs."""
    offset = whole.ndim - arg.ndim
    own_index: list[Places] = []
    for axis, own in enumerate(arg.shape):
        places = index[axis + offset]
        if own == 1 and whole.shape[axis + offset] != 1:
            places = 0 if isinstance(places, int) else None
        own_index.append(places)
    return arg if all(p is None for p in own_index) else Slice(arg, tuple(own_index))


@push_down(Slice)
def slice_through_reduction(node: Slice) -> Node | None:
    """Slices of axes that are not reduced are taken before."""
    inner = node.source
    if not isinstance(inner, Reduction) or inner.keepdims or any(isinstance(p, int) for p in node.index):
        return None
    outer = iter(node.index)
    index = tuple(None if axis in inner.axes else next(outer) for axis in range(inner.source.ndim))
    mask = None if inner.mask is None else _sliced_argument(inner.mask, index, inner.source)
    return inner.replace(source=Slice(inner.source, index), mask=mask)


@push_down(Slice)
def slice_through_expand_dims(node: Slice) -> Node | None:
    """New axes are added to what is left, unless they are sliced themselves."""
    inner = node.source
    if not isinstance(inner, ExpandDims) or any(node.index[axis] is not None for axis in inner.axes):
        return None
    index = tuple(places for axis, places in enumerate(node.index) if axis not in inner.axes)
    dropped = np.cumsum([isinstance(places, int) for places in node.index])
    return ExpandDims(Slice(inner.source, index), tuple(int(axis - dropped[axis]) for axis in inner.axes))


@push_down(Slice)
def slice_into_source(node: Slice) -> Node | None:
    """Only what is asked for is read, where the source can do it: forward."""
    inner = node.source
    if not isinstance(inner, FromSource) or any(isinstance(p, range) and p.step < 0 for p in node.index):
        return None
    outer = iter(node.index)
    region = tuple(places if isinstance(places, int) else compose(next(outer), places) for places in inner.region)
    return FromSource(inner.source, cast(Region, region), node.chunks, inner.asarray, inner.lock)


def _same_chunks(node: ArrayNode, new: ArrayNode) -> ArrayNode | None:
    """A rule must not change the blocks: they are counted on."""
    return new if new.chunks == node.chunks else None


@push_down(Slice)
def slice_through_transpose(node: Slice) -> Node | None:
    """Axes are moved of what is left, unless slicing drops some."""
    inner = node.source
    if not isinstance(inner, Transpose) or any(isinstance(places, int) for places in node.index):
        return None
    order = np.argsort(inner.axes)
    return Transpose(Slice(inner.source, tuple(node.index[int(i)] for i in order)), inner.axes)


@push_down(Slice)
def slice_through_scan(node: Slice) -> Node | None:
    """Other axes are sliced before; along its own, what comes after is left out, and one place is a sum."""
    inner = node.source
    if not isinstance(inner, Scan) or None in inner.source.chunks[inner.axis]:
        return None
    own = node.index[inner.axis]
    if isinstance(own, int):
        return _scanned_to(inner, node.index, own)
    if any(isinstance(places, int) for places in node.index):
        return None
    end = inner.shape[inner.axis] if own is None else max(own[0], own[-1]) + 1 if own else 0
    first = tuple(range(end) if axis == inner.axis else places for axis, places in enumerate(node.index))
    last = tuple(own if axis == inner.axis else None for axis in range(node.ndim))
    new = inner.replace(source=_sliced(inner.source, first))
    return None if new is inner else _same_chunks(node, _sliced(new, last))


def _scanned_to(scan: Scan, index: Sequence[Places], last: int) -> Node | None:
    """What comes together up to one place of a scan; of numbers, as other things are not added in any order."""
    name = FOLDS.get((scan.ufunc, scan.skip_nan))
    if name is None or scan.kind.kind not in "biufc" or scan.source.dtype.kind not in "biufc" or is_masked(scan.source):
        return None
    upto = tuple(range(last + 1) if axis == scan.axis else places for axis, places in enumerate(index))
    axis = sum(not isinstance(places, int) for places in index[: scan.axis])
    source, how = _sliced(scan.source, upto), REDUCERS[name]
    found = reduction(source, how, axis)
    return found if found.dtype == scan.kind else reduction(source, how, axis, dtype=scan.kind)


FOLDS: dict[tuple[np.ufunc, bool], str] = {
    (np.add, False): "sum",
    (np.add, True): "nansum",
    (np.multiply, False): "prod",
    (np.multiply, True): "nanprod",
    (np.maximum, False): "max",
    (np.minimum, False): "min",
}
"""What the last place of a scan holds."""


def _sliced(node: ArrayNode, index: tuple[Places, ...]) -> ArrayNode:
    """A slice; the array itself, where it is all."""
    left = tuple(None if p is not None and p == range(n) else p for p, n in zip(index, node.shape))
    return node if all(p is None for p in left) else Slice(node, left)


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
    """Axes that are reduced need no other blocks before; but objects are reduced in the order that blocks tell."""
    inner = node.source
    if not isinstance(inner, Rechunk) or node.how.placed or node.mask is not None or inner.dtype == object:
        return None
    old = inner.source.chunks
    sizes = tuple(old[axis] if axis in node.axes else new for axis, new in enumerate(inner.sizes))
    return None if sizes == inner.sizes else node.replace(source=rechunk(inner.source, sizes))


@push_down(Rechunk)
def rechunk_through_elementwise(node: Rechunk) -> Node | None:
    """Work on what can be cut as one likes is cut there: nothing is moved."""
    inner = node.source
    if not isinstance(inner, Elementwise) or not inner.cut_freely:
        return None
    args = tuple(_cut_argument(a, node.sizes, inner) if isinstance(a, ArrayNode) else a for a in inner.args)
    return _same_chunks(node, Elementwise(inner.func, args, inner.kwargs))


def _cut_argument(arg: ArrayNode, sizes: Chunks, whole: ArrayNode) -> ArrayNode:
    """An argument in chunks that fit these of the whole, to which it broadcasts."""
    offset = whole.ndim - arg.ndim
    return rechunk(arg, tuple((1,) if n == 1 else sizes[axis + offset] for axis, n in enumerate(arg.shape)))
