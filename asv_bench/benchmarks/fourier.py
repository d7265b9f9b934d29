"""Fourier transforms."""

import numpy as np

from .engines import BOTH, module


class Fourier:
    """Of 4,096 x 4,096 numbers, in blocks of 1,024 x 1,024."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        self.a = np.random.default_rng(0).normal(size=(4_096, 4_096))

    def time_fft2(self, engine):
        if engine == "numpy":
            return np.fft.fft2(self.a)
        da = module(engine, "array")
        x = da.from_array(self.a, chunks=1_024)
        if engine == "dask":  # which takes no axis of several blocks
            x = da.fft.fft(x.rechunk({1: -1}), axis=1).rechunk({0: -1, 1: "auto"})
            return da.fft.fft(x, axis=0).compute()
        return da.fft.fft2(x).compute()
