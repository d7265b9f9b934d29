"""Dask's collection protocol: by it a client of `distributed`, and `dask.compute`, take our collections as their own.

Nothing of dask is needed for it: a graph is a dict of plain tasks. Where dask is loaded, the dict is in a layer of its
`HighLevelGraph`, which tells what `annotate` asked for, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from minidask.expr.blocks import Blocks
from minidask.expr.graph import build, keys_of
from minidask.expr.naming import tokenize
from minidask.expr.node import Node
from minidask.expr.pipeline import optimize

if TYPE_CHECKING:
    from minidask.collection import Collection


EXPORT = "_export"
"""Where a collection keeps what it has told other engines; it does not travel with it."""


class Exported:
    """What engines that know dask's collections ask of ours."""

    expr: Node

    def __dask_graph__(self) -> Mapping[Any, Any]:
        """For each key a plain task: `(call, *needed keys)`."""
        return _exported(self).graph()

    def __dask_keys__(self) -> list[Any]:
        """The keys of all blocks, in C order."""
        return _exported(self).keys

    @property
    def dask(self) -> Mapping[Any, Any]:
        """The graph as plain tasks; to look at one, `visualize` and `explain` do more."""
        return self.__dask_graph__()

    def __dask_layers__(self) -> tuple[str, ...]:
        """The names of the layers in which the blocks are: the expression's."""
        return (self.expr.name,)

    def __dask_tokenize__(self) -> Any:
        return self.expr.name

    def __dask_postcompute__(self: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What makes the NumPy, pandas or Python object from the list of all blocks."""
        return self.finish, ()

    def __dask_postpersist__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What makes the same collection from a dict of all blocks."""
        return _rebuilt, (self,)

    __dask_optimize__ = None  # the graph is optimized already

    @staticmethod
    def __dask_scheduler__(graph: Any, keys: Any, **options: Any) -> Any:
        """Where dask itself computes, its threads do."""
        from dask.threaded import get  # whoever calls this has dask

        return get(graph, keys, **options)


class _Asker(NamedTuple):
    """Who asks for graphs."""

    client: Any = None
    """None: not one of ours, who is not known."""
    priority: float | None = None


_NOBODY = _Asker()
_asker: ContextVar[_Asker] = ContextVar("asker", default=_NOBODY)


@contextmanager
def asked_by(client: Any, priority: float) -> Iterator[None]:
    """Inside, graphs are for this client's cluster, and tell it to run their tasks in our order.

    Parameters
    ----------
    client
        Only its own handles stand for results; what other clusters hold is brought here, and goes with the graph.
    priority
        That of the computation. Elsewhere graphs tell of no order: what a layer says of priorities would go before
        the `priority` of a person's call, which a graph cannot know.
    """
    token = _asker.set(_Asker(client, priority))
    try:
        yield
    finally:
        _asker.reset(token)


class _Export:
    """What the optimizer made of an expression, and its tasks, for one client."""

    def __init__(self, expr: Node, client: Any) -> None:
        from minidask.schedulers.calls import calls  # for other engines only
        from minidask.schedulers.layer import Names

        self.expr = expr
        self._client = client and ref(client)
        root = optimize([expr])[0]
        graph = build([root])
        self.keys = [graph.key(graph.number(key)) for key in keys_of(root)]  # blocks may be made under other names
        self._names = Names(graph, client)
        self._calls = calls(graph, self._names.all)
        there = {graph.key(i): future for i, future in self._names.futures.items()}
        self._tasks = {**self._calls, **there}
        self._layered: tuple[float | None, Any] | None = None

    def is_for(self, expr: Node, client: Any) -> bool:
        """Whether it is what this client asks for."""
        return self.expr is expr and (self._client and self._client()) is client

    def graph(self) -> Mapping[Any, Any]:
        """The tasks, as those know them who ask: dask has a class for it."""
        if "dask" not in sys.modules:
            return self._tasks
        priority = _asker.get().priority
        if self._layered is None or self._layered[0] != priority:
            from minidask.schedulers.layer import layered  # for other engines only

            annotations = self._names.annotations(self._calls, priority)
            self._layered = priority, layered(self.expr.name, self._tasks, annotations)
        return self._layered[1]


def _exported(collection: Exported) -> _Export:
    """It stays with the collection, which one question asks for it several times, and goes with it."""
    known: _Export | None = vars(collection).get(EXPORT)
    client = _asker.get().client
    if known is None or not known.is_for(collection.expr, client):
        known = vars(collection)[EXPORT] = _Export(collection.expr, client)
    return known


def _rebuilt(blocks: Mapping[Any, Any], collection: Collection, rename: Mapping[str, str] | None = None) -> Collection:
    """The collection over blocks, or futures of blocks; over our own tasks, as `dask.optimize` has them, itself.

    Raises
    ------
    NotImplementedError
        There are tasks of dask's in the places of blocks.
    """
    from minidask.schedulers.calls import Call  # for other engines only
    from minidask.schedulers.held import held

    names, node = rename or {}, collection.expr
    values = [blocks[(names.get(name, name), *index)] for name, *index in _exported(collection).keys]
    makers = [value[0] if type(value) is tuple and value else value for value in values]
    if any(getattr(maker, "__module__", "") in _OF_DASK for maker in makers):
        raise NotImplementedError(
            f"a {type(collection).__name__} cannot be made of tasks of dask's: instead of dask.graph_manipulation, let "
            "tasks depend on each other by `delayed`"
        )
    if any(type(maker) is Call for maker in makers):
        return collection
    return collection.over(Blocks.named(names.get(node.name, node.name), tuple(map(held, values)), node.grid))


def future_types() -> tuple[type, ...]:
    """The class of the futures that a cluster gives; none where nobody has one."""
    distributed = sys.modules.get("distributed")
    return () if distributed is None else (distributed.Future,)


def node_of_future(future: Any) -> Node:
    """The node of a result that is on a cluster, or will be."""
    from minidask.schedulers.held import Held  # for other engines only

    return Blocks.named(f"future-{tokenize(future.key)}", (Held(future),), ())


_OF_DASK = ("dask._task_spec", "dask.graph_manipulation")
"""Where the tasks come from that dask makes of ours."""
