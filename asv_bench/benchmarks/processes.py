"""Blocks handed from process to process."""

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
