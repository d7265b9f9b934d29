"""How collections are computed: planned, run by a scheduler, and planned again where the data contradict the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import minidask.config as config
from minidask.errors import Contradiction
from minidask.expr.doubt import as_known, learn
from minidask.expr.graph import build, keys_of
from minidask.expr.node import Node
from minidask.expr.pipeline import UNOPTIMIZED, optimize
from minidask.expr.rewrite import renamed, topological
from minidask.schedulers import Get, get_scheduler
from minidask.schedulers.interrupts import insisting
from minidask.schedulers.memory import limit_of
from minidask.schedulers.options import check_options

if TYPE_CHECKING:
    from minidask.collection import Collection


def run(
    found: Sequence[Collection], scheduler: Any, optimize_graph: bool, options: Mapping[str, Any], keep: bool = False
) -> list[tuple[Collection, Node, list[Any]]]:
    """For each collection: itself as it is known in the end, the physical node, and its blocks in C order.

    Parameters
    ----------
    found
        The collections.
    scheduler, optimize_graph, options
        As for `compute`.
    keep
        Whether the blocks are to be kept, wherever the scheduler keeps them.
    """
    get = get_for(found, scheduler, options)
    try:
        return _until_known(found, get, optimize_graph, options, keep)
    except BaseException as error:
        for node in topological([c.expr for c in found]):
            try:
                node.give_up()
            except Exception as other:
                error.add_note(f"what {node.operation} left could not be removed: {other}")
        raise


def _until_known(
    found: Sequence[Collection], get: Get, optimize_graph: bool, options: Mapping[str, Any], keep: bool
) -> list[tuple[Collection, Node, list[Any]]]:
    """The same, begun again as long as the data contradict what is known of them."""
    while True:
        roots = as_known([c.expr for c in found])
        found = [c if root is c.expr else c.over(root) for c, root in zip(found, roots)]
        asked = found if keep or _are_named(get, options) else _filled(found, get, options)
        try:
            made = _run([c.expr for c in asked], get, optimize_graph, options, keep)
        except Contradiction as error:
            if not learn(error, roots, lambda node: _run([node], get, False, options)[0][1][0]):
                raise
        else:
            return [(c, node, blocks) for c, (node, blocks) in zip(asked, made)]


def _filled(found: Sequence[Collection], get: Get, options: Mapping[str, Any]) -> Sequence[Collection]:
    """What to compute in the places of collections, so that large results are not in memory twice."""
    if not getattr(get, "shares_memory", False):
        return found
    return [c.filled(lambda: _PART * limit_of(options.get("memory_limit"))) for c in found]


_PART = 0.25
"""Of the memory limit, for a result that takes its memory from the beginning: nothing of it can go to disk."""


def _are_named(get: Get, options: Mapping[str, Any]) -> bool:
    """Whether results are found again by their names."""
    return bool(config.get("cache")) or options.get("checkpoint") is not None or getattr(get, "is_far", False)


def _run(
    roots: Sequence[Node], get: Get, optimize_graph: bool, options: Mapping[str, Any], keep: bool = False
) -> list[tuple[Node, list[Any]]]:
    """For each expression the physical node, and its blocks in C order."""
    with insisting():
        if _are_named(get, options):
            roots = renamed(roots)
        roots = optimize(roots, only=None if optimize_graph else UNOPTIMIZED)
        keys = {root.name: keys_of(root) for root in roots}
        wanted = [k for ks in keys.values() for k in ks]
        graph = build(roots)
    made = (getattr(get, "keep", get) if keep else get)(graph, wanted, **options)
    if not isinstance(made, list | tuple) or len(made) != len(wanted):
        came = f"{len(made)} values" if isinstance(made, list | tuple) else type(made).__name__
        raise TypeError(
            f"the get function {_called(get)} must return a list of {len(wanted)} values, one per key: {came} came"
        )
    values = iter(made)
    blocks = {name: [next(values) for _ in ks] for name, ks in keys.items()}
    return [(root, blocks[root.name]) for root in roots]


def get_for(collections: Sequence[Collection], scheduler: Any, options: Mapping[str, Any]) -> Get:
    """The get function; a TypeError for options that it does not take."""
    get = get_scheduler(scheduler, default=_default_scheduler(collections))
    check_options(get, options)
    return get


def _called(get: Get) -> str:
    return getattr(get, "__qualname__", None) or repr(get)


def _default_scheduler(collections: Sequence[Collection]) -> str:
    """The scheduler that all collections prefer; threads, which all can run on, where they differ."""
    preferred = {c.default_scheduler for c in collections}
    return preferred.pop() if len(preferred) == 1 else "threads"
