"""What a person needs to know of a task that failed: which one, whose line asked for it, what went into it."""

from __future__ import annotations

import pickle
import sys
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple

from minidask.task import Graph, Ref, Refs, Task

_HOME: str = sys.modules["minidask"].__path__[0]
_MOST_INPUTS = 10
_MOST_COLUMNS = 12


def describe(value: Any) -> str:
    """A value's type and, where it has them, shape, dtype, columns or length; never its contents.

    Examples
    --------
    >>> describe([1, 2, 3]), describe(None), describe("abc")
    ('list of length 3', 'NoneType', 'str of length 3')
    """
    try:
        return " ".join([type(value).__name__, *_facts(value)])
    except Exception:  # a person's own class may raise anything here, and must not hide the error that we describe
        return type(value).__name__


def _facts(value: Any) -> list[str]:
    facts = []
    if hasattr(value, "shape"):
        facts.append(f"of shape {tuple(value.shape)}")
    elif hasattr(value, "__len__"):
        facts.append(f"of length {len(value)}")
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        columns = [f"{name}: {dtype}" for name, dtype in zip(value.columns[:_MOST_COLUMNS], value.dtypes)]
        more = ["..."] if len(value.columns) > _MOST_COLUMNS else []
        facts.append(f"with columns {', '.join(columns + more)}")
    elif hasattr(value, "dtype"):
        facts.append(f"and dtype {value.dtype}")
    return facts


def describe_inputs(task: Task, results: Any) -> list[str]:
    """A line for each argument of `task` that stands for a result."""
    lines: list[str] = []
    named = [(f"argument {at}", arg) for at, arg in enumerate(task.args)]
    named += [(f"argument {name}", arg) for name, arg in (task.kwargs or {}).items()]
    for name, arg in named:
        if type(arg) is Ref:
            lines.append(f"{name}: {describe(results[arg.number])}")
        elif type(arg) is Refs:
            lines += [f"{name}[{at}]: {describe(results[n])}" for at, n in enumerate(arg.numbers)]
        elif type(arg) is Task:
            lines += describe_inputs(arg, results)
    if len(lines) > _MOST_INPUTS:
        lines[_MOST_INPUTS:] = [f"and {len(lines) - _MOST_INPUTS} more"]
    return lines


def note(graph: Graph, i: int, inputs: list[str], attempts: int = 1) -> str:
    """The text that the error of task `i` carries: operation, block, the person's line, attempts, inputs."""
    origin = graph.origin(i)
    block = f", block {', '.join(map(str, origin.block))}" if origin.block else ""
    where = f", asked for at {origin.where}" if origin.where else ""
    tried = f", in attempt {attempts} of {attempts}" if attempts > 1 else ""
    return "\n  ".join([f"in {origin.operation}{block}{where}{tried}", *inputs])


class PackedError(NamedTuple):
    """An error on its way from another process."""

    data: bytes | None
    """Its pickle, if there is one."""
    summary: str
    trace: str


def pack_error(error: BaseException) -> PackedError:
    """`error` as it travels."""
    try:
        data = _pickled(error)
    except Exception as why:
        data = None
        error.add_note(f"the error itself cannot be pickled: {why}")
    return PackedError(data, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)).rstrip())


def _pickled(error: BaseException) -> bytes:
    """The pickle of an error, by its parts where its own way calls `__init__` with what that does not take."""
    import cloudpickle  # costs 10 ms, and only worker processes pack errors

    data: bytes = cloudpickle.dumps(error)
    with suppress(Exception):
        if str(pickle.loads(data)) == str(error):
            return data
    by_parts: bytes = cloudpickle.dumps(_Parts(error))
    return by_parts


class _Parts:
    """Pickles as an error that is made again without its `__init__`."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self._error), self._error.args, self._error.__dict__)


def _rebuilt(kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def unpack_error(packed: PackedError) -> BaseException:
    """The error, or a RuntimeError that tells of it where it does not pickle; with its traceback as a note."""
    error: Any = None
    if packed.data is not None:
        with suppress(Exception):  # of a person's own class, which may be unknown here or lack what pickling needs
            error = pickle.loads(packed.data)
    if not isinstance(error, BaseException):
        error = RuntimeError(packed.summary)
    error.add_note(f"raised in another process:\n{packed.trace}")
    return error


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of minidask, except for the one that raised: what a person wrote or called."""
    frames = []
    while trace is not None:
        if trace.tb_next is None or not trace.tb_frame.f_code.co_filename.startswith(_HOME):
            frames.append(trace)
        trace = trace.tb_next
    kept: TracebackType | None = None
    for frame in reversed(frames):
        kept = TracebackType(kept, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return kept
