"""NumPy's own functions, given lazy arrays."""

from __future__ import annotations

import numpy as np
import pytest

import minidask.array as da
from tests.tables import compare

M = np.arange(35.0).reshape(5, 7)

CALLS = [
    lambda x: np.sum(x, 0, None, None, True), lambda x: np.sum(x, axis=1, keepdims=True), lambda x: np.mean(x, 1),
    lambda x: np.std(x, 0, None, None, 1, True), lambda x: np.max(x, 0, None, True), lambda x: np.amax(x, 1),
    lambda x: np.median(x, 0, None, False, True), lambda x: np.reshape(x, (7, 5)),
    lambda x: np.reshape(x, (7, 5), "C"), lambda x: np.clip(x, 3, 7),
    lambda x: np.clip(x, None, a_max=7), lambda x: np.clip(x, min=3), lambda x: np.dot(x, x.T),
    lambda x: np.tensordot(x, x.T, 1), lambda x: np.ones_like(x, int), lambda x: np.full_like(x, 3),
    lambda x: np.percentile(x, 50, 0), lambda x: np.histogram(x, 5, (0, 30)),
    lambda x: np.histogram(x, 5, density=True), lambda x: np.cumsum(x, 1), lambda x: np.where(x > 3, x, 0),
    lambda x: np.where(x > 3), lambda x: np.argmax(x, 1), lambda x: np.roll(x, 2, 1),
    lambda x: np.pad(x, 1, "edge"), lambda x: np.einsum("ij,kj->ik", x, x), lambda x: np.broadcast_to(x, (2, 5, 7)),
    lambda x: np.concatenate([x, M]), lambda x: np.concatenate([M, x], axis=1), lambda x: np.stack((x, x), axis=-1),
    lambda x: np.block([[x, x]]), lambda x: np.unique(x, return_counts=True),
    lambda x: np.quantile(x, [0.1, 0.5], axis=1), lambda x: np.meshgrid(x[0], x[1]),
    lambda x: np.insert(x, 1, 9, 0), lambda x: np.take(x, [1, 2], 1), lambda x: np.diff(x, 2, 0),
    lambda x: np.linspace(0, 1, 3) @ x[:3], lambda x: np.atleast_3d(x), lambda x: np.isclose(x, M),
    lambda x: np.round(x, 1), lambda x: np.transpose(x), lambda x: np.permute_dims(x),
    lambda x: np.nanstd(x, 0, None, None, 1),
    lambda x: np.std(x, 0, correction=1), lambda x: np.trace(x), lambda x: np.searchsorted(x[0], M),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_ours_answer(call):
    ours = call(da.from_array(M, chunks=(2, 3)))
    assert isinstance(ours[0] if isinstance(ours, (tuple, list)) else ours, da.Array)
    compare(ours, call(M))


def test_facts_are_told_without_values():
    x = da.from_array(M, chunks=(2, 3))
    assert (np.shape(x), np.ndim(x), np.size(x), np.size(x, 1)) == ((5, 7), 2, 35, 7)
    assert np.result_type(x, np.float32) == np.dtype(float)
    assert np.isrealobj(x)
    assert not np.iscomplexobj(x)


@pytest.mark.parametrize("call", [np.array2string, np.array_repr])
def test_others_are_refused(call):
    with pytest.raises(TypeError, match=f"{call.__name__} is not there for lazy arrays"):
        call(da.from_array(M, chunks=(2, 3)))


def test_arguments_that_we_lack_are_refused():
    with pytest.raises(NotImplementedError, match="mean"):
        np.std(da.from_array(M, chunks=2), mean=1.0)


def test_other_types_may_answer():
    class Other:
        def __array_function__(self, func, types, args, kwargs):
            return "mine"

    assert np.concatenate([da.ones(2), Other()]) == "mine"
