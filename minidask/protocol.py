"""Dask's collection protocol: by it a client of `distributed`, and `dask.compute`, take our collections as their own.

Nothing of dask is needed for it: a graph is a dict of plain tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from minidask.expr.blocks import Blocks
from minidask.expr.graph import build, keys_of
from minidask.expr.node import Node
from minidask.expr.pipeline import optimize

if TYPE_CHECKING:
    from minidask.collection import Collection


EXPORT = "_export"
"""Where a collection keeps what it has told other engines; it does not travel with it."""


class Exported:
    """What engines that know dask's collections ask of ours."""

    expr: Node

    def __dask_graph__(self) -> dict[Any, Any]:
        """For each key a plain task: `(call, *needed keys)`."""
        return _exported(self).tasks

    def __dask_keys__(self) -> list[Any]:
        """The keys of all blocks, in C order."""
        return keys_of(_exported(self).root)

    @property
    def dask(self) -> dict[Any, Any]:
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


class _Export(NamedTuple):
    """What the optimizer made of an expression, and its tasks."""

    expr: Node
    root: Node
    tasks: dict[Any, Any]


def _exported(collection: Exported) -> _Export:
    """It stays with the collection, which one question asks for it several times, and goes with it."""
    known: _Export | None = vars(collection).get(EXPORT)
    if known is None or known.expr is not collection.expr:
        known = vars(collection)[EXPORT] = _export(collection.expr)
    return known


def _export(expr: Node) -> _Export:
    from minidask.schedulers.calls import calls  # for other engines only
    from minidask.schedulers.distributed import future_of

    root = optimize([expr])[0]
    graph = build([root])
    keys = [graph.key(i) for i in range(len(graph))]
    futures = [future_of(graph, i) for i in range(len(graph))]
    tasks = calls(graph, [key if future is None else future for key, future in zip(keys, futures)])
    there = {key: future for key, future in zip(keys, futures) if future is not None}
    return _Export(expr, root, {**tasks, **there})


def _rebuilt(blocks: Mapping[Any, Any], collection: Collection, rename: Mapping[str, str] | None = None) -> Collection:
    """The collection over blocks, or futures of blocks."""
    from minidask.schedulers.distributed import held  # for other engines only

    node = collection.expr
    name = (rename or {}).get(node.name, node.name)
    values = [held(blocks[(name, *index)]) for _, *index in keys_of(node)]
    return collection.over(Blocks.named(name, tuple(values), node.grid))
