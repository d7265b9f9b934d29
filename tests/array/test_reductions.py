"""Reductions, with and without NaN."""

from __future__ import annotations

import inspect
import warnings
from itertools import product

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.testing import assert_eq
from tests.strategies import pairs

METHODS = ["sum", "prod", "mean", "std", "var", "min", "max", "any", "all", "argmin", "argmax"]
WITHOUT_NAN = ["nansum", "nanprod", "nanmean", "nanstd", "nanvar", "nanmin", "nanmax", "nanargmin", "nanargmax"]
WITH_DDOF = {"std", "var", "nanstd", "nanvar"}
WITH_DTYPE = {"sum", "prod", "mean", *WITH_DDOF, "nansum", "nanprod", "nanmean"}
TOLERANCE = {"f2": 5e-3, "f4": 1e-5}
RNG = np.random.default_rng(0)
BASE = RNG.normal(size=(5, 6, 4))


def quietly(func, *args, **kwargs):
    """What NumPy answers or raises; its warnings about empty and all-NaN slices are looked at elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return func(*args, **kwargs)
        except (AttributeError, TypeError, ValueError, np.exceptions.AxisError) as error:
            return error


def check(name, real, lazy, rtol=1e-8, **kwargs):
    """Ours is NumPy's answer, or an error of the same type, at the call or (where data decide) later."""
    expected = quietly(getattr(np, name), real, **kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(expected, Exception):
            with pytest.raises(type(expected)):
                getattr(da, name)(lazy, **kwargs).compute(scheduler="synchronous")
        else:
            assert_eq(getattr(da, name)(lazy, **kwargs), expected, rtol=rtol)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("name", METHODS + WITHOUT_NAN)
def test_axes(name, axis, keepdims):
    real = BASE.copy()
    if name in WITHOUT_NAN:
        real[RNG.random(real.shape) > 0.7] = np.nan
    for chunks in ((2, 3, 2), (5, 6, 4), (5, 1, 4)):
        check(name, real, da.from_array(real, chunks=chunks), axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("axis", [(0, 2), (-1, 0), (0, 1, 2)])
@pytest.mark.parametrize("name", [n for n in METHODS if "arg" not in n])
def test_tuples_of_axes(name, axis):
    check(name, BASE, da.from_array(BASE, chunks=(2, 3, 2)), axis=axis)


@pytest.mark.parametrize("name", ["sum", "prod", "any", "all"])
def test_no_axes_at_all(name):
    check(name, BASE, da.from_array(BASE, chunks=(2, 3, 2)), axis=())


NUMBERS = ["f2", "f4", "i4", "u1", "?", "c16"]
OF_OBJECTS = ["sum", "prod", "min", "max"]


@pytest.mark.parametrize(
    ("name", "dtype"), [*product(METHODS + WITHOUT_NAN, NUMBERS), *((name, "O") for name in OF_OBJECTS)]
)
def test_dtypes(name, dtype):
    real = np.abs(BASE) * 3
    real = real.astype(int).astype("O") if dtype == "O" else real.astype(dtype)
    check(name, real, da.from_array(real, chunks=(2, 3, 2)), rtol=TOLERANCE.get(dtype, 1e-8), axis=1)


OBJECTS = [n for n in METHODS + WITHOUT_NAN if n not in ("any", "all")]


@pytest.mark.parametrize("chunks", [1, 2, 3])
@pytest.mark.parametrize("values", [[1, 2.5, 3], [3, 1j, 2.5]])
@pytest.mark.parametrize("name", OBJECTS)
def test_objects_stay_as_they_are(name, values, chunks):
    if 1j in values and name not in ("sum", "prod", "mean", "var", "std"):
        return  # complex objects have no order, and NumPy's nanvar of them is wrong
    real = np.array(values, object)
    lazy = da.from_array(real, chunks=chunks)
    if "std" not in name:  # an error of NumPy's
        check(name, real, lazy, axis=0, keepdims=True)
    expected, found = getattr(np, name)(real), getattr(da, name)(lazy).compute()
    assert found == pytest.approx(expected)
    assert type(found) is type(expected) or isinstance(expected, np.inexact)


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd"])
def test_objects_without_nan(name):
    real = np.array([1, np.nan, 2.5], object)
    assert getattr(da, name)(da.from_array(real, chunks=1)).compute() == pytest.approx(getattr(np, name)(real))


@pytest.mark.parametrize("name", ["sum", "min", "max", "cumsum", "nansum"])
def test_objects_that_are_strings(name):
    real = np.array(["b", "a", "c"], object)
    found = getattr(da, name)(da.from_array(real, chunks=1)).compute()
    assert np.array_equal(found, getattr(np, name)(real))


@pytest.mark.parametrize("values", [["b", "a", "", "c", "a", ""], [b"b", b"", b"c"], ["NaT", "2000"], [0, None, 2]])
def test_nonzero_of_what_is_no_number(values):
    real = np.array(values, "M8[D]" if "NaT" in values else None)
    check("count_nonzero", real, da.from_array(real, chunks=2))


@pytest.mark.parametrize("chunks", [1, 2, (1, 6), (6, 1)])
@pytest.mark.parametrize("name", ["argmin", "argmax", "nanargmin", "nanargmax"])
def test_places_of_strings(name, chunks):
    real = RNG.choice(["a", "b", "", "cc"], (5, 6))
    check(name, real, da.from_array(real, chunks=chunks))
    check(name, real, da.from_array(real, chunks=chunks), axis=0)


@pytest.mark.parametrize("name", ["min", "max", "argmin", "argmax", "nanmin", "nanmax", "nanargmin", "nanargmax"])
def test_times(name):
    real = RNG.integers(0, 9, (5, 6)).astype("M8[D]")
    real[2, 3] = "NaT"
    for chunks in (1, 2, 6):
        check(name, real, da.from_array(real, chunks=chunks), axis=0)
        check(name, real, da.from_array(real, chunks=chunks))


@pytest.mark.parametrize(
    "name", ["sum", "mean", "nansum", "nanmean", "cumsum", "nancumsum", "min", "std", "var", "prod", "any"]
)
def test_durations(name):
    real = RNG.integers(0, 9, (5, 6)).astype("m8[s]")
    for chunks in (2, 6):
        check(name, real, da.from_array(real, chunks=chunks), axis=0)
    assert_eq(da.average(da.from_array(real, chunks=2)), real.mean())


@pytest.mark.parametrize("name", sorted(WITH_DTYPE))
def test_dtype_and_ddof(name):
    real = (BASE * 10).astype("i4")
    lazy = da.from_array(real, chunks=(2, 3, 2))
    check(name, real, lazy, axis=0, dtype="f4", rtol=1e-4)
    if name in WITH_DDOF:
        check(name, BASE, da.from_array(BASE, chunks=2), axis=0, ddof=1)


@settings(max_examples=80, deadline=None)
@given(pairs(), st.sampled_from(METHODS + WITHOUT_NAN), st.data())
def test_any_shape_and_chunks(pair, name, data):
    axis = data.draw(st.none() | st.integers(-pair.real.ndim, pair.real.ndim - 1))
    if "arg" in name and np.issubdtype(pair.real.dtype, np.complexfloating) and "nan" in name:
        return  # NumPy replaces NaN by infinity there, and orders complex numbers
    check(name, pair.real, pair.lazy, rtol=1e-4 if pair.real.dtype == "f4" else 1e-8, axis=axis)


@pytest.mark.parametrize("split_every", [2, 3, 100, {0: 2, 1: 3}])
@pytest.mark.parametrize("name", ["sum", "var", "argmax", "nanmin"])
def test_split_every(name, split_every):
    real = BASE.reshape(12, 10)
    found = getattr(da, name)(da.from_array(real, chunks=1), split_every=split_every)
    assert_eq(found, getattr(np, name)(real))


def test_mistakes_are_errors_at_the_call():
    x = da.ones((3, 4), chunks=2)
    with pytest.raises(np.exceptions.AxisError):
        x.sum(axis=2)
    with pytest.raises(ValueError, match="split_every"):
        x.sum(split_every=1).compute()
    with pytest.raises(ValueError, match="zero-size"):
        da.ones((0, 4)).min(axis=0)
    with pytest.raises(ValueError, match="empty"):
        da.ones((0, 4)).argmin(axis=0)
    with pytest.raises(TypeError):
        da.from_array(np.array(["a"])).sum()


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"axis": 1.0}, TypeError),
        ({"axis": "a"}, TypeError),
        ({"keepdims": 2}, TypeError),
        ({"keepdims": "yes"}, TypeError),
        ({"split_every": "a"}, ValueError),
        ({"split_every": 1}, ValueError),
        ({"split_every": 2.5}, ValueError),
        ({"split_every": {0: 1}}, ValueError),
        ({"split_every": {5: 2}}, ValueError),
    ],
)
def test_arguments_of_another_kind(kwargs, error):
    with pytest.raises(error, match=next(iter(kwargs))):
        da.ones((3, 4), chunks=2).sum(**kwargs)


def test_arguments_of_numpy_that_are_not_there():
    with pytest.raises(NotImplementedError, match=r"std with mean=.*leave it out"):
        np.std(da.ones((3, 4), chunks=2), mean=3)


@pytest.mark.parametrize("name", ["std", "var", "nanstd", "nanvar"])
def test_correction_is_a_name_of_ddof(name):
    x = RNG.random((5, 6))
    for kwargs in ({"correction": 1}, {"ddof": 1, "correction": None}):
        assert_eq(getattr(da, name)(da.from_array(x, chunks=2), axis=0, **kwargs), getattr(np, name)(x, axis=0, ddof=1))
    with pytest.raises(ValueError, match="two names of one thing"):
        getattr(da, name)(da.from_array(x, chunks=2), ddof=1, correction=1)


WITH_INITIAL = ["sum", "prod", "min", "max", "nansum", "nanprod", "nanmin", "nanmax"]
WITH_WHERE = [n for n in METHODS + WITHOUT_NAN if "arg" not in n]
MASKS = {
    "whole": RNG.random((5, 6, 4)) > 0.3,
    "one column": np.array([[True], [False], [True], [True], [False], [True]]),
    "row": np.array([True, False, True, True]),
    "numbers": [1, 0, 0, 1],
    "nothing": False,
}


@pytest.mark.parametrize("axis", [None, 0, (0, 2), -1])
@pytest.mark.parametrize("name", WITH_INITIAL)
def test_initial(name, axis):
    for dtype, initial in (("f8", 2.5), ("f4", 2.5), ("i4", -1), ("u1", 2.5), ("c16", 1), ("?", True)):
        real = (np.abs(BASE) * 2).astype(dtype)
        for chunks in ((2, 3, 2), (5, 6, 4)):
            lazy = da.from_array(real, chunks=chunks)
            check(name, real, lazy, axis=axis, initial=initial, rtol=TOLERANCE.get(dtype, 1e-8))
    check(name, BASE[:0], da.from_array(BASE[:0], chunks=2), initial=3)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("name", WITH_WHERE)
def test_where(name, mask):
    real = BASE.copy()
    if name in WITHOUT_NAN:
        real[RNG.random(real.shape) > 0.8] = np.nan
    options = {"initial": 1} if name in ("min", "max", "nanmin", "nanmax") else {}
    for axis, dtype in ((None, "f8"), (1, "f4"), ((0, 2), "i4")):
        typed = real.astype(dtype) if dtype[0] == "f" else (BASE * 3).astype(dtype)
        for chunks in ((2, 3, 2), (5, 6, 4), (2, 6, 4)):
            lazy = da.from_array(typed, chunks=chunks)
            check(name, typed, lazy, TOLERANCE.get(dtype, 1e-8), axis=axis, where=mask, **options)


def test_where_is_lazy_too():
    x = da.from_array(BASE, chunks=(2, 3, 4))
    mask = da.from_array(MASKS["whole"], chunks=3)
    assert_eq(x.sum(axis=1, where=mask), BASE.sum(axis=1, where=MASKS["whole"]))
    assert_eq(np.std(x, where=x > 0, ddof=1), np.std(BASE, where=BASE > 0, ddof=1))
    assert_eq(np.add.reduce(x, axis=0, where=mask, initial=2), np.add.reduce(BASE, 0, where=MASKS["whole"], initial=2))
    positive, real = x[x > 0], BASE[BASE > 0]
    assert_eq(positive.mean(where=positive > 1), real.mean(where=real > 1))


def test_slices_of_reductions_slice_the_mask():
    x, real = da.from_array(BASE, chunks=(2, 3, 4)), MASKS["whole"]
    for mask in (real, real[0], real[:, :1], real[:1]):
        assert_eq(x.sum(axis=0, where=mask)[1:5, ::-2], BASE.sum(axis=0, where=mask)[1:5, ::-2])


def test_mistakes_of_where_and_initial():
    x = da.from_array(BASE, chunks=(2, 3, 4))
    with pytest.raises(ValueError, match="initial"):
        x.max(where=x > 0)
    with pytest.raises(ValueError, match="where="):
        x.sum(where=np.ones((2, 5, 6, 4), bool))
    with pytest.raises(ValueError, match="where="):
        x[:1].sum(where=np.ones((5, 6, 4), bool))
    with pytest.raises(NotImplementedError, match="initial="):
        x.sum(initial=x.min())
    with pytest.raises(OverflowError):
        x.astype(int).max(initial=np.inf)


OF_ORDER = ["min", "max", "argmin", "argmax", "nanmin", "nanmax", "nanargmin", "nanargmax"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([1, 2, 3.5, np.nan, None]) | st.sampled_from([1, 2, np.nan]), min_size=1, max_size=7),
    st.sampled_from([*OF_ORDER, "sum", "nansum", "mean"]),
    st.integers(1, 3),
)
def test_objects_that_have_no_order(values, name, chunks):
    real = np.array(values, object)
    expected, lazy = quietly(getattr(np, name), real), da.from_array(real, chunks=chunks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(expected, Exception):
            with pytest.raises(type(expected)):
                getattr(da, name)(lazy).compute(scheduler="synchronous")
        else:
            found = getattr(da, name)(lazy).compute(scheduler="synchronous")
            assert found == expected or (found != found and expected != expected)


def test_strings_are_joined_in_numpys_order():
    real = np.array([["a", "b", "c"], ["d", "e", "f"]], object)
    for chunks in ((1, 2), (2, 1), (2, 2)):
        lazy = da.from_array(real, chunks=chunks)
        assert lazy.sum(initial="x").compute() == real.sum(initial="x")
        assert lazy.sum().compute() == real.sum()
        where = np.array([True, False, True])
        assert np.array_equal(lazy.sum(axis=1, initial="", where=where), real.sum(axis=1, initial="", where=where))


@pytest.mark.parametrize("name", METHODS + WITHOUT_NAN)
def test_help_and_signatures(name):
    function = getattr(da, name)
    assert function.__module__ == "minidask.array.functions"
    assert function.__name__ == function.__qualname__ == name
    assert list(inspect.signature(function).parameters)[:2] == ["a", "axis"]
    assert f".{name}(" in function.__doc__
    if name in METHODS:
        assert list(inspect.signature(getattr(da.Array, name)).parameters)[:2] == ["self", "axis"]


def test_places_of_several_extremes_are_the_first_in_c_order():
    real = np.array([[1, 3, 0], [3, 0, 3]])
    lazy = da.from_array(real, chunks=(2, 1))
    assert_eq(lazy.argmax(), np.argmax(real))
    assert_eq(lazy.argmin(), np.argmin(real))


def test_warnings_of_empty_and_all_nan_slices():
    nan = da.from_array(np.full((4, 2), np.nan), chunks=2)
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        da.nanmean(nan, axis=0).compute(scheduler="synchronous")
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        da.nanmax(nan, axis=0).compute(scheduler="synchronous")
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        da.ones(2, chunks=1).var(ddof=2).compute(scheduler="synchronous")
    with pytest.raises(ValueError, match="All-NaN"):
        da.nanargmin(nan, axis=0).compute()


@pytest.mark.parametrize("chunks", [2, 5])
@pytest.mark.parametrize("name", ["std", "var", "mean", "nanstd", "nanvar"])
def test_spread_as_integers(name, chunks):
    real = np.arange(5)
    check(name, real, da.from_array(real, chunks=chunks), dtype="i8")
    check(name, real * 1.7, da.from_array(real * 1.7, chunks=chunks), dtype="i8")


@pytest.mark.parametrize("chunks", [2, 5])
def test_spread_of_complex_numbers_is_not_made_of_real_ones(chunks):
    with pytest.raises(TypeError, match="complex"):
        da.from_array(np.arange(5) * 1j, chunks=chunks).std(dtype="f4")


def test_variance_does_not_cancel():
    real = 1e9 + RNG.random(1000)
    assert_eq(da.from_array(real, chunks=7).var(), real.var(), rtol=1e-6)


def test_out():
    total = da.zeros(6, chunks=2)
    x = da.from_array(BASE[0].T @ BASE[0], chunks=3)
    found = x.sum(axis=0, out=da.zeros(4))
    assert_eq(found, x.compute().sum(axis=0))
    with pytest.raises(ValueError, match="shape"):
        x.sum(axis=0, out=total)


def test_numpys_functions_ask_us():
    x = da.from_array(BASE, chunks=2)
    assert isinstance(np.sum(x, axis=0), da.Array)
    assert_eq(np.mean(x, axis=1), BASE.mean(axis=1))


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("name", ["sum", "max", "any", "argmax", "prod"])
def test_without_axes_the_first_and_last_are_taken(name, axis):
    value = np.array(3.5)
    assert_eq(getattr(np, name)(da.from_array(value), axis=axis), np.asarray(getattr(np, name)(value, axis=axis)))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["sum", "prod"])
def test_some_objects_in_blocks(name, axis):
    values = np.array([[1, 2, 3.5], [4, 5, 6]], object)
    x, chosen = da.from_array(values, chunks=(1, 2)), values > 2
    theirs = getattr(np, name)(values, axis=axis, initial=1, where=chosen)
    assert_eq(getattr(np, name)(x, axis=axis, initial=1, where=da.from_array(chosen, chunks=1)), theirs)
    hidden = np.ma.masked_array(values, values < 2)
    ours = getattr(da.from_array(hidden, chunks=(1, 2)), name)(axis=axis).compute()
    np.testing.assert_array_equal(np.ma.filled(ours, 0), np.ma.filled(getattr(hidden, name)(axis=axis), 0))
