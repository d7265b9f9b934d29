"""Tasks in threads of this process: for NumPy and pandas, which let go of the interpreter's lock while they compute."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from minidask.schedulers.blas import held
from minidask.schedulers.local import LocalScheduler
from minidask.schedulers.machine import worker_count
from minidask.schedulers.pace import is_quick_chain
from minidask.task import Graph


class Threads(LocalScheduler):
    """Runs tasks in threads, which end with the call. Numerical libraries are held to their share of the cores.

    A few small tasks that wait for one another are run by the calling thread.

    Examples
    --------
    >>> from operator import add
    >>> get({"x": 1, "y": (add, "x", 2)}, ["y", "x"], num_workers=2)
    [3, 1]
    """

    def workers(self, num_workers: int | None, graph: Any) -> int:
        workers = worker_count(num_workers)
        return 0 if isinstance(graph, Graph) and is_quick_chain(graph) else workers

    def around(self, workers: int) -> AbstractContextManager[None]:
        return held(workers)


get = Threads()
