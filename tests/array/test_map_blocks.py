"""A person's functions over blocks: map_blocks, blockwise, overlap."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from minidask import delayed
from minidask.testing import assert_eq
from tests.tables import lazily

M = np.arange(35).reshape(5, 7)
V = np.arange(7.0)


def x():
    return da.from_array(M, chunks=(2, 3))


def test_one_array():
    assert_eq(x().map_blocks(lambda b: b * 2.5), M * 2.5)
    assert_eq(da.map_blocks(np.add, x(), 3), M + 3)


def test_arrays_meet_at_their_last_axes():
    assert_eq(da.map_blocks(np.add, x(), da.from_array(V, chunks=3)), M + V)
    with pytest.raises(ValueError, match="different numbers of blocks"):
        da.map_blocks(np.add, x(), da.from_array(V, chunks=2))


def test_blocks_may_differ_in_size():
    sums = x().map_blocks(lambda b: b.sum(axis=1, keepdims=True), chunks=(x().chunks[0], 1))
    assert sums.chunks == ((2, 2, 1), (1, 1, 1))
    assert_eq(da.map_blocks(lambda b, s: b - s, x(), sums), M - np.repeat(sums.compute(), (3, 3, 1), axis=1))


def test_axes_dropped_and_new():
    assert_eq(x().map_blocks(lambda b: b.sum(axis=1), drop_axis=1), M.sum(axis=1))
    assert_eq(x().map_blocks(lambda b: b.sum(axis=0), drop_axis=[0]), M.sum(axis=0))
    assert_eq(x().map_blocks(lambda b: b[None], new_axis=0), M[None])
    assert_eq(x().map_blocks(lambda b: np.stack([b, b]), new_axis=0, chunks=(2, *x().chunks)), np.stack([M, M]))
    assert_eq(x().map_blocks(lambda b: b.sum(axis=0)[:, None], drop_axis=0, new_axis=1), M.sum(axis=0)[:, None])


def test_block_id_and_info():
    assert_eq(x().map_blocks(lambda b, block_id: b * 0 + 10 * block_id[0] + block_id[1])[4, 6], 22)
    told = []

    def look(block, block_info=None):
        told.append(block_info)
        return block

    x().map_blocks(look, dtype=int).compute(scheduler="synchronous")
    last = next(t for t in told if t[0]["chunk-location"] == (2, 1))
    assert last[0]["array-location"] == [(4, 5), (3, 6)]
    assert last[0]["shape"] == (5, 7)
    assert last[0]["num-chunks"] == (3, 3)
    assert last[0]["dtype"] == M.dtype
    assert last[None]["chunk-shape"] == (1, 3)
    assert last[None]["dtype"] == np.dtype(int)


def test_without_arrays():
    made = da.map_blocks(lambda block_id: np.full((2,), block_id[0]), chunks=((2, 2, 2),), dtype=int)
    assert_eq(made, np.repeat([0, 1, 2], 2))


def test_collections_as_arguments():
    total = x().sum()
    assert_eq(x().map_blocks(lambda b, t, scale: b * scale["by"] - t, delayed(5), scale={"by": total}), M * M.sum() - 5)
    assert_eq(x().map_blocks(lambda b, other=None: b + other.sum(), other=x()), M + M.sum())


def test_names():
    def f(b):
        return b

    one, two = x().map_blocks(f), x().map_blocks(f)
    assert one.name == two.name
    assert x().map_blocks(f, token="mine").name.startswith("mine-")
    assert x().map_blocks(f, name="mine").name == "mine"


def test_mistakes():
    with pytest.raises(TypeError, match="func"):
        da.map_blocks(3, x())
    with pytest.raises(ValueError, match="2 blocks along axis 0"):
        x().map_blocks(lambda b: b, chunks=((2, 3), (3, 3, 1)))
    with pytest.raises(ValueError, match="have 1 axes"):
        x().map_blocks(lambda b: b, chunks=(3,))
    with pytest.raises(ValueError, match="2 are expected"):
        x().map_blocks(lambda b: b[0], enforce_ndim=True, dtype=int).compute()
    with pytest.raises(np.exceptions.AxisError):
        x().map_blocks(lambda b: b, drop_axis=5)


def test_blockwise():
    y = x()
    joined = da.blockwise(np.dot, "ik", y, "ij", y.T, "jk", concatenate=True)
    assert_eq(joined, M @ M.T)
    lists = da.blockwise(lambda a, b: sum(p @ q for p, q in zip(a, b)), "ik", y, "ij", y.T, "jk", dtype=int)
    assert_eq(lists, M @ M.T)
    nested = da.blockwise(lambda a: sum(b.sum() for row in a for b in row), "", y, "ij", dtype=int)
    assert_eq(nested, M.sum())
    assert_eq(da.blockwise(np.transpose, "ji", y, "ij"), M.T)
    assert_eq(da.blockwise(np.add, "ij", y, "ij", 3, None), M + 3)
    assert_eq(da.blockwise(np.add, "ij", y, "ij", da.from_array(V, chunks=2), "j"), M + V)


def test_blockwise_chunks():
    y = x()
    twice = da.blockwise(lambda a: np.repeat(a, 2, 0), "ij", y, "ij", adjust_chunks={"i": lambda n: 2 * n})
    assert_eq(twice, M.repeat(2, 0))
    assert_eq(da.blockwise(lambda a: a[:1], "ij", y, "ij", adjust_chunks={"i": 1}), M[[0, 2, 4]])
    new = da.blockwise(lambda a: np.stack([a] * 3, -1), "ijk", y, "ij", new_axes={"k": 3})
    assert_eq(new, np.stack([M] * 3, -1))
    with pytest.raises(ValueError, match="in no argument"):
        da.blockwise(np.add, "ik", y, "ij", 3, None)
    with pytest.raises(ValueError, match="3 symbols"):
        da.blockwise(np.negative, "ij", y, "ijk")
    with pytest.raises(ValueError, match="pairs"):
        da.blockwise(np.negative, "ij", y)


def test_unify_chunks():
    chunks, (a, b) = da.unify_chunks(x(), "ij", da.from_array(V, chunks=2), "j")
    assert chunks["j"] == a.chunks[1] == b.chunks[0] == (2, 1, 1, 2, 1)


def test_along_axes():
    assert_eq(da.apply_along_axis(np.sort, 1, x()[:, ::-1]), M)
    squares = da.apply_along_axis(lambda v: np.outer(v, v), 1, x()[:, :3])
    assert_eq(squares, np.apply_along_axis(lambda v: np.outer(v, v), 1, M[:, :3]))
    assert_eq(da.apply_along_axis(np.percentile, 0, x(), 30), np.apply_along_axis(np.percentile, 0, M, 30))
    assert_eq(da.apply_over_axes(da.sum, x(), [0, 1]), np.apply_over_axes(np.sum, M, [0, 1]))


def test_lazily_made():
    assert lazily(V).map_blocks(lambda b: b, dtype=float).numblocks == (4,)
