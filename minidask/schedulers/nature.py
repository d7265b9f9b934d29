"""What was seen of operations: whether threads are enough for them, or they hold the interpreter's lock.

While several tasks run at once, the time that a thread was computing is compared with the time that passed. Threads
that let go of the lock compute all the time; those that wait for files or servers hardly compute; of those that hold
the lock one computes at a time, so that together they make about one core.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import thread_time
from typing import NamedTuple

from minidask.quantities import format_bytes
from minidask.task import Graph

_ENOUGH = 0.03
"""Seconds of tasks that ran beside others, from which the nature of an operation is seen."""
_SHORTEST = 0.0005
"""Seconds: shorter tasks stay, as sending them takes as long as running them."""
_BESIDE = 1.5
"""So many tasks must run at once on average, to tell who waits for whom."""
_ONE_CORE = (0.6, 1.5)
_SENT_PER_SECOND = 200 * 2**20
_MOST_LEARNT = 1000
_SCHEDULED = Path("/proc/thread-self/schedstat")
"""Where Linux tells for how many nanoseconds a thread had a core, and waited for one."""


class Choice(NamedTuple):
    """Where an operation runs from now on."""

    in_processes: bool
    why: str


_learnt: dict[tuple[str, str | None], Choice] = {}
"""By the operation and the person's line: the next computation begins with it."""
_learning = threading.Lock()


def choices(graph: Graph) -> dict[str, Choice]:
    """What was learnt of the operations of a graph in earlier computations with `scheduler="auto"`.

    Examples
    --------
    >>> choices(Graph.from_dict({"never seen": 1}))
    {}
    """
    found = {}
    for kind in range(graph.kinds):
        choice = learnt(graph, kind)
        if choice is not None:
            operation, where = _operation(graph, kind)
            found[f"{operation} ({where})" if where else operation] = choice
    return found


def told(graph: Graph) -> str:
    """The same as text, after an empty line; nothing where nothing was learnt."""
    lines = [
        f"{operation}: {'processes' if choice.in_processes else 'threads'}, as {choice.why}"
        for operation, choice in choices(graph).items()
    ]
    return "\n".join(["\n", 'with scheduler="auto"', "---------------------", *lines]) if lines else ""


def forget() -> None:
    """Let all operations be looked at anew."""
    with _learning:
        _learnt.clear()


def learnt(graph: Graph, kind: int) -> Choice | None:
    """What was learnt of one kind of tasks."""
    with _learning:
        return _learnt.get(_operation(graph, kind))


def learn(graph: Graph, kind: int, choice: Choice) -> str:
    """Remember a choice for the next computation; the operation's name."""
    operation, where = _operation(graph, kind)
    with _learning:
        if len(_learnt) >= _MOST_LEARNT:
            _learnt.clear()
        _learnt[operation, where] = choice
    return operation


def _operation(graph: Graph, kind: int) -> tuple[str, str | None]:
    origin = graph.origin(graph.first(kind))
    return origin.operation, origin.where


class Sample:
    """What was seen of one operation.

    Examples
    --------
    >>> sample = Sample()
    >>> sample.add(tasks=2, computing=0.1, passed=0.2, beside=2.0, sent=1000)
    >>> sample.choose()
    Choice(in_processes=True, why='2 threads together computed on 1.0 cores')
    """

    def __init__(self) -> None:
        self._tasks = 0
        self._computing = 0.0
        self._passed = 0.0
        self._cores = 0.0
        self._beside = 0.0
        self._sent = 0

    def add(self, tasks: int, computing: float, passed: float, beside: float, sent: int) -> None:
        """Some tasks have run one after the other in a thread.

        Parameters
        ----------
        tasks
            How many.
        computing, passed
            The seconds that the thread was computing, and those that passed.
        beside
            How many threads ran tasks in this time.
        sent
            The bytes that would have been sent, were it in another process.
        """
        self._tasks += tasks
        self._computing += computing
        self._passed += passed
        self._beside += beside * passed
        self._sent += sent

    def choose(self) -> Choice | None:
        """Where such tasks run best; None where too little was seen of them."""
        if self._passed < _ENOUGH or self._tasks < 2:
            return None
        beside = self._beside / self._passed
        if beside < _BESIDE:
            return None
        cores = self._computing / self._passed * beside
        seen = f"{beside:.0f} threads together computed on {cores:.1f} cores"
        if not _ONE_CORE[0] <= cores <= _ONE_CORE[1]:
            return Choice(False, seen)
        if self._computing / self._tasks < _SHORTEST:
            return Choice(False, f"{seen}, but each task is too short to be sent")
        if self._sent / _SENT_PER_SECOND > self._computing / 2:
            return Choice(False, f"{seen}, but each task would send {format_bytes(self._sent // self._tasks)}")
        return Choice(True, seen)


def computing_time() -> float:
    """The seconds that the calling thread was computing, or waiting for a core where the system tells it."""
    try:
        used, waited, _ = _SCHEDULED.read_text().split()
    except (OSError, ValueError):
        return thread_time()
    return (int(used) + int(waited)) * 1e-9
