"""The budget: which tasks may start, what waits, and which results go to disk.

The *limit* is for the results that are held in memory, and for the *room* that running tasks take: their result,
what they need besides, and their inputs that come back from disk. Of array tasks the room is known from shapes and
dtypes; of others it is the most that one of their operation was seen to make, or the size of the inputs before that.

While `workers` tasks of the largest kind would still fit, nobody counts. Near the limit each task *reserves* its room
before it starts. One that does not fit waits, as long as what runs will release enough; else the results that are
used last go to disk. Where nothing runs and nothing can go, the task runs alone, unless it is known not to fit.

The memory that there really is is looked at now and then (`Watch`). What tasks were seen to take is their room, where
it is more. What is not accounted for counts like results.

Computations that run at the same time stay together within the process' limit, which is that of the option, or the
largest that one of them was given. Each counts what the others take, and makes room among its own results first. One
that has nothing running, and nothing to write to disk, waits while others go on; the room that it waits for is taken,
so that they make place for it. One that was begun inside a task never waits, as another one waits for it: then one of
its tasks runs though it may not fit. So does one task of who has waited for long, as a task may wait for it unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from time import monotonic
from typing import Any

import minidask.config as config
from minidask.errors import MemoryLimitError
from minidask.quantities import format_bytes, parse_limit
from minidask.schedulers.account import Account, changing, process
from minidask.schedulers.failure import note
from minidask.schedulers.machine import available_memory, total_memory
from minidask.schedulers.operations import Operations
from minidask.schedulers.resident import give_back
from minidask.schedulers.state import READY, UNUSED, State
from minidask.schedulers.watch import LOOK_EVERY, NOTABLE, Operation, Watch
from minidask.store.kept import Kept, give_way, kept_bytes, longest_unused
from minidask.task import Graph

_SMALLEST = 4096
"""Results of fewer bytes stay in memory."""
_FEW = 1000
"""What takes less than this part of the limit is not looked at one by one."""
_SHARE_OF_AVAILABLE = 0.9
_PATIENCE = 10.0
"""Seconds that a computation waits for memory that others hold."""
_MANY = 2**31
_OPTION = "the option memory_limit (in the environment MINIDASK_MEMORY_LIMIT)"
_AT_ONCE = 16
"""Results go to disk for at least the 16th part of the limit at once, as choosing them takes time."""


def limit_of(memory_limit: Any, held: float = 0) -> float:
    """The limit of one computation: the argument, else the option; its default is held to what is free now.

    What is `held` counts as free.

    Raises
    ------
    ValueError, TypeError
        It is no limit; one of the environment is not ignored, as somebody has set it for others.
    """
    asked = config.get("memory_limit", None, override_with=memory_limit)
    if asked is not None:
        return parse_limit(asked, total_memory(), "memory_limit" if memory_limit is not None else _OPTION)
    most = parse_limit(config.OPTIONS["memory_limit"].default, total_memory())
    return min(most, available_memory() * _SHARE_OF_AVAILABLE + held)


class Budget(Account):
    """The memory of one computation.

    Parameters
    ----------
    limit
        In bytes.
    state
        Of the computation.
    graph
        Tells what is known of its tasks' rooms.
    watch
        Looks at the memory that the tasks really take.
    """

    def __init__(self, limit: float, state: State, graph: Graph, watch: Watch | None = None) -> None:
        super().__init__(limit)
        self._state = state
        self._graph = graph
        self._largest_known = graph.largest_room()
        self._largest: float = self._largest_known  # also of what was seen to be taken
        self._operation = watch.operation if watch else Operations(graph, Operation).of
        self.notable = limit / _FEW
        """Bytes of a result that are worth to be learned from."""
        self._seen: dict[int, int] = {}  # the largest result of each kind
        self._reserved: dict[int, float] = {}  # by the tasks that run and were counted
        self._promised = 0.0
        self._on_disk: dict[int, int] = {}
        self._stuck: set[int] = set()  # cannot go to disk
        self._alone = -1  # a task that may run though it may not fit
        self._refused = -1  # the first task that did not fit
        self._waits_since: float | None = None  # for others
        self._may_wait = True
        self.crowded = False
        """Whether a task was refused that may fit when others let go of memory."""
        self._unaccounted = 0.0
        self._watch = watch if limit < inf else None
        self._near = self._watch.near if self._watch else 0.0
        self._next_look = monotonic() + LOOK_EVERY
        self._most = 0

    @property
    def fitting(self) -> int:
        """How many tasks fit, whichever they are; more than anybody will ask for where none is known to be large."""
        free = self._free()
        if free < self._near:
            return 0
        if self._is_shared:  # another one may count in this moment
            free /= len(process.inner) + len(self.inner)
        return int(min(max(0.0, free / max(1, self._largest)), _MANY))

    @property
    def _used(self) -> float:
        return self._state.nbytes + self._promised + self._unaccounted + kept_bytes()

    @property
    def _is_shared(self) -> bool:
        """Whether other computations take of the same memory."""
        return len(process.inner) > 1 or bool(self.inner) or self.outer not in (None, process)

    def held(self) -> float:
        mine = self._state.nbytes + self._promised + self._uncounted * self._largest
        return mine + super().held() if self.inner else mine

    def _free(self) -> float:
        """The bytes that it can still take."""
        if not self._is_shared:
            return self.limit - self._used - self._uncounted * self._largest
        around = inf if self.outer is None else self.outer.left() + self.wanted
        return min(self.limit - self.held(), around) - self._unaccounted - kept_bytes()

    @property
    def _uncounted(self) -> int:
        """How many tasks run without having reserved any room."""
        return len(self._state.running) - len(self._reserved)

    def gate(self) -> Callable[[int], bool]:
        """What tells of a task whether it may start, and remembers the first that may not, for `make_room`."""
        self._refused = -1
        return self.admits

    def admits(self, i: int) -> bool:
        """Whether task `i` fits; then its room is reserved."""
        if not self._is_shared:
            return self._admits(i)
        with changing:
            return self._admits(i)

    def _admits(self, i: int) -> bool:
        room = self._room(i)
        if room > self._free() or (self._near and self._watch and self._watch.must_wait(i)):
            if self._refused < 0:
                self._refused = i
            return False
        self._reserved[i] = room
        self._promised += room
        return True

    def _room(self, i: int) -> float:
        """The bytes that a task takes while it runs, beside its inputs that are in memory."""
        inputs = set(self._state.inputs(i))
        back = sum([self._on_disk.get(d, 0) for d in inputs]) if self._on_disk else 0
        result, besides, share, sure = self._graph.room(i)
        back = int(back * share)
        if result is None or not sure:
            seen = self._operation(i).result
            result = result if seen is None else seen
        if result is None:
            sizes = self._state.sizes()
            result = back + max(int(self.notable), sum([sizes.get(d, 0) for d in inputs]))
        return back + max(result + besides, self._watch.takes(i) if self._watch else 0)

    def over(self, batch: Sequence[int], ran: int) -> None:
        """These tasks do not run any more, of which the first have been done."""
        if self._watch and (self._near or self._watch.largest):
            self._watch.over(batch[:ran])
            self._near = self._watch.near
            self._largest = max(self._largest_known, self._watch.largest)
        if self.wanted:
            self.wanted, self._waits_since = 0, None
        if self._reserved:
            for i in batch:
                self._promised -= self._reserved.pop(i, 0)

    def learn(self, batch: Sequence[int], sizes: Sequence[int]) -> list[int]:
        """Tasks have made results of so many bytes; the bytes that are new memory. Those that are notable teach."""
        notable, learn = self.notable, self._learn
        return [nbytes if nbytes <= notable else learn(i, nbytes) for i, nbytes in zip(batch, sizes)]

    def _learn(self, i: int, nbytes: int) -> int:
        kind = self._graph.kind(i)
        if self._graph.is_given(kind):
            return 0
        if nbytes > self._seen.get(kind, 0):
            self._seen[kind] = nbytes
            operation = self._operation(i)
            operation.result = max(nbytes, operation.result or 0)
            self._largest_known = max(self._largest_known, nbytes)
            self._largest = max(self._largest, nbytes)
        return nbytes

    def forget(self, released: Sequence[int]) -> None:
        """These results are released."""
        if self._on_disk:
            for i in released:
                self._on_disk.pop(i, None)

    def make_room(self) -> Sequence[int | Kept] | None:
        """Results and persisted blocks to write to disk so that the refused task can start; None: wait; nothing: try
        again at once.
        """
        i, self._refused = self._refused, -1
        state, self.crowded = self._state, False
        if i < 0 or state.stages[i] != READY:
            return None
        self.crowded = self._is_shared
        room = self._room(i)
        lacking = room - self._free() - self._uncounted * self._largest
        if lacking <= 0:
            return None if state.running else []
        if kept_bytes():
            if give_way(lacking):
                return []
            if blocks := longest_unused(lacking):
                return blocks
        sizes = state.sizes()
        if state.running and lacking <= sum(sizes.get(d, 0) for d in state.will_release()):
            return None
        kept = state.in_use()
        if self._graph.room(i).share == 1:
            kept |= set(state.inputs(i))
        victims = self._last_used(sizes, kept, max(lacking, self.limit / _AT_ONCE))
        if victims:
            return victims
        if state.running or self._waits(room):
            return None
        self._run_alone(i)
        return []

    def _waits(self, room: float) -> bool:
        """Whether to wait for others that hold what a task lacks; then they make room for it."""
        if not self._may_wait or room + self._unaccounted + kept_bytes() <= process.left() + self.wanted:
            return False
        now = monotonic()
        self._waits_since = self._waits_since or now
        with changing:
            others = any(account.moves() for account in process.inner if account is not self)
            waits = others and now < self._waits_since + _PATIENCE
            self.wanted = max(1, room) if waits else 0
        return waits

    def moves(self) -> bool:
        return bool(self._state.running) or not self.wanted

    def _last_used(self, sizes: dict[int, int], kept: set[int], lacking: float) -> list[int]:
        """The results that are used last of all, but for those `kept`, until their bytes are enough."""
        found: list[int] = []
        candidates = [
            d for d, nbytes in sizes.items() if nbytes >= _SMALLEST and d not in kept and d not in self._stuck
        ]
        for d in sorted(candidates, key=self._state.next_use, reverse=True):
            found.append(d)
            lacking -= sizes[d]
            if lacking <= 0:
                break
        return found

    def _run_alone(self, i: int) -> None:
        """Nothing can be done for a task that does not fit: let it run, unless it is known that it cannot."""
        result, besides, share, sure = self._graph.room(i)
        sizes = self._state.sizes()
        inputs = sum([sizes.get(d, 0) + int(self._on_disk.get(d, 0) * share) for d in set(self._state.inputs(i))])
        if result is not None and sure and (need := inputs + result + besides) > self.limit:
            self._state.stop(MemoryLimitError(self._text(i, need, inputs, result, besides)))
        else:
            self._alone = i

    def alone(self) -> Callable[[int], bool] | None:
        """What lets the task start that runs though it may not fit, as there is no other way; None: there is none."""
        i, self._alone = self._alone, -1
        if i < 0 or self._state.running:
            return None
        self._waits_since = None
        return lambda ready: ready == i

    def _text(self, i: int, need: int, inputs: int, result: int, besides: int) -> str:
        more = f" and {format_bytes(besides)} besides" if besides else ""
        where = note(self._graph, i, []).removeprefix("in ")
        return (
            f"{where}, needs about {format_bytes(need)} of memory at once ({format_bytes(inputs)} for its inputs, "
            f"{format_bytes(result)} for its result{more}), but the memory limit is {format_bytes(self.limit)}: "
            "make the chunks or partitions smaller, or give it more with memory_limit="
        )

    def spilled(self, i: int, nbytes: int) -> None:
        """The result of task `i` is on disk now."""
        self._on_disk[i] = nbytes
        self._state.spilled(i)

    def cannot_spill(self, i: int) -> None:
        """The result of task `i` stays in memory, whatever comes."""
        self._stuck.add(i)

    def look(self) -> bool:
        """Look at the memory that there really is, where that was not done just now; whether more tasks may fit."""
        self._most = max(self._most, self._state.nbytes)
        watch = self._watch
        if watch is None or ((now := monotonic()) < self._next_look and not self._unaccounted):
            return False
        self._next_look = now + LOOK_EVERY
        expected = self._promised + self._uncounted * self._largest
        held = self.held() if self.outer is None else process.held()
        before = self._unaccounted
        self._unaccounted = watch.look(held - expected + kept_bytes(), expected)
        self._largest = max(self._largest_known, watch.largest)
        return self._unaccounted < before or self._near > 0

    def begin(self, outer: Account | None) -> None:
        """The computation begins, inside a task of another one, or in the account of the process.

        Raises
        ------
        MemoryLimitError
            A task is known to take more than the limit, whatever the others do.
        """
        self._may_wait = outer is None
        self.open(outer or process, lambda: limit_of(None, process.held()))
        if self._watch:
            self._watch.begin(self, kept_bytes())
        for i in self._graph.beyond(self.limit) if self._largest_known > self.limit else ():
            if self._state.stages[i] != UNUSED:
                room = self._graph.room(i)
                result = room.result or 0
                inputs = sum([self._graph.room(d).result or 0 for d in set(self._state.inputs(i))])
                raise MemoryLimitError(self._text(i, inputs + result + room.besides, inputs, result, room.besides))

    def close(self) -> None:
        """The computation is over: large memory goes back to the system."""
        self.leave()
        if self._most > NOTABLE:
            give_back()
