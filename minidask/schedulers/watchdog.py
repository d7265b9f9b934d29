"""Says so when a computation does not move for long.

The thread that waits for the workers watches them. The synchronous scheduler has no such thread, and is not watched:
it runs its tasks in the caller, where Ctrl-C shows the task's own lines.
"""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from math import inf
from time import perf_counter

import minidask.config as config
from minidask.described import shortened
from minidask.quantities import parse_timedelta
from minidask.schedulers.crew import Crew
from minidask.schedulers.engine import Engine
from minidask.schedulers.failure import frames_of_task, note
from minidask.schedulers.state import State

_LOOK_EVERY = 1.0
"""Seconds between looks whether the workers live, and whether a task has ended."""


def wait_watched(over: threading.Event, state: State, engine: Engine, crew: Crew) -> None:
    """Wait until `over`; a warning tells what runs when nothing moves, and again after twice, four times ... as long.

    Parameters
    ----------
    over
        Is set at the end of the computation.
    state
        Tells what is running and how many tasks are not done.
    engine
        Is asked for the stacks of workers that are not threads of this process.
    crew
        The workers.
    """
    duration = config.get("watchdog")
    patience = inf if duration is None else parse_timedelta(duration)
    left, moved, seconds = state.left, perf_counter(), patience
    while not over.wait(min(_LOOK_EVERY, max(0.0, moved + seconds - perf_counter()))):
        crew.check()
        if state.left != left:
            left, moved, seconds = state.left, perf_counter(), patience
        elif perf_counter() >= moved + seconds:
            text = f"no task has ended for {seconds:g} seconds, and {left} are left (option watchdog); running:"
            warnings.warn("\n".join([text, *_running(state, engine, crew)]), RuntimeWarning, stacklevel=2)
            seconds *= 2


def _running(state: State, engine: Engine, crew: Crew) -> list[str]:
    """The tasks that run, and the stacks of those who run them."""
    tasks = [f"  {note(engine.graph, i, [])}" for i in sorted(state.running.copy())]
    return [*shortened(tasks), *_stacks(crew.threads), *engine.stacks()]


def _stacks(threads: list[threading.Thread]) -> Iterator[str]:
    frames = sys._current_frames()
    for thread in threads:
        frame = frames.get(thread.ident or 0)
        own = frames_of_task(traceback.extract_stack(frame)) if frame is not None else []
        if own:
            yield f"{thread.name}:\n{''.join(traceback.format_list(own)).rstrip()}"
