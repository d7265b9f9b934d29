"""Questions to real data: asked of minidask with each scheduler, and of what people use without it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import minidask
from minidask.diagnostics import ProgressBar, ResourceProfiler


class Question(NamedTuple):
    """One question, and two ways to its answer that have nothing in common."""

    text: str
    ours: Callable[[], Any]
    """Makes the collection to be computed, or a container of several."""
    other: str
    """What the other way uses: pandas, NumPy, Python."""
    theirs: Callable[[], Any]
    tell: Callable[[Any], str]
    """The answer in a few words."""


class Size(NamedTuple):
    """How much data to take."""

    flights: int | None
    """Rows of the table; None is all."""
    points: int
    """Of the array, of 8 bytes each."""
    sources: int | None
    """Files of the standard library; None is all."""


def ask(question: Question, schedulers: Sequence[str], progress: bool) -> Iterator[str]:
    """Answer in every way, and tell how each did, line by line.

    Raises
    ------
    AssertionError
        Two answers differ.
    """
    yield question.text
    start = perf_counter()
    expected = question.theirs()
    yield _line(question.other, perf_counter() - start, "", question.tell(expected))
    for scheduler in schedulers:
        answer, seconds, megabytes = _compute(question.ours, scheduler, progress)
        yield _line(f"minidask {scheduler}", seconds, f"+{megabytes:,.0f} MB", question.tell(answer))
        assert_same(answer, expected)


def _line(who: str, seconds: float, memory: str, told: str) -> str:
    return f"  {who:22} {seconds:6.2f} s {memory:>9}   {told}"


def _compute(ours: Callable[[], Any], scheduler: str, progress: bool) -> tuple[Any, float, float]:
    """The answer, the seconds it took, and by how many MB the memory of all our processes grew at most."""
    with minidask.config.set(scheduler=scheduler), ResourceProfiler(dt=0.05) as resources:
        start = perf_counter()
        if progress:
            with ProgressBar(minimum=0.2, dt=0.1 if sys.stdout.isatty() else 5):  # a log wants fewer lines
                (answer,) = minidask.compute(ours())
        else:
            (answer,) = minidask.compute(ours())
        seconds = perf_counter() - start
    memory = [sample.mem for sample in resources.results]
    return answer, seconds, max(memory) - memory[0]


def assert_same(ours: Any, theirs: Any) -> None:
    """Raise an AssertionError unless two answers are equal: of one type, real numbers up to rounding."""
    if type(ours) is not type(theirs) and not (np.isscalar(ours) and np.isscalar(theirs)):
        raise AssertionError(f"one answer is a {type(ours).__name__}, the other a {type(theirs).__name__}")
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), f"{sorted(ours)} and {sorted(theirs)}"
        for name in theirs:
            assert_same(ours[name], theirs[name])
    elif isinstance(theirs, pd.DataFrame):
        pd.testing.assert_frame_equal(ours, theirs)
    elif isinstance(theirs, pd.Series):
        pd.testing.assert_series_equal(ours, theirs)
    elif isinstance(theirs, np.ndarray | np.generic | float):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-9)
    else:
        assert ours == theirs, f"{ours!r} and {theirs!r}"
