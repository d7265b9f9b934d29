"""The joins of the database-like benchmark (https://duckdblabs.github.io/db-benchmark), from Parquet.

As there, what is made of the answers is the sums of a column of each side.
"""

import os

import numpy as np
import pandas as pd

from .engines import BOTH, folder, module

ROWS, FILES = int(os.environ.get("MINIDASK_BENCH_ROWS", "10_000_000")), 8
SIZES = {"small": ROWS // 1_000_000, "medium": ROWS // 1_000, "big": ROWS}
"""Rows of the right sides; each key has about as many values on both sides, of which nine in ten are on the other."""


def _keys(rng, count):  # type: ignore[no-untyped-def]
    """The keys of both sides: most are shared."""
    keys = rng.permutation(count + max(count // 10, 1)) + 1
    return keys[:count], keys[len(keys) - count :]


def _columns(values, names):  # type: ignore[no-untyped-def]
    """Keys as whole numbers, and the same as strings."""
    numbers = {f"id{i}": keys for i, keys in zip(names, values)}
    return numbers | {f"id{i + 3}": pd.array(np.char.mod("id%d", keys), dtype="str") for i, keys in zip(names, values)}


def _write(path):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    keys = [_keys(rng, max(size, 1)) for size in SIZES.values()]
    left, right = [one for one, _ in keys], [other for _, other in keys]
    for name, width in (("small", 1), ("medium", 2)):
        n = SIZES[name]
        own = [rng.choice(right[i], n) for i in range(width - 1)] + [right[width - 1]]
        frame = pd.DataFrame(_columns(own, range(1, width + 1)) | {"v2": rng.uniform(0, 100, n).round(6)})
        (path / name).mkdir(parents=True)
        frame.to_parquet(path / name / "part.0.parquet", index=False)
    for name, value, sides in (("x", "v1", left), ("big", "v2", right)):
        (path / name).mkdir()
        for part, last in enumerate(np.array_split(rng.permutation(sides[2]), FILES)):
            n = len(last)
            own = [rng.choice(sides[0], n), rng.choice(sides[1], n), last]
            frame = pd.DataFrame(_columns(own, (1, 2, 3)) | {value: rng.uniform(0, 100, n).round(6)})
            frame.to_parquet(path / name / f"part.{part}.parquet", index=False)


QUESTIONS = {
    1: ("small", "id1", "inner"),
    2: ("medium", "id2", "inner"),
    3: ("medium", "id2", "left"),
    4: ("medium", "id5", "inner"),
    5: ("big", "id3", "inner"),
}


def _polars(path, other, on, how):  # type: ignore[no-untyped-def]
    import polars as pl

    x, y = (pl.scan_parquet(f"{path}/{side}/*.parquet") for side in ("x", other))
    return x.join(y, on=on, how=how).select(pl.sum("v1"), pl.sum("v2")).collect(engine="streaming")


def _duckdb(path, other, on, how):  # type: ignore[no-untyped-def]
    import duckdb

    with duckdb.connect(config={"threads": 2}) as connection:
        x, y = (f"read_parquet('{path}/{side}/*.parquet')" for side in ("x", other))
        return connection.sql(f"SELECT sum(v1), sum(v2) FROM {x} {how} JOIN {y} USING ({on})").fetchall()


def _pandas(path, other, on, how):  # type: ignore[no-untyped-def]
    x = pd.read_parquet(path / "x", columns=[on, "v1"])
    return x.merge(pd.read_parquet(path / other, columns=[on, "v2"]), on=on, how=how)[["v1", "v2"]].sum()


class Joins:
    """Ten million rows in eight files, from the files to the answer."""

    params = ["pandas", *BOTH, "polars", "duckdb"]
    param_names = ["engine"]
    timeout = 600

    def setup(self, engine):
        self.path = folder() / f"joins-{ROWS}.parquet"
        if not self.path.exists():
            _write(self.path)

    def _ask(self, engine, question):
        asked = QUESTIONS[question]
        other_engine = {"pandas": _pandas, "polars": _polars, "duckdb": _duckdb}.get(engine)
        if other_engine is not None:
            return other_engine(self.path, *asked)
        other, on, how = asked
        dd = module(engine, "dataframe")
        x, y = (dd.read_parquet(self.path / side) for side in ("x", other))
        return x.merge(y, on=on, how=how)[["v1", "v2"]].sum().compute()


def _timed(question):  # type: ignore[no-untyped-def]
    def time_question(self, engine):  # type: ignore[no-untyped-def]
        return self._ask(engine, question)

    return time_question


for _question in QUESTIONS:
    setattr(Joins, f"time_question_{_question}", _timed(_question))
