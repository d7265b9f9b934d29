"""What happens to a task that raised, or whose worker died: it runs again, or it is to blame."""

from __future__ import annotations

import errno
import random
import sys
from collections import Counter
from collections.abc import Mapping
from heapq import heappop, heappush
from time import perf_counter
from typing import Any

import minidask.config as config
from minidask.errors import WorkerDied
from minidask.schedulers.death import Death
from minidask.schedulers.failure import note
from minidask.task import Graph

_MOST_LOSSES = 3
"""A task is to blame when so many workers have died that ran it alone, and none died that it cannot have killed."""
_MOST_OF_ALL = 30
"""So many are enough in any case: what kills idle workers may also be the task."""
_FIRST_PAUSE = 0.05
"""Seconds before the second attempt; each further pause is twice as long."""
_LONGEST_PAUSE = 10.0

_TRANSIENT = (ConnectionError, TimeoutError, InterruptedError, BlockingIOError)
_TRANSIENT_ERRNOS = frozenset(
    getattr(errno, name)
    for name in (
        "EIO", "EAGAIN", "EBUSY", "EINTR", "ENETDOWN", "ENETUNREACH", "ENETRESET", "EHOSTDOWN", "EHOSTUNREACH",
        "ESTALE", "ETIMEDOUT", "EREMOTEIO", "ENOBUFS",
    )
    if hasattr(errno, name)
)  # fmt: skip
_TRANSIENT_STATUS = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Of HTTP, in errors of these classes."""
_WITH_STATUS = ("urllib.HTTPError", "aiohttp.ClientResponseError", "requests.HTTPError")
_TRANSIENT_NAMES = frozenset((
    "http.IncompleteRead", "aiohttp.ClientConnectionError", "aiohttp.ServerDisconnectedError",
    "aiohttp.ClientPayloadError", "requests.ConnectionError", "requests.Timeout", "requests.ChunkedEncodingError",
    "urllib3.ProtocolError", "urllib3.TimeoutError", "botocore.HTTPClientError", "botocore.ConnectionError",
))  # fmt: skip
"""Classes of libraries that read from the network, which are not imported for this: package and name."""


def is_transient(error: BaseException) -> bool:
    """Whether an error is one of reading or writing that may well not come again; also one that it was raised from.

    Examples
    --------
    >>> is_transient(ConnectionResetError()), is_transient(FileNotFoundError()), is_transient(ValueError())
    (True, False, False)
    >>> from urllib.error import URLError
    >>> is_transient(URLError(TimeoutError())), is_transient(URLError("no such scheme"))
    (True, False)
    """
    seen: list[BaseException] = []
    found: Any = error
    while isinstance(found, BaseException) and found not in seen:
        if _is_transient(found):
            return True
        seen.append(found)
        found = found.__cause__ or getattr(found, "reason", None)
    return False


def _is_transient(error: BaseException) -> bool:
    response = getattr(error, "response", error)  # requests tells it there
    status = getattr(response, "status_code", getattr(response, "status", getattr(response, "code", None)))
    return (
        isinstance(error, _TRANSIENT)
        or (isinstance(error, OSError) and error.errno in _TRANSIENT_ERRNOS)
        or (_told(type(error)) == "socket.gaierror" and error.args[:1] == (sys.modules["socket"].EAI_AGAIN,))
        or (status in _TRANSIENT_STATUS and _told(type(error)) in _WITH_STATUS)
        or any(_told(kind) in _TRANSIENT_NAMES for kind in type(error).__mro__)
    )


def _told(kind: type) -> str:
    """The package and the name of a class."""
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


def check_retries(retries: Any, retry_on: Any) -> None:
    """Raise a ValueError or TypeError where these are no settings for retries.

    Examples
    --------
    >>> check_retries(3, (OSError,))
    """
    if retries is not None and (not isinstance(retries, int) or isinstance(retries, bool) or retries < 0):
        raise ValueError(f"retries must be a whole number of at least 0, not {retries!r}")
    for kind in retry_on if isinstance(retry_on, tuple | list) else [] if retry_on is None else [retry_on]:
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise TypeError(f"retry_on must be an exception class, or a tuple of them, not {retry_on!r}")


def tries(error: Exception, retries: int | None, retry_on: Any) -> int:
    """How often a task that has raised `error` is to be run again at most; parameters as of `Recovery`.

    Examples
    --------
    >>> tries(ValueError(), 3, None), tries(ValueError(), 3, KeyError), tries(TimeoutError(), None, None)
    (3, 0, 2)
    """
    asked: int | None = retries if retry_on is None or isinstance(error, _as_tuple(retry_on)) else None
    if asked is None:
        asked = config.get("retry-transient") if is_transient(error) else 0
    return asked


def pause_after(failures: int) -> float:
    """The seconds before a task that has raised so often runs again."""
    pause = min(_FIRST_PAUSE * 2 ** (failures - 1), _LONGEST_PAUSE)
    return pause * random.uniform(0.5, 1)  # so that those that failed together do not come back together


class Recovery:
    """Remembers what has failed in one computation.

    Parameters
    ----------
    graph
        Its tasks' hints `retries` and `retry_on` go before the two arguments.
    retries
        How often a task that raises is run again; None: as often as the option `retry-transient` says, after errors
        of reading and writing that are transient.
    retry_on
        The exception classes that `retries` are for; None: all. Transient errors that are of none of them are tried
        again as the option says.
    """

    def __init__(self, graph: Graph, retries: int | None = None, retry_on: Any = None) -> None:
        check_retries(retries, retry_on)
        self._graph = graph
        self._asked: Mapping[str, Any] = {"retries": retries, "retry_on": retry_on}
        self._failures: Counter[int] = Counter()
        self._losses: Counter[int] = Counter()
        self.pausing: list[tuple[float, int]] = []  # when each is to run again: a heap
        self._innocent = 0  # losses of tasks that have run since, so that they were not to blame

    @property
    def one_at_a_time(self) -> bool:
        """Whether tasks are run alone for now, so that the one that kills workers is known."""
        return bool(self._losses)

    def pause(self, i: int, error: Exception) -> float | None:
        """Task `i` has raised, and pauses for so many seconds before it runs again; None: it has failed for good."""
        self._failures[i] += 1
        failures = self._failures[i]
        if failures > self._tries(i, error):
            return None
        pause = pause_after(failures)
        heappush(self.pausing, (perf_counter() + pause, i))
        return pause

    def next_pause(self) -> float:
        """The seconds until the first pause is over."""
        return max(0.0, self.pausing[0][0] - perf_counter())

    def end_pauses(self) -> list[int]:
        """The tasks whose pauses are over."""
        ended = []
        while self.pausing and self.pausing[0][0] <= perf_counter():
            ended.append(heappop(self.pausing)[1])
        return ended

    def _tries(self, i: int, error: Exception) -> int:
        hints = {**self._asked, **self._graph.annotations(i)}
        return tries(error, hints["retries"], hints["retry_on"])

    def attempts(self, i: int) -> int:
        """How often task `i` has raised."""
        return self._failures[i]

    def blame(self, i: int, error: Exception, inputs: list[str]) -> Exception:
        """The error of a task that has failed for good, with the note that a person needs."""
        error.add_note(note(self._graph, i, inputs, self._failures[i]))
        return error

    def done(self, batch: list[int]) -> None:
        """These tasks have run."""
        for i in batch:
            self._innocent += self._losses.pop(i, 0)

    def lost(self, batch: list[int], death: Death) -> WorkerDied | None:
        """The worker that ran `batch` has died: the error when this is to blame on a task."""
        alone = len(batch) == 1
        for i in batch:
            self._losses[i] += alone  # of several, we do not know which one it was
        most = min(_MOST_LOSSES + self._innocent + death.bystanders, _MOST_OF_ALL)
        losses = self._losses[batch[0]]
        if not alone or losses < most:
            return None
        advice = ": make the chunks or partitions smaller, or set a lower memory_limit" if death.memory else ""
        blamed = note(self._graph, batch[0], [])
        error = WorkerDied(
            f"{losses} worker processes died while each ran the same task, {blamed}; the last one {death.how}{advice}"
        )
        error.add_note(
            f"a task is to blame after {_MOST_LOSSES} such deaths, and one more for each death that it cannot have "
            f"caused: of a worker that was idle ({death.bystanders} here), or ran what has run since ({self._innocent})"
        )
        return error

    def fewer(self, workers: int, batch: list[int]) -> int:
        """How many of `workers` are to go on after one of them ran out of memory with `batch`: one in the end."""
        again = any(self._losses[i] > 1 for i in batch)
        return 1 if again else max(1, workers // 2)


def _as_tuple(kinds: Any) -> tuple[type[Exception], ...]:
    return tuple(kinds) if isinstance(kinds, tuple | list) else (kinds,)
