"""Texts element by element, and functions whose results may be complex."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq

T = np.array([["a b", "xx"], ["Cd", "-1"], ["", "\té"]])
B = np.array([b"ab", b"c"])

CALLS = [
    ("capitalize",), ("center", 7), ("center", 7, "*"), ("count", "x"), ("encode", "utf-8"), ("endswith", "x"),
    ("equal", "xx"), ("expandtabs", 3), ("find", "b"), ("greater", "b"), ("isalpha",), ("isdigit",), ("ljust", 2),
    ("lower",), ("lstrip",), ("multiply", 2), ("multiply", np.array([0, 3])), ("not_equal", T[0]), ("partition", " "),
    ("replace", "x", "yyy"), ("replace", "", "-"), ("replace", "x", "yyy", 1), ("rfind", "x"), ("rjust", [1, 5]),
    ("rpartition", " "), ("rstrip", "d"), ("startswith", "a"), ("str_len",), ("strip",), ("swapcase",), ("title",),
    ("translate", {97: "zzz", 98: None}), ("upper",), ("zfill", 5), ("add", "z"),
]  # fmt: skip


def same(ours, theirs):
    """Equal elements; texts may have a dtype of longer ones."""
    for one, other in zip(*(x if isinstance(x, tuple) else (x,) for x in (ours, theirs)), strict=True):
        assert isinstance(one, da.Array)
        found = one.compute()
        assert (found.dtype, found.shape) == (one.dtype, other.shape)
        assert found.dtype.kind == other.dtype.kind
        np.testing.assert_array_equal(found, other)


@pytest.mark.parametrize(("name", "args"), [(name, args) for name, *args in CALLS])
def test_as_numpy(name, args):
    theirs = getattr(np.strings, name)(T, *args)
    for chunks in (1, 3):
        x = da.from_array(T, chunks=chunks)
        same(getattr(da.strings, name)(x, *args), theirs)
        same(getattr(np.strings, name)(x, *args), theirs)


@pytest.mark.parametrize("name", ["split", "rsplit", "splitlines", "equal", "less", "upper", "multiply"])
def test_char(name):
    args = {"equal": ("xx ",), "less": ("b",), "multiply": (2,)}.get(name, ())
    same(getattr(np.char, name)(da.from_array(T, chunks=1), *args), getattr(np.char, name)(T, *args))


def test_bytes_and_texts_without_length():
    same(da.strings.decode(da.from_array(B, chunks=1), "ascii"), np.strings.decode(B, "ascii"))
    free = T.astype(np.dtypes.StringDType())
    x = da.from_array(free, chunks=2)
    for ours, theirs in [
        (da.strings.upper(x), np.strings.upper(free)),
        (da.strings.replace(x, "x", "long text"), np.strings.replace(free, "x", "long text")),
        (da.strings.multiply(x, da.asarray([3, 1])), np.strings.multiply(free, [3, 1])),
    ]:
        assert ours.dtype == theirs.dtype
        assert ours.compute().tolist() == theirs.tolist()


def test_texts_without_axes_and_none_at_all():
    same(da.strings.multiply(da.asarray("ab"), 2), np.strings.multiply(np.array("ab"), 2))
    assert da.strings.multiply(da.from_array(T[:0], chunks=1), 2).compute().shape == (0, 2)
    joined = np.concatenate([da.strings.center(da.from_array(T), 9), da.from_array(T)])
    assert joined.compute()[0, 0] == "   a b   "


def test_lengths_that_nobody_knows_are_refused():
    x = da.from_array(T, chunks=1)
    with pytest.raises(NotImplementedError, match="lazy width="):
        da.strings.center(x, da.arange(2))
    with pytest.raises(NotImplementedError, match="errors='xmlcharrefreplace'"):
        da.strings.encode(x, "ascii", "xmlcharrefreplace")
    with pytest.raises(TypeError, match="how long the texts become"):
        np.strings.mod(x, ("a",))
    with pytest.raises(TypeError, match="too many positional"):
        da.strings.upper(x, 1)


@pytest.mark.parametrize("name", ["arccos", "arcsin", "arctanh", "log", "log2", "log10", "sqrt"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i2", "c8"])
def test_beyond_the_domain(name, dtype):
    values = np.array([-2, 0.5, 3]).astype(dtype)
    values[values == 0] = 2
    expected = getattr(np.emath, name)(values)
    assert_eq(getattr(np.emath, name)(da.from_array(values, chunks=2)), expected, rtol=1e-6)


def test_powers_and_logarithms_to_a_base():
    values = np.array([-4.0, 9])
    x = da.from_array(values, chunks=1)
    assert_eq(np.emath.power(x, 0.5), np.emath.power(values, 0.5))
    assert_eq(da.emath.logn(2, x), np.emath.logn(2, values))
    assert da.emath.sqrt(x[1:]).dtype == complex  # nobody has looked at the values
