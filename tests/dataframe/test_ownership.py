"""Results hold no more memory than they show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

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
