"""The shapes in which people ask for keys of their own graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from minidask.task import KEY_TYPES, Graph, Key, flatten


def in_shape(get: Callable[..., list[Any]]) -> Callable[..., Any]:
    """A get function that takes one key, or nested lists of them, and gives one value, or lists nested alike.

    Parameters
    ----------
    get
        Takes a flat list of keys.

    Examples
    --------
    >>> from minidask.schedulers import synchronous
    >>> graph = {"x": 1, ("y", 0): (max, "x", 2)}
    >>> synchronous.get(graph, ("y", 0)), synchronous.get(graph, [["x"], ("y", 0)])
    (2, [[1], 2])
    """

    @wraps(get)
    def shaped(graph: Graph | Mapping[Key, Any], keys: Any, **options: Any) -> Any:
        if type(keys) in KEY_TYPES:
            return get(graph, [keys], **options)[0]
        keys = list(keys)
        if list not in map(type, keys):
            return get(graph, keys, **options)
        return _arrange(keys, iter(get(graph, list(flatten(keys)), **options)))

    return shaped


def _arrange(keys: list[Any], values: Iterator[Any]) -> list[Any]:
    return [_arrange(key, values) if type(key) is list else next(values) for key in keys]
