"""Fixtures for all tests."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

SCHEDULERS = ["synchronous", "threads", "processes", "thread_executor", "process_executor"]


@pytest.fixture(scope="session")
def thread_executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="session")
def process_executor() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(params=SCHEDULERS)
def scheduler(request: pytest.FixtureRequest) -> str | Executor:
    """Each scheduler in turn, as one would give it to `compute(scheduler=)`."""
    name: str = request.param
    executor: Executor | None = request.getfixturevalue(name) if name.endswith("executor") else None
    return executor or name
