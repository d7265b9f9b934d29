"""How much memory and processor time a computation takes."""

from __future__ import annotations

from threading import Event, Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from minidask.diagnostics.profile import Recorder
from minidask.diagnostics.timeline import Curve, Panel
from minidask.events import Listener
from minidask.quantities import parse_timedelta
from minidask.task import Graph

if TYPE_CHECKING:
    from psutil import Process


class ResourceData(NamedTuple):
    """One sample."""

    time: float
    """Seconds of `time.perf_counter()`."""
    mem: float
    """Resident memory of this process and its children, in MB (10^6 bytes); pages that they share count for each."""
    cpu: float
    """Percent of one core, of this process and its children, since the sample before."""


class ResourceProfiler(Recorder[ResourceData]):
    """Records memory and processor time of this process and its children while anything is computed.

    Parameters
    ----------
    dt
        Seconds, or text such as ``"100ms"``, from one sample to the next.

    Attributes
    ----------
    results
        A `ResourceData` for each sample; one at the start and one at the end of each computation at least.
    """

    def __init__(self, dt: float | str = 1) -> None:
        super().__init__()
        self._dt = parse_timedelta(dt, name="dt")
        self._lock = Lock()
        self._computing = 0
        self._sampler: _Sampler | None = None

    def _listener(self) -> Listener:
        return _Computation(self)

    def _begin(self) -> None:
        with self._lock:
            self._computing += 1
            if self._sampler is None:
                self._sampler = _Sampler(self.results, self._dt)

    def _end(self) -> None:
        with self._lock:
            self._computing -= 1
            if self._computing == 0 and self._sampler is not None:
                self._sampler.stop()
                self._sampler = None

    def _panel(self) -> Panel:
        memory = Curve("MB", [(r.time, r.mem) for r in self.results])
        return Panel("memory and processor", curves=[memory, Curve("% CPU", [(r.time, r.cpu) for r in self.results])])


class _Computation(Listener):
    """Samples are taken from the start of the first computation to the end of the last."""

    def __init__(self, profiler: ResourceProfiler) -> None:
        self._profiler = profiler

    def start(self, graph: Graph) -> None:
        self._profiler._begin()

    def finish(self, graph: Graph, error: BaseException | None) -> None:
        self._profiler._end()


class _Sampler:
    """A thread that takes samples until it is stopped."""

    def __init__(self, results: list[ResourceData], dt: float) -> None:
        self._results = results
        self._dt = dt
        self._over = Event()
        self._processes: dict[int, Process] = {}  # kept, because each measures from its sample before
        self._sample()
        self._thread = Thread(target=self._run, name="minidask-resources", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take the last sample."""
        self._over.set()
        self._thread.join()
        self._sample()

    def _run(self) -> None:
        while not self._over.wait(self._dt):
            self._sample()

    def _sample(self) -> None:
        import psutil

        memory = cpu = 0.0
        me = psutil.Process()
        found = {
            process.pid: self._processes.get(process.pid, process) for process in [me, *me.children(recursive=True)]
        }
        for process in found.values():
            try:
                memory += process.memory_info().rss
                cpu += process.cpu_percent()
            except psutil.Error:  # it ended meanwhile
                pass
        self._processes = found
        self._results.append(ResourceData(perf_counter(), memory / 1e6, cpu))
