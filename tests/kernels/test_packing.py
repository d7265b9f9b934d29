"""Orders found by sorting integers: those of NumPy's stable sort."""

from __future__ import annotations

import numpy as np
import pytest

from minidask.kernels.packing import FEWEST, stable_order

RNG = np.random.default_rng(0)
N = 3 * FEWEST
FLOATS = RNG.normal(size=N)
ODD = np.where(RNG.random(N) > 0.8, RNG.choice([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0], N), FLOATS)
BITS = RNG.integers(0, 2**64, N, dtype="u8", endpoint=False)
NEAR = 1 + RNG.integers(0, 200, N) * np.finfo(float).eps * RNG.choice([1, 2**30], N)

LINES = [
    FLOATS, ODD, ODD.astype("f4"), BITS, BITS.view("i8"), BITS.view("f8"), BITS.astype("u4"), BITS.view("i8") >> 40,
    RNG.integers(-5, 5, N), RNG.integers(0, 3, N, dtype="u1"), (BITS >> 1).view("M8[ns]"), BITS.view("m8[s]"),
    np.where(RNG.random(N) > 0.5, np.datetime64("NaT"), np.arange(N).astype("M8[D]")), FLOATS * 1j,
    FLOATS.astype(">f8"), NEAR, np.zeros(N), np.arange(N)[::-1], FLOATS[:7], FLOATS[:0], FLOATS[::2],
    RNG.normal(size=N) * 1e-310,
    np.concatenate([FLOATS, FLOATS]),
]  # fmt: skip


@pytest.mark.parametrize("values", LINES, ids=lambda values: values.dtype.str)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_as_numpy(values):
    assert np.array_equal(stable_order(values), np.argsort(values, kind="stable"))
