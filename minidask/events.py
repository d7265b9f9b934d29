"""What schedulers tell while they run, and who listens.

A scheduler asks once, at the start of a computation, for the listeners of that computation::

    listeners = events.active()              # () when nobody listens: then there is nothing to do
    for listener in listeners:
        listener.start(graph)

and tells them each event after that. People and programs that want to listen `add` a function that makes a
`Listener`; it is called once for each computation, so that a listener hears of one graph only, also when
several computations run at the same time or one inside another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minidask.task import Graph


class Listener:
    """Hears the events of one computation; subclasses override those that they want.

    `start` comes first and `finish` last, both in the thread that called `compute()`. Between them
    `task_start` and `task_end` come from the threads that run the tasks, several at the same time:
    a listener that keeps a state guards it. An error in a listener fails the computation.
    """

    def start(self, graph: Graph) -> None:
        """The computation of `graph` begins."""

    def task_start(self, i: int, worker: int | str) -> None:
        """Task `i` of the graph is given to `worker` (a thread's identity or a process' number).

        It may wait there for others, be given back, and be given to a worker again.
        """

    def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
        """Task `i` is done: it ran from `started` to `ended` and its result has `nbytes` bytes.

        Times are seconds of `time.perf_counter()`. A task that raises has no end.
        """

    def retry(self, i: int, error: BaseException, attempt: int, pause: float) -> None:
        """Task `i` has raised `error` in this attempt (from 1), and runs again after so many seconds."""

    def worker_lost(self, tasks: list[int], how: str) -> None:
        """The worker that was running these tasks has died; they run again."""

    def spill(self, i: int, nbytes: int) -> None:
        """The result of task `i`, which took so many bytes of memory, was written to disk."""

    def choice(self, operation: str, in_processes: bool, why: str) -> None:
        """`scheduler="auto"` has seen how this operation runs: in worker processes from now on, or in threads."""

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        """The computation is over, because of `error` if there is one; comes exactly once after `start`."""


_makers: tuple[Callable[[], Listener], ...] = ()
_changing = threading.Lock()


def add(maker: Callable[[], Listener]) -> None:
    """From now on let `maker()` make a listener for each computation that starts.

    Examples
    --------
    >>> class Counter(Listener):
    ...     def start(self, graph):
    ...         print(len(graph), "tasks")
    >>> add(Counter)
    >>> for listener in active():
    ...     listener.start(Graph.from_dict({"x": 1, "y": 2}))
    2 tasks
    >>> remove(Counter)
    >>> active()
    ()
    """
    global _makers
    with _changing:
        _makers = (*_makers, maker)


def remove(maker: Callable[[], Listener]) -> None:
    """Undo one `add(maker)`.

    Raises
    ------
    ValueError
        `maker` was not added.
    """
    global _makers
    with _changing:
        left = list(_makers)
        left.remove(maker)
        _makers = tuple(left)


class telling:
    """Tells listeners that a computation begins, and at the end of the block that it is over.

    Parameters
    ----------
    listeners, graph
        Whom to tell, and of what.
    """

    def __init__(self, listeners: Sequence[Listener], graph: Graph) -> None:
        self._listeners = listeners
        self._graph = graph

    def __enter__(self) -> None:
        started: list[Listener] = []
        try:
            for listener in self._listeners:
                listener.start(self._graph)
                started.append(listener)
        except BaseException as error:
            for listener in started:
                listener.finish(self._graph, error)
            raise

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for listener in self._listeners:
            listener.finish(self._graph, error)


def listeners_of(callbacks: Any) -> list[Listener]:
    """What listens to one computation on behalf of a person's object, or of several, as of `listener_of`."""
    several = callbacks if isinstance(callbacks, Iterable) else [callbacks]
    return [listener_of(callback) for callback in several]


def listener_of(callback: Any) -> Listener:
    """What listens to one computation on behalf of a person's object: a `Listener`, or what makes one.

    Raises
    ------
    TypeError
        It is neither.
    """
    if isinstance(callback, Listener):
        return callback
    if hasattr(callback, "_listener") and not isinstance(callback, type):
        made: Listener = callback._listener()
        return made
    raise TypeError(f"callbacks: expected Callback, ProgressBar, Profiler or Listener objects, got {callback!r}")


def active() -> tuple[Listener, ...]:
    """New listeners for a computation that is about to start; often none."""
    return tuple([maker() for maker in _makers])
