"""Algorithms over arrays in memory: windows, scans, factors, orders."""

import numpy as np

from .engines import BOTH, Uncompiled, module


class Whole:
    """An array of the size that a subclass tells, in its chunks; NumPy's own without."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]
    size: tuple[int, ...] = ()
    chunks: tuple[int, ...] | str = ()

    def setup(self, engine):
        self.values = np.random.default_rng(0).random(self.size)
        self.np = np if engine == "numpy" else module(engine, "array")
        self.x = self.values if engine == "numpy" else self.np.from_array(self.values, chunks=self.chunks)

    def finish(self, engine, x):
        return x if engine == "numpy" else x.compute()


def _five_points(block):
    """The mean of each element and its four neighbours; the border stays."""
    new = block.copy()
    new[1:-1, 1:-1] = (block[1:-1, 1:-1] + block[:-2, 1:-1] + block[2:, 1:-1] + block[1:-1, :-2] + block[1:-1, 2:]) / 5
    return new


class Stencil(Whole):
    size, chunks = (4_000, 4_000), (1_000, 4_000)

    def time_five_points_ten_times(self, engine):
        x = self.x
        for _ in range(10):
            x = _five_points(x) if engine == "numpy" else x.map_overlap(_five_points, depth=1, boundary="none")
        self.finish(engine, x.sum())


class SmallStencil(Stencil):
    """Blocks of 2 MB, which stay in the processor's cache with what the function makes of them."""

    chunks = (500, 500)


class Standardize(Whole):
    size, chunks = (20_000, 2_000), (2_500, 2_000)

    def time_sum(self, engine):
        x = self.x
        self.finish(engine, ((x - x.mean(axis=0)) / x.std(axis=0)).sum())


class UncompiledStandardize(Uncompiled, Standardize):
    """With NumPy's loops only."""


class PlusTranspose(Whole):
    size, chunks = (8_000, 8_000), (2_000, 2_000)

    def time_sum(self, engine):
        self.finish(engine, (self.x + self.x.T).sum())


class PlusTransposeAuto(PlusTranspose):
    """In the blocks that both engines choose; those above are as small as the processor's cache."""

    chunks = "auto"


class Scan(Whole):
    size, chunks = (50_000_000,), (4_000_000,)

    def time_cumsum_last(self, engine):
        self.finish(engine, self.x.cumsum(axis=0)[-1])

    def time_cumsum_max(self, engine):
        self.finish(engine, self.x.cumsum(axis=0).max())


class Skinny(Whole):
    size, chunks = (500_000, 40), (62_500, 40)

    def time_svd(self, engine):
        if engine == "numpy":
            np.linalg.svd(self.x, full_matrices=False)
        else:
            module(engine, "").compute(*self.np.linalg.svd(self.x))


class Fourier(Whole):
    size, chunks = (4_096, 4_096), (1_024, 4_096)

    def time_fft2(self, engine):
        x = self.x.rechunk(-1) if engine == "dask" else self.x  # it refuses axes in several chunks
        self.finish(engine, abs(self.np.fft.fft2(x)).sum())


class Orders(Whole):
    size, chunks = (50_000_000,), (4_000_000,)

    def time_histogram(self, engine):
        self.finish(engine, self.np.histogram(self.x, bins=100, range=(0, 1))[0])

    def time_percentile(self, engine):
        self.finish(engine, self.np.percentile(self.x, [5, 50, 95]))


class Sort(Whole):
    """dask has no sort."""

    params = ["numpy", "minidask"]
    size, chunks = (50_000_000,), (4_000_000,)

    def time_sort(self, engine):
        self.finish(engine, self.np.sort(self.x)[::1000])
