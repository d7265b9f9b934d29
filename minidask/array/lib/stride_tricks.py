"""Arrays of the windows of arrays."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

import minidask.config as config
from minidask.array.array import Array
from minidask.array.chunks import Chunks, Sizes, normalize_chunks, offsets
from minidask.array.constants import zeros
from minidask.array.creation import asanyarray
from minidask.array.node import ArrayNode, as_meta
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.sizes import known
from minidask.array.nodes.windows import windows_of
from minidask.array.operators import at_hand
from minidask.array.protocol import register
from minidask.array.ranges import arange
from minidask.quantities import parse_bytes


def sliding_window_view(
    x: Any,
    window_shape: int | tuple[int, ...],
    axis: int | tuple[int, ...] | None = None,
    automatic_rechunk: bool = True,
    *,
    subok: bool = False,
    writeable: bool = False,
) -> Array:
    """All windows of an array: for each place the elements from there on, along new axes at the end.

    Blocks are views of no more elements than the windows reach over, however large the array of all windows seems.

    Parameters
    ----------
    window_shape
        The sizes of a window, along the axes `axis`.
    axis
        An axis may be named several times. Default: all axes.
    automatic_rechunk
        Whether places are cut into smaller blocks, so that none would take more than the option `array.chunk-size`
        if its windows were copied.
    subok
        Named as in NumPy; blocks are of the kind that they are.
    writeable
        Only False.

    Raises
    ------
    ValueError
        A window is larger than the array or of negative size, or there is not one for each axis.
    numpy.exceptions.AxisError
        There is no such axis.
    NotImplementedError
        `writeable` is True.

    Examples
    --------
    >>> import minidask.array as da
    >>> sliding_window_view(da.arange(5, chunks=2), 3).compute()
    array([[0, 1, 2],
           [1, 2, 3],
           [2, 3, 4]])
    >>> sliding_window_view(da.arange(5, chunks=2), 3).mean(axis=-1).compute()
    array([1., 2., 3.])
    """
    if writeable:
        raise NotImplementedError("sliding_window_view with writeable=True: lazy arrays share no memory; assign to x")
    node = known(asanyarray(x).expr)
    empty = np.broadcast_to(np.empty((), node.dtype), node.shape)
    window_shape = at_hand(window_shape, "window_shape")
    shape = np.lib.stride_tricks.sliding_window_view(empty, window_shape, axis).shape  # or NumPy's error
    if 0 in shape:
        return zeros(shape, node.dtype)
    axes = normalize_axis_tuple(range(node.ndim) if axis is None else axis, node.ndim, allow_duplicate=True)
    windows = shape[node.ndim :]
    reach = [before - after for before, after in zip(node.shape, shape)]
    chunks = (*map(_places, node.chunks, reach), *((n,) for n in windows))
    if automatic_rechunk:
        chunks = _bounded(chunks, node)
    spans = tuple(
        tuple((a, b + more) for a, b in pairwise(offsets(sizes))) for sizes, more in zip(chunks, reach, strict=False)
    )
    index = tuple(range(node.ndim))
    out = (*index, *(("window", k) for k in range(len(windows))))
    args = (windows_of(node, spans), windows, axes)
    label = "sliding_window_view"
    return Array.of(
        call_blocks(_view, args, (index, None, None), out, chunks, meta=as_meta(node.meta, len(out)), label=label)
    )


def _places(sizes: Sizes, reach: int) -> Sizes:
    """Where windows may begin: those that reach on so far end within the axis."""
    ends = [min(n, sum(sizes) - reach) for n in offsets(sizes)]
    return tuple([b - a for a, b in pairwise(ends) if b > a])


def _bounded(chunks: Chunks, node: ArrayNode) -> Chunks:
    """Smaller blocks, where they would take too much as copies."""
    most = parse_bytes(config.get("array.chunk-size"), "array.chunk-size")
    if prod(map(max, chunks)) * node.dtype.itemsize <= most:
        return chunks
    wishes = [*(["auto"] * node.ndim), *([-1] * (len(chunks) - node.ndim))]
    return normalize_chunks(wishes, tuple(map(sum, chunks)), most, node.dtype)


def _view(block: Any, windows: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    return np.lib.stride_tricks.sliding_window_view(block, windows, axes)


def as_strided(x: Any, shape: Any = None, strides: Any = None, subok: bool = False, writeable: bool = True) -> Array:
    """The elements of an array in C order, from the first one on, in steps of so many bytes along new axes.

    Each element is looked up; `sliding_window_view`, `broadcast_to` and slices with steps cost less.

    Parameters
    ----------
    shape
        Of the result. Default: that of the array.
    strides
        For each axis of the result the bytes from one element to the next, as if the array lay in memory in C order.
        Default: those of the array.
    subok, writeable
        Named as in NumPy: the result shares nothing with the array, and may be set.

    Raises
    ------
    ValueError
        There is not one stride for each axis, or one is no multiple of the size of the elements.
    IndexError
        Elements beyond the array are asked for.

    Examples
    --------
    >>> import minidask.array as da
    >>> as_strided(da.arange(6, chunks=4), (2, 3), (8, 16)).compute()
    array([[0, 2, 4],
           [1, 3, 5]])
    """
    array = asanyarray(x)
    sizes = array.shape if shape is None else tuple(shape) if hasattr(shape, "__len__") else (int(shape),)
    item = array.itemsize
    whole = tuple(item * prod(array.shape[axis + 1 :]) for axis in range(array.ndim))
    steps = whole if strides is None else tuple(strides)
    if len(steps) != len(sizes) or any(step % item for step in steps):
        raise ValueError(f"as_strided: strides={steps} for shape={sizes} and elements of {item} bytes")
    if 0 in sizes:
        return zeros(sizes, array.dtype)
    ends = [(n - 1) * step // item for n, step in zip(sizes, steps)]
    if sum(min(end, 0) for end in ends) < 0 or sum(max(end, 0) for end in ends) >= array.size:
        raise IndexError(
            f"as_strided: strides={steps} for shape={sizes} reach beyond an array of {array.size} elements"
        )
    places: Any = arange(1)[0]
    for axis, (n, step) in enumerate(zip(sizes, steps)):
        places = places + (arange(n) * (step // item)).reshape((n, *[1] * (len(sizes) - axis - 1)))
    return array.ravel()[places]


register({"as_strided": as_strided, "sliding_window_view": sliding_window_view}, np.lib.stride_tricks)
