"""Tasks in threads of this process: for NumPy and pandas, which let go of the interpreter's lock while they compute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minidask.events import Listener
from minidask.schedulers.blas import held
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
    """Compute the values of `keys` in threads, which end with the call.

    Parameters
    ----------
    graph
        A graph, or a dict in the plain form.
    keys
        The wanted keys: a list, which may be nested, or a single key.
    num_workers
        The number of threads; by default the option `num_workers`, else the cores this process may use.
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
    >>> get({"x": 1, "y": (add, "x", 2)}, ["y", "x"], num_workers=2)
    [3, 1]
    """
    workers = worker_count(num_workers)
    with held(min(workers, len(graph))):
        return execute(graph, keys, Engine, workers, callbacks, retries)
