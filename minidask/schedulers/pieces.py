"""Results of which tasks take parts, where moving a result costs: pieces of it are cut off where it is, and travel.

Tasks that take parts of the same results, such as those of a shuffle, form a few groups. Each result is cut into a
piece for each group, and a task for each group collects its pieces::

    result --take--> piece --+
                             +--collect--> parts --> task, task, ...
    result --take--> piece --+

So there are no more pieces of a result than there are groups, however many tasks; and what is made of a result travels
once. What is wanted by one group alone is not cut: that group gets the whole result.

Where some task takes a result whole, by the key `...`, the others take its margins: these are one piece for all.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import count, pairwise
from typing import Any

from minidask.task import Key, Ref, Refs, Task

Add = Callable[[Key, Task, int], int]
"""Adds a task by its name, with the task after which it is its turn; gives its number."""


class Parts:
    """Parts of results, by number.

    Examples
    --------
    >>> Parts(["a", "b"])[1]
    'b'
    """

    __slots__ = ("_items",)

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __getitem__(self, number: int) -> Any:
        return self._items[number]


def take(result: Any, keys: Sequence[Any]) -> Parts:
    """`result[key]` of each key; arrays as copies, so that the rest of the result can go."""
    return Parts([_alone(result[key]) for key in keys])


def _alone(part: Any) -> Any:
    numpy = sys.modules.get("numpy")
    return part.copy() if numpy is not None and type(part) is numpy.ndarray and part.base is not None else part


def in_pieces(tasks: Mapping[int, Task], names: Sequence[Any], most: Callable[[], int], add: Add) -> dict[int, Task]:
    """The tasks of one kind as they are when pieces travel.

    Parameters
    ----------
    tasks
        By number.
    names
        Of all tasks, or futures of their results.
    most
        Tells how many groups to form; more where tasks take parts of different results.
    add
        Is called for each new task.
    """
    known = len(names)
    found = _without_margins(dict(tasks), names, add)
    alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, task in found.items():
        if numbers := tuple([n for n, key in _pairs(task) if key is not ... and n < known]):
            alike[numbers].append(i)
    if not alike:
        return found
    uses: Counter[int] = Counter()
    for numbers, members in alike.items():
        for n in numbers:
            uses[n] += len(members)
    groups = -(-most() // len(alike))
    for numbers, members in alike.items():
        for cut in _cut(members, min(groups, len(members))):
            group = {i: found[i] for i in cut}
            group = _supplied(group, lambda n, keys: n < known and len(keys) < uses[n], names, add)
            found.update(_collected(group, names, add) if len(group) > 1 and len(set(numbers)) > 1 else group)
    return found


def _without_margins(tasks: dict[int, Task], names: Sequence[Any], add: Add) -> dict[int, Task]:
    """The tasks, of which those that take a part of what another takes whole get it from the margins of that."""
    whole = {n for task in tasks.values() for n, key in _pairs(task) if key is ...}
    return _supplied(tasks, lambda n, keys: n in whole, names, add) if whole else tasks


def _takes_parts(arg: Any) -> bool:
    return type(arg) is Refs and arg.keys is not None


def _pairs(task: Task) -> Iterator[tuple[int, Any]]:
    """The results of which a task takes parts, and the keys."""
    return (pair for arg in task.args if _takes_parts(arg) for pair in zip(arg.numbers, arg.keys))


def _changed(task: Task, change: Callable[[int, Any], tuple[int, Any]]) -> Task:
    """The task with other results and keys in the places of those of which it takes parts."""

    def changed(arg: Any) -> Any:
        if not _takes_parts(arg):
            return arg
        pairs = list(map(change, arg.numbers, arg.keys))
        return Refs([n for n, _ in pairs], [key for _, key in pairs])

    return Task(task.func, tuple(map(changed, task.args)), task.kwargs)


def _cut(members: list[int], groups: int) -> Iterator[list[int]]:
    bounds = [k * len(members) // groups for k in range(groups + 1)]
    return (members[start:stop] for start, stop in pairwise(bounds))


def _supplied(
    group: dict[int, Task], is_cut: Callable[[int, list[Any]], bool], names: Sequence[Any], add: Add
) -> dict[int, Task]:
    """The tasks of a group, whose parts of results that are cut come from pieces."""
    wanted: dict[int, list[Any]] = defaultdict(list)
    for task in group.values():
        for n, key in _pairs(task):
            if key is not ...:
                wanted[n].append(key)
    label, token = _called(group, names)
    pieces = {
        n: add((f"take-{label}", token, str(getattr(names[n], "key", names[n]))), Task(take, (Ref(n), keys)), n)
        for n, keys in wanted.items()
        if is_cut(n, keys)
    }
    places: Mapping[int, Iterator[int]] = defaultdict(count)

    def of_pieces(n: int, key: Any) -> tuple[int, Any]:
        return (n, key) if key is ... or n not in pieces else (pieces[n], next(places[n]))

    return {i: _changed(task, of_pieces) for i, task in group.items()}


def _called(group: Mapping[int, Task], names: Sequence[Any]) -> tuple[str, str]:
    """For the names of what a group gets: what it does, and a token of the whole group."""
    first = names[next(iter(group))]
    token = blake2b(repr([names[i] for i in group]).encode(), digest_size=16).hexdigest()
    return first[0] if type(first) is tuple else first, token


def _collected(tasks: dict[int, Task], names: Sequence[Any], add: Add) -> dict[int, Task]:
    """The tasks of a group, whose parts are collected before; what is taken whole is not."""
    label, token = _called(tasks, names)
    pairs = [pair for task in tasks.values() for pair in _pairs(task) if pair[1] is not ...]
    parts = Refs([n for n, _ in pairs], [key for _, key in pairs])
    collected = add((f"collect-{label}", token), Task(Parts, (parts,)), next(iter(tasks)))
    places = count()

    def of_collected(n: int, key: Any) -> tuple[int, Any]:
        return (n, key) if key is ... else (collected, next(places))

    return {i: _changed(task, of_collected) for i, task in tasks.items()}
