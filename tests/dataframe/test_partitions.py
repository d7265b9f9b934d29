"""What there is of partitions as such, also of those of an Index, and frames of what a graph or a scalar gives."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

DATA = pd.Series(np.arange(10) % 4, pd.Index(range(0, 20, 2), name="k"))
INDEXES = {
    "numbers": DATA.index,
    "times": pd.date_range("2024", periods=10, freq="7h", name="when"),
    "text": pd.Index(list("abcdefghij")),
}


def index_of(labels: pd.Index) -> Any:
    return dd.from_pandas(pd.Series(range(len(labels)), labels), npartitions=3).index


@pytest.mark.parametrize("labels", INDEXES.values(), ids=INDEXES)
@pytest.mark.parametrize(
    "ask",
    [
        lambda i: i.repartition(npartitions=2),
        lambda i: i.repartition(npartitions=5),
        lambda i: i.repartition(divisions=(i.divisions[0], i.divisions[1], i.divisions[-1])),
        lambda i: i.repartition(partition_size=40),
        lambda i: i.clear_divisions(),
        lambda i: i.map_partitions(lambda block: block),
    ],
)
def test_labels_in_other_partitions(labels: pd.Index, ask: Callable[[Any], Any]) -> None:
    assert_eq(ask(index_of(labels)), labels)


@pytest.mark.parametrize("labels", INDEXES.values(), ids=INDEXES)
def test_divisions_of_an_index(labels: pd.Index) -> None:
    ours = index_of(labels)
    cleared = ours.clear_divisions()
    assert not cleared.known_divisions
    assert cleared.compute_current_divisions() == ours.divisions
    assert cleared.compute_current_divisions(set_divisions=True).divisions == ours.divisions
    assert ours.repartition(npartitions=2).npartitions == 2


def test_functions_of_an_index() -> None:
    ours = index_of(DATA.index)
    assert_eq(ours.map_partitions(operator.mul, 3, clear_divisions=True), DATA.index * 3)
    assert ours.pipe(len) == len(DATA)
    for one, other in [(ours, 3), (40, ours + 1)]:
        theirs = divmod(*(o.compute() if isinstance(o, dd.Index) else o for o in (one, other)))
        for found, expected in zip(divmod(one, other), theirs, strict=True):
            assert_eq(found, expected)
    with pytest.raises(AttributeError, match=r"'cumsum'; to_series\(\)\.cumsum"):
        _ = ours.cumsum
    with pytest.raises(AttributeError, match=r"no attribute 'zz'$"):
        _ = ours.zz


@pytest.mark.parametrize(
    "values",
    [
        DATA,
        DATA.astype("int32"),
        DATA / 3,
        DATA.astype(str),
        DATA.astype("Int64"),
        pd.Series(pd.date_range("2024", periods=3, unit="s")),
        pd.Series(pd.timedelta_range("1h", periods=3)),
        pd.Series([True, False]),
    ],
    ids=lambda v: str(v.dtype),
)
def test_series_of_a_scalar(values: pd.Series) -> None:
    found = dd.from_pandas(values, npartitions=2).max()
    assert found.dtypes == found.dtype
    expected = pd.Series([values.max()], dtype=None if isinstance(values.max(), str) else found.dtype)
    assert_eq(found.to_series(), expected)
    assert_eq(found.to_series("top"), expected.set_axis(["top"]))


def test_divmod_of_a_scalar() -> None:
    total = dd.from_pandas(DATA, npartitions=2).sum()
    assert [part.compute() for part in divmod(total, 4)] == list(divmod(DATA.sum(), 4))


def test_from_graph() -> None:
    tasks = {"n": 3, ("a", 0): (pd.Series, [1, 2]), "b": (pd.Series, ["n"]), "unused": (len, "n")}
    meta, keys = pd.Series([], dtype="int64"), [("a", 0), "b"]
    ours = dd.from_graph(tasks, meta, (None, None, None), keys)
    assert_eq(ours, pd.Series([1, 2, 3], [0, 1, 0]))
    assert (ours + 1).sum().compute() == 9
    sorted_tasks = {"x": (DATA.head, 4), "y": (DATA.tail, 6)}
    known = dd.from_graph(sorted_tasks, DATA, (0, 8, 18), ["x", "y"], "mine")
    assert known.divisions == (0, 8, 18)
    assert_eq(known.loc[4:10], DATA.loc[4:10])
    with pytest.raises(KeyError, match="no key 'z'"):
        dd.from_graph(tasks, meta, (None, None), ["z"])
    with pytest.raises(ValueError, match="1 partitions have 2, got 3"):
        dd.from_graph(tasks, meta, (None, None, None), ["b"])
    with pytest.raises(ValueError, match="task_of_graph gave int64"):
        dd.from_graph(tasks, pd.Series([], dtype="datetime64[ns]"), (None, None), ["b"]).compute()


def test_names_of_methods() -> None:
    frame = dd.from_pandas(DATA.to_frame("x"), npartitions=2)
    assert dd.to_bag(frame, index=True).compute(scheduler="synchronous") == list(DATA.items())
    dd.assert_eq(frame, DATA.to_frame("x"))
    with pytest.raises(AssertionError):
        dd.assert_eq(frame.x + 1, DATA)
