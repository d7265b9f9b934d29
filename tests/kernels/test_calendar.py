"""Parts of moments, and moments rounded: as pandas finds them, for every unit and as far as its moments reach."""

from __future__ import annotations

import importlib.util

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import minidask.kernels.compiled as compiled
from minidask.kernels import calendar
from minidask.kernels.calendar import PARTS, UNITS, part_of, rounded

NAMES = sorted(PARTS - {"dayofweek", "weekday", "dayofyear", "daysinmonth"})  # which pandas wants to forget
FAR = 2**63 - 1
REACH = {np.dtype("M8[s]"): 2**30 * 86_400, np.dtype("M8[ms]"): 2**30 * 86_400_000}
"""How far years are numbers of 32 bits, where moments reach farther."""
SPANS = [pd.Timedelta(text).value for text in ("1us", "15ms", "3s", "1h", "1D", "7D")]


def interpreted(loops, work):
    names = {"int64": np.int64}
    exec(loops.source, names)
    return np.errstate(over="ignore")(names["formula"])  # as compiled: what is found of a missing moment is not used


@pytest.fixture
def by_python(monkeypatch):
    """The loops, without a compiler."""
    monkeypatch.setattr(calendar, "compiled", interpreted)


@pytest.fixture
def by_numba(monkeypatch, tmp_path):
    """The loops, compiled where they are asked for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiled, "WORK", 0)
    monkeypatch.setattr(compiled, "_entries", {})


def moments(dtype, least=-FAR, most=FAR):
    days = 86_400 * UNITS[dtype]
    near = st.integers(-150_000, 150_000).map(lambda day: day * days)
    each = st.one_of(st.integers(least, most), near.filter(lambda n: least <= n <= most), st.just(-(2**63)))
    return st.lists(each, min_size=1, max_size=20).map(lambda values: np.array(values, np.int64).view(dtype))


def same(found, expected):
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def parts_by_pandas(times, name):
    return getattr(pd.Series(times).dt, name).to_numpy()


def rounded_by_pandas(times, how, nanoseconds):
    return getattr(pd.Series(times).dt, how)(pd.Timedelta(nanoseconds)).to_numpy()


@pytest.mark.usefixtures("by_python")
@pytest.mark.parametrize("dtype", UNITS, ids=str)
def test_parts(dtype):
    reach = REACH.get(dtype, FAR)

    @settings(max_examples=25, deadline=None)
    @given(moments(dtype, -reach, reach))
    def check(times):
        for name in NAMES:
            same(part_of(times, name), parts_by_pandas(times, name))

    check()


@pytest.mark.usefixtures("by_python")
@pytest.mark.parametrize("dtype", UNITS, ids=str)
@pytest.mark.parametrize("how", ["floor", "ceil", "round"])
def test_rounding(dtype, how):
    @settings(max_examples=25, deadline=None)
    @given(moments(dtype), st.sampled_from(SPANS))
    def check(times, nanoseconds):
        found = rounded(times, how, nanoseconds)
        units, rest = divmod(nanoseconds * UNITS[dtype], 10**9)
        numbers = times[~np.isnat(times)].view(np.int64)
        far = (numbers > FAR - units) | (numbers < units - FAR)
        assert (found is None) == bool(rest or far.any())
        if found is not None:
            same(found, rounded_by_pandas(times, how, nanoseconds))

    check()


@pytest.mark.usefixtures("by_python")
def test_halves_are_rounded_to_even_spans():
    times = np.array([-90, -30, 30, 90, 91], "M8[s]")
    assert rounded(times, "round", 60 * 10**9).astype(int).tolist() == [-120, 0, 0, 120, 120]


@pytest.mark.usefixtures("by_python")
def test_what_loops_leave_to_pandas():
    now = np.array(["2026-01-01"], "M8[s]")
    assert part_of(np.array([2**62], "M8[s]"), "year") is None
    assert part_of(now.astype("M8[D]"), "year") is None
    assert rounded(now, "floor", 0) is None
    assert rounded(now, "floor", 1000) is None
    assert rounded(now.astype("M8[ns]"), "floor", 2**62) is None


@pytest.mark.usefixtures("by_numba")
@pytest.mark.parametrize("dtype", [np.dtype("M8[us]"), np.dtype("M8[ns]")], ids=str)
@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="compiled loops need Numba")
def test_compiled(dtype):
    times = np.random.default_rng(1).integers(-FAR, FAR, 1000).view(dtype)
    strided = np.append(times, np.datetime64("NaT"))[::-3]
    shorter = times.view(np.int64) // 2
    for _ in range(2):  # by pandas, then by the loops
        names = ["day_of_year", "days_in_month", "hour"]
        parts = [part_of(values, name) for name in names for values in (times, strided)]
        near = [rounded(shorter.view(dtype), how, SPANS[-1]) for how in ("floor", "ceil", "round")]
        compiled.wait()
    for name, found, other in zip(names, parts[::2], parts[1::2], strict=True):
        same(found, parts_by_pandas(times, name))
        same(other, parts_by_pandas(strided, name))
    for how, found in zip(("floor", "ceil", "round"), near, strict=True):
        same(found, rounded_by_pandas(shorter.view(dtype), how, SPANS[-1]))
