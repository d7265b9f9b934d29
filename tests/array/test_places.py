"""Places and grids: NumPy's are the oracle."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq
from tests.tables import compare, lazily

M = np.arange(35.0).reshape(5, 7)


@pytest.mark.parametrize("k", [-2, 0, 1, 9])
@pytest.mark.parametrize(("n", "m"), [(4, None), (3, 5), (5, 2), (0, 3)])
def test_triangles(n, m, k):
    assert_eq(da.tri(n, m, k, int, chunks=2), np.tri(n, m, k, int))
    compare(da.tril_indices(n, k, m, chunks=2), np.tril_indices(n, k, m))
    compare(da.triu_indices(n, k, m), np.triu_indices(n, k, m))


def test_triangles_of_arrays():
    compare(da.tril_indices_from(lazily(M), 1), np.tril_indices_from(M, 1))
    compare(np.triu_indices_from(lazily(M), -1), np.triu_indices_from(M, -1))
    with pytest.raises(ValueError, match="takes a matrix"):
        da.tril_indices_from(da.ones(3))


def test_diagonals():
    compare(da.diag_indices(3, 3), np.diag_indices(3, 3))
    compare(da.diag_indices_from(lazily(M[:, :5])), np.diag_indices_from(M[:, :5]))
    assert_eq(da.diagflat(lazily(M[:2, :2]), -1), np.diagflat(M[:2, :2], -1))
    assert_eq(da.identity(4, "i1", chunks=3), np.identity(4, "i1"))
    with pytest.raises(ValueError, match="all of one size"):
        da.diag_indices_from(lazily(M))


@pytest.mark.parametrize("shape", [(5, 7), (9, 3), (4, 4), (3, 3, 3), (1, 4)])
@pytest.mark.parametrize("value", [7.5, [1, 2], np.arange(20)])
@pytest.mark.parametrize("wrap", [False, True])
def test_fill_diagonal(shape, value, wrap):
    theirs = np.zeros(shape, int)
    ours = da.zeros(shape, int, chunks=2)
    np.fill_diagonal(theirs, value, wrap)
    da.fill_diagonal(ours, value, wrap)
    assert_eq(ours, theirs)


def test_fill_diagonal_of_what_has_none():
    with pytest.raises(TypeError, match="lazy array, not ndarray"):
        da.fill_diagonal(M.copy(), 1)
    with pytest.raises(ValueError, match="takes a matrix"):
        da.fill_diagonal(da.ones(3), 1)


def test_open_grids():
    rows, columns = np.array([3, 0]), np.array([True, False, True, True, False, False, True])
    compare(da.ix_(lazily(rows), lazily(columns)), np.ix_(rows, columns))
    compare(da.ix_([], [1, 2]), np.ix_([], [1, 2]))
    assert_eq(lazily(M)[da.ix_(rows, columns)], M[np.ix_(rows, columns)])
    with pytest.raises(ValueError, match="argument 1 has 2 axes"):
        da.ix_([1], [[2]])


@pytest.mark.parametrize("order", ["C", "F"])
def test_flat_places(order):
    places = (np.array([[0, 4], [2, 3]]), np.array([6, 1]))
    flat = np.ravel_multi_index(places, M.shape, order=order)
    assert_eq(da.ravel_multi_index(tuple(map(lazily, places)), M.shape, order=order), flat)
    compare(da.unravel_index(lazily(flat), M.shape, order), np.unravel_index(flat, M.shape, order))
    wrapped = np.ravel_multi_index(np.array([[7, -1], [9, 3]]), M.shape, mode=("wrap", "clip"))
    assert_eq(da.ravel_multi_index(np.array([[7, -1], [9, 3]]), M.shape, mode=("wrap", "clip")), wrapped)
    compare(np.unravel_index(lazily(flat), M.shape), np.unravel_index(flat, M.shape))
    with pytest.raises(ValueError, match="along 1 axes"):
        da.ravel_multi_index([places[0]], M.shape)
    with pytest.raises(TypeError, match="float64"):
        da.unravel_index(lazily(M), M.shape)
    with pytest.raises(ValueError, match="out of bounds"):
        da.unravel_index(da.asarray([99]), M.shape)[0].compute()


GRIDS = [
    lambda xp: xp.mgrid[0:3], lambda xp: xp.mgrid[0:3, 1:2:4j], lambda xp: xp.ogrid[1:7:2, -1:2],
    lambda xp: xp.ogrid[0:1:5j], lambda xp: xp.mgrid[:2, :3, :4], lambda xp: xp.r_[1:4, 0, [7, 8.5]],
    lambda xp: xp.r_[0:1:3j, 5], lambda xp: xp.r_["-1", M[:2], M[:2]], lambda xp: xp.r_["0,2", [1, 2], [3, 4]],
    lambda xp: xp.r_["1,2,0", [1, 2], [3, 4]], lambda xp: xp.r_["0,3,-1", M, M], lambda xp: xp.r_[M, M],
    lambda xp: xp.c_[[1, 2], [3, 4]], lambda xp: xp.c_[M, M], lambda xp: xp.c_[np.arange(3), [[1], [2], [3]]],
    lambda xp: xp.r_[np.float32(1), np.ones(2, "f4")], lambda xp: xp.c_[1:3, 5:7], lambda xp: xp.r_["0,2,1", [1, 2]],
]  # fmt: skip


@pytest.mark.parametrize("grid", GRIDS)
def test_grids(grid):
    compare(grid(da), grid(np))


def test_grids_of_lazy_arrays():
    assert_eq(da.r_[lazily(M), M], np.r_[M, M])
    assert_eq(da.c_[lazily(M), M], np.c_[M, M])
    with pytest.raises(NotImplementedError, match="matrices"):
        da.r_["c", [1]]
    with pytest.raises(ValueError, match="where it ends"):
        da.mgrid[1:]


@pytest.mark.parametrize("shape", [(3, 4), (50,), 7, (0, 2), ()])
def test_resize(shape):
    assert_eq(da.resize(lazily(M), shape), np.resize(M, shape))
    assert_eq(da.resize([], shape), np.resize(np.array([]), shape))
