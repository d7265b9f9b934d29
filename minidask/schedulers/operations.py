"""What was seen of tasks, those of one operation together: tasks of one kind, and calls of one line of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from minidask.task import Graph

Record = TypeVar("Record")


class Operations(Generic[Record]):
    """A record for each operation of a graph, made when it is first asked for.

    Parameters
    ----------
    graph
        Tells which tasks are of one kind, and of which operation.
    make
        Makes an empty record.

    Examples
    --------
    >>> records = Operations(Graph.from_dict({"x": 1, "y": 2}), list)
    >>> records.of(0) is records.of(1)
    True
    """

    def __init__(self, graph: Graph, make: Callable[[], Record]) -> None:
        self._graph = graph
        self._make = make
        self._of_kinds: dict[int, Record] = {}
        self._all: dict[tuple[str, str | None], Record] = {}

    def __iter__(self) -> Iterator[Record]:
        return iter(self._all.values())

    def of(self, i: int) -> Record:
        """The record of the operation of task `i`."""
        kind = self._graph.kind(i)
        record = self._of_kinds.get(kind)
        return self._find(i, kind) if record is None else record

    def _find(self, i: int, kind: int) -> Record:
        origin = self._graph.origin(i)
        name = origin.operation, origin.where
        if name not in self._all:
            self._all[name] = self._make()
        record = self._of_kinds[kind] = self._all[name]
        return record
