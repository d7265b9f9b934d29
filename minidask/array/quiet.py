"""Trying a function out without a word: its warnings come when it runs."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_OF_THREADS = bool(getattr(sys.flags, "context_aware_warnings", False))
"""Whether each thread has filters of its own (Python 3.14, without the interpreter's lock)."""
_lock = threading.Lock()
_inside = 0
_filters: Any = None


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings inside the block.

    Where the filters are those of all threads, the first of the blocks that overlap changes them, and the last one
    restores.

    Examples
    --------
    >>> with quiet():
    ...     np.log(np.zeros(1))
    array([-inf])
    """
    with np.errstate(all="ignore"):
        if _OF_THREADS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
            return
        _enter()
        try:
            yield
        finally:
            _exit()


def _enter() -> None:
    global _inside, _filters
    with _lock:
        if not _inside:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            warnings.simplefilter("ignore")
        _inside += 1


def _exit() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            _filters.__exit__(None, None, None)
