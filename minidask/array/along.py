"""Elements taken and put along an axis, by an array of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.manipulation import broadcast_to
from minidask.array.nodes.mapped import Symbols, call_blocks, unify
from minidask.array.nodes.searching import filled
from minidask.array.nodes.sizes import known
from minidask.array.nodes.source import Cuts
from minidask.array.ranges import arange


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Array:
    """For each place along an axis the element whose number another array has there.

    Parameters
    ----------
    indices
        Integers, with as many axes as `arr`; the other axes broadcast against each other.
    axis
        None: elements of `arr` in C order, and `indices` along one axis.

    Raises
    ------
    ValueError, IndexError
        The axes do not fit, `indices` holds no integers, or (when computed) a number is out of bounds.

    Examples
    --------
    >>> take_along_axis([[10, 30, 20]], [[0, 2, 1]], axis=1).compute()
    array([[10, 20, 30]])
    """
    a, at, axis = _fitting(arr, indices, axis)
    others = _others(a.ndim, axis)
    symbols: list[Symbols] = [_with(others, axis, "source"), _with(others, axis, "taken")]
    common, args = unify([known(a.expr), known(at.expr)], symbols)
    out = symbols[1]
    chunks = tuple(common[symbol] for symbol in out)
    kwargs = {"axis": axis}
    node = call_blocks(
        taken, args, symbols, out, chunks, dtype=a.dtype, kwargs=kwargs, joined=False, label="take_along_axis"
    )
    return a.of(node)


def put_along_axis(arr: Array, indices: Any, values: Any, axis: int | None) -> None:
    """Put values to the places along an axis whose numbers another array has; the lazy array changes in place.

    Parameters
    ----------
    indices
        As of `take_along_axis`; of several values for one place the last one stays.
    values
        Broadcast against `indices`.

    Raises
    ------
    TypeError
        `arr` is not lazy.
    ValueError, IndexError
        The axes do not fit, `indices` holds no integers, or (when computed) a number is out of bounds.

    Examples
    --------
    >>> x = asanyarray([[10, 30, 20]])
    >>> put_along_axis(x, [[1]], 99, axis=1)
    >>> x.compute()
    array([[10, 99, 20]])
    """
    if not isinstance(arr, Array):
        raise TypeError(f"put_along_axis changes lazy arrays, not {type(arr).__name__}; see numpy.put_along_axis")
    shape = arr.shape
    a, at, axis = _fitting(arr, indices, axis)
    given = broadcast_to(asanyarray(values), at.shape).astype(a.dtype)
    others = _others(a.ndim, axis)
    own, theirs = _with(others, axis, "place"), _with(others, axis, "put")
    common, args = unify([known(a.expr), known(at.expr), known(given.expr)], [own, theirs, theirs])
    chunks = tuple(common[symbol] for symbol in own)
    if args[0].chunks != chunks:
        raise ValueError(f"indices of shape {at.shape} do not broadcast to an array of shape {a.shape}")
    kwargs = {"axis": axis, "size": a.shape[axis]}
    given_too = [*args, Cuts(chunks)]
    indices_too = [own, theirs, theirs, None]
    node = call_blocks(put, given_too, indices_too, own, chunks, dtype=a.dtype, kwargs=kwargs, label="put_along_axis")
    arr.expr = a.of(node).reshape(shape).expr


def _fitting(arr: Any, indices: Any, axis: int | None) -> tuple[Array, Array, int]:
    a, at = asanyarray(arr), asanyarray(indices)
    if at.dtype.kind not in "iu":
        raise IndexError(f"indices must be integers, not {at.dtype}")
    if axis is None:
        if at.ndim != 1:
            raise ValueError(f"with axis=None indices must have one axis, not {at.ndim}")
        return a.ravel(), at, 0
    if a.ndim != at.ndim:
        raise ValueError(f"indices must have as many axes as the array, {a.ndim}, not {at.ndim}")
    return a, at, normalize_axis_index(axis, a.ndim)


def _others(ndim: int, axis: int) -> list[Any]:
    return [("other", k) for k in range(ndim)]


def _with(others: Sequence[Any], axis: int, symbol: str) -> Symbols:
    return tuple(symbol if k == axis else other for k, other in enumerate(others))


def _numbers(indices: Any, size: int, axis: int) -> Any:
    """Numbers from the start."""
    if ((indices < -size) | (indices >= size)).any():
        raise IndexError(f"an index is out of bounds for axis {axis} with size {size}")
    return np.where(indices < 0, indices + size, indices)


def taken(blocks: Sequence[Any], indices: Any, axis: int) -> Any:
    """Elements of neighbouring blocks by their numbers; the blocks are not joined for it."""
    if not isinstance(blocks, list):
        blocks = [blocks]
    sizes = [block.shape[axis] for block in blocks]
    starts = np.cumsum([0, *sizes])
    shape = np.broadcast_shapes(indices.shape, (*blocks[0].shape[:axis], 1, *blocks[0].shape[axis + 1 :]))
    numbers = np.broadcast_to(_numbers(indices, int(starts[-1]), axis), shape)
    found = np.empty_like(blocks[0], shape=shape)
    which = np.searchsorted(starts, numbers, side="right") - 1
    for i, block in enumerate(blocks):
        places = list(np.nonzero(which == i))
        if len(places[0]):
            mine = tuple(places)
            places[axis] = numbers[mine] - starts[i]
            found[mine] = block[tuple(p if k == axis or block.shape[k] > 1 else 0 for k, p in enumerate(places))]
    return found


def put(block: Any, indices: Any, values: Any, cut: tuple[slice, ...], axis: int, size: int) -> Any:
    """A block in which values were put to those numbers that lie in it."""
    shape = (*block.shape[:axis], indices.shape[axis], *block.shape[axis + 1 :])
    numbers = np.broadcast_to(_numbers(indices, size, axis), shape) - cut[axis].start
    places = list(np.nonzero((numbers >= 0) & (numbers < block.shape[axis])))
    given = np.broadcast_to(values, shape)[tuple(places)]
    places[axis] = numbers[tuple(places)]
    changed = block.copy()
    changed[tuple(places)] = given
    return changed


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Array:
    """The array without the zeros before its first and after its last element that is none.

    Parameters
    ----------
    trim
        Where: "f" before, "b" after, "fb" both.
    axis
        Along which, or several; None: all.

    Raises
    ------
    ValueError
        `trim` is something else.

    Examples
    --------
    >>> trim_zeros([0, 0, 3, 0, 4, 0]).compute()
    array([3, 0, 4])
    """
    sides = trim.lower()
    if sides not in ("f", "b", "fb", "bf"):
        raise ValueError(f'trim={trim!r}: expected "f", "b" or "fb"')
    a = asanyarray(filt)
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
    kept: list[Any] = [slice(None)] * a.ndim
    full = a.of(filled(a.expr))
    for k in axes:
        mask = full.any(axis=tuple(i for i in range(a.ndim) if i != k))
        n = a.shape[k]
        places = arange(n, chunks=(a.chunks[k],))
        inside = broadcast_to(mask.any(), (n,))
        if n and "f" in sides:
            inside = inside & (places >= mask.argmax())
        if n and "b" in sides:
            inside = inside & (places < n - mask[::-1].argmax())
        kept[k] = inside
    for k in axes:
        a = a[(*(slice(None),) * k, kept[k])]
    return a
