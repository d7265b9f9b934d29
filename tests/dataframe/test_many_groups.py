"""Groups of many partitions, spread over ranges of their keys where there are many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe import grouped
from minidask.kernels import duplicates, grouping
from minidask.testing import assert_eq

N, PARTS = 2000, 20
random = np.random.default_rng(3)
FRAME = pd.DataFrame(
    {
        "k": random.integers(0, 700, N),
        "t": random.choice(["u", "v", "w", None], N),
        "c": pd.Categorical(random.choice(["x", "y"], N), categories=["y", "x", "z"]),
        "v": random.random(N),
        "i": random.integers(0, 9, N),
    }
)


@pytest.fixture(params=["many", "few"], autouse=True)
def limit(request, monkeypatch):
    monkeypatch.setattr(grouped, "_FEW", 100 if request.param == "many" else 10**9)


def lazy():
    return dd.from_pandas(FRAME, npartitions=PARTS, sort=False)


@pytest.mark.parametrize("method", ["sum", "mean", "std", "first", "last", "count", "size", "max", "median"])
def test_one_key(method):
    assert_eq(getattr(lazy().groupby("k")[["v", "i"]], method)(), getattr(FRAME.groupby("k")[["v", "i"]], method)())


@pytest.mark.parametrize(
    ("by", "options"),
    [
        (["k", "i"], {}),
        (["t", "k"], {"dropna": False}),
        ("t", {"dropna": False}),
        ("c", {"observed": True}),
        ("c", {"observed": False}),
        (["c", "k"], {"observed": True}),
        ("k", {"as_index": False}),
        (["k", "t"], {"as_index": False}),
        ("k", {"sort": False}),
    ],
    ids=str,
)
def test_keys_and_options(by, options):
    wanted = FRAME.groupby(by, **options).agg({"v": "sum", "i": "count"})
    assert_eq(lazy().groupby(by, **options).agg({"v": "sum", "i": "count"}), wanted)


@pytest.mark.parametrize("by", ["k", ["t", "k"]], ids=str)
def test_medians_of_groups_with_missing_values(by):
    frame = FRAME.assign(v=FRAME.v.where(FRAME.i > 3))
    asked = {"v": ["median", "count"], "i": "median"}
    assert_eq(dd.from_pandas(frame, npartitions=PARTS, sort=False).groupby(by).agg(asked), frame.groupby(by).agg(asked))


def test_of_one_column_and_other_keys():
    assert_eq(lazy().v.groupby(lazy().k % 300).sum(), FRAME.v.groupby(FRAME.k % 300).sum())


def test_nobody_has_a_key():
    frame = FRAME.assign(k=np.nan)
    found = dd.from_pandas(frame, npartitions=PARTS, sort=False).groupby("k").v.sum()
    assert_eq(found, frame.groupby("k").v.sum())


def test_different_values():
    assert_eq(lazy().groupby("k").i.nunique(), FRAME.groupby("k").i.nunique())


METHODS = {"v": ["sum", "mean", "std", "min", "first", "median"], "i": ["count", "sum", "size"]}


@pytest.fixture
def apart(monkeypatch):
    """The blocks in which rows were not put into groups."""
    found = []

    def told(*args):
        found.append(args)
        return rows_apart(*args)

    rows_apart = grouping.rows_apart
    monkeypatch.setattr(grouping, "rows_apart", told)
    monkeypatch.setattr(duplicates, "SAMPLE", 32)
    return found


@pytest.mark.parametrize("funcs", [METHODS, {k: [f for f in v if f != "median"] for k, v in METHODS.items()}], ids=str)
@pytest.mark.parametrize("dropna", [True, False])
def test_blocks_of_hardly_any_equal_rows(funcs, dropna, apart):
    frame = FRAME.assign(k=np.random.default_rng(4).integers(0, 5000, N), v=FRAME.v.where(FRAME.i > 2))
    by = ["t", "k", "c"]
    found = dd.from_pandas(frame, npartitions=4, sort=False).groupby(by, dropna=dropna, observed=True)
    wanted = frame.groupby(by, dropna=dropna, observed=True).agg(funcs)
    assert_eq(found.agg(funcs, split_out=3), wanted)
    assert bool(apart) == ("median" not in funcs["v"])  # which takes whole groups


def test_blocks_of_many_equal_rows(apart):
    found = dd.from_pandas(FRAME, npartitions=4, sort=False).groupby("i").v.sum(split_out=3)
    assert_eq(found, FRAME.groupby("i").v.sum())
    assert not apart
