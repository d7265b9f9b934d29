"""Compiled loops of groups give what NumPy and pandas give, to the bit."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import minidask.kernels.compiled as compiled
from minidask.kernels import group_loops, group_tops, lookup, numbered, row_codes, row_hashes, text_codes
from minidask.kernels.group_moments import moments_of
from minidask.kernels.group_states import state_of, states_of_groups
from minidask.kernels.group_tops import top_rows
from minidask.kernels.ordering import order_of_places
from minidask.kernels.row_groups import groups_of

pytest.importorskip("numba")

PRIMITIVES = ("sum", "total", "squares", "min", "max", "median", "count")
KINDS = ["int64", "float64"]


@pytest.fixture(autouse=True, scope="module")
def ready(compiled_at_once):
    """Loops are compiled before the tests."""
    for _ in range(2):
        for kind in KINDS:
            everything(np.arange(200) % 3, np.arange(200).astype(kind))
        text_codes.factorized(TEXTS)
        numbered.numbered(np.arange(3))
        compiled.wait()


TEXTS = pd.array(
    np.resize(np.array(["", "a", "b\0", "\0", "ä" * 30, "x" * 8, "x" * 9], dtype=object), 5000), dtype="str"
)


def everything(keys, values):
    """What each loop takes part in, as bits."""
    groups = groups_of([pd.Series(keys)], sort=True, dropna=True)
    states = [np.asarray(state_of(pd.Series(values), how, groups)) for how in PRIMITIVES]
    tops = (
        []
        if np.isnan(values).any()
        else [top_rows(values, groups, n, largest) for n, largest in ((1, True), (3, False))]
    )
    pairs = [moments_of([values, values[::-1]], groups)]
    several = groups_of([pd.Series(keys), pd.Series((keys % 2).astype("int8"))], sort=True, dropna=True)
    found = (*states, *tops, *pairs, groups.places, groups.sizes, several.places, several.sizes)
    return [array.view(np.uint64) if array.dtype.itemsize == 8 else array for array in found]


def without_loops(func, *args):
    with pytest.MonkeyPatch.context() as patch:
        for module in (group_loops, group_tops, lookup, numbered, row_codes, row_hashes, text_codes):
            patch.setattr(module, "compiled", lambda loops, work: None)
        return func(*args)


FLOATS = st.one_of(st.floats(width=64), st.sampled_from([0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, 1.0]))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 200), st.sampled_from(KINDS))
def test_bits(data, count, kind):
    rng = np.random.default_rng(count)
    each = FLOATS if kind == "float64" else st.integers(-(2**63), 2**63 - 1)
    few = np.array(data.draw(st.lists(each, min_size=1, max_size=12)), kind)
    values, keys = rng.choice(few, count), rng.integers(0, data.draw(st.integers(1, 60)), count)
    with np.errstate(all="ignore"):
        found, expected = everything(keys, values), without_loops(everything, keys, values)
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("how", ["add", "squares", "products", "min", "max", "order"])
@pytest.mark.parametrize("kind", KINDS)
def test_they_are_compiled(how, kind):
    values = np.arange(3).astype(kind)
    values.flags.writeable = False

    def done() -> bool:
        more = {"squares": [np.zeros(3)], "products": [values, np.zeros(3), np.zeros(3)], "order": [np.arange(3)]}
        return group_loops.looped(how, values, np.arange(3), *more.get(how, []), np.zeros(3))

    for _ in range(2):
        done()
        compiled.wait()
    assert done()


def test_columns_are_added_together():
    whole, gaps = np.arange(6), np.array([0.5, np.nan, 1.5, 2.5, np.nan, 4.5])
    places = np.array([0, 1, 0, 2, 1, 1])
    for _ in range(2):
        made = [np.zeros(3, "int64"), np.zeros(3), np.zeros(3)]
        missing = group_loops.added([whole, gaps, whole], places, made)
        compiled.wait()
    assert missing.tolist() == [0, 2, 0]
    assert [array.tolist() for array in made] == [[2, 10, 3], [2.0, 4.5, 2.5], [2, 10, 3]]


@settings(max_examples=40, deadline=None)
@given(st.lists(FLOATS, min_size=6, max_size=40), st.booleans())
def test_states_together_are_those_apart(values, dropna):
    keys = pd.Series(np.resize([3, 1, None, 1, 2, 3], len(values)))
    columns = pd.DataFrame({"x": values, "n": range(len(values)), "f": np.float32(1.5), "y": values[::-1]})
    groups = groups_of([keys], sort=True, dropna=dropna)
    asked = [(None, "size"), *((column, how) for how in PRIMITIVES for column in columns)]
    with np.errstate(all="ignore"):
        for _ in range(2):
            found = states_of_groups(columns, asked, groups)
            compiled.wait()
        for (label, how), state in zip(asked, found, strict=True):
            column = None if label is None else columns[label]
            expected = without_loops(state_of, column, how, groups)
            np.testing.assert_array_equal(np.asarray(state), np.asarray(expected))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30), st.sampled_from(["int64", "uint64", "int32"])
)
def test_numbers(few, kind):
    values = np.random.default_rng(1).choice(np.array(few).astype(kind), 100)
    codes, first = numbered.numbered(values)
    expected, uniques = pd.factorize(values)
    np.testing.assert_array_equal(codes, expected)
    np.testing.assert_array_equal(values[first], uniques)


def test_many_numbers():
    values = np.random.default_rng(2).permutation(300_000) * 7
    codes, first = numbered.numbered(np.concatenate([values, values[::-1]]))
    np.testing.assert_array_equal(codes, [*range(300_000), *range(299_999, -1, -1)])
    np.testing.assert_array_equal(first, np.arange(300_000))


texts = st.one_of(st.none(), st.text(max_size=9), st.text("ab\0", max_size=40))


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, max_size=30), st.sampled_from(["str", "string"]), st.integers(0, 3))
def test_numbers_of_strings(values, dtype, start):
    whole = pd.array(np.resize(np.array([*values, "x"], dtype=object), 5000), dtype=dtype)[start:]
    codes, different = text_codes.factorized(whole)
    expected, uniques = pd.factorize(whole)
    np.testing.assert_array_equal(codes, expected)
    assert different.tolist() == uniques.tolist()


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(["int64", "int32", "int8", "uint64", "uint8"]), st.booleans(), st.booleans())
def test_lookup(data, kind, again, outer):
    info = np.iinfo(kind)
    start = data.draw(st.integers(int(info.min), min(int(info.max), 2**61) - 60))
    far = st.sampled_from([int(info.min), int(info.max), 0])
    left = data.draw(st.lists(st.one_of(st.integers(start, start + 60), far), min_size=1, max_size=80))
    right = data.draw(st.lists(st.integers(start, start + 60), min_size=1, max_size=30, unique=True))
    right += right[:1] if again else []
    sides = [[pd.Series(np.array(values, kind))] for values in (left, right)]
    for _ in range(2):
        found = lookup.pairs_of(*sides, outer)
        compiled.wait()
    if again or max(right) - min(right) >= row_codes.SPREAD * (len(left) + len(right)):
        assert found is None
        return
    expected = [(row, right.index(value) if value in right else -1) for row, value in enumerate(left)]
    for pairs in (found, without_loops(lookup.pairs_of, *sides, outer)):
        rows = range(len(left)) if pairs.left is None else pairs.left.tolist()
        assert [*zip(rows, pairs.right.tolist(), strict=True)] == [p for p in expected if outer or p[1] >= 0]
        assert pairs.missing == (pairs.right < 0).any()


def test_hashes():
    keys = [pd.Series(np.arange(-50, 50) * 10**kind) for kind in (1, 15)]
    for _ in range(2):
        found = row_hashes.hash_rows(keys)
        compiled.wait()
    expected = without_loops(row_hashes.hash_rows, keys)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(row_hashes.hash_rows([k[::2] for k in keys]), expected[::2])


def test_strings_of_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(text_codes, "numbered", lambda hashes: numbered.numbered(hashes & np.uint64(1)))
    codes, different = text_codes.factorized(TEXTS)
    expected, uniques = pd.factorize(TEXTS)
    np.testing.assert_array_equal(codes, expected)
    assert different.tolist() == uniques.tolist()


@pytest.mark.parametrize("size", [0, 1, 5_000])
def test_places_are_counted_into_their_order(size):
    places = np.random.default_rng(0).integers(0, 700, size).astype(np.uint32)
    expected = np.argsort(places, kind="stable")
    for _ in range(2):  # by a sort, then by the loop
        np.testing.assert_array_equal(order_of_places(places), expected)
        compiled.wait()
