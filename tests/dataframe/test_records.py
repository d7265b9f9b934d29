"""Frames as arrays of records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd

DATA = pd.DataFrame({"i": range(5), "f": [0.5] * 5, "s": list("abcde")}, index=pd.Index(range(10, 15), name="n"))


@pytest.mark.parametrize(
    "options", [{}, {"index": False}, {"column_dtypes": {"i": "int32"}, "index_dtypes": "<f4"}], ids=str
)
def test_as_pandas(options: dict[str, Any]) -> None:
    theirs = DATA.to_records(**options)
    ours = dd.from_pandas(DATA, 2).to_records(**options)
    assert ours.dtype == theirs.dtype
    assert ours.chunks == ((2, 3),)
    np.testing.assert_array_equal(ours.compute(), theirs)
    np.testing.assert_array_equal(ours["f"].compute(), theirs["f"])
    assert dd.to_records(dd.from_pandas(DATA, 2)).dtype == DATA.to_records().dtype
