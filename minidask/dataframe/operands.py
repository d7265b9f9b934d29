"""Nodes among the arguments of a call, also inside containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from minidask.expr.assemble import Apply
from minidask.expr.blocks import PerBlock, blockwise
from minidask.expr.containers import Template
from minidask.expr.grid import Grid
from minidask.expr.node import Node


def labels_in(value: Any) -> list[Any]:
    """What in the arguments could be labels of columns: they must stay for the call to go through."""
    if isinstance(value, Mapping):
        return [*value, *(label for v in value.values() for label in labels_in(v))]
    if isinstance(value, list | tuple | pd.Index):
        return [label for v in value for label in labels_in(v)]
    return [value] if isinstance(value, str | int) else []


def meta_of(node: Any) -> Any:
    """The meta of a node."""
    return node.meta


def exchange_nodes(value: Any, new: Callable[[Any], Any]) -> Any:
    """Arguments with `new(node)` in the place of each node, also inside tuples and dicts."""
    if isinstance(value, Node):
        return new(value)
    if type(value) is tuple:
        return tuple([exchange_nodes(v, new) for v in value])
    if type(value) is dict:
        return {k: exchange_nodes(v, new) for k, v in value.items()}
    return value


def call_per_block(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], grid: Grid, **options: Any
) -> Node:
    """The physical node that calls `func` for each block of the grid; nodes may be inside containers."""
    nested = any(type(a) in (tuple, dict) for a in args) or any(type(v) in (tuple, dict, Node) for v in kwargs.values())
    if nested or any(isinstance(v, Node) for v in kwargs.values()):
        template = Template.of((args, dict(kwargs)), (Node, PerBlock))
        if len(template.found) > sum(isinstance(a, Node | PerBlock) for a in args):
            return blockwise(Apply(func, template.empty()), *template.found, grid=grid, **options)
    return blockwise(func, *args, kwargs=kwargs, grid=grid, **options)
