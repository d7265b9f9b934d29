"""Hints for the schedulers, which nodes carry: `annotate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minidask.expr.node import context
from minidask.schedulers.options import check_hints

_HINTS = ("allow_other_workers", "priority", "resources", "retries", "retry_on", "workers")


@contextmanager
def annotate(**hints: Any) -> Iterator[None]:
    """Hints for the tasks of the expressions made inside the block.

    Parameters
    ----------
    **hints
        `retries`: how often a task that raises is run again. `retry_on`: the exception class, or a tuple of them, that
        these are for; None: all. `priority`: of the tasks that are ready, those with a larger number are run first;
        0 is that of all others. `resources`: how much of what each task holds while it runs, such as {"db": 1}; the
        option `resources` says how much there is for the tasks of all computations of this process. What is computed
        inside a task that holds resources uses what that one holds, and may ask for no more. On a cluster, `resources`
        are those that its workers were started with; `workers` are the addresses, names or hosts of the workers that
        may run the tasks, and `allow_other_workers` lets others do so in need: on this machine these two mean nothing.
        Ray, which has no such things, refuses `priority` and both of these.

    Raises
    ------
    TypeError, ValueError
        There is no such hint, or the hint does not take this value.

    Examples
    --------
    >>> from minidask import delayed
    >>> with annotate(priority=10):
    ...     x = delayed(sum)([1, 2])
    >>> x.expr.annotations
    {'priority': 10}
    """
    for name in hints:
        if name not in _HINTS:
            raise TypeError(f"annotate() knows no hint {name!r}; the hints are {', '.join(_HINTS)}")
    check_hints(hints)
    before = context.annotations
    context.annotations = {**before, **hints}
    try:
        yield
    finally:
        context.annotations = before


def get_annotations() -> dict[str, Any]:
    """The hints in force here."""
    return dict(context.annotations)
