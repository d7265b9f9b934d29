"""A person's own functions, called while a computation runs."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

from minidask.diagnostics.listening import Listening
from minidask.events import Listener
from minidask.task import Graph

State: TypeAlias = dict[str, set[Any]]
"""The keys of the tasks that are "running" and "finished"."""


class Callback(Listening):
    """Calls functions at the stages of every computation inside a `with` block, or after `register()`.

    Subclasses may define `_start`, `_start_state`, `_pretask`, `_posttask` and `_finish` instead. Only one of them
    runs at a time for each computation. An error in one fails the computation.

    Parameters
    ----------
    start
        `start(graph)`, before anything else.
    start_state
        `start_state(graph, state)`; `state["running"]` and `state["finished"]` are sets of keys, kept up to date.
    pretask
        `pretask(key, graph, state)`, when a task is given to a worker.
    posttask
        `posttask(key, nbytes, graph, state, worker)`, when a task is done; its result has `nbytes` bytes. (The result
        itself may be in another process, and is not passed.)
    finish
        `finish(graph, state, failed)`, at the end; `failed` tells whether an error ended the computation.

    Examples
    --------
    >>> from minidask import events
    >>> with Callback(start=lambda graph: print(f"{len(graph)} tasks")):
    ...     (listener,) = events.active()  # as a scheduler does
    ...     listener.start(Graph.from_dict({"x": 1, "y": 2}))
    2 tasks
    """

    def __init__(
        self,
        start: Callable[[Graph], object] | None = None,
        start_state: Callable[[Graph, State], object] | None = None,
        pretask: Callable[[Any, Graph, State], object] | None = None,
        posttask: Callable[[Any, int, Graph, State, Any], object] | None = None,
        finish: Callable[[Graph, State, bool], object] | None = None,
    ) -> None:
        hooks = {"start": start, "start_state": start_state, "pretask": pretask, "posttask": posttask, "finish": finish}
        for name, function in hooks.items():
            if function is not None:
                if not callable(function):
                    raise TypeError(f"{name}: expected a function, got {function!r}")
                setattr(self, f"_{name}", function)

    def _start(self, graph: Graph) -> object:
        pass

    def _start_state(self, graph: Graph, state: State) -> object:
        pass

    def _pretask(self, key: Any, graph: Graph, state: State) -> object:
        pass

    def _posttask(self, key: Any, nbytes: int, graph: Graph, state: State, worker: Any) -> object:
        pass

    def _finish(self, graph: Graph, state: State, failed: bool) -> object:
        pass

    def _listener(self) -> Listener:
        return _Calls(self)


class _Calls(Listener):
    """Tells a callback of one computation."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self._lock = Lock()
        self._state: State = {"running": set(), "finished": set()}

    def start(self, graph: Graph) -> None:
        self._graph = graph
        with self._lock:
            self._callback._start(graph)
            self._callback._start_state(graph, self._state)

    def task_start(self, i: int, worker: int | str) -> None:
        key = self._graph.key(i)
        with self._lock:
            self._state["running"].add(key)
            self._callback._pretask(key, self._graph, self._state)

    def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
        key = self._graph.key(i)
        with self._lock:
            self._state["running"].discard(key)
            self._state["finished"].add(key)
            self._callback._posttask(key, nbytes, self._graph, self._state, worker)

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        with self._lock:
            self._callback._finish(graph, self._state, error is not None)
