"""Minimal cases in which a random comparison with pandas found a difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

CATEGORIES = pd.Categorical(list("xzyzx") * 4, categories=["z", "x", "y", "w"])


def test_categories_as_index() -> None:
    data = pd.DataFrame({"c": CATEGORIES, "i": range(20)})
    found = dd.from_pandas(data, 3).set_index("c")
    assert not found.known_divisions
    assert_eq(found.compute(), data.sort_values("c", kind="stable").set_index("c"))


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_medians_of_flags(dtype: str) -> None:
    data = pd.DataFrame({"b": np.array([True, False, True, True]), "f": [1.0, 2.0, 3.0, 5.0]}).astype({"b": dtype})
    lazy = dd.from_pandas(data, 2)
    assert_eq(lazy.b.median(), data.b.median())
    assert_eq(lazy.median(), data.median())
