"""Functions of the person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask import delayed
from minidask.testing import assert_eq

from .frames import FRAMES, lazy

DATA = FRAMES["plain"]

SAME: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "map_partitions": (lambda d: d.map_partitions(lambda x: x.i + 1), lambda d: d.i + 1),
    "map_partitions, more": (
        lambda d: dd.map_partitions(lambda x, y, by: x * by + y, d.i, d.f, by=2),
        lambda d: d.i * 2 + d.f,
    ),
    "single partition goes everywhere": (
        lambda d: d.f.map_partitions(lambda x, m: x - m.iloc[0], d[["f"]].mean()),
        lambda d: d.f - d.f.mean(),
    ),
    "scalar goes everywhere": (
        lambda d: d.f.map_partitions(lambda x, m: x - m, d.f.mean()),
        lambda d: d.f - d.f.mean(),
    ),
    "apply rows": (
        lambda d: d.apply(lambda row: row.i * 2.5, axis=1),
        lambda d: d.apply(lambda row: row.i * 2.5, axis=1),
    ),
    "apply values": (lambda d: d.i.apply(lambda x: f"<{x}>"), lambda d: d.i.apply(lambda x: f"<{x}>")),
    "apply with args": (lambda d: d.i.apply(pow, args=(2,)), lambda d: d.i.apply(pow, args=(2,))),
    "map dict": (lambda d: d.s.map({"a": 1.0, "b": 2.0}), lambda d: d.s.map({"a": 1.0, "b": 2.0})),
    "map function": (lambda d: d.i.map(lambda x: -x), lambda d: d.i.map(lambda x: -x)),
    "map lazy series": (lambda d: d.i.map(d.f), lambda d: d.i.map(d.f)),
    "map frame": (lambda d: d[["i"]].map(str), lambda d: d[["i"]].map(str)),
    "pipe": (lambda d: d.pipe(lambda x, k: x[x.i > k], 2), lambda d: d[d.i > 2]),
    "filter of what came out": (lambda d: d[d.i.map(lambda x: x > 2)], lambda d: d[d.i > 2]),
}


@pytest.mark.parametrize(("ours", "theirs"), SAME.values(), ids=SAME)
@pytest.mark.parametrize("npartitions", [1, 3])
def test_as_pandas(ours: Callable[[Any], Any], theirs: Callable[[Any], Any], npartitions: int) -> None:
    assert_eq(ours(lazy(DATA, npartitions)), theirs(DATA))


def test_function_is_called_once_for_each_value() -> None:
    seen = []

    def double(x: int) -> int:
        seen.append(x)
        return 2 * x

    result = lazy(DATA).i.apply(double)
    assert result.dtype == "int64"
    result.compute(scheduler="synchronous")
    assert sorted(seen) == sorted(DATA.i)


def test_meta_is_taken() -> None:
    calls = []
    result = lazy(DATA).i.map_partitions(lambda x: calls.append(len(x)) or x.astype(float), meta=("i", "float64"))
    assert not calls
    assert_eq(result, DATA.i.astype(float))


def test_scalars_make_a_series() -> None:
    assert lazy(DATA, 3).map_partitions(len).compute().tolist() == [4, 4, 4]


def test_results_are_held_to_what_was_told() -> None:
    frame = lazy(DATA, 3)
    with pytest.raises(ValueError, match="expected a Series"):
        frame.map_partitions(lambda x: x, meta=("i", "int64")).compute()
    with pytest.raises(ValueError, match="clear_divisions=True"):
        frame.i.map_partitions(lambda x: x.reset_index(drop=True)).compute()
    kept = frame.i.map_partitions(lambda x: x.reset_index(drop=True), clear_divisions=True)
    assert not kept.known_divisions
    assert kept.compute().index.tolist() == [0, 1, 2, 3] * 3


def test_functions_of_whole_columns() -> None:
    numbers = DATA[["i", "f"]]
    seen: list[int] = []

    def spread(column: pd.Series) -> Any:
        seen.append(len(column))
        return column.max() - column.min()

    assert_eq(lazy(numbers).apply(spread), numbers.apply(spread))
    assert seen == [len(DATA)] * 4
    assert_eq(lazy(numbers).apply(spread, meta=pd.Series(dtype=float)), numbers.apply(spread))
    assert_eq(lazy(numbers).apply(lambda c: c.rank()), numbers.apply(lambda c: c.rank()))
    assert_eq(lazy(numbers).agg(spread), numbers.agg(spread))
    assert_eq(lazy(numbers).agg({"i": [spread, "sum"], "f": "mean"}), numbers.agg({"i": [spread, "sum"], "f": "mean"}))
    assert lazy(DATA).i.agg(spread).compute() == spread(DATA.i)


def test_errors() -> None:
    with pytest.raises(TypeError, match="no frame"):
        dd.map_partitions(len, 1)
    with pytest.raises(ZeroDivisionError):
        lazy(DATA).i.apply(lambda x: x / 0 if isinstance(x, int) else 1).compute()


def test_dtypes_are_held_to_what_was_told() -> None:
    told = lazy(DATA, 3).i.map_partitions(lambda x: x.astype("f4"), meta=("i", "int64"))
    assert_eq(told, DATA.i)
    with pytest.raises(ValueError, match="gave float64 for 'i' in a partition, expected int64"):
        lazy(DATA, 3).i.map_partitions(lambda x: x / 2, meta=("i", "int64")).compute()
    with pytest.raises(ValueError, match="gave str for 'a' in a partition, expected float64"):
        dd.from_map(lambda i: pd.DataFrame({"a": [str(i)]}), [1, 2], meta={"a": "f8"}).a.mean().compute()
    with pytest.raises(ValueError, match="gave str for None in a partition, expected int64"):
        dd.map_partitions(
            lambda x: x.astype(str) + "!", lazy(DATA, 3).index, meta=pd.Index([], dtype="int64")
        ).compute()
    mixed = dd.from_map(lambda c: pd.Series([c], dtype="category"), ["x", "y"])
    assert mixed.compute().tolist() == ["x", "y"]


@pytest.mark.parametrize("meta", [{}, {"meta": ("i", "int64")}])
def test_partition_info(meta: dict[str, Any]) -> None:
    def place(x: Any, partition_info: Any = None) -> Any:
        return x * 0 + (partition_info["number"] * 100 + partition_info["division"] if partition_info else 0)

    frame = lazy(DATA, 3)
    assert frame.i.map_partitions(place, **meta).compute().tolist() == [0] * 4 + [104] * 4 + [208] * 4
    unsorted = dd.from_pandas(DATA, 3, sort=False)
    needs_it = unsorted.map_partitions(lambda x, partition_info: x.i[:1] * 0 + partition_info["number"])
    assert needs_it.compute().tolist() == [0, 1, 2]
    assert frame.i.map_partitions(place, partition_info=None).sum().compute() == 0


def test_values_by_name_where_divisions_are_known():
    """Bounds of the partitions go to the call beside them."""
    frame = pd.DataFrame({"a": [0.0, 1.0, 2.0]})
    ours = dd.from_pandas(frame, npartitions=2).map_partitions(
        lambda block, by: block + by.sum(), by=delayed(np.arange)(5)
    )
    assert_eq(ours, frame + 10)


@pytest.mark.parametrize("cleared", [False, True])
def test_collections_as_keywords(cleared: bool) -> None:
    def func(x: Any, total: Any, other: Any, partition_info: Any) -> Any:
        return x - total + other + partition_info["number"]

    x = lazy(DATA, 3).i
    found = x.map_partitions(func, total=x.sum(), other=x, clear_divisions=cleared)
    expected = DATA.i * 2 - DATA.i.sum() + sorted([0, 1, 2] * 4)
    pd.testing.assert_series_equal(found.compute(), expected)
