"""Arrays in memory and on disk."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .engines import BOTH, Uncompiled, folder, module

N = 50_000_000


class ThreeArrays:
    """Three arrays of 50 million numbers in memory, chunks of 4 million."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        rng = np.random.default_rng(0)
        self.arrays = [rng.random(N) for _ in range(3)]

    def wrap(self, engine):
        if engine == "numpy":
            return self.arrays
        return [module(engine, "array").from_array(a, chunks=4_000_000) for a in self.arrays]

    def chain_mean(self, engine):
        x, y, z = self.wrap(engine)
        mean = (np.sqrt(x**2 + y**2) * 2 + 1 - z).mean()
        return mean if engine == "numpy" else mean.compute()


class Elementwise(ThreeArrays):
    def time_chain_mean(self, engine):
        return self.chain_mean(engine)

    def time_std(self, engine):
        x, _, _ = self.wrap(engine)
        std = x.std()
        return std if engine == "numpy" else std.compute()


class UncompiledElementwise(Uncompiled, ThreeArrays):
    """With NumPy's loops only."""

    def time_chain_mean(self, engine):
        return self.chain_mean(engine)


class HandWritten(ThreeArrays):
    """The chain against a loop that a person has written for Numba, a thread for each core."""

    params = ["numba", "minidask"]

    def setup(self, engine):
        super().setup(engine)
        if engine == "numba":
            import numba

            self.loop = numba.njit("float64(float64[::1], float64[::1], float64[::1])", nogil=True)(_sum_of_chain)

    def time_chain_mean(self, engine):
        if engine == "minidask":
            return self.chain_mean(engine)
        chunks = [[a[i : i + 4_000_000] for a in self.arrays] for i in range(0, N, 4_000_000)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return sum(pool.map(lambda chunk: self.loop(*chunk), chunks)) / N


def _sum_of_chain(x, y, z):
    total = 0.0
    for i in range(x.size):
        total += math.sqrt(x[i] * x[i] + y[i] * y[i]) * 2 + 1 - z[i]
    return total


class Product:
    """Of two matrices; NumPy has all cores for each product, the others have a core for each block of the result."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]
    size = 1_000

    def setup(self, engine):
        rng = np.random.default_rng(0)
        self.a, self.b = (rng.random((self.size, self.size)) for _ in range(2))
        if engine != "numpy":
            da = module(engine, "array")
            self.a, self.b = (da.from_array(x, chunks=self.size // 2) for x in (self.a, self.b))

    def time_dot(self, engine):
        product = self.a.dot(self.b)
        return product if engine == "numpy" else product.compute()


class LargeProduct(Product):
    size = 4_000


class Matrix:
    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        self.values = np.random.default_rng(0).random((8_000, 4_000))

    def wrap(self, engine):
        if engine == "numpy":
            return self.values
        return module(engine, "array").from_array(self.values, chunks=(1_000, 4_000))

    def finish(self, engine, x):
        return x if engine == "numpy" else x.compute()

    def time_standardize(self, engine):
        x = self.wrap(engine)
        self.finish(engine, ((x - x.mean(axis=0)) / x.std(axis=0)).sum())

    def time_rechunk_then_mean(self, engine):
        x = self.wrap(engine)
        if engine != "numpy":
            x = x.rechunk((8_000, 500))
        self.finish(engine, x.mean(axis=0))

    def time_plus_transpose(self, engine):
        x = self.wrap(engine)[:4_000]
        self.finish(engine, (x + x.T).sum())

    def time_few_rows(self, engine):
        self.finish(engine, self.wrap(engine)[::1000, 5])

    def time_matmul(self, engine):
        x = self.wrap(engine)[:2_000, :2_000]
        self.finish(engine, x @ x)


class Random:
    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        self.random = np.random if engine == "numpy" else module(engine, "array").random

    def time_normal_mean(self, engine):
        rng = self.random.default_rng(0)
        if engine == "numpy":
            rng.normal(size=20_000_000).mean()
        else:
            rng.normal(size=20_000_000, chunks=2_000_000).mean().compute()

    def time_normal_mean_and_std(self, engine):
        rng = self.random.default_rng(0)
        if engine == "numpy":
            x = rng.normal(size=N)
            return x.mean(), x.std()
        x = rng.normal(size=N, chunks=4_000_000)
        return module(engine, "").compute(x.mean(), x.std())


class OnDisk:
    """A 4 GB array on disk, in chunks of 32 MB: the anomaly needs its blocks twice."""

    params = BOTH
    param_names = ["engine"]
    timeout = 600

    def setup(self, engine):
        path = folder() / "four-gigabytes.npy"
        if not path.exists():
            part = np.random.default_rng(0).random((1_000, 4_000))
            whole = np.lib.format.open_memmap(path.with_suffix(".part"), "w+", "float64", (125_000, 4_000))
            for i in range(0, len(whole), len(part)):
                whole[i : i + len(part)] = part + i
            whole.flush()
            path.with_suffix(".part").rename(path)
        self.x = np.load(path, mmap_mode="r")

    def time_anomaly(self, engine):
        x = module(engine, "array").from_array(self.x, chunks=(1_000, 4_000))
        ((x - x.mean(axis=0)) ** 2).mean().compute()
