"""Blocks accumulated after what came before them: as NumPy accumulates all at once, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest

from minidask.kernels.running import running

RNG = np.random.default_rng(1)
BLOCKS = [
    *(RNG.random(shape) for shape in [(1,), (7,), (200_000,), (5, 600), (300, 3), (40, 2, 3), (3, 40_000)]),
    RNG.random((200_000, 2))[::-2, 0],
    np.asfortranarray(RNG.random((600, 5))),
    RNG.integers(0, 9, (700, 600)).astype("i2"),
    RNG.random((4, 5)).astype(object),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: f"{b.shape}-{b.dtype}")
@pytest.mark.parametrize("ufunc", [np.add, np.maximum])
def test_as_one_run(block, ufunc):
    for axis in range(block.ndim):
        before = block.take([0], axis)
        whole = ufunc.accumulate(np.concatenate([before, block], axis), axis=axis)
        dtype = whole.dtype
        expected = whole.take(range(1, 1 + block.shape[axis]), axis)
        found = running(block, before.astype(dtype), ufunc, axis, dtype)
        assert found.dtype == dtype
        if block.dtype.kind == "O":  # these run on their own first
            found, expected = found.astype(float).round(12), expected.astype(float).round(12)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(running(block, None, ufunc, axis, dtype), ufunc.accumulate(block, axis=axis))


def test_nothing_and_units():
    assert running(np.empty((0, 3)), None, np.add, 0, np.dtype(float)).shape == (0, 3)
    days = np.arange(3).astype("m8[D]")
    assert running(days, days[2:], np.add, 0, days.dtype).tolist() == (np.cumsum(days) + days[2]).tolist()
