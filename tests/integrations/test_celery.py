"""A computation started by a task of Celery, with a real Redis between them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import minidask

SHOP = '''
import minidask
import minidask.dataframe as dd
from celery import Celery

app = Celery("shop", broker="{redis}", backend="{redis}")
app.conf.broker_connection_retry_on_startup = True


@app.task
def turnover(folder, scheduler):
    """What each customer has paid; a task's result is small, as it passes the broker."""
    sales = dd.read_csv(folder + "/*.csv")
    return sales.groupby("customer").price.sum().compute(scheduler=scheduler).to_dict()
'''


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """The address of a server that listens at a file."""
    pytest.importorskip("redis", reason="Celery is spoken to by Redis")
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed")
    socket = tmp_path / "redis.socket"
    command = [server, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"redis+socket://{socket}"
    process.kill()
    process.wait(20)


def test_a_task_of_celery_computes(redis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("celery", reason="Celery is not installed")
    (tmp_path / "shop.py").write_text(SHOP.format(redis=redis))
    frame = pd.DataFrame({"customer": np.arange(300) % 3, "price": np.arange(300.0)})
    for at in range(3):
        frame[at::3].to_csv(tmp_path / f"{at}.csv", index=False)
    path = os.pathsep.join([str(tmp_path), str(Path(minidask.__file__).parent.parent)])
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "shop", "worker", "--concurrency", "1", "--loglevel", "ERROR"],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
    )
    script = (
        "from shop import turnover; print([turnover.delay('.', s).get(timeout=100) for s in ('threads', 'processes')])"
    )
    try:
        run = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": path}, cwd=tmp_path, capture_output=True
        )
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    expected = {str(key): price for key, price in frame.groupby("customer").price.sum().items()}
    assert eval(run.stdout) == [expected, expected], run.stderr.decode()
