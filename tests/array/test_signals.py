"""Convolutions, interpolation, integrals, phases, polynomials, numbers at one ratio: NumPy's answers for any chunks."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.testing import assert_eq
from tests.tables import check, compare, label, lazily

RNG = np.random.default_rng(0)
F = RNG.normal(size=23)
G = RNG.normal(size=6)
N = RNG.normal(size=(4, 5, 6))
V = RNG.integers(0, 9, 12)
PHASES = np.cumsum(RNG.normal(scale=2, size=(5, 7)), axis=0) % (2 * np.pi)
STEPS = np.arange(5)[:, None] * np.array([1, 90, 180, 200, 359]) % 360
MODES = ("full", "same", "valid")

ROWS = [
    *[(name, a, v, mode) for name in ("convolve", "correlate") for mode in MODES for a, v in
      [(F, G), (G, F), (F, F), (V, G), (V, V[:3]), (F[:4], F[:4] * 1j), (G * 1j, F * (1 + 1j)), (F, G[:1]), (F[:1], F),
       (F.astype("f4"), G.astype("f4")), (V > 3, V[:3] > 4), (F, [1, 2])]], ("convolve", F, 2.0),
    ("interp", F, np.arange(6), G), ("interp", N, np.arange(6) / 6, G, -9, 9), ("interp", 0.5, np.arange(6), G),
    ("interp", F, np.arange(6), G * 1j), ("interp", V, G, np.arange(6), None, None, 3.0), ("interp", F[:0], G, G),
    ("interp", V, np.arange(6), V[:6]), ("interp", F, [0.0], [3]),
    ("trapezoid", F), ("trapezoid", N), ("trapezoid", N, None, 0.5, 1), ("trapezoid", N, np.arange(5) ** 2, 1, 1),
    ("trapezoid", N, N + 1, 1, 0), ("trapezoid", V, V), ("trapezoid", F * 1j), ("trapezoid", F[:1]),
    ("unwrap", PHASES), ("unwrap", PHASES, None, 0), ("unwrap", PHASES, 4.0, 0), ("unwrap", PHASES.astype("f4")),
    ("unwrap", V), ("unwrap", F[:1]),
    ("polyval", G, F), ("polyval", [1, 2, 3], N), ("polyval", V[:3], V), ("polyval", G * 1j, F), ("polyval", G, 2.0),
    ("polyval", V[:0], F), ("polyval", G.astype("f4"), F.astype("f4")),
    ("vander", V), ("vander", F, 3), ("vander", F * 1j, 4, True), ("vander", V.astype("u1"), 2), ("vander", F, 0),
    ("vander", V > 3, 2), ("vander", F.astype("f4"), 2),
    ("polyfit", F, F**2, 2), ("polyfit", F, np.stack([F, F**3], 1), 3), ("polyfit", V, V * 2, 1),
    ("polyfit", F, F, 0), ("polyfit", F[:12], V * 1j, 2),
    ("polyfit", F, RNG.normal(size=23), 2, None, True), ("polyfit", F, RNG.normal(size=23), 2, None, False, F**2 + 1),
    ("polyfit", F, RNG.normal(size=23), 2, None, False, None, True),
    ("polyfit", F, RNG.normal(size=23), 2, None, False, F**2 + 1, "unscaled"),
    ("polyfit", F, RNG.normal(size=(23, 3)), 2, None, False, None, True),
    ("logspace", 0, 3), ("logspace", -1.5, 2, 7, False), ("logspace", 0, 3, 4, True, 2.0, int), ("logspace", 1, 2, 0),
    ("geomspace", 1, 1000), ("geomspace", np.array([1.0, 2]), 1000, 4),
    ("geomspace", np.array([[1.0], [-2]]), np.array([[9], [-7]]), 5, False, None, 1),
    ("geomspace", 1000, 1, 7), ("geomspace", -1, -64, 7), ("geomspace", 1, 64, 6, False),
    ("geomspace", 1, 256, 9, True, int), ("geomspace", 1j, 1000j, 4), ("geomspace", -1 + 0j, 1, 5),
    ("geomspace", 2, 3, 1), ("geomspace", 2, 3, 0), ("geomspace", 2, 8, 3, True, "f4"),
    *[(name, size) for name in ("bartlett", "blackman", "hamming", "hanning") for size in (-1, 0, 1, 2, 9, 24)],
    *[("kaiser", size, beta) for size in (0, 1, 8, 25) for beta in (0, 5.5)],
    ("histogram_bin_edges", F), ("histogram_bin_edges", N, 5, (0, 1)), ("histogram_bin_edges", V, [1, 2, 5]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    check(*row)


@pytest.mark.parametrize("period", [360, 7, 10.5])
@pytest.mark.parametrize("axis", [0, 1])
def test_unwrap_with_a_period(period, axis):
    check("unwrap", STEPS, axis=axis, period=period)
    check("unwrap", STEPS.astype(float), axis=axis, period=period)


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 9), st.sampled_from(MODES), st.booleans())
def test_convolutions_of_any_sizes(size, width, chunk, mode, backwards):
    a, v = np.arange(1, size + 1) ** 2, np.arange(width) + 3
    a, v = (v, a) if backwards else (a, v)
    for name in ("convolve", "correlate"):
        ours = getattr(da, name)(da.from_array(a, chunks=chunk), da.from_array(v, chunks=chunk), mode)
        assert_eq(ours, getattr(np, name)(a, v, mode))


def test_a_convolution_keeps_the_blocks():
    x = da.ones(100, chunks=10)
    assert da.convolve(x, np.ones(4), "same").numblocks[0] >= 10
    assert max(da.convolve(x, np.ones(40)).chunks[0]) <= 11


@pytest.mark.parametrize(
    "call",
    [lambda x: np.convolve(x, [1, 2]), lambda x: np.correlate(x, x[:3]), lambda x: np.interp(x, np.arange(6), G),
     lambda x: np.interp(F, x[:3] * 0 + np.arange(3), x[:3]), np.trapezoid, np.unwrap, lambda x: np.polyval([1, 2], x),
     lambda x: np.polyval(x, 3), lambda x: np.vander(x, 2), lambda x: np.polyfit(x, x**2, 2),
     lambda x: np.histogram_bin_edges(x, 4, (0, 1))],
)  # fmt: skip
def test_numpys_functions_ask_ours(call):
    compare(call(lazily(F)), call(F))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: da.convolve(N, F), ValueError, r"convolve: an array of shape \(4, 5, 6\)"),
        (lambda: da.correlate(F, F[:0]), ValueError, r"shape \(0,\)"),
        (lambda: da.convolve(F, F, "most"), ValueError, "mode='most'"),
        (lambda: da.interp(F, F, G), ValueError, "points of shape"),
        (lambda: da.interp(F, [], []), ValueError, "points of shape"),
        (lambda: da.interp(F, G, G, period=0), ValueError, "period=0"),
        (lambda: da.trapezoid(N, axis=3), np.exceptions.AxisError, "axis 3"),
        (lambda: da.unwrap(F, axis=1), np.exceptions.AxisError, "axis 1"),
        (lambda: da.polyval(N, F), ValueError, "coefficients of shape"),
        (lambda: da.polyval(3, F), ValueError, "coefficients of shape"),
        (lambda: da.vander(N), ValueError, "3 axes"),
        (lambda: da.vander(F, -1), ValueError, "N=-1"),
        (lambda: da.polyfit(F, F, -1), ValueError, "deg=-1"),
        (lambda: da.polyfit(F, G, 1), TypeError, "23 points, but 6 values"),
        (lambda: da.polyfit(N, G, 1), TypeError, "points of shape"),
        (lambda: da.polyfit(F, F, 1, w=G), TypeError, "weights of shape"),
        (lambda: da.polyfit(F[:2], F[:2], 2, cov=True), ValueError, "2 points do not tell"),
        (lambda: da.geomspace(0, 3), ValueError, "must not be 0"),
        (lambda: da.logspace(0, 3, -1), ValueError, "num=-1"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
