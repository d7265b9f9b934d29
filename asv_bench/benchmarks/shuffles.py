"""Rows that move between partitions, windows and accessors, over ten million rows of Parquet; a gigabyte of CSV."""

import os

import numpy as np
import pandas as pd

from .engines import BOTH, folder, module

ROWS, FILES = int(os.environ.get("MINIDASK_BENCH_ROWS", "10_000_000")), 16
CSV_FILES = 20
"""Of as many rows as the others: a gigabyte in all."""
DAY = pd.Timestamp("2026-01-01")


def _make(part: int) -> pd.DataFrame:
    rng = np.random.default_rng(part)
    n = ROWS // FILES
    return pd.DataFrame(
        {
            "key": rng.integers(0, ROWS, n),
            "few": rng.integers(0, 1_000, n),
            "name": pd.array(rng.choice([f"name{i:04}" for i in range(1_000)], n), dtype="str"),
            "time": DAY + pd.to_timedelta(np.arange(part * n, part * n + n), unit="s"),
            "x": rng.random(n),
            "y": rng.normal(size=n),
        }
    )


class Frames:
    """The rows in sixteen files."""

    params = ["pandas", *BOTH]
    param_names = ["engine"]
    timeout = 600

    def setup(self, engine):
        self.path = folder() / f"shuffles-{ROWS}.parquet"
        if not self.path.exists():
            self.path.mkdir()
            for part in range(FILES):
                _make(part).to_parquet(self.path / f"part.{part:02}.parquet", index=False)

    def read(self, engine, *columns):
        return (pd if engine == "pandas" else module(engine, "dataframe")).read_parquet(self.path)[list(columns)]

    def finish(self, engine, found):
        return found if engine == "pandas" else found.compute()


class Shuffles(Frames):
    """Rows by their keys."""

    def time_set_index(self, engine):
        self.finish(engine, self.read(engine, "key", "x", "y").set_index("key"))

    def time_sort_values(self, engine):
        self.finish(engine, self.read(engine, "key", "x", "y").sort_values("key"))

    def time_drop_duplicates(self, engine):
        self.finish(engine, self.read(engine, "key", "few").drop_duplicates("key"))

    def time_merge(self, engine):
        left, right = self.read(engine, "key", "x"), self.read(engine, "key", "y")
        self.finish(engine, left.merge(right, on="key"))


class Windows(Frames):
    """Rows in the order of time."""

    def read(self, engine, *columns):
        df = super().read(engine, "time", *columns)
        return df.set_index("time") if engine == "pandas" else df.set_index("time", sorted=True)

    def time_resample(self, engine):
        self.finish(engine, self.read(engine, "x", "y").resample("1h").mean())

    def time_rolling_rows(self, engine):
        self.finish(engine, self.read(engine, "x").rolling(100).mean().max())

    def time_rolling_time(self, engine):
        self.finish(engine, self.read(engine, "x").rolling("60s").mean().max())


class Accessors(Frames):
    """Strings and times."""

    def time_upper(self, engine):
        self.finish(engine, self.read(engine, "name")["name"].str.upper().nunique())

    def time_contains(self, engine):
        self.finish(engine, self.read(engine, "name")["name"].str.contains("42").sum())

    def time_slice_len(self, engine):
        self.finish(engine, self.read(engine, "name")["name"].str.slice(2, 6).str.len().sum())

    def time_hour(self, engine):
        self.finish(engine, self.read(engine, "time").time.dt.hour.mean())

    def time_floor(self, engine):
        self.finish(engine, self.read(engine, "time").time.dt.floor("D").nunique())


class InMemory(Accessors):
    """The same of rows that need not be read, and strings that nobody has numbered."""

    def setup(self, engine):
        super().setup(engine)
        self.frame = pd.read_parquet(self.path, columns=["name", "time"])
        if engine != "pandas":
            self.frame = module(engine, "dataframe").from_pandas(self.frame, npartitions=FILES, sort=False)

    def read(self, engine, *columns):
        return self.frame[list(columns)]


class CSV:
    """A gigabyte in twenty files."""

    params = ["pandas", *BOTH]
    param_names = ["engine"]
    timeout = 600

    def setup(self, engine):
        self.path = folder() / f"shuffles-{ROWS}-{CSV_FILES}.csv"
        if not self.path.exists():
            self.path.mkdir()
            for part in range(CSV_FILES):
                _make(part).to_csv(self.path / f"part.{part}.csv", index=False)
        self.files = sorted(self.path.iterdir())

    def time_groupby(self, engine):
        if engine == "pandas":
            df = pd.concat([pd.read_csv(path) for path in self.files], ignore_index=True)
        else:
            df = module(engine, "dataframe").read_csv(str(self.path / "*.csv"))
        found = df.groupby("name").agg({"x": "mean", "y": "sum"})
        return found if engine == "pandas" else found.compute()
