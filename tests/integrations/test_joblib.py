"""joblib with minidask's workers."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

joblib = pytest.importorskip("joblib")

from joblib import Parallel, parallel_config  # noqa: E402  # after the check that joblib is there

from minidask.integrations.joblib import LARGE, Arrays, Backend, _called  # noqa: E402
from minidask.schedulers.machine import worker_count  # noqa: E402

call = joblib.delayed


@pytest.fixture(params=["processes", "threads"])
def minidask_backend(request: pytest.FixtureRequest) -> Any:
    with parallel_config("minidask", scheduler=request.param, n_jobs=2):
        yield request.param


@pytest.mark.parametrize("n", [0, 1, 50])
def test_results_come_in_order(minidask_backend: str, n: int) -> None:
    assert Parallel()(call(lambda i: i**2)(i) for i in range(n)) == [i**2 for i in range(n)]


def test_where_calls_run(minidask_backend: str) -> None:
    pids = set(Parallel()(call(os.getpid)() for _ in range(8)))
    assert (os.getpid() in pids) == (minidask_backend == "threads")


def test_generators(minidask_backend: str) -> None:
    assert list(Parallel(return_as="generator")(call(abs)(-i) for i in range(9))) == list(range(9))
    assert sorted(Parallel(return_as="generator_unordered")(call(abs)(-i) for i in range(9))) == list(range(9))


def test_errors_keep_their_type(minidask_backend: str) -> None:
    with pytest.raises(ZeroDivisionError):
        Parallel()(call(lambda i: 1 // (i - 5))(i) for i in range(50))
    assert Parallel()(call(abs)(-i) for i in range(3)) == [0, 1, 2]


def test_what_runs_is_aborted(tmp_path: Path) -> None:
    def slow(i: int) -> None:
        if i == 0:
            raise KeyError("first")
        time.sleep(60)

    started = time.monotonic()
    with parallel_config("minidask", n_jobs=2), pytest.raises(KeyError):
        Parallel(batch_size=1)(call(slow)(i) for i in range(20))
    assert time.monotonic() - started < 30  # of 60, were it not cut short


def test_a_timeout() -> None:
    with parallel_config("minidask", n_jobs=2), pytest.raises(multiprocessing.TimeoutError):
        Parallel(timeout=0.2)(call(time.sleep)(30) for _ in range(3))


def test_nested(minidask_backend: str) -> None:
    def inner(i: int) -> Any:
        return sum(Parallel(n_jobs=2)(call(pow)(j, i) for j in range(4)))

    assert Parallel()(call(inner)(i) for i in range(3)) == [sum(j**i for j in range(4)) for i in range(3)]


def test_a_worker_that_dies_costs_no_result(tmp_path: Path) -> None:
    def dies_once(i: int) -> int:
        mark = tmp_path / "died"
        if i == 3 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return i

    with parallel_config("minidask", n_jobs=2):
        assert Parallel(batch_size=1)(call(dies_once)(i) for i in range(8)) == list(range(8))


def test_large_arrays_are_stored_once() -> None:
    big = np.arange(LARGE, dtype="f8")
    backend = Backend()
    first, second = backend._arrays.pickled(lambda: big.sum()), backend._arrays.pickled(lambda: (big, [big + 1]))
    assert max(len(first), len(second)) < LARGE
    assert len(backend._arrays._stored) == 1
    assert _called(first) == big.sum()
    _called(second)[0][0] = -1  # a call's own
    assert _called(first) == big.sum()
    backend.stop_call()
    with pytest.raises(OSError, match=r"No such file|is gone"):
        _called(first)


def test_large_arrays_in_calls() -> None:
    big = np.arange(LARGE, dtype="f8")
    with parallel_config("minidask", n_jobs=2):
        found = Parallel()(call(lambda a, i: a[i:] * 2)(big, i) for i in range(4))
    for i, part in enumerate(found):
        np.testing.assert_array_equal(part, big[i:] * 2)


def test_how_many_jobs() -> None:
    backend, processors = Backend(), worker_count(None)
    assert [backend.effective_n_jobs(n) for n in (None, -1, 1, 7)] == [processors, processors, 1, 7]
    assert backend.effective_n_jobs(-1000) == 1
    with pytest.raises(ValueError, match="n_jobs=0"):
        backend.effective_n_jobs(0)
    with parallel_config("minidask"):
        assert joblib.effective_n_jobs(-1) == processors


def test_no_more_run_at_a_time() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def enter(_: int) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.01)
        with lock:
            inside -= 1

    with parallel_config("minidask", scheduler="threads", n_jobs=3):
        Parallel(batch_size=1)(call(enter)(i) for i in range(12))
    assert 1 <= most <= 3


def test_memory_that_is_shared() -> None:
    found: list[int] = []
    with parallel_config("minidask", scheduler="threads", n_jobs=2):
        Parallel(require="sharedmem")(call(found.append)(i) for i in range(5))
    assert sorted(found) == list(range(5))


def test_a_cluster() -> None:
    pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")
    from minidask.distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster, set_as_default=False) as client:
        with parallel_config("minidask", scheduler=client):
            assert Parallel()(call(lambda i: i**2)(i) for i in range(20)) == [i**2 for i in range(20)]
            assert Parallel()(call(np.sum)(a) for a in [np.ones(LARGE // 8)] * 3) == [LARGE // 8] * 3
        assert Backend(scheduler=client).effective_n_jobs(-1) == 2
        with parallel_config("minidask", scheduler=client, retries=1, n_jobs=2), pytest.raises(ZeroDivisionError):
            Parallel()(call(lambda i: 1 // i)(i) for i in range(2))


def test_a_backend_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(Backend(nesting_level=1, scheduler="threads", retries=2)))
    assert (again.nesting_level, again.supports_sharedmem) == (1, True)
    assert Arrays().pickled(lambda: 1)


def test_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 5)), rng.integers(0, 2, 300)
    forest = RandomForestClassifier(8, random_state=0)
    wanted = forest.fit(x, y).predict(x)
    with parallel_config("minidask", n_jobs=2):
        np.testing.assert_array_equal(forest.fit(x, y).predict(x), wanted)
