"""A graph in the words of other engines: for each key a call, and the keys of the results that it takes.

An engine that knows none of our classes needs no more than this: `Call`s travel as pickles, and say themselves what
went wrong, where and with what.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import minidask.config as config
from minidask.schedulers.engine import in_task
from minidask.schedulers.environments import cannot_load
from minidask.schedulers.failure import describe_inputs, fit_to_travel, note_of, without_ours
from minidask.schedulers.messages import portable_options
from minidask.schedulers.portable import Portable
from minidask.schedulers.recovery import pause_after, tries
from minidask.store.sizeof import sizeof
from minidask.task import KEY_TYPES, Graph, Origin, Ref, Refs, Task, references, value


class Escaped(Exception):
    """Carries what is no `Exception`, such as SystemExit, out of a task, whose worker is to go on."""


class Call:
    """A task as a function of the results that it needs.

    Parameters
    ----------
    task
        Refers to results by their numbers.
    needs
        The numbers, in the order in which the results are given.
    origin
        Where it comes from; its operation is the name of the function.
    retries, retry_on
        How often it is tried again after which errors, as of `Recovery`.
    options
        The options in force while it runs.

    Examples
    --------
    >>> from minidask.task import Ref
    >>> Call(Task(max, (Ref(7), 2)), [7], Origin("largest"))(5)
    5
    """

    def __init__(
        self,
        task: Task,
        needs: Sequence[int],
        origin: Origin,
        retries: int | None = None,
        retry_on: Any = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.task = task
        self.needs = needs
        self.origin = origin
        self.retries = retries
        self.retry_on = retry_on
        self.options = options or {}

    @property
    def __name__(self) -> str:
        return self.origin.operation

    def __call__(self, *results: Any) -> Any:
        by_number = dict(zip(self.needs, results))
        task = self._opened()
        with config.adopted(self.options), in_task():
            attempt, failure = 1, None
            while failure is None:
                try:
                    return task(by_number)
                except Exception as error:
                    if attempt > tries(error, self.retries, self.retry_on):
                        failure = self._told(error, task, by_number, attempt)
                except BaseException as error:
                    failure = Escaped(self._told(error, task, by_number, attempt))
                if failure is None:
                    time.sleep(pause_after(attempt))
                    attempt += 1
        try:
            raise failure  # here, so that it has no context, which might not travel
        finally:
            del failure

    def _opened(self) -> Task:
        """The task with the function itself, which may have travelled."""
        function = self.task.func
        if not isinstance(function, Portable):
            return self.task
        try:
            return Task(function.open(), self.task.args, self.task.kwargs)
        except (ImportError, AttributeError) as error:
            raise cannot_load(error) from error

    def _told(self, error: BaseException, task: Task, results: Mapping[int, Any], attempt: int) -> BaseException:
        """The error as it travels, with a note of where it comes from."""
        error.add_note(note_of(self.origin, describe_inputs(task, results), attempt))
        return fit_to_travel(error.with_traceback(without_ours(error.__traceback__)))

    def __repr__(self) -> str:
        return f"<call of {self.origin.operation}>"


_LARGE = 100_000
"""Bytes of a literal that travels on its own, once, and not with each task that uses it."""


def calls(
    graph: Graph,
    names: Sequence[Any] | None = None,
    retries: int | None = None,
    retry_on: Any = None,
) -> dict[Any, tuple[Any, ...]]:
    """For each task its name and `(call, *names of what it needs)`.

    Parameters
    ----------
    graph
        Whose tasks they are.
    names
        What stands for the result of each task: its name, by default its key; something else where the engine has the
        result already.
    retries, retry_on
        As of `Recovery`; the hints of `annotate` go before them.

    Examples
    --------
    >>> from operator import add
    >>> list(calls(Graph.from_dict({"x": 1, "y": (add, "x", 2)})).items())
    [('x', (<call of x>,)), ('y', (<call of y>, 'x'))]
    """
    names = [*(map(graph.key, range(len(graph))) if names is None else names)]
    found: dict[Any, tuple[Any, ...]] = {}
    literals = _Literals(names, found)
    functions: dict[int, Portable] = {}
    options = portable_options()
    for i in range(len(graph)):
        if type(names[i]) not in KEY_TYPES:
            continue
        task = literals.lifted_from(graph.task(i))
        needs = list(dict.fromkeys(references(task)))
        hints = {"retries": retries, "retry_on": retry_on, **graph.annotations(i)}
        function: Any = functions.setdefault(id(task.func), Portable(task.func))  # opened where it is called
        call = Call(
            Task(function, task.args, task.kwargs), needs, graph.origin(i), hints["retries"], hints["retry_on"], options
        )
        found[names[i]] = (call, *[names[n] for n in needs])
    return found


class _Literals:
    """Large literals in the arguments of tasks, each of which becomes a task of its own.

    Parameters
    ----------
    names, calls
        Of the tasks, which are added to.
    """

    def __init__(self, names: list[Any], calls: dict[Any, tuple[Any, ...]]) -> None:
        self._names = names
        self._calls = calls
        self._refs: dict[int, Ref] = {}
        self._held: list[Any] = []  # so that no other object gets the id of one

    def lifted_from(self, task: Task) -> Task:
        """The task with references in the places of large literals, and of what rests the value itself."""
        if task.func is value:
            return Task(value, (value(*task.args),))
        if not any(map(_is_large, task.args)):
            return task
        args = [self._ref(arg) if _is_large(arg) else arg for arg in task.args]
        return Task(task.func, tuple(args), task.kwargs)

    def _ref(self, literal: Any) -> Ref:
        ref = self._refs.get(id(literal))
        if ref is None:
            ref = self._refs[id(literal)] = Ref(len(self._names))
            name = f"literal-{uuid4().hex}"
            self._held.append(literal)
            self._names.append(name)
            self._calls[name] = (Call(Task(value, (literal,)), [], Origin("literal")),)
        return ref


_SMALL = frozenset((Ref, Refs, Task, int, float, bool, str, tuple, slice, type(None)))


def _is_large(arg: Any) -> bool:
    return type(arg) not in _SMALL and sizeof(arg) > _LARGE
