"""What the engines have in common that hold results elsewhere: a whole graph in, handles out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minidask.schedulers.failure import without_ours
from minidask.schedulers.local import arrange
from minidask.schedulers.options import check_hints, check_options
from minidask.task import KEY_TYPES, Graph, Key, Resting, flatten, value


class RemoteScheduler:
    """Base of get functions that compute on another engine. Subclasses say how it is asked."""

    is_far = True
    """Whether the engine finds results again by their names."""

    def submit(self, graph: Graph | Mapping[Key, Any], keys: Iterable[Key], **hints: Any) -> Mapping[Key, Resting]:
        """Begin to compute; a handle for each of `keys`. Hints are those of a call."""
        check_options(self, hints)
        return self._begun(graph, keys, hints)

    def cancel(self, handles: Iterable[Any]) -> None:
        """Let tasks that nobody else waits for not begin any more."""
        raise NotImplementedError

    def gather(self, handles: Sequence[Any]) -> list[Any]:
        """The values of handles; those of other engines are opened, too."""
        mine = [handle for handle in handles if self._is_mine(handle)]
        try:
            values = iter(self._fetch(mine))
        except KeyboardInterrupt:
            self.cancel(mine)
            raise
        return [next(values) if self._is_mine(handle) else handle.open() for handle in handles]

    def keep(self, graph: Graph, keys: Sequence[Key], **hints: Any) -> list[Resting]:
        """As a call, but leaves the values where they are, and does not wait for them."""
        handles = self.submit(graph, keys, **hints)
        return [handles[key] for key in keys]

    def _begun(
        self, graph: Graph | Mapping[Key, Any], keys: Iterable[Key], hints: Mapping[str, Any]
    ) -> Mapping[Key, Resting]:
        check_hints({name: value for name, value in hints.items() if value is not None})
        graph = Graph.of(graph)
        return self._submit(graph, {key: graph.number(key) for key in keys}, **hints)

    def _submit(self, graph: Graph, wanted: Mapping[Key, int], **hints: Any) -> Mapping[Key, Resting]:
        """Begin to compute the tasks `wanted`; a handle for each of their keys."""
        raise NotImplementedError

    def _is_mine(self, handle: Any) -> bool:
        """Whether this engine holds the result."""
        raise NotImplementedError

    def _fetch(self, handles: Sequence[Any]) -> Sequence[Any]:
        """The values of handles of this engine."""
        raise NotImplementedError

    def _compute(self, graph: Graph | Mapping[Key, Any], keys: Any, **hints: Any) -> Any:
        """What a call gives: values in the shape of `keys`."""
        single = type(keys) in KEY_TYPES
        flat = [keys] if single else list(flatten(keys))
        handles = self._begun(graph, flat, hints)
        try:
            values = self.gather([handles[key] for key in flat])
        except Exception as error:
            error.__traceback__ = without_ours(error.__traceback__)
            raise
        return values[0] if single else arrange(keys, iter(values))


def resting(graph: Graph, i: int) -> Resting | None:
    """What stands in the graph for the result of task `i`, where that is there already."""
    if not graph.is_given(graph.kind(i)) and graph.lasts(i):
        return None  # without building the task
    task = graph.task(i)
    return task.args[0] if task.func is value and isinstance(task.args[0], Resting) else None
