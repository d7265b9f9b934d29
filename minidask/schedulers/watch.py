"""The memory that tasks really take, beside the results that are accounted for.

While tasks run, the private memory of this process is compared with what is accounted for, and that of a worker process
with what it had before its task. The most that a task of an *operation* was seen to take is reserved for the next
ones; where those that follow take much less, it is lowered. Of several that run in this process together each is taken
for an equal part of what nobody has taken before. What remains when nothing runs is of no task.

Near the limit an operation that nobody has seen starts with one task, until that is done, or was seen for a while.

Memory that is mapped from files does not count, as the system can take it back. What is less than 64 MiB is not told
from modules that are loaded, and from what the allocator holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from heapq import nlargest
from time import monotonic
from weakref import WeakMethod

from minidask.schedulers.account import Account, process
from minidask.schedulers.engine import Engine
from minidask.schedulers.operations import Operations
from minidask.schedulers.resident import give_back, private_memory
from minidask.schedulers.state import State
from minidask.task import Graph

LOOK_EVERY = 0.05
"""Seconds between looks."""
NOTABLE = 64 * 2**20
"""Bytes that can be told from others, and of which it is worth to give them back to the system."""
_MAY_TAKE = 256 * 2**20
"""Bytes that a task may take of which nobody has seen another one."""
_LOOKS = 40
"""So often a running task must be seen that takes no more than before, until it counts as seen."""
_MORE = 2**20
_LESS = 3
"""So many tasks in a row must take less than half of what their operation is taken for, before that is lowered."""
_GIVE_BACK_EVERY = 0.5
"""Seconds, as it takes some milliseconds."""


class Operation:
    """What was seen of an operation.

    Examples
    --------
    >>> operation = Operation()
    >>> operation.takes = 1000
    >>> for nbytes in (400, 300, 100):
    ...     operation.took_at_most(nbytes)
    >>> operation.takes
    500.0
    """

    __slots__ = ("_less", "looks", "result", "seen", "takes")

    def __init__(self) -> None:
        self.result: int | None = None
        """The most bytes that a result had, of those that are notable."""
        self.takes = 0.0
        """The most bytes that a task was seen to take while it ran, with its result."""
        self.seen = False
        self.looks = 0
        self._less = 0

    def took_at_most(self, nbytes: float) -> None:
        """A task has ended that did not take more than so much, as far as it was seen."""
        self._less = self._less + 1 if nbytes < self.takes / 2 else 0
        if self._less == _LESS:
            self.takes, self._less = self.takes / 2, 0


class Watch:
    """Looks at the memory that the tasks of one computation take.

    Parameters
    ----------
    graph
        Tells which tasks are of one operation.
    state
        Of the computation.
    engine
        Tells where tasks run, and what they take in other processes.
    workers
        How many tasks run at once.
    """

    def __init__(self, graph: Graph, state: State, engine: Engine, workers: int) -> None:
        self._graph = graph
        self._state = state
        self._engine = engine
        self._workers = max(1, workers)
        self._operations = Operations(graph, Operation)
        self.operation = self._operations.of
        """Tells the operation of a task, by its number."""
        self._kinds_seen: set[int] = set()
        self._bounds: dict[int, float] = {}  # of the running tasks, what each took at most
        self._remains = 0.0  # when nothing runs
        self._peak = 0.0
        self._next_give_back = 0.0
        self.near = float(self._workers * _MAY_TAKE)
        """Where no more than this is free, each task must be asked for whether it `must_wait`."""
        self.largest = 0.0
        """The bytes of the task that takes most."""

    def begin(self, account: Account, kept: int) -> None:
        """The computation begins; where it is the first that is watched, what there is now is none of its tasks'.

        Parameters
        ----------
        account
            Its account.
        kept
            The bytes of what is kept of other computations.
        """
        if self._engine.in_this_process:
            if not any(other.watched for other in process.inner):
                process.base = private_memory() - kept
            account.watched = True

    def must_wait(self, i: int) -> bool:
        """Whether task `i` waits for the first of its operation, which is running."""
        operation = self.operation(i)
        return not operation.seen and any(self.operation(j) is operation for j in self._state.running)

    def takes(self, i: int) -> float:
        """The bytes that a task like `i` was seen to take while it ran, with its result; 0: nothing notable."""
        return self.operation(i).takes if self.largest else 0

    def over(self, ran: Sequence[int]) -> None:
        """These tasks of a batch have run."""
        if self._bounds:
            for i in ran:
                if i in self._bounds:
                    self.operation(i).took_at_most(self._bounds.pop(i))
            self.largest = max([operation.takes for operation in self._operations])
        if self.near and ran:  # one of an operation that is new is the last of its batch
            self.operation(ran[-1]).seen = True
            self._kinds_seen.add(self._graph.kind(ran[-1]))
            if len(self._kinds_seen) >= self._graph.kinds:
                self.near = 0.0

    def look(self, accounted: float, expected: float) -> float:
        """The bytes that are taken and that nobody knew of.

        Parameters
        ----------
        accounted
            The bytes of results, and what others take.
        expected
            The bytes that the running tasks are known to take.
        """
        apart = self._engine.apart()
        beside = self._beside(apart)
        here = self._here(accounted) if self._engine.in_this_process else 0.0
        self._learn(beside, max(0.0, here - self._remains), apart)
        taken = here + sum([nbytes for _, nbytes in apart])
        if self.near:
            self._wait_for_more([*beside, *[batch[-1] for batch, _ in apart]], taken)
        return max(0.0, taken - expected - NOTABLE)

    def _beside(self, apart: Sequence[tuple[list[int], int]]) -> list[int]:
        """The tasks that run in this process."""
        elsewhere = {i for batch, _ in apart for i in batch}
        return [i for i in self._state.running if i not in elsewhere] if self._engine.in_this_process else []

    def _wait_for_more(self, running: list[int], taken: float) -> None:
        """Operations whose first task has not taken more for a while count as seen."""
        grows = taken > self._peak + _MORE
        if grows:
            self._peak = taken
        for operation in {self.operation(i) for i in running}:
            operation.looks = 0 if grows else operation.looks + 1
            operation.seen = operation.seen or operation.looks == _LOOKS

    def _here(self, accounted: float) -> float:
        here = private_memory() - process.base - accounted
        if here > NOTABLE and (now := monotonic()) > self._next_give_back:
            give_back()
            self._next_give_back = now + _GIVE_BACK_EVERY
            here = private_memory() - process.base - accounted
        if not self._state.running:
            self._remains = max(0.0, here)
        return max(0.0, here)

    def _learn(self, beside: list[int], here: float, apart: Sequence[tuple[list[int], int]]) -> None:
        """From what the tasks of this process take together, and what those in each other process take."""
        operations = [self.operation(i) for i in beside]
        more = here - sum(nlargest(self._workers, [operation.takes for operation in operations]))
        if here > NOTABLE and more > _MORE:
            for operation in {*operations}:
                self._takes(operation, operation.takes + more / min(len(beside), self._workers))
        for batch, nbytes in apart:
            operation = self.operation(batch[-1])
            if nbytes > max(NOTABLE, operation.takes):
                self._takes(operation, nbytes)
        if self.largest:
            self._bounds |= {i: max(here, self._bounds.get(i, 0)) for i in beside}
            self._bounds |= {i: max(nbytes, self._bounds.get(i, 0)) for batch, nbytes in apart for i in batch}

    def _takes(self, operation: Operation, nbytes: float) -> None:
        operation.takes = nbytes
        self.largest = max(self.largest, nbytes)


class Looking(threading.Event):
    """An event; whoever waits for it looks around meanwhile.

    Parameters
    ----------
    look
        A method that is called every now and then, while there is its object, which may hold this one.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = WeakMethod(look)

    def wait(self, timeout: float | None = None) -> bool:
        end = None if timeout is None else monotonic() + timeout
        while not super().wait(LOOK_EVERY if end is None else max(0.0, min(LOOK_EVERY, end - monotonic()))):
            look = self._look()
            if look is not None:
                look()
            if end is not None and monotonic() >= end:
                return False
        return True
