"""What travels between the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import minidask.array as da  # after the check that distributed is there
import minidask.dataframe as dd
from minidask.distributed import Client, LocalCluster, wait


def bytes_moved(client: Client) -> int:
    """Between workers, since this was asked before."""

    def told(dask_worker: Any) -> int:
        log = dask_worker.transfer_incoming_log
        moved = sum(one["total"] for one in log)
        log.clear()
        return moved

    return sum(client.run(told).values())


@pytest.fixture
def four_workers() -> Iterator[Client]:
    options = {"n_workers": 4, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(processes=False, **options) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


ROWS = 64_000


def two_columns(n: int) -> pd.DataFrame:
    values = np.random.default_rng(n).random(ROWS // 16)
    return pd.DataFrame({"key": (values * 1000).astype(int), "value": values})


def test_reductions_are_made_where_the_blocks_are(four_workers: Client):
    with four_workers.as_current():
        held = da.random.default_rng(0).random((800, 800), chunks=(100, 100)).persist()
        wait(held)
        bytes_moved(four_workers)
        total = held.sum().compute()
    assert bytes_moved(four_workers) < held.nbytes / 10
    assert total == held.sum().compute(scheduler="threads")


def test_margins_travel_and_not_blocks(four_workers: Client):
    x = da.random.default_rng(0).random((800, 800), chunks=(100, 100))
    lazy = da.overlap.overlap(x, depth=1, boundary="none")
    bytes_moved(four_workers)
    with four_workers.as_current():
        held = lazy.persist()
        wait(held)
    assert bytes_moved(four_workers) < x.nbytes
    np.testing.assert_array_equal(held.compute(), lazy.compute(scheduler="synchronous"))


@pytest.mark.parametrize("what", ["rechunk", "shuffle"])
def test_pieces_travel_and_not_blocks(four_workers: Client, what: str):
    if what == "rechunk":
        lazy: Any = da.random.default_rng(0).random((800, 800), chunks=(50, 800)).rechunk((800, 50))
        nbytes = lazy.nbytes
    else:
        lazy = dd.from_map(two_columns, range(16)).shuffle("key")
        nbytes = ROWS * 3 * 8  # with the index
    bytes_moved(four_workers)
    with four_workers.as_current():
        held = lazy.persist()
        wait(held)
    assert nbytes / 4 < bytes_moved(four_workers) < 1.5 * nbytes  # 3 of 4 bytes are wanted by another worker
    expected = lazy.compute(scheduler="synchronous")
    (np.testing.assert_array_equal if what == "rechunk" else pd.testing.assert_frame_equal)(held.compute(), expected)
