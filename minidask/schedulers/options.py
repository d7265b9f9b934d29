"""What a person may say of one computation, and of tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from inspect import signature
from typing import Any, NamedTuple

from minidask.config import is_amounts
from minidask.events import Listener
from minidask.schedulers.recovery import check_retries


class Options(NamedTuple):
    """What a person may say of one computation; see `LocalScheduler`."""

    callbacks: Sequence[Listener] = ()
    retries: int | None = None
    retry_on: Any = None
    memory_limit: Any = None
    checkpoint: Any = None


def check_options(get: Any, options: Collection[str]) -> None:
    """Raise a TypeError for options that the get function does not take.

    Examples
    --------
    >>> check_options(lambda graph, keys, *, size=0: [], ["siez"])
    Traceback (most recent call last):
    TypeError: compute() and persist() know no option 'siez'; those of this scheduler are ..., size
    """
    parameters = signature(get).parameters.values() if options else ()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    known = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY or p.default is not p.empty]
    unknown = [name for name in options if name not in known]
    if unknown:
        most = ", ".join(["scheduler", "optimize_graph", "traverse", *known])
        raise TypeError(f"compute() and persist() know no option {unknown[0]!r}; those of this scheduler are {most}")


def check_hints(hints: Mapping[str, Any]) -> None:
    """Raise a ValueError or TypeError where a hint of `annotate`, or of a call, does not take its value.

    Examples
    --------
    >>> check_hints({"retries": 3, "priority": 1.5, "workers": ["tcp://127.0.0.1:33301", "big"]})
    """
    check_retries(hints.get("retries"), hints.get("retry_on"))
    priority = hints.get("priority", 0)
    if not isinstance(priority, int | float) or isinstance(priority, bool) or priority != priority:
        raise ValueError(f"priority={priority!r}: expected a number")
    amounts = hints.get("resources", {})
    if not is_amounts(amounts):
        raise ValueError(f'resources={amounts!r}: expected positive numbers by name, such as {{"db": 1}}')
    if not _are_workers(workers := hints.get("workers") or ()):
        raise TypeError(f"workers={workers!r}: expected an address, name or host, or several of them")
    if not isinstance(others := hints.get("allow_other_workers", False), bool):
        raise TypeError(f"allow_other_workers={others!r}: expected True or False")


def _are_workers(workers: Any) -> bool:
    """Whether these are names of workers; those of a `LocalCluster` are numbers."""
    each = workers if isinstance(workers, list | tuple | set | frozenset) else [workers]
    return all(isinstance(name, str | int) and not isinstance(name, bool) for name in each)
