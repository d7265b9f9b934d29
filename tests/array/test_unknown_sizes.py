"""Arrays whose sizes depend on data, used as any other: a table of recipes, each the same for ours and for NumPy's.

A recipe is called with the module, a line `v`, a matrix `m` and a line of words `w`.
"""

from __future__ import annotations

import inspect
from collections import Counter
from threading import Lock

import numpy as np
import pytest

import minidask
import minidask.array as da
from minidask.errors import UnknownSizeError
from tests.tables import compare, lazily

RNG = np.random.default_rng(0)
V = RNG.integers(-9, 9, 60) / 2.0
M = RNG.integers(-9, 9, (12, 5)) * 1.0
W = np.array([*"bcaaedzqpa"] * 3)

RECIPES = [
    # what they are
    lambda xp, v, m, w: xp.asarray(v[v > 0].shape),
    lambda xp, v, m, w: xp.asarray(len(v[v > 0])),
    lambda xp, v, m, w: xp.asarray(m[m > 0].size),
    lambda xp, v, m, w: xp.asarray(m[m[:, 0] > 0].nbytes),
    # elements and slices
    lambda xp, v, m, w: v[v > 0],
    lambda xp, v, m, w: m[m > 0],
    lambda xp, v, m, w: m[m[:, 0] > 0],
    lambda xp, v, m, w: m[:, m.sum(axis=0) > 0],
    lambda xp, v, m, w: m[m[:, 0] > 0][:, m[0] > -4],
    lambda xp, v, m, w: v[v > 0][2:9],
    lambda xp, v, m, w: v[v > 0][::-2],
    lambda xp, v, m, w: v[v > 0][-1],
    lambda xp, v, m, w: v[v > 0][[0, -1, 3]],
    lambda xp, v, m, w: v[v > 0][v[v > 0] < 3],
    lambda xp, v, m, w: v[v > 0][xp.argsort(v[v > 0], kind="stable")],
    lambda xp, v, m, w: m[m[:, 0] > 0][1, 2:],
    lambda xp, v, m, w: m[m[:, 0] > 0][None, ..., 0],
    lambda xp, v, m, w: v[xp.nonzero(v > 1)[0]],
    lambda xp, v, m, w: xp.compress(v > 0, v),
    lambda xp, v, m, w: xp.extract(m > 0, m),
    lambda xp, v, m, w: xp.take(v[v > 0], [1, 2]),
    # arithmetic
    lambda xp, v, m, w: v[v > 0] * 2 + 1,
    lambda xp, v, m, w: v[v > 0] + v[v > 0],
    lambda xp, v, m, w: v[v > 0] - (v * v)[v > 0],
    lambda xp, v, m, w: xp.sqrt(v[v > 0]) - v[v > 0].mean(),
    lambda xp, v, m, w: xp.where(v[v > 0] > 2, v[v > 0], -1),
    lambda xp, v, m, w: (m[m[:, 0] > 0] - m[m[:, 0] > 0].mean(axis=0)) / 2,
    lambda xp, v, m, w: v[v > 0] + v[v != 0][: len(v[v > 0])],
    lambda xp, v, m, w: v[v > 0][:, None] * v[v < 0],
    # forms
    lambda xp, v, m, w: v[v > 0].reshape(-1, 1),
    lambda xp, v, m, w: v[v > 0].reshape(1, len(v[v > 0])),
    lambda xp, v, m, w: m[m[:, 0] > 0].ravel(),
    lambda xp, v, m, w: m[m[:, 0] > 0].T,
    lambda xp, v, m, w: xp.stack([v[v > 0], v[v > 0] + 1]),
    lambda xp, v, m, w: xp.concatenate([v[v > 0], v, v[v < 0]]),
    lambda xp, v, m, w: xp.concatenate([m[m[:, 0] > 0], m]),
    lambda xp, v, m, w: xp.concatenate([m[m[:, 0] > 0], m[m[:, 0] > 0]], axis=1),
    lambda xp, v, m, w: xp.vstack([m[m[:, 0] > 0], m[:2]]),
    lambda xp, v, m, w: xp.hstack([v[v > 0], v[:3]]),
    lambda xp, v, m, w: xp.pad(v[v > 0], 2),
    lambda xp, v, m, w: xp.roll(v[v > 0], 3),
    lambda xp, v, m, w: xp.flip(v[v > 0]),
    lambda xp, v, m, w: xp.repeat(v[v > 0], 2),
    lambda xp, v, m, w: xp.tile(v[v > 0], 2),
    lambda xp, v, m, w: xp.insert(v[v > 0], 1, 99),
    lambda xp, v, m, w: xp.delete(v[v > 0], [0, 2]),
    lambda xp, v, m, w: xp.append(v[v > 0], [1.0, 2.0]),
    lambda xp, v, m, w: xp.split(v[v > 0], [3, 5])[1],
    lambda xp, v, m, w: xp.broadcast_to(v[v > 0], (2, len(v[v > 0]))),
    lambda xp, v, m, w: xp.diag(v[v > 2]),
    # reductions and scans
    lambda xp, v, m, w: v[v > 0].sum(),
    lambda xp, v, m, w: m[m[:, 0] > 0].mean(axis=0),
    lambda xp, v, m, w: m[m[:, 0] > 0].std(axis=1),
    lambda xp, v, m, w: v[v > 99].sum(),
    lambda xp, v, m, w: v[v > 0].argmax(),
    lambda xp, v, m, w: m[m[:, 0] > 0].argmin(axis=1),
    lambda xp, v, m, w: xp.cumsum(v[v > 0]),
    lambda xp, v, m, w: xp.diff(v[v > 0]),
    lambda xp, v, m, w: xp.gradient(v[v > 0]),
    lambda xp, v, m, w: xp.median(v[v > 0]),
    lambda xp, v, m, w: xp.percentile(v[v > 0], [5, 50]),
    lambda xp, v, m, w: xp.quantile(m[m[:, 0] > 0], 0.3, axis=0),
    lambda xp, v, m, w: xp.average(v[v > 0], weights=v[v > 0]),
    lambda xp, v, m, w: xp.cov(m[m[:, 0] > 0].T),
    lambda xp, v, m, w: xp.corrcoef(m[m[:, 0] > 0], rowvar=False),
    lambda xp, v, m, w: xp.histogram(v[v > 0], 4)[0],
    lambda xp, v, m, w: xp.bincount(v[v > 0].astype(int)),
    # order and sets
    lambda xp, v, m, w: xp.sort(v[v > 0]),
    lambda xp, v, m, w: xp.sort(m[m[:, 0] > 0], axis=0),
    lambda xp, v, m, w: xp.argsort(v[v > 0], kind="stable"),
    lambda xp, v, m, w: xp.unique(v[v > 0]),
    lambda xp, v, m, w: xp.unique(v[v > 0], return_counts=True)[1],
    lambda xp, v, m, w: xp.unique(v, return_inverse=True)[0][xp.unique(v, return_inverse=True)[1]],
    lambda xp, v, m, w: xp.unique(m > 0, axis=0),
    lambda xp, v, m, w: xp.unique(w)[xp.unique(w, return_counts=True)[1] > 3],
    lambda xp, v, m, w: xp.intersect1d(v, m) * 2,
    lambda xp, v, m, w: xp.searchsorted(xp.unique(v), v),
    lambda xp, v, m, w: xp.isin(v, v[v > 2]),
    lambda xp, v, m, w: xp.setdiff1d(v, v[v > 2])[:3],
    lambda xp, v, m, w: xp.argwhere(m > 2).sum(axis=0),
    lambda xp, v, m, w: xp.stack(xp.nonzero(m > 2)),
    lambda xp, v, m, w: xp.trim_zeros(xp.where(v > 3, v, 0)),
    # products
    lambda xp, v, m, w: v[v > 0] @ v[v > 0],
    lambda xp, v, m, w: m[m[:, 0] > 0] @ m[:5],
    lambda xp, v, m, w: m[m[:, 0] > 0].T @ m[m[:, 0] > 0],
    lambda xp, v, m, w: xp.tensordot(m[m[:, 0] > 0], m, axes=(1, 1)),
    lambda xp, v, m, w: xp.einsum("ij,ij->i", m[m[:, 0] > 0], m[m[:, 0] > 0]),
    lambda xp, v, m, w: xp.outer(v[v > 2], v[v < -2]),
    lambda xp, v, m, w: xp.linalg.norm(v[v > 0]),
    lambda xp, v, m, w: xp.linalg.lstsq(m[m[:, 0] > -99], v[:12], rcond=None)[0],
    lambda xp, v, m, w: xp.fft.fft(v[v > 0]),
]  # fmt: skip


def name_of(recipe):
    """The recipe as it is written."""
    return inspect.getsource(recipe).partition(": ")[2].strip().rstrip(",")


class Counting:
    """Sources that count how often each of their blocks is made."""

    def __init__(self):
        self.made = Counter()
        self.lock = Lock()

    def source(self, name, array):
        def count(block, block_id):
            with self.lock:
                self.made[name, block_id] += 1
            return block

        return lazily(array).map_blocks(count, dtype=array.dtype)


SELECTIONS = {"outer": 2, "v != 0": 2, "intersect1d": 2, "setdiff1d": 3}
"""Of how many selections the sizes are asked for, in recipes that ask for more than one."""


@pytest.mark.parametrize("recipe", RECIPES, ids=name_of)
def test_recipe(recipe):
    counting = Counting()
    ours = minidask.compute(recipe(da, *(counting.source(*each) for each in zip("vmw", (V, M, W)))))[0]
    selections = max((n for words, n in SELECTIONS.items() if words in name_of(recipe)), default=1)
    assert max(counting.made.values()) <= selections + 1  # once to count each, once to compute
    compare(ours, recipe(np, V, M, W))
    compare(recipe(da, *map(lazily, (V, M, W))), recipe(np, V, M, W))


@pytest.mark.parametrize("recipe", RECIPES[4:8], ids=name_of)
def test_blocks_of_which_nothing_is_left(recipe):
    lines = [np.where(np.arange(a.size).reshape(a.shape) < a.size // 2, -1, a) for a in (V, M)]
    compare(recipe(da, *map(lazily, (*lines, W))), recipe(np, *lines, W))


def test_counting_is_done_once(caplog):
    x = lazily(V * 2)  # equal work that is alive elsewhere may have been counted
    positive = x[x > 0]
    with caplog.at_level("INFO", logger="minidask.array"):
        assert len(positive) == positive.shape[0] == np.sum(V > 0)
        assert (positive + 1).shape == positive.shape
        assert da.sort(positive).shape == positive.shape
    assert sum("counting" in record.message for record in caplog.records) == 1


def test_counting_may_be_refused():
    x = lazily(V * 4)
    with minidask.config.set({"array.unknown-sizes": "raise"}):
        with pytest.raises(UnknownSizeError, match="depends on data; call compute_chunk_sizes"):
            _ = x[x > 0].shape
        assert x[x > 0].compute_chunk_sizes().shape == (np.sum(V > 0),)


def test_stores(tmp_path):
    pytest.importorskip("zarr")
    x = lazily(M)
    rows = x[x[:, 0] > 0]
    da.to_zarr(rows.rechunk(4), str(tmp_path / "a.zarr"))
    compare(da.from_zarr(str(tmp_path / "a.zarr")), M[M[:, 0] > 0])
    da.to_npy_stack(str(tmp_path / "stack"), rows)
    compare(da.from_npy_stack(str(tmp_path / "stack")), M[M[:, 0] > 0])
    target = np.zeros((int(np.sum(M[:, 0] > 0)), 5))
    da.store(rows, target)
    compare(da.from_array(target), M[M[:, 0] > 0])


def test_assignment():
    x, real = lazily(V), V[V > 0]
    positive = x[x > 0]
    positive[2:4] = 99
    positive[positive > 3] = -1
    real[2:4] = 99
    real[real > 3] = -1
    compare(positive, real)


def test_a_persons_functions():
    x = lazily(V)
    compare(x[x > 0].map_blocks(lambda block: block + 1), V[V > 0] + 1)
    compare(da.map_blocks(np.add, x[x > 0], x[x > 0]), V[V > 0] * 2)
    compare(da.apply_along_axis(np.sum, 0, x[x > 0]), V[V > 0].sum())


def test_matrices_of_diagonals_with_empty_blocks():
    for sizes in ((2, 0, 1), (0, 3), (0, 3, 0)):
        compare(da.diag(da.from_array(V[:3], chunks=(sizes,))), np.diag(V[:3]))
