"""Sums inside of compiled formulas have the bits of NumPy's sums of arrays, and report what NumPy reports."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minidask.array as da
import minidask.config as config
import minidask.kernels.compiled as compiled
import minidask.kernels.tiles as tiles
from minidask.array.nodes.tiled import Tiled, astype
from minidask.expr.program import Program, Step
from minidask.kernels.formulas import formula_of
from minidask.kernels.sums import FULL, ONE, Sum, _unbroken, in_rows, roles_of

pytest.importorskip("numba")
pytestmark = pytest.mark.usefixtures("compiled_at_once")

COLUMNS, ROWS = 1_000, 600


@pytest.fixture(scope="module")
def numbers():
    return np.random.default_rng(1).normal(size=(ROWS, COLUMNS))


def made(total):
    compiled.compiled(total, 1)
    compiled.wait()
    return compiled.compiled(total, 1)


def times_and_minus(kinds):
    steps = tuple(
        Step(func, tuple(sources.split()), {}, "", None)
        for func, sources in [(np.multiply, "i0 i1"), (np.subtract, "s0 i1")]
    )
    return formula_of(steps, (), [np.dtype(kind) for kind in kinds], astype)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_any_number_of_values(kind):
    formula = times_and_minus([kind, kind])
    total = Sum(formula, (FULL, ONE), np.dtype(kind))
    func, rng = made(total), np.random.default_rng(0)
    for n in [*range(1, 20), 127, 128, 129, 136, 255, 257, 1_000, 4_099, 70_001]:
        values = rng.normal(size=n).astype(kind) * 10
        one = np.dtype(kind).type(0.1)
        expected = np.add.reduce(values * one - one)
        assert total.of(func, (values, one)).tobytes() == expected.tobytes()
    zeros = np.zeros(9, kind)
    assert not np.signbit(total.of(func, (-zeros, zeros[0])))


@pytest.mark.parametrize("shape", [(3, 5), (40, 3, 50), (300, 129)])
@pytest.mark.parametrize("other", ["row", "column", "one", "part of rows"])
def test_what_broadcasts(shape, other):
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape)
    column = rng.normal(size=(len(values), *[1] * (len(shape) - 1)))
    second = {"row": values[:1] * 2, "column": column, "one": values.max()}
    second |= {"part of rows": np.ones((2 * len(values), *shape[1:]))[::2]}
    args = values, second[other]
    total = Sum(times_and_minus(["f8", "f8"]), roles_of(args), np.dtype("f8"))
    assert total.of(made(total), args) == np.add.reduce((args[0] * args[1] - args[1]).ravel())
    compiled.wait()


@pytest.mark.parametrize(
    "args",
    [
        (np.ones((3, 4)).T,),
        (np.ones((3, 4)).T, np.ones((4, 3))),
        (np.ones((4, 6))[:, ::2], np.ones(3)),
        (np.ones((4, 3)), np.ones(6)[::2]),
        (np.ones((4, 1)), np.ones(3)),
        (np.ones((2, 3, 4)), np.ones(4)),
    ],
)
def test_what_lies_otherwise_is_not_taken(args):
    assert roles_of(args) is None


class Seen:
    """Stands for a reduction over all axes, and keeps the tiles it meets."""

    def __init__(self, ndim):
        self.axes = tuple(range(ndim))
        self.tiles = []

    def __call__(self, *args, place=None):
        self.tiles += args

    def stacked(self, args):
        self.tiles += [arg[0] for arg in args]

    def merge(self, partials):
        return None


def rows_apart(shape, gap):
    """An array whose rows have so many other elements between them."""
    return np.ones((shape[0], math.prod(shape[1:]) + gap))[:, : math.prod(shape[1:])].reshape(shape)


@given(
    shape=st.lists(st.integers(1, 12), min_size=1, max_size=4).map(tuple),
    gaps=st.lists(st.integers(0, 5), min_size=1, max_size=3),
)
def test_tiles_of_arrays_in_rows_are_in_rows(shape, gaps):
    args = [rows_apart(shape, gap if len(shape) > 1 else 0) for gap in gaps]
    assert all(np.shares_memory(arg, arg.base) and in_rows(arg) for arg in args)
    seen = Seen(len(shape))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "ELEMENTS", 8)
        patch.setattr(tiles, "_SHORTEST_RUN", 1)
        tiles.by_tiles(lambda *args: None, args, seen, lambda: seen)
    assert all(in_rows(tile) for tile in seen.tiles)
    assert bool(seen.tiles) == (math.prod(shape) > 16)


REDUCTIONS = [
    lambda x, m: (x * m - 1).sum(),
    lambda x, m: (x * m - 1).mean(keepdims=True),
    lambda x, m: (x * m - 1).mean(),
    lambda x, m: (x * m > 1).sum(),
    lambda x, m: (x * m - 1).sum(axis=0),
    lambda x, m: (x * m - 1).astype("f4").sum(dtype="f8"),
    lambda x, m: (x * m - 1).sum(where=m > 0),
    lambda x, m: ((x > m).astype("i4") * 3).sum(dtype="i1"),
]


@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_arrays_have_the_same_bits_compiled_and_step_by_step(numbers, reduce):
    lazy = reduce(da.from_array(numbers, chunks=(ROWS // 2, COLUMNS)), da.from_array(numbers[0], chunks=COLUMNS))
    with config.set({"array.compile": False}):
        expected = lazy.compute()
    lazy.compute()
    compiled.wait()
    assert np.asarray(lazy.compute()).tobytes() == np.asarray(expected).tobytes()
    np.testing.assert_allclose(expected, reduce(numbers, numbers[0]), rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("shape", [(800_001,), (1_801, 500), (1_801, 20, 25)])
@pytest.mark.parametrize("other", ["row", "column", "one"])
def test_many_tiles_at_once_have_the_bits_of_one_by_one(shape, other):
    values = np.random.default_rng(2).normal(size=shape)
    second = {"row": values[:1], "column": values[(slice(None), *[slice(1)] * (len(shape) - 1))], "one": values.max()}
    lazy = (da.from_array(values, chunks=(shape[0] // 2, *shape[1:])) * second[other] - 1).sum()
    with config.set({"array.compile": False}):
        expected = lazy.compute()
    lazy.compute()
    compiled.wait()
    assert lazy.compute().tobytes() == expected.tobytes()


LAYOUTS = {
    "parts of rows": lambda x: (x[:800, :700] * 2 + x[:800, -700:]).sum(),
    "a transpose": lambda x: (x + x.T).sum(),
    "the first is a transpose": lambda x: (x.T - x).sum(),
    "parts of both": lambda x: (x[:-3, 5:] + x.T[2:-1, :-5]).sum(),
    "backwards": lambda x: (x[::-1] * 3 - x).mean(),
    "all are transposes": lambda x: (x.T * 2 + x.T).sum(),
    "each second": lambda x: (x[:, ::2] * 2 + x[:, 1::2]).sum(),
    "three axes": lambda x: (x.reshape(20, 50, 1000) + x.reshape(1000, 50, 20).T).sum(),
}


@pytest.mark.parametrize("kind", ["f8", "f4", "i2"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_any_layout_has_the_bits_of_step_by_step(layout, kind, monkeypatch):
    """Also where a block is a view of what a person has."""
    monkeypatch.setattr("minidask.kernels.tiles.ELEMENTS", 2**13)
    values = (np.random.default_rng(3).normal(size=(1000, 1000)) * 100).astype(kind)
    found = []
    for compile in (False, True, True):
        with config.set({"array.compile": compile}):
            found.append(layout(da.from_array(values, chunks=-1)).compute())
        compiled.wait()
    assert len({one.tobytes() for one in found}) == 1
    np.testing.assert_allclose(found[0], layout(values.astype("f8" if kind != "i2" else "i8")), rtol=1e-3, atol=1)


def tiled_mean_of_inverse():
    """(1 / x * 3).mean() of whole blocks."""
    how = da.from_array(np.ones(1), chunks=1).mean().expr.how
    from minidask.array.nodes.reduction import Partial

    steps = [
        Step(np.divide, ("c0", "i0"), {}, "divide", None),
        Step(np.multiply, ("s0", "c1"), {}, "multiply", None),
        Step(Partial(how, (0,), {}), ("s1",), {}, "mean", None),
    ]
    return Tiled(Program(1, (1, 3), tuple(steps)))


def test_it_is_really_used(monkeypatch):
    tiled = tiled_mean_of_inverse()
    x = np.arange(1.0, 1e6)
    expected = tiled(x)
    compiled.wait()
    monkeypatch.setattr(tiled.program, "_run", None)
    monkeypatch.setattr(Program, "_compile", lambda program: pytest.fail("not compiled"))
    found = tiled(x)
    assert (found.count, found.total.tobytes()) == (expected.count, expected.total.tobytes())


def test_warnings_are_those_of_the_step():
    tiled = tiled_mean_of_inverse()
    x = np.arange(1e6)
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
            tiled(x)
        compiled.wait()
    with np.errstate(divide="ignore"):
        assert tiled(x).total == np.inf


def test_what_is_looked_at_is_no_more_than_there_is():
    for array in (np.zeros(3), np.zeros((4, 6))[:, :5], np.zeros((2, 3, 4))):
        assert _unbroken(array, 0).size == 1 + sum((n - 1) * s for n, s in zip(array.shape, array.strides)) // 8
    assert _unbroken(np.zeros((2, 3)), 1).shape == (2, 3)
