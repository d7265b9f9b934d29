"""Blocks handed from process to process."""

from multiprocessing.connection import Connection
from unittest.mock import patch

import numpy as np

from .engines import BOTH, module


def make(i: int) -> np.ndarray:
    return np.full(4_000_000, float(i))


def increment(x: np.ndarray) -> np.ndarray:
    return x + 1


class Blocks:
    """Eight blocks of 32 MB, mapped and then summed pairwise."""

    params = BOTH
    param_names = ["engine"]
    timeout = 300

    def setup(self, engine):
        self.delayed = module(engine, "").delayed
        self.total()

    def total(self):
        blocks = [self.delayed(increment)(self.delayed(make)(i)) for i in range(8)]
        while len(blocks) > 1:
            blocks = [self.delayed(np.add)(a, b) for a, b in zip(blocks[::2], blocks[1::2])]
        return self.delayed(np.sum)(blocks[0]).compute(scheduler="processes")

    def time_map_and_sum(self, engine):
        self.total()


class Messages:
    """What goes through the main process for each task, of blocks of 1 MB and of small ones; at most 1 KB."""

    params = ["minidask"]
    param_names = ["engine"]
    timeout = 120
    unit = "bytes"

    def setup(self, engine):
        import minidask.array as da

        x = da.random.default_rng(1).random((1000, 12_500), chunks=(10, 12_500)).map_blocks(np.sqrt, dtype=float)
        y = da.arange(100_000, chunks=100)
        self.large = (x - x.mean(axis=0)).std()
        self.small = (y.map_blocks(lambda block: block + 1, dtype=int) * 2).sum()
        self.small.compute(scheduler="processes", num_workers=2)

    def bytes_per_task(self, value) -> float:
        from minidask.events import Listener

        sent, ran = [], []

        class Ran(Listener):
            def task_end(self, i, *_):
                ran.append(i)

        def send(connection, data, send=Connection.send_bytes):
            sent.append(len(data))
            send(connection, data)

        def receive(connection, receive=Connection.recv_bytes):
            sent.append(len(data := receive(connection)))
            return data

        with patch.object(Connection, "send_bytes", send), patch.object(Connection, "recv_bytes", receive):
            value.compute(scheduler="processes", num_workers=2, callbacks=[Ran()])
        return sum(sent) / len(ran)

    def track_large_blocks(self, engine):
        return self.bytes_per_task(self.large)

    def track_small_blocks(self, engine):
        return self.bytes_per_task(self.small)
