"""What a person needs to know of a task that failed: which one, whose line asked for it, what went into it."""

from __future__ import annotations

import pickle
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple

from minidask.described import Caller, describe, describe_call, shortened
from minidask.task import Graph, Origin, Refs, Task, each, resolve

_HOME: str = sys.modules["minidask"].__path__[0]
_OF_TASKS: str = Task.__call__.__code__.co_filename


def describe_inputs(task: Task, results: Any) -> list[str]:
    """A line for each argument of `task`: what it is, or the result that it stands for."""
    return shortened(_lines(task, results))


def _lines(task: Task, results: Any) -> Iterator[str]:
    kwargs = task.kwargs or {}
    if isinstance(task.func, Caller):
        args = [resolve(arg, results) for arg in task.args]
        yield from describe_call(task.func, args, {name: resolve(arg, results) for name, arg in kwargs.items()})
        return
    for name, arg in (*enumerate(task.args), *kwargs.items()):
        if type(arg) is Refs:
            yield from (f"argument {name}[{at}]: {describe(item)}" for at, item in enumerate(each(arg, results)))
        elif type(arg) is Task:
            yield from _lines(arg, results)
        else:
            yield f"argument {name}: {describe(resolve(arg, results))}"


def note(graph: Graph, i: int, inputs: list[str], attempts: int = 1) -> str:
    """The text that the error of task `i` carries: operation, block, the person's line, attempts, inputs."""
    return note_of(graph.origin(i), inputs, attempts)


def note_of(origin: Origin, inputs: list[str], attempts: int = 1) -> str:
    """The text that the error of a task carries that comes from there."""
    block = f", block {', '.join(map(str, origin.block))}" if origin.block else ""
    where = f", asked for at {origin.where}" if origin.where else ""
    tried = f", in attempt {attempts} of {attempts}" if attempts > 1 else ""
    return "\n  ".join([f"in {origin.operation}{block}{where}{tried}", *inputs])


class PackedError(NamedTuple):
    """An error on its way from another process."""

    data: bytes | None
    """Its pickle, if there is one."""
    summary: str
    notes: tuple[str, ...]
    """Those that it carries, for the one that stands for it where it does not pickle."""
    trace: str
    """Without the notes."""


def pack_error(error: BaseException) -> PackedError:
    """`error` as it travels."""
    try:
        data = _pickled(error)
    except Exception as why:
        data = None
        error.add_note(f"the error itself cannot be pickled: {why}")
    told = traceback.TracebackException.from_exception(error)
    told.__notes__ = None  # they are told with the error itself
    notes = tuple(map(str, getattr(error, "__notes__", ())))
    return PackedError(data, f"{type(error).__name__}: {error}", notes, "".join(told.format()).rstrip())


def _pickled(error: BaseException) -> bytes:
    """The pickle of an error, by its parts where its own way fails, or calls `__init__` with what it does not take."""
    import cloudpickle  # costs 10 ms, and only worker processes pack errors

    with suppress(Exception):
        data: bytes = cloudpickle.dumps(error)
        if str(pickle.loads(data)) == str(error):
            return data
    by_parts: bytes = cloudpickle.dumps(_Parts(error))
    return by_parts


class _Parts:
    """Pickles as an error that is made again without its `__init__`, and without attributes that do not pickle."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in self._error.__dict__.items() if _travels(value)}
        return _rebuilt, (type(self._error), self._error.args, state)


def _travels(value: Any) -> bool:
    import cloudpickle

    try:
        pickle.loads(cloudpickle.dumps(value))
    except Exception:
        return False
    return True


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
        for text in packed.notes:
            error.add_note(text)
    error.add_note(f"raised in another process:\n{packed.trace}")
    return error


def fit_to_travel(error: BaseException) -> BaseException:
    """The error itself, or one like it that can be pickled."""
    return error if _travels(error) else unpack_error(pack_error(error))


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


def frames_of_task(frames: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Of a stack, the outermost frame first, what a person wrote or called; nothing where no task runs in it."""
    begins = next((at for at, frame in enumerate(frames, 1) if frame.filename == _OF_TASKS), len(frames))
    inner = frames[begins:]
    return [*[frame for frame in inner[:-1] if not frame.filename.startswith(_HOME)], *inner[-1:]]
