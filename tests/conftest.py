"""Fixtures for all tests."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.leaks import children_of, descendants, left_since, traces

settings.register_profile("explore", deadline=None)
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
"""By default the same examples each time; `HYPOTHESIS_PROFILE=explore` looks for new ones."""

CLUSTERS = ["cluster"] if find_spec("distributed") else []
"""`.ci/run` tests these in an environment of their own: with distributed comes dask, without which xarray is tested."""
RAY = ["ray_engine"] if find_spec("ray") else []
"""Ray is large, and so no package that tests install."""
SCHEDULERS = ["synchronous", "threads", "processes", "auto", "thread_executor", "process_executor", *CLUSTERS, *RAY]


@pytest.fixture(scope="module")
def compiled_at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Loops are compiled when they are asked for, and kept for the tests of one file only."""
    import minidask.kernels.compiled as compiled

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(compiled, "WORK", 0)
        patch.setattr(compiled, "_entries", {})
        yield patch
        compiled.wait()


@pytest.fixture(scope="session")
def thread_executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `chaos` or `sweep`, unless somebody asks for them."""
    for mark in ("chaos", "sweep"):
        if mark not in config.option.markexpr:
            config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(mark)])
            items[:] = [item for item in items if not item.get_closest_marker(mark)]


_of_the_session: list[ProcessPoolExecutor] = []


@pytest.fixture(scope="session")
def process_executor() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        _of_the_session.append(executor)
        yield executor


@pytest.fixture(scope="session", autouse=bool(CLUSTERS))  # started before anybody looks what a test leaves behind
def cluster() -> Iterator[Any]:
    from minidask.distributed import Client, LocalCluster

    resource_tracker.ensure_running()  # which multiprocessing starts with the first process, and leaves
    with (
        LocalCluster(processes=False, n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


_raylets: set[int] = set()


@pytest.fixture(scope="session")
def ray_engine() -> Iterator[Any]:
    import ray

    from minidask.schedulers.ray import get

    before = descendants("self")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    _raylets.update(descendants("self") - before)
    yield get
    ray.shutdown()


@pytest.fixture(params=SCHEDULERS)
def scheduler(request: pytest.FixtureRequest) -> Any:
    """Each scheduler in turn, as one would give it to `compute(scheduler=)`: a name, an Executor, or a client."""
    name: str = request.param
    return request.getfixturevalue(name) if name.endswith(("executor", "cluster", "engine")) else name


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No test leaves a thread of ours, a process, an open file or a block behind; takes a fifth of a millisecond."""
    if not Path("/proc/self/fd").exists():
        yield
        return
    before = traces(set())
    yield
    others = {pid for executor in _of_the_session for pid in children_of(executor)}
    left = left_since(before, others.union(_raylets, *[descendants(str(pid)) for pid in _raylets]))
    if left:
        pytest.fail(f"the test leaves behind {left}", pytrace=False)
