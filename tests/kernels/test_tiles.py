"""Tile by tile is the same as all at once."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import minidask.kernels.tiles as tiles
from minidask.kernels.tiles import by_tiles


@pytest.fixture(autouse=True, scope="module")
def small_tiles():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "ELEMENTS", 8)
        patch.setattr(tiles, "_SHORTEST_RUN", 1)
        yield


class Sum:
    def __init__(self, axes):
        self.axes = axes

    def merge(self, partials):
        return sum(partials[1:], partials[0])


DTYPES = st.sampled_from(["f8", "f4", "i8", "u1", "c16", "?"])
LAYOUTS = st.sampled_from(["C", "F", "reversed", "strided"])


def laid_out(values, layout):
    if layout == "F":
        return np.asfortranarray(values)
    if layout == "reversed":
        return values[::-1] if values.ndim else values
    if layout == "strided" and values.ndim:
        return np.repeat(values, 2, axis=-1)[..., ::2]
    return values


@st.composite
def operands(draw):
    shapes = draw(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=12, min_side=0)).input_shapes
    rng = np.random.default_rng(draw(st.integers(0, 5)))
    return [laid_out((rng.normal(size=s) * 5).astype(draw(DTYPES)), draw(LAYOUTS)) for s in shapes]


@settings(max_examples=80, deadline=None)
@given(operands())
def test_element_wise(args):
    def func(x, y, z):
        return np.maximum(x + y, 3) * z

    made, expected = by_tiles(func, args), func(*args)
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == expected.dtype
    assert type(made) is type(expected)


@settings(max_examples=80, deadline=None)
@given(operands(), st.data())
def test_reduced_at_the_end(args, data):
    args = [a.real.astype("i8") for a in args]
    ndim = max(a.ndim for a in args)
    axes = tuple(data.draw(st.sets(st.integers(0, ndim - 1)))) if ndim else ()

    def func(x, y, z):
        return np.add.reduce(x + y * z, axis=axes, keepdims=True)

    made, expected = by_tiles(func, args, Sum(axes)), func(*args)
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == expected.dtype


def test_memory_order_stays():
    x = np.asfortranarray(np.arange(600.0).reshape(20, 30))
    assert by_tiles(lambda x: x + 1, [x]).flags.f_contiguous


def test_tiles_are_small():
    sizes = []

    def func(x, y):
        sizes.append(x.size)
        return x + y

    by_tiles(func, [np.ones((3, 5, 7)), np.ones(7)])
    assert max(sizes) <= 8


def test_tiles_of_arrays_in_different_orders_are_square():
    shapes = set()

    def func(x, y):
        shapes.add(x.shape)
        return np.add.reduce(x - y, axis=(0, 1), keepdims=True)

    x = np.arange(400).reshape(20, 20)
    assert by_tiles(func, [x, 2 * x.T], Sum((0, 1))) == -x.sum()
    assert shapes == {(2, 4)}
    made = by_tiles(lambda x, y: x - y, [x, x.T])
    np.testing.assert_array_equal(made, x - x.T)


def test_what_is_no_array_of_numbers_is_done_at_once():
    for x in (np.ma.masked_equal(np.arange(100), 3), np.arange(100).astype(object)):
        sizes = []
        made = by_tiles(lambda x: sizes.append(len(x)) or x + 1, [x])  # noqa: B023  called at once
        assert sizes == [100]
        assert type(made) is type(x)


def test_results_that_make_no_array_are_made_at_once():
    x = np.arange(100)
    made = by_tiles(lambda x: x.astype("f4") if x[0] < 50 else x.astype("f8"), [x])  # dtypes differ
    assert made.dtype == np.float32
    assert len(by_tiles(lambda x: x[x > 50], [x])) == 49
