"""What listeners hear of a computation on a cluster: its workers tell of each task, by the cluster's own log of events.

They do so only while somebody listens. What is told of a task comes the same way as that its result is there, and
before it, so nothing is missing when the computation is over.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from time import perf_counter, time
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from minidask.events import Listener, active, listeners_of, telling
from minidask.schedulers.calls import Call
from minidask.store.sizeof import sizeof
from minidask.task import Graph


class Topic(NamedTuple):
    """Under what workers tell of a computation."""

    name: str
    """One for each client."""
    computation: int


class Telling:
    """A call whose worker tells when it begins, and when it is done.

    Parameters
    ----------
    call
        Of a task of the graph.
    topic
        Under what to tell of it.
    """

    def __init__(self, call: Call, topic: Topic) -> None:
        self.call = call
        self.origin = call.origin
        self._topic = topic

    @property
    def __name__(self) -> str:
        return self.call.__name__

    def __call__(self, *results: Any) -> Any:
        from distributed import get_worker

        worker = get_worker()
        name, computation = self._topic
        told = [computation, self.call.turn, f"{worker.address} {threading.get_ident()}"]
        worker.log_event(name, told)
        started, before = time(), perf_counter()
        value = self.call(*results)
        worker.log_event(name, [*told, started, started + perf_counter() - before, sizeof(value)])
        return value


@contextmanager
def hearing(client: Any, graph: Graph, callbacks: Any = ()) -> Iterator[Topic | None]:
    """While a computation runs on the cluster of `client`, tell listeners of what is told under a topic.

    An error in a listener fails the computation when it is over. Where nobody listens, there is no topic.
    """
    listeners = (*active(), *listeners_of(callbacks))
    if not listeners:
        yield None
        return
    computations = _computations(client)
    number, heard = next(_numbers), _Heard(listeners)
    with telling(listeners, graph):
        computations[number] = heard
        try:
            yield Topic(_name(client), number)
        finally:
            del computations[number]
        heard.check()


_numbers = count()
_listening: WeakKeyDictionary[Any, dict[int, _Heard]] = WeakKeyDictionary()


def _name(client: Any) -> str:
    return f"minidask-{client.id}"


def _computations(client: Any) -> dict[int, _Heard]:
    """Those of a client to which somebody listens."""
    if client not in _listening:
        found = _listening[client] = {}
        client.subscribe_topic(_name(client), partial(_hear, found))
    return _listening[client]


def _hear(computations: dict[int, _Heard], event: tuple[float, Sequence[Any]]) -> None:
    """In the client's own thread."""
    _, (number, *told) = event
    if number in computations:
        computations[number].hear(*told)


class _Heard:
    """One computation to which somebody listens."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._error: BaseException | None = None
        self._offset = perf_counter() - time()  # clocks of other machines are taken to go right

    def hear(self, i: int, worker: str, started: float | None = None, ended: float = 0, nbytes: int = 0) -> None:
        """Task `i` has begun, or is done."""
        try:
            for listener in self._listeners:
                if started is None:
                    listener.task_start(i, worker)
                else:
                    listener.task_end(i, worker, started + self._offset, ended + self._offset, nbytes)
        except BaseException as error:  # which is no business of the client's thread
            self._error = self._error or error

    def check(self) -> None:
        """Raise what a listener has raised."""
        if self._error is not None:
            raise self._error
