"""Results that rest on a cluster of the `distributed` package: handles, and how they are fetched."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from minidask.errors import ClusterError, TaskExit
from minidask.schedulers.environments import check
from minidask.schedulers.remote import resting
from minidask.task import Graph, Resting


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
        """The result, which is waited for.

        Raises
        ------
        ClusterError
            It is held by an asynchronous client, whose thread may be the one that waits for this; or it came from
            another process, and here is no client.
        """
        client = self.future.client or _client_here(self.future.key)
        if client._asynchronous:
            raise ClusterError(
                "an asynchronous client holds what is computed with here, and to wait for it could take for ever: use "
                "`await client.compute(x)` or `client.persist(x)`"
            )
        return fetched(client, [self.bound(client)])[0]

    def bound(self, client: Any) -> Any:
        """The future; of this client, where it came from another process and is of none."""
        if self.future.client is None:
            self.future = client.get({}, [self.future.key], sync=False)[0]  # asks for what is there
        return self.future

    def serves(self, client: Any) -> bool:
        """Whether the future stands for the result in a graph for this client; None: for one that nobody knows.

        Raises
        ------
        ClusterError
            Nobody knows the client, and that of the future has lost its cluster.
        """
        if client is not None:
            return self.bound(client).client is client
        if self.future.client is not None:
            check_connected(self.future.client)
        return True

    def __repr__(self) -> str:
        return f"<held by the cluster: {self.future.key}>"


def held(value: Any) -> Any:
    """A future of the cluster as a result that rests there; anything else as it is."""
    distributed = sys.modules.get("distributed")  # which dask does without
    return Held(value) if distributed is not None and isinstance(value, distributed.Future) else value


def held_of(graph: Graph, i: int) -> Held | None:
    """The result of task `i`, where a cluster holds it."""
    given = resting(graph, i)
    return given if isinstance(given, Held) else None


def _client_here(key: Any) -> Any:
    """The client that lives in this process, or of the task that this is."""
    from distributed import default_client, get_client

    with suppress(ValueError):  # there is none
        return default_client()
    try:
        return get_client()
    except ValueError:
        raise ClusterError(
            f"{key} rests on a cluster to which this process is not connected: make a Client, or compute it where it "
            "was persisted"
        ) from None


def check_connected(client: Any) -> None:
    """Raise a ClusterError where a client has no cluster. One that another thread connects just now is waited for."""
    while _is_new(client) and not client.asynchronous:
        time.sleep(_MOMENT)
    if client.status != "running" and not _is_new(client):
        raise ClusterError(
            f"this client is {client.status}: it has no connection to its cluster, and what was persisted there is "
            'lost; compute again with another Client, or here by scheduler="threads"'
        )


def _is_new(client: Any) -> bool:
    """Whether a client has not found its cluster yet: `get_client()` gives it to other tasks of a worker before."""
    return client.status in ("newly-created", "connecting") and client._handle_report_task is None


_MOMENT = 0.01
"""Seconds."""


def may_wait(client: Any) -> None:
    """Raise a ClusterError where a client has no cluster, or works asynchronously in this very thread."""
    check_connected(client)
    if client.asynchronous:
        raise ClusterError(
            "this waits, and the client is asynchronous: use `await client.compute(x)` or `await x` for compute(), "
            "`client.persist(x)` for persist(); what needs values while it is written down, such as set_index, gets "
            'them inside `minidask.config.set(scheduler="threads")`, which computes here'
        )


def fetched(client: Any, futures: list[Any]) -> list[Any]:
    """The values of futures; an error of a task as it was raised there."""
    may_wait(client)
    try:
        with _aside():
            values: list[Any] = client.gather(futures)
    except TaskExit as carried:
        raise carried.error from None
    except sys.modules["distributed"].KilledWorker:
        check(client, again=True)
        raise
    return values


@contextmanager
def _aside() -> Iterator[None]:
    """Inside a task of the cluster, another one may run in its place while it waits."""
    from distributed import rejoin, secede
    from distributed.threadpoolexecutor import thread_state as place
    from distributed.worker import thread_state

    if not hasattr(thread_state, "execution_state") or not place.proceed:  # the task itself has stood aside
        yield
        return
    secede()
    try:
        yield
    finally:
        rejoin()
