"""Tasks that cannot go to another process run in this one, and a warning says so."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any
from weakref import proxy

from minidask.schedulers.engine import Engine, Opened, Outcome, run_batch
from minidask.task import Task, references, value


class Stayers:
    """The functions of one computation that stay here, because they, or what they return, cannot be pickled.

    Parameters
    ----------
    engine
        What runs the tasks, with batches of any size. It holds this object, and is not held by it.
    keep
        Makes of a value what the engine keeps.
    """

    def __init__(self, engine: Engine, keep: Callable[[Any], Any] | None = None) -> None:
        self._engine: Engine = proxy(engine)
        self._results = Opened(self._engine)
        self._keep = keep
        self._functions: dict[int, Callable[..., Any]] = {}  # by identity
        self._lock = threading.Lock()

    def first(self, tasks: Sequence[Task]) -> tuple[bool, int]:
        """Whether the first of the tasks stays here, and how many from it on do alike. Results that are there do."""
        stay = [(task.func is value and not references(task)) or id(task.func) in self._functions for task in tasks]
        return stay[0], next((at for at, stays in enumerate(stay) if stays != stay[0]), len(stay))

    def run(self, numbers: list[int]) -> Outcome:
        """Run tasks in this thread."""
        outcome = run_batch(map(self._engine.graph.task, numbers), self._results)
        if self._keep is not None:
            outcome.values = [self._keep(value) for value in outcome.values]
        return outcome

    def settle(self, outcome: Outcome, numbers: list[int], worker: int) -> Outcome:
        """What to hand in where `outcome` says that something of the batch could not be pickled.

        Those before it are done. Of the others the first is tried alone; if it is the one, it runs here.
        """
        if outcome.values:
            return Outcome(outcome.values, outcome.times)
        if len(numbers) > 1:
            return self._engine.run(numbers[:1], worker)
        self._remember(numbers[0], outcome.error)
        return self.run(numbers)

    def _remember(self, i: int, why: BaseException | None) -> None:
        function = self._engine.graph.task(i).func
        with self._lock:
            first = not self._functions
            self._functions[id(function)] = function
        if first:
            origin = self._engine.graph.origin(i)
            where = f" (asked for at {origin.where})" if origin.where else ""
            text = f"{origin.operation}{where} runs in the main process, as it cannot be sent to another: {why}"
            warnings.warn(text, stacklevel=2)
