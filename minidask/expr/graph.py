"""From physical nodes to a graph: numbered tasks, only those that the roots need.

Planning works on vectors of block numbers, a few operations a node; a task is built when it is about to run.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from minidask.expr.blocks import Beside, Blocks, Blockwise, Made, PerBlock, Physical, Tasks
from minidask.expr.fan_in import FanIn, takes_in
from minidask.expr.grid import Grid, Index, ravel, size, unravel
from minidask.expr.naming import is_lasting
from minidask.expr.node import Node, format_where
from minidask.expr.rewrite import topological
from minidask.task import Graph, Key, Origin, Ref, Refs, Room, Segment, Source, Task, plain_task, references, value

if TYPE_CHECKING:
    from minidask.expr.grid import Integers

Sources = list[tuple[Physical, "Integers | None", "Integers"]]


def keys_of(node: Node) -> list[Key]:
    """The keys of all blocks of a node, in C order of its grid."""
    return [(node.name, *unravel(i, node.grid)) for i in range(size(node.grid))]


def build(roots: Sequence[Node]) -> Graph:
    """The graph of the tasks that make all blocks of `roots`, which are physical."""
    return _Builder(roots).graph()


class _Builder:
    """Finds the blocks needed, consumers first; then numbers them, sources first."""

    def __init__(self, roots: Sequence[Node]) -> None:
        import numpy as np

        self.order = _by_name(roots)
        self.asked: dict[str, list[Integers]] = {name: [] for name in self.order}
        self.outputs: dict[str, Integers] = {}
        self.sources: dict[str, Sources] = {}
        self.readers: dict[str, list[str]] = {name: [] for name in self.order}
        self.inside: dict[str, str] = {}  # nodes without tasks of their own, and in whose tasks their blocks are made
        for root in dict.fromkeys(roots):
            self.asked[root.name].append(np.arange(size(root.grid)))
            self.readers[root.name].append("")
        for name, node in reversed(self.order.items()):
            self._visit(name, node)

    def _visit(self, name: str, node: Physical) -> None:
        wanted = self.asked.pop(name)
        self.outputs[name] = _union(wanted)
        if not len(self.outputs[name]):
            return
        self.sources[name] = node.sources(self.outputs[name])
        for source, _, numbers in self.sources[name]:
            self.asked[source.name].append(numbers)
            self.readers[source.name].append(name)
        if len(self.readers[name]) == 1 and (only := self.order.get(self.readers[name][0])) is not None:
            _, counts, numbers = self.sources[only.name][0]
            if takes_in(only, node, counts, numbers):
                self.inside[name] = only.name

    def graph(self) -> Graph:
        import numpy as np

        segments: list[NodeSegment] = []
        starts, needs = array("q", [0]), array("q")
        offset, edges = 0, 0
        places: dict[str, NodeSegment] = {}
        takers = {*self.inside.values()}
        for name, node in self.order.items():
            outputs = self.outputs[name]
            if not len(outputs):
                continue
            kind = _FanInSegment if name in takers else _segment_type(type(node))
            segment = kind(node, outputs, offset, self.sources[name])
            segment.is_stable &= all(places[s.name].is_stable for s, *_ in self.sources[name] if s.name in places)
            places[name] = segment
            if name in self.inside:
                continue
            ends, numbers = segment.edges(places)
            starts.frombytes((ends + edges).astype(np.int64).tobytes())
            needs.frombytes(numbers.astype(np.int64).tobytes())
            offset, edges = offset + len(segment), edges + len(numbers)
            segments.append(segment)
        return Graph(segments, starts, needs, Numbers({n: s for n, s in places.items() if n not in self.inside}))


class Numbers:
    """Gives the number of a key: ``numbers[(name, *index)]``; also callable."""

    def __init__(self, places: Mapping[str, NodeSegment]) -> None:
        self._places = places

    def __call__(self, key: Key) -> int:
        name, *index = key if type(key) is tuple else (key,)
        segment = self._places[name]
        if len(index) != len(segment.node.grid) or not all(0 <= i < n for i, n in zip(index, segment.node.grid)):
            raise KeyError(key)
        return segment.number(ravel(tuple(index), segment.node.grid))


def _by_name(roots: Sequence[Node]) -> dict[str, Physical]:
    """All nodes, children first; nodes of one name make the same blocks, so the first serves for all."""
    found: dict[str, Physical] = {}
    for node in topological(roots):
        found.setdefault(node.name, node)  # type: ignore[arg-type]
    return found


def _union(asked: list[Integers]) -> Integers:
    import numpy as np

    if not asked:
        return np.empty(0, dtype=np.int64)
    numbers = asked[0] if len(asked) == 1 else np.concatenate(asked)
    return numbers if np.all(numbers[1:] > numbers[:-1]) else np.unique(numbers)


class NodeSegment(Segment):
    """The tasks of one physical node: those of the blocks `outputs`, which are sorted."""

    def __init__(self, node: Any, outputs: Integers, offset: int, sources: Sources) -> None:
        self.node = node
        self.offset = offset
        self._sources = sources
        self._grid: Grid = node.grid
        self._outputs = None if len(outputs) == size(node.grid) else outputs
        self._count = len(outputs)
        self._where = format_where(node.where)
        self.is_stable = is_lasting(node.name) and all(
            a.lasts for a in getattr(node, "args", ()) if isinstance(a, PerBlock)
        )
        """Whether an equal name means equal blocks, in any session."""

    def __len__(self) -> int:
        return self._count

    def position(self, number: int) -> int:
        """Where the task of a block stands in the segment."""
        if self._outputs is None:
            if not 0 <= number < self._count:
                raise KeyError(number)
            return number
        at = int(self._outputs.searchsorted(number))
        if at == len(self._outputs) or self._outputs[at] != number:
            raise KeyError(number)
        return at

    def number(self, number: int) -> int:
        """Where the task of a block stands in the graph."""
        return self.offset + self.position(number)

    def positions(self, numbers: Integers) -> Integers:
        """Where the tasks of many blocks stand in the graph."""
        return (numbers if self._outputs is None else self._outputs.searchsorted(numbers)) + self.offset

    def index(self, position: int) -> Index:
        """The index of the block that a task makes."""
        return unravel(position if self._outputs is None else int(self._outputs[position]), self._grid)

    def edges(self, places: Mapping[str, NodeSegment]) -> tuple[Integers, Integers]:
        """For each task where its needs end, and the needs of all, task after task."""
        import numpy as np

        return np.zeros(self._count, dtype=np.int64), np.empty(0, dtype=np.int64)

    def key(self, position: int) -> Key:
        return (self.node.name, *self.index(position))

    def origin(self, position: int) -> Origin:
        return Origin(self.node.operation, self.index(position), self._where)

    def annotations(self, position: int) -> Mapping[str, Any]:
        return self.node.annotations

    @property
    def outside(self) -> Iterator[Source]:  # type: ignore[override]
        for arg in getattr(self.node, "args", ()):
            if isinstance(arg, PerBlock):
                yield from arg.outside

    @property
    def lasts(self) -> bool:  # type: ignore[override]
        return self.is_stable and getattr(self.node, "recompute", "") != "always"


def _two_largest(sizes: list[int]) -> int:
    return sum(sorted(sizes)[-2:])


class _BlockwiseSegment(NodeSegment):
    def __init__(self, node: Blockwise, outputs: Integers, offset: int, sources: Sources) -> None:
        super().__init__(node, outputs, offset, sources)
        counts = iter([None if c is None else array("q", c.tolist()) for _, c, _ in sources])
        self._plan = [
            (arg, next(counts) if read is not None else None, read, isinstance(arg, PerBlock))
            for arg, read in zip(node.args, node.reads)
        ]
        reads = [read for read in node.reads if read is not None]
        self._ruled = any(ruled for *_, ruled in self._plan) or any(read.part for read in reads)
        self._in_parts = any(read.share < 1 for read in reads)

    def task(self, position: int, needs: Sequence[int]) -> Task:
        return Task(self.node.func, tuple(self.arguments(position, needs)), self.node.kwargs)

    def arguments(self, position: int, needs: Sequence[int]) -> list[Any]:
        """What the function is called with for one block."""
        index = self.index(position) if self._ruled else ()
        args: list[Any] = []
        at = 0
        for arg, counts, read, ruled in self._plan:
            if read is None:
                args.append(arg.block(index) if ruled else arg)
            elif counts is None:
                args.append(Ref(needs[at]))
                at += 1
            else:
                stop = at + counts[position]
                args.append(Refs(needs[at:stop], read.part.block(index) if read.part else None))
                at = stop
        return args

    def edges(self, places: Mapping[str, NodeSegment]) -> tuple[Integers, Integers]:
        import numpy as np

        found = [
            (counts, places[source.name].positions(numbers) if len(numbers) else numbers)  # nothing read: not there
            for source, counts, numbers in self._sources
        ]
        if not found:
            return super().edges(places)
        if all(counts is None for counts, _ in found):
            ends = np.arange(1, self._count + 1) * len(found)
            return ends, np.stack([numbers for _, numbers in found], axis=1).ravel()
        each = [np.ones(self._count, np.int64) if counts is None else counts for counts, _ in found]
        ends = np.cumsum(sum(each))
        needs = np.empty(int(ends[-1]), dtype=np.int64)
        start = np.concatenate([[0], ends[:-1]])
        for counts, (_, numbers) in zip(each, found):
            within = np.arange(len(numbers)) - np.repeat(np.cumsum(counts) - counts, counts)
            needs[np.repeat(start, counts) + within] = numbers
            start = start + counts
        return ends, needs

    def room(self, position: int) -> Room:
        index = self.index(position)
        own, between = self._makes
        return Room(
            own.block_nbytes(index) if own is not None else None,
            _two_largest([node.block_nbytes(read.at(index)) or 0 for node, read in between]),
            self._share(position) if self._in_parts else 1.0,
            not any(node.guesses_nbytes for node in (own, *[node for node, _ in between]) if node is not None),
        )

    def _share(self, position: int) -> float:
        """What part of its inputs a task looks at."""
        reads = [(1 if counts is None else counts[position], read) for _, counts, read, _ in self._plan if read]
        return sum([n * read.share for n, read in reads]) / max(1, sum([n for n, _ in reads]))

    def largest_room(self) -> int:
        own, between = self._makes
        largest = own.largest_nbytes() if own is not None else 0
        return largest + _two_largest([node.largest_nbytes() for node, _ in between])

    @cached_property
    def _makes(self) -> Made:
        """What the tasks make; of those blocks in between that have the same size, two: more are not there at once."""
        made = self.node.makes
        seen: Counter[Any] = Counter()
        between = []
        for node, read in made.between:
            kind = node.largest_nbytes(), read
            seen[kind] += 1
            if kind[0] and seen[kind] <= 2:
                between.append((node, read))
        return Made(made.result, tuple(between))


class _FanInSegment(_BlockwiseSegment):
    """Tasks that make, besides, the blocks that they gather."""

    def edges(self, places: Mapping[str, NodeSegment]) -> tuple[Integers, Integers]:
        import numpy as np

        ((source, counts, numbers),) = self._sources
        inner = places[source.name]
        assert isinstance(inner, _BlockwiseSegment)
        assert counts is not None
        self._inner = inner
        node, others = inner.node, self.node.args[1:]
        self._func = FanIn(node.func, node.kwargs, len(node.args), self.node.func, len(others))
        self._width = len(node.inputs)
        found = inner.positions(numbers) - inner.offset
        stops = np.cumsum(counts)
        self._found, self._stops = array("q", found.tolist()), array("q", [0, *stops.tolist()])
        self._besides = int(counts.max()) * inner.largest_room()
        _, needs = inner.edges(places)
        return stops * self._width, needs.reshape(len(inner), self._width)[found].ravel()

    def task(self, position: int, needs: Sequence[int]) -> Task:
        args: list[Any] = []
        width = self._width
        for at, place in enumerate(self._found[self._stops[position] : self._stops[position + 1]]):
            args += self._inner.arguments(place, needs[at * width : at * width + width])
        return Task(self._func, (*args, *self.node.args[1:]), self.node.kwargs)

    def room(self, position: int) -> Room:
        own = super().room(position)
        return own._replace(besides=own.besides + self._besides)

    def largest_room(self) -> int:
        return super().largest_room() + self._besides

    @property
    def outside(self) -> Iterator[Source]:  # type: ignore[override]
        yield from super().outside
        yield from self._inner.outside


class _BlocksSegment(NodeSegment):
    is_given = True

    def room(self, position: int) -> Room:
        return Room(0)

    @property
    def lasts(self) -> bool:  # type: ignore[override]
        return False  # nothing is gained by keeping what is there

    def task(self, position: int, needs: Sequence[int]) -> Task:
        return Task(value, (self.node.values[ravel(self.index(position), self._grid)],))


class _BesideSegment(NodeSegment):
    """No tasks: its blocks are made by the tasks of the parts."""

    def __len__(self) -> int:
        return 0

    @cached_property
    def _numbers(self) -> Sequence[int]:
        import numpy as np

        outputs = np.arange(self._count) if self._outputs is None else self._outputs
        return array("q", self.positions(outputs).tolist())

    def number(self, number: int) -> int:
        return self._numbers[self.position(number)]

    def positions(self, numbers: Integers) -> Integers:
        import numpy as np

        which, places = self.node.places(numbers)
        found = np.empty(len(numbers), dtype=np.int64)
        order = which.argsort(kind="stable")
        parts, first = np.unique(which[order], return_index=True)
        for part, where in zip(parts.tolist(), np.split(order, first[1:])):
            found[where] = self._made[self.node.parts[part].name].positions(places[where])
        return found

    def edges(self, places: Mapping[str, NodeSegment]) -> tuple[Integers, Integers]:
        import numpy as np

        self._made = places
        none = np.empty(0, dtype=np.int64)
        return none, none


class _TasksSegment(NodeSegment):
    """All tasks of an explicit dict. Those that are blocks of the node stand where their keys stand in the dict."""

    def __init__(self, node: Tasks, outputs: Integers, offset: int, sources: Sources) -> None:
        super().__init__(node, outputs, offset, sources)
        self._keys = list(node.tasks)
        self._place = {key: i for i, key in enumerate(self._keys)}

    def __len__(self) -> int:
        return len(self._keys)

    def position(self, number: int) -> int:
        return self._place[self.node.outputs[number]]

    def positions(self, numbers: Integers) -> Integers:
        import numpy as np

        return np.fromiter((self.position(n) for n in numbers.tolist()), np.int64, len(numbers)) + self.offset

    def edges(self, places: Mapping[str, NodeSegment]) -> tuple[Integers, Integers]:
        import numpy as np

        known = {key: i + self.offset for i, key in enumerate(self._keys)}
        for i, source in enumerate(self.node.inputs):
            segment = places[source.name]
            known.update(((i, *unravel(n, source.grid)), segment.number(n)) for n in range(size(source.grid)))
        self._tasks = [plain_task(item, known) for item in self.node.tasks.values()]
        each = [references(task) for task in self._tasks]
        ends = np.cumsum([len(numbers) for numbers in each])
        return ends, np.array([n for numbers in each for n in numbers], dtype=np.int64)

    def task(self, position: int, needs: Sequence[int]) -> Task:
        return self._tasks[position]

    def key(self, position: int) -> Key:
        return (self.node.name, "task", self._keys[position])

    def origin(self, position: int) -> Origin:
        return Origin(str(self._keys[position]), (), self._where)


_SEGMENTS: dict[type[Node], type[NodeSegment]] = {
    Blockwise: _BlockwiseSegment,
    Blocks: _BlocksSegment,
    Beside: _BesideSegment,
    Tasks: _TasksSegment,
}


@cache
def _segment_type(kind: type[Node]) -> type[NodeSegment]:
    return next(_SEGMENTS[base] for base in kind.__mro__ if base in _SEGMENTS)
