"""Several computations: one after the other with other numbers of workers, at the same time, one inside another."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from operator import add
from typing import Any

import numpy as np
import pytest

from minidask import config, delayed
from minidask.schedulers import get_scheduler

MB = 2**20


def block(i: int) -> np.ndarray:
    return np.full(MB // 8, float(i))


def anomalies(count: int, offset: int = 0) -> dict[Any, Any]:
    """All blocks are held until their mean is known."""
    tasks: dict[Any, Any] = {("x", i): (block, i + offset) for i in range(count)}
    tasks |= {("part", i): (np.mean, ("x", i)) for i in range(count)}
    tasks["mean"] = (np.mean, [("part", i) for i in range(count)])
    tasks |= {("sum", i): (np.sum, (np.subtract, ("x", i), "mean")) for i in range(count)}
    return tasks


def expected(count: int) -> list[float]:
    return [(i - (count - 1) / 2) * MB / 8 for i in range(count)]


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0)`, `work(1)`, ... return, run at the same time."""
    answers: dict[int, Any] = {}
    threads = [threading.Thread(target=lambda i=i: answers.update({i: work(i)})) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers.get(i) for i in range(count)]


def who(i: int) -> tuple[int, int]:
    time.sleep(0.01)
    return os.getpid(), threading.get_ident()


@pytest.mark.parametrize("name", ["threads", "processes"])
def test_the_number_of_workers_changes_between_computations(name):
    get = get_scheduler(name)
    tasks = {f"x{i}": (who, i) for i in range(30)}
    for count in (1, 3, 2, 4, 1):
        assert 1 <= len(set(get(tasks, list(tasks), num_workers=count))) <= count
    with config.set(num_workers=2):
        assert 1 <= len(set(get(tasks, list(tasks)))) <= 2
        assert len(set(get(tasks, list(tasks), num_workers=1))) == 1, "the argument goes before the option"


def test_any_number_of_workers_gives_the_same(scheduler):
    get = get_scheduler(scheduler)
    tasks: dict[Any, Any] = {("x", i): (np.arange, i) for i in range(20)}
    tasks["all"] = (np.concatenate, [("x", i) for i in range(20)])
    first, *others = [get(tasks, ["all"], num_workers=count)[0] for count in (1, 2, 5)]
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_at_the_same_time_within_a_budget(scheduler):
    get = get_scheduler(scheduler)
    keys = [("sum", i) for i in range(10)]
    answers = in_threads(3, lambda i: get(anomalies(10, i), keys, num_workers=2, memory_limit="4MiB"))
    assert answers == [expected(10)] * 3


def test_at_the_same_time_with_different_schedulers(scheduler):
    def work(i: int) -> Any:
        get = get_scheduler(["sync", "threads", "processes", scheduler][i])
        tasks = {f"x{k}": (add, i, k) for k in range(200)}
        return get(tasks, list(tasks))

    assert in_threads(4, work) == [[i + k for k in range(200)] for i in range(4)]


def test_one_that_fails_leaves_the_others_alone(scheduler):
    get = get_scheduler(scheduler)

    def work(i: int) -> Any:
        tasks: dict[Any, Any] = {("x", k): (add, i, float(k)) for k in range(100)}
        if i == 1:
            tasks["x", 50] = (add, "text", 1)
        try:
            return get({**tasks, "sum": (sum, list(tasks))}, ["sum"], num_workers=2)
        except TypeError:
            return "failed"

    assert in_threads(3, work) == [[4950.0], "failed", [5150.0]]


def test_one_inside_another_within_a_budget(scheduler):
    inner = scheduler if isinstance(scheduler, str) else "threads"

    def outer(i: int) -> list[float]:
        get = get_scheduler(inner)
        return get(anomalies(6, i), [("sum", k) for k in range(6)], memory_limit="2MiB")

    get = get_scheduler(scheduler)
    tasks = {("outer", i): (outer, i) for i in range(4)}
    assert get(tasks, list(tasks), num_workers=2, memory_limit="8MiB") == [expected(6)] * 4


def test_three_levels_deep(scheduler):
    def level(depth: int) -> int:
        values = [delayed(level)(depth - 1) for _ in range(3)] if depth else [1]
        return delayed(sum)(values).compute()

    assert delayed(level)(3).compute(scheduler=scheduler, num_workers=2) == 27


def test_in_the_background_inside_a_task(scheduler):
    def outer(i: int) -> int:
        return sum(c.result(60) for c in [delayed(add)(i, k).submit(scheduler="threads") for k in range(3)])

    values = [delayed(outer)(i) for i in range(4)]
    assert delayed(list)(values).compute(scheduler=scheduler, num_workers=2) == [3 * i + 3 for i in range(4)]
