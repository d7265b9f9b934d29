"""Counts in bins of equal width are NumPy's."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.kernels.histogram as kernel
from minidask.kernels.histogram import histogram


@pytest.fixture(autouse=True, scope="module")
def small_tiles():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_ELEMENTS", 8)
        yield


NUMBERS = st.one_of(
    st.floats(-20, 20), st.integers(-20, 20).map(float), st.integers(-200, 200).map(lambda i: i / 10), st.just(np.nan)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(NUMBERS, max_size=60), st.integers(1, 40), st.floats(-10, 10), st.floats(1e-3, 20))
def test_as_numpy(values, count, low, width):
    values = np.array(values, float)
    expected = np.histogram(values, count, (low, low + width))[0]
    made = histogram(values, count, low, low + width)
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == expected.dtype


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.sampled_from([1, 3, 10, 49, 1000]), st.sampled_from([(0, 1), (1e6, 1e6 + 1), (-0.3, 0.7)]))
def test_at_the_edges(seed, count, ends):
    edges = np.histogram_bin_edges(np.empty(0), count, ends)
    rng = np.random.default_rng(seed)
    at = rng.choice(edges, 100)
    values = np.concatenate([rng.uniform(*ends, 100), at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf)])
    for order in (values, rng.permutation(values)):
        np.testing.assert_array_equal(histogram(order, count, *ends), np.histogram(order, count, ends)[0])


@pytest.mark.parametrize(
    "values", [np.arange(50), np.arange(50, dtype="f4"), np.arange(60.0).reshape(6, 10).T, np.empty((0, 3))]
)
def test_of_any_shape_and_dtype(values):
    np.testing.assert_array_equal(histogram(values, 7, 0.5, 48.2), np.histogram(values, 7, (0.5, 48.2))[0])


def test_most_numbers_need_no_comparison(monkeypatch):
    monkeypatch.setattr(kernel.Bins, "counts", lambda *args: pytest.fail("compared with the edges"))
    assert histogram(np.random.default_rng(0).uniform(0, 1, 1000), 10, 0, 1).sum() == 1000


def test_bad_ends():
    with pytest.raises(ValueError, match="max must be larger than min"):
        histogram(np.ones(3), 2, 1, 0)
    with pytest.raises(ValueError, match="finite"):
        histogram(np.ones(3), 2, 0, np.inf)
