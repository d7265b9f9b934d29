"""The squared distances from the mean are the same to the bit, compiled or not, and warn as NumPy does."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.kernels.compiled as compiled
import minidask.kernels.moments as moments
from minidask.kernels.moments import squared_distances

pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def at_once(tmp_path_factory):
    """Loops are compiled when they are asked for, and kept for this test only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(compiled, "WORK", 0)
        patch.setattr(compiled, "_entries", {})
        for kind in ("f4", "f8"):
            squared(np.ones((2, 20), kind))
        compiled.wait()
        yield


def squared(block):
    mean = np.add.reduce(block, axis=(0,), keepdims=True) / len(block)
    return squared_distances(block, mean, (0,), block.dtype), np.add.reduce(
        (block - mean) ** 2, axis=(0,), keepdims=True
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(16, 300), st.sampled_from(["f4", "f8"]), st.integers(0, 9))
def test_bits(rows, columns, kind, seed):
    rng = np.random.default_rng(seed)
    block = (rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-9, 9, columns)).astype(kind)
    made, expected = squared(block)
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == expected.dtype
    assert moments._of_columns(block, block[:1]) is not None  # it was compiled


def test_what_is_too_large_is_reported():
    block = np.full((4, 20), 1e200)
    block[0] = -1e200
    with pytest.warns(RuntimeWarning, match="overflow encountered in multiply"):
        assert np.isinf(squared_distances(block, block[:1], (0,), block.dtype)).all()


@pytest.mark.parametrize(
    "block", [np.ones((40, 3)), np.ones((40, 30)).T, np.ones((40, 30, 2)), np.ones((40, 30), "i4")]
)
def test_others_are_left_to_numpy(block):
    mean = block.mean(axis=0, keepdims=True)
    assert squared_distances(block, mean, (0,), mean.dtype).sum() == 0
    assert block.ndim != 2 or moments._of_columns(block, mean) is None
