"""The threads that work for one computation: their start, and their end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from time import perf_counter


class Crew:
    """Threads that each run `work(number)` once, with the context variables of whoever makes the crew.

    Parameters
    ----------
    work
        Ends by itself, and tells the computation of its errors.
    count
        How many threads there are.

    Examples
    --------
    >>> done = []
    >>> crew = Crew(done.append, 2)
    >>> crew.start()
    >>> crew.join(None), sorted(done)
    (True, [0, 1])
    """

    def __init__(self, work: Callable[[int], None], count: int) -> None:
        self._work = work
        self._failed: BaseException | None = None
        self.threads = [self._thread(number) for number in range(count)]

    def _thread(self, number: int) -> threading.Thread:
        run = partial(copy_context().run, self._run, number)
        return threading.Thread(target=run, name=f"minidask-{number}", daemon=True)

    def _run(self, number: int) -> None:
        try:
            self._work(number)
        except BaseException as error:  # there was not even the memory to tell the computation
            self._failed = error

    def start(self) -> None:
        """Let all begin."""
        for thread in self.threads:
            thread.start()

    def check(self) -> None:
        """Raise the error of a thread that could not tell the computation of it."""
        if self._failed is not None:
            raise self._failed

    def join(self, seconds: float | None) -> bool:
        """Wait for all to end; whether they did within `seconds`; None: however long it takes."""
        end = None if seconds is None else perf_counter() + seconds
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(None if end is None else max(0.0, end - perf_counter()))
        return not any(thread.is_alive() for thread in self.threads)
