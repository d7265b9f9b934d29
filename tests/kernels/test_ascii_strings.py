"""Methods of strings, faster where all characters are ASCII; the oracle is pandas."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

import minidask.dataframe as dd
from minidask.kernels.ascii_strings import METHODS, answered

pytest.importorskip("pyarrow")
DTYPES = [pd.StringDtype("pyarrow", na_value=float("nan")), pd.StringDtype("pyarrow")]


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("dtype", DTYPES, ids=["nan", "NA"])
@given(strings=st.lists(st.none() | st.text("aB1 .é", max_size=5), max_size=8), cut=st.integers(0, 3))
def test_as_pandas(method: str, dtype: Any, strings: list[str | None], cut: int) -> None:
    texts = pd.Series(strings, dtype=dtype)[cut:]
    found = answered(method, texts.array)
    if "é" in "".join(text or "" for text in strings[cut:]):
        assert found is None
    elif found is not None:
        theirs = getattr(texts.str, method)()
        pd.testing.assert_series_equal(pd.Series(found, index=texts.index), theirs)
    else:
        assert str(texts.array.__arrow_array__().type) != "large_string"


@pytest.mark.parametrize("dtype", [*DTYPES, "object"], ids=str)
@pytest.mark.parametrize(
    "asked",
    [("b",), ("",), (".",), ("x.y",), ("a|é",), ("B", False), ("b", True, 2), ("é",), ("[", True, 0, None, False)],
    ids=str,
)
def test_patterns_that_mean_themselves(dtype: Any, asked: tuple[Any, ...]) -> None:
    texts = pd.Series(["Ab", "cB", None, "", "x.y", "é", "[b"], dtype=dtype, name="s")
    names = dict(zip(["pat", "case", "flags", "na", "regex"], asked, strict=False))
    frame = dd.from_pandas(texts, npartitions=3, sort=False)
    pd.testing.assert_series_equal(frame.str.contains(**names).compute(scheduler="sync"), texts.str.contains(**names))
