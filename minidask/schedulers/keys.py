"""The shapes in which people ask for keys of their own graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

from minidask.schedulers.failure import without_ours
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
        if type(keys) not in KEY_TYPES:
            keys = list(keys)
        flat = [keys] if type(keys) in KEY_TYPES else list(flatten(keys))
        try:
            values = get(graph, flat, **options)
        except Exception as error:
            error.__traceback__ = without_ours(error.__traceback__)
            raise
        return values[0] if type(keys) in KEY_TYPES else _arrange(keys, iter(values))

    return shaped


def _arrange(keys: Iterable[Any], values: Iterator[Any]) -> list[Any]:
    return [_arrange(key, values) if type(key) is list else next(values) for key in keys]
