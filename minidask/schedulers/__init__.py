"""Schedulers: what runs the tasks of a graph. A scheduler is a function `get(graph, keys, **options) -> values`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import minidask.config as config

if TYPE_CHECKING:
    from concurrent.futures import Executor

Get = Callable[..., list[Any]]
"""`get(graph, keys, *, num_workers=None, callbacks=(), retries=0) -> list of values`, one for each key of a list."""


def get_scheduler(scheduler: str | Get | Executor | None = None, default: str | Get = "threads") -> Get:
    """The function that computes graphs.

    Parameters
    ----------
    scheduler
        A name, a get function, or a `concurrent.futures.Executor`; None is the option `scheduler`, else `default`.
    default
        What a collection prefers where nobody said anything.

    Raises
    ------
    ValueError
        There is no scheduler of this name.
    TypeError
        It is none of the above.

    Examples
    --------
    >>> get = get_scheduler("sync")
    >>> get({"x": 1, "y": (max, "x", 2)}, ["y"])
    [2]
    """
    chosen = config.get("scheduler", override_with=scheduler)
    if chosen is None:
        chosen = default
    if isinstance(chosen, str):
        return _by_name(chosen)
    if isinstance(chosen, type):
        raise TypeError(f"scheduler must be an Executor, not the class {chosen.__name__}: call it to make one")
    if hasattr(chosen, "submit"):  # not isinstance: whoever brings an Executor has loaded its module, we have not
        from minidask.schedulers.executor import get_for

        return get_for(chosen)
    if callable(chosen):
        return chosen
    raise TypeError(f"scheduler must be a name, a get function or an Executor, not {type(chosen).__name__}")


def _by_name(name: str) -> Get:
    module = config.SCHEDULERS.get(name.lower())
    if module is None:
        raise ValueError(f"there is no scheduler {name!r}; the names are {', '.join(map(repr, config.SCHEDULERS))}")
    get: Get = import_module(f"minidask.schedulers.{module}").get
    return get
