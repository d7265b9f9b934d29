"""Frames from Parquet and CSV."""

import numpy as np
import pandas as pd

from .engines import BOTH, folder, module

ROWS, FILES = 4_000_000, 8


def _make(part: int) -> pd.DataFrame:
    rng = np.random.default_rng(part)
    n = ROWS // FILES
    return pd.DataFrame(
        {
            "id": rng.integers(0, 1_000, n),
            "key": rng.integers(0, 2_000_000, n),
            "name": pd.array(rng.choice([f"name{i:03}" for i in range(100)], n), dtype="string"),
            "time": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
            "x": rng.random(n),
            "y": rng.normal(size=n),
        }
    )


class Parquet:
    """Four million rows in eight files."""

    params = ["pandas", *BOTH]
    param_names = ["engine"]
    timeout = 300

    def setup(self, engine):
        self.path = folder() / "rows.parquet"
        if not self.path.exists():
            self.path.mkdir()
            for part in range(FILES):
                _make(part).to_parquet(self.path / f"part.{part}.parquet", index=False)
        self.small = pd.DataFrame({"id": np.arange(1_000), "label": [f"label{i}" for i in range(1_000)]})

    def read(self, engine):
        return (pd if engine == "pandas" else module(engine, "dataframe")).read_parquet(self.path)

    def finish(self, engine, x):
        return x if engine == "pandas" else x.compute()

    def time_groupby_few(self, engine):
        df = self.read(engine)
        self.finish(engine, df.groupby("id").agg({"x": "mean", "y": "sum"}))

    def time_groupby_string(self, engine):
        df = self.read(engine)
        self.finish(engine, df.groupby("name")["x"].mean())

    def time_groupby_many(self, engine):
        df = self.read(engine)
        self.finish(engine, df.groupby("key")["x"].sum())

    def time_filter_mean(self, engine):
        df = self.read(engine)
        self.finish(engine, df[(df["x"] > 0.5) & (df["id"] < 500)]["y"].mean())

    def time_length(self, engine):
        len(self.read(engine))

    def time_value_counts(self, engine):
        self.finish(engine, self.read(engine)["name"].value_counts())

    def time_merge_small(self, engine):
        df = self.read(engine)
        self.finish(engine, df.merge(self.small, on="id").groupby("label")["x"].sum())

    def time_sort_values(self, engine):
        df = self.read(engine)[["key", "x"]]
        self.finish(engine, df.sort_values("key"))

    def time_set_index(self, engine):
        df = self.read(engine)[["key", "x"]]
        self.finish(engine, df.set_index("key"))

    def time_drop_duplicates(self, engine):
        df = self.read(engine)[["id", "name"]]
        self.finish(engine, df.drop_duplicates())

    def time_strings(self, engine):
        df = self.read(engine)
        self.finish(engine, df["name"].str.upper().str.slice(0, 5).nunique())

    def time_datetimes(self, engine):
        df = self.read(engine)
        self.finish(engine, df.groupby(df["time"].dt.hour)["x"].mean())


class CSV:
    """A million rows of CSV in four files."""

    params = ["pandas", *BOTH]
    param_names = ["engine"]
    timeout = 300

    def setup(self, engine):
        self.path = folder() / "rows.csv"
        if not self.path.exists():
            self.path.mkdir()
            for part in range(4):
                _make(part).iloc[:250_000].to_csv(self.path / f"part.{part}.csv", index=False)

    def time_read_groupby(self, engine):
        if engine == "pandas":
            df = pd.concat([pd.read_csv(p) for p in sorted(self.path.iterdir())], ignore_index=True)
        else:
            df = module(engine, "dataframe").read_csv(str(self.path / "*.csv"))
        result = df.groupby("name")["x"].sum()
        return result if engine == "pandas" else result.compute()
