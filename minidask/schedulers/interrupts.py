"""Ctrl-C: let through where a computation can be stopped, and put off elsewhere."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` wraps, whose enums take 20 us each computation
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


class Interrupts:
    """Inside `put_off` a computation is not interrupted, but for the blocks of `with interrupts:`.

    After the first interruption all others are put off, so that a person who presses Ctrl-C again and again does not
    interrupt the tidying up. One that is let through and then lost, as Python does with an error in a callback of the
    garbage collector, and some people's code with any, comes again at the next `with interrupts:`. Only the main thread
    is ever interrupted; in others this does nothing.

    Examples
    --------
    >>> interrupts = Interrupts()
    >>> steps = []
    >>> try:
    ...     with interrupts.put_off():
    ...         signal.raise_signal(signal.SIGINT)
    ...         steps.append("prepared")
    ...         with interrupts:
    ...             steps.append("worked")
    ... except KeyboardInterrupt:
    ...     steps
    ['prepared']
    """

    def __init__(self) -> None:
        self._usual: Handler | None = None
        self._through = False
        self._came: FrameType | None = None
        self._pending = False
        self._raised = False  # in a block that it has not left yet

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Inside the block Ctrl-C waits."""
        usual = _signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(usual):
            yield
            return
        self._usual, ours = usual, self._handle  # one object: bound methods are made anew each time
        _signal.signal(signal.SIGINT, ours)
        try:
            yield
        except KeyboardInterrupt:
            self._pending = False
            raise
        finally:
            if _signal.getsignal(signal.SIGINT) is ours:  # and no task has set another one
                _signal.signal(signal.SIGINT, usual)
            if self._pending:
                self._deliver()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._pending, self._came = True, frame
        if self._through:
            self._deliver()

    def _deliver(self) -> None:
        self._pending = False
        frame, self._came = self._came, None
        assert self._usual is not None
        try:
            self._usual(signal.SIGINT, frame)
            if self._raised:  # it is that of a computation around, which has raised it already
                raise KeyboardInterrupt
        except BaseException:
            self._through, self._raised = False, True
            raise

    def raise_lost(self) -> None:
        """Raise the Ctrl-C that somebody's code has swallowed, if there is one."""
        with self:
            pass

    @contextmanager
    def put_off_inside(self) -> Iterator[None]:
        """Inside the block, which is in one of `with interrupts:`, Ctrl-C waits again."""
        self._through = False
        try:
            yield
        finally:
            self.__enter__()

    def __enter__(self) -> None:
        self._through = True
        if self._pending or self._raised:
            self._deliver()

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self._through = False
        self._raised = self._raised and kind is None


@contextmanager
def insisting() -> Iterator[None]:
    """Inside the block a computation may be interrupted; an interruption that is lost there comes again at its end.

    Examples
    --------
    >>> with insisting():
    ...     sum([1, 2])
    3
    """
    interrupts = Interrupts()
    with interrupts.put_off():
        with interrupts:
            yield
        with interrupts:
            pass
