"""Results that are made in the background on this machine: handles, as engines elsewhere give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakSet, ref

from minidask.futures import Computation, start
from minidask.task import Key, Resting, value


class Pending(Resting):
    """A result that a computation in the background makes, or has made. It goes with its last handle."""

    __slots__ = ("__weakref__", "computation", "kept", "siblings")
    computation: Computation
    siblings: WeakSet[Pending]
    """The handles of all results of the computation that somebody holds."""

    def __init__(self) -> None:
        self.kept: Any = None

    def open(self) -> Any:
        """The result, which is waited for."""
        self.computation.result()
        return value(self.kept)

    def __repr__(self) -> str:
        return f"<result of {self.computation!r}>"


def begin(keys: Iterable[Key], keep: Callable[[list[Key]], Sequence[Any]]) -> dict[Key, Pending]:
    """Call `keep(keys)` in the background; a handle for what it returns for each of `keys`.

    Examples
    --------
    >>> begin(["a", "b"], lambda keys: [key * 2 for key in keys])["b"].open()
    'bb'
    """
    handles = {key: Pending() for key in keys}
    wanted, siblings = list(handles), WeakSet(handles.values())
    references = [ref(handle) for handle in handles.values()]

    def run() -> None:
        for reference, kept in zip(references, keep(wanted)):
            if (handle := reference()) is not None:
                handle.kept = kept

    computation = start(run)
    for handle in handles.values():
        handle.computation, handle.siblings = computation, siblings
    return handles


def cancel(handles: Iterable[Pending]) -> None:
    """End the computations of which nobody holds another result."""
    given = {*handles}
    for handle in given:
        if given.issuperset(handle.siblings):
            handle.computation.cancel()
