"""Results of which tasks take parts, where moving a result costs: pieces of it are cut off where it is, and travel.

Tasks that take parts of the same results, such as those of a shuffle, form a few groups. Each result is cut into a
piece for each group, and a task for each group collects its pieces::

    result --take--> piece --+
                             +--collect--> parts --> task, task, ...
    result --take--> piece --+

So there are no more pieces of a result than there are groups, however many tasks; and what is made of a result travels
once. What is wanted by one group alone is not cut: that group gets the whole result.
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
    alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, task in tasks.items():
        if numbers := tuple([n for refs in _parted(task) for n in refs.numbers]):
            alike[numbers].append(i)
    found = dict(tasks)
    if not alike:
        return found
    uses: Counter[int] = Counter()
    for numbers, members in alike.items():
        for n in numbers:
            uses[n] += len(members)
    groups = -(-most() // len(alike))
    for members in alike.values():
        for group in _cut(members, min(groups, len(members))):
            found.update(_supplied({i: tasks[i] for i in group}, uses, names, add))
    return found


def _takes_parts(arg: Any) -> bool:
    return type(arg) is Refs and arg.keys is not None


def _parted(task: Task) -> Iterator[Refs]:
    return filter(_takes_parts, task.args)


def _pairs(refs: Refs) -> Iterator[tuple[int, Any]]:
    return zip(refs.numbers, refs.keys or ())


def _changed(task: Task, change: Callable[[Refs], Refs]) -> Task:
    """The task with others in the places of those that stand for parts."""
    return Task(task.func, tuple([change(arg) if _takes_parts(arg) else arg for arg in task.args]), task.kwargs)


def _cut(members: list[int], groups: int) -> Iterator[list[int]]:
    bounds = [k * len(members) // groups for k in range(groups + 1)]
    return (members[start:stop] for start, stop in pairwise(bounds))


def _supplied(group: dict[int, Task], uses: Mapping[int, int], names: Sequence[Any], add: Add) -> dict[int, Task]:
    """The tasks of a group, whose parts come from pieces."""
    wanted: dict[int, list[Any]] = defaultdict(list)
    for task in group.values():
        for refs in _parted(task):
            for n, key in _pairs(refs):
                wanted[n].append(key)
    first = next(iter(group))
    label = names[first][0] if type(names[first]) is tuple else names[first]
    token = blake2b(repr([names[i] for i in group]).encode(), digest_size=16).hexdigest()
    pieces = {
        n: add((f"take-{label}", token, str(getattr(names[n], "key", names[n]))), Task(take, (Ref(n), keys)), n)
        for n, keys in wanted.items()
        if len(keys) < uses[n]
    }
    places: Mapping[int, Iterator[int]] = defaultdict(count)

    def of_pieces(refs: Refs) -> Refs:
        keys = [next(places[n]) if n in pieces else key for n, key in _pairs(refs)]
        return Refs([pieces.get(n, n) for n in refs.numbers], keys)

    tasks = {i: _changed(task, of_pieces) for i, task in group.items()}
    return tasks if len(tasks) == 1 else _collected(tasks, lambda task: add((f"collect-{label}", token), task, first))


def _collected(tasks: dict[int, Task], add: Callable[[Task], int]) -> dict[int, Task]:
    """The tasks of a group, whose parts are collected before."""
    pairs = [pair for task in tasks.values() for refs in _parted(task) for pair in _pairs(refs)]
    collected = add(Task(Parts, (Refs(*map(list, zip(*pairs))),)))
    places = count()

    def of_collected(refs: Refs) -> Refs:
        return Refs([collected] * len(refs.numbers), [next(places) for _ in refs.numbers])

    return {i: _changed(task, of_collected) for i, task in tasks.items()}
