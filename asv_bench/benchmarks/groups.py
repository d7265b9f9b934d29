"""The group-by questions of the database-like benchmark (https://duckdblabs.github.io/db-benchmark), from Parquet."""

import os

import numpy as np
import pandas as pd

from .engines import BOTH, folder, module

ROWS, FILES = int(os.environ.get("MINIDASK_BENCH_ROWS", "10_000_000")), 8
FEW = 100
"""Groups of a key with few; one with many has ROWS / FEW."""


def _make(part: int) -> pd.DataFrame:
    rng = np.random.default_rng(part)
    n, many = ROWS // FILES, ROWS // FEW
    few = np.array([f"id{i:03}" for i in range(1, FEW + 1)], dtype=object)
    names = np.array([f"id{i:010}" for i in range(1, many + 1)], dtype=object)
    return pd.DataFrame(
        {
            "id1": pd.array(few[rng.integers(0, FEW, n)], dtype="str"),
            "id2": pd.array(few[rng.integers(0, FEW, n)], dtype="str"),
            "id3": pd.array(names[rng.integers(0, many, n)], dtype="str"),
            "id4": rng.integers(1, FEW + 1, n),
            "id5": rng.integers(1, FEW + 1, n),
            "id6": rng.integers(1, many + 1, n),
            "v1": rng.integers(1, 6, n),
            "v2": rng.integers(1, 16, n),
            "v3": rng.uniform(0, 100, n).round(6),
        }
    )


IDS = ["id1", "id2", "id3", "id4", "id5", "id6"]
SQL = {
    1: "SELECT id1, sum(v1) FROM t GROUP BY id1",
    2: "SELECT id1, id2, sum(v1) FROM t GROUP BY id1, id2",
    3: "SELECT id3, sum(v1), avg(v3) FROM t GROUP BY id3",
    4: "SELECT id4, avg(v1), avg(v2), avg(v3) FROM t GROUP BY id4",
    5: "SELECT id6, sum(v1), sum(v2), sum(v3) FROM t GROUP BY id6",
    6: "SELECT id4, id5, quantile_cont(v3, 0.5), stddev(v3) FROM t GROUP BY id4, id5",
    7: "SELECT id3, max(v1) - min(v2) FROM t GROUP BY id3",
    8: "SELECT id6, unnest(max(v3, 2)) FROM t GROUP BY id6",
    9: "SELECT id2, id4, corr(v1, v2) FROM t GROUP BY id2, id4",
    10: "SELECT id1, id2, id3, id4, id5, id6, sum(v3), count(*) FROM t GROUP BY ALL",
}
"""What DuckDB is asked."""


def _difference(found):  # type: ignore[no-untyped-def]
    return found["v1"] - found["v2"]


FRAMES = {
    1: lambda df: df.groupby("id1").agg({"v1": "sum"}),
    2: lambda df: df.groupby(["id1", "id2"]).agg({"v1": "sum"}),
    3: lambda df: df.groupby("id3").agg({"v1": "sum", "v3": "mean"}),
    4: lambda df: df.groupby("id4").agg({"v1": "mean", "v2": "mean", "v3": "mean"}),
    5: lambda df: df.groupby("id6").agg({"v1": "sum", "v2": "sum", "v3": "sum"}),
    6: lambda df: df.groupby(["id4", "id5"]).agg({"v3": ["median", "std"]}),
    7: lambda df: _difference(df.groupby("id3").agg({"v1": "max", "v2": "min"})),
    8: lambda df: df.groupby("id6").v3.nlargest(2),
    9: lambda df: df.groupby(["id2", "id4"])[["v1", "v2"]].corr(),
    10: lambda df: df.groupby(IDS).agg({"v3": "sum", "v1": "count"}),
}
"""What pandas, dask and minidask are asked."""
OTHERWISE = {
    ("pandas", 8): lambda df: df.sort_values("v3", ascending=False).groupby("id6").head(2),
    ("dask", 8): lambda df: df.groupby("id6").v3.apply(lambda v: v.nlargest(2), meta=("v3", "f8")),
}
"""Where pandas would take minutes, and dask has no such method."""


def _frames(df, question, engine):  # type: ignore[no-untyped-def]
    return OTHERWISE.get((engine, question), FRAMES[question])(df)


def _polars(df, question):  # type: ignore[no-untyped-def]
    import polars as pl

    sums = {
        1: ("id1", [pl.sum("v1")]),
        2: (["id1", "id2"], [pl.sum("v1")]),
        3: ("id3", [pl.sum("v1"), pl.mean("v3")]),
        4: ("id4", [pl.mean("v1", "v2", "v3")]),
        5: ("id6", [pl.sum("v1", "v2", "v3")]),
        6: (["id4", "id5"], [pl.median("v3").alias("median"), pl.std("v3").alias("std")]),
        7: ("id3", [pl.max("v1") - pl.min("v2")]),
        8: ("id6", [pl.col("v3").top_k(2)]),
        9: (["id2", "id4"], [pl.corr("v1", "v2")]),
        10: (IDS, [pl.sum("v3"), pl.len().alias("count")]),
    }
    keys, asked = sums[question]
    found = df.group_by(keys).agg(asked)
    return (found.explode("v3") if question == 8 else found).collect(engine="streaming")


COLUMNS = {
    1: ["id1", "v1"],
    2: ["id1", "id2", "v1"],
    3: ["id3", "v1", "v3"],
    4: ["id4", "v1", "v2", "v3"],
    5: ["id6", "v1", "v2", "v3"],
    6: ["id4", "id5", "v3"],
    7: ["id3", "v1", "v2"],
    8: ["id6", "v3"],
    9: ["id2", "id4", "v1", "v2"],
    10: [*IDS, "v1", "v3"],
}
"""What pandas is told to read; the others find it out."""


class Questions:
    """Ten million rows in eight files, from the files to the answer."""

    params = ["pandas", *BOTH, "polars", "duckdb"]
    param_names = ["engine"]
    timeout = 600

    def setup(self, engine):
        self.path = folder() / f"groups-{ROWS}.parquet"
        if not self.path.exists():
            self.path.mkdir()
            for part in range(FILES):
                _make(part).to_parquet(self.path / f"part.{part}.parquet", index=False)

    def _ask(self, engine, question):
        if engine == "duckdb":
            import duckdb

            with duckdb.connect(config={"threads": 2}) as connection:
                files = f"read_parquet('{self.path}/*.parquet')"
                return connection.sql(SQL[question].replace("FROM t", f"FROM {files}")).fetch_arrow_table()
        if engine == "polars":
            import polars as pl

            return _polars(pl.scan_parquet(f"{self.path}/*.parquet"), question)
        if engine == "pandas":
            return _frames(pd.read_parquet(self.path, columns=COLUMNS[question]), question, engine)
        return _frames(module(engine, "dataframe").read_parquet(self.path), question, engine).compute()


def _timed(question):  # type: ignore[no-untyped-def]
    def time_question(self, engine):  # type: ignore[no-untyped-def]
        return self._ask(engine, question)

    return time_question


for _question in SQL:
    setattr(Questions, f"time_question_{_question:02}", _timed(_question))
