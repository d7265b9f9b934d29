"""Groups of many partitions, spread over ranges of their keys where there are many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.dataframe import grouped
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
