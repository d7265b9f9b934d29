"""Products over shared axes."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq
from tests.strategies import pairs
from tests.tables import check, label, lazily

RNG = np.random.default_rng(0)
A, B, C = RNG.integers(-5, 5, (2, 3, 4)), RNG.normal(size=(4, 6)), RNG.normal(size=(5, 1, 4, 3))
V, W = RNG.normal(size=4), RNG.integers(0, 9, 6)

ROWS = [
    ("dot", A, B), ("dot", V, V), ("dot", B, W), ("dot", V, B), ("dot", A, C), ("matmul", A, B), ("matmul", A, C),
    ("matmul", C, A), ("matmul", V, B), ("matmul", A, V), ("matmul", V, V), ("matmul", B > 0, B.T > 0),
    ("tensordot", A, B, 1), ("tensordot", A, A, 0), ("tensordot", A, A, 3), ("tensordot", A, C, ([2, 1], [2, 3])),
    ("tensordot", B, B, (0, 0)), ("vdot", B, B), ("vdot", B * 1j, B), ("outer", A, V), ("inner", A, B.T),
    ("inner", V, V), ("einsum", "ijk->kij", A), ("einsum", "ij,kj->ik", B, B), ("einsum", "ij,ij->", B, B),
    ("einsum", "...j,kj", A, B.T), ("einsum", "ii", B[:, :4]), ("einsum", "ii->i", B[:, :4]),
    ("einsum", "i...->...", A), ("einsum", "ijk,k,kl->il", A, V, B), ("einsum", "a...,...->a...", A, A[0]),
    ("einsum", "ij->", B), ("einsum", "ij", B.T), ("einsum", A, [0, 1, 2], [2, 0]),
    ("einsum", B, [0, 1], B, [2, 1], [2, 0]), ("einsum", "ab,bc->ac", B > 0, B.T > 0),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row):
    if isinstance(row[1], np.ndarray) and row[0] == "einsum":
        assert_eq(da.einsum(*[lazily(a) if isinstance(a, np.ndarray) else a for a in row[1:]]), np.einsum(*row[1:]))
    else:
        check(*row)


def test_arrays_in_memory_are_not_cut_where_they_meet(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    a = RNG.normal(size=(64, 64))
    x = da.from_array(a, chunks=4)
    for other, merges in [(x, False), (x + 0, True), (x.astype("f4"), True)]:
        product = x @ other
        nodes = topological(optimize([product.expr], until="lower"))
        assert any("partial" in node.name for node in nodes) == merges
        assert nodes[-1].name == product.expr.name
        assert_eq(product, a @ a.astype(other.dtype))


def test_few_blocks_are_cut_for_all_cores():
    x = da.from_array(RNG.normal(size=(4, 4000)), chunks=(4, 100))
    y = da.from_array(RNG.normal(size=(4000, 4)), chunks=(100, 4))
    assert any("partial" in node.name for node in topological(optimize([(x @ y).expr], until="lower")))


def test_operators():
    assert_eq(lazily(A) @ lazily(B), A @ B)
    assert_eq(A @ lazily(B), A @ B)
    assert_eq(lazily(A) @ B, A @ B)
    assert_eq(np.matmul(lazily(A), B), A @ B)
    assert_eq(lazily(A).dot(3), A * 3)


STACKED = [
    ("vecdot", A, V), ("vecdot", A * 1j, A), ("vecdot", V, V), ("vecdot", C[0], A[:, :, None, :1] * np.ones(3)),
    ("matvec", A, V), ("matvec", C, A[0, :, :3]), ("matvec", B, W), ("vecmat", V * 1j, B), ("vecmat", A, B),
]  # fmt: skip


@pytest.mark.parametrize("row", STACKED, ids=label)
def test_stacks_of_vectors(row):
    name, a, b = row
    theirs = getattr(np, name)(a, b)
    assert_eq(getattr(da, name)(lazily(a), lazily(b)), theirs)
    assert_eq(getattr(np, name)(lazily(a), b), theirs)


PRODUCTS = [
    ("kron", A, B), ("kron", V, W), ("kron", B, V), ("kron", np.float64(3), V), ("kron", np.ones((0, 2)), B),
    ("cross", A[..., :3], V[:3]), ("cross", V[1:], V[:3] * 1j), ("matrix_transpose", A), ("matrix_transpose", B),
]  # fmt: skip


@pytest.mark.parametrize("row", PRODUCTS, ids=label)
def test_other_products(row):
    check(*row)


def test_axes_of_vectors():
    x, y = A[:, :, :3], A[:, 0, 1:]
    check("cross", x, x[0, 0], axisa=1, axisc=0)
    check("cross", x.transpose(2, 0, 1), x.transpose(2, 0, 1)[::-1], axis=0)
    assert_eq(da.vecdot(lazily(x), lazily(x[..., :1]), axis=0), np.vecdot(x, x[..., :1], axis=0))
    assert_eq(np.linalg.vecdot(lazily(y), y, axis=0), np.linalg.vecdot(y, y, axis=0))


def test_einsum_options():
    check("einsum", "ij,kj->ik", B, B, optimize=True)
    check("einsum", "ij,kj->ik", B.astype("f4"), B.astype("f4"), dtype="f8")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_matmul(data):
    n, m, k = (data.draw(st.integers(1, 5)) for _ in range(3))
    stack = data.draw(st.sampled_from([(), (2,), (1,), (3, 2)]))
    a = data.draw(pairs((*stack, n, m), dtypes=["i8", "f8", "c16"], nan=False))
    b = data.draw(pairs((*stack[1:], m, k), dtypes=["i8", "f8"], nan=False))
    assert_eq(a.lazy @ b.lazy, a.real @ b.real)


def test_unknown_sizes():
    rows = lazily(B)[lazily(B)[:, 0] > 0]
    real = B[B[:, 0] > 0]
    assert_eq(rows @ rows.T, real @ real.T)
    assert_eq(rows.T @ rows, real.T @ real)


def test_a_long_sum_is_a_tree():
    x = da.ones((3, 100), chunks=(3, 1))
    assert_eq(x @ x.T, np.full((3, 3), 100.0))
    assert_eq(da.einsum("ij,kj->ik", x, x, split_every=3), np.full((3, 3), 100.0))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lazily(A) @ lazily(A), "matmul"),
        (lambda: lazily(B).dot(lazily(V)), "dot: axis 1"),
        (lambda: da.tensordot(lazily(A), lazily(B), 2), "tensordot: axis"),
        (lambda: da.tensordot(lazily(A), lazily(B), ([0], [0, 1])), "as many axes"),
        (lambda: da.einsum("ij,jk", lazily(B)), "2 terms"),
        (lambda: da.einsum("ijk", lazily(B)), "do not fit"),
        (lambda: da.einsum("ij->ik", lazily(B)), "no array has"),
        (lambda: da.einsum("ij,jk", lazily(B), lazily(B)), "different sizes"),
        (lambda: da.matmul(lazily(A), 3), "at least one axis"),
        (lambda: da.vecdot(lazily(A), lazily(B)), "4 and 6"),
        (lambda: da.matvec(lazily(V), lazily(V)), "argument 1 has 1 axes"),
        (lambda: da.vecmat(lazily(V), lazily(A)), "4 and 3"),
        (lambda: da.cross(lazily(A), lazily(V)), "components; expected 3"),
        (lambda: da.matrix_transpose(lazily(V)), "1 axes"),
    ],
)
def test_mistakes_are_told_at_the_call(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_generalized_ufuncs_with_options():
    assert_eq(np.vecdot(lazily(V), V, axis=0), np.vecdot(V, V, axis=0))
    with pytest.raises(NotImplementedError, match="matmul"):
        np.matmul(lazily(B), B, order="F")


STACK = np.arange(48.0).reshape(4, 3, 4)
MATMULS = [
    (STACK, STACK, {"axes": [(0, 1), (1, 2), (2, 0)]}), (STACK, STACK[0], {"axes": [(1, 2), (-1, 0), (0, -1)]}),
    (STACK, STACK[0, 0], {"axes": [(1, 2), 0, 0]}),
    (STACK[0, 0], STACK[0, 0], {"axes": [0, 0, ()]}), (STACK[0], STACK[:, 0], {"dtype": "f4"}),
    (STACK[0].astype("i4"), STACK[:, 0], {"dtype": complex, "casting": "safe"}),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "options"), MATMULS)
def test_matmul_with_options(a, b, options):
    expected = np.matmul(a, b, **options)
    assert_eq(da.matmul(lazily(a), b, **options), expected)
    assert_eq(np.matmul(a, lazily(b), **options), expected)
    out = da.zeros(expected.shape, expected.dtype)
    assert da.matmul(lazily(a), b, out, **options) is out
    assert_eq(out, expected)


def test_matmul_with_bad_options():
    with pytest.raises(TypeError, match="float64 to int64"):
        da.matmul(lazily(B), B, dtype=int)
    with pytest.raises(ValueError, match="axes"):
        da.matmul(lazily(B), B, axes=[0, 0, 0])
