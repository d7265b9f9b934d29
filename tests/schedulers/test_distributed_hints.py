"""What a cluster is told of our tasks beside what they do: our order, and the hints of calls and of `annotate`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from operator import add
from typing import Any

import numpy as np
import pandas as pd
import pytest

distributed = pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import dask  # noqa: E402  # after the check that distributed is there

import minidask  # noqa: E402
import minidask.array as da  # noqa: E402
import minidask.bag as db  # noqa: E402
import minidask.dataframe as dd  # noqa: E402
from minidask import annotate, delayed  # noqa: E402
from minidask.distributed import Client, wait  # noqa: E402
from minidask.errors import ClusterError  # noqa: E402
from minidask.expr.graph import build  # noqa: E402
from minidask.expr.pipeline import optimize  # noqa: E402
from minidask.schedulers import get_scheduler  # noqa: E402
from minidask.schedulers.calls import calls  # noqa: E402
from minidask.schedulers.layer import Names  # noqa: E402
from minidask.schedulers.order import order  # noqa: E402
from minidask.task import Graph  # noqa: E402


@pytest.fixture
def plain(cluster: Client) -> Iterator[Any]:
    """A client that knows nothing of ours."""
    with distributed.Client(cluster.cluster, set_as_default=False) as client:
        yield client


@pytest.fixture(params=["ours", "plain"])
def client(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("cluster" if request.param == "ours" else "plain")


ASKED = {
    "compute": lambda x, client, **hints: x.compute(scheduler=client, **hints),
    "persist": lambda x, client, **hints: x.persist(scheduler=client, **hints).compute(scheduler="threads"),
    "client.compute": lambda x, client, **hints: client.compute(x, **hints).result(),
    "client.persist": lambda x, client, **hints: client.persist(x, **hints).compute(scheduler="threads"),
}
"""The ways to ask a cluster for a value."""


def where(block: Any) -> Any:
    return np.full_like(block, ident_of(distributed.get_worker().address))


def ident_of(address: str) -> float:
    return float(address.rpartition("/")[2])


def places() -> da.Array:
    """For each of four blocks the worker that has made it; no two calls share work."""
    return da.random.default_rng().random(40, chunks=10).map_blocks(where, dtype=float)


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_hints_reach_the_cluster(client: Any, asked: Any):
    one, other = sorted(client.scheduler_info()["workers"])
    with annotate(workers=[one], allow_other_workers=False):
        bound = places()
    assert set(asked(bound, client)) == {ident_of(one)}
    assert set(asked(places(), client, workers=[other])) == {ident_of(other)}
    with annotate(workers=[one]):
        half = places()
    both = asked(da.concatenate([half, places()]), client, workers=[other])
    assert (set(both[:40]), set(both[40:])) == ({ident_of(one)}, {ident_of(other)})
    with annotate(workers=["nowhere"], allow_other_workers=True):
        anywhere = places()
    assert set(asked(anywhere, client)) <= {ident_of(one), ident_of(other)}


def test_annotations_of_dask_hold_while_they_are_in_force(plain: Any):
    for worker in sorted(plain.scheduler_info()["workers"]):
        x = places()
        with dask.annotate(workers=[worker], allow_other_workers=False):
            assert x.__dask_graph__().layers[x.name].annotations is None  # type: ignore[attr-defined]
            assert set(plain.compute(x).result()) == {ident_of(worker)}


def told(client: Any, prefix: str) -> dict[Any, Any]:
    """Of tasks of an operation the priority and the resources that the cluster knows."""

    def tell(dask_scheduler: Any) -> dict[Any, Any]:
        tasks = {key: ts for key, ts in dask_scheduler.tasks.items() if ts.prefix.name == prefix}
        return {key: (-ts.priority[0], ts.resource_restrictions) for key, ts in tasks.items()}

    found: dict[Any, Any] = client.run_on_scheduler(tell)
    return found


def test_resources_and_priorities_reach_the_cluster(client: Any):
    def scarce(block: Any) -> Any:
        return block

    def common(block: Any) -> Any:
        return block

    with annotate(resources={"GPU": 1}, priority=7):
        x = da.random.default_rng().random(4, chunks=2).map_blocks(scarce, dtype=float)
    futures = [client.compute(x), client.compute(places().map_blocks(common, dtype=float), priority=3)]
    futures[1].result()
    found = told(client, "scarce")
    assert len(found) == 2
    assert all(6.9 < priority < 7.1 and resources == {"GPU": 1} for priority, resources in found.values())
    others = told(client, "common")
    assert all(2.9 < priority < 3.1 and not resources for priority, resources in others.values())
    client.cancel(futures)


def priorities(graph: Graph, priority: float = 0) -> dict[Any, float]:
    """Those of the tasks of a graph, by key."""
    names = Names(graph)
    tasks = calls(graph, names.all)
    asked = names.annotations(tasks, priority)["priority"]
    return {graph.key(i): asked(name) for i, name in enumerate(names.all)}


def graph_of(x: Any) -> Graph:
    return build(optimize([x.expr]))


def in_turn(told: Mapping[Any, float]) -> list[Any]:
    """The keys in the order of their priorities, of which no two are equal."""
    assert len(set(told.values())) == len(told)
    return sorted(told, key=told.__getitem__, reverse=True)


N = range(3)
GRAPHS: dict[str, tuple[dict[str, Any], str]] = {
    "what takes more room first": (
        {"c": 1, "sum": (add, "c", "f"), "f": (add, "a", "b"), "a": 1, "b": 2},
        "a b f c sum",
    ),
    "depth first": (
        {**{f"x{i}": i for i in N}, **{f"y{i}": (abs, f"x{i}") for i in N}, "sum": (sum, [f"y{i}" for i in N])},
        "x0 y0 x1 y1 x2 y2 sum",
    ),
    "two users of each side by side": (
        {
            **{f"x{i}": i for i in N},
            **{f"m{i}": (abs, f"x{i}") for i in N},
            **{f"s{i}": (abs, f"x{i}") for i in N},
            "mean": (sum, [f"m{i}" for i in N]),
            "std": (sum, [f"s{i}" for i in N]),
        },
        "x0 m0 s0 x1 m1 s1 x2 m2 mean s2 std",
    ),
}
"""Graphs, and the order in which memory is released early, as written down by hand."""


@pytest.mark.parametrize(("tasks", "expected"), GRAPHS.values(), ids=GRAPHS)
def test_our_order_is_that_of_priorities(tasks: dict[str, Any], expected: str):
    assert in_turn(priorities(Graph.from_dict(tasks))) == expected.split()


def test_of_two_computations_the_first_goes_first():
    graph = graph_of((da.random.default_rng(0).random(80, chunks=10) + 1).sum())
    first, second, urgent = [set(priorities(graph, asked).values()) for asked in (0, 0, 1)]
    assert min(urgent) > max(first) > min(first) > max(second)
    with annotate(priority=5):
        hinted = delayed(abs)(-1)
    assert 4 < max(priorities(graph_of(delayed(max)(hinted, 0))).values()) < 6


def two_sums() -> tuple[da.Array, list[Any]]:
    """Of an array that both read; with the keys of its tasks in our order, which is not that of their numbers."""
    x = da.random.default_rng().random(60, chunks=10).map_blocks(np.sqrt, dtype=float)
    both = da.stack([x.map_blocks(np.cumsum, dtype=float).sum(), x.map_blocks(np.sort, dtype=float).max()])
    graph = graph_of(both)
    placed, _ = order(graph, [graph.number(key) for key in both.__dask_keys__()])
    assert placed != sorted(placed)
    return both, [graph.key(i) for i in placed]


PERSISTED = {
    "persist": lambda x, client: x.persist(scheduler=client),
    "client.persist": lambda x, client: client.persist(x),
    "client.compute": lambda x, client: client.compute(x),
}


@pytest.mark.parametrize("ask", PERSISTED.values(), ids=PERSISTED)
def test_the_cluster_knows_our_order(cluster: Client, ask: Any):
    x, expected = two_sums()

    def tell(dask_scheduler: Any) -> dict[Any, float]:
        return {key: -dask_scheduler.tasks[key].priority[0] for key in expected}

    held = ask(x, cluster)
    with cluster.as_current():
        wait(held)
    assert in_turn(cluster.run_on_scheduler(tell)) == expected


def test_a_client_that_knows_nothing_of_ours_hears_the_priority_of_a_call(plain: Any):
    x, expected = two_sums()

    def tell(dask_scheduler: Any) -> set[float]:
        return {-dask_scheduler.tasks[key].priority[0] for key in expected}

    held = plain.persist(x, priority=4)
    with plain.as_current():
        wait(held)
    assert plain.run_on_scheduler(tell) == {4}


def test_options_that_a_cluster_does_not_take(cluster: Client):
    with pytest.raises(TypeError, match="num_workers"):
        da.ones(3).compute(scheduler=cluster, num_workers=3)
    with pytest.raises(TypeError, match="memory_limit"):
        da.ones(3).persist(scheduler=cluster, memory_limit="1GB")
    with pytest.raises(NotImplementedError, match=r"callbacks=.*progress"):
        get_scheduler(cluster).submit({"x": 1}, ["x"], callbacks=[print])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("hints", "text"),
    [
        ({"priority": "high"}, "priority='high': expected a number"),
        ({"resources": {"GPU": 0}}, "resources={'GPU': 0}: expected positive numbers"),
        ({"workers": 5.5}, "workers=5.5: expected an address, name or host"),
        ({"allow_other_workers": "yes"}, "allow_other_workers='yes': expected True or False"),
    ],
)
def test_hints_of_a_call_that_mean_nothing(cluster: Client, hints: dict[str, Any], text: str):
    for act in (da.ones(3).compute, da.ones(3).persist):
        with pytest.raises((TypeError, ValueError), match=text):
            act(scheduler=cluster, **hints)


@pytest.mark.parametrize(
    ("hints", "text"),
    [({"retries": -1}, "retries must be .* at least 0, not -1"), ({"priority": "high"}, "priority='high'")],
)
def test_hints_of_a_client_s_call_that_mean_nothing(cluster: Client, hints: dict[str, Any], text: str):
    for act in (cluster.compute, cluster.persist):
        with pytest.raises(ValueError, match=text):
            act(da.ones(3), **hints)


# asynchronous clients


def test_an_asynchronous_client():
    async def main() -> Any:
        async with Client(processes=False, asynchronous=True, n_workers=1, dashboard_address="127.0.0.1:0") as client:
            held = client.persist(da.arange(10, chunks=5))
            await wait(held)
            waiting_calls_fail(held)
            several = await client.gather(client.compute([held.max(), db.from_sequence([1, 2]).sum()]))
            return await client.compute(held.sum()), several, await held.min(), await client.submit(value_of, held)

    assert asyncio.run(main()) == (45, [9, 3], 0, 10)


def value_of(x: da.Array) -> int:
    return len(x)


def waiting_calls_fail(held: da.Array) -> None:
    """To wait in the thread of an asynchronous client, for it or for what it holds, is an error at once."""
    for x in (held.sum(), da.arange(20, chunks=5).sum()):
        for act in (x.compute, x.persist):
            with pytest.raises(ClusterError, match=r"asynchronous: use `await client.compute\(x\)`"):
                act()
        assert "sum" in x.explain()
    for scheduler in ("threads", "synchronous"):
        with pytest.raises(ClusterError, match=r"await client.compute\(x\)"):
            held.sum().compute(scheduler=scheduler)
        assert da.arange(20, chunks=5).sum().compute(scheduler=scheduler) == 190
    frame = dd.from_pandas(pd.DataFrame({"a": [2, 1]}), npartitions=2)
    with pytest.raises(ClusterError, match=r'persist\(x\).*set_index.*set\(scheduler="threads"\)'):
        frame.set_index("a")
    with minidask.config.set(scheduler="threads"):
        assert frame.set_index("a").known_divisions
