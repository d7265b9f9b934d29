"""The sums of columns and of squared distances are the same to the bit, compiled or not, and warn as NumPy does."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
import minidask.config as config
import minidask.kernels.compiled as compiled
from minidask.kernels.moments import of_columns, squared_distances

pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def ready(compiled_at_once):
    """Loops are compiled before the tests."""
    for kind in ("f4", "f8"):
        of_columns(np.ones((1, 2, 20), kind))
    compiled.wait()


def numbers(shape, kind, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) * 10.0 ** rng.integers(-9, 9, shape[1:])).astype(kind)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 70), st.integers(16, 300), st.sampled_from(["f4", "f8"]), st.integers(0, 9))
def test_bits(tiles, rows, columns, kind, seed):
    stack = numbers((tiles, rows, columns), kind, seed)
    totals, squares = of_columns(stack)
    for block, total, square in zip(stack, totals, squares, strict=True):
        expected = np.add.reduce(block, axis=(0,), keepdims=True)
        assert total.tobytes() == expected.tobytes()
        mean = expected / np.int64(rows)
        assert square.tobytes() == squared_distances(block, mean, (0,), kind).tobytes()


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(30_000, 20), (5_000, 6, 31), (300_000, 16)])
def test_arrays_have_the_same_bits_compiled_and_step_by_step(kind, shape):
    x = da.from_array(numbers(shape, kind), chunks=(shape[0] // 2, *shape[1:]))
    answers = [(x.var(axis=0), x.mean(axis=0)), (x.std(axis=0),), (x.std(axis=0, ddof=1, dtype="f8"),)]
    for several in answers:
        made = [a.tobytes() for a in da.compute(*several)]
        with config.set({"array.compile": False}):
            assert made == [a.tobytes() for a in da.compute(*several)]


def test_what_is_too_large_is_reported():
    block = np.full((4, 20), 1e200)
    block[0] = -1e200
    assert of_columns(block[None]) is None
    with pytest.warns(RuntimeWarning, match="overflow encountered in multiply"):
        assert np.isinf(da.from_array(block, chunks=(2, 20)).var(axis=0).compute()).all()


@pytest.mark.parametrize(
    "stack",
    [np.ones((2, 40, 3)), np.ones((2, 40, 30))[:, ::2], np.ones((2, 40, 30), "i4"), np.ones((1, 0, 30))[:, :, :2]],
)
def test_others_are_left_to_numpy(stack):
    assert of_columns(stack) is None


def test_no_rows():
    for both in of_columns(np.ones((2, 0, 30))):
        np.testing.assert_array_equal(both, np.zeros((2, 1, 30)))
