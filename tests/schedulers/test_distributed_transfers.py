"""What travels between the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import minidask  # after the check that distributed is there
import minidask.array as da
import minidask.dataframe as dd
from minidask.distributed import Client, LocalCluster, wait


def bytes_moved(client: Client) -> tuple[int, int]:
    """Between workers, and from them to others, since this was asked before."""

    def told(dask_worker: Any) -> list[int]:
        logs = dask_worker.transfer_incoming_log, dask_worker.transfer_outgoing_log
        moved = [sum(one["total"] for one in log) for log in logs]
        for log in logs:
            log.clear()
        return moved

    between, sent = map(sum, zip(*client.run(told).values()))
    return between, sent - between


@pytest.fixture(scope="module")
def four_workers() -> Iterator[Client]:
    options = {"n_workers": 4, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with (
        minidask.config.set({"array.compile": False}),  # nothing goes on beside
        LocalCluster(processes=False, **options) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


N = 800
ROWS, PARTITIONS = 64_000, 16
OF_ROWS = ROWS * 3 * 8  # bytes, with the index


def matrix(chunks: tuple[int, int]) -> da.Array:
    return da.random.default_rng(0).random((N, N), chunks=chunks)


def two_columns(n: int) -> pd.DataFrame:
    values = np.random.default_rng(n).random(ROWS // PARTITIONS)
    return pd.DataFrame({"key": (values * 1000).astype(int), "value": values})


def frame(first: int = 0) -> dd.DataFrame:
    return dd.from_map(two_columns, range(first, first + PARTITIONS), meta=two_columns(0)[:0])


def labelled(n: int, shift: int) -> pd.DataFrame:
    size = ROWS // PARTITIONS
    return two_columns(n).set_axis(np.arange(n * size, (n + 1) * size) + shift)


def frame_from(first: int) -> dd.DataFrame:
    """With labels that count from here; its divisions are known."""
    starts = range(first, first + ROWS, ROWS // PARTITIONS)
    return dd.from_map(
        labelled, range(PARTITIONS), args=[first], meta=labelled(0, first)[:0], divisions=[*starts, first + ROWS - 1]
    )


def test_reductions_are_made_where_the_blocks_are(four_workers: Client):
    with four_workers.as_current():
        held = matrix((100, 100)).persist()
        wait(held)
        bytes_moved(four_workers)
        total = held.sum().compute()
    assert sum(bytes_moved(four_workers)) < held.nbytes / 10
    assert total == held.sum().compute(scheduler="threads")


ANSWERS: dict[str, Callable[[], Any]] = {
    "reduction": lambda: matrix((100, 100)).mean(axis=0),
    "rechunk": lambda: matrix((50, N)).rechunk((N, 50)).max(axis=0),
    "groupby": lambda: frame().groupby("key").value.mean(),
    "median": lambda: frame().groupby("key").value.median(),
    "shuffle": lambda: frame().shuffle("key").map_partitions(len),
    "merge": lambda: frame().merge(frame(PARTITIONS), on="key").value_x.sum(),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_only_the_answer_comes_here(four_workers: Client, what: str):
    lazy = ANSWERS[what]()
    bytes_moved(four_workers)
    found = lazy.compute(scheduler=four_workers)
    _, here = bytes_moved(four_workers)
    assert 0 < here < OF_ROWS / 20
    expected = lazy.compute(scheduler="synchronous")
    if isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(found, expected)
    else:
        np.testing.assert_array_equal(found, expected)


def test_nothing_of_what_is_persisted_comes_here(four_workers: Client):
    lazy = [matrix((100, 100)) + 1, frame().shuffle("key"), frame().set_index("value")]
    bytes_moved(four_workers)
    with four_workers.as_current():
        held = minidask.persist(*lazy)
        wait(held)
        sums = minidask.compute(*[(one + 1).sum() for one in held])
    assert bytes_moved(four_workers)[1] < OF_ROWS / 20
    assert sums[0] == (lazy[0] + 1).sum().compute(scheduler="synchronous")


def test_margins_travel_and_not_blocks(four_workers: Client):
    x = matrix((100, 100))
    lazy = da.overlap.overlap(x, depth=1, boundary="none")
    bytes_moved(four_workers)
    with four_workers.as_current():
        held = lazy.persist()
        wait(held)
    assert bytes_moved(four_workers)[0] < x.nbytes
    np.testing.assert_array_equal(held.compute(), lazy.compute(scheduler="synchronous"))


def plus_transpose() -> da.Array:
    x = matrix((50, N))
    return x + x.T


MOVES: dict[str, tuple[Callable[[], Any], int]] = {
    "rechunk": (lambda: matrix((50, N)).rechunk((N, 50)), N * N * 8),
    "other chunks": (plus_transpose, N * N * 8),
    "sort": (lambda: da.sort(matrix((50, N)).ravel()), N * N * 8),
    "shuffle": (lambda: frame().shuffle("key"), OF_ROWS),
    "merge": (lambda: frame().merge(frame(PARTITIONS), on="value", how="outer"), 2 * OF_ROWS),
    "sort_values": (lambda: frame().sort_values("value"), OF_ROWS),
    "alignment": (lambda: frame_from(0) + frame_from(ROWS // PARTITIONS // 2), OF_ROWS),
    "set_index": (lambda: frame().set_index("value"), OF_ROWS),
}


@pytest.mark.parametrize("what", MOVES)
def test_pieces_travel_and_not_blocks(four_workers: Client, what: str):
    make, nbytes = MOVES[what]
    lazy = make()
    bytes_moved(four_workers)
    with four_workers.as_current():
        held = lazy.persist()
        wait(held)
    between, here = bytes_moved(four_workers)
    assert nbytes / 4 < between < 1.5 * nbytes  # 3 of 4 bytes are wanted by another worker
    assert not here
    found, expected = held.compute(), lazy.compute(scheduler="synchronous")
    (np.testing.assert_array_equal if isinstance(expected, np.ndarray) else pd.testing.assert_frame_equal)(
        found, expected
    )
