"""Clusters that somebody else has started, by the commands of `distributed`: connect, compute, lose hosts."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

distributed = pytest.importorskip("distributed", reason="comes with dask, without which xarray is tested")

import minidask  # noqa: E402  # after the check that distributed is there
import minidask.array as da  # noqa: E402
import minidask.dataframe as dd  # noqa: E402
from minidask import annotate, delayed  # noqa: E402
from minidask.distributed import Client, Security, wait  # noqa: E402
from minidask.errors import ClusterError  # noqa: E402

FRAME = pd.DataFrame({"key": np.arange(1000) % 7, "value": np.arange(1000.0)})
SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"
WORKER = "from distributed.cli.dask_worker import main; main()"
WITHOUT_MINIDASK = f"import sys; sys.modules['minidask'] = None; {WORKER}"
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process with some code and command line, in a network namespace where one is named."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(minidask.__file__).parent.parent),
        "DASK_TEMPORARY_DIRECTORY": str(tmp_path),
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s",  # after which a host that is silent is given up
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: str, host: str | None = None) -> subprocess.Popen[bytes]:
        inside = ["ip", "netns", "exec", host] if host else []
        command = [*inside, sys.executable, "-c", code, *arguments]
        with (tmp_path / f"log-{len(started)}").open("w") as log:
            started.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=tmp_path))
        return started[-1]

    yield start
    for process in reversed(started):
        process.kill()
        process.wait(20)


def scheduler_file(folder: Path) -> Path:
    """Waits for the file in which a scheduler tells its address."""
    path = folder / "scheduler.json"
    for _ in range(400):
        if path.exists() and path.read_text().endswith("}"):
            return path
        time.sleep(0.1)
    pytest.fail("the scheduler does not start")


def lone_worker(file: Path, *arguments: str) -> list[str]:
    return ["--scheduler-file", str(file), "--no-nanny", "--nthreads", "1", "--no-dashboard", *arguments]


def schedule(start: Start, folder: Path, *arguments: str, host: str | None = None) -> Path:
    file = str(folder / "scheduler.json")
    start(SCHEDULER, "--port", "0", "--scheduler-file", file, "--no-dashboard", *arguments, host=host)
    return scheduler_file(folder)


def name_of_worker(block: Any, number: int) -> Any:
    return np.full_like(block, distributed.get_worker().name == "big")


def test_workers_started_by_hand(start: Start, tmp_path: Path):
    file = schedule(start, tmp_path, "--host", "127.0.0.1")
    victim = start(WORKER, *lone_worker(file, "--name", "small"))
    start(WORKER, *lone_worker(file, "--name", "big", "--resources", "GPU=1"))
    with Client(scheduler_file=str(file), set_as_default=False) as known:
        address = known.scheduler.address
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        x = da.random.default_rng(0).random(4000, chunks=250)
        where = x.map_blocks(name_of_worker, 1, dtype=float)
        assert where.compute(scheduler=client, resources={"GPU": 1}).all()
        with annotate(resources={"GPU": 1}):
            annotated = x.map_blocks(name_of_worker, 2, dtype=float)
        assert annotated.compute(scheduler=client).all()
        with annotate(resources={"GPU": 1}):
            annotated = x.map_blocks(name_of_worker, 3, dtype=float)
        assert client.compute(annotated).result().all()
        held = x.persist(scheduler=client)
        with client.as_current():
            wait(held)
        victim.send_signal(signal.SIGKILL)
        assert (held + 1).sum().compute(scheduler=client) == (x + 1).sum().compute(scheduler="threads")
        sums = dd.from_pandas(FRAME, npartitions=4).groupby("key").value.sum()
        pd.testing.assert_series_equal(sums.compute(scheduler=client), FRAME.groupby("key").value.sum())
        start(WITHOUT_MINIDASK, *lone_worker(file, "--name", "lacking"))
        client.wait_for_workers(2, timeout=60)
    with Client(address, set_as_default=False) as newcomer, pytest.raises(ClusterError, match="cannot import minidask"):
        delayed(abs)(-1).compute(scheduler=newcomer)


LEFT = """
import gc, os, signal, sys, time
import distributed
import minidask.array as da
from minidask.distributed import Client
from minidask.schedulers import get_scheduler

address, scheduler = sys.argv[1:]
clients = [kind(address, timeout="300ms") for kind in (Client, distributed.Client)]
os.kill(int(scheduler), signal.SIGKILL)
while any(client.status != "closed" for client in clients):
    time.sleep(0.05)
x = da.arange(10, chunks=5).sum()
while clients:
    for act in (x.compute, x.persist):
        try:
            act()
        except Exception as error:
            print(type(error).__name__, error)
    assert x.compute(scheduler="threads") == 45
    clients.pop().close()
    gc.collect()
assert get_scheduler() is get_scheduler("threads"), "there is no client any more"
print(x.compute())
"""


def test_clients_that_have_given_up_to_look_for_their_cluster(start: Start, tmp_path: Path):
    """They have closed themselves, and what was to be computed on a cluster is not, without a word, computed here."""
    file = tmp_path / "scheduler.json"
    options = ["--port", "0", "--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1"]
    scheduler = start(SCHEDULER, *options)
    address = json.loads(scheduler_file(tmp_path).read_text())["address"]
    command = [sys.executable, "-c", LEFT, address, str(scheduler.pid)]
    here = {**os.environ, "PYTHONPATH": str(Path(minidask.__file__).parent.parent)}
    run = subprocess.run(command, capture_output=True, text=True, timeout=50, env=here)
    *told, answer = run.stdout.splitlines()
    assert answer == "45", run.stderr
    assert len(told) == 4
    assert all(re.match(r'ClusterError this client is closed: .* here by scheduler="threads"', one) for one in told)


def test_a_cluster_with_certificates(start: Start, tmp_path: Path):
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    files = ["--tls-ca-file", str(certificate), "--tls-cert", str(certificate), "--tls-key", str(key)]
    file = schedule(start, tmp_path, *files, "--host", "tls://127.0.0.1", "--protocol", "tls")
    start(WORKER, *lone_worker(file, *files, "--protocol", "tls"))
    security = Security(
        tls_ca_file=str(certificate), tls_client_cert=str(certificate), tls_client_key=str(key), require_encryption=True
    )
    with distributed.Client(scheduler_file=str(file), security=security) as client:  # one that knows nothing of ours
        assert client.scheduler.address.startswith("tls://")
        x, sums = da.arange(100, chunks=30), dd.from_pandas(FRAME, npartitions=4).groupby("key").value.sum()
        held = client.persist(x)
        assert held.sum().compute() == client.compute(held.sum()).result() == 4950
        pd.testing.assert_series_equal(client.gather(client.compute([sums]))[0], FRAME.groupby("key").value.sum())


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def hosts(names: list[str]) -> Iterator[dict[str, str]]:
    """Network namespaces, which see each other and this one; their addresses by their names."""
    number = os.getpid() % 200
    bridge = f"mdb{number}"
    with ExitStack() as stack:
        try:
            ip("link", "add", bridge, "type", "bridge")
            stack.callback(ip, "link", "del", bridge)
            ip("addr", "add", f"10.213.{number}.1/24", "dev", bridge)
            ip("link", "set", bridge, "up")
            for at, name in enumerate(names):
                ip("netns", "add", name)
                stack.callback(ip, "netns", "del", name)
                ip("link", "add", f"{name}o", "type", "veth", "peer", "name", "eth0", "netns", name)
                ip("link", "set", f"{name}o", "master", bridge, "up")
                ip("-n", name, "addr", "add", f"10.213.{number}.{at + 2}/24", "dev", "eth0")
                ip("-n", name, "link", "set", "eth0", "up")
                ip("-n", name, "link", "set", "lo", "up")
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("network namespaces are not permitted here")
        yield {name: f"10.213.{number}.{at + 2}" for at, name in enumerate(names)}


def test_a_host_that_is_lost(tmp_path: Path, request: pytest.FixtureRequest):
    names = [f"md{os.getpid() % 10000}{letter}" for letter in "abc"]
    with hosts(names) as addresses, started(request) as start:
        first, second, third = names
        file = schedule(start, tmp_path, "--host", addresses[first], host=first)
        for name in (second, third):
            start(WORKER, *lone_worker(file, "--host", addresses[name]), host=name)
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            x = da.random.default_rng(0).random((400, 400), chunks=(50, 400))
            held = x.persist(scheduler=client)
            with client.as_current():
                wait(held)
            ip("-n", third, "link", "set", "eth0", "down")
            expected = x.rechunk((400, 100)).sum(axis=0).compute(scheduler="threads")
            np.testing.assert_array_equal(held.rechunk((400, 100)).sum(axis=0).compute(scheduler=client), expected)


@contextmanager
def started(request: pytest.FixtureRequest) -> Iterator[Start]:
    """The fixture `start`, which here ends before the hosts do."""
    yield request.getfixturevalue("start")
