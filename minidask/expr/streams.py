"""Results that pass as iterators between the steps of one task: a chain makes one pass, and keeps nothing."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minidask.expr.program import Step


class Callee:
    """A callable object, named by its class and what it holds."""

    called: Any = None
    """The person's function that it calls, if there is one."""

    def __dask_tokenize__(self) -> Any:
        return tuple(vars(self).values())


class TakesStreams(Callee):
    """A function whose blocks may come as iterators."""


class GivesStreams(Callee):
    """A function that can give its block of items one by one.

    Where fusion finds that one function alone reads the result, inside the same task, and takes streams, it calls
    `stream`; elsewhere the items are made into a list.
    """

    def stream(self, *blocks: Any) -> Iterator[Any]:
        """The items, made as they are asked for."""
        raise NotImplementedError

    def __call__(self, *blocks: Any) -> Any:
        return list(self.stream(*blocks))


class Streamed(GivesStreams, TakesStreams):
    """A link of a chain: takes items one by one, and gives others."""


DEEPEST = 100
"""How many iterators may draw from one another: each is a Python frame, of which there may be about a thousand."""


def functions(steps: Sequence[Step]) -> list[Callable[..., Any]]:
    """What to call for each step: its function, or where its result may pass as an iterator the `stream` of that."""
    chosen = [step.func for step in steps]
    takers = [at for at, func in enumerate(chosen) if isinstance(func, TakesStreams)]
    uses = Counter(source for step in steps for source in step.sources) if takers else {}
    depths = [0] * len(steps)
    for at in takers:  # children come before parents
        for made, func in _that_may_stream(steps[at], steps, uses):
            if depths[made] < DEEPEST:
                chosen[made] = func.stream
                depths[at] = max(depths[at], depths[made] + 1)
    return chosen


def _that_may_stream(step: Step, steps: Sequence[Step], uses: Mapping[str, int]) -> Iterator[tuple[int, GivesStreams]]:
    """The steps, with their functions, whose items this one alone reads."""
    for source in step.sources:
        if source[0] == "s" and uses[source] == 1:
            func = steps[int(source[1:])].func
            if isinstance(func, GivesStreams):
                yield int(source[1:]), func


def suspects(steps: Sequence[Step], failed: int, error: Exception) -> list[Step]:
    """The step that failed; where iterators came to it, the one whose function is in the traceback."""
    chosen = functions(steps)
    passed = [step for step, func in zip(steps[:failed], chosen) if func is not step.func]
    if not passed:
        return [steps[failed]]
    candidates = [*passed, steps[failed]]
    codes = [code_of(getattr(step.func, "called", step.func)) for step in candidates]
    running = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
    found = [step for step, code in zip(candidates, codes) if code in running]
    return found[:1] or [step for step, code in zip(candidates, codes) if code is None] or candidates[-1:]


def code_of(func: Any) -> Any:
    """The code object that runs when `func` is called; None for what is not written in Python.

    Examples
    --------
    >>> code_of(functools.partial(code_of, None)) is code_of.__code__, code_of(len)
    (True, None)
    """
    while isinstance(func, functools.partial):
        func = func.func
    own = getattr(func, "__code__", None)
    return own or getattr(type(func).__dict__.get("__call__"), "__code__", None)
