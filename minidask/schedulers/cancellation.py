"""Stopping computations from outside the thread that waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar

Stop = Callable[[BaseException], None]


class Cancellation:
    """What can stop all computations that start while it is in force, and those that run.

    Examples
    --------
    >>> from minidask import delayed
    >>> cancellation = Cancellation()
    >>> cancellation.cancel()
    >>> with cancellation:
    ...     delayed(sum)([1, 2]).compute()
    Traceback (most recent call last):
    concurrent.futures._base.CancelledError
    """

    def __init__(self) -> None:
        self._stops: dict[int, Stop] = {}
        self._cancelled = False
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Stop them all: their callers get a CancelledError."""
        with self._lock:
            self._cancelled = True
            stops = list(self._stops.values())
        for stop in stops:
            stop(CancelledError())

    def __enter__(self) -> Cancellation:
        self._token = _in_force.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _in_force.reset(self._token)

    def add(self, stop: Stop) -> None:
        """A computation begins, which `stop` ends; at once, when it was cancelled before."""
        with self._lock:
            self._stops[id(stop)] = stop
            cancelled = self._cancelled
        if cancelled:
            stop(CancelledError())

    def remove(self, stop: Stop) -> None:
        """The computation has ended."""
        with self._lock:
            del self._stops[id(stop)]


_in_force: ContextVar[Cancellation | None] = ContextVar("minidask.cancellation", default=None)


@contextmanager
def stopped_by(stop: Stop) -> Iterator[None]:
    """Inside the block the cancellation in force, if there is one, can stop the computation by calling `stop`."""
    cancellation = _in_force.get()
    if cancellation is None:
        yield
        return
    cancellation.add(stop)
    try:
        yield
    finally:
        cancellation.remove(stop)


def is_request(error: BaseException) -> bool:
    """Whether a person, or the program, asked for the end by this error: Ctrl-C, a cancellation.

    Examples
    --------
    >>> is_request(KeyboardInterrupt()), is_request(CancelledError()), is_request(ValueError())
    (True, True, False)
    """
    return isinstance(error, CancelledError) or not isinstance(error, Exception)
