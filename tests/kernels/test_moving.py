"""Windows that move along rows, by compiled loops: what pandas gives, to the bit."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import minidask.config as config
import minidask.kernels.compiled as compiled
from minidask.dataframe.rolled import rolled
from minidask.kernels.moving import AGGREGATES, moving, windows_of_rows, windows_of_times

pytest.importorskip("numba")

METHODS = (*AGGREGATES, "count")
CLOSED = ("right", "left", "both", "neither")


@pytest.fixture(autouse=True, scope="module")
def ready(compiled_at_once):
    """Loops are compiled before the tests."""
    rows = windows_of_rows(1, 1, False, "right")
    for how in AGGREGATES:
        moving(how, [np.zeros(1)], rows, 1)
    windows_of_times(np.zeros(1, np.int64), 1, "right")
    compiled.wait()


def by_pandas(rows, options, method):
    with config.set({"array.compile": False}):
        return rolled(rows, options, None, method, (), {})


def same(found, expected):
    """Equal bits, and labels; a value that is missing is one whatever its bits."""
    assert found.index is expected.index or found.index.equals(expected.index)
    ours, theirs = found.to_numpy(), expected.to_numpy()
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    there = ~np.isnan(ours)
    np.testing.assert_array_equal(ours[there].view(np.uint64), theirs[there].view(np.uint64))


NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1, 0.2, -0.3, 3.0, np.nan, np.inf, -np.inf, 1e16, -1e16, 1e308, 5e-324]), st.floats()
)
OPTIONS = {"center": st.booleans(), "closed": st.sampled_from(CLOSED)}


@settings(max_examples=150, deadline=None)
@given(st.data(), st.lists(NUMBERS, min_size=1, max_size=40), st.sampled_from(METHODS))
def test_windows_of_rows(data, values, method):
    window = data.draw(st.integers(1, 12))
    least = data.draw(st.one_of(st.none(), st.integers(0, window)))
    options = {"window": window, "min_periods": least, **data.draw(st.fixed_dictionaries(OPTIONS))}
    rows = pd.Series(values, name="x")
    same(rolled(rows, options, None, method, (), {}), by_pandas(rows, options, method))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.lists(NUMBERS, min_size=1, max_size=40), st.sampled_from(METHODS))
def test_windows_of_times(data, values, method):
    steps = data.draw(st.lists(st.integers(0, 5), min_size=len(values), max_size=len(values)))
    unit = data.draw(st.sampled_from(["s", "ms", "ns"]))
    index = pd.DatetimeIndex(np.cumsum(steps).astype("M8[s]")).as_unit(unit)
    options = {
        "window": f"{data.draw(st.integers(1, 9))}s",
        "min_periods": data.draw(st.one_of(st.none(), st.integers(0, 4))),
        "closed": data.draw(st.sampled_from(CLOSED)),
    }
    rows = pd.Series(values, index=index)
    same(rolled(rows, options, None, method, (), {}), by_pandas(rows, options, method))


TIMES = pd.date_range("2026-01-01", periods=50, freq="7s", tz="Europe/Berlin")
TABLE = pd.DataFrame(
    {
        "whole": np.arange(50) % 7,
        "short": np.linspace(-1, 1, 50, dtype="float32"),
        "flag": np.arange(50) % 3 == 0,
        "gaps": np.where(np.arange(50) % 4 == 0, np.nan, 0.1),
    },
    index=TIMES,
)


OTHERS = [TABLE.set_axis(["a", "a", 1, None], axis=1), TABLE.gaps, TABLE.set_axis(TIMES - TIMES[0]), TABLE[[]]]


@pytest.mark.parametrize("window", [5, "30s", pd.Timedelta("1min"), pd.offsets.Second(20)], ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_tables_need_no_pandas(window, method, monkeypatch):
    options = {"window": window, "min_periods": None, "center": False}
    told = [(rows, by_pandas(rows, options, method)) for rows in (TABLE, *OTHERS)]
    for kind in (pd.Series, pd.DataFrame):
        monkeypatch.setattr(kind, "rolling", lambda rows, **options: pytest.fail("not by loops"))
    for rows, expected in told:
        found = rolled(rows, options, None, method, (), {})
        same(found, expected)
        assert found.columns.equals(rows.columns) if rows.ndim == 2 else found.name == rows.name


LEFT_TO_PANDAS = {
    "missing integers": (TABLE.assign(n=pd.array([1, None] * 25, "Int64")), {"window": 3}, None),
    "times that fall": (TABLE[::-1], {"window": "30s"}, None),
    "spans around rows": (TABLE, {"window": "30s", "center": True}, "gaps"),
    "spans without their ends": (TABLE, {"window": "30s", "closed": "left"}, ["gaps", "whole"]),
    "columns of times": (TABLE.assign(t=TIMES), {"window": "30s", "on": "t"}, None),
    "no rows in windows": (TABLE, {"window": 0}, None),
    "periods": (TABLE.set_axis(pd.period_range("2026-01-01", periods=50, freq="h")), {"window": "3h"}, None),
}


@pytest.mark.parametrize(("rows", "options", "select"), LEFT_TO_PANDAS.values(), ids=LEFT_TO_PANDAS)
@pytest.mark.parametrize("method", METHODS)
def test_what_is_left_to_pandas(rows, options, select, method):
    windows = rows.rolling(**options)
    expected = getattr(windows if select is None else windows[select], method)()
    (pd.testing.assert_frame_equal if expected.ndim == 2 else pd.testing.assert_series_equal)(
        rolled(rows, options, select, method, (), {}), expected, check_exact=True
    )


def test_mistakes_are_those_of_pandas():
    for rows in (TABLE.iloc[[1, 0, 2]], TABLE.set_axis([pd.NaT, *TIMES[1:]])):
        with pytest.raises(ValueError, match="index values must"):
            rolled(rows, {"window": "30s"}, None, "sum", (), {})
