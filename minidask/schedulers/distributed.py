"""A cluster of the `distributed` package: graphs go to it whole, and results stay there until they are asked for.

The keys of a cluster are global: whoever asks for a key that is there gets what is there. Ours name the work by its
content; those of a person's own dict do not, and get a name of their own for each computation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any
from uuid import uuid4

import cloudpickle

from minidask.errors import ClusterError
from minidask.schedulers.calls import Escaped, calls
from minidask.schedulers.engine import inside_task
from minidask.schedulers.environments import check
from minidask.schedulers.failure import note_of
from minidask.schedulers.hearing import Telling, Topic, hearing
from minidask.schedulers.order import order
from minidask.schedulers.remote import RemoteScheduler, resting
from minidask.task import KEY_TYPES, Graph, Key, Resting


def default_client() -> Any:
    """The client that lives in this process, if there is one. For a task there is none: it computes where it is."""
    distributed = sys.modules["distributed"]
    if inside_task() or not getattr(distributed.Client, "_instances", True):  # an empty set, which is seen at once
        return None
    try:
        client = distributed.default_client()
    except ValueError:  # there is none
        return None
    return client if client.status == "running" and not client.asynchronous else None


class Held(Resting):
    """A result that rests on a cluster. It is released there when nobody refers to it any more.

    Parameters
    ----------
    future
        The cluster's own handle.
    needed
        What must live until the result is there.
    """

    __slots__ = ("_needed", "future")
    is_far = True

    def __init__(self, future: Any, needed: Sequence[Any] = ()) -> None:
        self.future = future
        self._needed = needed

    def open(self) -> Any:
        return _fetched(self.future.client, [self.future])[0]

    def __repr__(self) -> str:
        return f"<held by the cluster: {self.future.key}>"


def held(value: Any) -> Any:
    """A future of the cluster as a result that rests there; anything else as it is."""
    return Held(value) if isinstance(value, sys.modules["distributed"].Future) else value


def future_of(graph: Graph, i: int) -> Any:
    """The future of the result of task `i`, where a cluster holds it."""
    given = resting(graph, i)
    return given.future if isinstance(given, Held) else None


class ClusterScheduler(RemoteScheduler):
    """A get function that computes on a cluster.

    Parameters
    ----------
    client
        A `distributed.Client`.
    """

    def __init__(self, client: Any) -> None:
        if client.asynchronous:
            raise ClusterError(
                "compute() waits, and this client is asynchronous: use `await client.compute(x)`, or another client"
            )
        self.client = client

    def __call__(
        self,
        graph: Graph | Mapping[Key, Any],
        keys: Any,
        *,
        retries: int | None = None,
        retry_on: type[Exception] | tuple[type[Exception], ...] | None = None,
        priority: float = 0,
        resources: Mapping[str, float] | None = None,
        workers: str | Iterable[str] | None = None,
        allow_other_workers: bool = False,
        callbacks: Any = (),
    ) -> Any:
        """Compute the values of `keys`, and bring them here.

        Parameters
        ----------
        graph
            A graph, or a dict in the plain form.
        keys
            The wanted keys: a list, which may be nested, or a single key.
        retries, retry_on
            How often a task that raises is run again, and after which errors; None as on this machine.
        priority
            Of two computations at the same time, that with the larger number goes first.
        resources
            How much of what each task needs of a worker, in the words of the cluster.
        workers, allow_other_workers
            The addresses, names or hosts of the workers that may run it, and whether others may in need.
        callbacks
            What listens to this computation, beside those of `minidask.events`: a `Callback`, `ProgressBar`,
            `Profiler` or `Listener`, or several of them. Of what the cluster itself does, such as spilling, they hear
            nothing.
        """
        graph = Graph.of(graph)
        with hearing(self.client, graph, callbacks) as topic:
            return self._compute(
                graph,
                keys,
                retries=retries,
                retry_on=retry_on,
                priority=priority,
                resources=resources,
                workers=workers,
                allow_other_workers=allow_other_workers,
                topic=topic,
            )

    def keep(self, graph: Graph, keys: Sequence[Key], **hints: Any) -> list[Resting]:
        """As a call, but leaves the values where they are, and does not wait for them."""
        if "callbacks" in hints:
            raise NotImplementedError(
                "persist(callbacks=) on a cluster: nobody waits, who could tell them; "
                "`progress` of minidask.distributed shows how far it is"
            )
        return super().keep(graph, keys, **hints)

    def _submit(
        self,
        graph: Graph,
        wanted: Mapping[Key, int],
        retries: int | None = None,
        retry_on: Any = None,
        priority: float = 0,
        topic: Topic | None = None,
        **hints: Any,
    ) -> dict[Key, Held]:
        names = _Names(graph, self.client)
        tasks = calls(graph, names.all, retries, retry_on, self._groups)
        annotations = names.annotations(tasks, priority)
        if topic is not None:
            tasks |= {name: (Telling(tasks[name][0], topic), *tasks[name][1:]) for name in names.all if name in tasks}
        called = {key: names.all[i] for key, i in wanted.items()}
        missing = [name for name in dict.fromkeys(called.values()) if type(name) in KEY_TYPES]
        futures = self._begin(tasks, missing, annotations, hints)
        return {key: Held(futures.get(name, name), names.futures) for key, name in called.items()}

    def _groups(self) -> int:
        """Of tasks that take parts of the same results: so many that all threads have some, and none waits for long."""
        return 2 * sum(self.client.nthreads().values())

    def _begin(
        self, tasks: dict[Any, Any], wanted: list[Any], annotations: Mapping[str, Any], hints: Mapping[str, Any]
    ) -> dict[Any, Any]:
        """The futures of tasks, of which the cluster knows from now on."""
        from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

        if not wanted:
            return {}
        check(self.client)
        self.client.sync(_nothing)  # after what was released before: else the cluster has results of the same keys yet
        layer = f"minidask-{uuid4().hex}"
        whole = HighLevelGraph({layer: MaterializedLayer(tasks, annotations=annotations)}, {layer: set()})
        try:
            return dict(zip(wanted, self.client.get(whole, wanted, sync=False, **hints)))
        except TypeError as error:
            raise _culprit(tasks) or error from None

    def _is_mine(self, handle: Any) -> bool:
        return isinstance(handle, Held) and handle.future.client is self.client

    def _fetch(self, handles: Sequence[Any]) -> Sequence[Any]:
        return _fetched(self.client, [handle.future for handle in handles])

    def cancel(self, handles: Iterable[Held]) -> None:
        """Let tasks that nobody else waits for not begin any more."""
        self.client.cancel([handle.future for handle in handles])


async def _nothing() -> None:
    """In the client's own thread, which does one thing after the other."""


def _culprit(tasks: Mapping[Any, Any]) -> TypeError | None:
    """What to say where a task cannot be sent: which one, and why."""
    for call, *_ in tasks.values():
        try:
            cloudpickle.dumps(call)
        except Exception as error:
            told = TypeError(f"what goes to a cluster must be pickled, and this cannot: {error}")
            told.add_note(note_of(call.origin, []))
            return told
    return None


def _fetched(client: Any, futures: list[Any]) -> list[Any]:
    """The values of futures; an error of a task as it was raised there."""
    try:
        with _aside():
            values: list[Any] = client.gather(futures)
    except Escaped as carried:
        raise carried.args[0] from None
    except sys.modules["distributed"].KilledWorker:
        check(client, again=True)
        raise
    return values


_submissions = count()


class _Names:
    """What stands for the tasks of a graph on the cluster: keys, and futures of what it holds.

    Parameters
    ----------
    graph, client
        Whose they are.
    """

    def __init__(self, graph: Graph, client: Any) -> None:
        self._graph = graph
        self._client = client
        self._ending = f"-{uuid4().hex}" if graph.is_plain else ""  # as such keys do not name the work by its content
        self._number = next(_submissions)
        self.all = [self._name(i) for i in range(len(graph))]
        """For each task its key, or the future of its result."""
        self.futures = [name for name in self.all if type(name) not in KEY_TYPES]
        """Of what the cluster holds, and the graph needs."""

    def _name(self, i: int) -> Any:
        future = future_of(self._graph, i)
        if future is not None and future.client is self._client:
            return future
        key = self._graph.key(i)
        return f"{key}{self._ending}" if self._ending else key

    def annotations(self, tasks: Mapping[Any, Any], priority: float) -> dict[str, Callable[[Any], Any]]:
        """What the cluster is to know of each of `tasks`, some of which the graph has not: functions of its key.

        Where two tasks could run, that goes first which comes first in the order of the local schedulers. The cluster
        takes one number for it, so in its last digits stand the count of computations, and of tasks in one.
        """
        needed = {*self._graph.needs}
        placed, _ = order(self._graph, [i for i in range(len(self._graph)) if i not in needed])
        asked = {hint: self._asked(hint) for hint in ("priority", "resources", "workers", "allow_other_workers")}
        first = priority - self._number * 1e-6
        of = {i: first + asked["priority"].get(i, 0) - at * 1e-13 for at, i in enumerate(placed)}
        ranks = {name: of[call.turn] for name, (call, *_) in tasks.items()}
        others = {hint: {self.all[i]: of[i] for i in of} for hint, of in asked.items() if of and hint != "priority"}
        return {hint: of.get for hint, of in {"priority": ranks, **others}.items()}

    def _asked(self, hint: str) -> dict[int, Any]:
        """For each task at which the person asked for a hint, what."""
        return {i: value for kind, value in self._graph.annotated(hint) for i in self._graph.of_kind(kind)}


@contextmanager
def _aside() -> Iterator[None]:
    """Inside a task of the cluster, another one may run in its place while it waits."""
    from distributed import rejoin, secede
    from distributed.worker import thread_state

    if not hasattr(thread_state, "execution_state"):
        yield
        return
    secede()
    try:
        yield
    finally:
        rejoin()
