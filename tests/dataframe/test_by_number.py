"""Rows by number, elements, rows by labels that may be missing, and what is handed over whole: against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.dataframe as dd
from minidask.testing import assert_eq

N = 20
DATA = pd.DataFrame({"a": np.arange(N) % 7, "b": np.linspace(0, 1, N), "s": list("abcde") * 4}, index=np.arange(N) * 2)

SAME: dict[str, Callable[[Any], Any]] = {
    "element": lambda d: d.a.iloc[5],
    "element from the end": lambda d: d.s.iloc[-1],
    "row and column": lambda d: d.iloc[3, 1],
    "list": lambda d: d.iloc[[5, -1, 0, 5]],
    "array": lambda d: d.iloc[np.array([19, 2])],
    "list of a series": lambda d: d.s.iloc[[4, 2]],
    "no numbers": lambda d: d.iloc[[]],
    "slice": lambda d: d.iloc[10:20],
    "slice of a series": lambda d: d.b.iloc[3:12],
    "step": lambda d: d.iloc[2:15:3],
    "backwards": lambda d: d.iloc[15:2:-2],
    "turned": lambda d: d.iloc[::-1],
    "end": lambda d: d.iloc[-5:],
    "empty slice": lambda d: d.iloc[5:5],
    "columns": lambda d: d.iloc[-5:, [0, 2]],
    "mask": lambda d: d.iloc[[True, False] * (N // 2)],
    "function": lambda d: d.iloc[lambda x: [1, 2]],
    "take": lambda d: d.take([3, -1]),
    "take columns": lambda d: d.take([1], axis=1),
    "at": lambda d: d.at[4, "b"],
    "at of a series": lambda d: d.s.at[6],
    "iat": lambda d: d.iat[4, 0],
    "turned over": lambda d: d[["a", "b"]].T,
    "turned over, mixed": lambda d: d.transpose(),
    "reindex": lambda d: d.reindex([4, 2, 99]),
    "reindex with a value": lambda d: d[["a"]].reindex([4, 99], fill_value=0),
    "reindex columns": lambda d: d.reindex(columns=["s", "z"]),
    "melt": lambda d: d[["a", "b"]].melt(),
    "melt mixed": lambda d: d.melt("a", value_vars=["s", "b"], var_name="what"),
    "melt with labels": lambda d: d.melt(id_vars=["s"], value_vars=["b", "a"], ignore_index=False),
}


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_as_pandas(call: Callable[[Any], Any], counted: bool) -> None:
    lazy = dd.from_pandas(DATA, 4)
    assert_eq(call(lazy if counted else lazy[lazy.a >= 0]), call(DATA))


@pytest.mark.parametrize("number", [0, 7, -1])
def test_a_row(number: int) -> None:
    found = dd.from_pandas(DATA, 4).iloc[number]
    assert isinstance(found, dd.Series)
    assert_eq(found.compute(), DATA.iloc[number])
    assert_eq(dd.from_pandas(DATA[["a", "b"]], 3).iloc[number].compute(), DATA[["a", "b"]].iloc[number])


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_slice(data: Any) -> None:
    limit = st.one_of(st.none(), st.integers(-25, 25))
    key = slice(data.draw(limit), data.draw(limit), data.draw(st.sampled_from([None, 1, 2, 7, -1, -3])))
    lazy = dd.from_pandas(DATA, data.draw(st.integers(1, 6)))
    few = lazy[lazy.a > 2]
    assert_eq(lazy.iloc[key].compute(), DATA.iloc[key])
    assert_eq(few.iloc[key].compute(), DATA[DATA.a > 2].iloc[key])


def test_only_partitions_with_the_rows_are_made() -> None:
    made = []

    def part(i: int) -> pd.DataFrame:
        made.append(i)
        return pd.DataFrame({"x": [i, -i]})

    lazy = dd.from_map(part, range(5), meta=part(0)).persist(scheduler="synchronous")
    assert lazy.iloc[[9, 2]].x.compute(scheduler="synchronous").tolist() == [-4, 1]


def test_there_are_not_so_many() -> None:
    lazy = dd.from_pandas(DATA, 4)
    with pytest.raises(IndexError, match="there are 20 rows"):
        lazy.iloc[20]
    with pytest.raises(IndexError, match="there are 17 rows"):
        lazy[lazy.a != 3].iloc[[0, -18]].compute()
    with pytest.raises(TypeError, match="whole numbers"):
        lazy.iloc[["a"]]
    with pytest.raises(IndexError, match="keys"):
        lazy.a.iloc[0, 0]
    with pytest.raises(ValueError, match="integer"):
        lazy.iat["x", 0]


def test_labels_that_are_all_there_keep_the_dtypes() -> None:
    assert_eq(dd.from_pandas(DATA, 4).reindex([4, 2]).compute(), DATA.reindex([4, 2]))
    assert_eq(dd.from_pandas(DATA, 4).reindex([3, 4], method="ffill").compute(), DATA.reindex([3, 4], method="ffill"))


def test_at_of_labels() -> None:
    twice = dd.from_pandas(pd.DataFrame({"x": [1, 2, 3]}, index=[5, 5, 6]), 2)
    assert twice.at[6, "x"].compute() == 3
    with pytest.raises(ValueError, match="2 rows"):
        twice.at[5, "x"].compute()
    with pytest.raises(KeyError, match="77"):
        twice.at[77, "x"].compute()


def test_whole_values() -> None:
    lazy = dd.from_pandas(DATA, 4)
    assert lazy.a.tolist() == lazy.a.to_list() == DATA.a.tolist()
    assert lazy.index.tolist() == DATA.index.tolist()
    assert lazy.to_dict() == DATA.to_dict()
    assert lazy.to_dict("records") == DATA.to_dict("records")
    assert lazy.s.to_dict() == DATA.s.to_dict()
    assert_eq(lazy[["a", "b"]].to_numpy(), DATA[["a", "b"]].to_numpy())
    assert lazy.b.to_numpy(dtype="f4").dtype == "f4"
    assert lazy.keys().tolist() == ["a", "b", "s"]
    assert list(lazy.a.items()) == list(DATA.a.items())
    assert lazy.a.keys().tolist() == DATA.index.tolist()
    with pytest.raises(AttributeError, match="to_dict"):
        lazy.tolist()


def test_equals() -> None:
    holes = DATA.assign(b=DATA.b.where(DATA.a > 2))
    lazy = dd.from_pandas(holes, 4)
    assert lazy.equals(holes)
    assert lazy.equals(dd.from_pandas(holes, 3))
    assert lazy.equals(lazy.copy())
    assert lazy.b.equals(lazy.b * 1)
    assert not lazy.equals(lazy.assign(a=1))
    assert not lazy.equals(lazy.a)
    assert not lazy.a.equals(3)
