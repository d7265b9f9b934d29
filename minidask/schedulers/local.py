"""What the schedulers of this machine have in common: one get function, that differs in how it runs tasks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from minidask.events import listeners_of
from minidask.schedulers.engine import Engine
from minidask.schedulers.failure import without_ours
from minidask.schedulers.loop import execute
from minidask.schedulers.machine import worker_count
from minidask.schedulers.options import Options, check_options
from minidask.schedulers.pace import is_quick_chain
from minidask.schedulers.recovery import check_retries
from minidask.task import KEY_TYPES, Graph, Key, flatten


class LocalScheduler:
    """A get function: `get(graph, keys, **options) -> values`. Subclasses say how tasks are run.

    Examples
    --------
    >>> from operator import add
    >>> get = LocalScheduler()
    >>> get({"x": 1, ("y", 0): (add, "x", 2)}, [["x"], ("y", 0)])
    [[1], 3]
    """

    quick_by_caller: ClassVar[bool] = False
    """Whether the calling thread runs a few small tasks that wait for one another."""
    shares_memory: ClassVar[bool] = True
    """Whether all tasks run in this process, and may write into arrays of the caller."""

    def __call__(
        self,
        graph: Graph | Mapping[Key, Any],
        keys: Any,
        *,
        num_workers: int | None = None,
        callbacks: Sequence[Any] = (),
        retries: int | None = None,
        retry_on: type[Exception] | tuple[type[Exception], ...] | None = None,
        memory_limit: str | float | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Any:
        """Compute the values of `keys`.

        Parameters
        ----------
        graph
            A graph, or a dict in the plain form.
        keys
            The wanted keys: a list, which may be nested, or a single key.
        num_workers
            Threads or processes to run tasks on; by default the option `num_workers`, else the cores this process
            may use.
        callbacks
            What listens to this computation, beside those of `minidask.events`: a `Callback`, `ProgressBar`,
            `Profiler` or `Listener`, or several of them.
        retries
            How often a task that raises is run again, after a short pause; `annotate(retries=)` goes before it. None:
            as the option `retry-transient` says, after errors of reading and writing that may well not come again.
        retry_on
            The exception classes that `retries` are for; None: all.
        memory_limit
            Bytes, such as "2GB", or a share of this machine's memory, such as 0.5; False: no limit. By default the
            option `memory_limit`. All computations that run at the same time stay together within the option's, or
            the largest that one of them was given; one inside a task stays within that of the outer one, too.
        checkpoint
            A folder in which each finished block is kept under its name, which tells its content. The same work, in
            this session or another, loads them instead of running their tasks: after the process was killed it goes
            on where it was. A damaged block is made again, with a warning; where the disk is full, a warning says
            that no more is kept. The folder holds nothing but files: delete it to start anew. Not kept are results
            that have no name that lasts (random numbers without a seed, impure delayed calls) or no pickle.

        Returns
        -------
        The values, one per key and in the shape of `keys`.

        Raises
        ------
        MemoryLimitError
            A task is known to need more memory than the limit.
        SpillError
            The folder for blocks that have no room in memory is full.
        """
        options = Options(listeners_of(callbacks), retries, retry_on, memory_limit, checkpoint)
        return self._compute(graph, keys, num_workers, options)

    def keep(self, graph: Any, keys: Any, num_workers: int | None = None, callbacks: Any = (), **options: Any) -> Any:
        """As a call, but gives objects that hold the values for later computations, in memory or not."""
        return self._compute(graph, keys, num_workers, Options(listeners_of(callbacks), **options), keep=True)

    def submit(self, graph: Graph | Mapping[Key, Any], keys: Iterable[Key], **options: Any) -> dict[Key, Any]:
        """Begin to compute in the background; a handle for each of `keys`. Options are those of a call.

        Examples
        --------
        >>> scheduler = LocalScheduler()
        >>> first = scheduler.submit({"x": (max, 1, 2)}, ["x"])
        >>> scheduler({"y": first["x"], "z": (abs, "y")}, ["z"])
        [2]
        """
        check_options(self, options)
        check_retries(options.get("retries"), options.get("retry_on"))
        from minidask.schedulers.pending import begin  # loads logging, and few sessions compute in the background

        return begin(keys, lambda wanted: self.keep(graph, wanted, **options))

    def gather(self, handles: Sequence[Any]) -> list[Any]:
        """The values of handles, also those of other engines; they are waited for."""
        try:
            return [handle.open() for handle in handles]
        except KeyboardInterrupt:
            self.cancel(handles)
            raise

    def cancel(self, handles: Iterable[Any]) -> None:
        """End the computations of which nobody holds another result; the handles are of local schedulers."""
        from minidask.schedulers.pending import cancel

        cancel(handles)

    def _compute(self, graph: Any, keys: Any, num_workers: int | None, options: Options, keep: bool = False) -> Any:
        if type(keys) not in KEY_TYPES:
            keys = list(keys)
        flat = [keys] if type(keys) in KEY_TYPES else list(flatten(keys))
        workers = self.workers(num_workers)
        quick = (self.quick_by_caller or not workers) and isinstance(graph, Graph) and is_quick_chain(graph)
        workers = 0 if quick else workers
        try:
            with self.around(min(workers, len(graph))):
                values = execute(graph, flat, lambda graph: self.engine(graph, workers), workers, options, keep, quick)
        except Exception as error:
            error.__traceback__ = without_ours(error.__traceback__)
            raise
        return values[0] if type(keys) in KEY_TYPES else arrange(keys, iter(values))

    def workers(self, num_workers: int | None) -> int:
        """The number of threads that run tasks or speak for what runs them; 0: the calling thread does."""
        worker_count(num_workers)
        return 0

    def engine(self, graph: Graph, workers: int) -> Engine:
        """What runs the tasks of one computation."""
        return Engine(graph)

    def around(self, workers: int) -> AbstractContextManager[None]:
        """In force while tasks run."""
        return nullcontext()


def arrange(keys: Iterable[Any], values: Iterator[Any]) -> list[Any]:
    """The values in the nested lists in which the keys are."""
    return [arrange(key, values) if type(key) is list else next(values) for key in keys]
