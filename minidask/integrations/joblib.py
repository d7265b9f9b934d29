"""joblib's calls in minidask's workers: ``joblib.parallel_config("minidask")``, after this module was imported.

Workers are warm and need no guard of ``__main__``; a worker that dies costs its calls only, which run again; large
arrays go to them through shared memory, each once in a call of `joblib.Parallel`.

Examples
--------
>>> import joblib
>>> import minidask.integrations.joblib
>>> with joblib.parallel_config("minidask", n_jobs=2):
...     joblib.Parallel()(joblib.delayed(pow)(i, 2) for i in range(4))
[0, 1, 4, 9]
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

import cloudpickle
import numpy as np
from joblib import register_parallel_backend
from joblib.parallel import AutoBatchingMixin, ParallelBackendBase

from minidask.delayed import delayed
from minidask.futures import Computation, start
from minidask.schedulers import get_scheduler
from minidask.schedulers.machine import worker_count
from minidask.schedulers.remote import RemoteScheduler
from minidask.store.blocks import BlockStore
from minidask.store.frames import load
from minidask.store.handle import Handle
from minidask.store.maps import open_block

LARGE = 2**20
"""Bytes of an array that goes to the workers through the store."""


class Backend(AutoBatchingMixin, ParallelBackendBase):
    """What joblib asks of minidask. The methods are joblib's, see `ParallelBackendBase`.

    Parameters
    ----------
    nesting_level
        How many calls of `joblib.Parallel` are around this one.
    scheduler
        "processes", "threads", or another that `minidask.compute` takes, such as the client of a cluster.
    **options
        For the scheduler, such as `retries` and `memory_limit`.
    """

    supports_retrieve_callback = True
    default_n_jobs = -1

    def __init__(self, nesting_level: int | None = None, scheduler: Any = "processes", **options: Any) -> None:
        super().__init__(nesting_level=nesting_level)
        self.uses_threads = self.supports_sharedmem = scheduler in ("threads", "synchronous")
        self._get = get_scheduler(scheduler)
        self._is_far = isinstance(self._get, RemoteScheduler)
        self._options = {"scheduler": scheduler} | ({} if self._is_far else {"num_workers": 1}) | options
        self._running: set[Computation] = set()
        self._lock = threading.Lock()
        self._free = threading.Semaphore(1)
        self._arrays = Arrays()

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """How many calls run at a time: `n_jobs`; -1: one for each processor, or thread of a cluster; -2: one fewer."""
        if n_jobs == 0:
            raise ValueError("n_jobs=0: expected a number of workers, or -1 for one for each processor")
        client = getattr(self._get, "client", None)
        processors = worker_count(None) if client is None else max(1, sum(client.nthreads().values()))
        if n_jobs is None:
            return processors
        return n_jobs if n_jobs > 0 else max(1, processors + 1 + n_jobs)

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Get ready for a call of `joblib.Parallel`."""
        self.parallel = parallel
        n_jobs = self.effective_n_jobs(n_jobs)
        self._free = threading.Semaphore(n_jobs)
        return n_jobs

    def submit(self, func: Callable[[], Any], callback: Callable[[Any], None] | None = None) -> Computation:
        """Run a batch of calls in the background; `callback` is called once with what stands for it."""
        payload = func if self.uses_threads or self._is_far else self._arrays.pickled(func)
        computation = start(partial(self._wait_and_compute, payload))
        with self._lock:
            self._running.add(computation)
        computation.add_done_callback(self._forget)
        if callback is not None:
            computation.add_done_callback(callback)
        return computation

    def _wait_and_compute(self, payload: Any) -> Any:
        with self._free:
            return delayed(_called, pure=False)(payload).compute(**self._options)

    def _forget(self, computation: Any) -> None:
        with self._lock:
            self._running.discard(computation)

    def retrieve_result_callback(self, out: Future[Any]) -> Any:
        """The results of a batch, or its error."""
        return out.result()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """End all that runs; the backend can go on afterwards."""
        with self._lock:
            running = list(self._running)
        for computation in running:
            computation.cancel()

    def stop_call(self) -> None:
        """Let go of what the call had put into the store."""
        self._arrays.release()

    def terminate(self) -> None:
        """The same; workers stay warm for the next call."""
        self.reset_batch_stats()
        self._arrays.release()

    def __reduce__(self) -> Any:
        options = {k: v for k, v in self._options.items() if k != "num_workers"}
        return partial(Backend, nesting_level=self.nesting_level, **options), ()


def _called(payload: Any) -> Any:
    """Call a batch."""
    return (cloudpickle.loads(payload) if isinstance(payload, bytes) else payload)()


class Arrays:
    """Pickles calls, large arrays in them as handles of the store, each array once until all are released."""

    def __init__(self) -> None:
        self._stored: dict[int, tuple[Any, Handle]] = {}
        self._store: BlockStore | None = None
        self._lock = threading.Lock()

    def pickled(self, func: Callable[[], Any]) -> bytes:
        """A function as bytes, which are good until `release`."""
        file = io.BytesIO()
        _Pickler(file, self).dump(func)
        return file.getvalue()

    def handle(self, array: Any) -> Handle:
        """That of an array, which must not change before it is released."""
        with self._lock:
            if id(array) not in self._stored:
                self._store = self._store or BlockStore()
                self._stored[id(array)] = (array, self._store.put(array))  # the array stays, lest its id be another's
            return self._stored[id(array)][1]

    def release(self) -> None:
        """Take all arrays out of the store."""
        with self._lock:
            stored, self._stored = self._stored, {}
            for _, handle in stored.values():
                if self._store is not None:
                    with suppress(OSError):
                        self._store.release(handle)


class _Pickler(cloudpickle.Pickler):
    """Gives large arrays to the store."""

    def __init__(self, file: Any, arrays: Arrays) -> None:
        super().__init__(file, protocol=5)
        self._arrays = arrays

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is np.ndarray and obj.nbytes >= LARGE and not obj.dtype.hasobject:
            return _opened, (self._arrays.handle(obj),)
        return super().reducer_override(obj)


def _opened(handle: Handle) -> Any:
    """A stored array, mapped: what a call writes into it stays its own."""
    return load(open_block(handle))


register_parallel_backend("minidask", Backend)
