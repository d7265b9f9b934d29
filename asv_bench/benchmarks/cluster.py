"""Arrays and frames on a cluster of two worker processes with a thread each: minidask's own and dask's."""

import subprocess
import sys
import tempfile
import time
from itertools import count

import numpy as np
import pandas as pd

from .engines import BOTH, module

N, CHUNK = 4_000, 500
ROWS, PARTITIONS = 4_000_000, 16


class OnACluster:
    """Workers that stay for all repetitions."""

    params = BOTH
    param_names = ["engine"]
    timeout = 300

    def setup(self, engine):
        import distributed

        self.cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        self.client = distributed.Client(self.cluster)
        self.seeds = count()  # other data each time: what is asked for again at once, a cluster may hold yet
        self.prepare(engine)

    def prepare(self, engine):
        """What is measured is not to make it."""

    def teardown(self, engine):
        self.client.close()
        self.cluster.close()


class Arrays(OnACluster):
    """Arrays of 128 MB, made by the workers anew each time."""

    def prepare(self, engine):
        self.da = module(engine, "array")

    def x(self, chunks=(CHUNK, CHUNK)):
        return self.da.random.default_rng(next(self.seeds)).random((N, N), chunks=chunks)

    def time_mean(self, engine):
        self.x().mean(axis=0).compute()

    def time_standardize(self, engine):
        x = self.x()
        ((x - x.mean(axis=0)) / x.std(axis=0)).max(axis=1).compute()

    def time_transpose_and_add(self, engine):
        x = self.x()
        (x + x.T).sum(axis=0).compute()

    def time_rows_to_columns(self, engine):
        self.x((N // 32, N)).rechunk((N, N // 32)).max(axis=0).compute()

    def time_blocks_with_margins(self, engine):
        self.x().map_overlap(_smooth, depth=1, boundary="reflect", dtype=float).sum().compute()

    def time_product(self, engine):
        x = self.x()
        (x @ x).sum(axis=0).compute()

    def time_cumulative_sum(self, engine):
        self.da.cumsum(self.x(), axis=0).sum().compute()


def _smooth(block):
    return (block + np.roll(block, 1, 0) + np.roll(block, 1, 1)) / 3


def _rows(part):
    rng = np.random.default_rng(part)
    n = ROWS // PARTITIONS
    return pd.DataFrame({"key": rng.integers(0, ROWS, n), "few": rng.integers(0, 1_000, n), "x": rng.random(n)})


class Frames(OnACluster):
    """Frames of 96 MB, made by the workers anew each time."""

    def prepare(self, engine):
        self.dd = module(engine, "dataframe")

    def frame(self):
        first = next(self.seeds) * PARTITIONS
        return self.dd.from_map(_rows, range(first, first + PARTITIONS), meta=_rows(0).head(0))

    def time_mean_of_groups(self, engine):
        self.frame().groupby("few").x.mean().compute()

    def time_filter_and_sum(self, engine):
        frame = self.frame()
        frame[frame.x > 0.5].key.sum().compute()

    def time_shuffle(self, engine):
        self.frame().shuffle("key").map_partitions(len).compute()

    def time_median_of_groups(self, engine):
        self.frame().groupby("key").x.median().max().compute()

    def time_merge(self, engine):
        left, right = self.frame(), self.frame().rename(columns={"x": "y"})
        (left.merge(right, on="key").y.sum()).compute()

    def time_set_index(self, engine):
        self.frame().set_index("key").map_partitions(len).compute()

    def time_sort_values(self, engine):
        self.frame().sort_values("x").map_partitions(len).compute()


class Submission(OnACluster):
    """What this process does for each task that it hands over to a scheduler in another one."""

    unit = "µs CPU a task"

    def setup(self, engine):
        import distributed

        self.folder = tempfile.TemporaryDirectory()
        file = ["--scheduler-file", f"{self.folder.name}/scheduler.json"]
        started = {"scheduler": ["--port", "0", "--no-dashboard"], "worker": ["--nthreads", "1", "--no-dashboard"]}
        self.processes = [
            subprocess.Popen([sys.executable, "-m", "dask", name, *file, *options], stderr=subprocess.DEVNULL)
            for name, options in started.items()
        ]
        self.client = distributed.Client(scheduler_file=file[1], timeout=60)
        self.client.wait_for_workers(1, timeout=60)

    def teardown(self, engine):
        self.client.close()
        for process in self.processes:
            process.terminate()
            process.wait()
        self.folder.cleanup()

    def track_submission(self, engine):
        da = module(engine, "array")
        costs = []
        for seed in range(5):
            x, twin = ((da.random.default_rng(seed).random((3_000, 10), chunks=(1, 10)) * 2).sum() for _ in range(2))
            count = len(dict(twin.__dask_graph__()))
            start = time.process_time()
            future = self.client.compute(x)
            self.client.nthreads()  # answered when all before it has been sent
            costs.append((time.process_time() - start) / count)
            self.client.cancel(future)
            time.sleep(1)
        return min(costs) * 1e6
