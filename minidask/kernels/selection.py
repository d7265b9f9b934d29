"""The k-th least of values that lie in many sorted runs, found without bringing them together.

Points at even distances of each run tell between which values the k-th must be; only those are looked at. Values are
in the order in which NumPy sorts them: NaN comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

POINTS = 2048
"""How many points of a run are looked at."""


class Summary(NamedTuple):
    """Points of a sorted run."""

    points: np.ndarray
    places: np.ndarray
    """Where in the run they are."""
    length: int


class Bracket(NamedTuple):
    """The k-th value is above `low` (None: the least there can be), and at most `high`."""

    rank: int
    low: Any
    high: Any


class Near(NamedTuple):
    """What a run has around a bracket: how many values at or below `low`, those within, and how many are `high`."""

    below: int
    within: np.ndarray
    ties: int


def summarize(run: np.ndarray, count: int = POINTS) -> Summary:
    """So many points at even distances, the last one among them.

    Examples
    --------
    >>> summarize(np.array([1, 5, 9])).points.tolist()
    [1, 5, 9]
    """
    places = np.unique(np.linspace(0, len(run) - 1, min(count, len(run))).astype(np.int64))
    return Summary(run[places], places, len(run))


def brackets_of(summaries: Sequence[Summary], ranks: Sequence[int]) -> list[Bracket]:
    """Between which values those of these ranks (counted from 0) are."""
    values = np.concatenate([s.points for s in summaries])
    order = np.argsort(values, kind="stable")
    values = values[order]
    last = np.unique(values.searchsorted(values, side="right")) - 1  # of equal ones
    points = values[last]
    sure = np.concatenate([np.diff(s.places + 1, prepend=0) for s in summaries])  # what each adds to those up to it
    least = np.cumsum(sure[order])[last]
    upto = np.concatenate([np.diff(s.places, append=s.length) for s in summaries])
    most = np.cumsum(upto[order])[last]
    found = []
    for rank in ranks:
        below = most.searchsorted(rank, side="right") - 1
        above = least.searchsorted(rank + 1, side="left")
        found.append(Bracket(rank, points[below] if below >= 0 else None, points[above]))
    return found


def candidates(run: np.ndarray, bracket: Bracket) -> Near:
    """What a sorted run has around a bracket; however many values are the same, few are within.

    Examples
    --------
    >>> candidates(np.array([1, 1, 2, 3, 3, 5]), Bracket(3, 1, 3))
    Near(below=2, within=array([2]), ties=2)
    """
    return candidates_of(run, [bracket])[0]


def candidates_of(run: np.ndarray, brackets: Sequence[Bracket]) -> list[Near]:
    """What a sorted run has around each of several brackets, all of them looked up at once.

    Examples
    --------
    >>> candidates_of(np.array([1, 2, 3]), [Bracket(0, None, 1), Bracket(2, 1, 3)])
    [Near(below=0, within=array([], dtype=int64), ties=1), Near(below=1, within=array([2]), ties=1)]
    """
    lows, highs = np.empty(len(brackets), run.dtype), np.empty(len(brackets), run.dtype)
    for i, bracket in enumerate(brackets):
        highs[i] = bracket.high
        lows[i] = bracket.high if bracket.low is None else bracket.low
    starts = np.where([b.low is None for b in brackets], 0, run.searchsorted(lows, side="right")).tolist()
    stops, ends = (run.searchsorted(highs, side=side).tolist() for side in ("left", "right"))
    return [Near(a, run[a:b], end - max(a, b)) for a, b, end in zip(starts, stops, ends)]


def select(found: Sequence[Near], bracket: Bracket) -> Any:
    """The value of the rank that a bracket is for, out of the candidates of all runs.

    Examples
    --------
    >>> runs = [np.array([1, 4, 6]), np.array([2, 3])]
    >>> (bracket,) = brackets_of([summarize(run) for run in runs], [2])
    >>> int(select([candidates(run, bracket) for run in runs], bracket))
    3
    """
    rank = bracket.rank - sum(near.below for near in found)
    within = np.concatenate([near.within for near in found])
    return bracket.high if rank >= len(within) else np.partition(within, rank)[rank]


def cuts_at(found: Sequence[Near], bracket: Bracket) -> list[int]:
    """How many values of each run are among the first ones, as many as the rank; of equal values those of first runs.

    Examples
    --------
    >>> runs = [np.array([1, 4, 4]), np.array([4, 4])]
    >>> (bracket,) = brackets_of([summarize(run) for run in runs], [3])
    >>> cuts_at([candidates(run, bracket) for run in runs], bracket)
    [3, 0]
    """
    value = select(found, bracket)
    within = bracket.rank - sum(near.below for near in found) < sum(len(near.within) for near in found)
    left, ties = [], []
    for near in found:
        start, stop = (int(near.within.searchsorted(value, side=side)) for side in ("left", "right"))
        left.append(near.below + start)
        ties.append(stop - start if within else near.ties)
    rest = bracket.rank - sum(left)
    cuts = []
    for n, equal in zip(left, ties):
        taken = min(equal, rest)
        cuts.append(n + taken)
        rest -= taken
    return cuts
