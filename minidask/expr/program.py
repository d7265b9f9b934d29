"""The function of a fused group: several calls as one.

A program is straight-line Python code, made from its steps and compiled where it first runs, because calls that
go through a table would cost more than adding two short arrays. For example the steps of ``(x + 1).sum()`` are::

    def program(i0):
        s0 = f0(i0, c0)
        s1 = f1(s0, **k1); s0 = None
        return s1
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from minidask.described import Caller, describe, describe_call, shortened
from minidask.expr.node import format_where
from minidask.expr.streams import functions, suspects


class Step(NamedTuple):
    """One call of a program."""

    func: Callable[..., Any]
    sources: tuple[str, ...]
    """Its arguments: `i<number>` an input of the program, `c<number>` a constant, `s<number>` the result of a step."""
    kwargs: Mapping[str, Any]
    label: str
    where: tuple[str, int] | None


class Program(Caller):
    """The function of a fused group.

    Parameters
    ----------
    inputs
        How many arguments it takes.
    constants
        Literals that its steps refer to.
    steps
        The calls, in order; the last one's result is that of the program.

    Examples
    --------
    >>> add = Step(sum, ("i0", "c0"), {}, "add", None)
    >>> double = Step(lambda x: 2 * x, ("s0",), {}, "double", None)
    >>> Program(1, (5,), (add, double))([1, 2])
    16
    """

    def __init__(self, inputs: int, constants: tuple[Any, ...], steps: tuple[Step, ...]) -> None:
        self.inputs = inputs
        self.constants = constants
        self.steps = steps
        self.__name__ = "-".join(dict.fromkeys(step.label for step in steps[-4:]))
        self._run: Callable[..., Any] | None = None

    def __call__(self, *args: Any) -> Any:
        run = self._run
        if run is None:
            run = self._run = self._compile()
        try:
            return run(*args)
        except Exception as error:
            trace = error.__traceback__.tb_next if error.__traceback__ else None
            if trace is not None and trace.tb_frame.f_code.co_filename == _FILE:
                self._blame(trace.tb_lineno - _FIRST_LINE, error, args, trace.tb_frame.f_locals)
            raise

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_run": None}

    def _compile(self) -> Callable[..., Any]:
        source = _source(self.inputs, tuple((step.sources, bool(step.kwargs)) for step in self.steps))
        names: dict[str, Any] = {f"c{i}": constant for i, constant in enumerate(self.constants)}
        for i, (func, step) in enumerate(zip(functions(self.steps), self.steps)):
            names[f"f{i}"], names[f"k{i}"] = func, step.kwargs
        exec(source, names)
        made: Callable[..., Any] = names.pop("program")  # in a circle with its own globals it would live for long
        return made

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Nothing: the note on the step that failed tells of its arguments."""
        return (), {}

    def _blame(self, failed: int, error: Exception, args: Sequence[Any], made: Mapping[str, Any]) -> None:
        if hasattr(self.steps[failed].func, "steps"):
            return  # that has blamed one of its own
        found = suspects(self.steps, failed, error)
        inputs: list[str] = []
        if found == [self.steps[failed]]:
            inputs = self._inputs(found[0], args, made)
        if not inputs:  # what came to the step were items of an iterator
            inputs = [f"input {at} of the task: {describe(arg)}" for at, arg in enumerate(args)]
        told = list(dict.fromkeys(map(_told, found)))
        if len(told) > _MOST_SUSPECTS:
            told[_MOST_SUSPECTS:] = [f"one of {len(told) - _MOST_SUSPECTS} more"]
        error.add_note("\n  ".join(["in the step " + " or ".join(told), *shortened(inputs)]))

    def _inputs(self, step: Step, args: Sequence[Any], made: Mapping[str, Any]) -> list[str]:
        """A line for each argument of a step; none where it reads an iterator."""
        known = {"i": args, "c": self.constants}
        values = [made[s] if s[0] == "s" else known[s[0]][int(s[1:])] for s in step.sources]
        return [] if any(isinstance(v, Iterator) for v in values) else describe_call(step.func, values, step.kwargs)


_MOST_SUSPECTS = 5


def _told(step: Step) -> str:
    place = format_where(step.where)
    return repr(step.label) + (f", asked for at {place}" if place else "")


_FILE = f"{__file__}:program"  # as a file of ours, so that its frames are trimmed from tracebacks like the others
_FIRST_LINE = 2


@lru_cache(maxsize=256)
def _source(inputs: int, calls: tuple[tuple[tuple[str, ...], bool], ...]) -> CodeType:
    """The code: a line a step. A result is dropped in the line that uses it last."""
    last = {source: i for i, (sources, _) in enumerate(calls) for source in sources if source[0] != "c"}
    spent: dict[int, list[str]] = {}
    for source, i in last.items():
        spent.setdefault(i, []).append(source)
    lines = [f"def program({', '.join(f'i{i}' for i in range(inputs))}):"]
    for i, (sources, keywords) in enumerate(calls):
        arguments = [*sources, f"**k{i}"] if keywords else sources
        drop = "".join(f"; {name} = None" for name in spent.get(i, ()))
        lines.append(f"    s{i} = f{i}({', '.join(arguments)}){drop}")
    lines.append(f"    return s{len(calls) - 1}")
    return compile("\n".join(lines), _FILE, "exec")
