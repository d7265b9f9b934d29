"""Computations in the background: what `submit` returns."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from contextvars import copy_context
from time import perf_counter
from typing import Any

from minidask.quantities import format_time
from minidask.schedulers.cancellation import Cancellation
from minidask.schedulers.failure import without_ours

_PATIENCE = 1.0
"""Seconds that the end of the program waits for computations that were cancelled by it."""

_running: dict[Computation, threading.Thread] = {}


class Computation(Future[Any]):
    """A computation that runs in the background: a `concurrent.futures.Future` that can be cancelled while it runs.

    It goes to `concurrent.futures.wait` and `as_completed`, and can be awaited: an asyncio task that is cancelled while
    it waits cancels the computation. One that nobody holds runs to its end. The end of the program cancels those that
    run.

    Examples
    --------
    >>> from minidask import delayed
    >>> total = delayed(sum)([1, 2]).submit()
    >>> total.result(timeout=60)
    3
    """

    def __init__(self) -> None:
        super().__init__()
        self._cancellation = Cancellation()
        self._first = threading.Lock()
        self._started = perf_counter()
        self._ended: float | None = None
        self.add_done_callback(_note_end)

    def cancel(self) -> bool:
        """End the computation, whatever it is at; False where it is over already.

        Its result is a CancelledError from now on. What runs of it in threads ends with its present tasks, worker
        processes end at once.
        """
        if not super().cancel():
            return False
        if self._first.acquire(blocking=False):
            self.set_running_or_notify_cancel()  # tells those who wait
            self._cancellation.cancel()
        return True

    def running(self) -> bool:
        """Whether it is not over yet."""
        return not self.done()

    @property
    def seconds(self) -> float:
        """How long it runs, or ran."""
        return (self._ended or perf_counter()) - self._started

    def _run(self, call: Callable[[], Any]) -> None:
        try:
            with suppress(InvalidStateError), self._cancellation:  # that of one that was cancelled meanwhile
                self._settle(call)
        finally:
            del _running[self]

    def _settle(self, call: Callable[[], Any]) -> None:
        try:
            value = call()
        except BaseException as error:
            self.set_exception(error.with_traceback(without_ours(error.__traceback__)))
        else:
            self.set_result(value)

    def __await__(self) -> Generator[Any, None, Any]:
        import asyncio  # whoever awaits has loaded it

        return asyncio.wrap_future(self).__await__()

    def __repr__(self) -> str:
        return f"<computation {self._state_in_words()} {format_time(self.seconds)}>"

    def _state_in_words(self) -> str:
        if not self.done():
            return "running for"
        if self.cancelled():
            return "cancelled after"
        error = self.exception()
        return "done in" if error is None else f"failed with {type(error).__name__} after"


def _note_end(computation: Any) -> None:
    computation._ended = perf_counter()


def start(call: Callable[[], Any]) -> Computation:
    """Run `call()` in a thread of its own, which has the contextual options of this one.

    Examples
    --------
    >>> start(lambda: 5).result()
    5
    """
    computation = Computation()
    run = copy_context().run
    thread = threading.Thread(target=run, args=(computation._run, call), name="minidask-submit", daemon=True)
    _running[computation] = thread
    try:
        thread.start()
    except BaseException:
        _running.pop(computation, None)
        raise
    return computation


@atexit.register
def _cancel_all() -> None:
    """Let nothing of what runs in the background outlive the program, nor hold it up."""
    running = dict(_running)
    for computation in running:
        computation.cancel()
    end = perf_counter() + _PATIENCE
    for thread in running.values():
        thread.join(max(0.0, end - perf_counter()))
