"""Resources that tasks hold while they run: `annotate(resources={"db": 1})`, and so many of each as the option says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush

import minidask.config as config
from minidask.errors import ConfigError
from minidask.schedulers.state import READY, State
from minidask.task import Graph

_ALMOST_NOTHING = 1e-9
"""Of a resource: parts such as 0.1 do not add up exactly."""


class Resources:
    """The resources of one computation.

    A task that finds too little of one is set aside, with others of its kind, and comes back when there is enough.

    Parameters
    ----------
    graph
        Its tasks' hint `resources` says what they hold.
    state
        Of the computation.
    limits
        How much there is of each.

    Raises
    ------
    ConfigError
        There is no limit of a resource, or a task holds more than there is.

    Examples
    --------
    >>> graph = Graph.from_dict({"x": 1, "y": (max, "x", 2)})
    >>> resources = Resources(graph, State(graph, [1]), {"db": 2})
    >>> resources.hold(0)
    False
    """

    def __init__(self, graph: Graph, state: State, limits: Mapping[str, float]) -> None:
        self._graph = graph
        self._state = state
        self._needs: dict[int, Mapping[str, float]] = {k: needs for k, needs in graph.annotated("resources") if needs}
        for kind, needs in self._needs.items():
            self._check(graph.first(kind), needs, limits)
        self._free = dict(limits)
        self._holders: set[int] = set()
        self._aside: dict[int, list[tuple[int, int]]] = {}  # of a kind, ranks and tasks

    def _check(self, i: int, needs: Mapping[str, float], limits: Mapping[str, float]) -> None:
        for name, amount in needs.items():
            what = f"{self._graph.origin(i).operation} holds {amount} of the resource {name!r} while it runs"
            if name not in limits:
                raise ConfigError(f"{what}: say how much there is, such as config.set(resources={{{name!r}: 2}})")
            if amount > limits[name]:
                raise ConfigError(f"{what}, but the option resources says that there is {limits[name]}")

    def gate(self, otherwise: Callable[[int], bool | None] | None) -> Callable[[int], bool | None]:
        """What tells `State.next` whether a task may start: there is enough for it, and `otherwise` agrees."""

        def may_start(i: int) -> bool | None:
            needs = self._needs.get(self._graph.kind(i))
            if needs is not None and not self._room(needs):
                heappush(self._aside.setdefault(self._graph.kind(i), []), (self._state.rank(i), i))
                return None
            return otherwise is None or otherwise(i)

        return may_start

    def _room(self, needs: Mapping[str, float]) -> int:
        """For how many tasks there is enough."""
        return int(min((self._free[name] + _ALMOST_NOTHING) // amount for name, amount in needs.items()))

    def hold(self, i: int) -> bool:
        """Task `i` has started; whether it holds anything."""
        needs = self._needs.get(self._graph.kind(i))
        if needs is None:
            return False
        self._holders.add(i)
        for name, amount in needs.items():
            self._free[name] -= amount
        return True

    def over(self, batch: Iterable[int]) -> None:
        """These tasks do not run any more, and the state knows it."""
        for i in self._holders.intersection(batch):
            self._holders.remove(i)
            for name, amount in self._needs[self._graph.kind(i)].items():
                self._free[name] += amount
        for kind, aside in self._aside.items():
            room = self._room(self._needs[kind])
            while aside and room > 0:
                i = heappop(aside)[1]
                if self._state.stages[i] == READY:  # it may have gone back to waiting since
                    self._state.put_back(i)
                    room -= 1


def resources_of(graph: Graph, state: State) -> Resources | None:
    """The resources of a computation, with the limits that the option says; None where no task holds any."""
    return Resources(graph, state, config.get("resources")) if graph.annotated("resources") else None
