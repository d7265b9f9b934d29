"""Equal numbers are found by their hashes, whatever their kind and however many there are, as pandas finds them."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import minidask.kernels.compiled as compiled
from minidask import config
from minidask.kernels import joining
from minidask.kernels.duplicates import duplicated_rows
from minidask.kernels.hashed import first_of_equals, matched, paired
from minidask.kernels.lookup import pairs_of

pytest.importorskip("numba")

KINDS = ("int64", "uint64", "int8", "float64", "float32")
SIZES = st.sampled_from([0, 1, 2, 300, 9_000])


@pytest.fixture(autouse=True, scope="module")
def ready(compiled_at_once):
    """Loops are compiled before the tests."""
    for _ in range(4):
        first_of_equals(np.arange(3))
        joining.matches(np.arange(3), np.array([1, 1, 2]))
        compiled.wait()


@pytest.fixture(autouse=True)
def nothing_runs_on():
    """What a test has made to be compiled is ready in the end."""
    yield
    compiled.wait()


def numbers(kind, size, spread, seed):
    """Random numbers up to a spread, on both sides of zero, and some at the ends of what there is."""
    values = np.random.default_rng(seed).integers(-spread, spread, size, endpoint=True)
    if kind.startswith("f"):
        return np.where(values % 5 == 0, values * 0.0 * np.sign(values), values / 3).astype(kind)
    ends = np.iinfo(kind)
    return np.where(values % 7 == 1, ends.max, np.where(values % 7 == 2, ends.min, values.astype(kind))).astype(kind)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), SIZES, st.sampled_from([0, 5, 10_000]), st.integers(0, 3))
def test_first_places(kind, size, spread, seed):
    values = numbers(kind, size, spread, seed)
    codes, _ = pd.factorize(values)
    expected = np.unique(codes, return_index=True)[1][codes]
    np.testing.assert_array_equal(first_of_equals(values), expected)
    for keep in ("first", "last", False):
        column = pd.Series(values, name="x")
        expected = column.duplicated(keep=keep).rename(None)
        pd.testing.assert_series_equal(duplicated_rows(column.to_frame(), keep), expected)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), SIZES, SIZES, st.sampled_from([0, 5, 10_000]), st.booleans())
def test_matches_are_those_of_sorted_sides(kind, left, right, spread, outer):
    if not spread and min(left, right) > 1_000:  # each row would match each
        spread = 5_000
    mine, theirs = numbers(kind, min(left, 300), spread, 1), numbers(kind, right, spread, 2)
    found = joining.matches(mine, theirs, outer)
    with config.set({"array.compile": False}):
        assert matched(mine, theirs) is first_of_equals(mine) is None
        assert paired(*np.zeros((3, 2), np.int32), outer) is None
        expected = joining.matches(mine, theirs, outer)
    assert (found.left is None) == (expected.left is None)
    for one, other in zip(found[found.left is None :], expected[found.left is None :], strict=True):
        np.testing.assert_array_equal(one, other)
    assert found.missing == (found.right < 0).any()


def test_numbers_far_apart_are_looked_up():
    right = np.random.default_rng(0).permutation(5_000) * 2**40
    left = np.append(right[:900], 7)
    assert pairs_of([pd.Series(left)], [pd.Series(right)], outer=True) is None, "hashes find them"
    found = pairs_of([pd.Series(left)] * 2, [pd.Series(right)] * 2, outer=True)
    assert found.left is None
    assert found.missing
    np.testing.assert_array_equal(found.right, np.append(np.arange(900), -1))
    assert pairs_of([pd.Series(left)] * 2, [pd.Series(np.append(right, right[:1]))] * 2, outer=True) is None
