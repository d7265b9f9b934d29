"""A bar that shows how far a computation is, and when it will be done."""

from __future__ import annotations

import warnings
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Any, TextIO

from minidask.diagnostics.listening import Listening
from minidask.events import Listener
from minidask.quantities import parse_timedelta
from minidask.task import Graph


class ProgressBar(Listening):
    """Shows computations as they run, in a terminal or a notebook, with every scheduler.

    Use it as a context, or `register()` it to see every computation from then on. Of computations at the same time,
    such as one inside another's task, the first is shown.

    Parameters
    ----------
    minimum
        Seconds, or text such as ``"500ms"``: nothing is shown of computations that take less.
    width
        Of the bar in a terminal, in characters.
    dt
        Seconds, or text, from one update to the next.
    out
        Where to write; None is the notebook, or the standard error stream.

    Attributes
    ----------
    last_duration
        Seconds that the last computation took.

    Examples
    --------
    >>> import io
    >>> from minidask import events
    >>> out = io.StringIO()
    >>> with ProgressBar(out=out, width=10):
    ...     (listener,) = events.active()  # as a scheduler does
    ...     graph = Graph.from_dict({"x": 1})
    ...     listener.start(graph)
    ...     listener.task_end(0, "worker", 0.0, 0.1, 8)
    ...     listener.finish(graph, None)
    >>> "100%|##########| 1/1" in out.getvalue()
    True
    """

    def __init__(
        self, minimum: float | str = 0, width: int = 40, dt: float | str = 0.1, out: TextIO | None = None
    ) -> None:
        if width < 1:
            raise ValueError(f"width={width}: expected at least one character")
        self._minimum = parse_timedelta(minimum, name="minimum")
        self._width = width
        self._dt = parse_timedelta(dt, name="dt")
        self._out = out
        self._shown = Lock()  # held by the computation that is shown
        self.last_duration = 0.0

    def _listener(self) -> Listener:
        return _Progress(self)

    def _bar(self, total: int) -> Any:
        kind, bar = _kind_of_bar(self._out, self._width)
        form = "{percentage:3.0f}%|" + bar + "| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]"
        plain = self._out is not None and not self._out.isatty()
        return kind(total=total, file=self._out, bar_format=form, ascii=plain or None, mininterval=self._dt)


def _kind_of_bar(out: TextIO | None, width: int) -> tuple[type, str]:
    """tqdm's class for where we are, and how its format spells a bar."""
    from tqdm.std import tqdm as terminal

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm recommends ipywidgets; without them it writes as in a terminal
        from tqdm.autonotebook import tqdm as here
    kind = terminal if out is not None else here
    spelled = f"{{bar:{width}}}" if kind is terminal else "{bar}"
    return type("Bar", (kind,), {"monitor_interval": 0}), spelled  # tqdm's own thread would outlive the bar


class _Progress(Listener):
    """One computation: counts, and has a thread that draws."""

    def __init__(self, progress: ProgressBar) -> None:
        self._progress = progress
        self._counting = Lock()
        self._over = Event()
        self._done = 0
        self._bar: Any = None
        self._thread: Thread | None = None

    def start(self, graph: Graph) -> None:
        self._started = perf_counter()
        if self._progress._shown.acquire(blocking=False):
            self._thread = Thread(target=self._draw, args=(len(graph),), name="minidask-progress", daemon=True)
            self._thread.start()

    def task_end(self, i: int, worker: int | str, started: float, ended: float, nbytes: int) -> None:
        with self._counting:
            self._done += 1

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        self._progress.last_duration = perf_counter() - self._started
        if self._thread is None:
            return
        self._over.set()
        self._thread.join()
        self._progress._shown.release()
        if self._bar is None and self._progress.last_duration >= self._progress._minimum:
            self._bar = self._new_bar(len(graph))
        if self._bar is not None:
            if error is None:
                self._bar.total = self._done  # a graph may have tasks that nobody needed
            self._bar.n = self._done
            self._bar.refresh()
            self._bar.close()

    def _draw(self, total: int) -> None:
        if self._over.wait(max(self._progress._minimum, self._progress._dt)):
            return
        self._bar = self._new_bar(total)
        while not self._over.wait(self._progress._dt):
            self._bar.n = self._done
            self._bar.refresh()

    def _new_bar(self, total: int) -> Any:
        bar = self._progress._bar(total)
        bar.start_t -= perf_counter() - self._started - 1e-9  # the bar came later than the computation
        return bar
