"""The order in which tasks should run, found before anything runs.

Depth first from the outputs, so that a result is used, and its memory released, soon after it is made. Three
ideas, each a function below:

* visit the inputs that need the most room first (Sethi and Ullman, "The generation of optimal code for
  arithmetic expressions", J. ACM 17, 1970): `_rooms`;
* walk down from the outputs, and place a task once its inputs are placed: `_depth_first`;
* when all that still wait for a result could run, let them, because the result can go then: `_release_early`.
  This is what makes `mean` and `std` of one array go through its blocks side by side.

For example, in ``total = add(c, f(a, b))`` the call of f comes before c: while f runs, c would only take room.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, pairwise, repeat
from operator import sub
from typing import NamedTuple

from minidask.task import Graph

_FEW = 8
"""So many users of one result may be pulled forward together; more of them would make a wide front."""

_NEW, _OPEN, _PLACED = range(3)


class Consumers(NamedTuple):
    """Who reads the result of whom: task `i` is read by `users[starts[i]:starts[i + 1]]`, an entry per edge."""

    starts: array[int]
    users: array[int]

    def of(self, i: int) -> Sequence[int]:
        """The tasks that read the result of task `i`, duplicates and all."""
        return self.users[self.starts[i] : self.starts[i + 1]]


def order(graph: Graph, wanted: Iterable[int]) -> tuple[list[int], Consumers]:
    """The tasks that `wanted` needs, in the order to run them one at a time, and who consumes whom.

    Parameters
    ----------
    graph
        Only its dependencies are looked at; no task is built.
    wanted
        The numbers of the tasks whose results are asked for.

    Raises
    ------
    ValueError
        Tasks wait for each other in a circle; the message names their keys.

    Examples
    --------
    >>> graph = Graph.from_dict({"c": 1, "sum": (min, "c", "f"), "f": (max, "a", "b"), "a": 1, "b": 2})
    >>> placed, consumers = order(graph, [1])
    >>> [graph.key(i) for i in placed]
    ['a', 'b', 'f', 'c', 'sum']
    >>> [graph.key(i) for i in consumers.of(graph.number("a"))]
    ['f']
    """
    starts, needs = _as_list(graph.starts), _as_list(graph.needs)
    placed = _depth_first(graph, starts, needs, list(wanted), None)
    rooms = _rooms(starts, needs, placed)
    if rooms is not None:
        placed = _depth_first(graph, starts, needs, list(wanted), rooms)
    consumers = _consumers(starts, needs, placed)
    if len(consumers.users) >= len(placed):  # not a tree: some result has several users
        placed = _release_early(starts, needs, placed, consumers)
    return placed, consumers


def _as_list(numbers: Sequence[int]) -> list[int]:
    tolist = getattr(numbers, "tolist", None)
    return tolist() if tolist is not None else list(numbers)


def _depth_first(
    graph: Graph, starts: list[int], needs: list[int], wanted: list[int], rooms: Sequence[int] | None
) -> list[int]:
    """Each task after all that it needs; those with the most room first, ties by number."""
    state = bytearray(len(starts) - 1)
    placed: list[int] = []
    place = placed.append
    stack = wanted[::-1]
    while stack:
        i = stack[-1]
        if state[i] == _NEW:
            state[i] = _OPEN
            begin, end = starts[i], starts[i + 1]
            inputs = [d for d in needs[begin:end] if state[d] != _PLACED] if begin < end else ()
            if inputs:
                if _OPEN in [state[d] for d in inputs]:
                    raise ValueError(_circle(graph, stack, state, inputs))
                if len(inputs) > 1:
                    inputs.sort(reverse=True)
                    if rooms is not None:
                        inputs.sort(key=rooms.__getitem__)
                stack += inputs
                continue
        stack.pop()
        if state[i] == _OPEN:
            state[i] = _PLACED
            place(i)
    return placed


def _circle(graph: Graph, stack: list[int], state: bytearray, inputs: Sequence[int]) -> str:
    first = next(d for d in inputs if state[d] == _OPEN)
    path = [i for i in stack[stack.index(first) :] if state[i] == _OPEN]
    keys = [repr(graph.key(i)) for i in dict.fromkeys(path)]
    return f"these tasks wait for each other in a circle: {' -> '.join([*keys, keys[0]])}"


def _rooms(starts: list[int], needs: list[int], placed: list[int]) -> array[int] | None:
    """How many results are alive at once while each task is made from nothing; None: going by number is as good."""
    rooms = array("q", bytes(8 * (len(starts) - 1)))
    uneven = False
    for i in placed:
        count = starts[i + 1] - starts[i]
        if count == 0:
            rooms[i] = 1
        elif count == 1:
            rooms[i] = rooms[needs[starts[i]]]
        else:
            by_number = [rooms[d] for d in sorted(needs[starts[i] : starts[i + 1]])]
            inputs = sorted(by_number, reverse=True)
            uneven = uneven or inputs != by_number
            rooms[i] = max([room + before for before, room in enumerate(inputs)])
    return rooms if uneven else None


def _consumers(starts: list[int], needs: list[int], placed: list[int]) -> Consumers:
    """The edges of the placed tasks, sorted by their other end; by means that need no Python code per edge."""
    count = len(starts) - 1
    readers = list(chain.from_iterable(map(repeat, range(count), map(sub, starts[1:], starts))))
    if len(placed) < count:
        used = bytearray(count)
        for i in placed:
            used[i] = True
        edges = [edge for edge, reader in enumerate(readers) if used[reader]]
        needs = [needs[edge] for edge in edges]
        readers = [readers[edge] for edge in edges]
    by_need = sorted(range(len(needs)), key=needs.__getitem__)
    counts = Counter(needs)
    starts = list(accumulate(map(counts.__getitem__, range(count)), initial=0))
    return Consumers(array("q", starts), array("q", map(readers.__getitem__, by_need)))


def _release_early(starts: list[int], needs: list[int], planned: list[int], consumers: Consumers) -> list[int]:
    """`planned`, with the last users of a result pulled forward as soon as they can run."""
    first, users = consumers.starts.tolist(), consumers.users.tolist()
    missing = [stop - start for start, stop in pairwise(starts)]
    done = bytearray(len(missing))
    unused = [stop - start for start, stop in pairwise(first)]  # users, by edge, that are not placed yet
    placed: list[int] = []
    for start in planned:
        stack = [start]
        while stack:
            i = stack.pop()
            if done[i]:
                continue
            done[i] = True
            placed.append(i)
            inputs = needs[starts[i] : starts[i + 1]]
            for d in inputs:
                unused[d] -= 1
            for user in users[first[i] : first[i + 1]]:
                missing[user] -= 1
            for d in [*inputs, i]:
                if 0 < unused[d] <= _FEW:
                    waiting = [user for user in users[first[d] : first[d + 1]] if not done[user]]
                    if not any(missing[user] for user in waiting):
                        stack += waiting[::-1]
    return placed
