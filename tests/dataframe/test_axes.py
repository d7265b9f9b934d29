"""Axes that there are not, and the names of those that there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import minidask.dataframe as dd
from minidask.testing import assert_eq

DATA = pd.DataFrame({"x": [1.0, None, 3.0, 2.0], "y": [4.0, 5.0, None, 7.0]})
OF_BOTH: dict[str, Callable[..., Any]] = {
    "add": lambda d, **told: d.add(1, **told),
    "add_prefix": lambda d, **told: d.add_prefix("p", **told),
    "add_suffix": lambda d, **told: d.add_suffix("p", **told),
    "agg": lambda d, **told: d.agg("sum", **told),
    "bfill": lambda d, **told: d.bfill(**told),
    "clip": lambda d, **told: d.clip(1, 4, **told),
    "cumsum": lambda d, **told: d.cumsum(**told),
    "drop": lambda d, **told: d.drop([], **told),
    "dropna": lambda d, **told: d.dropna(**told),
    "ffill": lambda d, **told: d.ffill(**told),
    "fillna": lambda d, **told: d.fillna(0, **told),
    "filter": lambda d, **told: d.filter(like="1", **told),
    "max": lambda d, **told: d.max(**told),
    "median": lambda d, **told: d.median(**told),
    "rank": lambda d, **told: d.rank(**told),
    "rename": lambda d, **told: d.rename({0: 9}, **told),
    "shift": lambda d, **told: d.shift(**told),
    "sort_index": lambda d, **told: d.sort_index(**told),
    "take": lambda d, **told: d.take([0], **told),
    "truncate": lambda d, **told: d.truncate(0, 1, **told),
    "where": lambda d, **told: d.where(d > 1, 0, **told),
}
OF_TABLES: dict[str, Callable[..., Any]] = {
    "apply": lambda d, **told: d.apply(len, **told),
    "corrwith": lambda d, **told: d.corrwith(d, **told),
    "diff": lambda d, **told: d.diff(**told),
    "mode": lambda d, **told: d.mode(**told),
    "quantile": lambda d, **told: d.quantile(**told),
    "reindex": lambda d, **told: d.reindex([0, 2], **told),
    "set_axis": lambda d, **told: d.set_axis(pd.Index([5, 6, 7, 8]), **told),
}


@pytest.mark.parametrize("method", [*OF_BOTH, *OF_TABLES])
@pytest.mark.parametrize("axis", [3, "rowz"])
def test_no_other_axis_is_taken_for_the_rows(method: str, axis: Any) -> None:
    call = (OF_BOTH | OF_TABLES)[method]
    for data in (DATA, DATA.x) if method in OF_BOTH else (DATA,):
        with pytest.raises(ValueError, match=f"axis=.?{axis}"):
            call(dd.from_pandas(data, 2), axis=axis)
        with pytest.raises(ValueError, match="No axis named"):
            call(data, axis=axis)


@pytest.mark.parametrize("method", [*OF_BOTH, *OF_TABLES])
def test_rows_is_a_name_of_the_first_one(method: str) -> None:
    call = (OF_BOTH | OF_TABLES)[method]
    for data in (DATA, DATA.x) if method in OF_BOTH else (DATA,):
        assert_eq(call(dd.from_pandas(data, 2), axis="rows"), call(data, axis="rows"))


ALONG_ROWS: dict[str, Callable[[Any], Any]] = {
    "clip": lambda d: d.clip(1, 4, axis=1),
    "fillna": lambda d: d.fillna(0, axis=1),
    "fillna limit": lambda d: d.assign(z=[None, 1.0, None, None])[["z", "x", "y"]].fillna(0, axis=1, limit=1),
    "truncate": lambda d: d.truncate("x", "x", axis=1),
}


@pytest.mark.parametrize("method", ALONG_ROWS)
def test_the_columns(method: str) -> None:
    assert_eq(ALONG_ROWS[method](dd.from_pandas(DATA, 2)), ALONG_ROWS[method](DATA))


def test_a_series_has_no_levels_to_look_at() -> None:
    with pytest.raises(TypeError, match="level"):
        dd.from_pandas(DATA.x, 2).isin([1], level=0)
    levels = DATA.set_axis(pd.MultiIndex.from_product([[1, 2], ["a", "b"]]))
    found = dd.from_pandas(levels, 2, sort=False).index.isin(["a"], level=1)
    assert found.compute().tolist() == [True, False, True, False]
