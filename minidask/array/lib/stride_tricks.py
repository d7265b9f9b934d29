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
from minidask.array.nodes.windows import Windows
from minidask.array.protocol import register
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
    args = (Windows(node, spans), windows, axes)
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


register({"sliding_window_view": sliding_window_view}, np.lib.stride_tricks)
