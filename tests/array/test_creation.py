"""Arrays from nothing."""

from __future__ import annotations

import datetime

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask import delayed
from minidask.testing import assert_eq

ROWS = [
    (lambda m, **k: m.ones((4, 5), **k)),
    (lambda m, **k: m.ones(4, "i4", **k)),
    (lambda m, **k: m.ones((), **k)),
    (lambda m, **k: m.ones((0, 3), **k)),
    (lambda m, **k: m.zeros((4, 5), bool, **k)),
    (lambda m, **k: m.full((4, 5), 7, **k)),
    (lambda m, **k: m.full(4, np.nan, **k)),
    (lambda m, **k: m.full(4, 1.5, "i8", **k)),
    (lambda m, **k: m.full(4, np.datetime64("2020-01-01"), **k)),
    (lambda m, **k: m.full(4, True, **k)),
    (lambda m, **k: m.arange(10, **k)),
    (lambda m, **k: m.arange(2, 10, 3, **k)),
    (lambda m, **k: m.arange(10, 2, -3, **k)),
    (lambda m, **k: m.arange(5, 2, **k)),
    (lambda m, **k: m.arange(0, 1, 0.1, **k)),
    (lambda m, **k: m.arange(3.5, **k)),
    (lambda m, **k: m.arange(10, dtype="f4", **k)),
    (lambda m, **k: m.arange(0, 5, dtype="u1", **k)),
    (lambda m, **k: m.linspace(0, 1, 5, **k)),
    (lambda m, **k: m.linspace(3, 3, 1, **k)),
    (lambda m, **k: m.linspace(0, 10, 7, endpoint=False, **k)),
    (lambda m, **k: m.linspace(0, 10, 7, dtype=int, **k)),
    (lambda m, **k: m.linspace(2, 5, 0, **k)),
    (lambda m, **k: m.linspace(1j, 5, 4, **k)),
]


@pytest.mark.parametrize("chunks", [2, -1, "auto"])
@pytest.mark.parametrize("make", ROWS)
def test_as_numpy_does(make, chunks):
    assert_eq(make(da, chunks=chunks), make(np))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 7), st.none() | st.integers(0, 7), st.integers(-8, 8), st.integers(1, 4))
def test_eye(rows, columns, k, chunks):
    assert_eq(da.eye(rows, chunks, columns, k), np.eye(rows, columns, k))


def day(text):
    return np.datetime64(text)


def hours(n):
    return np.timedelta64(n, "h")


TIMES = [
    (day("2000-01-01"), day("2000-01-10")), (day("2000-01-01"), day("2000-01-10"), hours(36)),
    (day("2000-01-01"), day("2000-01-10"), 3), (day("2000-01-01"), 9), (day("2000-01-01"), hours(100)),
    (day("2000-01-01"), np.timedelta64(9, "D"), hours(7)), (day("2000-01"), day("2000-03-04")),
    (day("2000-01-10"), day("2000-01-01"), -2), (day("2000-01-10T03"), day("1999"), hours(-50)),
    (day("2000-01-01"), day("1999-01-01")), (day("2000-01"), day("2000-05"), np.timedelta64(10, "D")),
    (np.timedelta64(1, "D"), hours(30), hours(1)), (np.timedelta64(5, "D"),), (3, np.timedelta64(5, "D")),
    (hours(5), 20, 2), (hours(20), hours(1), -3), (hours(-20), np.timedelta64(1, "D"), hours(7)),
    (datetime.datetime(2000, 1, 1), datetime.datetime(2000, 1, 3), datetime.timedelta(hours=12)),
    (datetime.date(2000, 1, 1), datetime.date(2000, 1, 3)), (np.array("2000", "M8[Y]"), day("2003")),
]  # fmt: skip


@pytest.mark.parametrize("chunks", [2, "auto"])
@pytest.mark.parametrize("bounds", TIMES)
def test_arange_of_times(bounds, chunks):
    assert_eq(da.arange(*bounds, chunks=chunks), np.arange(*bounds))


@pytest.mark.parametrize("bounds", [("2000-01", "2000-05"), (day("2000-01"), day("2000-02"))])
def test_arange_of_times_of_a_unit(bounds):
    assert_eq(da.arange(*bounds, dtype="M8[D]", chunks=7), np.arange(*bounds, dtype="M8[D]"))
    assert_eq(da.arange(0, 10, dtype="m8[D]", chunks=7), np.arange(0, 10, dtype="m8[D]"))


@pytest.mark.parametrize(
    "bounds",
    [
        (day("2000-01-01"),), (day("NaT"), day("2000")), (day("2000"), day("2001"), 0),
        (day("2000-01-01"), day("2000-03-01"), np.timedelta64(1, "M")), (day("2000"), day("2001"), 1.5),
    ],
)  # fmt: skip
def test_arange_of_times_that_are_none(bounds):
    with pytest.raises((ValueError, TypeError)) as theirs:
        np.arange(*bounds)
    with pytest.raises(theirs.type):
        da.arange(*bounds)


def test_arange_like_is_refused():
    with pytest.raises(NotImplementedError, match="like="):
        da.arange(3, like=np.ones(1))


@pytest.mark.parametrize("name", ["ones", "zeros", "empty", "full"])
def test_order_name_and_meta(name):
    args = (7,) if name == "full" else ()
    make, make_like = getattr(da, name), getattr(da, f"{name}_like")
    blocks = make((4, 6), *args, order="F", chunks=3).map_blocks(lambda b: np.full(b.shape, b.flags.f_contiguous))
    assert blocks.compute().all()
    assert make((4, 6), *args, name="mine").expr.name == "mine"
    assert make_like(da.ones(3), *args, order="F", name="mine").expr.name == "mine"
    assert make(3, *args, name=False).expr.name != make(3, *args, name=False).expr.name
    masked = make((4, 6), *args, dtype="i4", meta=np.ma.array([]), chunks=3)[1:, ::2]
    assert isinstance(masked.compute(), np.ma.MaskedArray)
    assert (masked.shape, masked.dtype) == ((3, 3), np.dtype("i4"))
    assert isinstance(make_like(masked, *args).compute(), np.ma.MaskedArray)
    with pytest.raises(ValueError, match="order="):
        make(3, *args, order="K")


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-5, 5).filter(bool), st.integers(1, 7))
def test_arange(start, stop, step, chunks):
    assert_eq(da.arange(start, stop, step, chunks=chunks), np.arange(start, stop, step))


def test_linspace_gives_the_step():
    numbers, step = da.linspace(0, 1, 5, retstep=True)
    assert step == 0.25
    assert_eq(numbers, np.linspace(0, 1, 5))


@pytest.mark.parametrize("name", ["ones_like", "zeros_like", "empty_like", "full_like"])
def test_like(name):
    x = da.ones((4, 6), "f4", chunks=(3, 2))
    args = (5,) if name == "full_like" else ()
    found = getattr(da, name)(x, *args)
    assert (found.shape, found.dtype, found.chunks) == (x.shape, x.dtype, x.chunks)
    found = getattr(da, name)(x, *args, dtype=int, shape=(7,), chunks=4)
    assert (found.shape, found.dtype, found.chunks) == ((7,), np.dtype(int), ((4, 3),))


def test_empty():
    assert da.empty((3, 4), "i4", chunks=2).compute().shape == (3, 4)


def test_mistakes():
    with pytest.raises(ValueError, match="negative"):
        da.ones((-1,))
    with pytest.raises(ValueError, match="scalar"):
        da.full(3, [1, 2])
    with pytest.raises(ZeroDivisionError):
        da.arange(1, 2, 0)
    with pytest.raises(ValueError, match="num"):
        da.linspace(0, 1, -1)


def test_equal_work_has_one_name():
    assert da.ones((4, 4), chunks=2).name == da.ones((4, 4), chunks=2).name
    assert da.ones((4, 4), chunks=2).name != da.ones((4, 4), chunks=4).name
    assert da.ones(4).name != da.ones(4, "i8").name


def test_from_delayed():
    x = da.from_delayed(delayed(np.ones)((3, 4)), (3, 4), float)
    assert_eq(x * 2, np.full((3, 4), 2.0))
    y = da.from_delayed(delayed(np.arange)(5), (None,), int)
    assert len(y) == 5
    assert_eq(y[y > 2], [3, 4])
    assert_eq(da.from_delayed(delayed(3.5), (), meta=np.float64(0)), 3.5)
    with pytest.raises(TypeError, match="delayed value"):
        da.from_delayed(np.ones(3), (3,), float)
    with pytest.raises(TypeError, match="dtype"):
        da.from_delayed(delayed(3), ())


@pytest.mark.parametrize("shape", ["a", 2.5, (2, None)])
def test_shapes_of_another_kind(shape):
    with pytest.raises(TypeError, match="shape="):
        da.ones(shape)


def test_lists_of_lazy_arrays_stay_lazy():
    def fails(block):
        raise AssertionError("computed too early")

    x = da.ones(4, chunks=2).map_blocks(fails, dtype=float)
    assert da.asarray([[x, x], [x, np.ones(4)]]).shape == (2, 2, 4)
    y = da.arange(4, chunks=3)
    assert_eq(da.asarray([y, (1, 2, 3, 4)], dtype="f4"), np.array([[0, 1, 2, 3], [1, 2, 3, 4]], "f4"))
    assert_eq(da.mean([y.sum(), 2]), np.mean([6, 2]))


def test_names_of_numpy_are_there_too():
    assert da.newaxis is None
    assert da.float32 is np.float32
    assert da.compute(da.ones(2).sum() * da.pi) == (2 * np.pi,)
