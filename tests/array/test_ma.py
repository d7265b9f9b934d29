"""Masked arrays: NumPy's module `numpy.ma` is the oracle, for several cuts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minidask.array as da

FLOATS = np.ma.array(
    [[1.0, -2, 3, 4], [0, 6, 7, -8], [9, 10, 11, 12]],
    mask=[[0, 1, 0, 0], [0, 0, 0, 1], [1, 1, 1, 1]],
    fill_value=-1,
)
WHOLE = np.ma.array([[1, 2, 3, 4], [5, 6, 7, 8], [0, 3, 1, 2]], mask=[[0, 1, 0, 1]] * 3)
PLAIN = np.arange(12.0).reshape(3, 4) - 4
CUTS = [(2, 2), (1, 3), (3, 4)]


def lazy(value, chunks=(2, 2)):
    if isinstance(value, np.ndarray):
        return da.from_array(value, chunks=chunks[-value.ndim :], asarray=False)
    return value


def same(ours, theirs, kind=True):
    """Raise unless a computed value is NumPy's: elements, mask, dtype, shape, kind."""
    found = ours.compute() if isinstance(ours, da.Array) else ours
    if isinstance(ours, da.Array):
        assert ours.shape == np.shape(theirs)
        if found is not np.ma.masked and ours.dtype != np.float32:  # NumPy's means of it depend on there being a mask
            assert ours.dtype == found.dtype == np.asanyarray(theirs).dtype
    if kind and np.ndim(theirs):
        assert isinstance(found, np.ma.MaskedArray) == isinstance(theirs, np.ma.MaskedArray)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(theirs))
    valid = ~np.ma.getmaskarray(theirs)
    np.testing.assert_allclose(
        np.ma.getdata(found)[valid],
        np.ma.getdata(theirs)[valid],
        rtol=1e-12 if np.asarray(found).dtype != np.float32 else 1e-5,
    )


def check(name, *args, chunks=(2, 2), **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(np.ma, name)(*args, **kwargs)
        ours = getattr(da.ma, name)(*[lazy(a, chunks) for a in args], **kwargs)
        if isinstance(theirs, tuple | list):
            for one, other in zip(ours, theirs, strict=True):
                same(one, other)
        else:
            same(ours, theirs)


ONE = [
    "abs", "absolute", "arccos", "arcsin", "arctan", "arctanh", "around", "ceil", "conjugate", "cos", "cosh", "exp",
    "fabs", "floor", "log", "log10", "log2", "logical_not", "negative", "round", "sin", "sqrt", "tan", "tanh", "filled",
    "fix_invalid", "getdata", "getmaskarray", "masked_invalid", "ravel", "transpose", "cumsum", "cumprod",
    "diff", "ediff1d", "diag", "diagonal", "atleast_3d", "squeeze", "nonzero", "compressed", "count", "median", "anom",
    "zeros_like", "ones_like",
]  # fmt: skip


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", ONE)
def test_of_one(name, cut):
    for values in (FLOATS, WHOLE, PLAIN):
        if name in ("ediff1d", "transpose") and values is PLAIN:
            continue  # which NumPy gives back without a mask
        check(name, values, chunks=cut)


TWO = [
    "add", "arctan2", "divide", "equal", "floor_divide", "fmod", "greater", "greater_equal", "hypot", "less",
    "less_equal", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "mod", "multiply", "not_equal",
    "power", "remainder", "subtract", "true_divide",
]  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_of_two(name):
    for one, other in ((FLOATS, WHOLE), (PLAIN, WHOLE), (FLOATS, 2), (WHOLE, PLAIN)):
        check(name, one, other)


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"])
def test_of_two_integers(name):
    check(name, WHOLE, np.ma.array([1, 2, 3, 1], mask=[0, 0, 0, 1]))


MASKING = [
    ("masked_equal", 3), ("masked_greater", 3), ("masked_greater_equal", 3), ("masked_inside", 1, 4),
    ("masked_less", 3), ("masked_less_equal", 3), ("masked_not_equal", 3), ("masked_outside", 1, 4),
    ("masked_values", 3.0),
]  # fmt: skip


@pytest.mark.parametrize("row", MASKING, ids=lambda row: row[0])
def test_masking(row):
    name, *args = row
    for values in (FLOATS, PLAIN):
        check(name, values, *args)


REDUCTIONS = [
    "sum",
    "prod",
    "mean",
    "var",
    "std",
    "min",
    "max",
    "all",
    "any",
    "argmin",
    "argmax",
    "ptp",
    "count",
    "median",
]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name, axis, cut):
    for values in (FLOATS, WHOLE, PLAIN, FLOATS[2:], FLOATS.astype("f4"), FLOATS > 2):
        if values.dtype == bool and name in ("ptp", "median", "std", "var"):
            continue
        check(name, values, axis=axis, chunks=cut)


def test_more_of_reductions():
    check("var", FLOATS, axis=1, ddof=2)
    check("std", WHOLE, ddof=5)
    check("mean", WHOLE, axis=(0, 1))
    check("sum", WHOLE, axis=0, dtype="f4", keepdims=True)
    check("mean", np.ma.masked_all((4, 5)))
    check("max", np.ma.masked_all((4, 5)), axis=0)
    check("median", np.ma.array([1, np.nan, 2], mask=[1, 0, 0]))
    check("median", np.ma.masked_all(4))
    x = lazy(FLOATS)
    same(x.sum(where=FLOATS.data > 2), np.ma.masked_where(FLOATS.data <= 2, FLOATS).sum())
    same(np.mean(x, axis=1), np.mean(FLOATS, axis=1))
    same(np.max(x), np.max(FLOATS))


@pytest.mark.parametrize("weights", [None, PLAIN + 5, np.arange(4.0)])
@pytest.mark.parametrize("axis", [None, 1])
def test_average(weights, axis):
    if axis is None and weights is not None and weights.ndim == 1:
        with pytest.raises(TypeError, match="say the axis"):
            da.ma.average(lazy(FLOATS), weights=weights)
        return
    for values in (FLOATS, WHOLE):
        check("average", values, axis=axis, weights=weights)
        check("average", values, axis=axis, weights=weights, returned=True)
    with pytest.raises(ValueError, match="axis 1 has 4 elements"):
        da.ma.average(lazy(FLOATS), axis=1, weights=np.ones(3))


@pytest.mark.parametrize("name", ["concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"])
def test_joining(name):
    for parts in ([FLOATS, WHOLE], [PLAIN, FLOATS], [FLOATS, PLAIN]):
        theirs = getattr(np.ma, name)(parts)
        same(getattr(da.ma, name)([lazy(p) for p in parts]), theirs)


def test_plain_and_masked_arrays_join():
    for parts in ([PLAIN, FLOATS], [FLOATS, PLAIN]):
        same(da.concatenate([lazy(p) for p in parts]), np.ma.concatenate(parts))


def test_where_and_conditions():
    same(da.ma.where(lazy(PLAIN > 0), lazy(FLOATS), lazy(WHOLE)), np.ma.where(PLAIN > 0, FLOATS, WHOLE))
    same(da.ma.where(lazy(FLOATS) > 2, lazy(FLOATS), 0), np.ma.where(FLOATS > 2, FLOATS, 0))
    same(da.ma.masked_where(lazy(PLAIN) > 2, lazy(FLOATS)), np.ma.masked_where(PLAIN > 2, FLOATS))
    same(da.ma.mask_or(lazy(PLAIN > 1), lazy(PLAIN < 0)), np.ma.mask_or(PLAIN > 1, PLAIN < 0))
    with pytest.raises(IndexError, match="condition has the shape"):
        da.ma.masked_where([True, False], lazy(FLOATS))


def test_masked_array():
    mask = PLAIN > 3
    same(da.ma.masked_array(lazy(PLAIN), mask=lazy(mask)), np.ma.masked_array(PLAIN, mask=mask))
    same(da.ma.masked_array(lazy(FLOATS), mask=mask, keep_mask=False), np.ma.array(FLOATS, mask=mask, keep_mask=False))
    same(da.ma.array(PLAIN, mask=True, dtype=int), np.ma.array(PLAIN, mask=True, dtype=int))
    assert da.ma.array([1, 2], fill_value=9).compute().fill_value == 9
    same(da.ma.array([1, 2]), np.ma.array([1, 2]))
    same(da.ma.masked_all((2, 3), int), np.ma.masked_all((2, 3), int))
    same(da.ma.masked_all_like(lazy(WHOLE)), np.ma.masked_all_like(WHOLE))
    same(da.ma.zeros((2, 3)), np.ma.zeros((2, 3)))
    same(da.ma.arange(3), np.ma.arange(3))
    with pytest.raises(ValueError, match="the mask has the shape"):
        da.ma.masked_array(PLAIN, mask=[True, False])
    with pytest.raises(NotImplementedError, match="shrink=False"):
        da.ma.masked_array(PLAIN, shrink=False)


def test_comparing():
    changed = FLOATS.copy()
    changed[0, 0] = 5
    for other in (FLOATS, changed, PLAIN, np.ma.masked_less(FLOATS, 5)):
        for ours, theirs in ((da.ma.allequal, np.ma.allequal), (da.ma.allclose, np.ma.allclose)):
            for flag in (True, False):
                assert bool(ours(lazy(FLOATS), lazy(other), flag)) == bool(theirs(FLOATS, other, flag))
    assert bool(da.ma.is_masked(lazy(FLOATS)))
    assert not bool(da.ma.is_masked(lazy(PLAIN)))
    assert da.ma.isMA(lazy(FLOATS))
    assert not da.ma.isMaskedArray(lazy(PLAIN))


@pytest.mark.parametrize(
    "name",
    ["notmasked_contiguous", "notmasked_edges", "flatnotmasked_contiguous", "flatnotmasked_edges", "clump_masked",
     "clump_unmasked"],
)  # fmt: skip
def test_lists(name):
    values = FLOATS.ravel() if "clump" in name else FLOATS
    assert repr(getattr(da.ma, name)(lazy(values))) == repr(getattr(np.ma, name)(values))


def test_products():
    for a, b in ((FLOATS, WHOLE.T), (FLOATS, PLAIN.T), (FLOATS[0], FLOATS[1])):
        check("dot", a, b)
    with pytest.raises(NotImplementedError, match="strict"):
        da.ma.dot(lazy(FLOATS), lazy(PLAIN.T), strict=True)


KEPT = [
    lambda x: x + 1, lambda x: x * x.mean(), lambda x: (x - x.mean(0)) / x.std(0), lambda x: x[1:, ::-1],
    lambda x: x[[2, 0]], lambda x: x[:, 1], lambda x: x[x > 2], lambda x: x.T.reshape(2, 6), lambda x: x.astype(int),
    lambda x: np.roll(x, 1), lambda x: np.cumsum(x, 0), lambda x: x.repeat(2, 0), lambda x: x[None].squeeze(),
lambda x: np.diff(x), lambda x: np.take(x, [1, 0], 1), lambda x: x.round(1),
    lambda x: x.max(0).min(), lambda x: x.swapaxes(0, 1), lambda x: -x > 3, lambda x: x.sum(1) + x[:, 0],
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(KEPT)))
def test_blocks_stay_masked(number):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KEPT[number](FLOATS)
        for cut in CUTS:
            same(KEPT[number](lazy(FLOATS, cut)), theirs)
            same(KEPT[number](lazy(FLOATS, cut).rechunk((3, 1))), theirs)


def test_assignment():
    for key in ((0, slice(None)), slice(1, None), FLOATS.data > 5):
        for value in (np.ma.masked, 7.0):
            ours, theirs = lazy(FLOATS), FLOATS.copy()
            ours[key] = value
            theirs[key] = value
            same(ours, theirs)


def test_fill_values():
    x = lazy(FLOATS)
    assert x.compute().fill_value == -1
    same(da.ma.filled(x), FLOATS.filled())
    same(da.ma.filled(x, 7), FLOATS.filled(7))
    da.ma.set_fill_value(x, 3)
    same(da.ma.filled(x), FLOATS.filled(3))
    with pytest.raises(TypeError, match="lazy array"):
        da.ma.set_fill_value(FLOATS, 3)


def test_equal_work_has_an_equal_name():
    assert da.ma.sqrt(lazy(FLOATS)).name == da.ma.sqrt(lazy(FLOATS)).name
    other = np.ma.array(FLOATS.data, mask=False)
    assert lazy(other).name != lazy(FLOATS).name
    assert da.ma.sqrt(lazy(FLOATS)).name != da.ma.sin(lazy(FLOATS)).name


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_any_masks(data):
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    size = shape[0] * shape[1]
    values = np.array(
        data.draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size)),
        data.draw(st.sampled_from(["i8", "f8", "f4"])),
    )
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    array = np.ma.array(values.reshape(shape), mask=mask.reshape(shape))
    cut = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    name = data.draw(st.sampled_from(["sum", "mean", "std", "min", "max", "median", "cumsum", "count", "argmin"]))
    check(name, array, axis=data.draw(st.sampled_from([None, 0, 1])), chunks=cut)


@pytest.mark.parametrize("function", [da.ma.count, da.ma.count_masked])
def test_counts_are_merged_as_told(function):
    values = np.ma.masked_greater(np.arange(12), 6)
    x = da.from_array(values, chunks=2)
    found = function(x, split_every=2)
    assert len(found.__dask_graph__()) > len(function(x, split_every=8).__dask_graph__())
    assert found.compute() == function(x).compute() in (5, 7)
