"""Sources give the columns that somebody needs, and no others."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.expr.rewrite import topological

WHOLE = pd.DataFrame({"a": [1, 2, 1, 2], "b": [1.0, 2.0, 3.0, 4.0], "c": list("wxyz"), "d": [True, False, True, False]})


def columns_read(answer):
    """The columns that are read of each frame: one column alone is read as a Series."""
    read = defaultdict(set)
    for node in topological([answer.optimize(until="needs").expr]):
        if not node.children:
            read[node.rows].update([node.meta.name] if isinstance(node.meta, pd.Series) else node.meta.columns)
    return [*read.values()]


ROWS = [
    (lambda f: f[["a", "b", "c"]].groupby("a")["b"].mean(), {"a", "b"}),
    (lambda f: f[["a", "b", "c"]][f["d"]].groupby("a")[["b"]].sum(), {"a", "b", "d"}),
    (lambda f: f[["a", "b", "c"]].assign(e=f["d"])["a"].sum(), {"a"}),
    (lambda f: f.assign(e=f["b"] + 1)[["e", "c"]].rename(columns={"c": "a"})["e"].sum(), {"b"}),
    (lambda f: f.nlargest(2, "b")["a"], {"a", "b"}),
    (lambda f: f[["a", "c", "d"]].merge(WHOLE[["a", "b"]], on="a")[["b", "c"]], {"a", "c"}),
]


@pytest.mark.parametrize(("ask", "columns"), ROWS)
def test_columns_chosen_twice(ask, columns):
    lazy = dd.from_pandas(WHOLE, npartitions=2)
    answer = ask(lazy)
    assert columns in columns_read(answer)
    expected, found = ask(WHOLE), answer.compute()
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(found, expected)
    else:
        assert found == expected


def test_what_becomes_the_index_is_read_where_somebody_looks_at_labels():
    labelled = dd.from_pandas(WHOLE.assign(a=range(4)), npartitions=2)[["a", "b"]].set_index("a", sorted=True)
    assert columns_read(labelled["b"].sum()) == [{"b"}]
    assert columns_read(labelled.rolling(2).sum().max()) == [{"b"}]
    assert columns_read(labelled.loc[2:]["b"].sum()) == [{"a", "b"}]
    assert columns_read(dd.from_pandas(WHOLE, npartitions=2).set_index("a")["b"].rolling(2).sum().max()) == [{"a", "b"}]


def test_columns_below_what_goes_by_the_name_of_its_source():
    lazy = dd.from_pandas(WHOLE.assign(a=range(4)), npartitions=2)
    labelled = lazy[["a", "b", "c"]].set_index("a", sorted=True)
    assert columns_read(labelled["b"]) == [{"a", "b"}]
    assert columns_read(labelled.rolling(2).count()["b"]) == [{"a", "b"}]
    array = lazy[["a", "b"]]["b"].to_dask_array(lengths=True)
    assert columns_read((array + 1).sum()) == [{"b"}]
