"""Computations with what may go wrong where threads run Python code at once; run as a script by free-threaded Python.

Each check runs several times; a line tells its name when it was right every time.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np

import minidask
import minidask.array as da
import minidask.bag as db
from minidask import delayed
from minidask.events import Listener
from minidask.schedulers import get_scheduler
from minidask.task import Graph

WORKERS = 4
ROUNDS = 3
SCHEDULERS = ("threads", "auto")


def in_threads(work: Callable[[int], Any], count: int = WORKERS) -> list[Any]:
    """What `work` returns in threads that begin at the same time; or the first error."""
    start = threading.Barrier(count, timeout=30)
    found: list[Any] = [None] * count

    def run(i: int) -> None:
        start.wait()
        try:
            found[i] = work(i)
        except BaseException as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for value in found:
        if isinstance(value, BaseException):
            raise value
    return found


def arrays(scheduler: str) -> None:
    n = 300
    x = np.arange(n * n, dtype=float).reshape(n, n)
    lazy = da.from_array(x, chunks=(31, 47))
    made = minidask.compute(
        (lazy + lazy.T).sum(axis=0), lazy[::-3, 5:].mean(), lazy.rechunk((100, 13)) @ lazy, scheduler=scheduler
    )
    np.testing.assert_allclose(made[0], (x + x.T).sum(axis=0))
    np.testing.assert_allclose(made[1], x[::-3, 5:].mean())
    np.testing.assert_allclose(made[2], x @ x)


def random_numbers(scheduler: str) -> None:
    whole = da.random.default_rng(1).normal(size=(200, 200), chunks=20)
    expected = whole.compute(scheduler="synchronous")
    np.testing.assert_array_equal(whole.compute(scheduler=scheduler), expected)


def bags(scheduler: str) -> None:
    numbers = db.range(5000, npartitions=40)
    groups = dict(numbers.foldby(lambda n: n % 7, add, 0, add).compute(scheduler=scheduler))
    assert groups == {k: sum(range(k, 5000, 7)) for k in range(7)}
    assert numbers.map(str).filter(lambda s: s.endswith("0")).count().compute(scheduler=scheduler) == 500


def delayed_calls(scheduler: str) -> None:
    parts = [delayed(add)(i, 1) for i in range(300)]
    pairs = [delayed(add)(a, b) for a, b in pairwise(parts)]
    assert delayed(sum)(pairs).compute(scheduler=scheduler) == sum(2 * i + 3 for i in range(299))


def tiny_tasks(scheduler: str) -> None:
    tasks: dict[Any, Any] = {("x", i): (add, i, 1) for i in range(3000)}
    tasks |= {("y", i): (add, ("x", i), ("x", (i * 7) % 3000)) for i in range(3000)}
    keys = [("y", i) for i in range(3000)]
    assert get_scheduler(scheduler)(tasks, keys) == [i + 2 + (i * 7) % 3000 for i in range(3000)]


def nested(scheduler: str) -> None:
    def inside(n: int) -> int:
        return int(da.arange(n, chunks=10).sum().compute())

    assert minidask.compute([delayed(inside)(n) for n in range(20, 60)], scheduler=scheduler)[0] == [
        n * (n - 1) // 2 for n in range(20, 60)
    ]


def errors(scheduler: str) -> None:
    def fails(n: int) -> int:
        if n == 50:
            raise ValueError("fifty")
        return n

    raised = db.range(100, npartitions=50).map(fails).sum().submit(scheduler=scheduler).exception()
    assert isinstance(raised, ValueError)
    assert any("fails" in note for note in raised.__notes__), raised.__notes__


def retries(scheduler: str) -> None:
    failed: set[int] = set()

    def fails_once(n: int) -> int:
        if n % 10 == 0 and n not in failed:
            failed.add(n)
            raise OSError(n)
        return n

    calls = [delayed(fails_once, pure=False)(n) for n in range(40)]
    assert delayed(sum)(calls).compute(scheduler=scheduler, retries=3) == 780


def at_the_same_time(scheduler: str) -> None:
    x = np.arange(10_000.0)

    def work(i: int) -> float:
        lazy = da.from_array(x, chunks=100)  # the same nodes in all threads
        return float(((lazy * 2 + 1).reshape(100, 100).sum(axis=i % 2)).max().compute(scheduler=scheduler))

    by_axis = [float((x * 2 + 1).reshape(100, 100).sum(axis=axis).max()) for axis in (0, 1)]
    assert in_threads(work) == [by_axis[i % 2] for i in range(WORKERS)]


def equal_expressions(scheduler: str) -> None:
    made = in_threads(lambda i: [(da.ones(n + 9, chunks=3) + 1).expr for n in range(50)])
    assert all(a is b for others in made[1:] for a, b in zip(made[0], others))


def persisted(scheduler: str) -> None:
    x = da.arange(100_000, chunks=1000).persist(scheduler=scheduler)
    assert in_threads(lambda i: int((x + i).sum().compute(scheduler=scheduler))) == [
        4_999_950_000 + 100_000 * i for i in range(WORKERS)
    ]


def little_memory(scheduler: str) -> None:
    class Spills(Listener):
        seen = 0

        def spill(self, i: int, nbytes: int) -> None:
            Spills.seen += 1

    x = np.arange(1_000_000.0).reshape(1000, 1000)
    lazy = da.from_array(x, chunks=(1000, 50)).map_blocks(np.copy)
    anomaly = (lazy - lazy.mean(axis=1, keepdims=True)).sum(axis=0)
    got = anomaly.compute(scheduler=scheduler, memory_limit="3MB", callbacks=[Spills()])
    np.testing.assert_allclose(got, (x - x.mean(axis=1, keepdims=True)).sum(axis=0))
    assert Spills.seen


def cached(scheduler: str) -> None:
    with minidask.cache("50MB"):
        x = da.random.default_rng(2).normal(size=100_000, chunks=5000)
        expected = x.sum().compute(scheduler="synchronous")
        got = in_threads(lambda i: x.sum().compute(scheduler=scheduler))
    minidask.cache.clear()
    np.testing.assert_array_equal(got, expected)


def listened_to(scheduler: str) -> None:
    class Counts(Listener):
        def __init__(self) -> None:
            self.ended: list[int] = []

        def task_end(self, i: int, *about: Any) -> None:
            self.ended.append(i)

    counts = Counts()
    graph = Graph.from_dict({f"x{i}": (add, i, 1) for i in range(1000)})
    get_scheduler(scheduler)(graph, [f"x{i}" for i in range(1000)], callbacks=[counts])
    assert sorted(counts.ended) == list(range(1000))


CHECKS = [
    arrays, random_numbers, bags, delayed_calls, tiny_tasks, nested, errors, retries, at_the_same_time,
    equal_expressions, persisted, little_memory, cached, listened_to,
]  # fmt: skip


def main() -> None:
    """Run all checks, with more workers than cores."""
    minidask.config.set(num_workers=WORKERS)
    for check in CHECKS:
        for scheduler in SCHEDULERS:
            for _ in range(ROUNDS):
                check(scheduler)
        print(check.__name__, flush=True)  # noqa: T201
    print("lock" if sys._is_gil_enabled() else "no lock")  # type: ignore[attr-defined]  # noqa: T201


if __name__ == "__main__":
    main()
