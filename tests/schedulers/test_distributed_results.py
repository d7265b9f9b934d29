"""What becomes of results on a cluster: they stay while somebody holds them, and no longer."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import time
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import dask  # after the check that distributed is there
import dask.graph_manipulation

import minidask
import minidask.array as da
import minidask.dataframe as dd
from minidask import delayed
from minidask.diagnostics import Profiler
from minidask.distributed import Client, LocalCluster, wait
from minidask.errors import TaskExit
from minidask.schedulers import get_scheduler
from minidask.schedulers.held import Held

FRAME = pd.DataFrame({"key": np.arange(1000) % 7, "value": np.arange(1000.0)})


def test_what_is_persisted_stays_on_the_cluster(cluster: Client):
    x = da.random.default_rng(0).random((60, 60), chunks=(20, 60))
    held = x.persist(scheduler=cluster)
    blocks = held.expr.source.values  # type: ignore[attr-defined]
    assert all(isinstance(block, Held) for block in blocks)
    expected = x.compute(scheduler="threads")
    np.testing.assert_array_equal(held.compute(scheduler=cluster), expected)
    sums = (x + 1).sum(axis=0).compute(scheduler="threads")
    np.testing.assert_array_equal((held + 1).sum(axis=0).compute(scheduler=cluster), sums)
    np.testing.assert_array_equal((held + 1).compute(scheduler="threads"), expected + 1)
    keys = [block.future.key for block in blocks]
    assert set(keys) <= set(cluster.who_has())
    del held, blocks
    wait_until(lambda: not set(keys) & set(cluster.who_has()))


def test_frames_persisted_on_the_cluster_are_not_brought_here(cluster: Client):
    frame = dd.from_pandas(FRAME, npartitions=4)[["value"]].persist(scheduler=cluster)
    assert frame.value.sum().compute(scheduler=cluster) == FRAME.value.sum()
    pd.testing.assert_frame_equal(frame.compute(scheduler=cluster), FRAME[["value"]])


def test_a_client_keeps_what_the_optimizer_has_renamed(cluster: Client):
    frame = dd.from_pandas(FRAME, npartitions=4)
    column = cluster.persist(frame[["value"]].value)
    pd.testing.assert_series_equal(column.compute(scheduler=cluster), FRAME.value)
    calls = cluster.persist(frame.map_partitions(lambda rows: rows.assign(twice=rows.value * 2)))  # nobody has asked
    assert calls.twice.sum().compute(scheduler=cluster) == FRAME.value.sum() * 2


def test_what_is_persisted_here_goes_to_the_cluster(cluster: Client):
    here = da.arange(100, chunks=30).persist(scheduler="threads")
    assert (here + 1).sum().compute(scheduler=cluster) == 5050


def test_what_is_computed_again_is_made_again(cluster: Client, tmp_path: Path):
    def made(path: Path) -> int:
        with path.open("a") as file:
            file.write("x")
        return len(path.read_text())

    lazy = delayed(made)(tmp_path / "made")
    assert [lazy.compute(scheduler=cluster) for _ in range(20)] == [*range(1, 21)]


def test_one_key_of_two_dicts_has_two_values(cluster: Client):
    get = get_scheduler(cluster)
    handles = get.submit({"x": 1, "y": (add, "x", 1)}, ["y"])  # type: ignore[attr-defined]
    assert get({"x": 10, "y": (add, "x", 1)}, ["y"]) == [11]
    assert get.gather([*handles.values()]) == [2]  # type: ignore[attr-defined]
    get.cancel(handles.values())  # type: ignore[attr-defined]


def test_graphs_with_handles_of_two_engines(cluster: Client):
    x = da.arange(10, chunks=5)
    there, here = x.persist(scheduler=cluster), (x * 2).persist(scheduler="threads")
    for scheduler in (cluster, "threads", "synchronous"):
        assert (there + here).sum().compute(scheduler=scheduler) == 135


@pytest.mark.parametrize(
    "use",
    [
        lambda held, client: client.compute(held.sum()).result(),
        lambda held, client: client.gather(client.compute([held, held + 1]))[1].sum() - 10,
        lambda held, client: client.persist(held + 1).sum().compute(scheduler=client) - 10,
        lambda held, client: (held + 1).sum().compute(scheduler=client) - 10,
    ],
    ids=["compute", "several", "persist", "scheduler"],
)
def test_what_another_cluster_holds_comes_here_and_goes_there(cluster: Client, use: Any):
    held = da.arange(10, chunks=5).persist(scheduler=cluster)
    cluster.compute(held).result()  # whose graph, which stays with the collection, is of no use elsewhere
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(processes=False, **options) as other, Client(other, set_as_default=False) as client:
        assert use(held, client) == 45
        assert use(held, cluster) == 45


@pytest.mark.parametrize(
    "use",
    [
        lambda held, client: client.compute(held.sum()).result(),
        lambda held, client: client.gather(client.persist(held + 1).dask.values()),
        lambda held, client: (held + 1).__dask_graph__(),
    ],
    ids=["compute", "persist", "graph"],
)
def test_what_was_told_of_results_does_not_keep_them(cluster: Client, use: Any):
    held = da.random.default_rng().random(40, chunks=10).persist(scheduler=cluster)
    with cluster.as_current():
        wait(held)
    keys = {*held.__dask_keys__()}
    assert keys <= set(cluster.who_has())
    use(held, cluster)
    del held
    wait_until(lambda: not keys & set(cluster.who_has()))


def test_what_came_from_a_cluster_needs_a_client(cluster: Client):
    parcel = pickle.dumps((da.arange(40, chunks=10) + 3).persist(scheduler=cluster))
    code = f"import pickle, minidask.distributed; pickle.loads({parcel!r}).compute(scheduler='threads')"
    here = {**os.environ, "PYTHONPATH": str(Path(minidask.__file__).parent.parent)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=here)
    assert "ClusterError: ('add-" in run.stderr
    assert "to which this process is not connected: make a Client" in run.stderr


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_would_end_a_worker_ends_a_task(cluster: Client, kind: type[BaseException]):
    @delayed
    def leave() -> None:
        raise kind(3)

    with pytest.raises(kind, match="3"):
        leave().compute(scheduler=cluster)
    with pytest.raises(TaskExit, match=rf"a task raised {kind.__name__}\(3\), which would end its worker") as caught:
        cluster.compute(leave()).result()
    assert any("in leave" in note for note in caught.value.__notes__)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)).error, kind)
    assert delayed(abs)(-1).compute(scheduler=cluster) == 1


def test_blocks_that_others_make_are_found_by_their_names(cluster: Client):
    x = da.concatenate([da.arange(6, chunks=3), da.arange(6, chunks=3), da.ones(4, chunks=2)])
    expected = x.compute(scheduler="synchronous")
    np.testing.assert_array_equal(cluster.compute(x).result(), expected)
    np.testing.assert_array_equal(cluster.persist(x).compute(scheduler=cluster), expected)
    np.testing.assert_array_equal(dask.compute(x, scheduler="synchronous")[0], expected)
    np.testing.assert_array_equal(dask.persist(x, scheduler="synchronous")[0].compute(), expected)


def test_dask_leaves_our_tasks_to_us():
    x, number = da.arange(10, chunks=5) + 4, delayed(abs)(-1)
    assert [lazy.compute() for lazy in dask.optimize(x.sum(), number)] == [85, 1]
    assert dask.delayed(add)(x.sum(), number).compute(scheduler="synchronous") == 86
    rebuild, args = x.__dask_postpersist__()
    with pytest.raises(NotImplementedError, match="`delayed`"):
        rebuild({key: (dask.graph_manipulation.chunks.bind, key, None) for key in x.__dask_keys__()}, *args)


def test_where_there_is_no_dask_a_graph_is_a_dict(monkeypatch: pytest.MonkeyPatch):
    x = da.arange(10, chunks=5) + 5
    monkeypatch.delitem(sys.modules, "dask")
    assert type(x.__dask_graph__()) is dict
    monkeypatch.undo()
    assert type(x.__dask_graph__()).__name__ == "HighLevelGraph"


def wait_until(condition: Any) -> None:
    """Looks now and then, for half a minute."""
    for _ in range(300):
        gc.collect()
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("what was waited for did not happen")


def test_listeners_hear_of_tasks_whose_pieces_travel(cluster: Client):
    x = da.random.default_rng(0).random((80, 80), chunks=(10, 80)).rechunk((80, 10))
    with Profiler() as profiler:
        x.compute(scheduler=cluster)
    assert {one.task.operation for one in profiler.results} == {"split", "rechunk"}
    assert len({one.key for one in profiler.results}) == len(profiler.results)
    assert all(one.start_time < one.end_time for one in profiler.results)
    assert {one.worker_id.split()[0] for one in profiler.results} <= set(cluster.scheduler_info()["workers"])
    with pytest.raises(NotImplementedError, match="progress"):
        x.persist(scheduler=cluster, callbacks=profiler)
