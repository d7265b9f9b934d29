"""Tasks in threads of this process: for NumPy and pandas, which let go of the interpreter's lock while they compute."""

from __future__ import annotations

from contextlib import AbstractContextManager

from minidask.schedulers.blas import held
from minidask.schedulers.local import LocalScheduler
from minidask.schedulers.machine import worker_count


class Threads(LocalScheduler):
    """Runs tasks in threads, which end with the call. Numerical libraries are held to their share of the cores.

    A few small tasks that wait for one another are run by the calling thread.

    Examples
    --------
    >>> from operator import add
    >>> get({"x": 1, "y": (add, "x", 2)}, ["y", "x"], num_workers=2)
    [3, 1]
    """

    quick_by_caller = True

    def workers(self, num_workers: int | None) -> int:
        return worker_count(num_workers)

    def around(self, workers: int) -> AbstractContextManager[None]:
        return held(workers)


get = Threads()
