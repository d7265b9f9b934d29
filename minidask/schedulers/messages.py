"""What the main process and a worker process say to each other, and how tasks are packed for the way."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle

import minidask.config as config
from minidask.own_modules import edited
from minidask.schedulers.globals import Told, current_globals
from minidask.store.folders import Folders
from minidask.store.frames import Frames, Place, load
from minidask.store.handle import Handle
from minidask.task import Task

Packed = Handle | bytes
"""An object on its way: a block of the store, or its bytes where it is small."""


class Setting(NamedTuple):
    """What a worker shares with the main process, beside its tasks."""

    path: list[str]
    arguments: list[str]
    """Of the command line."""
    folder: str
    environment: dict[str, str]
    threads: int
    """That each numerical library may use."""
    folders: Folders
    """Of the store."""
    options: dict[str, Any]
    """Those of `config.set`."""
    globals: Told
    """Those of the person's modules."""


def current_setting(threads: int, folders: Folders, modules: Iterable[str]) -> Setting:
    """The setting of this process now, with the globals of these modules."""
    process = sys.path[:], sys.argv[:], str(Path.cwd()), dict(os.environ)
    return Setting(*process, threads, folders, portable_options(), current_globals(modules))


def portable_options() -> dict[str, Any]:
    """The options in force here, for tasks elsewhere; there a `compute()` runs inline, whatever the scheduler."""
    options = config.snapshot()
    options.pop("scheduler", None)  # it may be an object that cannot be pickled
    return options


_registering = threading.Lock()
_by_value: set[str] = set()
"""The modules that are pickled by value on our demand."""


def pickle_edited_by_value() -> None:
    """Let the functions of modules travel that were edited since they were imported: workers would import the new."""
    now = edited()
    with _registering:
        for name in now.keys() - cloudpickle.list_registry_pickle_by_value():
            cloudpickle.register_pickle_by_value(now[name])
            _by_value.add(name)
        for name in _by_value - now.keys():
            if name in sys.modules:
                cloudpickle.unregister_pickle_by_value(sys.modules[name])
                _by_value.discard(name)


class Batch(NamedTuple):
    """Tasks for one worker; it answers with an `Outcome` of packed values."""

    setting: Setting | None
    """Where it is not the one of the batch before."""
    functions: dict[int, bytes]
    """Pickled functions that the worker does not have, by their numbers."""
    forget: bool
    """Whether the functions that it has are needed no more."""
    tasks: Packed
    inputs: dict[int, Packed]
    """The results that the tasks refer to."""


class Functions:
    """Lets a function travel once to one worker process, and its number after that."""

    _most = 1000  # then all are forgotten, on both sides: somebody makes a new function for each task

    def __init__(self) -> None:
        self._sent: dict[int, Callable[..., Any]] = {}  # keeps them alive, as the numbers are identities
        self._forget = True

    def forget(self) -> None:
        """Start anew: a computation has ended."""
        self._sent.clear()
        self._forget = True

    def modules(self) -> set[str]:
        """The modules of the functions that have travelled."""
        return {getattr(function, "__module__", None) or "__main__" for function in self._sent.values()} - {"__main__"}

    def pack(self, tasks: list[Task], place: Place | None = None) -> tuple[dict[int, bytes], bool, Frames]:
        """New functions, whether to forget the old ones, and the tasks with numbers in the place of functions.

        Parameters
        ----------
        tasks
            Of one batch.
        place
            As for `Frames`.

        Raises
        ------
        Unpicklable
            A function or an argument cannot be pickled; then the worker shall not be told anything.
        """
        if len(self._sent) > self._most:
            self.forget()
        used: dict[int, Callable[..., Any]] = {}
        frames = Frames([_numbered(task, used) for task in tasks], place)
        new = {number: Frames(f, place).to_bytes() for number, f in used.items() if number not in self._sent}
        self._sent |= used
        forget, self._forget = self._forget, False
        return new, forget, frames


class _Number:
    """Stands for a function in a task on its way."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (self._number,)


def _numbered(task: Task, used: dict[int, Callable[..., Any]]) -> Task:
    def travel(arg: Any) -> Any:
        return _numbered(arg, used) if type(arg) is Task else arg

    number = id(task.func)
    used[number] = task.func
    kwargs = {name: travel(arg) for name, arg in task.kwargs.items()} if task.kwargs else None
    return Task(_Number(number), tuple([travel(arg) for arg in task.args]), kwargs)  # type: ignore[arg-type]


_pickled: dict[int, bytes] = {}
_loaded: dict[int, Callable[..., Any]] = {}


def receive(functions: dict[int, bytes], forget: bool) -> None:
    """In a worker: keep new functions for the tasks that come with them and after them."""
    if forget:
        _pickled.clear()
        _loaded.clear()
    _pickled.update(functions)
    for number in functions:
        _loaded.pop(number, None)


def _received(number: int) -> Callable[..., Any]:
    if number not in _loaded:
        _loaded[number] = load(_pickled[number])
    return _loaded[number]
