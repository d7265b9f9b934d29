"""A graph as dask knows it: one layer of plain tasks, annotated with our order and with the hints of `annotate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from minidask.schedulers.held import held_of
from minidask.schedulers.order import order
from minidask.task import KEY_TYPES, Graph

Annotations = Mapping[str, Callable[[Any], Any]]
"""For each hint what is asked of a key. None says nothing: what was asked of the whole computation holds."""

_HINTS = ("resources", "workers", "allow_other_workers")
"""What the cluster follows as it is; `retries` are our own, and of `priority` we have more to say."""

_submissions = count()


class Names:
    """What stands for the tasks of a graph on a cluster: keys, and futures of what it holds.

    Parameters
    ----------
    graph
        Whose they are.
    client
        Only its futures stand for results; None: those of any client.
    """

    def __init__(self, graph: Graph, client: Any = None) -> None:
        self._graph = graph
        self._ending = f"-{uuid4().hex}" if graph.is_plain else ""  # as such keys do not name the work by its content
        self.all = [self._name(i, client) for i in range(len(graph))]
        """For each task its key, or the future of its result."""

    @property
    def futures(self) -> dict[int, Any]:
        """Those of what clusters hold and the graph needs, by the tasks in whose places they stand."""
        return {i: name for i, name in enumerate(self.all) if type(name) not in KEY_TYPES}

    def _name(self, i: int, client: Any) -> Any:
        held = held_of(self._graph, i)
        if held is not None and held.serves(client):
            return held.future
        key = self._graph.key(i)
        return f"{key}{self._ending}" if self._ending else key

    def annotations(self, tasks: Mapping[Any, Any], priority: float | None) -> Annotations:
        """What a cluster is to know of each task.

        Parameters
        ----------
        tasks
            By name, as `calls` gives them; the graph has not all of them.
        priority
            That of the computation: where two tasks could run, that goes first which comes first in the order of the
            local schedulers. None: in the order of the cluster, save for those of which somebody asked another thing.
        """
        told = {hint: {self.all[i]: value for i, value in self._asked(hint).items()} for hint in _HINTS}
        turns = self._asked("priority") if priority is None else self._turns(priority)
        told["priority"] = {name: turns[call.turn] for name, (call, *_) in tasks.items() if call.turn in turns}
        return {hint: of.get for hint, of in told.items() if of}

    def _turns(self, priority: float) -> dict[int, float]:
        """For each task one number, as the cluster takes it: the larger goes first.

        In its last digits stand the count of computations, and of tasks in one.
        """
        needed = {*self._graph.needs}
        placed, _ = order(self._graph, [i for i in range(len(self._graph)) if i not in needed])
        first, asked = priority - next(_submissions) * 1e-6, self._asked("priority")
        return {i: first + asked.get(i, 0) - at * 1e-13 for at, i in enumerate(placed)}

    def _asked(self, hint: str) -> dict[int, Any]:
        """For each task of which the person asked something by a hint, what."""
        return {i: value for kind, value in self._graph.annotated(hint) for i in self._graph.of_kind(kind)}


def layered(name: str, tasks: Mapping[Any, Any], annotations: Annotations) -> Any:
    """Tasks as a `HighLevelGraph` of one layer; dask is there, as whoever asks for this has it.

    A plain dict would be looked through whole before it is sent, and cannot be annotated.
    """
    from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

    layer = MaterializedLayer(tasks)
    layer.annotations = annotations or None  # without those of `dask.annotate`, which a client adds when it is asked
    return HighLevelGraph({name: layer}, {name: set()})
