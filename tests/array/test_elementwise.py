"""Operators, ufuncs and what works like them."""

from __future__ import annotations

import operator
import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

import minidask.array as da
from minidask.array.node import meta_of
from minidask.testing import assert_eq
from tests.strategies import chunks, pairs

A = np.arange(1.0, 25).reshape(4, 6)
X = da.from_array(A, chunks=(3, 2))
N, J = np.arange(24).reshape(4, 6), da.from_array(np.arange(24).reshape(4, 6), chunks=(2, 4))

UFUNCS = sorted(n for n in da.__all__ if isinstance(getattr(da, n), np.ufunc))
OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "eq", "ne", "gt", "ge"]
OF_INTEGERS = ["and_", "or_", "xor", "lshift", "rshift"]


def call(ufunc, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bounds that some functions have
        return ufunc(*args)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", UFUNCS)
def test_every_ufunc(name):
    ufunc = getattr(da, name)
    for real, lazy in ((A / 24, X / 24), (N, J)):
        args = [(real, lazy)] * ufunc.nin
        try:
            expected = call(ufunc, *(r for r, _ in args))
        except TypeError:
            with pytest.raises(TypeError):  # at the call
                ufunc(*(x for _, x in args))
            continue
        found = ufunc(*(x for _, x in args))
        for ours, theirs in zip(found, expected) if ufunc.nout > 1 else [(found, expected)]:
            assert isinstance(ours, da.Array)
            assert_eq(ours, theirs)


def test_all_ufuncs_of_numpy_are_there():
    ours = set(UFUNCS)
    theirs = {n for n in dir(np) if isinstance(getattr(np, n), np.ufunc) and getattr(np, n).signature is None}
    assert theirs <= ours


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.logical_or])
def test_accumulate(ufunc, axis):
    for real in (np.random.default_rng(0).normal(size=(5, 7)), np.eye(5, 7, dtype="i1"), np.zeros((0, 3))):
        expected = ufunc.accumulate(real, axis=axis)
        for size in (2, -1):
            assert_eq(ufunc.accumulate(da.from_array(real, chunks=size), axis=axis), expected)


def test_contains():
    x = da.arange(5, chunks=2)
    assert 3 in x
    assert 7 not in x


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("other", [2, 2.5, A[0], np.float32(3), X[:1], [1, 2, 3, 4, 5, 6]])
def test_operators(name, other):
    op = getattr(operator, name)
    real = other.compute() if isinstance(other, da.Array) else other
    assert_eq(op(X, other), op(A, real))
    assert_eq(op(other, X), op(real, A))


@pytest.mark.parametrize("name", OF_INTEGERS)
def test_operators_of_integers(name):
    op = getattr(operator, name)
    assert_eq(op(J, 2), op(N, 2))
    assert_eq(op(3, J % 3), op(3, N % 3))


def test_unary_operators_and_divmod():
    for op in (operator.neg, operator.pos, operator.abs):
        assert_eq(op(X - 5), op(A - 5))
    assert_eq(~J, ~N)
    for ours, theirs in zip((*divmod(X, 5), *divmod(5, X)), (*divmod(A, 5), *divmod(5, A))):
        assert_eq(ours, theirs)


def test_operands_may_change_afterwards():
    scalar, row = np.array(2.0), A[0].copy()
    y = X * scalar + row
    scalar[...], row[:] = 0, 0
    assert_eq(y, A * 2 + A[0])


def test_in_place_operators_change_the_array_itself():
    x = da.ones(3, chunks=2)
    y, z = x, x + 0
    x += 1
    assert x is y
    assert_eq(y, np.full(3, 2.0))
    assert_eq(z, np.ones(3))


@pytest.mark.parametrize("dtype", ["f4", "i2", "u1", "c8", "?"])
@pytest.mark.parametrize("other", [1, 1.5, 1j, True, np.float64(1), np.int8(1), np.ones((), "i8")])
def test_promotion_is_numpys(dtype, other):
    real = np.ones(3, dtype)
    assert_eq(da.from_array(real, chunks=2) + other, real + other)
    assert_eq(other * da.from_array(real, chunks=2), other * real)


def test_a_python_integer_too_large_is_an_error_at_the_call():
    with pytest.raises(OverflowError):
        da.ones(3, "u1") + 300


def test_shapes_that_do_not_broadcast_are_an_error_at_the_call():
    with pytest.raises(ValueError, match="broadcast"):
        da.ones((3, 2)) + da.ones((2, 3))
    with pytest.raises(ValueError, match="broadcast"):
        da.ones((3, 2)) + np.ones(3)


@st.composite
def broadcasting(draw):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=5)).input_shapes
    dtypes = draw(st.lists(st.sampled_from(["f8", "i4", "f4"]), min_size=3, max_size=3))
    return [draw(pairs(shape, [dtype])) for shape, dtype in zip(shapes, dtypes)]


@settings(max_examples=60, deadline=None)
@given(broadcasting())
def test_broadcasting(operands):
    (x, a), (y, b), (z, c) = operands
    assert_eq(x * y + z, a * b + c)
    assert_eq(da.where(x > y, z, a), np.where(a > b, c, a))


def test_out():
    x = da.zeros((4, 6), chunks=2)
    found = np.add(X, 1, out=x)
    assert found is x
    assert_eq(x, A + 1)
    y = da.zeros((4, 6), "f4")
    np.multiply(X, 2, out=y)
    assert_eq(y, (A * 2).astype("f4"))
    with pytest.raises(ValueError, match="shape"):
        np.add(X, 1, out=da.zeros(3))
    with pytest.raises(TypeError, match="cast"):
        np.add(X, 1, out=da.zeros((4, 6), int))
    with pytest.raises(NotImplementedError, match="lazy array"):
        np.add(X, 1, out=np.zeros((4, 6)))


def test_where_of_ufuncs():
    x = da.full((4, 6), 7.0, chunks=4)
    found = np.divide(1, X - 3, out=x, where=X != 3)
    expected = np.divide(1, A - 3, out=np.full((4, 6), 7.0), where=A != 3)
    assert_eq(found, expected)
    assert_eq(x, expected)
    with pytest.raises(NotImplementedError, match="out="):
        np.add(X, 1, where=X > 3)


def test_dtype_and_casting_of_ufuncs():
    assert_eq(np.add(X, 1, dtype="f4"), np.add(A, 1, dtype="f4", casting="same_kind"))
    with pytest.raises(TypeError):
        np.add(X, 1, dtype=int)


def test_methods_of_ufuncs():
    assert_eq(np.add.reduce(X), np.add.reduce(A))
    assert_eq(np.maximum.reduce(X, axis=1, keepdims=True), np.maximum.reduce(A, axis=1, keepdims=True))
    assert_eq(np.multiply.outer(X, A[0]), np.multiply.outer(A, A[0]))
    assert_eq(np.multiply.outer(A[0], X), np.multiply.outer(A[0], A))
    assert_eq(np.add.outer(X, X[1]), np.add.outer(A, A[1]))
    assert_eq(np.add.outer(2, X), np.add.outer(2, A))


FUNCTIONS = [
    (lambda m, x: m.where(x > 3, x, -x)),
    (lambda m, x: m.where(x > 3, 1, 0)),
    (lambda m, x: m.clip(x, 3, 8)),
    (lambda m, x: x.clip(3)),
    (lambda m, x: x.clip(max=8)),
    (lambda m, x: x.clip(x[0], 8)),
    (lambda m, x: m.round(x / 7, 2)),
    (lambda m, x: x.round()),
    (lambda m, x: m.real(x * 1j)),
    (lambda m, x: m.imag(x * 1j)),
    (lambda m, x: (x + 1j).conj()),
    (lambda m, x: m.angle(x + 1j, deg=True)),
    (lambda m, x: m.isclose(x, x + 1e-9)),
    (lambda m, x: m.isclose(x, 3, atol=1)),
    (lambda m, x: m.nan_to_num(m.where(x > 3, np.nan, x), nan=-1)),
    (lambda m, x: m.allclose(x, x)),
    (lambda m, x: m.iscomplex(x + 0j)),
    (lambda m, x: m.isreal(x)),
    (lambda m, x: m.isposinf(x)),
    (lambda m, x: m.isneginf(-x)),
    (lambda m, x: m.sinc(x / 3)),
    (lambda m, x: m.i0(x / 9)),
    (lambda m, x: x.astype("i4")),
    (lambda m, x: x.astype(bool)),
    (lambda m, x: m.around(x / 7)),
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_functions(f):
    expected = f(np, A)
    assert_eq(f(da, X), np.bool_(expected) if isinstance(expected, bool) else expected)


def test_astype():
    assert X.astype(float).expr is X.expr
    with pytest.raises(TypeError, match="cast"):
        X.astype(int, casting="safe")


def test_operands_that_are_not_ours_are_asked():
    class Other:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "mine"

    assert X + Other() == "mine"
    with pytest.raises(TypeError):
        X - Other()


def test_arrays_of_another_kind_keep_it():
    real = np.ma.masked_greater(A, 10)
    lazy = da.from_array(real, chunks=3)
    found = (lazy + 1).compute()
    assert type(found) is type((lazy + 1).expr.meta) is np.ma.MaskedArray
    assert found.tolist() == (real + 1).tolist()
    assert lazy.rechunk(-1).sum(axis=0).compute().tolist() == real.sum(axis=0).tolist()
    assert lazy.sum().compute() == real.sum()
    assert meta_of("f8", 2).shape == (0, 0)


@settings(max_examples=40, deadline=None)
@given(pairs(dtypes=["f8", "i4"]), st.data())
def test_rechunk(pair, data):
    wanted = data.draw(chunks(pair.real.shape))
    found = pair.lazy.rechunk(wanted)
    assert found.chunks == wanted
    assert_eq(found, pair.real)
    assert_eq((pair.lazy + 1).rechunk(wanted) * pair.lazy, (pair.real + 1) * pair.real)


def test_rechunk_wishes():
    assert X.rechunk((3, 2)).expr is X.expr
    assert X.rechunk({0: -1}).chunks == ((4,), (2, 2, 2))
    assert X.rechunk((None, -1)).chunks == ((3, 1), (6,))
    assert X.rechunk("auto").chunks == ((4,), (6,))
    assert X.rechunk("64B").chunks == ((2, 2), (3, 3)) or max(map(max, X.rechunk("64B").chunks)) <= 8
    assert X.rechunk(block_size_limit=64).npartitions > 1


def test_booleans_keep_numpys_dtypes():
    real = np.array([True, False, True])
    lazy = da.from_array(real, chunks=2)
    assert_eq(lazy**2, real**2)
    assert_eq(lazy**3, real**3)
    assert_eq(lazy.conj(), real.conj())
    assert_eq(da.vdot(lazy, lazy), np.vdot(real, real))


@pytest.mark.parametrize("compare", [operator.eq, operator.ne])
@pytest.mark.parametrize(
    ("values", "other"),
    [
        (A, "a"), (A, b"a"), (np.array(["a", "b"]), 3), (np.array(["a", "b"]), np.arange(2)),
        (np.array(["2020", "NaT"], "M8[D]"), 3.5), (A, np.full((3, 4, 6), "a")), (A, None),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_differs(values, other, compare):
    lazy = da.from_array(values, chunks=2)
    assert_eq(compare(lazy, other), compare(values, other))
    if np.ndim(other):
        assert_eq(compare(lazy, da.from_array(other, chunks=2)), compare(values, other))
    with pytest.raises(ValueError, match="shape"):
        lazy == np.full(7, "a")  # noqa: B015
    with pytest.raises(TypeError):
        np.equal(da.ones(2), "a")  # as NumPy's
