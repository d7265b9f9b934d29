"""Rules that move slices towards the sources, through nodes that move, join, fold or repeat elements.

None changes the chunks: they are counted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from minidask.array.chunks import moved, offsets, place, within
from minidask.array.nodes.joining import Concatenate
from minidask.array.nodes.manipulation import ExpandDims, Squeeze, Transpose, expand_dims, transpose
from minidask.array.nodes.reducers import REDUCERS
from minidask.array.nodes.reduction import Reduction, is_masked, reduction
from minidask.array.nodes.repetition import BroadcastTo
from minidask.array.nodes.reshape import Reshape, axis_groups
from minidask.array.nodes.rules import same_chunks, sliced, sliced_argument
from minidask.array.nodes.scan import Scan
from minidask.array.nodes.slicing import Places, Slice, normal
from minidask.expr.node import Node
from minidask.expr.pipeline import push_down

Index = tuple[Places, ...]


def _left(axis: int, index: Sequence[Places]) -> int:
    """Where an axis is when the slice has dropped those of single places."""
    return axis - sum(isinstance(places, int) for places in index[:axis])


@push_down(Slice)
def slice_through_reduction(node: Slice) -> Node | None:
    """Slices of axes that are not reduced are taken before."""
    inner = node.source
    if not isinstance(inner, Reduction) or isinstance(inner.split_every, dict):
        return None
    ndim = inner.source.ndim
    own = dict(zip((axis for axis in range(ndim) if inner.keepdims or axis not in inner.axes), node.index))
    index = tuple(own.get(axis) for axis in range(ndim))
    if any(index[axis] is not None for axis in inner.axes):
        return None
    axes = tuple(_left(axis, index) for axis in inner.axes)
    axis = axes if isinstance(inner.axis, tuple) else axes[0]
    mask = None if inner.mask is None else sliced_argument(inner.mask, index, inner.source)
    return inner.replace(source=Slice(inner.source, index), axes=axes, axis=axis, mask=mask)


@push_down(Slice)
def slice_through_expand_dims(node: Slice) -> Node | None:
    """New axes are added to what is left, unless they are emptied."""
    inner = node.source
    if not isinstance(inner, ExpandDims) or any(node.index[axis] == range(0) for axis in inner.axes):
        return None
    index = tuple(places for axis, places in enumerate(node.index) if axis not in inner.axes)
    axes = [_left(axis, node.index) for axis in inner.axes if not isinstance(node.index[axis], int)]
    return expand_dims(sliced(inner.source, index), axes)


@push_down(Slice)
def slice_through_squeeze(node: Slice) -> Node | None:
    """The axes that are dropped stay as they are below."""
    inner = node.source
    if not isinstance(inner, Squeeze):
        return None
    outer = iter(node.index)
    index = tuple(None if axis in inner.axes else next(outer) for axis in range(inner.source.ndim))
    return Squeeze(Slice(inner.source, index), tuple(_left(axis, index) for axis in inner.axes))


@push_down(Slice)
def slice_through_transpose(node: Slice) -> Node | None:
    """Axes are moved of what is left."""
    inner = node.source
    if not isinstance(inner, Transpose):
        return None
    index = tuple(node.index[int(i)] for i in np.argsort(inner.axes))
    return transpose(Slice(inner.source, index), [_left(k, index) for k in inner.axes if not isinstance(index[k], int)])


@push_down(Slice)
def slice_through_concatenate(node: Slice) -> Node | None:
    """Each part gives what is taken of it; those of which nothing is are not looked at."""
    inner = node.source
    if not isinstance(inner, Concatenate) or not inner.is_known:
        return None
    own, sizes = node.index[inner.axis], tuple(part.shape[inner.axis] for part in inner.parts)
    if isinstance(own, int):
        number, local = place(sizes, own)
        return same_chunks(node, Slice(inner.parts[number], _put(local, inner.axis, node.index)))
    spans = pairwise(offsets(sizes))
    places = [None if own is None else moved(within(own, start, stop), -start) for start, stop in spans]
    taken = [(part, p) for part, p in zip(inner.parts, places) if p is None or p] or [(inner.parts[0], range(0))]
    ordered = taken[::-1] if own is not None and own.step < 0 else taken
    found = [sliced(part, _put(p and normal(p), inner.axis, node.index)) for part, p in ordered]
    new = found[0] if len(found) == 1 else Concatenate(tuple(found), _left(inner.axis, node.index))
    return same_chunks(node, new)


def _put(places: Places, axis: int, index: Index) -> Index:
    """The index with these places along an axis."""
    return (*index[:axis], places, *index[axis + 1 :])


@push_down(Slice)
def slice_through_broadcast(node: Slice) -> Node | None:
    """Fewer elements are repeated."""
    inner = node.source
    if not isinstance(inner, BroadcastTo):
        return None
    source = sliced_argument(inner.source, node.index, inner)
    return source if source.chunks == node.chunks else BroadcastTo(source, node.chunks)


@push_down(Slice)
def slice_through_reshape(node: Slice) -> Node | None:
    """Slices of axes that are neither merged nor split are taken before."""
    inner = node.source
    if not isinstance(inner, Reshape):
        return None
    index: list[Places] = [None] * inner.source.ndim
    left = list(node.index)
    for before, after in axis_groups(inner.source.shape, inner.shape):
        if len(before) == len(after) == 1 and inner.source.chunks[before[0]] == inner.chunks[after[0]]:
            index[before[0]], left[after[0]] = left[after[0]], None
    if any(places is not None for places in left):
        return None
    return Reshape(Slice(inner.source, tuple(index)), node.chunks)


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
    new = inner.replace(source=sliced(inner.source, first))
    return None if new is inner else same_chunks(node, sliced(new, last))


def _scanned_to(scan: Scan, index: Sequence[Places], last: int) -> Node | None:
    """What comes together up to one place of a scan; of numbers, as other things are not added in any order."""
    name = FOLDS.get((scan.ufunc, scan.skip_nan))
    if name is None or scan.kind.kind not in "biufc" or scan.source.dtype.kind not in "biufc" or is_masked(scan.source):
        return None
    upto = tuple(range(last + 1) if axis == scan.axis else places for axis, places in enumerate(index))
    axis = sum(not isinstance(places, int) for places in index[: scan.axis])
    source, how = sliced(scan.source, upto), REDUCERS[name]
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
