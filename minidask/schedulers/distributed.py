"""A cluster of the `distributed` package: graphs go to it whole, and results stay there until they are asked for.

The keys of a cluster are global: whoever asks for a key that is there gets what is there. Ours name the work by its
content; those of a person's own dict do not, and get a name of their own for each computation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import cloudpickle

from minidask.schedulers.calls import GROUPS, calls
from minidask.schedulers.engine import inside_task
from minidask.schedulers.environments import check
from minidask.schedulers.failure import note_of
from minidask.schedulers.hearing import Telling, Topic, hearing
from minidask.schedulers.held import Held, fetched, may_wait
from minidask.schedulers.layer import Annotations, Names, layered
from minidask.schedulers.remote import RemoteScheduler
from minidask.task import KEY_TYPES, Graph, Key, Resting


def default_client() -> Any:
    """The client that lives in this process, if there is one. For a task there is none: it computes where it is.

    One that has lost its cluster is one, also when it has closed itself after looking for it in vain: to compute here
    instead, without a word, could be too much for this machine.
    """
    distributed = sys.modules["distributed"]
    clients = getattr(distributed.Client, "_instances", None)
    if inside_task() or (clients is not None and not clients):  # which is seen at once
        return None
    try:
        client = distributed.default_client()
    except ValueError:  # none that is not closed
        return next(filter(_was_left, clients or ()), None)
    return None if client.status in ("closing", "closed") else client


def _was_left(client: Any) -> bool:
    """Whether a client is closed that nobody has closed: one that looks for its cluster has no connection before."""
    return client.status == "closed" and client._set_as_default and client.scheduler_comm is None


class ClusterScheduler(RemoteScheduler):
    """A get function that computes on a cluster.

    Parameters
    ----------
    client
        A `distributed.Client`. Where it is asynchronous, its own thread must not wait for it; others may.
    """

    def __init__(self, client: Any) -> None:
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

    def submit(self, graph: Graph | Mapping[Key, Any], keys: Iterable[Key], **hints: Any) -> Mapping[Key, Resting]:
        """Begin to compute; a handle for each of `keys`. Hints are those of a call."""
        if hints.pop("callbacks", ()):
            raise NotImplementedError(
                "callbacks= of submit() and persist() on a cluster: nobody waits, who could tell them; "
                "`progress` of minidask.distributed shows how far it is"
            )
        return super().submit(graph, keys, **hints)

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
        may_wait(self.client)
        names = Names(graph, self.client)
        tasks = calls(graph, names.all, retries, retry_on, self._groups)
        annotations = names.annotations(tasks, priority)
        if topic is not None:
            tasks |= {name: (Telling(tasks[name][0], topic), *tasks[name][1:]) for name in names.all if name in tasks}
        called = {key: names.all[i] for key, i in wanted.items()}
        missing = [name for name in dict.fromkeys(called.values()) if type(name) in KEY_TYPES]
        futures, needed = self._begin(tasks, missing, annotations, hints), [*names.futures.values()]
        return {key: Held(futures.get(name, name), needed) for key, name in called.items()}

    def _groups(self) -> int:
        """Of tasks that take parts of the same results: so many that all threads have some, and none waits for long."""
        return 2 * sum(self.client.nthreads().values()) or GROUPS  # where workers are still to come

    def _begin(
        self, tasks: dict[Any, Any], wanted: list[Any], annotations: Annotations, hints: Mapping[str, Any]
    ) -> dict[Any, Any]:
        """The futures of tasks, of which the cluster knows from now on."""
        if not wanted:
            return {}
        check(self.client)
        self.client.sync(_nothing)  # after what was released before: else the cluster has results of the same keys yet
        whole = layered(f"minidask-{uuid4().hex}", tasks, annotations)
        try:
            return dict(zip(wanted, self.client.get(whole, wanted, sync=False, **hints)))
        except TypeError as error:
            raise _culprit(tasks) or error from None

    def _is_mine(self, handle: Any) -> bool:
        return isinstance(handle, Held) and handle.future.client is self.client

    def _fetch(self, handles: Sequence[Any]) -> Sequence[Any]:
        return fetched(self.client, [handle.future for handle in handles])

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
