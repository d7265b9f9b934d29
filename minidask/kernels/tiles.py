"""Work on arrays tile by tile, so that what is between the steps stays in the processor's cache.

A tile is a piece of a block, of about 128k elements. A chain of element-wise steps runs on one tile after the other;
a reduction at its end makes a partial result of each, and these are merged as those of blocks are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice, product
from math import prod
from typing import Any, Protocol

import numpy as np

ELEMENTS = 2**17
"""Of a tile. Smaller ones cost calls, larger ones fall out of the cache: some arrays of a tile are there at once."""
_SHORTEST_RUN = 64
"""Elements next to each other in memory that a tile should have."""

_GROUP = 8
"""Partial results that are merged at once."""


class Fold(Protocol):
    """A reduction whose partial results can be merged; they keep the axes, with size 1."""

    @property
    def axes(self) -> tuple[int, ...]: ...

    def merge(self, partials: list[Any]) -> Any:
        """One partial result of several."""


class Tilewise:
    """A function for one tile after another: it may write over its last result, and should write to `place`."""

    def __call__(self, *args: Any, place: Any = None) -> Any:
        raise NotImplementedError

    def stacked(self, args: Sequence[Any]) -> Sequence[Any] | None:
        """The partial results of several tiles at once, if that is faster; None: they are made one by one.

        Arguments that are cut along their first axis come with one more in front, of as many as there are tiles.
        """
        return None


def by_tiles(
    func: Callable[..., Any],
    args: Sequence[Any],
    fold: Fold | None = None,
    tilewise: Callable[[], Tilewise] | None = None,
) -> Any:
    """`func(*args)`, made tile by tile where that pays.

    Parameters
    ----------
    func
        Element-wise in its arguments, which broadcast against each other; with `fold` followed by that reduction.
    args
        Arrays and scalars.
    fold
        The last step of `func`, if that reduces the arrays.
    tilewise
        Gives what does the same as `func` for tiles. Default: `func` does.
    """
    if max([getattr(arg, "size", 1) for arg in args]) <= 2 * ELEMENTS:
        return func(*args)
    shape = _common_shape(args)
    if shape is None or prod(shape) <= 2 * ELEMENTS:
        return func(*args)
    lead = max(args, key=lambda arg: getattr(arg, "size", 1))
    axes = range(len(shape)) if fold is None else fold.axes
    inner = {_inner(arg, shape) for arg in args if getattr(arg, "shape", ()) == shape}
    if len(inner) > 1 and len(axes) == len(shape):
        steps = _square(shape, inner)
    else:
        steps = _steps(shape, sorted(axes, key=lambda axis: -_stride(lead, shape, axis)))
    if steps == shape or (fold is not None and _shortest_run(lead, shape, steps) < _SHORTEST_RUN):
        return func(*args)
    try:
        made = _by_tiles(tilewise() if tilewise else Fresh(func), args, fold, lead, shape, steps)
    except Exception:
        made = None  # at once, so that the error tells of the whole blocks
    return func(*args) if made is None else made


class Fresh(Tilewise):
    """A function whose results are new arrays; it may have another one for several tiles."""

    def __init__(self, func: Callable[..., Any], several: Callable[..., Sequence[Any] | None] | None = None) -> None:
        self._func = func
        self._several = several

    def __call__(self, *args: Any, place: Any = None) -> Any:
        return self._func(*args)

    def stacked(self, args: Sequence[Any]) -> Sequence[Any] | None:
        return self._several(*args) if self._several else None


def _by_tiles(
    func: Tilewise,
    args: Sequence[Any],
    fold: Fold | None,
    lead: Any,
    shape: tuple[int, ...],
    steps: tuple[int, ...],
) -> Any:
    """The array or the partial result that is made of tiles of the size `steps`; None: they do not make one."""
    if fold is None:
        return _paste(func, _pieces(args, shape, steps), lead, shape)
    return _merged(_partials(func, args, shape, steps), fold.merge)


def _pieces(
    args: Sequence[Any], shape: tuple[int, ...], steps: tuple[int, ...]
) -> Iterator[tuple[tuple[slice, ...], list[Any]]]:
    """Each tile of the result, and what it is made of."""
    tiles = product(*([slice(i, i + step) for i in range(0, n, step)] for n, step in zip(shape, steps)))
    return ((tile, [_piece(arg, tile) for arg in args]) for tile in tiles)


def _partials(func: Tilewise, args: Sequence[Any], shape: tuple[int, ...], steps: tuple[int, ...]) -> Iterator[Any]:
    """The partial result of each tile; of those at once that lie one after another along the first axis."""
    whole = shape[0] // steps[0] if steps[1:] == shape[1:] else 0
    stacked = func.stacked([_stacked(arg, shape, steps[0], whole) for arg in args]) if whole > 1 else None
    yield from stacked or ()
    for _, piece in islice(_pieces(args, shape, steps), whole if stacked else 0, None):
        yield func(*piece)


def _stacked(arg: Any, shape: tuple[int, ...], step: int, tiles: int) -> Any:
    """An argument with one more axis in front, of tiles, where it is cut along its first axis."""
    if not isinstance(arg, np.ndarray) or arg.ndim < len(shape) or len(arg) == 1:
        return arg
    return arg[: step * tiles].reshape(tiles, step, *arg.shape[1:])


def _merged(partials: Iterator[Any], merge: Callable[[list[Any]], Any]) -> Any:
    """The partial result of many, in groups of groups as they come: sums of long runs of numbers lose digits."""
    levels: list[list[Any]] = [[]]
    for partial in partials:
        levels[0].append(partial)
        for at, level in enumerate(levels):
            if len(level) < _GROUP:
                break
            if at + 1 == len(levels):
                levels.append([])
            levels[at + 1].append(merge(level))
            level.clear()
    return merge([partial for level in reversed(levels) for partial in level])


def _common_shape(args: Sequence[Any]) -> tuple[int, ...] | None:
    """The shape that the arguments broadcast to; None where one of them is something else than an array of numbers."""
    arrays = [arg for arg in args if isinstance(arg, np.ndarray)]
    if any(type(array) is not np.ndarray or array.dtype.hasobject for array in arrays):
        return None
    others = [arg for arg in args if not isinstance(arg, (np.ndarray, np.generic))]
    if any(hasattr(arg, "__len__") or hasattr(arg, "shape") for arg in others):
        return None
    return np.broadcast_shapes(*(array.shape for array in arrays))


def _stride(lead: Any, shape: tuple[int, ...], axis: int) -> int:
    """How far apart the elements of the largest argument lie along an axis of the result."""
    own = axis - len(shape) + lead.ndim
    return abs(lead.strides[own]) if own >= 0 and lead.shape[own] > 1 else 0


def _steps(shape: tuple[int, ...], axes: Sequence[int]) -> tuple[int, ...]:
    """The size of a tile along each axis: cut along the first of `axes`, and further ones where that is not enough."""
    steps = list(shape)
    for axis in axes:
        rest = prod(steps) // steps[axis]
        steps[axis] = min(steps[axis], max(1, ELEMENTS // rest))
        if steps[axis] > 1:
            break
    return tuple(steps)


def _square(shape: tuple[int, ...], inner: Collection[int]) -> tuple[int, ...]:
    """The same where arguments lie in different orders, as an array and its transpose do: each has runs in a tile.

    Examples
    --------
    >>> _square((4000, 4000), {0, 1}), _square((9000, 4, 4), {0, 2})
    ((362, 362), (9000, 3, 4))
    """
    steps, room = list(shape), ELEMENTS
    order = sorted(range(len(shape)), key=lambda axis: (axis not in inner, shape[axis]))
    for done, axis in enumerate(order):
        shared = max(1, len(inner) - done)
        steps[axis] = max(1, min(shape[axis], int(room ** (1 / shared))))
        room //= steps[axis]
    return tuple(steps)


def _inner(arg: Any, shape: tuple[int, ...]) -> int:
    """The axis along which elements of an argument lie next to each other."""
    return min(range(len(shape)), key=lambda axis: _stride(arg, shape, axis) or np.inf)


def _shortest_run(lead: Any, shape: tuple[int, ...], steps: tuple[int, ...]) -> int:
    """How many elements of a tile lie next to each other."""
    inner = _inner(lead, shape)
    return steps[inner] if steps[inner] < shape[inner] else _SHORTEST_RUN


def _piece(arg: Any, tile: tuple[slice, ...]) -> Any:
    """The part of an argument that a tile of the result is made of."""
    if not isinstance(arg, np.ndarray) or not arg.ndim:
        return arg
    own = tile[len(tile) - arg.ndim :]
    return arg[tuple(slice(None) if n == 1 else cut for n, cut in zip(arg.shape, own))]


def _paste(
    func: Tilewise, pieces: Iterator[tuple[tuple[slice, ...], list[Any]]], lead: Any, shape: tuple[int, ...]
) -> Any:
    """The array of all tiles; None where they do not make one."""
    made: Any = None
    place: Any = None
    for tile, piece in pieces:
        if made is not None:
            place = made[tile]
        value = func(*piece, place=place)
        if made is None:
            if type(value) is not np.ndarray or value.dtype.hasobject:
                return None
            like = lead if lead.shape == shape else np.empty(0)
            made = np.empty_like(like, value.dtype, shape=shape)
            place = made[tile]
        if value is place:
            continue
        if value.dtype != made.dtype or value.shape != place.shape:
            return None
        place[...] = value
    return made
