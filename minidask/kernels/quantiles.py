"""Values by their rank among values that are not sorted, and which ranks quantiles are made of.

A sample tells between which two values the wanted one should be; those are counted, and what lies between them is all
that is looked at. The counts tell, too, if the sample was wrong: then they tell on which side of the two it is.

The rules are those of Hyndman, Fan: Sample Quantiles in Statistical Packages (1996), and NumPy's others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minidask.kernels.selection import Bracket, Near, candidates

SAMPLE = 65_536
"""How many values of all blocks are drawn, at least."""
SAMPLE_OF_BLOCK = 1_024
TILE = 65_536
MANY = 12
"""From so many pairs on, sorting a block is cheaper than comparing its values with each of them."""
SPREADS = 6.0
"""How many standard deviations a rank in the sample may be off."""

_CONTINUOUS = {
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (0.5, 0.5),
    "weibull": (0, 0),
    "median_unbiased": (1 / 3.0, 1 / 3.0),
    "normal_unbiased": (3 / 8.0, 3 / 8.0),
}


class Ranks(NamedTuple):
    """The two ranks around each quantile, and how far it is from the first to the second; None: it is the first."""

    low: np.ndarray
    high: np.ndarray
    part: np.ndarray | None


def ranks_of(n: int, q: np.ndarray, method: str) -> Ranks:
    """The ranks, counted from 0, that quantiles of n values are made of.

    Examples
    --------
    >>> ranks_of(4, np.array([0.5]), "linear")
    Ranks(low=array([1]), high=array([2]), part=array([0.5]))
    """
    at = _place(n, q, method)
    if at.dtype.kind in "iu":
        return Ranks(at.astype(np.intp), at.astype(np.intp), None)
    low = np.floor(at)
    part = at - low
    if method == "averaged_inverted_cdf":
        part = np.where(part == 0, 0.5, 1.0).astype(at.dtype)
    elif method == "midpoint":
        part = np.where(at % 1 == 0, 0.0, 0.5).astype(at.dtype)
    outside = (at < 0) | (at >= n - 1)
    low = np.clip(low, 0, n - 1).astype(np.intp)
    return Ranks(low, np.where(outside, low, low + 1), np.where(outside, 0, part).astype(at.dtype))


def _place(n: int, q: np.ndarray, method: str) -> np.ndarray:
    """Where quantiles lie among sorted values; as integers where they are values."""
    if method == "inverted_cdf":
        return _next_unless(n * q - 1, lambda part, low: part == 0)
    if method == "closest_observation":
        return _next_unless(n * q - 1 - 0.5, lambda part, low: (part == 0) & (low % 2 == 1))
    if method == "averaged_inverted_cdf":
        return np.asarray(n * q - 1)
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        return np.asarray(n * q + (alpha + q * (1 - alpha - beta)) - 1)
    at = (n - 1) * q
    whole: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.around}
    if method in whole:
        return np.asarray(whole[method](at)).astype(np.intp)
    return np.asarray(0.5 * (np.floor(at) + np.ceil(at)) if method == "midpoint" else at)


def _next_unless(at: np.ndarray, exact: Any) -> np.ndarray:
    low = np.floor(at)
    return np.maximum(np.where(exact(at - low, low), low, low + 1), 0).astype(np.intp)


class Sample(NamedTuple):
    """Some values of a block, how many it has, and how many of all are missing: NaN or NaT."""

    values: np.ndarray
    size: int
    missing: int


def sample_of(block: np.ndarray, size: int) -> Sample:
    """So many values of a block, drawn at places that depend on its size alone."""
    flat = block.ravel(order="K")
    missing = sum(int(np.count_nonzero(tile != tile)) for tile in _tiles(flat)) if flat.dtype.kind in "fmM" else 0
    drawn = flat if len(flat) <= size else flat[np.random.default_rng(0).integers(0, len(flat), size)]
    if missing:
        drawn = drawn[drawn == drawn]
        if not len(drawn) and missing < len(flat):
            drawn = flat[flat == flat][:size]
    return Sample(drawn, len(flat) - missing, missing)


class Pair(NamedTuple):
    """The values between which values of some ranks should be, themselves among them; None: there is no bound."""

    low: Any
    high: Any


def pairs_of(samples: Sequence[Sample], ranks: Sequence[tuple[int, int]]) -> list[Pair]:
    """For ranks, from one to another, the pair of values around them."""
    filled = [s for s in samples if s.size]
    values = np.concatenate([s.values for s in filled])
    weights = np.concatenate([np.full(len(s.values), s.size / len(s.values)) for s in filled])
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    ends, total = np.cumsum(weights), float(sum(s.size for s in filled))
    spread = float(np.sqrt(np.sum(weights * weights * (weights > 1))))
    found = []
    for first, last in ranks:
        share = (first + 0.5) / total
        off = SPREADS * (spread * np.sqrt(share * (1 - share)) + float(weights.max()))
        low, high = np.searchsorted(ends, [first - off, last + 1 + off])
        found.append(Pair(None if low == 0 else values[low], None if high >= len(values) else values[high]))
    return found


class Counted(NamedTuple):
    """What a block has around a pair: how many values below it, and what is near it."""

    less: int
    near: Near


def count_around(block: np.ndarray, pairs: Sequence[Pair]) -> list[Counted]:
    """What a block has around each pair."""
    flat = block.ravel(order="K")
    if len(pairs) >= MANY:
        run = np.sort(flat)
        run = run[: len(run) - int(np.count_nonzero(run != run))]
        return [_in_run(run, pair) for pair in pairs]
    found = [[_in_tile(tile, pair) for pair in pairs] for tile in _tiles(flat)]
    return [_together(parts, flat[:0]) for parts in (zip(*found) if found else [() for _ in pairs])]


def _in_run(run: np.ndarray, pair: Pair) -> Counted:
    if pair.high is None:
        start = 0 if pair.low is None else int(run.searchsorted(pair.low, side="right"))
        near = Near(start, run[start:].copy(), 0)
    else:
        near = candidates(run, Bracket(0, *pair))
        near = near._replace(within=near.within.copy())
    return Counted(0 if pair.low is None else int(run.searchsorted(pair.low, side="left")), near)


def _in_tile(tile: np.ndarray, pair: Pair) -> Counted:
    low, high = pair
    less = below = ties = 0
    inside = None
    if low is not None:
        less, below = int(np.count_nonzero(tile < low)), int(np.count_nonzero(tile <= low))
        inside = tile > low
    if high is not None:
        ties = 0 if low is not None and low == high else int(np.count_nonzero(tile == high))
        inside = tile < high if inside is None else inside & (tile < high)
    within = tile[tile == tile] if inside is None else tile[inside]
    return Counted(less, Near(below, within, ties))


def _together(parts: Sequence[Counted], none: np.ndarray) -> Counted:
    within = np.concatenate([none, *(part.near.within for part in parts)])
    below, ties = (sum(getattr(part.near, name) for part in parts) for name in ("below", "ties"))
    return Counted(sum(part.less for part in parts), Near(below, within, ties))


class Search(NamedTuple):
    """The values of ranks that were found; None for others, which are looked for between `pairs`, not among them."""

    values: dict[int, Any]
    open: list[tuple[int, Pair, int]]
    """The rank, the pair, and how many values come before what lies between."""


def found_in(blocks: Sequence[list[Counted]], pairs: Sequence[Pair], ranks: Sequence[tuple[int, int]]) -> Search:
    """The values of all ranks that what was counted tells."""
    search = Search({}, [])
    for i, (pair, between) in enumerate(zip(pairs, ranks)):
        counted = [block[i] for block in blocks]
        less, below, ties = (
            sum(getattr(c if name == "less" else c.near, name) for c in counted) for name in ("less", "below", "ties")
        )
        within = np.concatenate([c.near.within for c in counted])
        wanted = sorted({rank - below for rank in between})
        inside = [k for k in wanted if 0 <= k < len(within)]
        if inside:
            within.partition(inside)
        for k in wanted:
            rank, top = k + below, len(within) + ties
            if rank < less:
                search.open.append((rank, Pair(None, pair.low), 0))
            elif k < 0:
                search.values[rank] = pair.low
            elif k < top:
                search.values[rank] = within[k] if k < len(within) else pair.high
            else:
                search.open.append((rank, Pair(pair.high, None), below + top))
    return search


def rest_of(block: np.ndarray, search: Search) -> list[np.ndarray]:
    """What a block has between the pairs that are still open."""
    return (
        [near.near.within for near in count_around(block, [pair for _, pair, _ in search.open])] if search.open else []
    )


def values_of(blocks: Sequence[list[np.ndarray]], search: Search) -> dict[int, Any]:
    """The values of all ranks."""
    values = dict(search.values)
    for i, (rank, _, before) in enumerate(search.open):
        within = np.concatenate([block[i] for block in blocks])
        values[rank] = np.partition(within, rank - before)[rank - before]
    return values


def _tiles(flat: np.ndarray) -> list[np.ndarray]:
    return [flat[i : i + TILE] for i in range(0, len(flat), TILE)]
