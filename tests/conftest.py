"""Fixtures for all tests."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.leaks import children_of, left_since, traces

SCHEDULERS = ["synchronous", "threads", "processes", "auto", "thread_executor", "process_executor"]


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


@pytest.fixture(params=SCHEDULERS)
def scheduler(request: pytest.FixtureRequest) -> str | Executor:
    """Each scheduler in turn, as one would give it to `compute(scheduler=)`."""
    name: str = request.param
    executor: Executor | None = request.getfixturevalue(name) if name.endswith("executor") else None
    return executor or name


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No test leaves a thread of ours, a process, an open file or a block behind; takes a fifth of a millisecond."""
    if not Path("/proc/self/fd").exists():
        yield
        return
    before = traces(set())
    yield
    left = left_since(before, {pid for executor in _of_the_session for pid in children_of(executor)})
    if left:
        pytest.fail(f"the test leaves behind {left}", pytrace=False)
