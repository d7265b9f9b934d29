"""Says so when a computation does not move for long.

The thread that waits for the workers watches them. The synchronous scheduler has no such thread, and is not watched:
it runs its tasks in the caller, where Ctrl-C shows the task's own lines.
"""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from math import inf
from time import perf_counter

import minidask.config as config
from minidask.quantities import parse_timedelta
from minidask.schedulers.crew import Crew
from minidask.schedulers.engine import Engine

_LOOK_EVERY = 1.0
"""Seconds between looks whether the workers live."""


def wait_watched(over: threading.Event, left: Callable[[], int], engine: Engine, crew: Crew) -> None:
    """Wait until `over`; a warning tells with the stacks of the workers when nothing moves.

    Parameters
    ----------
    over
        Is set at the end of the computation.
    left
        How many tasks are not done.
    engine
        Is asked for the stacks of workers that are not threads of this process.
    crew
        The workers.
    """
    duration = config.get("watchdog")
    seconds = inf if duration is None else parse_timedelta(duration)
    before, since = left(), perf_counter()
    while not over.wait(min(_LOOK_EVERY, max(0.0, since + seconds - perf_counter()))):
        crew.check()
        if perf_counter() < since + seconds:
            continue
        now = left()
        if now == before:
            stacks = "\n".join([*_stacks(crew.threads), *engine.stacks()])
            text = f"no task has ended for {seconds:g} seconds, and {now} are left (option watchdog); the workers:"
            warnings.warn(f"{text}\n{stacks}", RuntimeWarning, stacklevel=2)
        before, since = now, perf_counter()


def _stacks(threads: list[threading.Thread]) -> Iterator[str]:
    frames = sys._current_frames()
    for thread in threads:
        frame = frames.get(thread.ident or 0)
        if frame is not None:
            yield f"{thread.name}:\n{''.join(traceback.format_stack(frame)).rstrip()}"
