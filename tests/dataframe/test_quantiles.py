"""Exact quantiles against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask.kernels import selection
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

CASES: dict[str, Callable[[Any], Any]] = {
    "half": lambda d: d.f.quantile(),
    "several": lambda d: d.f.quantile([0.1, 0.5, 0.99]),
    "of ints": lambda d: d.i.quantile([0, 1 / 3, 1]),
    "of nullable ints": lambda d: d.n.quantile(0.3),
    "of times": lambda d: d.t.quantile([0.2, 0.5]),
    "frame": lambda d: d[["i", "f"]].quantile(0.25),
    "frame, several": lambda d: d[["i", "f"]].quantile([0.25, 0.75]),
    "numbers only": lambda d: d[["i", "f", "s"]].quantile(0.4, numeric_only=True),
    "median": lambda d: d.f.median(),
    "median of ints": lambda d: d.i.median(),
    "median of a frame": lambda d: d[["i", "f"]].median(),
    "median of times": lambda d: d.t.median(),
    **{
        f"{how}": lambda d, how=how: d.f.quantile([0.1, 0.35, 0.5], interpolation=how)
        for how in ("lower", "higher", "midpoint", "nearest")
    },
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("case", CASES)
def test_like_pandas(case, frame):
    data = FRAMES[frame]
    assert_eq(CASES[case](lazy(data, 4)), CASES[case](data), check_dtype=frame != "empty")


values = st.lists(st.one_of(st.integers(-3, 3), st.just(0.5), st.none()), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(values, st.integers(1, 6), st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_random_values(values, npartitions, q):
    data = pd.Series(values, dtype=float)
    found = dd.from_pandas(data, npartitions=npartitions).quantile(q).compute(scheduler="synchronous")
    pd.testing.assert_series_equal(found, data.quantile(q))


@pytest.mark.parametrize("points", [2, 3, 10])
def test_few_points(points, monkeypatch):
    monkeypatch.setattr(selection, "POINTS", points)
    data = pd.Series(np.random.default_rng(0).integers(0, 50, 500) ** 2)
    q = np.linspace(0, 1, 41).tolist()
    pd.testing.assert_series_equal(lazy(data, 9).quantile(q).compute(scheduler="threads"), data.quantile(q))


def test_mistakes_are_errors_at_the_call():
    df = lazy(FRAMES["plain"])
    with pytest.raises(ValueError, match="from 0 to 1"):
        df.f.quantile(2)
    with pytest.raises(ValueError, match="interpolation"):
        df.f.quantile(0.5, interpolation="cubic")
    with pytest.raises(TypeError):
        df.s.quantile(0.5)
    with pytest.raises(NotImplementedError, match="a column for each row"):
        df[["f"]].quantile([0.5], axis=1)
    with pytest.raises(ValueError, match="method='table'"):
        df.f.quantile(0.5, method="table")
