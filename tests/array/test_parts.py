"""Parts of complex numbers; and blocks that hardly fit each other."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq

Z = np.arange(12).reshape(3, 4) * (1 - 2j)


@pytest.mark.parametrize("part", ["real", "imag"])
@pytest.mark.parametrize("value", [7, np.arange(4.0), np.arange(12).reshape(3, 4)[:, :1], np.inf])
def test_parts_are_set(part, value):
    expected, ours, lazily = Z.copy(), da.from_array(Z, chunks=2), da.from_array(Z, chunks=(1, 3))
    before = ours.copy()
    setattr(expected, part, value)
    setattr(ours, part, value)
    setattr(lazily, part, da.asarray(value, chunks=2))
    assert_eq(ours, expected)
    assert_eq(lazily, expected)
    assert_eq(before, Z)


def test_the_real_parts_of_real_numbers():
    x = da.ones((2, 3), dtype="f4", chunks=1)
    x.real = np.arange(3)
    assert_eq(x, np.broadcast_to(np.arange(3, dtype="f4"), (2, 3)))


def test_rows_that_meet_columns_are_warned_of():
    rows, columns = da.ones((400, 400), chunks=(10, 400)), da.ones((400, 400), chunks=(400, 10))
    with pytest.warns(da.PerformanceWarning, match="40 times as many blocks") as caught:
        rows + columns
    assert caught[0].filename == __file__
    with pytest.warns(da.PerformanceWarning, match="rechunk"):
        da.einsum("ij,ij->i", rows, columns)
    rows[:, :1] + columns[:1], rows + columns.rechunk(rows.chunks), rows[:50] + columns[:50]
