"""Linear algebra: eigenvalues, least squares, pseudo-inverses, compressed values, products; and NumPy's own names."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
import minidask.array.nodes.panels as panels
from tests.array.test_linalg import (
    COMPLEX,
    HERMITIAN,
    INTEGERS,
    SQUARE,
    STACK,
    SYSTEM,
    TOLERANCE,
    lazily,
    near,
    normal,
    positive,
)
from tests.tables import label


@pytest.fixture(autouse=True)
def _narrow_panels(monkeypatch):
    """So that small matrices have several."""
    monkeypatch.setattr(panels, "NARROWEST", 3)


LOW_RANK = normal(30, 2) @ normal(2, 5)
SHAPES = [
    SQUARE, STACK, INTEGERS, COMPLEX, normal(40, 3), normal(3, 40), normal(9, 5), LOW_RANK, LOW_RANK.T, LOW_RANK * 1j,
]  # fmt: skip
SMALL = np.arange(9).reshape(3, 3)

ROWS = [
    *[(name, a) for name in ("pinv", "matrix_rank", "cond") for a in SHAPES],
    *[("cond", SQUARE, p) for p in (1, -1, 2, -2, "fro", "nuc", np.inf, -np.inf)], ("cond", np.zeros((3, 3))),
    ("cond", normal(40, 3), -2), ("pinv", SQUARE, 0.3), ("pinv", STACK, np.full((2, 3), 0.3)),
    ("pinv", HERMITIAN, 1e-9, True),
    ("pinv", np.zeros((4, 3))), ("pinv", np.zeros((0, 3))), ("matrix_rank", SQUARE, 0.5), ("matrix_rank", np.zeros(3)),
    ("matrix_rank", np.arange(3)), ("matrix_rank", HERMITIAN, None, True), ("matrix_rank", STACK, np.full((2, 3), 0.5)),
    ("eigvalsh", HERMITIAN), ("eigvalsh", positive(5)[None]), ("eigvalsh", SQUARE, "U"), ("eigvalsh", SQUARE, "l"),
    *[("matrix_power", a, n) for a in (SQUARE, STACK, SMALL) for n in (0, 1, 2, 3, 7)],
    ("matrix_power", SQUARE, -1), ("matrix_power", SQUARE, -3), ("matrix_power", INTEGERS, -2),
    ("multi_dot", [SQUARE, SYSTEM, SYSTEM.T, SQUARE[:, :2]]), ("multi_dot", [SQUARE[0], SQUARE, SQUARE[1]]),
    ("multi_dot", [SQUARE, SYSTEM]), ("multi_dot", [SYSTEM.T, SQUARE, SQUARE[0]]),
    ("outer", SQUARE[0], SYSTEM[:, 0]), ("matmul", SQUARE, SYSTEM), ("matrix_transpose", STACK), ("diagonal", STACK),
    ("trace", STACK), ("vecdot", SQUARE, SQUARE[0]), ("cross", SQUARE[:, :3], SQUARE[0, :3]),
]  # fmt: skip


@pytest.mark.parametrize("chunk", [2, 100])
@pytest.mark.parametrize("row", ROWS, ids=label)
def test_as_numpy(row, chunk):
    name, *args = row
    given = [[lazily(x, chunk) for x in a] if isinstance(a, list) else lazily(a, chunk) for a in args]
    if name == "cond" and args[0].shape in ((30, 5), (5, 30)):  # of rank 2: rounding decides
        assert getattr(da.linalg, name)(*given).compute() > 1e13
    else:
        near(getattr(da.linalg, name)(*given), getattr(np.linalg, name)(*args))


def test_options():
    x = lazily(STACK, 2)
    near(da.linalg.pinv(x, rtol=None), np.linalg.pinv(STACK, rtol=None))
    near(da.linalg.pinv(x, rtol=0.2), np.linalg.pinv(STACK, rtol=0.2))
    near(da.linalg.matrix_rank(x, rtol=0.2), np.linalg.matrix_rank(STACK, rtol=0.2))
    near(da.linalg.diagonal(x, offset=1), np.linalg.diagonal(STACK, offset=1))
    near(da.linalg.trace(x, offset=-1, dtype="c16"), np.linalg.trace(STACK, offset=-1, dtype="c16"))
    near(da.linalg.tensordot(x, x, axes=((0, 1), (0, 1))), np.linalg.tensordot(STACK, STACK, axes=((0, 1), (0, 1))))
    near(da.linalg.pinv(lazily(SQUARE.astype("f4"), 2)), np.linalg.pinv(SQUARE.astype("f4")), rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("a", [SQUARE, STACK, COMPLEX, INTEGERS], ids=label)
def test_eig(a):
    for chunk in (2, 100):
        values, columns = da.linalg.eig(lazily(a, chunk))
        assert values.dtype == columns.dtype == np.dtype("c16")
        near(values, np.linalg.eigvals(a).astype("c16"))
        near(da.linalg.eigvals(lazily(a, chunk)), np.linalg.eigvals(a).astype("c16"))
        near(a @ columns, (columns * values[..., None, :]).compute())


@pytest.mark.parametrize("a", [positive(9), HERMITIAN, positive(4) * np.ones((3, 1, 1)), np.eye(0)], ids=label)
def test_eigh(a):
    for chunk in (2, 100):
        values, columns = da.linalg.eigh(lazily(a, chunk))
        near(values, np.linalg.eigvalsh(a))
        near((columns * values[..., None, :]) @ columns.swapaxes(-1, -2).conj(), a)


SYSTEMS = [
    (normal(40, 3), normal(40, 2)), (normal(40, 3), normal(40)), (normal(3, 40), normal(3, 2)),
    (normal(3, 40), normal(3)),
    (SQUARE, SYSTEM), (normal(9, 5), SYSTEM), (LOW_RANK, normal(30, 2)), (LOW_RANK.T, normal(5, 2)),
    (COMPLEX, normal(8)),
    (normal(30, 2, dtype="c16"), normal(30, 3, dtype="c16")), (normal(40, 3), np.zeros((40, 0))),
    (LOW_RANK, normal(30)),
    (np.arange(24).reshape(12, 2), np.arange(12)), (normal(2, 30, dtype="c16"), normal(2)),
]  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS, ids=label)
@pytest.mark.parametrize("chunk", [5, 100])
def test_lstsq(system, chunk):
    ours, theirs = da.linalg.lstsq(*(lazily(x, chunk) for x in system)), np.linalg.lstsq(*system)
    for one, other in zip(ours, theirs):
        near(one, other, rtol=1e-6, atol=1e-8)
    if system[0].shape == (40, 3):
        near(
            da.linalg.lstsq(*(lazily(x, chunk) for x in system), rcond=0.99)[0], np.linalg.lstsq(*system, rcond=0.99)[0]
        )


@pytest.mark.parametrize("iterator", ["power", "QR"])
@pytest.mark.parametrize("dtype", ["f8", "c16", "f4"])
def test_compressed(iterator, dtype):
    a = (normal(60, 4, dtype=dtype) * [8, 4, 2, 1]) @ normal(4, 50, dtype=dtype)
    a = a.astype(dtype)
    x = da.from_array(a, chunks=(13, 11))
    theirs = np.linalg.svd(a, full_matrices=False)
    loose = {"rtol": 1e-3, "atol": 0.02} if dtype == "f4" else TOLERANCE
    for options in ({}, {"n_power_iter": 2}, {"compute": True, "n_power_iter": 1, "coerce_signs": False}):
        u, s, vh = da.linalg.svd_compressed(x, 4, iterator, seed=1, **options)
        near(s, theirs.S[:4], **loose)
        near((u * s) @ vh, a, **loose)
    rows = da.linalg.compression_matrix(x, 3, iterator, n_power_iter=1, seed=da.random.default_rng(3))
    near(rows @ rows.conj().T, np.eye(20, dtype=dtype), rtol=1e-5, atol=1e-5)


def test_the_same_seed_gives_the_same_values():
    x = da.from_array(normal(30, 30), chunks=7)
    one, two, other = (da.linalg.svd_compressed(x, 2, seed=seed).S.compute() for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_levels():
    assert [da.linalg.compression_level(n, q) for n, q in ((100, 10), (100, 30), (12, 3))] == [20, 40, 12]
    assert da.linalg.compression_level(100, 3, n_oversamples=2, min_subspace_size=1) == 5


X = lazily(SQUARE, 2)
CALLS = [
    lambda x: np.linalg.svd(x)[1], lambda x: np.linalg.svd(x[:, :2])[0].shape, lambda x: np.linalg.svd(x, False)[1],
    lambda x: np.linalg.svd(x, compute_uv=False), lambda x: np.linalg.cholesky(x @ x.T), lambda x: np.linalg.norm(x),
    lambda x: np.linalg.cholesky(x @ x.T, upper=True), lambda x: np.linalg.norm(x, 1, 0), lambda x: np.linalg.inv(x),
    lambda x: np.linalg.solve(x, SYSTEM), lambda x: np.linalg.qr(x), lambda x: np.linalg.qr(x, "r"),
    lambda x: np.linalg.det(x), lambda x: np.linalg.slogdet(x), lambda x: np.linalg.eigvalsh(x, "U"),
    lambda x: np.linalg.lstsq(x, SYSTEM)[0], lambda x: np.linalg.lstsq(x, SYSTEM, None)[3],
    lambda x: np.linalg.matrix_rank(x, 0.1), lambda x: np.linalg.pinv(x), lambda x: np.linalg.cond(x, 1),
    lambda x: np.linalg.multi_dot([x, SYSTEM, SYSTEM.T]), lambda x: np.linalg.matrix_power(x, 3),
    lambda x: np.linalg.tensorinv(x, 1), lambda x: np.linalg.tensorsolve(x, x[0]),
    lambda x: np.linalg.outer(x[0], x[1]),
    lambda x: np.linalg.trace(x, offset=1), lambda x: np.linalg.diagonal(x), lambda x: np.linalg.matmul(x, x),
    lambda x: np.linalg.tensordot(x, x, axes=1), lambda x: np.linalg.vecdot(x, x, axis=0),
    lambda x: np.linalg.svdvals(x),
    lambda x: np.linalg.matrix_norm(x, ord=1), lambda x: np.linalg.vector_norm(x, axis=0), lambda x: np.kron(x, x),
    lambda x: np.linalg.cross(x[:, :3], x[:, 3:6]), lambda x: np.cross(x[:, :3], x[0, :3]),
    lambda x: np.linalg.eigvalsh(x),
    lambda x: np.linalg.matrix_transpose(x), lambda x: np.matrix_transpose(x), lambda x: np.linalg.eigh(x)[0],
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_numpy_asks_us(call):
    ours, theirs = call(X), call(SQUARE)
    if isinstance(theirs, tuple) and isinstance(theirs[0], int):
        assert ours == theirs
    else:
        near(ours, theirs)


def test_all_of_numpy_is_there():
    missing = {name for name in np.linalg.__all__ if name not in da.linalg.__all__}
    assert not missing


MISTAKES = [
    (lambda: da.linalg.eigh(X[:2]), np.linalg.LinAlgError, "eigh: matrices"),
    (lambda: da.linalg.eigh(X, "M"), ValueError, "UPLO='M'"),
    (lambda: da.linalg.lstsq(X, X[:2]), ValueError, "their rows must be as many"),
    (lambda: da.linalg.lstsq(lazily(STACK, 2), X), np.linalg.LinAlgError, "expected a matrix"),
    (lambda: da.linalg.pinv(X, 0.1, rtol=0.1), ValueError, "rcond= or rtol="),
    (lambda: da.linalg.matrix_rank(X, 0.1, rtol=0.1), ValueError, "tol= or rtol="),
    (lambda: da.linalg.cond(X[:2], 1), np.linalg.LinAlgError, "cond: matrices"),
    (lambda: da.linalg.cond(da.ones((0, 3))), np.linalg.LinAlgError, "no elements"),
    (lambda: da.linalg.svd_compressed(X, 0), ValueError, "0 singular vectors"),
    (lambda: da.linalg.svd_compressed(X, 2, "chance"), ValueError, "iterator='chance'"),
    (lambda: da.linalg.matrix_power(X, 1.5), TypeError, "float"),
    (lambda: da.linalg.matrix_power(X[:2], 2), np.linalg.LinAlgError, "matrix_power"),
    (lambda: da.linalg.multi_dot([X]), ValueError, "1 arrays"),
    (lambda: da.linalg.multi_dot([X, lazily(STACK, 2)]), np.linalg.LinAlgError, "array 1 has 4 axes"),
    (lambda: da.linalg.outer(X, X), ValueError, "expected vectors"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), MISTAKES)
def test_mistakes_are_told_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call()
