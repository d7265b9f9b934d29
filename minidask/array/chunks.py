"""Chunk arithmetic: how axes are cut into blocks, in pure integers.

The *chunks* of an array are one tuple an axis, of the sizes of its blocks; None is a size that depends on data.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise, product
from math import prod
from typing import Any, NamedTuple

import minidask.config as config
from minidask.quantities import parse_bytes

Sizes = tuple[Any, ...]
"""Along one axis the size of each block: int, or None where it is not known."""
Chunks = tuple[Sizes, ...]
Shape = tuple[Any, ...]

MOST_BLOCKS = 10_000_000
"""Along one axis."""


def normalize_chunks(
    chunks: Any,
    shape: Shape | None = None,
    limit: int | str | None = None,
    dtype: Any = None,
    previous_chunks: Chunks | None = None,
) -> Chunks:
    """The block sizes along each axis that a person means.

    Parameters
    ----------
    chunks
        For all axes, or one for each (tuple, list), or for some (dict, the others stay whole): a block size, all
        block sizes, -1 or None for the whole axis, "auto", or bytes of a block such as "64MiB".
    shape
        Of the array; may be left out where `chunks` lists all block sizes.
    limit
        Bytes of a block where "auto" leaves us the choice. Default: the option `array.chunk-size`.
    dtype
        Of the array; "auto" needs it.
    previous_chunks
        "auto" keeps to whole blocks of these.

    Returns
    -------
    tuple of tuples of int

    Raises
    ------
    ValueError
        `chunks` do not fit the shape.
    TypeError
        "auto" without a dtype.

    Examples
    --------
    >>> normalize_chunks((2, -1), shape=(5, 3))
    ((2, 2, 1), (3,))
    >>> normalize_chunks("auto", shape=(100, 100), limit=20_000, dtype="f8")
    ((50, 50), (50, 50))
    """
    if shape is None:
        if not (isinstance(chunks, (tuple, list)) and all(isinstance(c, (tuple, list)) for c in chunks)):
            raise ValueError(f"chunks={chunks!r}: without a shape all block sizes must be listed, axis by axis")
        shape = tuple(sum(c) for c in chunks)
    wishes = _per_axis(chunks, shape)
    found: list[Sizes | None] = [_sizes(w, n, axis) for axis, (w, n) in enumerate(zip(wishes, shape))]
    if any(sizes is None for sizes in found):
        bounds = [parse_bytes(w, "chunks") for w in wishes if isinstance(w, str) and w != "auto"]
        if limit is None:
            limit = min(bounds) if bounds else config.get("array.chunk-size")
        return _fill(found, shape, parse_bytes(limit, "limit"), dtype, previous_chunks)
    return tuple(found)  # type: ignore[arg-type]


def _per_axis(chunks: Any, shape: Shape) -> list[Any]:
    """One wish for each axis."""
    ndim = len(shape)
    if isinstance(chunks, Mapping):
        return by_axis(chunks, ndim)
    if chunks is None or isinstance(chunks, str) or not hasattr(chunks, "__len__"):
        return [chunks] * ndim
    chunks = list(chunks)
    if ndim == 1 and len(chunks) != 1 and all(not isinstance(c, (tuple, list, str)) for c in chunks):
        return [tuple(chunks)]
    if len(chunks) != ndim:
        raise ValueError(f"chunks={chunks!r} have {len(chunks)} axes, but the shape {shape} has {ndim}")
    return chunks


def by_axis(chunks: Mapping[Any, Any], ndim: int) -> list[Any]:
    """What a dict wishes for each axis; None for those it does not name.

    Examples
    --------
    >>> by_axis({-1: 5}, 2)
    [None, 5]
    """
    places = {_axis(axis, ndim): wish for axis, wish in chunks.items()}
    return [places.get(axis) for axis in range(ndim)]


def _axis(axis: Any, ndim: int) -> int:
    if not hasattr(axis, "__index__"):
        raise TypeError(f"chunks name the axis {axis!r}; expected the number of an axis, 0 to {ndim - 1}")
    if not -ndim <= axis < ndim:
        raise ValueError(f"chunks name the axis {axis}, but the array has {ndim} axes")
    return int(axis) % ndim


def _sizes(wish: Any, size: int, axis: int) -> Sizes | None:
    """The block sizes along an axis; None where they are left to us."""
    if isinstance(wish, str):
        return None
    if wish is None or (not hasattr(wish, "__len__") and wish == -1):
        return (size,)
    if hasattr(wish, "__len__"):
        sizes = tuple(map(_integer, wish))
        if any(n < 0 for n in sizes):
            raise ValueError(f"the block sizes along axis {axis}, {sizes}, must not be negative")
        if sum(sizes) != size:
            raise ValueError(f"the block sizes along axis {axis} add up to {sum(sizes)}, but its size is {size}")
        return sizes or (0,)
    return blocks_of(size, _integer(wish))


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(f"chunks hold {value}, which is not a number of elements")
    try:
        return value if type(value) is int else value.__index__()
    except AttributeError:
        if isinstance(value, float) and value == int(value):
            return int(value)
        raise TypeError(f"chunks hold {value!r}, which is not a number of elements") from None


def blocks_of(size: int, each: int) -> Sizes:
    """Blocks of `each` elements, the last one what remains.

    Examples
    --------
    >>> blocks_of(10, 4)
    (4, 4, 2)
    """
    if each <= 0:
        if size == 0:
            return (0,)
        raise ValueError(f"blocks of {each} elements: a block size must be positive, or -1 for the whole axis")
    check_count(-(-size // each))
    whole, rest = divmod(size, each)
    return (each,) * whole + ((rest,) if rest or not whole else ())


def check_count(blocks: int) -> None:
    """Refuse an axis of more blocks than anybody can mean: their sizes alone would fill the memory.

    Raises
    ------
    ValueError
        There are more than `MOST_BLOCKS`.
    """
    if blocks > MOST_BLOCKS:
        raise ValueError(
            f"{blocks:,} blocks along one axis, more than {MOST_BLOCKS:,}: enlarge chunks=, or rechunk() first"
        )


def even(size: int, most: int) -> Sizes:
    """The fewest blocks of at most `most` elements, of nearly one size.

    Examples
    --------
    >>> even(10, 4)
    (4, 4, 2)
    >>> even(100, 99)
    (50, 50)
    """
    blocks = max(1, -(-size // max(1, most)))
    return blocks_of(size, max(1, -(-size // blocks)))


def _fill(found: Sequence[Sizes | None], shape: Shape, limit: int, dtype: Any, previous: Chunks | None) -> Chunks:
    """Choose the sizes left open so that a block takes at most `limit` bytes, and is as near to a cube as may be."""
    if dtype is None:
        raise TypeError('chunks="auto" needs the dtype')
    import numpy as np

    open_axes = {axis for axis, sizes in enumerate(found) if sizes is None}
    room = limit / max(1, np.dtype(dtype).itemsize)
    room /= prod([max(*sizes, 1) for sizes in found if sizes is not None])
    if prod([shape[axis] for axis in open_axes]) <= room:
        return tuple([(n,) if sizes is None else sizes for n, sizes in zip(shape, found)])
    units = {axis: min(max(previous[axis]), shape[axis]) or 1 if previous else 1 for axis in open_axes}
    if prod(units.values()) > room:
        units = dict.fromkeys(units, 1)
    room /= prod(units.values())
    done: dict[int, Sizes] = {}
    while open_axes:
        side = max(room, 1.0) ** (1 / len(open_axes)) * (1 + 1e-9)
        small = [axis for axis in open_axes if shape[axis] <= side * units[axis]]
        for axis in small or sorted(open_axes)[:1]:
            done[axis] = _choose(shape[axis], int(side), units[axis])
            open_axes.remove(axis)
            room /= max(max(done[axis]), 1) / units[axis]
    return tuple(done[axis] if sizes is None else sizes for axis, sizes in enumerate(found))


def _choose(size: int, most: int, unit: int) -> Sizes:
    """Blocks of at most so many units; even ones, where a unit is one element."""
    if size <= most * unit:
        return (size,)
    return even(size, most) if unit == 1 else blocks_of(size, most * unit)


def joined_to(least: int, sizes: Sizes) -> Sizes:
    """The sizes, neighbours joined until none is smaller than `least`.

    Raises
    ------
    ValueError
        All together are smaller.

    Examples
    --------
    >>> joined_to(3, (1, 1, 2, 5, 1))
    (4, 6)
    """
    if sum(sizes) < least:
        raise ValueError(f"an axis of size {sum(sizes)} has no block of {least}")
    found: list[int] = []
    open_size = 0
    for n in sizes:
        open_size += n
        if open_size >= least:
            found.append(open_size)
            open_size = 0
    if open_size:
        found[-1] += open_size
    return tuple(found)


def offsets(sizes: Sizes) -> list[int]:
    """Where each block starts, and where the last one ends.

    Examples
    --------
    >>> offsets((4, 4, 2))
    [0, 4, 8, 10]
    """
    return list(accumulate(sizes, initial=0))


def slices_from_chunks(chunks: Chunks) -> list[tuple[slice, ...]]:
    """For each block, in C order, the slices that cut it out of the whole array.

    Examples
    --------
    >>> slices_from_chunks(((2, 1), (3,)))
    [(slice(0, 2, None), slice(0, 3, None)), (slice(2, 3, None), slice(0, 3, None))]
    """
    return list(product(*([slice(a, b) for a, b in pairwise(offsets(sizes))] for sizes in chunks)))


def refine(axes: Iterable[Sizes]) -> Sizes:
    """The largest blocks that are cut wherever one of the given axes is. All have one size.

    Examples
    --------
    >>> refine([(4, 4), (2, 6)])
    (2, 2, 4)
    """
    axes = list(dict.fromkeys(axes))
    if len(axes) == 1:
        return axes[0]
    cuts = sorted(set().union(*(accumulate(sizes) for sizes in axes)) - {0})
    return tuple(b - a for a, b in zip([0, *cuts], cuts)) or (0,)


class Overlap(NamedTuple):
    """What new blocks of an axis take of old ones: new block i of those from `starts[i]` to before `stops[i]`."""

    starts: tuple[int, ...]
    stops: tuple[int, ...]
    old: list[int]
    """Offsets of the old blocks."""
    new: list[int]
    """Offsets of the new blocks."""


def overlap(old: Sizes, new: Sizes) -> Overlap:
    """Which old blocks the new ones consist of; blocks of no elements are read by none, unless there is nothing else.

    Examples
    --------
    >>> overlap((4, 4), (2, 6))[:2]
    ((0, 0), (1, 2))
    """
    old_at, new_at = offsets(old), offsets(new)
    starts, stops = [], []
    for first, last in pairwise(new_at):
        start = min(max(bisect_right(old_at, first) - 1, 0), len(old) - 1)
        stop = start + 1
        while old_at[stop] < last:
            stop += 1
        starts.append(start)
        stops.append(stop)
    return Overlap(tuple(starts), tuple(stops), old_at, new_at)


class Sliced(NamedTuple):
    """An axis of which a range of places is taken: new block i is `cuts[i]` of the old block `picks[i]`."""

    sizes: tuple[int, ...]
    picks: Sequence[int]
    cuts: tuple[slice, ...]


def slice_sizes(sizes: Sizes, places: range) -> Sizes:
    """The sizes of the blocks of an axis after slicing; blocks of which nothing is left are dropped.

    Examples
    --------
    >>> slice_sizes((4, 4, 4), range(6, 12, 2))
    (1, 2)
    """
    return sliced(sizes, places).sizes


@lru_cache(maxsize=64)
def sliced(sizes: Sizes, places: range) -> Sliced:
    """What slicing an axis takes of which block.

    Examples
    --------
    >>> sliced((4, 4), range(5, 0, -2))
    Sliced(sizes=(1, 2), picks=range(1, -1, -1), cuts=(slice(1, 0, -2), slice(3, 0, -2)))
    """
    if not places:
        return Sliced((0,), (0,), (slice(0, 0),))
    at = offsets(sizes)
    first, last = bisect_right(at, places[0]) - 1, bisect_right(at, places[-1]) - 1
    forward = places.step > 0
    blocks = range(first, last + 1) if forward else range(first, last - 1, -1)
    if forward and places.step == 1:
        cuts = [slice(max(places.start - at[k], 0), min(places.stop, at[k + 1]) - at[k]) for k in blocks]
        found = [(cut.stop - cut.start, k, cut) for k, cut in zip(blocks, cuts)]
    else:
        parts = [(k, within(places, at[k], at[k + 1])) for k in blocks]
        found = [(len(part), k, as_slice(moved(part, -at[k]))) for k, part in parts]
    counts, picks, kept = zip(*(f for f in found if f[0]))
    return Sliced(counts, blocks if len(picks) == len(blocks) else picks, kept)


def within(places: range, start: int, stop: int) -> range:
    """Those places that lie from `start` to before `stop`.

    Examples
    --------
    >>> within(range(1, 20, 3), 5, 12)
    range(7, 13, 3)
    """
    step = places.step
    first, last = (start, stop) if step > 0 else (stop - 1, start - 1)
    return places[max(0, -((places.start - first) // step)) : max(0, -((places.start - last) // step))]


def moved(places: range, by: int) -> range:
    """The places, all so much further.

    Examples
    --------
    >>> moved(range(2, 6, 2), -2)
    range(0, 4, 2)
    """
    return range(places.start + by, places.stop + by, places.step)


def as_slice(places: range) -> slice:
    """The slice that takes the places of a range, which are not negative.

    Examples
    --------
    >>> as_slice(range(8, -2, -2)), as_slice(range(5, 5))
    (slice(8, None, -2), slice(0, 0, 1))
    """
    if not places:
        return slice(0, 0, 1)
    stop = places[-1] + (1 if places.step > 0 else -1)
    return slice(places.start, None if stop < 0 else stop, places.step)


def place(sizes: Sizes, at: int) -> tuple[int, int]:
    """The block that holds an element, and its place in the block.

    Examples
    --------
    >>> place((4, 4), 5)
    (1, 1)
    """
    starts = offsets(sizes)
    block = bisect_right(starts, at) - 1
    return block, at - starts[block]
