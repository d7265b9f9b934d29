"""Who waits for the interpreter's lock, and how long: measured, also where other programs want the cores.

A thread that wants the lock is woken every few milliseconds and queues for a core, as one does that computes. So its
own times do not tell whether it waited for the lock: a `Probe` wants it now and then and measures how long that takes.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import perf_counter, sleep, thread_time
from typing import NamedTuple

_SCHEDULED = Path("/proc/thread-self/schedstat")
"""Where Linux tells for how many nanoseconds a thread had a core, and waited for one."""
_TICK = 0.002
"""Seconds that a probe sleeps."""
_LINGERS = 25
"""Ticks after which a probe ends that nobody needs."""


def thread_times() -> tuple[float, float]:
    """The seconds that the calling thread had a core, and that it waited for one, where the system tells that."""
    try:
        used, queued, _ = _SCHEDULED.read_text().split()
    except (OSError, ValueError):
        return thread_time(), 0.0
    return int(used) * 1e-9, int(queued) * 1e-9


class Watched(NamedTuple):
    """What a probe has seen so far."""

    waited: float
    """The seconds that it has waited for the lock."""
    lasted: float
    """The seconds that it has looked, without those that it waited for a core."""


class Probe:
    """A thread that wants the interpreter's lock now and then, while somebody is inside `with probe:`.

    Examples
    --------
    >>> probe = Probe()
    >>> with probe:
    ...     sleep(0.05)  # lets go of the lock
    >>> waited, lasted = probe.seen
    >>> waited < lasted / 2
    True
    >>> probe.close()
    """

    def __init__(self) -> None:
        self.seen = Watched(0.0, 0.0)
        self._inside = 0
        self._closed = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="minidask-probe", daemon=True)
                self._thread.start()

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._inside -= 1

    def _run(self) -> None:
        before, idle = self.seen, 0
        began, (used, queued) = perf_counter(), thread_times()
        asleep = 0.0
        while not self._ends(idle):
            sleep(_TICK)
            asleep += _TICK
            idle = 0 if self._inside else idle + 1
            now_used, now_queued = thread_times()
            lasted = perf_counter() - began - (now_queued - queued)
            waited = max(0.0, lasted - asleep - (now_used - used))
            self.seen = Watched(before.waited + waited, before.lasted + lasted)

    def _ends(self, idle: int) -> bool:
        with self._lock:
            if self._closed or idle > _LINGERS:
                self._thread = None
                return True
            return False

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            self._closed, thread = True, self._thread
        if thread is not None:
            thread.join()
