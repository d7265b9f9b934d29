"""Keys of many dtypes, with missing values, in blocks of uneven length: what sorts, joins and groups as in pandas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd

pa = pytest.importorskip("pyarrow")
N = 24
NUMBERS = np.random.default_rng(7).integers(0, 5, N)
MISSING = np.arange(N) % 5 == 3


def _holey(values: Any) -> list[Any]:
    return [None if gap else value for value, gap in zip(values, MISSING)]


def _arrow(values: Any, kind: Any) -> Any:
    return pd.array(_holey(values), dtype=pd.ArrowDtype(kind))


MOMENTS = pd.Timestamp("2024-03-01") + pd.to_timedelta(NUMBERS, unit="D")
KEYS: dict[str, Any] = {
    "int8": (NUMBERS * 50 - 100).astype("int8"),
    "float32": pd.array(_holey(NUMBERS / 2), dtype="float32"),
    "bool": NUMBERS > 1,
    "str": pd.array(_holey(NUMBERS.astype(str)), dtype="str"),
    "times": pd.Series(_holey(MOMENTS), dtype="M8[us]"),
    "times of a zone": pd.Series(_holey(MOMENTS), dtype="M8[us]").dt.tz_localize("Europe/Rome"),
    "spans": pd.Series(_holey(MOMENTS - MOMENTS[0]), dtype="m8[us]"),
    "Int64": pd.array(_holey(NUMBERS), dtype="Int64"),
    "boolean": pd.array(_holey(NUMBERS > 1), dtype="boolean"),
    "categories": pd.Categorical(_holey(np.array(list("abcde"))[NUMBERS]), categories=list("ecxabd")),
    "ordered": pd.Categorical(_holey(NUMBERS), categories=[4, 0, 2, 3, 1, 9], ordered=True),
    "months": pd.period_range("2024-01", periods=5, freq="M")[NUMBERS],
    "arrow integers": _arrow(NUMBERS, pa.int64()),
    "arrow strings": _arrow(NUMBERS.astype(str), pa.string()),
    "arrow flags": _arrow(NUMBERS > 1, pa.bool_()),
    "arrow times": _arrow(MOMENTS, pa.timestamp("us")),
    "arrow dates": _arrow([m.date() for m in MOMENTS], pa.date32()),
}
CUTS = (0, 9, 9, 10, N)

TABLE: dict[str, Callable[[Any, Any], Any]] = {
    "sort": lambda d, side: d.sort_values("k", kind="stable"),
    "sort by two": lambda d, side: d.sort_values(["f", "k"], ascending=[False, True], kind="stable"),
    "merge": lambda d, side: d.merge(side, on="k"),
    "merge left": lambda d, side: d.merge(side, on="k", how="left"),
    "merge outer": lambda d, side: d.merge(side, on="k", how="outer"),
    "merge sorted": lambda d, side: d.merge(side, on="k", how="left", sort=True),
    "groups": lambda d, side: d.groupby("k")[["v", "f"]].sum(),
    "groups with missing keys": lambda d, side: d.groupby("k", dropna=False).v.agg(["count", "max"]),
    "groups as they come": lambda d, side: d.groupby("k", sort=False).f.mean(),
    "groups of two keys": lambda d, side: d.groupby(["k", "f"]).v.median(),
    "all categories": lambda d, side: d.groupby(["f", "k"], observed=False).v.sum(),
    "rows of groups": lambda d, side: d.groupby("k").v.transform("sum"),
    "filtered groups": lambda d, side: d.groupby("k", observed=False).filter(lambda g: len(g) > 4),
    "the second of each": lambda d, side: d.groupby("k").nth(1),
    "value_counts": lambda d, side: d.k.value_counts(),
    "value_counts of rows": lambda d, side: d[["k", "f"]].value_counts(),
    "without duplicates": lambda d, side: d.drop_duplicates("k", keep="last"),
    "where": lambda d, side: d[["f", "v"]].where(d.k == d.k.shift(1)),
}


@pytest.mark.parametrize("call", TABLE.values(), ids=TABLE)
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_as_pandas(key: Any, call: Callable[[Any, Any], Any]) -> None:
    data = pd.DataFrame({"k": key, "v": np.arange(N), "f": NUMBERS[::-1] % 3 / 2})
    side = data[["k"]].drop_duplicates().iloc[::-1].assign(w=range(data.k.nunique(dropna=False)))
    blocks = [data.iloc[a:b] for a, b in pairwise(CUTS)]
    lazy = dd.from_map(blocks.__getitem__, range(len(blocks)), meta=data.iloc[:0])
    found, expected = call(lazy, dd.from_pandas(side, npartitions=2, sort=False)).compute(), call(data, side)
    same = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    same(found, expected)


def test_rows_of_a_frame_by_a_series() -> None:
    data = pd.DataFrame({"a": range(6), "b": range(6, 12)})
    lazy = dd.from_pandas(data, npartitions=3)
    pd.testing.assert_frame_equal(lazy.where(lazy.a > 2).compute(), data.where(data.a > 2))
    pd.testing.assert_frame_equal(lazy.mask(lazy.a > 2, -1).compute(), data.mask(data.a > 2, -1))


def test_an_outer_join_under_several_levels() -> None:
    data = pd.DataFrame({"k": [1, 2, 3]}, index=pd.MultiIndex.from_arrays([[0, 1, 1], list("abb")], names=["m", "s"]))
    blocks = [data.iloc[:1], data.iloc[1:]]
    lazy = dd.from_map(blocks.__getitem__, range(2), meta=data.iloc[:0])
    side = pd.DataFrame({"k": [1, 9], "w": [5, 6]}).set_index("k")
    for how in ("left", "inner", "outer"):
        found = lazy.join(dd.from_pandas(side, npartitions=2), on="k", how=how).compute()
        pd.testing.assert_frame_equal(found, data.join(side, on="k", how=how))


def test_a_join_that_finds_nothing_keeps_the_kind_of_labels() -> None:
    data = pd.DataFrame({"k": [1.0, 2.0]}, index=pd.date_range("2024", periods=2, name="t"))
    side = pd.DataFrame({"k": [7.0], "w": [5]}).set_index("k")
    found = dd.from_pandas(data, npartitions=2).join(dd.from_pandas(side, npartitions=1), on="k", how="inner").compute()
    pd.testing.assert_frame_equal(found, data.join(side, on="k", how="inner"), check_freq=False)


OBJECTS: dict[str, list[Any]] = {
    "words": ["b", None, "a", "b"],
    "whole numbers": [3, 1, None, 3],
    "fractions": [1.5, 2.5, 0.5, 1.5],  # pandas does not sort those beside missing ones
    "flags": [True, False, None, True],
    "moments": [pd.Timestamp("2024"), None, pd.Timestamp("2023"), pd.Timestamp("2024")],
}


@pytest.mark.parametrize("values", OBJECTS.values(), ids=OBJECTS)
@pytest.mark.parametrize("dropna", [True, False])
@pytest.mark.parametrize("func", ["sum", "median", "nunique"])
def test_groups_of_objects_have_labels_of_the_dtype_of_their_values(values: list[Any], dropna: bool, func: str) -> None:
    data = pd.DataFrame({"k": pd.Series(values, dtype=object), "f": [1.0, 2, 4, 8]})
    lazy = dd.from_pandas(data, npartitions=3)
    for keys in ("k", ["k", "f"]) if dropna else ("k",):  # of several, pandas lists what is missing as a level's value
        found = getattr(lazy.groupby(keys, dropna=dropna)[["f"]], func)().compute()
        pd.testing.assert_frame_equal(found, getattr(data.groupby(keys, dropna=dropna)[["f"]], func)())


def test_labels_that_are_objects_stay_what_they_are() -> None:
    data = pd.DataFrame({"o": pd.Series(["b", None, "a", 1], dtype=object), "v": range(4)})
    lazy = dd.from_pandas(data, npartitions=4).set_index("o", sort=False)
    expected = data.set_index("o")
    for found, index in ((lazy.compute().index, expected.index), (lazy.index.compute(), expected.index)):
        pd.testing.assert_index_equal(found, index)
        assert [type(label) for label in found] == [type(label) for label in index]
    pd.testing.assert_index_equal(lazy.iloc[:3].compute().index, expected.iloc[:3].index)
