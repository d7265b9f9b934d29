"""A graph in the words of other engines: for each key a call, and the keys of the results that it takes.

An engine that knows none of our classes needs no more than this: `Call`s travel as pickles, and say themselves what
went wrong, where and with what.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

import minidask.config as config
from minidask.errors import TaskExit
from minidask.schedulers.engine import in_task
from minidask.schedulers.environments import cannot_load
from minidask.schedulers.failure import describe_inputs, fit_to_travel, note_of, without_ours
from minidask.schedulers.literals import is_large, is_large_inside
from minidask.schedulers.messages import portable_options
from minidask.schedulers.pieces import Add, in_pieces
from minidask.schedulers.portable import Portable
from minidask.schedulers.recovery import pause_after, tries
from minidask.store.sizeof import sizeof
from minidask.task import KEY_TYPES, Graph, Key, Origin, Ref, Task, references, value


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
    turn
        The task, by number, whose turn is its turn.

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
        turn: int = 0,
    ) -> None:
        self.task = task
        self.needs = needs
        self.origin = origin
        self.retries = retries
        self.retry_on = retry_on
        self.options = options or {}
        self.turn = turn

    @property
    def __name__(self) -> str:
        return self.origin.operation

    def __call__(self, *results: Any) -> Any:
        by_number = dict(zip(self.needs, results))
        task = self._opened(by_number)
        with config.adopted(self.options), in_task():
            attempt, failure = 1, None
            while failure is None:
                try:
                    return task(by_number)
                except Exception as error:
                    if attempt > tries(error, self.retries, self.retry_on):
                        failure = self._told(error, task, by_number, attempt)
                except BaseException as error:
                    failure = TaskExit(self._told(error, task, by_number, attempt))
                if failure is None:
                    time.sleep(pause_after(attempt))
                    attempt += 1
        try:
            raise failure  # here, so that it has no context, which might not travel
        finally:
            del failure

    def _opened(self, results: Mapping[int, Any]) -> Task:
        """The task with the function itself, which may have travelled."""
        function = self.task.func
        if not isinstance(function, Portable):
            return self.task
        try:
            return Task(function.open(results), self.task.args, self.task.kwargs)
        except (ImportError, AttributeError) as error:
            raise cannot_load(error) from error

    def _told(self, error: BaseException, task: Task, results: Mapping[int, Any], attempt: int) -> BaseException:
        """The error as it travels, with a note of where it comes from."""
        error.add_note(note_of(self.origin, describe_inputs(task, results), attempt))
        return fit_to_travel(error.with_traceback(without_ours(error.__traceback__)))

    def __repr__(self) -> str:
        return f"<call of {self.origin.operation}>"


GROUPS = 16
"""Of tasks that take parts of the same results, where nobody knows how many run at the same time."""


def calls(
    graph: Graph,
    names: Sequence[Any] | None = None,
    retries: int | None = None,
    retry_on: Any = None,
    groups: Callable[[], int] = lambda: GROUPS,
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
    groups
        Tells how many groups of tasks to form that take parts of the same results, as `in_pieces` does.

    Examples
    --------
    >>> from operator import add
    >>> list(calls(Graph.from_dict({"x": 1, "y": (add, "x", 2)})).items())
    [('x', (<call of x>,)), ('y', (<call of y>, 'x'))]
    """
    _tell_sizes()  # whose workers may be threads of this process
    names = [*(map(graph.key, range(len(graph))) if names is None else names)]
    found: dict[Any, tuple[Any, ...]] = {}
    functions: dict[int, Portable] = {}
    options = portable_options()

    def enter(name: Key, task: Task, origin: Origin, turn: int, hints: Mapping[str, Any]) -> None:
        function: Any = functions.get(id(task.func))  # opened where it is called
        if function is None:
            function = functions[id(task.func)] = Portable(task.func)
            function.send_apart(is_large_inside, lambda literal: literals.ref(literal, turn).number)
        needs = list(dict.fromkeys([*references(task), *function.needs]))
        call = Call(
            Task(function, task.args, task.kwargs),
            needs,
            origin,
            hints.get("retries"),
            hints.get("retry_on"),
            options,
            turn,
        )
        found[name] = (call, *[names[n] for n in needs])

    def add(name: Key, task: Task, turn: int) -> int:
        names.append(name)
        enter(name, task, Origin(task.func.__name__), turn, {})
        return len(names) - 1

    literals = _Literals(add)
    for kind in range(graph.kinds):
        tasks = {i: graph.task(i) for i in graph.of_kind(kind) if type(names[i]) in KEY_TYPES}
        for i, task in in_pieces(tasks, names, groups, add).items():
            hints = {"retries": retries, "retry_on": retry_on, **graph.annotations(i)}
            enter(names[i], literals.lifted_from(task, i), graph.origin(i), i, hints)
    return found


class _Literals:
    """Large literals in the arguments of tasks, and in functions, each of which becomes a task of its own.

    Parameters
    ----------
    add
        Is called for each of these.
    """

    def __init__(self, add: Add) -> None:
        self._add = add
        self._refs: dict[int, Ref] = {}
        self._held: list[Any] = []  # so that no other object gets the id of one

    def lifted_from(self, task: Task, i: int) -> Task:
        """The task with references in the places of large literals, and of what rests the value itself."""
        if task.func is value:
            return Task(value, (value(*task.args),))
        return self._lifted(task, i)

    def _lifted(self, arg: Any, i: int) -> Any:
        if type(arg) is not Task:
            return self.ref(arg, i) if is_large(arg) else arg
        kwargs = {name: self._lifted(item, i) for name, item in arg.kwargs.items()} if arg.kwargs else None
        return Task(arg.func, tuple([self._lifted(item, i) for item in arg.args]), kwargs)

    def ref(self, literal: Any, i: int) -> Ref:
        """What stands for a literal of task `i`."""
        ref = self._refs.get(id(literal))
        if ref is None:
            self._held.append(literal)
            ref = self._refs[id(literal)] = Ref(self._add(f"literal-{uuid4().hex}", Task(value, (literal,)), i))
        return ref


def _tell_sizes() -> None:
    """Let dask, if there, measure results of our classes as we do: it takes unknown ones for tiny, and moves them."""
    if "dask.sizeof" in sys.modules:
        _tell_sizes_to(sys.modules["dask.sizeof"].sizeof)


@cache
def _tell_sizes_to(measures: Any) -> None:
    others = measures.dispatch(object)
    measures.register(object, lambda obj: (sizeof if type(obj).__module__.startswith("minidask.") else others)(obj))


_tell_sizes()  # in a worker of a cluster, which unpickles a call
