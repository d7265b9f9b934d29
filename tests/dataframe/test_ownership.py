"""Results hold no more memory than they show, and what a person changes in place is theirs alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import minidask
import minidask.dataframe as dd

TABLE = pd.DataFrame(np.random.default_rng(0).normal(size=(20_000, 10)), columns=list("abcdefghij"))


def held(column: pd.Series) -> int:
    """The bytes of the array that owns those of a column."""
    owner = column.to_numpy()
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    return owner.nbytes


@pytest.mark.parametrize("parts", [1, 4])
def test_a_column_does_not_hold_its_siblings(parts):
    lazy = dd.from_pandas(TABLE, npartitions=parts)
    made = lazy.map_partitions(lambda block: block * 2)  # columns that nobody knows not to be needed
    for column in (lazy["b"], made["b"]):
        assert held(column.compute()) == TABLE["b"].nbytes
        kept = column.persist()
        assert sum(held(kept.partitions[i].compute()) for i in range(parts)) == TABLE["b"].nbytes
        pd.testing.assert_series_equal(kept.compute(), column.compute())


def test_all_columns_are_not_copied():
    kept = dd.from_pandas(TABLE, npartitions=4).persist()
    assert all(np.shares_memory(block["b"], TABLE["b"]) for block in kept.expr.source.opened)
    assert np.shares_memory(dd.from_pandas(TABLE).compute()["b"], TABLE["b"])


def test_what_was_found_by_asking_holds_no_more():
    blocks = dd.from_map(lambda i: TABLE, [0, 1])
    found = blocks.map_partitions(lambda rows: rows.iloc[:10])
    assert found.columns.tolist() == list(TABLE)
    assert held(found.partitions[0].to_delayed()[0].compute()["b"]) <= 10 * 10 * 8


SMALL = pd.DataFrame({"k": [1, 2] * 6, "x": range(100, 112)})


def zeros(rows: pd.DataFrame) -> pd.DataFrame:
    rows["x"] = 0
    return rows


def first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


class TestChangedInPlace:
    @pytest.fixture
    def asked(self) -> Any:
        found = dd.from_pandas(SMALL, npartitions=3).map_partitions(lambda rows: rows.assign(z=1))
        assert found.columns.tolist() == ["k", "x", "z"]
        return found

    @pytest.fixture
    def kept(self) -> Any:
        return dd.from_pandas(SMALL, npartitions=3).map_partitions(lambda rows: rows.copy()).persist()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda frame: zeros(frame.partitions[0].compute()),
            lambda frame: frame.map_partitions(zeros).compute(),
            lambda frame: frame.map_overlap(zeros, 0, 0).compute(),
            lambda frame: frame.partitions[0].reduction(first, aggregate=zeros).compute(),
            lambda frame: frame.partitions[0].reduction(first, aggregate=first, combine=zeros).compute(),
        ],
    )
    def test_what_is_kept_stays(self, asked, kept, spoil):
        for frame in (asked, kept):
            spoil(frame)
            assert frame.x.sum().compute() == SMALL.x.sum()

    def test_blocks_of_delayed_calls(self, asked):
        zeros(asked.to_delayed()[0].compute())
        assert asked.x.sum().compute() == SMALL.x.sum()

    def test_what_several_read(self, scheduler):
        made = dd.from_pandas(SMALL, npartitions=3).map_partitions(lambda rows: rows.copy())
        spoilt, total = made.map_partitions(zeros), made.map_partitions(lambda rows: rows.x.sum())
        found = minidask.compute([spoilt, total], scheduler=scheduler)[0]
        assert (found[0].x.sum(), found[1].sum()) == (0, SMALL.x.sum())

    def test_answers_of_whole_frames(self):
        add: Callable[[Any], Any] = lambda sums: sums.sum()
        found = dd.from_pandas(SMALL, npartitions=3).groupby("k").agg({"x": dd.Aggregation("add", add, add)})
        assert found.columns.tolist() == ["x"]
        zeros(found.compute())
        assert found.compute().x.tolist() == SMALL.groupby("k").x.sum().tolist()
