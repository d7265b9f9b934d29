"""Blocks that reach into their neighbours: as the whole array, padded, gives it."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.testing import assert_eq
from tests.strategies import pairs, shapes

M = np.arange(35).reshape(5, 7)
V = np.arange(7)


def x():
    return da.from_array(M, chunks=(2, 3))


BOUNDARIES = ["none", "periodic", "reflect", "nearest", 3, {0: "none", 1: "reflect"}]


@pytest.mark.parametrize("depth", [0, 1, 4, {0: 2}, (1, 2), ((1, 0), (0, 2))], ids=str)
@pytest.mark.parametrize("boundary", BOUNDARIES, ids=str)
def test_overlap_and_trim(depth, boundary):
    assert_eq(x().map_overlap(lambda b: b + 0, depth=depth, boundary=boundary), M)
    wide = da.overlap.overlap(x(), depth, boundary)
    assert_eq(wide, wide.compute())
    if depth in (0, 1):
        assert_eq(da.overlap.trim_internal(wide, depth, boundary), M)


@pytest.mark.parametrize(("boundary", "mode"), [("periodic", "wrap"), ("reflect", "symmetric"), ("nearest", "edge")])
def test_a_filter(boundary, mode):
    def smooth(b):
        return b + np.roll(b, 2, 0) + np.roll(b, -1, 1)

    whole = smooth(np.pad(M, 2, mode=mode))[2:-2, 2:-2]
    assert_eq(x().map_overlap(smooth, depth=2, boundary=boundary), whole)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_windows(data):
    pair = data.draw(pairs(data.draw(shapes(max_dims=2)), dtypes=["i8"]))
    depth = tuple(data.draw(st.tuples(st.integers(0, 7), st.integers(0, 7))) for _ in range(pair.real.ndim))
    assert_eq(pair.lazy.map_overlap(lambda b: b + 0, depth=depth, boundary="none", dtype=int), pair.real)


def test_overlap_of_several():
    v = da.from_array(V, chunks=3)
    answer = da.map_overlap(lambda a, b: a + b, x(), v, depth=[{0: 1, 1: 1}, 1], boundary="nearest")
    assert_eq(answer, M + V)
    untrimmed = x().map_overlap(lambda b: b, depth=1, boundary="none", trim=False)
    assert untrimmed.shape == (9, 11)
    dropped = x().map_overlap(lambda b: b.sum(axis=1), depth={0: 1}, boundary="none", drop_axis=1)
    assert_eq(dropped, M.sum(axis=1))


def test_mistakes_about_depth():
    with pytest.raises(ValueError, match="depth"):
        da.overlap.overlap(x(), (1, 2, 3), "none")
    with pytest.raises(ValueError, match="depth"):
        da.overlap.overlap(x(), -1, "none")
    with pytest.raises(ValueError, match="boundary='other'"):
        da.overlap.overlap(x(), 1, "other")


MODES = {"periodic": "wrap", "reflect": "symmetric", "nearest": "edge"}


def padded(real, depth, boundary):
    """The array with what lies beyond its ends, and what cuts it off again."""
    cut = []
    for axis, (width, kind) in enumerate(zip(depth, boundary)):
        if kind == "none":
            width = (0, 0)
        each = [width if k == axis else (0, 0) for k in range(real.ndim)]
        constant = {} if isinstance(kind, str) else {"constant_values": kind}
        real = np.pad(real, each, MODES.get(kind, "constant"), **constant)
        cut.append(slice(width[0], real.shape[axis] - width[1]))
    return real, tuple(cut)


def weighted(depth):
    """A sum over neighbours, each with a weight of its own; what is not there counts 0."""

    def stencil(block):
        total = np.zeros_like(block)
        for weight, steps in enumerate(itertools.product(*(range(-a, b + 1) for a, b in depth))):
            here = tuple(slice(max(0, -s), max(0, n - s)) for n, s in zip(block.shape, steps))
            there = tuple(slice(max(0, s), max(0, n + s)) for n, s in zip(block.shape, steps))
            total[here] += weight * block[there]
        return total

    return stencil


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_stencils(data):
    pair = data.draw(pairs(data.draw(shapes(max_dims=2)), dtypes=["i8"]))
    ndim = pair.real.ndim
    kinds = st.sampled_from(["none", *MODES, 0, 7] if pair.real.size else ["none"])
    depth = data.draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * ndim))
    boundary = data.draw(st.tuples(*[kinds] * ndim))
    whole, cut = padded(pair.real, depth, boundary)
    answer = pair.lazy.map_overlap(weighted(depth), depth=depth, boundary=boundary, dtype=int)
    assert_eq(answer, weighted(depth)(whole)[cut])


@pytest.mark.parametrize(("boundary", "mode"), [("periodic", "wrap"), ("reflect", "reflect"), ("nearest", "nearest")])
def test_filters_of_scipy(boundary, mode):
    ndimage = pytest.importorskip("scipy.ndimage")
    real = np.random.default_rng(0).normal(size=(20, 30))
    answer = da.from_array(real, chunks=(6, 7)).map_overlap(
        ndimage.uniform_filter, 5, boundary, size=5, mode="constant"
    )
    assert_eq(answer, ndimage.uniform_filter(real, size=5, mode=mode))


def test_axes_dropped_and_new():
    v = da.from_array(V, chunks=3)
    rows = v.map_overlap(lambda b: np.stack([b, -b]), depth=1, boundary="none", new_axis=0, chunks=((2,), (4, 5, 2)))
    assert_eq(rows, np.stack([V, -V]))
    counted = x().map_overlap(
        lambda b: b.max(axis=0), depth={1: (2, 0)}, boundary=0, drop_axis=0, meta=np.empty(0, int)
    )
    assert_eq(counted, M.max(axis=0))


def test_arrays_that_are_not_cut_alike():
    with pytest.raises(ValueError, match="blocks"):
        da.map_overlap(np.add, x(), x().rechunk(3), depth=1, align_arrays=False)


def test_what_overlap_is_made_of():
    o = da.overlap
    assert_eq(
        o.boundaries(x(), 2, {0: "reflect", 1: 9}),
        np.pad(np.pad(M, ((2, 2), (0, 0)), "symmetric"), ((0, 0), (2, 2)), constant_values=9),
    )
    assert_eq(o.boundaries(x()), M)
    assert_eq(o.periodic(x(), 1, (1, 2)), np.pad(M, ((0, 0), (1, 2)), "wrap"))
    assert_eq(o.nearest(x(), 0, 2), np.pad(M, ((2, 2), (0, 0)), "edge"))
    assert_eq(o.constant(x(), 0, 1, -1), np.pad(M, ((1, 1), (0, 0)), constant_values=-1))
    dummies = o.add_dummy_padding(x(), 2, {0: "none", 1: "reflect"})
    assert dummies.chunks == ((4, 2, 3), (3, 3, 1))
    assert_eq(dummies[2:-2], M)
    assert o.overlap_internal(x(), {1: 1}).chunks == o.overlap(x(), {1: 1}, "none").chunks
    assert_eq(o.trim_overlap(o.overlap(x(), 2, "reflect"), 2, "reflect"), M)
    assert o.coerce_depth(2, None) == {0: 0, 1: 0}
    assert o.coerce_boundary(1, 3) == {0: 3}
    with pytest.raises(ValueError, match="size 3"):
        o.ensure_minimum_chunksize(4, (1, 2))


WINDOWS = [(3, 1), ((2, 3), None), ((2, 2), (1, 1)), (5, 0), ((), ()), (0, 0), ((1, 2, 2), (0, 1, 0))]


@pytest.mark.parametrize(("window", "axis"), WINDOWS)
@pytest.mark.parametrize("chunks", [1, 2, (5, 3), -1])
def test_sliding_windows(window, axis, chunks):
    lazy, theirs = da.from_array(M, chunks=chunks), np.lib.stride_tricks.sliding_window_view
    assert_eq(np.lib.stride_tricks.sliding_window_view(lazy, window, axis), theirs(M, window, axis))
    assert_eq(da.overlap.sliding_window_view(lazy, window, axis).sum(axis=-1), theirs(M, window, axis).sum(axis=-1))


def test_large_windows_have_small_blocks():
    zeros = da.zeros(1_000_000, chunks=-1)
    assert da.lib.stride_tricks.sliding_window_view(zeros, 5_000).expr.largest_nbytes() <= 128 * 2**20
    assert da.lib.stride_tricks.sliding_window_view(zeros, 5_000, automatic_rechunk=False).numblocks == (1, 1)


def test_mistakes_about_windows():
    for window, axis in [(8, 1), ((6, 2), None), (-1, 0)]:
        with pytest.raises(ValueError, match="window"):
            da.overlap.sliding_window_view(x(), window, axis)
    with pytest.raises(np.exceptions.AxisError):
        da.overlap.sliding_window_view(x(), 1, 2)
    with pytest.raises(NotImplementedError, match="writeable"):
        da.overlap.sliding_window_view(x(), 1, 0, writeable=True)


def filled(rows, most):
    """Missing values filled along the last axis, one after the other."""
    rows = rows.copy()
    for row in rows:
        last, away = np.nan, 0
        for i, value in enumerate(row):
            last, away = (last, away + 1) if np.isnan(value) else (value, 0)
            row[i] = last if most is None or away <= most else value
    return rows


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pushed_values(data):
    pair = data.draw(pairs(data.draw(shapes(max_dims=2)), dtypes=["i1"]))
    real = np.atleast_2d(np.where(pair.real % 3 > 0, np.nan, pair.real))
    lazy = da.atleast_2d(da.where(pair.lazy % 3 > 0, np.nan, pair.lazy))
    most = data.draw(st.none() | st.integers(0, 4))
    assert_eq(da.push(lazy, most, 1), filled(real, most))
    assert_eq(da.push(lazy.T, most, axis=0), filled(real, most).T)


def test_pushed_times_and_numbers():
    days = np.array(["2020-01-01", "nat", "nat", "2020-01-04", "nat"], "M8[D]")
    assert_eq(da.push(da.from_array(days, chunks=2), 1, 0), days[[0, 0, 2, 3, 3]])
    assert da.push(x(), 1, 0).expr is x().expr
    with pytest.raises(ValueError, match="n=-1"):
        da.push(x(), -1, 0)
