"""Schedulers: what runs the tasks of a graph. A scheduler is a function `get(graph, keys, **options) -> values`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
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
        A name, a get function, a `concurrent.futures.Executor`, or the client of a cluster; None is the option
        `scheduler`, else the client that lives in this process, else `default`.
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
        chosen = _default_client() or default
    if isinstance(chosen, str):
        return _by_name(chosen)
    if isinstance(chosen, type):
        raise TypeError(f"scheduler must be an Executor, not the class {chosen.__name__}: call it to make one")
    if callable(chosen):
        return chosen
    if hasattr(chosen, "submit"):  # not isinstance: whoever brings an Executor has loaded its module, we have not
        if _is_client(chosen):
            return _by_module("distributed").ClusterScheduler(chosen)
        return _by_module("executor").get_for(chosen)
    raise TypeError(f"scheduler must be a name, a get function, an Executor or a client, not {type(chosen).__name__}")


def _is_client(obj: Any) -> bool:
    """Whether it is a `distributed.Client`, whose package then is loaded."""
    module = sys.modules.get("distributed")
    return module is not None and isinstance(obj, module.Client)


def _default_client() -> Any:
    """The client that lives in this process, if there is one."""
    if "distributed" not in sys.modules:  # nobody pays for looking who has no cluster
        return None
    return _by_module("distributed").default_client()


@cache  # each compute() asks whether there is a client
def _by_module(name: str) -> Any:
    return import_module(f"minidask.schedulers.{name}")


def _by_name(name: str) -> Get:
    module = config.SCHEDULERS.get(name.lower())
    if module is None:
        names = ", ".join(map(repr, config.SCHEDULERS))
        raise ValueError(f"there is no scheduler {name!r}; the names are {names}; for a cluster, scheduler=client")
    get: Get = _by_module(module).get
    return get
