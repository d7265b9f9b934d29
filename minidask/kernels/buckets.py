"""Numbers shared out to buckets, each of a range of values, so that buckets can be sorted one by one in the cache.

A sample tells where the ranges begin, and a search without branches finds that of each number (Sanders, Winkel: Super
Scalar Sample Sort, 2004). It is short, as cells of equal width tell about where to look. Values that are very common
have a bucket of their own; so has NaN, the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import indent
from typing import NamedTuple

import numpy as np

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops

KINDS = ("float32", "float64", "int32", "int64", "uint32", "uint64")
"""The dtypes that NumPy sorts with vector instructions, so that sorting buckets pays."""

_STEPS = 10
"""How many element-wise steps take as long as the sort that a compiled loop saves."""


class Sample(NamedTuple):
    """Numbers drawn from a block, and how many it has."""

    values: np.ndarray
    length: int


class Buckets(NamedTuple):
    """Numbers, bucket after bucket."""

    values: np.ndarray
    ends: np.ndarray
    """Where each bucket ends."""


def sample_of(block: np.ndarray, count: int, seed: int) -> Sample:
    """So many numbers of a block, drawn with replacement, where it has any."""
    at = np.random.default_rng(seed).integers(0, max(len(block), 1), count if len(block) else 0)
    return Sample(block[at], len(block))


def pivots_of(samples: Sequence[Sample], levels: int) -> np.ndarray:
    """The least numbers of all buckets but the first and the last, of which there are `2**levels` besides that of NaN.

    Examples
    --------
    >>> pivots_of([Sample(np.arange(8), 8), Sample(np.arange(8, 16), 8)], 2)
    array([ 4,  8, 12])
    >>> pivots_of([Sample(np.array([1, 5, 5, 5, 5, 5, 7, 9]), 8)], 3)
    array([5, 5, 5, 5, 6, 7, 9])
    """
    values = np.concatenate([sample.values for sample in samples])
    weights = np.concatenate([np.full(len(s.values), s.length / max(len(s.values), 1)) for s in samples])
    order = np.argsort(values)[: len(values) - np.count_nonzero(values != values)]
    if not len(order):
        return np.zeros(2**levels - 1, values.dtype)
    below = np.cumsum(weights[order])
    shares = np.arange(1, 2**levels) / 2**levels
    pivots = values[order[below.searchsorted(shares * below[-1], side="right").clip(max=len(order) - 1)]]
    again = np.append(False, pivots[1:] == pivots[:-1])
    last = again & ~np.append(again[1:], False)
    pivots[last] = _next(pivots[last])
    return pivots


def _next(values: np.ndarray) -> np.ndarray:
    """The numbers that come next after some; the largest has none."""
    if values.dtype.kind == "f":
        with np.errstate(over="ignore", under="ignore"):
            found: np.ndarray = np.nextafter(values, values.dtype.type(np.inf))
        return found
    return values + (values < np.iinfo(values.dtype).max).astype(values.dtype)


def constant(pivots: np.ndarray) -> np.ndarray:
    """Which buckets are of equal numbers only.

    Examples
    --------
    >>> constant(np.array([5, 5, 6])).tolist()
    [False, False, True, False, True]
    """
    top = np.inf if pivots.dtype.kind == "f" else np.iinfo(pivots.dtype).max
    within = (pivots[1:] == _next(pivots[:-1])) & (pivots[1:] != pivots[:-1])
    return np.concatenate([[False], within, [pivots[-1] == top, True]])


def share_out(block: np.ndarray, pivots: np.ndarray) -> Buckets:
    """The numbers of a block, bucket after bucket.

    Examples
    --------
    >>> share_out(np.array([7.0, 1.0, np.nan, 3.0]), np.array([2.0, 3.0, 5.0]))
    Buckets(values=array([ 1.,  3.,  7., nan]), ends=array([1, 1, 2, 3, 4]))
    """
    block = np.asarray(block)
    func = compiled(_LOOPS[block.dtype], _STEPS * block.size)
    if func is None:
        return _sorted(block, pivots)
    whole = block.flags.c_contiguous and block.flags.writeable  # as the loop was compiled for
    values, ends = np.empty(len(block), block.dtype), np.zeros(len(pivots) + 2, np.int64)
    buckets = np.empty(len(block), np.uint16)
    func(block if whole else block.copy(), pivots, *_cells(pivots), values, ends, buckets)
    return Buckets(values, ends)


def _sorted(block: np.ndarray, pivots: np.ndarray) -> Buckets:
    values = np.sort(block)
    numbers = values.searchsorted(np.nan) if values.dtype.kind == "f" else len(values)
    return Buckets(values, np.concatenate([values.searchsorted(pivots), [numbers, len(values)]]))


class Cells(NamedTuple):
    """Cells of equal width: those of smaller numbers are never after those of larger ones."""

    low: float
    scale: float
    """The cell of a number `x` is `(x - low) * scale`, at most the last one, and that of NaN."""
    first: np.ndarray
    """For each cell how many pivots are in those before it, or fewer, so that `2**steps - 1` more are there."""
    steps: int
    """Of the search among the pivots of one cell."""


def _cells(pivots: np.ndarray) -> Cells:
    numbers = pivots.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    low, high = (finite[0], finite[-1]) if len(finite) else (0.0, 0.0)
    limits, top = np.finfo(np.float64), _CELLS - 1
    with np.errstate(all="ignore"):
        scale = np.clip(_CELLS / (high - low), limits.tiny, limits.max)
        places = ((numbers - low) * scale).clip(0, top).astype(np.int64)
    steps = int(np.bincount(places).max()).bit_length()
    first = places.searchsorted(np.arange(_CELLS)).clip(max=len(pivots) + 1 - 2**steps)
    return Cells(float(low), float(scale), first.astype(np.uint16), steps)


def _classified(lanes: int) -> str:
    """Lines for so many numbers at once: each waits for memory, together they do not."""
    lines = [
        "v{0} = block[i + {0}]",
        "c{0} = (float64(v{0}) - low) * scale",
        "c{0} = c{0} if c{0} < top else top",
        "c{0} = c{0} if c{0} > 0.0 else 0.0",
        "at{0} = uint64(first[uint64(c{0})])",
        "for half in range(steps - 1, -1, -1):",
        "    at{0} += uint64(not (v{0} < pivots[at{0} + (uint64(1) << uint64(half)) - uint64(1)])) << uint64(half)",
        "at{0} += uint64(v{0} != v{0})",
        "buckets[i + {0}] = at{0}",
        "ends[at{0}] += 1",
    ]
    each = [
        line if line.startswith("for") else "\n".join([line.format(lane) for lane in range(lanes)]) for line in lines
    ]
    return indent("\n".join(each), " " * 8)


_CELLS = 4096
_LANES = 8
_SOURCE = f"""
def formula(block, pivots, low, scale, first, steps, values, ends, buckets):
    n, top = len(block), float64(len(first) - 1)
    whole = n - n % {_LANES}
    for i in range(0, whole, {_LANES}):
{_classified(_LANES)}
    for i in range(whole, n):
{_classified(1)}
    begin = 0
    for j in range(len(ends)):
        begin, ends[j] = begin + ends[j], begin
    for i in range(n):
        bucket = buckets[i]
        values[ends[bucket]] = block[i]
        ends[bucket] += 1
"""
_LOOPS = {
    np.dtype(kind): Loops(
        _SOURCE,
        f"void({kind}[::1], {kind}[::1], float64, float64, uint16[::1], int64, {kind}[::1], int64[::1], uint16[::1])",
    )
    for kind in KINDS
}


class Plan(NamedTuple):
    """What each block of the result takes; arrays with one element for each of them, or one for each block and each."""

    first: np.ndarray
    last: np.ndarray
    """The buckets that it takes, also in part."""
    starts: np.ndarray
    stops: np.ndarray
    """What it takes of each block."""
    skips: np.ndarray
    """How many of the numbers that it takes are those of the one before it."""
    sizes: np.ndarray


def plan_of(ends: Sequence[np.ndarray], pivots: np.ndarray) -> Plan:
    """What the blocks of the result take, which are as large as those that were shared out.

    Buckets of equal numbers are cut; of others both neighbours take all, and leave off what is not theirs.
    """
    ends_of = np.stack(ends)
    counts = np.diff(ends_of, prepend=0)
    before, upto = np.cumsum(counts, axis=0) - counts, ends_of.sum(axis=0)
    ranks = np.append(0, np.cumsum(ends_of[:, -1]))
    low, high, alike = ranks[:-1], ranks[1:], constant(pivots)
    first = upto.searchsorted(low, side="right").clip(max=len(upto) - 1)
    last = np.maximum(first, upto.searchsorted(high))
    begin = upto - counts.sum(axis=0)
    passed, taken = low - begin[first], high - begin[last]
    starts = np.where(alike[first], (passed - before[:, first]).clip(0, counts[:, first]), 0)
    stops = np.where(alike[last], (taken - before[:, last]).clip(0, counts[:, last]), counts[:, last])
    starts, stops = ((ends_of - counts)[:, at] + n for at, n in ((first, starts), (last, stops)))
    return Plan(first, last, starts, stops, np.where(alike[first], 0, passed), high - low)


class Part(NamedTuple):
    """What a block of the result takes of a block."""

    buckets: Buckets
    skip: int
    size: int


def parts_of(buckets: Buckets, plan: Plan, number: int) -> list[Part]:
    """What each block of the result takes of the block of this number; views."""
    lists = (plan.first, plan.last, plan.starts[number], plan.stops[number], plan.skips, plan.sizes)
    found = []
    for first, last, start, stop, skip, size in zip(*[each.tolist() for each in lists]):
        ends = buckets.ends[first : last + 1] - start
        ends[-1] = stop - start
        found.append(Part(Buckets(buckets.values[start:stop], ends), skip, size))
    return found


def merged(parts: Sequence[Part]) -> np.ndarray:
    """A block of the result, out of what it takes of all blocks.

    Examples
    --------
    >>> pivots = np.array([3, 5, 9])
    >>> blocks = [share_out(np.array(block), pivots) for block in ([8, 1, 4], [2, 7])]
    >>> plan = plan_of([block.ends for block in blocks], pivots)
    >>> [merged(parts).tolist() for parts in zip(*[parts_of(block, plan, i) for i, block in enumerate(blocks)])]
    [[1, 2, 4], [7, 8]]
    """
    values = np.empty(sum([len(part.buckets.values) for part in parts]), parts[0].buckets.values.dtype)
    cuts = zip(*[pairwise([0, *part.buckets.ends.tolist()]) for part in parts])
    begin = 0
    for bucket in cuts:
        pieces = [part.buckets.values[start:end] for part, (start, end) in zip(parts, bucket)]
        end = begin + sum(map(len, pieces))
        np.concatenate(pieces, out=values[begin:end])
        values[begin:end].sort()
        begin = end
    _, skip, size = parts[0]
    return values[skip : skip + size]
