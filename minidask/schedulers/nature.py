"""What was seen of operations: whether threads are enough for them, or they hold the interpreter's lock.

While several tasks run at once, a `Probe` measures how long it takes to get the lock, and each thread how much of its
time it was neither computing nor waiting for a core. Threads that let go of the lock compute all the time; those that
wait for files or servers do not hold it. Where the lock is mostly held, and the threads wait, they wait for it.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

from minidask.quantities import format_bytes
from minidask.schedulers.lock import Watched
from minidask.task import Graph

_ENOUGH = 0.05
"""Seconds of tasks that ran beside others, from which the nature of an operation is seen."""
_SURE = 0.5
"""The same, where the threads did not wait although the lock was held."""
_SHORTEST = 0.0005
"""Seconds: shorter tasks stay, as sending them takes as long as running them."""
_BESIDE = 1.5
"""So many tasks must run at once on average, to tell who waits for whom."""
_HELD = 0.5
"""The share of the time for which the lock is held that makes worker processes worth their while."""
_WAITING = 0.1
"""The share of their time that the threads themselves must have waited."""
_SENT_PER_SECOND = 200 * 2**20
_MOST_LEARNT = 1000
_TRUSTED = {False: 1, True: 8}
"""After so many computations an operation is looked at again, and after twice, four times ... as many. Processes are
chosen for what was measured, threads also where too much else was going on."""


class Choice(NamedTuple):
    """Where an operation runs from now on."""

    in_processes: bool
    why: str


class _Learnt:
    """A choice, and how many computations have asked for it."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.uses = 0
        self._user: object = None

    def use(self, user: object) -> Choice | None:
        """The choice, or None where it is time to look again; several kinds of a computation may be one operation."""
        if user is not self._user:
            self._user = user
            self.uses += 1
        times, rest = divmod(self.uses, _TRUSTED[self.choice.in_processes])
        return None if not rest and not times & (times - 1) else self.choice


_learnt: dict[tuple[str, str | None], _Learnt] = {}
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
        with _learning:
            seen = _learnt.get(_operation(graph, kind))
        if seen is not None:
            found[_name(graph, kind)] = seen.choice
    return found


def _name(graph: Graph, kind: int) -> str:
    operation, where = _operation(graph, kind)
    return f"{operation} ({where})" if where else operation


def told(graph: Graph, asked: bool) -> str:
    """The same as text, after an empty line.

    Parameters
    ----------
    graph
        The tasks.
    asked
        Whether they are to run with `scheduler="auto"`; else there is no text where nothing was learnt.
    """
    seen = choices(graph)
    lines = [
        f"{name}: {'processes' if choice.in_processes else 'threads'}, as {choice.why}" for name, choice in seen.items()
    ]
    if asked and len({_name(graph, kind) for kind in range(graph.kinds)}) > len(seen):
        lines.append(f"{'all others' if lines else 'all'} begin in threads; their first tasks will be looked at")
    return "\n".join(["\n", 'with scheduler="auto"', "---------------------", *lines]) if lines else ""


def forget() -> None:
    """Let all operations be looked at anew."""
    with _learning:
        _learnt.clear()


def learnt(graph: Graph, kind: int, user: object) -> Choice | None:
    """What was learnt of one kind of tasks, for a computation, its `user`; None: look at it, perhaps once more."""
    with _learning:
        seen = _learnt.get(_operation(graph, kind))
        return None if seen is None else seen.use(user)


def learn(graph: Graph, kind: int, choice: Choice) -> str | None:
    """Remember a choice for the next computation; the operation's name, where the choice is new."""
    operation, where = _operation(graph, kind)
    with _learning:
        if len(_learnt) >= _MOST_LEARNT:
            _learnt.clear()
        seen = _learnt.setdefault((operation, where), _Learnt(choice))
        changed = not seen.uses or seen.choice.in_processes != choice.in_processes
        if seen.choice.in_processes != choice.in_processes:
            seen.uses = 0
        seen.choice = choice
    return operation if changed else None


def _operation(graph: Graph, kind: int) -> tuple[str, str | None]:
    origin = graph.origin(graph.first(kind))
    return origin.operation, origin.where


class Sample:
    """What was seen of one operation.

    Examples
    --------
    >>> sample = Sample()
    >>> sample.add(tasks=2, computing=0.1, passed=0.2, beside=2.0, sent=1000, watched=Watched(0.09, 0.1))
    >>> sample.choose()
    Choice(in_processes=True, why="the interpreter's lock was held 90% of the time, and 2 threads waited 50% of theirs")
    """

    def __init__(self) -> None:
        self._tasks = 0
        self._computing = 0.0
        self._passed = 0.0
        self._beside = 0.0
        self._sent = 0
        self._watched = Watched(0.0, 0.0)

    def add(self, tasks: int, computing: float, passed: float, beside: float, sent: int, watched: Watched) -> None:
        """Some tasks have run one after the other in a thread.

        Parameters
        ----------
        tasks
            How many.
        computing, passed
            The seconds that the thread had a core, and those that passed, without those that it waited for a core.
        beside
            How many threads ran tasks in this time.
        sent
            The bytes that would have been sent, were it in another process.
        watched
            What the probe saw meanwhile.
        """
        self._tasks += tasks
        self._computing += computing
        self._passed += passed
        self._beside += beside * passed
        self._sent += sent
        self._watched = Watched(self._watched.waited + watched.waited, self._watched.lasted + watched.lasted)

    def choose(self) -> Choice | None:
        """Where such tasks run best; None where too little was seen of them."""
        if self._passed < _ENOUGH or self._tasks < 2 or self._watched.lasted < _ENOUGH / 2:
            return None
        beside = self._beside / self._passed
        if beside < _BESIDE:
            return None
        held = min(1.0, self._watched.waited / self._watched.lasted)
        waiting = max(0.0, 1 - self._computing / self._passed)
        seen = (
            f"the interpreter's lock was held {held:.0%} of the time, "
            f"and {beside:.0f} threads waited {waiting:.0%} of theirs"
        )
        if held >= _HELD and waiting < _WAITING and self._passed < _SURE:
            return None  # who holds it now may wait next
        if held < _HELD or waiting < _WAITING:
            return Choice(False, seen)
        if self._computing / self._tasks < _SHORTEST:
            return Choice(False, f"{seen}, but each task is too short to be sent")
        if self._sent / _SENT_PER_SECOND > self._computing / 2:
            return Choice(False, f"{seen}, but each task would send {format_bytes(self._sent // self._tasks)}")
        return Choice(True, seen)
