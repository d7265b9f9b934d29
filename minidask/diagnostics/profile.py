"""What ran where, from when to when, and how large its result was for how long."""

from __future__ import annotations

from abc import abstractmethod
from time import perf_counter
from typing import Any, Generic, NamedTuple, Self, TypeVar

from minidask.diagnostics.listening import Listening
from minidask.diagnostics.timeline import Bar, Curve, Panel, show
from minidask.events import Listener
from minidask.task import Graph, Origin

T = TypeVar("T")


class TaskData(NamedTuple):
    """One task that ran; times are seconds of `time.perf_counter()`."""

    key: Any
    task: Origin
    """The operation, the block and the person's line."""
    start_time: float
    end_time: float
    worker_id: int | str


class CacheData(NamedTuple):
    """One result; times are seconds of `time.perf_counter()`."""

    key: Any
    task: Origin
    nbytes: int
    cache_time: float
    """When it was there."""
    free_time: float
    """When the last task that needs it was done, or the computation."""


class Recorder(Listening, Generic[T]):
    """Keeps a row for each thing it hears of, in `results`.

    Entering it as a context forgets earlier rows; `register` adds to them.
    """

    def __init__(self) -> None:
        self.results: list[T] = []

    def __enter__(self) -> Self:
        self.clear()
        return super().__enter__()

    def clear(self) -> None:
        """Forget what was recorded."""
        self.results.clear()

    @abstractmethod
    def _panel(self) -> Panel:
        """The picture of the results."""

    def visualize(self, filename: str | None = "profile.html") -> Any:
        """Draw the results over time.

        Parameters
        ----------
        filename
            Where to write the picture, ending in ``.html`` or ``.svg``; None writes none.

        Returns
        -------
        In a notebook the picture, to be shown; else the name of the file, or the SVG text where none was written.
        """
        return show([self._panel()], filename)


class Profiler(Recorder[TaskData]):
    """Records when and where each task ran.

    Attributes
    ----------
    results
        A `TaskData` for each task that was completed.

    Examples
    --------
    >>> from minidask import events
    >>> with Profiler() as profiler:
    ...     (listener,) = events.active()  # as a scheduler does
    ...     graph = Graph.from_dict({"x": 1})
    ...     listener.start(graph)
    ...     listener.task_end(0, "worker", 2.0, 2.5, 8)
    ...     listener.finish(graph, None)
    >>> profiler.results
    [TaskData(key='x', task=Origin(...), start_time=2.0, end_time=2.5, worker_id='worker')]
    """

    def _listener(self) -> Listener:
        return _Tasks(self.results)

    def _panel(self) -> Panel:
        rows = {worker: row for row, worker in enumerate(dict.fromkeys(r.worker_id for r in self.results))}
        return Panel(
            "tasks", [Bar(r.start_time, r.end_time, rows[r.worker_id], r.task.operation) for r in self.results]
        )


class CacheProfiler(Recorder[CacheData]):
    """Records how large each task's result was, and for how long it was needed.

    Attributes
    ----------
    results
        A `CacheData` for each task that was completed.
    """

    def _listener(self) -> Listener:
        return _Results(self.results)

    def _panel(self) -> Panel:
        changes = [(r.cache_time, r.nbytes) for r in self.results] + [(r.free_time, -r.nbytes) for r in self.results]
        total, points = 0, []
        for time, nbytes in sorted(changes):
            total += nbytes
            points.append((time, float(total)))
        return Panel("bytes of results that are needed", curves=[Curve("bytes", points)])


class _Tasks(Listener):
    """The tasks of one computation."""

    def __init__(self, results: list[TaskData]) -> None:
        self._results = results
        self._ended: list[tuple[int, float, float, int | str]] = []

    def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
        self._ended.append((i, started, ended, worker))  # one append is safe from several threads

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        self._results += [
            TaskData(graph.key(i), graph.origin(i), started, ended, worker) for i, started, ended, worker in self._ended
        ]


class _Results(Listener):
    """The results of one computation."""

    def __init__(self, results: list[CacheData]) -> None:
        self._results = results
        self._ended: list[tuple[int, float, int]] = []

    def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
        self._ended.append((i, ended, nbytes))

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        free = {i: 0.0 for i, _, _ in self._ended}
        for i, ended, _ in self._ended:
            for needed in graph.needed_by(i):
                free[needed] = max(free[needed], ended)
        now = perf_counter()
        self._results += [
            CacheData(graph.key(i), graph.origin(i), nbytes, ended, free[i] or now) for i, ended, nbytes in self._ended
        ]


def visualize(profilers: Any, filename: str | None = "profile.html") -> Any:
    """Draw the results of several profilers above each other, over the same time.

    Parameters
    ----------
    profilers
        A profiler or a list of them.
    filename
        Where to write the picture, ending in ``.html`` or ``.svg``; None writes none.

    Returns
    -------
    In a notebook the picture, to be shown; else the name of the file, or the SVG text where none was written.
    """
    several = profilers if isinstance(profilers, list | tuple) else [profilers]
    for profiler in several:
        if not isinstance(profiler, Recorder):
            raise TypeError(f"profilers: expected profilers, got {profiler!r}")
    return show([profiler._panel() for profiler in several], filename)
