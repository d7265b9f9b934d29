"""Clusters of the `distributed` package: what they do in ways of their own. The contract tests run on them, too."""

from __future__ import annotations

import itertools
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from operator import add
from pathlib import Path
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
from minidask import delayed  # noqa: E402
from minidask.distributed import (  # noqa: E402
    Client,
    LocalCluster,
    as_completed,
    from_future,
    futures_of,
    get_client,
    performance_report,
    progress,
    wait,
)
from minidask.errors import ClusterError  # noqa: E402
from minidask.schedulers import environments, get_scheduler  # noqa: E402
from minidask.schedulers.calls import calls  # noqa: E402
from minidask.task import Graph  # noqa: E402

FRAME = pd.DataFrame({"key": np.arange(1000) % 7, "value": np.arange(1000.0)})


def two_processes() -> Iterator[Client]:
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(processes=True, **options) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


processes = pytest.fixture(two_processes, scope="module")
mortals = pytest.fixture(two_processes)  # workers that die come again, which is no business of later tests


def total(block: Any) -> Any:
    return np.asarray(block).sum()


def test_four_collections_in_one_call(cluster: Client):
    x = da.arange(100, chunks=30)
    frame = dd.from_pandas(FRAME, npartitions=3)
    bag = db.from_sequence(range(10), npartitions=2).map(lambda v: v + 1)
    made = minidask.compute(
        {"x": x + 1, "sums": frame.groupby("key").value.sum()}, bag, delayed(total)(x), scheduler=cluster
    )
    np.testing.assert_array_equal(made[0]["x"], np.arange(100) + 1)
    pd.testing.assert_series_equal(made[0]["sums"], FRAME.groupby("key").value.sum())
    assert made[1:] == (list(range(1, 11)), 4950)


def test_frames_that_move(cluster: Client):
    frame = dd.from_pandas(FRAME, npartitions=4)
    by_value = frame.sort_values("value", ascending=False).compute(scheduler=cluster)
    pd.testing.assert_frame_equal(by_value, FRAME.sort_values("value", ascending=False))
    merged = frame.merge(dd.from_pandas(FRAME.iloc[::50], npartitions=2), on="value").compute(scheduler=cluster)
    pd.testing.assert_frame_equal(merged, FRAME.merge(FRAME.iloc[::50], on="value"))


def test_a_client_is_the_default_while_it_lives(cluster: Client):
    x = da.arange(10, chunks=5).map_blocks(lambda block: np.full_like(block, threading.get_ident()))
    with cluster.as_current():
        assert type(get_scheduler()).__name__ == "ClusterScheduler"
        assert threading.get_ident() not in x.compute()
        assert set(x.compute(scheduler="synchronous")) == {threading.get_ident()}
        with minidask.config.set(scheduler="synchronous"):
            assert set(x.compute()) == {threading.get_ident()}
    assert get_scheduler() is get_scheduler("threads")


def test_the_client_takes_collections(cluster: Client):
    x = da.arange(100, chunks=30) + 1
    future = cluster.compute(x)
    np.testing.assert_array_equal(future.result(), np.arange(1, 101))
    frame = dd.from_pandas(FRAME, npartitions=3)
    first, second = cluster.compute([frame.value.sum(), db.from_sequence([1, 2, 3]).map(lambda v: v * v)])
    assert first.result() == FRAME.value.sum()
    assert second.result() == [1, 4, 9]
    held = cluster.persist(x)
    assert isinstance(held, da.Array)
    with cluster.as_current():
        wait(held)
        assert len(futures_of(held)) == 4
    assert held.sum().compute(scheduler=cluster) == 5050
    kept = cluster.persist(frame)
    pd.testing.assert_frame_equal(kept.compute(scheduler=cluster), FRAME)
    assert cluster.submit(add, 1, 2).result() == 3
    with cluster.as_current():
        assert sorted(f.result() for f in as_completed(cluster.map(abs, [-1, -2]))) == [1, 2]


def test_collections_of_dask_among_ours(cluster: Client):
    """Of several kinds dask itself gives one's value for another's, also of its own."""
    ours = [da.arange(n, chunks=5).sum() for n in (10, 20)]
    theirs = [dask.delayed(add)(1, n) for n in (1, 2)]
    mixed = [ours[0], theirs[0], 7, ours[1], theirs[1]]
    assert cluster.gather(cluster.compute(mixed)) == [45, 2, 7, 190, 3]
    assert cluster.compute(tuple(mixed), sync=True) == [45, 2, 7, 190, 3]
    held = cluster.persist([theirs[0], ours[0], theirs[1]])
    assert [type(one) for one in held] == [type(theirs[0]), type(ours[0]), type(theirs[1])]
    assert [one.compute(scheduler=cluster) for one in held] == [2, 45, 3]


def test_dask_computes_collections():
    x = da.arange(100, chunks=30)
    array, number = dask.compute(x + 1, delayed(total)(x))
    np.testing.assert_array_equal(array, np.arange(1, 101))
    assert number == 4950
    kept = dask.persist(x)[0]
    assert kept.sum().compute() == 4950
    assert dask.is_dask_collection(x)
    assert dask.base.tokenize(x) == dask.base.tokenize(da.arange(100, chunks=30))


def test_a_computation_inside_a_task_runs_there(cluster: Client):
    @delayed
    def here(n: int) -> Any:
        return da.arange(n, chunks=10).sum().compute()

    assert minidask.compute(*map(here, range(90, 100)), scheduler=cluster) == (
        *[sum(range(n)) for n in range(90, 100)],
    )


def test_large_literals_travel_once():
    block = np.arange(100_000.0)
    graph = Graph.from_dict({i: (add, block, i) for i in range(5)})
    found = calls(graph)
    assert len(found) == 6
    assert all(call.task.args[0] is not block for call, *needs in found.values() if needs)


def test_one_call_is_a_small_pickle():
    import cloudpickle

    x = (da.ones((100, 100), chunks=10) + 1).sum(axis=0)
    found = x.__dask_graph__()
    assert len(cloudpickle.dumps(found)) / len(found) < 1000


def test_retries_after_certain_errors(cluster: Client, tmp_path: Path):
    def flaky(path: Path) -> int:
        with path.open("a") as file:
            file.write("x")
        if len(path.read_text()) < 3:
            raise KeyError("again")
        return 5

    assert delayed(flaky)(tmp_path / "a").compute(scheduler=cluster, retries=2, retry_on=KeyError) == 5
    with pytest.raises(KeyError) as caught:
        delayed(flaky)(tmp_path / "b").compute(scheduler=cluster, retries=2, retry_on=ValueError)
    assert "in flaky" in caught.value.__notes__[-1]
    with pytest.raises(ValueError, match="retries"):
        delayed(flaky)(tmp_path / "c").compute(scheduler=cluster, retries=-1)


def test_what_cannot_be_pickled_is_named(cluster: Client):
    lock = threading.Lock()
    with pytest.raises(TypeError, match="pickle"):
        delayed(lambda: lock.locked())().compute(scheduler=cluster)


def test_a_function_that_was_edited_is_not_taken_for_the_old_one(cluster: Client):
    offset = {"by": 1}
    lazy = delayed(lambda x: x + offset["by"], pure=True)(5)
    future = cluster.compute(lazy)
    assert future.result() == 6
    offset["by"] = 2
    assert lazy.compute(scheduler=cluster) == 7


def test_options_of_the_caller_reach_tasks(cluster: Client):
    @delayed
    def chunks() -> Any:
        return da.zeros(1000).chunks

    with minidask.config.set({"array.chunk-size": "800B"}):
        assert chunks().compute(scheduler=cluster) == ((100,) * 10,)


def test_data_that_goes_to_the_workers_once(cluster: Client):
    data = from_future(cluster.scatter(np.arange(5.0)))
    assert delayed(total)(data).compute(scheduler=cluster) == delayed(total)(data).compute(scheduler="threads") == 10
    parts = [from_future(future) for future in cluster.map(lambda n: FRAME[:n], [3, 4], pure=False)]
    pd.testing.assert_frame_equal(
        dd.from_delayed(parts, meta=FRAME[:0]).compute(scheduler=cluster), pd.concat([FRAME[:3], FRAME[:4]])
    )
    with pytest.raises(TypeError, match="not int"):
        from_future(5)


def test_large_data_in_a_graph_is_warned_of(cluster: Client):
    x = np.ones((1500, 1000))
    with pytest.warns(UserWarning, match="large graph"):
        assert da.from_array(x, chunks=500).sum().compute(scheduler=cluster) == x.size


def test_what_distributed_has_works_with_collections(cluster: Client, capsys: pytest.CaptureFixture[str]):
    with cluster.as_current():
        held = (da.arange(40, chunks=10) + 1).persist()
        progress(held, notebook=False)
        assert wait(held).not_done == set()
        assert sorted(block[0] for block in (f.result() for f in as_completed(futures_of(held)))) == [1, 11, 21, 31]
        assert get_client() is cluster
    assert "Completed" in capsys.readouterr().out


def test_progress_in_notebooks_that_have_no_widgets(
    cluster: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr("distributed.diagnostics.progressbar.is_kernel", lambda: True)
    with cluster.as_current():
        progress((da.arange(40, chunks=10) + 1).persist())
    assert "Completed" in capsys.readouterr().out


def test_a_report_names_our_operations(cluster: Client, tmp_path: Path):
    pytest.importorskip("bokeh", reason="the dashboard and its reports need bokeh")
    with cluster.as_current(), performance_report(filename=str(tmp_path / "report.html")):
        da.random.default_rng(0).random(40, chunks=10).cumsum().compute()
    assert "cumsum" in (tmp_path / "report.html").read_text()


def test_keys_begin_with_the_operation():
    from distributed.utils import key_split  # as the dashboard groups and colours tasks

    x = da.random.default_rng(0).random((100, 100), chunks=50)
    frame = dd.from_pandas(FRAME, npartitions=3)
    operations = {key_split(key) for lazy in (x.sum(axis=0), x.rechunk((100, 10))) for key in lazy.__dask_graph__()}
    assert operations == {"random", "sum", "take-rechunk", "rechunk"}
    assert {key_split(key) for key in frame.sort_values("value").__dask_graph__()} == {"sort_values", "take"}


def test_a_module_that_workers_lack(processes: Client, monkeypatch: pytest.MonkeyPatch):
    module = types.ModuleType("shop_of_nobody")
    exec("def price(x):\n    return x", module.__dict__)
    monkeypatch.setitem(sys.modules, "shop_of_nobody", module)
    with pytest.raises(ClusterError, match=r"No module named 'shop_of_nobody'.*upload_file\(\"shop_of_nobody.py\"\)"):
        delayed(module.price)(1).compute(scheduler=processes)
    assert delayed(abs)(-1).compute(scheduler=processes) == 1


def test_workers_have_the_rooms_that_are_used_here(processes: Client):
    delayed(abs)(-1).compute(scheduler=processes)
    rooms = {"minidask.array", "minidask.bag", "minidask.dataframe"}
    for loaded in processes.run(lambda: set(sys.modules)).values():
        assert rooms <= loaded


def test_other_versions_on_workers(cluster: Client, monkeypatch: pytest.MonkeyPatch):
    environments.check(cluster)
    there = f"({environments._VERSIONS})[0], '0.0.1'"
    monkeypatch.setattr(cluster, "run", lambda *args, **kwargs: {"tcp://far:1": eval(there)})
    with pytest.raises(ClusterError, match=r"worker tcp://far:1 has minidask 0.0.1, and here is"):
        environments.check(cluster, again=True)
    monkeypatch.setattr(cluster, "run", lambda *args, **kwargs: {"tcp://far:1": ValueError("run is not allowed")})
    environments.check(cluster, again=True)


def test_a_cluster_by_the_defaults_of_ours():
    with LocalCluster(processes=False, n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0") as cluster:
        assert f"dashboard='{cluster.dashboard_link}', workers=1" in repr(cluster)
        assert cluster.dashboard_link in Client(cluster, set_as_default=False)._repr_html_()
        assert "workers=1, threads=2" in repr(cluster)
        assert cluster.dashboard_link.startswith("http://127.0.0.1:")
        with Client(cluster) as client:
            assert repr(client).startswith("<Client: 'inproc://")
            assert da.arange(10, chunks=5).sum().compute() == 45
            assert type(get_scheduler()).__name__ == "ClusterScheduler"
    assert get_scheduler() is get_scheduler("threads")


def test_without_a_dashboard_only_this_machine_sees_the_scheduler_s_pages():
    options = {"processes": False, "n_workers": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(**options) as client:
        assert cluster.dashboard_link == client.dashboard_link == ""
        assert "dashboard" not in repr(cluster)
        for server in (cluster.scheduler.http_server, client.cluster.scheduler.http_server):
            assert server.address == "127.0.0.1"


def test_the_link_of_a_client_that_makes_its_own_cluster():
    with Client(processes=False, n_workers=1, dashboard_address="127.0.0.1:0") as client:
        assert client.dashboard_link.startswith("http://127.0.0.1:")


def test_nobody_pays_for_clusters_who_has_none():
    code = "import sys, minidask.array as da; da.ones(9, chunks=3).sum().compute(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment())
    assert run.returncode == 0, run.stderr
    assert not {"dask", "distributed", "minidask.distributed"} & set(run.stdout.split())


def test_a_computation_inside_a_task_goes_to_the_cluster_where_asked(processes: Client):
    @delayed
    def on_the_cluster(n: int) -> Any:
        from distributed import get_client

        return da.arange(n, chunks=10).sum().compute(scheduler=get_client())

    several = map(on_the_cluster, range(90, 100))
    assert minidask.compute(*several, scheduler=processes) == (*[sum(range(n)) for n in range(90, 100)],)


def aside() -> list[Any]:
    with distributed.worker_client() as client:
        return [da.arange(10, chunks=5).sum().compute(), client.compute(da.arange(20, chunks=5).sum()).result()]


def test_a_computation_inside_a_task_that_stands_aside(processes: Client):
    assert processes.submit(aside, pure=False).result(30) == [45, 190]


def sum_of(x: da.Array, scheduler: str | None) -> Any:
    from distributed import get_client

    return x.sum().compute(scheduler=scheduler or get_client())


def test_what_is_persisted_is_an_argument_of_any_task(processes: Client):
    held = (da.arange(40, chunks=10) + 1).persist(scheduler=processes)
    for scheduler in ("threads", "synchronous", None):
        assert processes.submit(sum_of, held, scheduler, pure=False).result(30) == 820
    there = pickle.loads(pickle.dumps(held))
    assert there.sum().compute(scheduler=processes) == 820
    keys = {*held.__dask_keys__()}
    del held, there
    for _ in range(300):
        if not keys & set(processes.who_has()):
            break
        time.sleep(0.1)
    assert not keys & set(processes.who_has())
    gone = pickle.dumps((da.arange(40, chunks=10) + 2).persist(scheduler=processes))
    with processes.as_current(), pytest.raises(CancelledError, match="lost dependencies"):
        pickle.loads(gone).compute(scheduler="threads")


def deadly(block: Any, calls: Path, last: int) -> Any:
    """The block; for whoever makes the call of this number death, once. Calls are counted by files."""
    for number in itertools.count():
        with suppress(FileExistsError):
            (calls / str(number)).touch(exist_ok=False)
            break
    if number == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return block


def counted(group: pd.Series, calls: Path) -> int:
    return len(deadly(group, calls, 2))


def test_workers_that_die_cost_no_answer(mortals: Client, tmp_path: Path):
    """Each of these kills a worker when other tasks of it are done, and it holds results."""
    x = da.random.default_rng(0).random((400, 400), chunks=(100, 400))
    held = x.persist(scheduler=mortals)
    with mortals.as_current():
        wait(held)
    frame = dd.from_pandas(FRAME, npartitions=6)

    def folder(name: str) -> Path:
        (tmp_path / name).mkdir()
        return tmp_path / name

    interrupted = [
        held.rechunk((400, 100)).map_blocks(deadly, folder("rechunked"), 2, dtype=float).sum(),
        frame.map_partitions(deadly, folder("parts"), 4, meta=FRAME[:0]).groupby("key").value.mean(),
        frame.groupby("key").value.apply(counted, folder("groups"), meta=pd.Series([0], name="value")),
    ]
    found = [lazy.compute(scheduler=mortals) for lazy in interrupted]
    assert all(len([*calls.iterdir()]) > 4 for calls in tmp_path.iterdir())  # the last call of some worker is there
    expected = minidask.compute(*interrupted, scheduler="threads")  # where later calls kill nobody
    assert found[0] == expected[0]
    for one, other in zip(found[1:], expected[1:]):
        pd.testing.assert_series_equal(one, other)
    assert held.sum().compute(scheduler=mortals) == x.sum().compute(scheduler="threads")


SCRIPT = """
import minidask
import minidask.array as da
from minidask.distributed import Client, LocalCluster

if __name__ == "__main__":
    cluster = LocalCluster(processes=True, n_workers=2, threads_per_worker=2)
    print(cluster)
    client = Client(cluster)
    print(client)
    x = da.arange(10, chunks=5).sum()
    assert x.compute() == x.compute(scheduler="threads") == 45
    assert minidask.compute(x, scheduler=client) == (45,)
    assert client.gather([client.compute(x), client.submit(abs, -1), *client.map(abs, [-2])]) == [45, 1, 2]
    client.close()
    cluster.close()
    client = Client(processes=False, n_workers=4, threads_per_worker=2)
    print(client)
    assert x.persist().compute() == 45
    client.close()
"""


def test_dask_knows_the_size_of_what_travels():
    code = (
        "import numpy as np\n"
        "from minidask.schedulers.calls import calls\n"
        "from minidask.schedulers.pieces import take\n"
        "from minidask.task import Graph\n"
        "from dask.sizeof import sizeof\n"  # after ours
        "calls(Graph.from_dict({'x': 1}))\n"
        "assert 8000 <= sizeof(take(np.ones(2000), [slice(1000)])) < 9000\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_script_with_a_guard(tmp_path: Path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "script.py"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(), cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    first, second, third = run.stdout.splitlines()
    assert re.fullmatch(r"LocalCluster\(.*, dashboard='http://127.*', workers=2, threads=4, memory=.*\)", first)
    assert re.fullmatch(r"<Client: 'tcp://127.0.0.1:\d+' processes=2 threads=4, memory=.*>", second)
    assert re.fullmatch(r"<Client: 'inproc://.*' processes=4 threads=8, memory=.*>", third)


@pytest.mark.parametrize("kind", ["LocalCluster", "Client"])
def test_a_script_without_a_guard(tmp_path: Path, kind: str):
    script = tmp_path / "script.py"
    script.write_text(f"from minidask.distributed import {kind}\n{kind}(n_workers=1, dashboard_address=None)\n")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, env=environment())
    assert run.returncode != 0
    *_, last = run.stderr.splitlines()
    assert "below `if __name__ ==" in last


def environment() -> dict[str, str]:
    """In which a script finds minidask, and a cluster does not wait long for workers that do not come."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(minidask.__file__).parent.parent),
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    }
