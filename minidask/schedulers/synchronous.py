"""Tasks one after the other in the calling thread: for debuggers and profilers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minidask.events import Listener
from minidask.schedulers.cores import worker_count
from minidask.schedulers.keys import in_shape
from minidask.schedulers.loop import Engine, execute
from minidask.task import Graph, Key


@in_shape
def get(
    graph: Graph | Mapping[Key, Any],
    keys: Iterable[Key],
    *,
    num_workers: int | None = None,
    callbacks: Sequence[Listener] = (),
    retries: int = 0,
) -> list[Any]:
    """Compute the values of `keys` in the calling thread.

    Parameters
    ----------
    graph
        A graph, or a dict in the plain form.
    keys
        The wanted keys: a list, which may be nested, or a single key.
    num_workers
        Checked, so that a call can change its scheduler; the calling thread is the one worker.
    callbacks
        Listeners of this computation, beside those of `minidask.events`.
    retries
        How often a task that raises is run again; `annotate(retries=)` goes before it.

    Returns
    -------
    The values, one per key and in the shape of `keys`.

    Examples
    --------
    >>> from operator import add
    >>> get({"x": 1, "y": (add, "x", 2)}, ["y", "x"])
    [3, 1]
    """
    worker_count(num_workers)
    return execute(graph, keys, Engine, 0, callbacks, retries)
