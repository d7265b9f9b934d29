"""Slices, integers, new axes, arrays of integers, masks; getting and setting."""

from __future__ import annotations

import logging

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

import minidask
import minidask.array as da
from minidask.errors import UnknownSizeError
from minidask.testing import assert_eq
from tests.strategies import pairs, shapes

A = np.arange(60.0).reshape(6, 10)
X = da.from_array(A, chunks=(2, 3))
B = np.arange(120).reshape(2, 3, 4, 5)
Y = da.from_array(B, chunks=(1, 2, 3, 2))
RNG = np.random.default_rng(0)
M = RNG.random((6, 10)) > 0.5
W = RNG.random((3, 4)) > 0.5
ALL = slice(None)

KEYS = [
    0,
    -1,
    (1, 2),
    ...,
    (),
    None,
    (None, slice(1, 3), None, 2),
    (..., -1),
    (slice(None, None, -1), slice(8, 1, -3)),
    (slice(4, 2), 1),
    (np.int8(2), slice(np.int64(1), 5)),
    [1, 2, 5],
    [5, 0, 0, -3],
    (ALL, [9, 1, 4]),
    ([1, 2], [3, 4]),
    ([[0, 1], [2, 3]],),
    ([[0], [3]], [1, 2]),
    (0, [1, 2]),
    ([1, 2], 0),
    (None, [1, 2], None, 0),
    ([1, 2], None, 0),
    (None, ALL, [1, 2]),
    (slice(1, 5), [1, -1]),
    [],
    M,
    M[:, 0],
    (ALL, M[0]),
    (M[:, 0], 0),
    (M[:, 0], [1] * int(M[:, 0].sum())),
    np.zeros((6, 10), bool),
    list(M[:, 0]),
    True,
    False,
    (True, 1),
    (slice(1, 3), np.True_, None),
    (0, ALL, False),
    ([1, 2], True),
    (True, ALL, M[0]),
    (None, np.array(True), ..., 3),
]
KEYS_OF_FOUR_AXES = [
    (0, ALL, [1, 2]),
    ([0, 1], ALL, [1, 2]),
    (ALL, [0, 2], [1, 2]),
    (ALL, W),
    W[:2, :3],
    (0, ALL, ALL, [0, 3]),
    (ALL, 0, ALL, [0, 3]),
    ([1], None, ALL, [0]),
    (ALL, [[0, 1], [1, 2]], None, [1, 2]),
    (W[:2, :3], 0, [0] * int(W[:2, :3].sum())),
    (..., [[1, 0], [3, 3]], 2),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_keys(key):
    assert_eq(X[key], A[key])
    assert_eq((X + 1)[key], (A + 1)[key])


@pytest.mark.parametrize("key", KEYS_OF_FOUR_AXES, ids=repr)
def test_keys_of_four_axes(key):
    try:
        expected = B[key]
    except IndexError as error:
        with pytest.raises(IndexError, match=str(error)[:20]):
            Y[key]
    else:
        assert_eq(Y[key], expected)


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (6, IndexError),
        (-7, IndexError),
        ((0, 0, 0), IndexError),
        ((..., ...), IndexError),
        (1.5, IndexError),
        ("a", IndexError),
        ([0, 6], IndexError),
        (([0, 1], [0, 1, 2]), IndexError),
        (M[:3], IndexError),
        (M[0], IndexError),
        (slice(None, None, 0), ValueError),
    ],
    ids=repr,
)
def test_bad_keys_are_errors_at_the_call(key, error):
    with pytest.raises(error):
        X[key]


@settings(max_examples=80, deadline=None)
@given(pairs(dtypes=["f8"]), st.data())
def test_basic_keys(pair, data):
    key = data.draw(hnp.basic_indices(pair.real.shape, allow_newaxis=True))
    assert_eq(pair.lazy[key], pair.real[key])


@settings(max_examples=60, deadline=None)
@given(pairs(shapes(min_side=1), dtypes=["f8"]), st.data())
def test_slices_of_slices_of_work(pair, data):
    first = data.draw(hnp.basic_indices(pair.real.shape, allow_ellipsis=False))
    lazy, real = (pair.lazy * 2 - pair.lazy[:1])[first], (pair.real * 2 - pair.real[:1])[first]
    second = data.draw(hnp.basic_indices(np.shape(real)))
    assert_eq(lazy[second], real[second])


@settings(max_examples=60, deadline=None)
@given(pairs(shapes(min_side=1), dtypes=["f8"]), st.data())
def test_keys_of_integers(pair, data):
    key = data.draw(hnp.integer_array_indices(pair.real.shape, result_shape=hnp.array_shapes(max_dims=2, max_side=6)))
    key = key[: data.draw(st.integers(1, len(key)))]
    assert_eq(pair.lazy[key], pair.real[key])
    assert_eq(pair.lazy.vindex[key], pair.real[key])


def test_many_points_in_any_order():
    real = np.arange(1000)
    lazy = da.from_array(real, chunks=37)
    index = RNG.integers(-1000, 1000, (30, 40))
    assert_eq(lazy[index], real[index])
    assert_eq(da.take(lazy, index[0]), np.take(real, index[0]))
    assert_eq(da.take(X, [3, 1], axis=-1), np.take(A, [3, 1], axis=-1))


def test_lazy_arrays_of_integers():
    index = RNG.integers(-6, 6, 50)
    assert_eq(X[da.from_array(index, chunks=7)], A[index])
    assert_eq(X[:, da.from_array(index, chunks=7)], A[:, index])
    with pytest.raises(IndexError, match="out of bounds"):
        X[da.from_array([6])].compute()
    assert_eq(X[da.from_array([1]), [2]], A[[1], [2]])
    assert_eq(X[:, da.from_array(index, chunks=7).reshape(5, 10)], A[:, index.reshape(5, 10)])


def test_lazy_integers_of_arrays_that_are_no_block():
    rng = np.random.default_rng(0)
    data, rows, columns = rng.random((60, 7)), rng.integers(-60, 60, 37), rng.integers(-7, 7, 37)
    x, i, j = (da.from_array(a, chunks=5) for a in (data, rows, columns))
    with minidask.config.set({"array.chunk-size": "256 B"}):
        assert_eq(x[i], data[rows])
        assert_eq(x[:, j], data[:, columns])
        assert_eq(x[i, j], data[rows, columns])
        assert_eq(x[i[:0]], data[rows[:0]])
        assert_eq(x[i[i > 3]], data[rows[rows > 3]])
        with pytest.raises(IndexError, match="is out of bounds for axis 0 with size 60"):
            x[i + 99].compute()


@pytest.mark.parametrize("size", ["128MiB", "64 B"])
def test_lazy_integers_of_masked_arrays(size):
    data, rows = np.ma.masked_greater(np.arange(40.0).reshape(20, 2), 25), np.array([3, 15, -1, 0, 12, 13, 3])
    with minidask.config.set({"array.chunk-size": size}):
        found = da.from_array(data, chunks=(6, 1))[da.from_array(rows, chunks=3)].compute()
    np.testing.assert_array_equal(found.filled(-1), data[rows].filled(-1))


def test_single_places_by_lazy_integers():
    assert_eq(X[X.argmax() // 10], A[-1])


def test_lazy_masks():
    assert_eq(X[X > 20], A[A > 20])
    assert_eq(X[da.from_array(M, chunks=4)], A[M])
    assert_eq(X[X[:, 0] > 20], A[A[:, 0] > 20])
    assert_eq(X[:, X[0] > 4], A[:, A[0] > 4])
    assert_eq(Y[:, da.from_array(W, chunks=3)], B[:, W])
    with pytest.raises(IndexError, match="boolean index did not match"):
        X[da.from_array(M[:3])]


@settings(max_examples=60, deadline=None)
@given(pairs(dtypes=["i8"]))
def test_masks_keep_the_order(pair):
    assert_eq(pair.lazy[pair.lazy > 0], pair.real[pair.real > 0])


class TestUnknownSizes:
    def test_are_counted_when_asked_for_and_kept(self, caplog):
        selected = X[X > 20]
        assert selected.expr.shape == (None,)
        with caplog.at_level(logging.INFO, "minidask.array"):
            assert selected.shape == (39,)
            assert len(selected) == 39
            assert X[X > 20].chunks == selected.chunks
        assert len(caplog.records) == 1

    def test_are_not_counted_for_what_does_not_need_them(self, caplog):
        selected = X[X > 20]
        with caplog.at_level(logging.INFO, "minidask.array"):
            assert (selected * 2 + selected).sum().compute() == (A[A > 20] * 3).sum()
            assert selected.mean().compute() == A[A > 20].mean()
            assert (X + 1)[X > 20].max().compute() == 60
            repr(selected)
            selected._repr_html_()
        assert not caplog.records

    def test_of_one_mask_fit_each_other(self):
        assert_eq(X[X > 20] + (X * 2)[X > 20], A[A > 20] * 3)
        assert_eq(X[X[:, 0] > 20] * X[0], A[A[:, 0] > 20] * A[0])

    def test_of_two_masks_are_compared(self):
        assert_eq(X[X > 20] + X[X < 39], A[A > 20] + A[A < 39])
        with pytest.raises(ValueError, match="broadcast"):
            X[X > 20] + X[X > 30]

    def test_meet_known_ones(self):
        assert_eq(X[X > 20] + np.arange(39), A[A > 20] + np.arange(39))
        assert_eq(X[X > 20] * np.ones(1), A[A > 20])

    def test_are_counted_for_slices_and_chunks(self):
        assert_eq(X[X > 20][:5], A[A > 20][:5])
        assert_eq(X[X > 20][-1], A[A > 20][-1])
        assert_eq(X[X > 20][[3, 1]], A[A > 20][[3, 1]])
        assert_eq(X[X > 20].rechunk(7), A[A > 20])
        assert_eq(X[X > 20][X[X > 20] < 30], A[A > 20][A[A > 20] < 30])

    def test_are_counted_for_places_of_extremes(self):
        assert_eq((-X)[X > 20].argmin(), np.argmin((-A)[A > 20]))

    def test_may_be_refused(self):
        selected = X[X > 21]
        with minidask.config.set({"array.unknown-sizes": "raise"}):
            with pytest.raises(UnknownSizeError, match="compute_chunk_sizes"):
                selected.shape
            assert selected.compute_chunk_sizes().shape == (38,)

    def test_of_a_mask_are_counted_without_the_array(self):
        x = da.from_array(_Unreadable(), chunks=5)
        assert len(x[da.arange(10, chunks=5) > 3]) == 6
        assert len((x * 2 + 1)[da.arange(10, chunks=5) > 4]) == 5
        assert len(x[da.arange(10, chunks=5) > 5] * 2) == 4


class _Unreadable:
    """Has facts, but no values."""

    shape, dtype, ndim = (10,), np.dtype(float), 1

    def __getitem__(self, key):
        raise AssertionError("nothing should be read")


def test_blocks():
    assert_eq(X.blocks[1, 0], A[2:4, :3])
    assert_eq(X.blocks[-1], A[4:])
    assert_eq(X.blocks[::-1, [0, 2]], np.concatenate([A[4:], A[2:4], A[:2]])[:, [0, 1, 2, 6, 7, 8]])
    assert X.partitions[0].chunks == ((2,), (3, 3, 3, 1))
    for key in (3, (0, None), ([0], [1])):
        with pytest.raises(IndexError):
            X.blocks[key]


def test_vindex():
    assert_eq(X.vindex[[0, 1], [2, 3]], A[[0, 1], [2, 3]])
    assert_eq(X.vindex[2, 3], A[2, 3])
    assert_eq(Y.vindex[[0, 1], :, [2, 3]], B[[0, 1], :, [2, 3]])
    assert_eq(X.vindex[1:3], A[1:3])
    with pytest.raises(IndexError, match="new axes"):
        X.vindex[None]


ASSIGNMENTS = [
    (ALL, 7),
    (slice(1, 4), -1),
    ((slice(1, 4), slice(0, 9, 2)), np.arange(15).reshape(3, 5)),
    ((slice(None, None, -2), slice(8, 0, -3)), np.arange(3.0)),
    (2, np.arange(10)),
    ((2, slice(3)), 7),
    ((..., 3), np.arange(6)),
    ((2, 3), np.array(9.0)),
    (slice(2, 2), 5),
    (slice(0, 3), np.ones((1, 3, 10))),
    ((ALL, slice(2, 3)), np.arange(6)[:, None]),
    (A > 20, 5),
    (A[:, 0] > 20, np.arange(10)),
    ((ALL, A[0] > 4), 3),
    ([1, 2], 5),
    ((ALL, [1, -2]), 5),
]


@pytest.mark.parametrize("lazily", [False, True])
@pytest.mark.parametrize("dtype", ["f8", "i4"])
@pytest.mark.parametrize(("key", "value"), ASSIGNMENTS, ids=repr)
def test_assignments(key, value, dtype, lazily):
    expected = A.astype(dtype)
    lazy = da.from_array(expected, chunks=(2, 3))
    before = lazy + 0
    expected[key] = value
    if lazily:
        value = da.from_array(value, chunks=2) if isinstance(value, np.ndarray) and value.ndim < 3 else value
        key = da.from_array(key, chunks=4) if isinstance(key, np.ndarray) else key
    lazy[key] = value
    assert_eq(lazy, expected)
    assert_eq(before, A.astype(dtype))


@settings(max_examples=50, deadline=None)
@given(pairs(shapes(min_side=1), dtypes=["f8"]), st.data())
def test_assignments_of_pieces(pair, data):
    key = data.draw(hnp.basic_indices(pair.real.shape))
    expected = pair.real.copy()
    value = -expected[key]
    expected[key] = value
    lazy = da.from_array(pair.real, chunks=pair.lazy.chunks)
    lazy[key] = -lazy[key] if data.draw(st.booleans()) else value
    assert_eq(lazy, expected)


def test_assignments_that_do_not_fit():
    x = da.zeros((4, 4), chunks=2)
    for key, value, error in [
        (slice(0, 2), np.ones(3), ValueError),
        (slice(0, 2), da.ones(3), ValueError),
        (4, 1, IndexError),
        (x > 1, np.ones(3), ValueError),
        (([0], [4]), 1, IndexError),
        (([0, 1], [1, 2, 3]), 1, IndexError),
        ((slice(0, 2), [1, 2, 3]), np.ones((3, 2)), ValueError),
        (np.ones(3, bool), 1, IndexError),
        ((None, slice(0, 2)), np.ones((2, 2, 4)), ValueError),
    ]:
        with pytest.raises(error):
            x[key] = value


def lazily(key, chunks):
    """A key whose arrays are lazy."""
    return tuple(da.from_array(i, chunks=chunks) if isinstance(i, np.ndarray) else i for i in key)


@st.composite
def mixed_keys(draw, shape):
    """Slices, integers, new axes, an ellipsis, arrays of integers that broadcast, and at most one mask."""
    key, axis = [], 0
    length = draw(st.integers(1, 4))
    mask_left = dots_left = True
    while axis < len(shape) and draw(st.integers(0, 6)):
        size = shape[axis]
        kind = draw(st.sampled_from(["slice", "int", "array", "column", "mask", "new", "dots"]))
        if kind == "slice":
            key.append(draw(st.slices(size)))
        elif kind == "int":
            key.append(draw(st.integers(-size, size - 1)))
        elif kind in ("array", "column"):
            found = draw(hnp.arrays(np.intp, length, elements=st.integers(-size, size - 1)))
            key.append(found if kind == "array" else found[:1, None])
        elif kind == "mask" and mask_left:
            mask_left = False
            key.append(np.zeros(size, bool))
            key[-1][:length] = True  # as many as the arrays, where there is room
        elif kind == "dots" and dots_left:
            dots_left = False
            key.append(...)
            axis += draw(st.integers(0, len(shape) - axis))
            continue
        else:
            key.append(None)
            continue
        axis += 1
    return tuple(key)


@settings(max_examples=50, deadline=None)
@given(pairs(shapes(min_side=1), dtypes=["f8"]), st.data())
def test_all_that_keys_may_mix(pair, data):
    real, lazy = pair.real, pair.lazy
    key = data.draw(mixed_keys(real.shape))
    chunks = data.draw(st.integers(1, 3))
    try:
        expected = real[key]
    except IndexError:
        with pytest.raises(IndexError):
            lazy[key].compute()
        return
    for ours in (key, lazily(key, chunks)):
        assert_eq(lazy[ours], expected)
        assert lazy[ours].shape == expected.shape
        value = np.arange(expected.size, dtype="f8").reshape(expected.shape)
        for new in (7, value, da.from_array(value, chunks=chunks), value[:1] if value.ndim else value):
            changed, copy = da.from_array(real, chunks=lazy.chunks), real.copy()
            copy[key] = new.compute() if isinstance(new, da.Array) else new
            changed[ours] = new
            assert_eq(changed, copy)


def test_a_lazy_array_apart_from_an_integer():
    """Its axis comes first, as that of a NumPy array does."""
    real = np.arange(24.0).reshape(2, 3, 4)
    mask = np.array([True, False, False, True])
    for picked in (mask, mask.nonzero()[0]):
        lazy = da.from_array(picked, chunks=2)
        assert_eq(da.from_array(real, chunks=2)[0, :, lazy], real[0, :, picked])


def test_lazy_coordinates_are_checked_when_they_are_there():
    x = da.zeros((4, 4), chunks=2)
    rows, columns = da.from_array(np.array([0, 5]), chunks=1), da.from_array(np.array([1, 1]), chunks=1)
    with pytest.raises(IndexError, match="index 5 is out of bounds for axis 0 with size 4"):
        x[rows, columns].compute()
    x[rows, columns] = 1
    with pytest.raises(IndexError, match="index 5 is out of bounds for axis 0 with size 4"):
        x.compute()


@pytest.mark.parametrize("key", [True, False, (1, True), (False, ALL, 2), (ALL, [0, 2], True)], ids=repr)
def test_masks_without_axes(key):
    lazily = tuple(da.asarray(k) if isinstance(k, bool) else k for k in (key if isinstance(key, tuple) else (key,)))
    assert_eq(X[lazily], A[key])
    for one in (key, lazily):
        ours, expected = X.copy(), A.copy()
        ours[one] = expected[key] = -1
        assert_eq(ours, expected)


def test_values_by_a_lazy_mask():
    real = np.arange(20.0).reshape(4, 5)
    lazy = da.from_array(real.copy(), chunks=2)
    lazy[lazy % 3 == 0] = -np.arange(7)
    real[real % 3 == 0] = -np.arange(7)
    assert_eq(lazy, real)


def test_iteration():
    assert [int(row.sum()) for row in X[:2]] == [45, 145]
    with pytest.raises(TypeError):
        len(X[0, 0])


RECORDS = np.zeros((4, 3), [("x", "f8"), ("n", "i4"), ("v", "f4", (2,))])
RECORDS["x"], RECORDS["v"] = np.arange(12).reshape(4, 3), np.arange(24).reshape(4, 3, 2)


@pytest.mark.parametrize("chunks", [2, (3, 1), -1])
@pytest.mark.parametrize(
    "get",
    [
        lambda x: x["x"], lambda x: x["n"] + 1, lambda x: x[["x", "n"]], lambda x: x["v"],
        lambda x: x["v"].sum(axis=-1),
        lambda x: x[1:3]["x"], lambda x: x["x"][1:3, ::-1], lambda x: x["v"][2, :, 1], lambda x: x[0, 0]["n"],
    ],
)  # fmt: skip
def test_fields(get, chunks):
    ours, theirs = get(da.from_array(RECORDS, chunks=chunks)), get(RECORDS)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    assert np.array_equal(ours.compute(), theirs)


def test_fields_that_are_not_there():
    with pytest.raises(ValueError, match="no field of name"):
        da.from_array(RECORDS, chunks=2)["y"]
    with pytest.raises(IndexError):
        da.ones(3)["y"]


def test_fields_are_set():
    x, expected = da.from_array(RECORDS, chunks=2), RECORDS.copy()
    for value in (3, np.arange(12.0).reshape(4, 3), [1, 2, 3]):
        x["x"], expected["x"] = value, value
        assert np.array_equal(x.compute(), expected)
    x["n"], expected["n"] = x["x"] + 1, expected["x"] + 1
    x[1], expected[1] = (7, 8, (1, 2)), (7, 8, (1, 2))
    x[2, :2], expected[2, :2] = [(1, 2, 3), (4, 5, 6)], [(1, 2, 3), (4, 5, 6)]
    assert np.array_equal(x.compute(), expected)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("y", 1, ValueError),
        ("x", "text", ValueError),
        ("x", np.zeros((2, 4, 3)), ValueError),
        ("v", 1, NotImplementedError),
    ],
)
def test_fields_that_cannot_be_set(key, value, error):
    with pytest.raises(error):
        da.from_array(RECORDS, chunks=2)[key] = value
    with pytest.raises(IndexError):
        da.ones(3)["x"] = 1
