"""Tasks and graphs: all that expressions and schedulers say to each other.

A *task* is a function with its arguments, in which a `Ref` stands for the result of another task and a
`Refs` for a list of such results. A *graph* numbers the tasks 0..n-1 and tells, without building them,
who needs whom; a task is built when it is about to run.

A scheduler is any function ``get(graph, keys, **options) -> list of values, one per key``.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

Key = Any
"""Names one block: a string, or a tuple `(name, *block index)`; also int, float and bytes in a person's own graph."""


class Ref:
    """Stands in a task's arguments for the result of task `number`."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"Ref({self.number})"


class Refs:
    """Stands in a task's arguments for the list of the results of tasks `numbers`.

    Where there are `keys`, one for each, it stands for `result[key]` of each: no more is needed of the results.
    """

    __slots__ = ("keys", "numbers")

    def __init__(self, numbers: Sequence[int], keys: Sequence[Any] | None = None) -> None:
        self.numbers = numbers
        self.keys = keys

    def __repr__(self) -> str:
        return f"Refs({list(self.numbers)})"


class Task:
    """A call still to be made: `func(*args, **kwargs)` once the results it refers to are there.

    `Ref`, `Refs` and nested `Task`s are looked for among `args` and the values of `kwargs`, and inside
    nested tasks; never inside lists or dicts, so a literal of any size costs nothing.
    """

    __slots__ = ("args", "func", "kwargs")

    def __init__(self, func: Callable[..., Any], args: tuple = (), kwargs: Mapping[str, Any] | None = None) -> None:
        self.func = func
        self.args = args
        self.kwargs = kwargs

    def __call__(self, results: Any) -> Any:
        """Run with `results[number]` in the place of each reference."""
        args = [resolve(a, results) if type(a) in _STANDINS else a for a in self.args]
        if self.kwargs:
            return self.func(*args, **{k: resolve(v, results) for k, v in self.kwargs.items()})
        return self.func(*args)

    def __repr__(self) -> str:
        return f"Task({getattr(self.func, '__name__', self.func)!s}, {self.args!r}, {self.kwargs!r})"


_STANDINS = frozenset((Ref, Refs, Task))


def resolve(arg: Any, results: Any) -> Any:
    """`arg` itself, or what it stands for."""
    kind = type(arg)
    if kind is Ref:
        return results[arg.number]
    if kind is Refs:
        return list(each(arg, results))
    if kind is Task:
        return arg(results)
    return arg


def each(refs: Refs, results: Any) -> Iterator[Any]:
    """What `refs` stands for, one after the other; parts of what is not in memory are opened alone.

    Examples
    --------
    >>> list(each(Refs([0, 1], ["a", 2]), [{"a": 1}, [3, 4, 5]]))
    [1, 5]
    """
    if refs.keys is None:
        return map(results.__getitem__, refs.numbers)
    part = getattr(results, "part", None)  # of what opens results; else they are all in memory
    return map(part or (lambda n, key: results[n][key]), refs.numbers, refs.keys)


def references(task: Task) -> list[int]:
    """The numbers of the tasks whose results `task` uses, in the order of its arguments."""
    found: list[int] = []
    for arg in (*task.args, *task.kwargs.values()) if task.kwargs else task.args:
        kind = type(arg)
        if kind is Ref:
            found.append(arg.number)
        elif kind is Refs:
            found.extend(arg.numbers)
        elif kind is Task:
            found.extend(references(arg))
    return found


class Resting:
    """A result that rests somewhere, in memory or not, and may move: the argument of a task of `value`."""

    __slots__ = ()
    is_far = False
    """Whether it rests with another engine, so that to open it moves it."""

    def open(self) -> Any:
        """The result itself."""
        raise NotImplementedError

    def holding(self, result: Any) -> Resting:
        """Another object like this one, for another result."""
        raise NotImplementedError


def value(result: Any) -> Any:
    """The function of a task that has its result already: schedulers run it where the caller is."""
    return result.open() if isinstance(result, Resting) else result


def make_list(*items: Any) -> list:
    """The items as a list: how a list with keys in it stands in a plain graph."""
    return list(items)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a task comes from, for error messages, progress and pictures."""

    operation: str
    """What a person would call it: "sum", "read_csv", the name of their function."""
    block: tuple[int, ...] = ()
    where: str | None = None
    """File and line, or notebook cell, of the call that asked for it."""


class Room(NamedTuple):
    """The bytes of memory that a task takes, as far as this is known before it runs."""

    result: int | None
    """None where nobody knows."""
    besides: int = 0
    """For what it makes and lets go again."""
    share: float = 1.0
    """The part of its inputs that it looks at."""
    sure: bool = True
    """Whether it is no guess; by a guess no task is refused, and what was seen goes before it."""


class Found(NamedTuple):
    """A result that is there before its task runs."""

    task: Task
    """What gives it instead."""
    nbytes: int = 0
    """The memory that this takes; 0: it takes none that is new."""


class Source(Protocol):
    """Something outside that tasks read, such as a file."""

    def is_current(self) -> bool:
        """Whether it is as it was when the tasks that read it were named, as far as can be seen."""


class Segment:
    """The part of a graph that one source of tasks makes: `len(self)` tasks in a row.

    Subclasses build tasks, keys and origins from the position within the segment.
    """

    def __len__(self) -> int:
        raise NotImplementedError

    def task(self, position: int, needs: Sequence[int]) -> Task:
        """The task at `position`; `needs` are the numbers of the tasks it reads, in the order of its edges."""
        raise NotImplementedError

    def key(self, position: int) -> Key:
        raise NotImplementedError

    def origin(self, position: int) -> Origin:
        raise NotImplementedError

    def annotations(self, position: int) -> Mapping[str, Any]:
        """What the person asked for these tasks, the same for all of a segment: retries and such; often nothing."""
        return {}

    is_given = False
    """Whether the results exist before the tasks run, and take no new memory."""
    lasts = False
    """Whether the keys name the work by its content: an equal key means an equal result, in any session."""
    outside: Iterable[Source] = ()
    """What the tasks read, and their keys tell of."""

    def room(self, position: int) -> Room:
        """The memory that the task at `position` takes beside its inputs."""
        return Room(None)

    def largest_room(self) -> int:
        """The bytes of the largest room of all tasks; 0 where nobody knows."""
        return 0


class Graph:
    """Numbered tasks and their dependencies.

    Parameters
    ----------
    segments
        Sources of tasks; the tasks of the first have the lowest numbers.
    starts, needs
        Dependencies as integer arrays: task `i` reads the results of `needs[starts[i]:starts[i + 1]]`.
    numbers
        Gives the number of a key; a KeyError says that the graph has no such key.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        starts: Sequence[int],
        needs: Sequence[int],
        number: Callable[[Key], int],
    ) -> None:
        self.starts = starts
        self.needs = needs
        self.number = number
        self._segments = [s for s in segments if len(s)]
        self._offsets = array("q", [0])
        for segment in self._segments:
            self._offsets.append(self._offsets[-1] + len(segment))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def needed_by(self, i: int) -> Sequence[int]:
        """The numbers of the tasks whose results task `i` reads, duplicates and all."""
        return self.needs[self.starts[i] : self.starts[i + 1]]

    def task(self, i: int) -> Task:
        """Build task `i`."""
        segment, position = self._place(i)
        return segment.task(position, self.needed_by(i))

    def key(self, i: int) -> Key:
        """The key of task `i`."""
        segment, position = self._place(i)
        return segment.key(position)

    def origin(self, i: int) -> Origin:
        """Where task `i` comes from."""
        segment, position = self._place(i)
        return segment.origin(position)

    def annotations(self, i: int) -> Mapping[str, Any]:
        """What the person asked for task `i`: retries, priority, resources; often nothing."""
        segment, position = self._place(i)
        return segment.annotations(position)

    def kind(self, i: int) -> int:
        """The number of the segment of task `i`: tasks of a kind do alike."""
        return bisect_right(self._offsets, i) - 1

    def is_given(self, kind: int) -> bool:
        """Whether the results of this kind of tasks exist before they run, and take no new memory."""
        return self._segments[kind].is_given

    def lasts(self, i: int) -> bool:
        """Whether the key of task `i` names its work by content, so that its result can be kept by it."""
        return self._place(i)[0].lasts

    def outside(self, kind: int) -> Iterable[Source]:
        """What tasks of a kind read from outside."""
        return self._segments[kind].outside

    def room(self, i: int) -> Room:
        """The memory that task `i` takes beside its inputs."""
        segment, position = self._place(i)
        return segment.room(position)

    def largest_room(self) -> int:
        """The bytes of the largest room of all tasks, as far as anybody knows."""
        return max([segment.largest_room() for segment in self._segments], default=0)

    def beyond(self, nbytes: float) -> Iterator[int]:
        """The tasks of which it is known, and no guess, that their results and what they need besides take more."""
        for segment, offset in zip(self._segments, self._offsets):
            if segment.largest_room() > nbytes:
                for i in range(offset, offset + len(segment)):
                    result, besides, _, sure = self.room(i)
                    if sure and result is not None and result + besides > nbytes:
                        yield i

    @property
    def kinds(self) -> int:
        """How many kinds of tasks there are."""
        return len(self._segments)

    def first(self, kind: int) -> int:
        """The first task of a kind."""
        return self._offsets[kind]

    def of_kind(self, kind: int) -> range:
        """The tasks of a kind."""
        return range(*self._offsets[kind : kind + 2])

    def annotated(self, hint: str) -> list[tuple[int, Any]]:
        """The kinds of tasks at which the person asked for `hint`, and what."""
        hints = [segment.annotations(0) for segment in self._segments]
        return [(kind, asked[hint]) for kind, asked in enumerate(hints) if hint in asked]

    def _place(self, i: int) -> tuple[Segment, int]:
        if len(self._segments) == 1:
            return self._segments[0], i
        at = bisect_right(self._offsets, i) - 1
        return self._segments[at], i - self._offsets[at]

    @property
    def is_plain(self) -> bool:
        """Whether it is a person's own dict, whose keys may name other work elsewhere."""
        return any(isinstance(segment, _PlainTasks) for segment in self._segments)

    @classmethod
    def of(cls, graph: Graph | Mapping[Key, Any]) -> Graph:
        """A graph as it is, or of a dict in the plain form."""
        return graph if isinstance(graph, Graph) else cls.from_dict(graph)

    @classmethod
    def from_dict(cls, tasks: Mapping[Key, Any]) -> Graph:
        """A graph from a person's own dict in the plain form.

        A task is a tuple whose first item is callable; a key among its arguments stands for that key's
        result, also inside lists and nested tasks; all else is a literal.

        Examples
        --------
        >>> from operator import add
        >>> graph = Graph.from_dict({"x": 1, "y": (add, "x", 2)})
        >>> len(graph), graph.key(1), list(graph.needed_by(1))
        (2, 'y', [0])
        """
        keys = list(tasks)
        numbers = {key: i for i, key in enumerate(keys)}
        built = [plain_task(item, numbers) for item in tasks.values()]
        starts, needs = array("q", [0]), array("q")
        for task in built:
            needs.extend(references(task))
            starts.append(len(needs))
        return cls([_PlainTasks(keys, built)], starts, needs, numbers.__getitem__)


class _PlainTasks(Segment):
    """Tasks made beforehand, from a dict in the plain form."""

    def __init__(self, keys: list[Key], tasks: list[Task]) -> None:
        self._keys = keys
        self._tasks = tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def task(self, position: int, needs: Sequence[int]) -> Task:
        return self._tasks[position]

    def key(self, position: int) -> Key:
        return self._keys[position]

    def origin(self, position: int) -> Origin:
        key = self._keys[position]
        return Origin(str(key[0]), key[1:]) if isinstance(key, tuple) and key else Origin(str(key))


KEY_TYPES = frozenset((str, int, float, bytes, tuple))
"""Of the keys in a person's own graph."""


def plain_task(item: Any, numbers: Mapping[Key, int]) -> Task:
    """The task of an item in the plain form, where `numbers` are those of the keys it may refer to."""
    if type(item) is Task:
        return item
    if type(item) is tuple and item and callable(item[0]):
        return Task(item[0], tuple([_plain_arg(a, numbers) for a in item[1:]]))
    arg = _plain_arg(item, numbers)
    return Task(value, (arg,))


def _plain_arg(arg: Any, numbers: Mapping[Key, int]) -> Any:
    kind = type(arg)
    if kind is list:
        return Task(make_list, tuple([_plain_arg(a, numbers) for a in arg]))
    if kind is tuple and arg and callable(arg[0]):
        return plain_task(arg, numbers)
    if kind in KEY_TYPES:
        try:
            number = numbers.get(arg)
        except TypeError:  # a tuple with something unhashable in it
            return arg
        if number is not None:
            return Ref(number)
    return arg


def flatten(keys: Iterable[Any]) -> Iterable[Key]:
    """The keys in arbitrarily nested lists, in order.

    Examples
    --------
    >>> list(flatten(["a", ["b", [("c", 0)]]]))
    ['a', 'b', ('c', 0)]
    """
    stack = [iter(keys)]
    while stack:
        for item in stack[-1]:
            if type(item) is list:
                stack.append(iter(item))
                break
            yield item
        else:
            stack.pop()
