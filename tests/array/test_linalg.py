"""Linear algebra: what NumPy gives, for any chunks."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
import minidask.array.nodes.panels as panels
from minidask.testing import assert_eq
from tests.strategies import chunks
from tests.tables import label

RNG = np.random.default_rng(0)
TOLERANCE = {"rtol": 1e-6, "atol": 1e-8}


def normal(*shape, dtype="f8"):
    real = RNG.normal(size=shape)
    return (real + 1j * RNG.normal(size=shape) if np.dtype(dtype).kind == "c" else real).astype(dtype)


def positive(n, dtype="f8"):
    a = normal(n, n, dtype=dtype)
    return a @ a.conj().T + np.eye(n, dtype=dtype)


def near(ours, theirs, **tolerance):
    if isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs):
            near(one, other, **tolerance)
    else:
        assert_eq(ours, theirs, **(tolerance or TOLERANCE))


@pytest.fixture(autouse=True)
def _narrow_panels(monkeypatch):
    """So that small matrices have several."""
    monkeypatch.setattr(panels, "NARROWEST", 3)


SQUARE, SYSTEM, LOW = normal(9, 9), normal(9, 4), np.tril(normal(9, 9)) + 5 * np.eye(9)
STACK, INTEGERS, COMPLEX = (
    normal(2, 3, 4, 4),
    RNG.integers(-5, 5, (7, 7)) + 9 * np.eye(7, dtype=int),
    normal(8, 8, dtype="c16"),
)
HERMITIAN = positive(8, "c16")

SQUARES = [SQUARE, STACK, INTEGERS, COMPLEX, np.eye(0), np.zeros((3, 0, 0))]
MATRICES = [
    SQUARE, STACK, INTEGERS, COMPLEX, normal(40, 3), normal(3, 40), normal(9, 5), normal(5, 9),
    normal(30, 2, dtype="c16"), normal(0, 3), normal(3, 0), normal(4, 1), normal(1, 4),
]  # fmt: skip
SYSTEMS = [
    (SQUARE, SYSTEM), (SQUARE, SYSTEM[:, 0]), (STACK, normal(4, 2)), (STACK, normal(4)), (COMPLEX, normal(8, 3)),
    (INTEGERS, np.arange(7)), (SQUARE, normal(2, 9, 3)), (np.eye(0), np.zeros((0, 2))), (SQUARE, np.zeros((9, 0))),
    (normal(3, 1, 4, 4), normal(2, 4, 5)),
]  # fmt: skip
ROWS = [
    *[(name, a) for name in ("inv", "det", "slogdet") for a in SQUARES],
    *[(name, a) for name in ("qr", "svdvals") for a in MATRICES],
    *[("qr", a, mode) for mode in ("complete", "r", "raw") for a in (*MATRICES[:5], normal(3, 11))],
    *[("solve", *system) for system in SYSTEMS],
    ("tensorinv", normal(4, 6, 8, 3)), ("tensorinv", normal(24, 8, 3), 1),
    ("tensorsolve", normal(2, 3, 6), normal(2, 3)), ("tensorsolve", normal(6, 2, 3), normal(2, 3), (0,)),
]  # fmt: skip


def lazily(value, chunk):
    if not isinstance(value, np.ndarray):
        return value
    return da.from_array(value, chunks=tuple(min(chunk + axis, n) or 1 for axis, n in enumerate(value.shape)))


@pytest.mark.parametrize("chunk", [2, 100])
@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row, chunk):
    name, *args = row
    near(getattr(da.linalg, name)(*[lazily(a, chunk) for a in args]), getattr(np.linalg, name)(*args))


NORMS = [
    *[(SQUARE, order) for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
    *[(SYSTEM[:, 0], order) for order in (None, 0, 1, 2, -2, 3, 2.5, np.inf, -np.inf)],
    (COMPLEX, None), (COMPLEX, 1), (COMPLEX, 2), (STACK, None), (STACK, 2, (1, 3)), (STACK, "nuc", (0, 2), True),
    (STACK, 1, (3, 0)), (STACK, 3, 2, True), (STACK, None, (-1, -2)), (STACK, None, None, True), (INTEGERS, None),
    (COMPLEX, 3, 0), (np.zeros((0, 3)), None), (SQUARE.astype("f4"), 3, 1), (SQUARE.astype("f2"), None),
    (STACK, np.inf, (2, 1), True), (np.zeros(0), np.inf), (np.zeros((0, 3)), 2), (np.zeros((2, 0)), 1),
]  # fmt: skip


@pytest.mark.parametrize("row", NORMS, ids=label)
def test_norms(row):
    x, *rest = row
    for chunk in (2, 100):
        near(da.linalg.norm(lazily(x, chunk), *rest), np.linalg.norm(x, *rest))


def test_norms_of_the_array_api():
    x = lazily(STACK, 2)
    for options in ({}, {"axis": (0, 2)}, {"axis": 1, "keepdims": True}, {"ord": 3}, {"ord": 0, "axis": (1, 2)}):
        near(da.linalg.vector_norm(x, **options), np.linalg.vector_norm(STACK, **options))
    for options in ({}, {"ord": 2, "keepdims": True}, {"ord": "nuc"}, {"ord": -np.inf}):
        near(da.linalg.matrix_norm(x, **options), np.linalg.matrix_norm(STACK, **options))


@pytest.mark.parametrize("dtype", ["f4", "c8"])
def test_single_precision_is_kept(dtype):
    a, b = positive(8, dtype), normal(8, 2, dtype=dtype)
    x = da.from_array(a, chunks=3)
    loose = {"rtol": 2e-2, "atol": 2e-2}
    for name in ("inv", "qr", "svdvals", "slogdet"):
        near(getattr(da.linalg, name)(x), getattr(np.linalg, name)(a), **loose)
    near(da.linalg.solve(x, b), np.linalg.solve(a, b), **loose)
    near(da.linalg.cholesky(x, lower=True), np.linalg.cholesky(a), **loose)
    near(da.linalg.det(x) / np.linalg.det(a), np.ones((), a.dtype)[()], **loose)


SHAPES = [(9, 9), (20, 3), (3, 20), (9, 5), (5, 9), (2, 4, 3), (2, 3, 4), (7, 1), (1, 7), (0, 3), (3, 0)]


@pytest.mark.parametrize("dtype", ["f8", "c16"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("full", [False, True])
def test_svd(shape, dtype, full):
    a = normal(*shape, dtype=dtype)
    theirs = np.linalg.svd(a, full_matrices=full)
    for chunk in (2, 100):
        u, s, vh = da.linalg.svd(lazily(a, chunk), full_matrices=full)
        assert (u.shape, vh.shape) == (theirs.U.shape, theirs.Vh.shape)
        near(s, theirs.S)
        k = s.shape[-1]
        near((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a)
        near(
            u.swapaxes(-1, -2).conj() @ u,
            np.broadcast_to(np.eye(u.shape[-1], dtype=dtype), (*shape[:-2], *u.shape[-1:] * 2)),
        )


def test_signs_of_singular_vectors_do_not_depend_on_chunks():
    for a in (normal(60, 4), normal(4, 60), normal(30, 3, dtype="c16")):
        first, *others = (da.linalg.svd(da.from_array(a, chunks=c)) for c in [(60, 60), (10, 4), (7, 2)])
        for other in others:
            near(other, tuple(np.asarray(part.compute()) for part in first))


def test_svd_otherwise():
    a = positive(6)
    near(da.linalg.svd(lazily(a, 2), compute_uv=False), np.linalg.svd(a, compute_uv=False))
    near(da.linalg.svd(lazily(a, 2), hermitian=True).S, np.linalg.svd(a, hermitian=True).S)
    near(da.linalg.svd(lazily(a, 2), coerce_signs=False, compute_uv=True).S, np.linalg.svd(a).S)


@pytest.mark.parametrize(
    "a", [SQUARE, COMPLEX, normal(9, 5), normal(5, 9), normal(1, 3), np.zeros((4, 4)), INTEGERS], ids=label
)
@pytest.mark.parametrize("chunk", [2, 100])
def test_lu(a, chunk):
    p, low, u = da.linalg.lu(lazily(a, chunk))
    k = min(a.shape)
    assert (p.shape, low.shape, u.shape) == ((a.shape[0],) * 2, (a.shape[0], k), (k, a.shape[1]))
    near(p @ low @ u, a.astype(low.dtype))
    lower, upper, order = low.compute(), u.compute(), p.compute()
    np.testing.assert_array_equal(np.tril(lower, -1) + np.eye(*lower.shape), lower)
    np.testing.assert_array_equal(np.triu(upper), upper)
    assert abs(lower).max() <= 1.5  # of complex numbers the pivots are found as LAPACK finds them
    assert order.dtype == lower.real.dtype
    assert (order.sum(0) == 1).all()
    assert (order.sum(1) == 1).all()


def test_lu_as_scipy():
    linalg = pytest.importorskip("scipy.linalg")
    for a in (SQUARE, COMPLEX, normal(9, 5), normal(5, 9)):
        near(tuple(da.linalg.lu(lazily(a, 2))), linalg.lu(a))


def test_cholesky():
    for a in (positive(9), HERMITIAN, positive(4)[None] * np.ones((3, 1, 1))):
        for chunk in (2, 100):
            lower, x = np.linalg.cholesky(a), lazily(a, chunk)
            near(da.linalg.cholesky(x, lower=True), lower)
            near(da.linalg.cholesky(x, upper=False), lower)
            near(da.linalg.cholesky(x), lower.swapaxes(-1, -2).conj())
            near(da.linalg.cholesky(lazily(np.tril(a), chunk), lower=True), lower)
            near(da.linalg.cholesky(lazily(np.triu(a), chunk)), lower.swapaxes(-1, -2).conj())


@pytest.mark.parametrize("chunk", [2, 100])
def test_solve_what_is_known_better(chunk):
    b = lazily(SYSTEM, chunk)
    known = {
        "pos": positive(9),
        "sym": positive(9),
        "lower triangular": LOW,
        "upper triangular": LOW.T,
        "diagonal": np.diag(np.diag(LOW)),
    }
    for structure, a in known.items():
        near(da.linalg.solve(lazily(a, chunk), b, assume_a=structure), np.linalg.solve(a, SYSTEM))
    near(da.linalg.solve(lazily(HERMITIAN, chunk), b[:8], sym_pos=True), np.linalg.solve(HERMITIAN, SYSTEM[:8]))
    other = np.full((9, 9), np.nan)  # nobody looks at the other triangle
    low = np.where(np.tri(9) > 0, LOW, other)
    near(da.linalg.solve_triangular(lazily(low, chunk), b, lower=True), np.linalg.solve(LOW, SYSTEM))
    near(da.linalg.solve_triangular(lazily(low.T, chunk), b[:, 0]), np.linalg.solve(LOW.T, SYSTEM[:, 0]))
    near(da.linalg.solve_triangular(lazily(np.tril(STACK), chunk), lazily(normal(4), 2), lower=True).shape, (2, 3, 4))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_chunks(data):
    n, m = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    dtype = data.draw(st.sampled_from(["f8", "c16"]))
    a = normal(n, m, dtype=dtype)
    x = da.from_array(a, chunks=data.draw(chunks(a.shape)))
    near(da.linalg.qr(x), np.linalg.qr(a))
    p, low, u = da.linalg.lu(x)
    near(p @ low @ u, a)
    square = a @ a.conj().T + n * np.eye(n)
    y = da.from_array(square, chunks=data.draw(chunks(square.shape)))
    near(da.linalg.solve(y, x), np.linalg.solve(square, a))
    near(da.linalg.cholesky(y, lower=True), np.linalg.cholesky(square))


def test_many_levels_of_rows():
    a = normal(400, 2)
    near(da.linalg.tsqr(da.from_array(a, chunks=(5, 1))), np.linalg.qr(a))
    near(da.linalg.tsqr(da.from_array(a, chunks=(5, 2)), _max_vchunk_size=20), np.linalg.qr(a))
    near(da.linalg.sfqr(da.from_array(a.T, chunks=(5, 50))), np.linalg.qr(a.T))
    u, s, vh = da.linalg.tsqr(da.from_array(a, chunks=(5, 2)), compute_svd=True)
    near(s, np.linalg.svd(a).S)
    near((u * s) @ vh, a)


def test_unknown_sizes_are_counted():
    x = da.from_array(SQUARE, chunks=2)
    keep = SQUARE[:, 0] > 0
    near(da.linalg.qr(x[x[:, 0] > 0]), np.linalg.qr(SQUARE[keep]))
    near(da.linalg.norm(x[x[:, 0] > 0], axis=1), np.linalg.norm(SQUARE[keep], axis=1))


MISTAKES = [
    (lambda x: da.linalg.inv(x[:2]), np.linalg.LinAlgError, "inv: matrices of shape"),
    (lambda x: da.linalg.det(x[0]), np.linalg.LinAlgError, "det: an array of 1 axes"),
    (lambda x: da.linalg.lu(lazily(STACK, 2)), np.linalg.LinAlgError, "expected a matrix"),
    (lambda x: da.linalg.solve(x, x[:2]), ValueError, "their rows must be as many"),
    (lambda x: da.linalg.solve(x, 1.0), ValueError, "b has no axes"),
    (lambda x: da.linalg.solve(x, x, assume_a="nice"), ValueError, "assume_a='nice'"),
    (lambda x: da.linalg.solve(lazily(STACK, 2), lazily(normal(5, 4, 4), 2)), ValueError, "broadcast"),
    (lambda x: da.linalg.qr(x, "economic"), ValueError, "mode='economic'"),
    (lambda x: da.linalg.tsqr(x[:2]), np.linalg.LinAlgError, "as many rows"),
    (lambda x: da.linalg.sfqr(x[:, :2]), np.linalg.LinAlgError, "as many columns"),
    (lambda x: da.linalg.sfqr(x, name="q"), NotImplementedError, "name="),
    (lambda x: da.linalg.norm(x, 7), ValueError, "ord=7"),
    (lambda x: da.linalg.norm(x, "fro", axis=1), ValueError, "ord='fro'"),
    (lambda x: da.linalg.norm(lazily(STACK, 2), 2), ValueError, "4 axes"),
    (lambda x: da.linalg.norm(x, axis=5), np.exceptions.AxisError, "axis"),
    (lambda x: da.linalg.matrix_norm(x[0]), ValueError, "1 axes"),
    (lambda x: da.linalg.svd(x.astype("f2")), TypeError, "float16"),
    (lambda x: da.linalg.tensorinv(x, 0), ValueError, "ind=0"),
    (lambda x: da.linalg.tensorsolve(x, x), np.linalg.LinAlgError, "do not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), MISTAKES)
def test_mistakes_are_told_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(da.from_array(SQUARE, chunks=2))


@pytest.mark.parametrize("chunk", [2, 100])
def test_what_only_the_values_tell(chunk):
    for call in (da.linalg.inv, da.linalg.cholesky):
        with pytest.raises(np.linalg.LinAlgError):
            call(lazily(np.zeros((6, 6)), chunk)).compute(scheduler="synchronous")
    near(da.linalg.det(lazily(np.zeros((6, 6)), chunk)), np.float64(0))


def test_the_same_bits_with_each_scheduler(scheduler):
    x, tall = da.from_array(SQUARE, chunks=2), da.from_array(normal(60, 3), chunks=(10, 3))
    asked = [da.linalg.inv(x), *da.linalg.qr(x), *da.linalg.lu(x), *da.linalg.qr(tall), *da.linalg.svd(tall)]
    for one, other in zip(da.compute(*asked, scheduler=scheduler), da.compute(*asked, scheduler="synchronous")):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("shape", [(70_000, 3), (20_000, 40), (9_000, 130)], ids=str)
def test_blocks_larger_than_a_cache(shape):
    a = normal(*shape)
    x = da.from_array(a, chunks=(shape[0] // 2, -1))
    near(da.linalg.qr(x).R, np.linalg.qr(a).R)
    near(da.linalg.svdvals(x), np.linalg.svd(a, compute_uv=False))
    q, r = da.compute(*da.linalg.tsqr(x))
    np.testing.assert_allclose(q @ r, a, **TOLERANCE)
    np.testing.assert_allclose(q.T @ q, np.eye(shape[1]), **TOLERANCE)
