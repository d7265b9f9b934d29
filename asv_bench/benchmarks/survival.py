"""What deaths, small budgets and large blocks cost."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from . import larger

SECONDS, BLOCKS = 0.05, 800
EVERY = 0.2
"""Seconds from one SIGKILL to the next."""
SMALL, LARGE = 40 * 2**20, 1_000_000_000


def made(i: int) -> np.ndarray:
    """A block that takes a while."""
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        np.sqrt(np.ones(1000))
    return np.random.default_rng(i).random(20_000)


@contextmanager
def killing():
    """Inside the block, a random process of ours is killed every now and then; those that were."""
    import psutil

    over, struck = threading.Event(), []
    choose = random.Random(1)

    def strike() -> None:
        while not over.wait(EVERY):
            with suppress(psutil.NoSuchProcess, IndexError):
                struck.append(choose.choice(psutil.Process().children(recursive=True)).pid)
                os.kill(struck[-1], signal.SIGKILL)

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield struck
    finally:
        over.set()
        thread.join()


class Killed:
    """A job of 20 seconds on two cores; `track_ratio` is at most 1.5."""

    params = ["minidask"]
    param_names = ["engine"]
    timeout = 300
    unit = "x"

    def setup(self, engine):
        import minidask

        self.total = minidask.delayed(sum)([minidask.delayed(made)(i) for i in range(BLOCKS)])
        minidask.delayed(made)(0).compute(scheduler="processes")

    def seconds(self) -> tuple[float, bytes]:
        start = time.perf_counter()
        total = self.total.compute(scheduler="processes", num_workers=2)
        return time.perf_counter() - start, total.tobytes()

    def track_ratio(self, engine):
        calm, right = self.seconds()
        with killing() as struck_down:
            struck, found = self.seconds()
        assert struck_down, "nobody was killed"
        assert found == right, "other bits"
        return struck / calm


JOB = """
import os, sys, time
import minidask.array as da

def slow(block):
    with open(os.environ["LOG"], "a") as log:
        log.write(f"{block[0]}\\n")
    time.sleep(0.01)
    return block + 1

if __name__ == "__main__":
    da.arange(100_000, chunks=100).map_blocks(slow, dtype=int).sum().compute(
        checkpoint=sys.argv[1], scheduler="processes", num_workers=2
    )
"""


class Resumed:
    """A checkpointed job of 1,000 blocks that is killed in the middle, and run again."""

    params = ["minidask"]
    param_names = ["engine"]
    timeout = 120
    unit = "blocks"

    def setup(self, engine):
        self.folder = tempfile.TemporaryDirectory()

    def teardown(self, engine):
        self.folder.cleanup()

    def track_blocks_redone(self, engine):
        job, keep, log = (Path(self.folder.name) / name for name in ("job.py", "keep", "log"))
        job.write_text(JOB)
        log.touch()
        order = [sys.executable, str(job), str(keep)]
        environment = {**os.environ, "LOG": str(log), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen(order, env=environment)
        while process.poll() is None and len(log.read_text().split()) < 500:
            time.sleep(0.01)
        process.kill()
        process.wait()
        subprocess.run(order, check=True, env=environment)
        calls = log.read_text().split()
        return len(calls) - len(set(calls))


class Spilled:
    """400 MB of blocks that are needed again at the end, with a budget of 40 MiB; `track_ratio` is at most 3."""

    params = ["minidask"]
    param_names = ["engine"]
    timeout = 300
    unit = "x"

    def setup(self, engine):
        import minidask.array as da
        import minidask.dataframe as dd

        x = da.random.default_rng(1).random((7200, 7200), chunks=(200, 7200)).map_blocks(np.sqrt, dtype=float)
        frame = x.reshape(-1, 5, merge_chunks=False)
        rows = dd.from_dask_array(frame, columns=list("abcde"))
        self.graphs = {
            "anomaly": ((x - x.mean(axis=0)) ** 2).mean(),
            "columns": x.rechunk((7200, 300)).map_blocks(np.cumsum, axis=0, dtype=float).max(),
            "shuffle": rows.sort_values("a").b.sum(),
        }

    def ratio(self, name: str) -> float:
        times = []
        for limit in (False, SMALL):
            start = time.perf_counter()
            self.graphs[name].compute(scheduler="threads", memory_limit=limit)
            times.append(time.perf_counter() - start)
        return times[1] / times[0]

    def track_anomaly(self, engine):
        return self.ratio("anomaly")

    def track_rows_to_columns(self, engine):
        return self.ratio("columns")

    def track_shuffle(self, engine):
        return self.ratio("shuffle")


class Larger:
    """1 GiB of rows with a budget of 100 MiB. The peak is at most 1.25 x the budget + 300 MB; the time at most 3 x."""

    params = [larger.NAMES]
    param_names = ["job"]
    timeout = 600

    def run(self, job: str, limit: int) -> list[float]:
        order = [sys.executable, larger.__file__, job, str(limit)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(order, env=environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def track_peak(self, job):
        return self.run(job, larger.LIMIT)[1] / 1e6

    track_peak.unit = "MB"

    def track_written(self, job):
        return self.run(job, larger.LIMIT)[2] / larger.DATA

    track_written.unit = "x the data"

    def track_seconds(self, job):
        return self.run(job, larger.LIMIT)[0] / self.run(job, 0)[0]

    track_seconds.unit = "x"


class HandedOver:
    """A block of 1 GB that lies in the store, opened as a worker does that gets it from another; at most 5 ms."""

    params = ["minidask"]
    param_names = ["engine"]
    timeout = 120
    unit = "ms"

    def setup(self, engine):
        from minidask.store.blocks import BlockStore

        self.store = BlockStore()
        self.handle = self.store.put(np.ones(LARGE, "u1"))

    def teardown(self, engine):
        self.store.release(self.handle)

    def track_opening(self, engine):
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            block = self.store.get(self.handle)
            best = min(best, time.perf_counter() - start)
            assert block[-1] == 1
        return best * 1e3
