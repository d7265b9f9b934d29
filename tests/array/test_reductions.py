"""Reductions, with and without NaN."""

from __future__ import annotations

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
        except (TypeError, ValueError, np.exceptions.AxisError) as error:
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


@pytest.mark.parametrize("name", ["where", "initial"])
def test_arguments_of_numpy_that_are_not_there(name):
    x = da.ones((3, 4), chunks=2)
    with pytest.raises(NotImplementedError, match=f"sum with {name}="):
        np.sum(x, **{name: 3})


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
