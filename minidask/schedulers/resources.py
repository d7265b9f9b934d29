"""Resources that tasks hold while they run: `annotate(resources={"db": 1})`, and so many of each as the option says.

All computations of this process that run at the same time take from the same `Pool`. Those that are begun inside a
task which holds resources use what it holds, and no more of any: so nobody who holds something waits for more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from heapq import heappop, heappush
from typing import NamedTuple

import minidask.config as config
from minidask.errors import ConfigError
from minidask.schedulers.account import Account, Inside
from minidask.schedulers.state import READY, State
from minidask.task import Graph

_ALMOST_NOTHING = 1e-9
"""Of a resource: parts such as 0.1 do not add up exactly."""

Amounts = Mapping[str, float]


class Pool:
    """How much of each resource is held, by the tasks of all computations.

    Examples
    --------
    >>> pool = Pool()
    >>> [pool.take({"db": 1}, {"db": 2}) for _ in range(3)]
    [True, True, False]
    """

    def __init__(self) -> None:
        self.holders = 0
        self._held: dict[str, float] = {}
        self._lock = threading.Lock()

    def room(self, needs: Amounts, limits: Amounts) -> int:
        """For how many tasks there is enough, where the limits are these."""
        return int(min((limits[n] - self._held.get(n, 0) + _ALMOST_NOTHING) // needed for n, needed in needs.items()))

    def take(self, needs: Amounts, limits: Amounts) -> bool:
        """Hold all of this, if there is enough."""
        with self._lock:
            enough = self.room(needs, limits) > 0
            if enough:
                self._add(needs, 1)
            return enough

    def give(self, needs: Amounts) -> None:
        """Undo one `take`."""
        with self._lock:
            self._add(needs, -1)

    def _add(self, needs: Amounts, sign: int) -> None:
        self.holders += sign
        if not self.holders:  # parts of amounts do not add up to nothing
            self._held.clear()
            return
        for name, amount in needs.items():
            self._held[name] = self._held.get(name, 0) + sign * amount


_pool = Pool()


class Lent(NamedTuple):
    """What a task holds, and who uses it: the computations inside."""

    limits: Amounts
    pool: Pool


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
    lent
        What the task holds that has begun this computation, if it holds anything: this is all that there is.

    Raises
    ------
    ConfigError
        There is no limit of a resource, or a task holds more than there is.

    Examples
    --------
    >>> graph = Graph.from_dict({"x": 1, "y": (max, "x", 2)})
    >>> resources = Resources(graph, State(graph, [1]), {"db": 2})
    >>> resources.hold(0, worker=0)
    False
    """

    def __init__(self, graph: Graph, state: State, limits: Amounts, lent: Lent | None = None) -> None:
        self._graph = graph
        self._state = state
        self._needs: dict[int, Amounts] = {k: needs for k, needs in graph.annotated("resources") if needs}
        self._around = lent
        self._limits, self._pool = lent or (limits, _pool)
        for kind, needs in self._needs.items():
            self._check(graph.first(kind), needs)
        self._holders: dict[int, Lent] = {}  # what the tasks of workers hold
        self._aside: dict[int, list[tuple[int, int]]] = {}  # of a kind, ranks and tasks

    def _check(self, i: int, needs: Amounts) -> None:
        for name, amount in needs.items():
            what = f"{self._graph.origin(i).operation} holds {amount} of the resource {name!r} while it runs"
            there = self._limits.get(name, 0)
            if self._around and amount > there:
                raise ConfigError(
                    f"{what}, but it is computed inside a task that holds {dict(self._limits)}, and whoever holds "
                    "resources cannot wait for others: annotate the outer task with all that is needed inside"
                )
            if name not in self._limits:
                raise ConfigError(f"{what}: say how much there is, such as config.set(resources={{{name!r}: 2}})")
            if amount > there:
                raise ConfigError(f"{what}, but the option resources says that there is {there}")

    @property
    def crowded(self) -> bool:
        """Whether tasks wait for what tasks of other computations hold, or have just let go."""
        others = not self._holders or self._pool.holders > len(self._holders)
        return others and any(self._aside.values())

    def gate(self, otherwise: Callable[[int], bool | None] | None) -> Callable[[int], bool | None]:
        """What tells `State.next` whether a task may start: there is enough for it, and `otherwise` agrees."""
        if self.crowded:
            self._put_back()

        def may_start(i: int) -> bool | None:
            needs = self._needs.get(self._graph.kind(i))
            if needs is None:
                return otherwise is None or otherwise(i)
            if not self._pool.take(needs, self._limits):
                heappush(self._aside.setdefault(self._graph.kind(i), []), (self._state.rank(i), i))
                return None
            verdict = otherwise is None or otherwise(i)
            if not verdict:
                self._pool.give(needs)
            return verdict

        return may_start

    def holding_nothing(self, otherwise: Callable[[int], bool | None] | None) -> Callable[[int], bool | None]:
        """The same for the tasks that run after another one: they hold nothing."""

        def may_start(i: int) -> bool | None:
            return self._graph.kind(i) not in self._needs and (otherwise is None or otherwise(i))

        return may_start

    def hold(self, i: int, worker: int) -> bool:
        """A worker has started task `i`, as the gate let it; whether it holds anything."""
        needs = self._needs.get(self._graph.kind(i))
        if needs is None:
            return False
        self._holders[worker] = Lent(needs, Pool())
        return True

    def lent(self, worker: int) -> Lent | None:
        """What computations use that are begun by the task that a worker runs; None: whatever there is."""
        return self._holders.get(worker, self._around)

    def over(self, worker: int) -> None:
        """A worker does not run its tasks any more, and the state knows it."""
        held = self._holders.pop(worker, None)
        if held is not None:
            self._pool.give(held.limits)
            self._put_back()

    def _put_back(self) -> None:
        """Let those that were set aside be asked for again, as many as there is enough for."""
        for kind, aside in self._aside.items():
            room = self._pool.room(self._needs[kind], self._limits)
            while aside and room > 0:
                i = heappop(aside)[1]
                if self._state.stages[i] == READY:  # it may have gone back to waiting since
                    self._state.put_back(i)
                    room -= 1


def resources_of(graph: Graph, state: State, around: Inside | None) -> Resources | None:
    """The resources of a computation, with the limits that the option says; None where no task holds any."""
    if not graph.annotated("resources"):
        return None
    return Resources(graph, state, config.get("resources"), around.lent() if around else None)


def insides(account: Account, resources: Resources | None, around: Inside | None, workers: int) -> list[Inside]:
    """What the tasks are inside of that each worker runs."""
    return [Inside(account, partial(_lent, resources, worker, around)) for worker in range(workers)]


def _lent(resources: Resources | None, worker: int, around: Inside | None) -> Lent | None:
    """What computations use that are begun by the task that a worker runs, of a computation with these resources."""
    if resources is not None:
        return resources.lent(worker)
    return around.lent() if around else None
