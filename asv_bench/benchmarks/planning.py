"""What it costs to say what shall be done, before and between the tasks."""

import numpy as np
import pandas as pd

from .engines import BOTH, module


class BillionBlocks:
    """An array of 1e9 blocks. Only minidask can: dask would make a dictionary of them."""

    params = ["minidask"]
    param_names = ["engine"]

    def setup(self, engine):
        self.da = module(engine, "array")
        self.x = self.da.ones((1000, 1000, 1000), chunks=1)

    def time_build_add_sum(self, engine):
        x = self.da.ones((1000, 1000, 1000), chunks=1)
        (x + 1).sum(axis=0)

    def time_one_element(self, engine):
        (self.x + 1)[5, 5, 5].compute()


class ManyBlocks:
    params = BOTH
    param_names = ["engine"]

    def setup(self, engine):
        self.da = module(engine, "array")

    def time_sum_of_100_000_blocks(self, engine):
        x = self.da.ones((1000, 1000), chunks=(10, 1))
        (x + 1).sum().compute()


class SmallArray:
    """20 operations on 1,000 elements: nothing but overhead."""

    params = ["numpy", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        self.x = np.linspace(0, 1, 1000)
        self.wrap = (lambda x: x) if engine == "numpy" else module(engine, "array").from_array

    def time_20_operations(self, engine):
        x = self.wrap(self.x)
        for i in range(4):
            x = np.sqrt(x * x + i) - x / 2
        y = x.sum()
        if engine != "numpy":
            y.compute()


class SmallFrame:
    """20 operations on 1,000 rows."""

    params = ["pandas", *BOTH]
    param_names = ["engine"]

    def setup(self, engine):
        self.df = pd.DataFrame({"a": np.arange(1000), "b": np.linspace(0, 1, 1000), "c": ["x", "y"] * 500})
        dd = None if engine == "pandas" else module(engine, "dataframe")
        self.wrap = (lambda df: df) if dd is None else lambda df: dd.from_pandas(df, npartitions=1)

    def time_20_operations(self, engine):
        df = self.wrap(self.df)
        for i in range(4):
            df = df.assign(b=df["b"] * 2 + i)
            df = df[df["a"] > i]
        total = df["b"].sum()
        if engine != "pandas":
            total.compute()
