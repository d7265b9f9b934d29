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
from time import perf_counter

import minidask.config as config
from minidask.quantities import parse_timedelta
from minidask.schedulers.engine import Engine


def wait_watched(
    over: threading.Event, left: Callable[[], int], engine: Engine, threads: list[threading.Thread]
) -> None:
    """Wait until `over`; a warning tells with the stacks of the workers when nothing moves.

    Parameters
    ----------
    over
        Is set at the end of the computation.
    left
        How many tasks are not done.
    engine
        Is asked for the stacks of workers that are not threads of this process.
    threads
        The workers.
    """
    duration = config.get("watchdog")
    if duration is None:
        over.wait()
        return
    seconds = parse_timedelta(duration)
    before = left()
    while not over.wait(seconds):
        now = left()
        if now == before:
            stacks = "\n".join([*_stacks(threads), *engine.stacks()])
            text = f"no task has ended for {seconds:g} seconds, and {now} are left (option watchdog); the workers:"
            warnings.warn(f"{text}\n{stacks}", RuntimeWarning, stacklevel=2)
        before = now


def join(threads: list[threading.Thread], seconds: float | None) -> bool:
    """Wait for threads to end; whether they all did within `seconds`."""
    end = None if seconds is None else perf_counter() + seconds
    for thread in threads:
        if thread.ident is not None:
            thread.join(None if end is None else max(0.0, end - perf_counter()))
    return not any(thread.is_alive() for thread in threads)


def _stacks(threads: list[threading.Thread]) -> Iterator[str]:
    frames = sys._current_frames()
    for thread in threads:
        frame = frames.get(thread.ident or 0)
        if frame is not None:
            yield f"{thread.name}:\n{''.join(traceback.format_stack(frame)).rstrip()}"
