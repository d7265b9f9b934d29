"""Reductions, scans, windows and shuffles by functions and places of a person's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minidask.array as da
from minidask.testing import assert_eq

A = np.random.default_rng(1).normal(size=(9, 8))


@pytest.fixture(params=[(9, 8), (2, 3), (1, 1)], ids=str)
def x(request: pytest.FixtureRequest) -> Any:
    return da.from_array(A, chunks=request.param)


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduction(x: Any, axis: Any, keepdims: bool) -> None:
    wanted = A.sum(axis=axis, keepdims=keepdims)
    assert_eq(da.reduction(x, np.sum, np.sum, axis, keepdims, dtype=float), wanted)
    assert_eq(da.reduction(x, np.sum, np.sum, axis, keepdims, split_every=2), wanted)


def test_partial_results_of_any_kind(x: Any) -> None:
    def chunk(block: Any, axis: int, keepdims: bool) -> Any:
        return {"total": block.sum(axis, keepdims=True), "n": block.shape[axis]}

    def combine(parts: list[Any], axis: int, keepdims: bool) -> Any:
        return {"total": sum(p["total"] for p in parts), "n": sum(p["n"] for p in parts)}

    def aggregate(parts: list[Any], axis: int, keepdims: bool) -> Any:
        both = combine(parts, axis, keepdims)
        return np.squeeze(both["total"] / both["n"], axis)

    means = da.reduction(x, chunk, aggregate, axis=0, combine=combine, concatenate=False, split_every=2, dtype=float)
    assert_eq(means, A.mean(0))


def test_the_order_of_blocks_is_kept(x: Any) -> None:
    def first(a: Any, axis: int, keepdims: bool) -> Any:
        return np.take(a, [0] if keepdims else 0, axis)

    assert_eq(da.reduction(x, first, first, axis=0), A[0])


def test_what_reductions_refuse() -> None:
    with pytest.raises(NotImplementedError, match="weights"):
        da.reduction(da.ones(3), np.sum, np.sum, weights=da.ones(3))
    with pytest.raises(TypeError, match="float64, where int64"):
        da.reduction(da.from_array(A, chunks=2), np.sum, np.sum, dtype=int).compute()
    with pytest.raises(ValueError, match="axis 5"):
        da.reduction(da.ones(3), np.sum, np.sum, axis=5)


@pytest.mark.parametrize("axis", [0, 1, None])
def test_cumreduction(x: Any, axis: Any) -> None:
    found = da.cumreduction(np.cumsum, np.add, 0, x, axis=axis)
    np.testing.assert_allclose(found.compute(), np.cumsum(A, axis))
    found = da.cumreduction(
        np.maximum.accumulate, np.maximum, -np.inf, x.ravel() if axis is None else x, axis=axis or 0
    )
    assert_eq(found, np.maximum.accumulate(A.ravel() if axis is None else A, axis or 0))


def test_totals_of_their_own(x: Any) -> None:
    found = da.cumreduction(np.cumsum, np.add, 0, x, axis=0, method="blelloch", preop=np.sum)
    np.testing.assert_allclose(found.compute(), np.cumsum(A, 0))
    with pytest.raises(ValueError, match="method='other'"):
        da.cumreduction(np.cumsum, np.add, 0, x, axis=0, method="other")


@pytest.mark.parametrize(("window", "axis"), [(3, 0), ((3,), (1,)), ((2, 4), None), ((2, 3), (0, 0)), (9, 0), (1, 1)])
def test_windows(x: Any, window: Any, axis: Any) -> None:
    wanted = np.lib.stride_tricks.sliding_window_view(A, window, axis)
    found = np.lib.stride_tricks.sliding_window_view(x, window, axis)
    assert_eq(found, wanted)
    assert_eq(found.max(-1), wanted.max(-1))


@pytest.mark.parametrize("groups", [[[0, 3], [5, 1, 7], [], [2]], [[8] * 5], [[-1, -2]], []])
def test_shuffle(x: Any, groups: Any) -> None:
    found = da.shuffle(x, groups, 0)
    assert_eq(found, A[np.concatenate([np.zeros(0, int), *groups]).astype(int)])
    assert set(np.cumsum([0, *map(len, groups)])) >= set(np.cumsum((0, *found.chunks[0])))


def test_bad_shuffles() -> None:
    with pytest.raises(TypeError, match="lists of integers"):
        da.shuffle(da.ones(3), [[0.5]], 0)
    with pytest.raises(IndexError):
        da.shuffle(da.ones(3), [[7]], 0)
    with pytest.raises(NotImplementedError, match="chunks=3"):
        da.shuffle(da.ones(3), [[0]], 0, chunks=3)
