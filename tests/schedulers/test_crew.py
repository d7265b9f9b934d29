"""The threads of a computation: that none of them ends unnoticed."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from minidask import config
from minidask.schedulers import threads
from minidask.schedulers.crew import Crew
from minidask.schedulers.loop import _Loop


def test_a_thread_that_cannot_even_begin_is_told_of(monkeypatch: pytest.MonkeyPatch):
    def no_memory(self: Any, worker: int) -> None:
        raise MemoryError("not even for a small object")

    monkeypatch.setattr(_Loop, "_work", no_memory)
    for watchdog in ("5 min", None):
        with config.set(watchdog=watchdog), pytest.raises(MemoryError, match="not even"):
            threads.get({"x": (abs, -1)}, "x", num_workers=2)


def test_one_that_is_late_is_not_waited_for():
    event = Event()
    crew = Crew(lambda number: event.wait() and None, 2)
    assert crew.join(0), "as none has begun"
    crew.start()
    assert not crew.join(0.01)
    event.set()
    assert crew.join(None)
