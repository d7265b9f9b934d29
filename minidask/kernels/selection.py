"""The k-th least of values that lie in many sorted runs, found without bringing them together.

Points at even distances of each run tell between which values the k-th must be; only those are looked at.
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


def summarize(run: np.ndarray) -> Summary:
    """Points at even distances, the last one among them.

    Examples
    --------
    >>> summarize(np.array([1, 5, 9])).points.tolist()
    [1, 5, 9]
    """
    places = np.unique(np.linspace(0, len(run) - 1, min(POINTS, len(run))).astype(np.int64))
    return Summary(run[places], places, len(run))


def brackets_of(summaries: Sequence[Summary], ranks: Sequence[int]) -> list[Bracket]:
    """Between which values those of these ranks (counted from 0) are."""
    points = np.unique(np.concatenate([s.points for s in summaries]))
    least, most = np.zeros(len(points), np.int64), np.zeros(len(points), np.int64)
    for summary in summaries:
        if not summary.length:
            continue
        at = summary.points.searchsorted(points, side="right")
        least += np.append(0, summary.places + 1)[at]
        most += np.append(summary.places, summary.length)[at]
    found = []
    for rank in ranks:
        below = most.searchsorted(rank, side="right") - 1
        above = least.searchsorted(rank + 1, side="left")
        found.append(Bracket(rank, points[below] if below >= 0 else None, points[above]))
    return found


def candidates(run: np.ndarray, bracket: Bracket) -> tuple[int, np.ndarray]:
    """How many values of a run are below a bracket, and those within."""
    start = 0 if bracket.low is None else int(run.searchsorted(bracket.low, side="right"))
    stop = int(run.searchsorted(bracket.high, side="right"))
    return start, run[start:stop]


def select(found: Sequence[tuple[int, np.ndarray]], bracket: Bracket) -> Any:
    """The value of the rank that a bracket is for, out of the candidates of all runs.

    Examples
    --------
    >>> runs = [np.array([1, 4, 6]), np.array([2, 3])]
    >>> (bracket,) = brackets_of([summarize(run) for run in runs], [2])
    >>> int(select([candidates(run, bracket) for run in runs], bracket))
    3
    """
    rank = bracket.rank - sum(below for below, _ in found)
    return np.partition(np.concatenate([values for _, values in found]), rank)[rank]
