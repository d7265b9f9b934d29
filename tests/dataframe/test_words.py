"""What messages, notes and texts call things: by the names that a person knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask.bag as db
import minidask.dataframe as dd
from minidask import config, delayed
from minidask.testing import assert_eq

FRAME = pd.DataFrame({"a": [1, 2, 3, 4] * 5, "b": range(20), "c": list("abcd") * 5})


@pytest.fixture(autouse=True)
def synchronous():
    with config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def df():
    return dd.from_pandas(FRAME, 4)


def notes_of(error: pytest.ExceptionInfo[BaseException]) -> str:
    return "\n".join(error.value.__notes__)


def test_frames_say_where_they_come_from(df, tmp_path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    numbered = dd.read_csv(str(tmp_path / "a.csv"), blocksize=40)
    assert repr(numbered).endswith("from read_csv")
    assert repr(dd.from_delayed([delayed(FRAME)] * 2)).endswith("from from_delayed")
    assert repr(df.persist()).endswith("from from_pandas")
    assert repr(df[["a", "b"]].values).startswith("minidask.array<values")
    assert repr(df.a.values).startswith("minidask.array<values")


@pytest.mark.parametrize("meta", [None, FRAME])
def test_a_delayed_value_of_another_kind(meta: Any):
    frame = dd.from_delayed([delayed(FRAME), delayed(FRAME[["a"]])], meta=meta)
    with pytest.raises(ValueError, match="from_delayed_value gave a DataFrame with the columns a: int64") as error:
        frame.compute()
    assert "in from_delayed, block 1" in notes_of(error)
    assert "say with meta=" not in str(error.value)


def test_set_index(df):
    with pytest.raises(ValueError, match="does not increase") as error:
        df.set_index("a", sorted=True)
    assert "in set_index, block 0" in notes_of(error)
    with pytest.raises(KeyError, match="set_index: there is no column 'zz'"):
        df.set_index("zz")


def test_names_for_other_columns_than_there_are():
    with pytest.raises(ValueError, match=r"1 names \(\['a'\]\) for 2 columns"):
        dd.from_array(np.ones((2, 2)), columns=["a"])


class TestFromBag:
    """A bag's items never lose a key without a word."""

    bag = db.from_sequence([{"a": 1}, {"a": 3, "b": 2}], npartitions=2)

    def test_a_key_that_the_first_partition_does_not_have(self):
        with pytest.raises(ValueError, match="have the key 'b', but the first partition with items has only 'a'"):
            self.bag.to_dataframe().compute()

    @pytest.mark.parametrize(("told", "expected"), [({"meta": {"a": "i8"}}, ["a"]), ({"columns": ["a"]}, ["a"])])
    def test_keys_that_are_chosen(self, told, expected):
        assert self.bag.to_dataframe(**told).compute().columns.tolist() == expected

    def test_the_index_counts_through_all_partitions(self):
        frame = self.bag.to_dataframe(meta={"a": "i8", "b": "f8"})
        pd.testing.assert_frame_equal(frame.compute(), pd.DataFrame({"a": [1, 3], "b": [np.nan, 2]}))

    @pytest.mark.parametrize("dtype", ["i8", "f4"])
    def test_meta_that_names_no_key(self, dtype):
        with pytest.raises(ValueError, match="have the keys 'a', and none of those that meta= names: 'q'"):
            self.bag.to_dataframe(meta={"q": dtype}).compute()

    def test_a_missing_value_that_the_dtype_does_not_have(self):
        with pytest.raises(ValueError, match=r"is missing, but meta= says int64; pass meta=\{'b': 'float64'\}"):
            self.bag.to_dataframe(meta={"a": "i8", "b": "i8"}).compute()

    def test_values_of_another_kind(self):
        bag = db.from_sequence([{"a": 1}, {"a": "x"}], npartitions=2)
        with pytest.raises(ValueError, match=r"first partition with items says int64; pass meta=\{'a': 'str'\}"):
            bag.to_dataframe().compute()


def test_columns_of_several_levels():
    data = pd.DataFrame({("a", "x"): [1, 2], ("a", "y"): [3, 4], ("b", "x"): [5, 6]})
    frame = dd.from_pandas(data, 2)
    for key in ("a", ("a", "y"), [("b", "x")]):
        assert_eq(frame[key], data[key])
    assert_eq(frame["a"]["x"].sum(), data["a"]["x"].sum())


NUMPY = (np.sum, np.mean, np.max, np.min, np.std, np.var, np.prod, np.any, np.all)


@pytest.mark.parametrize("func", NUMPY, ids=lambda f: f.__name__)
def test_numpy_functions_of_a_series(df, func):
    assert_eq(func(df.b), func(FRAME.b))


@pytest.mark.parametrize("func", NUMPY, ids=lambda f: f.__name__)
def test_numpy_functions_of_a_table(func):
    data = pd.DataFrame({"a": [1.5, np.nan, 3.0, 4.0], "b": range(4)})
    assert_eq(func(dd.from_pandas(data, 2)), func(data))


MISTAKES = [
    (lambda df: df.sort_values(), TypeError, r"sort_values\(\) of a DataFrame takes by="),
    (lambda df: df.sort_values("zz"), KeyError, "sort_values: there is no column 'zz'"),
    (lambda df: df.sort_values("a", kind="slow"), ValueError, "kind='slow': expected one of"),
    (
        lambda df: df.sort_values("a", by_all=1),
        TypeError,
        r"DataFrame.sort_values\(\) got an unexpected .* it takes by",
    ),
    (lambda df: df.a.ewm(times=[1], halflife="1D"), ValueError, "ewm: 1 values by place for 20 rows"),
    (lambda df: df.set_index(), TypeError, r"set_index\(\) takes the label"),
    (lambda df: df.to_csv(), TypeError, r"DataFrame.to_csv\(\) missing"),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_arguments_that_are_not_there(df, call, error, message):
    with pytest.raises(error, match=message):
        call(df)


def test_arguments_that_say_nothing(df):
    found = df.sort_values("a", key=None, inplace=False, kind="quicksort", axis=0)
    assert_eq(found, FRAME.sort_values("a", kind="stable"))
    assert_eq(df.sort_index(ignore_index=True, ascending=False), FRAME.sort_index(ignore_index=True, ascending=False))
