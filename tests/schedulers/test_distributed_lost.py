"""Clusters that are not there: whose scheduler is gone, whose client is closed, whose workers are still to come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

distributed = pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import minidask.array as da  # noqa: E402  # after the check that distributed is there
import minidask.dataframe as dd  # noqa: E402
from minidask.distributed import Client, LocalCluster  # noqa: E402
from minidask.errors import ClusterError  # noqa: E402
from minidask.schedulers import get_scheduler  # noqa: E402

OPTIONS = {"processes": False, "threads_per_worker": 1, "dashboard_address": None}


@pytest.fixture
def lone() -> Iterator[Client]:
    """A client of a cluster that is no other test's."""
    with LocalCluster(n_workers=1, **OPTIONS) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


def acts(x: da.Array) -> Iterator[Any]:
    yield x.compute
    yield x.persist
    yield (x + 1).sum().compute


def test_a_client_that_has_lost_its_cluster_is_no_reason_to_compute_here(lone: Client, monkeypatch: pytest.MonkeyPatch):
    held = da.arange(10, chunks=5).persist(scheduler=lone)
    with lone.as_current(), monkeypatch.context() as patch:
        patch.setattr(lone, "status", "connecting")  # as it is while it looks for its scheduler
        for x in (da.arange(10, chunks=5), held):
            for act in acts(x):
                with pytest.raises(ClusterError, match=r"client is connecting: it has no connection"):
                    act()
        assert da.arange(10, chunks=5).sum().compute(scheduler="threads") == 45


def test_a_client_that_another_thread_connects_is_waited_for(lone: Client, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(lone, "status", "connecting")
        patch.setattr(lone, "_handle_report_task", None)  # as it is before the first connection
        connected = threading.Timer(0.2, lambda: setattr(lone, "status", "running"))
        connected.start()
        assert da.arange(10, chunks=5).sum().compute(scheduler=lone) == 45
        connected.join()


def test_a_client_that_finds_no_cluster_is_none():
    with pytest.raises(OSError, match=r"127\.0\.0\.1:9") as caught:
        Client("tcp://127.0.0.1:9", timeout="100ms")
    assert caught.traceback  # which keeps the client
    assert get_scheduler() is get_scheduler("threads")


def test_what_a_closed_client_held():
    with LocalCluster(n_workers=1, **OPTIONS) as cluster:
        with Client(cluster) as client:
            held = da.arange(10, chunks=5).persist()
        assert get_scheduler() is get_scheduler("threads")
        for scheduler in (None, "synchronous", client):
            with pytest.raises(ClusterError, match=r"client is closed: .* what was persisted there is lost"):
                held.sum().compute(scheduler=scheduler)


def test_what_a_closed_client_held_is_asked_of_one_that_knows_nothing_of_ours(cluster: Client):
    with distributed.Client(cluster.cluster, set_as_default=False) as other:
        with Client(cluster.cluster, set_as_default=False) as client:
            held = da.arange(10, chunks=5).persist(scheduler=client)
        for ask in (other.compute, other.persist):
            with pytest.raises(ClusterError, match=r"client is closed: .* what was persisted there is lost"):
                ask(held.sum())


def test_pieces_for_workers_that_are_still_to_come():
    frame = pd.DataFrame({"key": np.arange(40) % 7, "value": np.arange(40.0)})
    with LocalCluster(n_workers=0, **OPTIONS) as cluster, Client(cluster, set_as_default=False) as client:
        x = da.arange(64, chunks=8).reshape(8, 8).rechunk((8, 1)).persist(scheduler=client)
        shuffled = dd.from_pandas(frame, npartitions=4).shuffle("key").persist(scheduler=client)
        cluster.scale(1)
        np.testing.assert_array_equal(x.compute(scheduler=client), np.arange(64).reshape(8, 8))
        pd.testing.assert_frame_equal(shuffled.compute(scheduler=client).sort_index(), frame)


def test_what_a_client_is_asked_and_cannot(cluster: Client):
    with pytest.raises(NotImplementedError, match="persist"):
        cluster.normalize_collection(da.ones(4, chunks=2))
    with pytest.raises(ValueError, match="for a cluster, scheduler=client"):
        get_scheduler("distributed")


def test_a_dashboard_for_all_is_linked_where_a_browser_finds_it():
    with LocalCluster(n_workers=0, **{**OPTIONS, "dashboard_address": "0.0.0.0:0"}) as cluster:
        link = cluster.dashboard_link
    assert link.startswith("http://")
    assert "0.0.0.0" not in link
