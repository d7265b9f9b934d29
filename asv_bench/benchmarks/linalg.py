"""Linear algebra; NumPy has all cores for each call."""

import numpy as np

from .engines import BOTH, module


class TallSVD:
    """Of a matrix of 500,000 x 40, in blocks of 50,000 rows."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        self.a = np.random.default_rng(0).normal(size=(500_000, 40))

    def time_svd(self, engine):
        if engine == "numpy":
            return np.linalg.svd(self.a, full_matrices=False)
        da = module(engine, "array")
        u, s, v = da.linalg.svd(da.from_array(self.a, chunks=(50_000, 40)))
        return da.compute(u.sum(), s, v)


class Systems:
    """Of 2,000 equations, in blocks of 500 x 500."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        rng = np.random.default_rng(0)
        a = rng.normal(size=(2_000, 2_000))
        self.a, self.b = a @ a.T + 2_000 * np.eye(2_000), rng.normal(size=2_000)

    def wrap(self, engine):
        if engine == "numpy":
            return self.a, self.b, np.linalg
        da = module(engine, "array")
        return da.from_array(self.a, chunks=500), da.from_array(self.b, chunks=500), da.linalg

    def time_solve(self, engine):
        a, b, linalg = self.wrap(engine)
        x = linalg.solve(a, b)
        return x if engine == "numpy" else x.compute()

    def time_cholesky(self, engine):
        a, _, linalg = self.wrap(engine)
        factor = linalg.cholesky(a)
        return factor if engine == "numpy" else factor.compute()

    def time_inverse(self, engine):
        a, _, linalg = self.wrap(engine)
        inverse = linalg.inv(a)
        return inverse if engine == "numpy" else inverse.compute()
