"""Holds the thread pools of numerical libraries (BLAS, OpenMP) to the cores, while several tasks run at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from minidask.schedulers.interrupts import Interrupts
from minidask.schedulers.machine import cpu_count

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_holders = 0
_limit: Any = None
_last_hold = (0, 0)
_known: tuple[int, ThreadpoolController] | None = None


@contextmanager
def held(workers: int) -> Iterator[None]:
    """Let each of `workers` threads have its share of the cores for the libraries' own threads, and restore them after.

    Of computations that overlap, the first sets the share and the last one restores.
    """
    global _holders, _limit
    if workers < 2 or "numpy" not in sys.modules:  # a single one may have all; such libraries come with NumPy
        yield
        return
    with Interrupts().put_off(), _lock:
        _holders += 1
        if _holders == 1:
            _limit = _controller().limit(limits=max(1, cpu_count() // workers))
    try:
        yield
    finally:
        with Interrupts().put_off(), _lock:
            _holders -= 1
            if not _holders:
                _limit.restore_original_limits()


def hold(threads: int) -> None:
    """Limit the libraries that are loaded by now to `threads` threads each, for good: in processes of our own."""
    global _last_hold
    now = threads, len(sys.modules)
    if now != _last_hold and "numpy" in sys.modules:
        _controller().limit(limits=threads)
        _last_hold = now


def _controller() -> ThreadpoolController:
    """The libraries found; they are looked for again when modules were imported since, as that takes a millisecond."""
    global _known
    if _known is None or _known[0] != len(sys.modules):
        from threadpoolctl import ThreadpoolController

        _known = len(sys.modules), ThreadpoolController()
    return _known[1]
