"""Fourier transforms: NumPy's answers for any chunks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minidask.array as da
import minidask.config as config
from minidask.testing import assert_eq
from tests.tables import label, lazily

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(5, 6, 4))
COMPLEX = REAL + 1j * RNG.normal(size=REAL.shape)
V = RNG.normal(size=9)
M = RNG.integers(0, 9, (6, 5))
KINDS = [(prefix, suffix) for prefix in ("", "i", "r", "ir") for suffix in ("", "2", "n")]

ROWS = [
    *[(f"{prefix}fft{suffix}", REAL) for prefix, suffix in KINDS], ("hfft", COMPLEX), ("ihfft", REAL),
    *[(f"{prefix}fft", COMPLEX, n, axis) for prefix in ("", "i", "ir", "h") for n in (None, 1, 3, 12)
      for axis in (0, 1, -1)],
    *[(f"{prefix}fft", REAL, n, axis, norm) for prefix, n in (("r", 4), ("r", None), ("ih", 3), ("ih", 8))
      for axis in (0, -1) for norm in ("ortho", "forward")],
    *[(f"{prefix}fft{suffix}", REAL, (3, 7), axes, norm) for prefix, suffix in KINDS if suffix for axes in
      [(0, 1), (2, 0)] for norm in ("backward", "ortho", "forward")],
    *[(f"{prefix}fftn", REAL, None, axes) for prefix in ("", "r", "ir") for axes in ((0,), (1, 0), (0, 0), (2, 1, 0))],
    *[("fft2", a, None, (0, 1)) for a in (M, M.astype("u1"), M > 3, REAL.astype("f4"), COMPLEX.astype("c8"))],
    ("fft", V.astype("f2")), ("rfft", V.astype("f4")), ("irfft", V.astype("f4")), ("hfft", V.astype("c8")),
    ("fft", V.astype("g")), ("fftn", V), ("fftn", REAL, (-1, 3), (0, 1)), ("irfftn", REAL, (4, -1), (0, 1)),
    ("fft", REAL[:0], None, 1), ("rfft2", REAL[:0]), ("fft", [1, 2, 3]), ("fft", V[:1]), ("rfft", V[:1]),
    *[(f"{prefix}fftshift", a, axes) for prefix in ("", "i") for a, axes in
      [(V, None), (REAL, None), (REAL, 1), (REAL, (0, -1)), (M, ())]],
    ("fftfreq", 7), ("fftfreq", 8, 0.1), ("rfftfreq", 7), ("rfftfreq", 8, 0.1), ("fftfreq", 1), ("rfftfreq", 1, 3),
]  # fmt: skip


@pytest.mark.parametrize("chunk", [2, 100])
@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row, chunk):
    name, *args = row
    ours = getattr(da.fft, name)(*(lazily(a, chunk) for a in args))
    theirs = getattr(np.fft, name)(*args)
    assert ours.dtype == theirs.dtype
    assert_eq(ours, theirs)


@pytest.mark.parametrize("axes", [None, (0, 2), (1, 0)])
@pytest.mark.parametrize("name", ["fftn", "rfftn", "irfftn"])
def test_one_axis_after_the_other(name, axes, monkeypatch):
    monkeypatch.setattr("minidask.array.nodes.fourier._FEW", 1)
    a = RNG.normal(size=(8, 9, 10))
    with config.set({"array.chunk-size": "1kiB"}):
        ours = getattr(da.fft, name)(da.from_array(a, chunks=(2, 3, 4)), axes=axes)
        assert ours.npartitions > 4
    assert_eq(ours, getattr(np.fft, name)(a, axes=axes))


@pytest.mark.parametrize("name", ["fftn", "ifftn"])
def test_of_real_numbers_one_half_are_the_conjugates_of_the_other(name, monkeypatch):
    monkeypatch.setattr("minidask.array.nodes.fourier._FEW", 1)
    a = RNG.normal(size=(5, 8, 6))
    for chunks in (-1, (5, 8, 2), (2, 3, 4), 1):
        with config.set({"array.chunk-size": "400 B"}):
            ours = getattr(da.fft, name)(da.from_array(a, chunks=chunks))
        found = ours.compute()
        turned = found[np.ix_(*(-np.arange(n) for n in a.shape))].conj()
        cut = {axis for axis in range(3) if np.array_equal(found[_after(axis)], turned[_after(axis)])}
        assert cut
        assert np.allclose(found, getattr(np.fft, name)(a))


def _after(axis: int) -> tuple[slice, ...]:
    """All but the first element and the one in the middle."""
    return (slice(None),) * axis + (slice(1, 3),)


LONG: list[Any] = [
    ((720,), 0, None, None), ((4, 60, 3), 1, None, "ortho"), ((3, 113), -1, None, "forward"),
    ((226,), 0, 211, "ortho"), ((2, 90), 1, 128, None),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "axis", "n", "norm"), LONG, ids=str)
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_an_axis_that_is_longer_than_a_block_may_be(name, shape, axis, n, norm):
    real = name in ("rfft", "ihfft")
    values = RNG.normal(size=shape) * 9 + (0 if real else 1j * RNG.normal(size=shape))
    for kind in ("f8", "i4") if real else ("c16", "c8"):
        given = values.astype(kind)
        with config.set({"array.chunk-size": "600 B", "scheduler": "synchronous"}):
            ours = getattr(da.fft, name)(da.from_array(given, chunks=40), n, axis, norm)
            assert max(ours.chunks[axis]) <= 75 < ours.shape[axis] or ours.shape[axis] <= 75
            found = ours.compute()
        theirs = getattr(np.fft, name)(given, n, axis, norm)
        assert found.dtype == ours.dtype == theirs.dtype
        exact = 1e-6 if kind == "c8" else 1e-14
        np.testing.assert_allclose(found, theirs, rtol=0, atol=exact * abs(theirs).max())


def test_the_first_elements_of_a_long_axis():
    with config.set({"array.chunk-size": "200 B"}):
        found = da.fft.irfft(da.from_array(REAL.ravel(), chunks=17), 12)
        assert found.npartitions == 1
        assert_eq(found, np.fft.irfft(REAL.ravel(), 12))


def test_a_long_axis_whose_numbers_have_more_digits_than_the_factors():
    values = REAL.ravel().astype("g")
    with config.set({"array.chunk-size": "200 B"}):
        found = da.fft.fft(da.from_array(values, chunks=17))
        assert found.npartitions == 1
        assert_eq(found, np.fft.fft(values))


def test_an_axis_that_is_whole_is_left_in_its_chunks():
    x = da.ones((9, 8), chunks=(3, 8))
    assert da.fft.rfft(x).chunks == ((3, 3, 3), (5,))


def test_axes_are_brought_into_blocks_of_a_sixteenth():
    x = da.ones((4_096, 4_096), chunks=(1_024, 4_096))
    assert da.fft.fft2(x * 1j).chunks == ((4_096,), (256,) * 16)
    assert {*map(max, da.fft.fft2(x).chunks)} == {4_096, 121}  # of half of them, and of their conjugates
    assert da.fft.fft(da.ones((10**6, 100), chunks=(10**6 // 50, 100)), axis=0).numblocks[1] > 10


@pytest.mark.parametrize(
    "call",
    [np.fft.fft, np.fft.irfftn, np.fft.fftshift, lambda x: np.fft.fft2(x, (3, 4), (1, 0), "ortho"),
     lambda x: np.fft.fft(x, axis=0), lambda x: np.fft.rfft(x, 3, norm="forward")],
)  # fmt: skip
def test_numpys_functions_ask_ours(call):
    ours = call(lazily(M))
    assert isinstance(ours, da.Array)
    assert_eq(ours, call(M))


def test_out():
    out = da.zeros((6, 5), dtype=complex)
    assert da.fft.fft(lazily(M), out=out) is out
    assert_eq(out, np.fft.fft(M))
    with pytest.raises(ValueError, match="shape"):
        da.fft.fft(lazily(M), n=3, out=out)


def test_sizes_that_depend_on_data():
    x = lazily(V)
    assert_eq(da.fft.fft(x[x > 0]), np.fft.fft(V[V > 0]))


@pytest.mark.parametrize("name", ["fft", "rfft2", "irfftn", "ihfft"])
def test_wrapped_functions(name):
    wrapped = da.fft.fft_wrap(getattr(np.fft, name))
    assert_eq(wrapped(lazily(REAL)), getattr(np.fft, name)(REAL))
    size = (3, 4) if name[-1] in "2n" else 3
    options = {"axes": (1, 0)} if name[-1] in "2n" else {"axis": 1}
    assert_eq(wrapped(lazily(REAL), size, **options), getattr(np.fft, name)(REAL, size, **options))


def test_wrapped_by_kind():
    assert_eq(da.fft.fft_wrap(lambda a, axis: np.fft.ifft(a, axis=axis), "ifft", complex)(lazily(M)), np.fft.ifft(M))
    with pytest.raises(ValueError, match="no such transform"):
        da.fft.fft_wrap(lambda a: a)
    with pytest.raises(ValueError, match="no such transform"):
        da.fft.fft_wrap(np.fft.fft, "fftfreq")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: da.fft.fft(x, axis=2), np.exceptions.AxisError, "axis 2"),
        (lambda x: da.fft.fft(x, n=0), ValueError, "at least one"),
        (lambda x: da.fft.irfft(x[:1], axis=0), ValueError, "at least one"),
        (lambda x: da.fft.fft(x, norm="none"), ValueError, "norm='none'"),
        (lambda x: da.fft.rfft(x * 1j), TypeError, "rfft: an array of complex128; expected real numbers"),
        (lambda x: da.fft.fft(x.astype(str)), TypeError, "expected numbers"),
        (lambda x: da.fft.fft2(x[0]), np.exceptions.AxisError, "axis -2"),
        (lambda x: da.fft.fftn(x, (1, 2), (0,)), ValueError, "different lengths"),
        (lambda x: da.fft.fftfreq(0), ValueError, "at least one"),
        (lambda x: da.fft.fftfreq(2.5), TypeError, "integer"),
        (lambda x: da.fft.fftfreq(2, device="gpu"), ValueError, "device='gpu'"),
        (lambda x: da.fft.fftshift(x, 3), np.exceptions.AxisError, "axis 3"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call(lazily(M))
