"""Warnings of worker processes: collected there, and given in the main process, whose filters judge them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import cloudpickle


class Warned(NamedTuple):
    """A warning on its way."""

    at: int
    """Which task of its batch gave it."""
    category: bytes
    text: str
    file: str
    line: int
    module: str | None


class Collector:
    """In a worker: takes the place of what prints warnings."""

    def __init__(self) -> None:
        self.at = 0
        """The task of the batch that runs."""
        self._found: dict[tuple[Any, ...], Warned] | None = None
        warnings.simplefilter("always")  # what is not wanted is left out in the main process
        for kind in (ResourceWarning, ImportWarning):  # but for these, which do not tell of the task
            warnings.simplefilter("ignore", kind)
        warnings.showwarning = self._collect  # type: ignore[assignment]

    @contextmanager
    def batch(self) -> Iterator[list[Warned]]:
        """The warnings of what runs inside the block; they are in the list after it, each once."""
        told: list[Warned] = []
        self.at, self._found = -1, {}
        try:
            yield told
        finally:
            told += self._found.values()
            self._found = None

    def _collect(self, message: Any, category: type[Warning], file: str, line: int, *_: Any) -> None:
        key = (category, str(message), file, line)
        if self._found is not None and key not in self._found:
            self._found[key] = Warned(self.at, cloudpickle.dumps(category), key[1], file, line, _module(file, line))


def _module(file: str, line: int) -> str | None:
    """The name of the module that a warning is about; it may be above the one that has given it."""
    frame = sys._getframe(2)
    while frame is not None and (frame.f_code.co_filename, frame.f_lineno) != (file, line):
        frame = frame.f_back  # type: ignore[assignment]
    return None if frame is None else frame.f_globals.get("__name__")


_shown: dict[Any, Any] = {}
"""The warnings of modules that are not here, as Python keeps those of the others in the modules."""


class Teller:
    """In the main process: gives the warnings that workers of one computation send, each once."""

    def __init__(self) -> None:
        self._given: set[tuple[Any, ...]] = set()

    def give(self, warned: Iterable[Warned]) -> tuple[int, Warning] | None:
        """Give them; where a filter makes an error of one, the task of the batch that is to fail, and the error."""
        for one in warned:
            key = one[1:]
            if key in self._given:
                continue
            try:
                _give(one)
            except Warning as error:
                error.add_note(f"a warning given in a worker process, at {one.file}:{one.line}")
                return one.at, error
            self._given.add(key)
        return None


def _give(one: Warned) -> None:
    try:
        category = cloudpickle.loads(one.category)
    except Exception:  # of a module that cannot be imported here
        category = UserWarning
    module = sys.modules.get(one.module or "")
    shown = _shown if module is None else vars(module).setdefault("__warningregistry__", {})
    warnings.warn_explicit(one.text, category, one.file, one.line, one.module, shown)
