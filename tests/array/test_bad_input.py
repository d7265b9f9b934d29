"""Wrong input, a line a case: an error at the call, of the type of NumPy's.

The lines are evaluated with `xp` for NumPy, then for ours; `v` is a line of 6 numbers, `m` a matrix of 4 x 3.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidask.array as da
from tests.tables import lazily

V = np.arange(6.0)
M = np.arange(12.0).reshape(4, 3)
KNOWN = {"np": np, "I": np.arange(6), "D": np.array(["2020-01-01"], "M8[D]")}

CREATION = """
xp.zeros(-1)
xp.ones((2, -3))
xp.full((2, -3), 1)
xp.empty("a")
xp.zeros(3, dtype="nonsense")
xp.zeros(2.5)
xp.ones((2, 2.5))
xp.arange(0, 5, 0)
xp.arange()
xp.linspace(0, 1, -1)
xp.linspace(0, 1, 2.5)
xp.eye(-1)
xp.eye(3, k=1.5)
xp.identity("x")
xp.full((2,), "a", dtype=float)
xp.arange(float("nan"))
xp.arange(float("inf"))
xp.indices((2, -1))
xp.fromfunction(lambda i: i, (-2,))
xp.meshgrid(v, v, indexing="zz")
xp.logspace(0, 1, -2)
xp.geomspace(0, 1, 4)
xp.full_like(v, 1, shape=(-1,))
xp.zeros_like(v, dtype="zz")
xp.vander(m)
xp.diag(xp.ones((2, 2, 2)))
xp.diagonal(v)
xp.diagonal(m, axis1=0, axis2=0)
xp.diagonal(m, axis1=0, axis2=5)
xp.trace(v)
xp.tril_indices("a")
"""


ELEMENTS = """
v + m[:, 0]
m + v
v * m.T[:, :3]
xp.add(v, m)
xp.where(v > 2, m, 0)
xp.where(v > 2, 1)
xp.logical_and(v, m)
v & v
~v
v << 1
xp.bitwise_and(v, 1)
xp.sin("a")
xp.add(v)
xp.add(v, v, v, v)
xp.add(v, v, dtype="i4")
xp.sin(v, casting="zz")
xp.sin(v, nonsense=1)
xp.clip(v, m, None)
v.astype("zz")
v.astype("i4", casting="safe")
v.astype(int, casting="zz")
v[:5].view("c16")
xp.round(v, "a")
xp.add.reduce(v, axis=3)
xp.add.accumulate(v, axis=1)
xp.add.reduceat(v, [9])
v + "a"
v + D[0]
xp.broadcast_to(v, (6, 2))
xp.broadcast_to(m, (3,))
xp.broadcast_arrays(v, m)
xp.broadcast_shapes((2, 3), (4,))
xp.nan_to_num(v, nan="q")
xp.interp(v, m, m)
xp.interp(v, v, v[:3])
xp.piecewise(v, [v > 1], [1, 2, 3])
xp.select([v > 1], [1, 2])
xp.select([], [])
xp.heaviside(v, m)
xp.ldexp(v, v)
xp.isclose(v, m)
xp.digitize(v, [3, 1, 2])
xp.matmul(v, 1)
"""


REDUCTIONS = """
v.sum(axis=1)
m.sum(axis=(0, 0))
m.mean(axis=2)
m.mean(axis=-3)
m.sum(axis="a")
m.sum(axis=1.5)
m.max(axis=9)
v.argmax(axis=1)
m.argmin(axis=3)
v[:0].max()
v[:0].argmax()
m[:0].min(axis=0)
xp.ptp(m, axis=4)
xp.median(m, axis=2)
xp.percentile(v, 101)
xp.percentile(v, -1)
xp.quantile(v, 1.5)
xp.quantile(v, 0.5, method="zz")
xp.quantile(v, 0.5, axis=1)
xp.nanquantile(v, 2)
xp.nanpercentile(v, 50, method="a")
xp.average(v, weights=m)
xp.average(m, weights=[1, 2])
xp.average(m, axis=5)
xp.var(v, axis=1)
xp.std(m, ddof="a")
xp.cumsum(m, axis=2)
xp.cumprod(m, axis=-3)
xp.nancumsum(m, axis=7)
xp.diff(v, n=-1)
xp.diff(v, axis=1)
xp.gradient(v[:1])
xp.gradient(m, 1, 2, 3)
xp.gradient(v, axis=1)
xp.gradient(v, edge_order=3)
xp.histogram(v, bins=0)
xp.histogram(v, bins=-1)
xp.histogram(v, bins=[3, 1])
xp.histogram(v, range=(2, 1), bins=3)
xp.histogram(v, 3, (0, 1), weights=v[:2])
xp.histogram(v, bins="zz")
xp.histogram2d(v, v[:3])
xp.histogramdd(m, bins=(2, 2))
xp.bincount(v)
xp.bincount(m.astype(int))
xp.bincount(I, minlength=-1)
xp.bincount(I, weights=[1])
xp.cov(xp.ones((2, 2, 2)))
xp.cov(v, ddof=1.5)
xp.corrcoef(v, v[:3])
xp.all(m, axis=3)
xp.any(m, axis=(0, 2))
xp.count_nonzero(m, axis=3)
xp.nanmax(m, axis=2)
xp.nanargmax(v, axis=2)
xp.sum(v, initial="a")
xp.sum(v, where=[True] * 5)
xp.max(v, where=v > 1)
v.sum(dtype="zz")
xp.trapezoid(v, axis=2)
xp.median(v, axis=(0, 0))
"""


INDEXING = """
v[6]
v[-7]
m[0, 0, 0]
m[..., ...]
v["a"]
v[1.5]
v[[0, 9]]
v[[-7]]
m[[0, 1], [0, 1, 2]]
v[[True] * 5]
m[[True, False]]
v[::0]
v[[1.5]]
m[:, 5]
m[np.ones((4, 4), bool)]
xp.take(v, [9])
xp.take(m, [1], axis=2)
xp.take(v, [1], mode="zz")
xp.compress([1] * 9, v)
xp.take_along_axis(m, I, axis=0)
xp.take_along_axis(m, np.zeros((1, 1)), axis=0)
xp.take_along_axis(m, np.zeros((4, 3), int), axis=2)
v.__setitem__(9, 1)
v.__setitem__(slice(0, 3), [1, 2])
m.__setitem__((0, 0, 0), 1)
v.__setitem__([0, 1], [1, 2, 3])
v.__setitem__(v > 1, [1, 2, 3, 4, 5, 6, 7])
v.__setitem__(0, "a")
xp.put_along_axis(m, I, 1, 0)
xp.unravel_index(99, (2, 3))
xp.searchsorted(m, 1)
xp.searchsorted(v, 1, side="zz")
v.item()
v.item(99)
int(v)
bool(v)
float(m)
range(10)[v]
iter(v[0])
len(v.sum())
"""


FORMS = """
v.reshape(4)
v.reshape(-1, -1)
v.reshape(4, -1)
v.reshape("a")
v.reshape(6, order="Z")
xp.transpose(m, (0, 0))
xp.transpose(m, (0,))
xp.transpose(m, (0, 5))
xp.swapaxes(m, 0, 4)
xp.moveaxis(m, 0, 4)
xp.moveaxis(m, [0, 1], [0])
xp.rollaxis(m, 5)
xp.squeeze(m, axis=0)
xp.squeeze(m, axis=5)
xp.expand_dims(m, 5)
xp.expand_dims(m, (0, 0))
xp.concatenate([])
xp.concatenate([v, m])
xp.concatenate([m, m[:, :2]])
xp.concatenate([v, v], axis=1)
xp.stack([v, v[:3]])
xp.stack([])
xp.stack([v, v], axis=4)
xp.vstack([v, v[:2]])
xp.hstack([v, m])
xp.dstack([m, m[:2]])
xp.column_stack([v, v[:2]])
xp.block([[v, v], [v]])
xp.block([v, [v]])
xp.split(v, 4)
xp.split(v, 0)
xp.array_split(v, 0)
xp.split(v, 2, axis=1)
xp.hsplit(v.sum(), 2)
xp.vsplit(v, 2)
xp.dsplit(m, 2)
xp.tile(v, -1)
xp.repeat(v, -1)
xp.repeat(v, [1, 2])
xp.repeat(v, 2, axis=1)
xp.flip(v, 1)
xp.fliplr(v)
xp.rot90(v)
xp.rot90(m, axes=(0, 0))
xp.rot90(m, axes=(0, 3))
xp.roll(v, 1, axis=1)
xp.roll(m, (1, 2), axis=(0, 1, 0))
xp.pad(v, -1)
xp.pad(v, 1, mode="zz")
xp.pad(v, (1, 2, 3))
xp.pad(v, 1.5)
xp.pad(v, 1, nonsense=2)
xp.pad(v[:0], 1, mode="edge")
xp.insert(v, 9, 1)
xp.insert(v, 1, 1, axis=2)
xp.delete(v, 9)
xp.delete(v, 1, axis=3)
xp.append(m, [1, 2], axis=0)
xp.resize(v, (-1,))
xp.unstack(v, axis=3)
v.squeeze(0)
xp.sort(m, axis=3)
xp.sort(v, kind="zz")
xp.argsort(v, axis=1)
xp.sort(v, order="a")
xp.partition(v, 9)
xp.argpartition(v, 9)
xp.unique(m, axis=3)
xp.lexsort((v, v[:2]))
xp.isin()
xp.isin(v, v, kind="zz")
xp.union1d(v)
xp.ediff1d(v, to_end="a")
xp.apply_along_axis(np.sum, 2, m)
xp.apply_over_axes(np.sum, m, [4])
xp.convolve(v, v, mode="zz")
xp.convolve(m, v)
xp.correlate(v, v[:0])
xp.lib.stride_tricks.sliding_window_view(v, 9)
xp.lib.stride_tricks.sliding_window_view(v, -1)
xp.lib.stride_tricks.sliding_window_view(m, 2)
"""


MATRICES = """
v @ m
m @ m
xp.dot(m, m)
xp.dot(v, v[:2])
xp.vdot(v, m)
xp.inner(v, m)
xp.tensordot(m, m, axes=((0,), (1,)))
xp.einsum("ij,jk", m, m)
xp.einsum("ij->k", m)
xp.einsum("ijk", m)
xp.einsum("ij,ij", m)
xp.einsum("i1", m)
xp.cross(xp.ones((2, 5)), xp.ones((2, 5)))
xp.kron()
xp.linalg.inv(m)
xp.linalg.inv(v)
xp.linalg.solve(m, m)
xp.linalg.solve(m[:3], v)
xp.linalg.cholesky(m)
xp.linalg.det(m)
xp.linalg.slogdet(v)
xp.linalg.qr(v)
xp.linalg.qr(m, mode="zz")
xp.linalg.svd(v)
xp.linalg.eigh(m)
xp.linalg.eigh(m[:3], UPLO="X")
xp.linalg.eig(v)
xp.linalg.eigvals(m)
xp.linalg.eigvalsh(m)
xp.linalg.norm(m, ord="zz")
xp.linalg.norm(v, ord="fro")
xp.linalg.norm(m, axis=(0, 1, 2))
xp.linalg.norm(m, axis=4)
xp.linalg.norm(m, ord=3, axis=(0, 1))
xp.linalg.lstsq(m, v, rcond=None)
xp.linalg.lstsq(v, v, rcond=None)
xp.linalg.pinv(v)
xp.linalg.matrix_power(m, 2)
xp.linalg.matrix_power(m[:3], 1.5)
xp.linalg.multi_dot([m, m])
xp.linalg.multi_dot([m])
xp.linalg.tensorinv(m)
xp.linalg.cond(m[:3], p="zz")
xp.linalg.matrix_rank()
xp.linalg.vecdot(v, v[:2])
xp.linalg.cross(v, v)
xp.linalg.vector_norm(v, axis=2)
xp.linalg.matrix_norm(v)
xp.linalg.diagonal(v)
xp.linalg.trace(v)
xp.vecdot(v, m)
xp.outer(v)
"""


TRANSFORMS = """
xp.fft.fft(v, axis=1)
xp.fft.fft(v, n=0)
xp.fft.fft(v, n=-1)
xp.fft.fft(v, norm="zz")
xp.fft.fft2(v)
xp.fft.fftn(m, axes=(0, 5))
xp.fft.fftn(m, s=(1,), axes=(0, 1))
xp.fft.rfft(v + 1j)
xp.fft.irfft(v, n=0)
xp.fft.fftshift(v, axes=3)
xp.fft.fft(v[:0])
xp.fft.hfft(v, axis=3)
xp.fft.rfftn(m, axes=(3,))
xp.fft.fft(xp.asarray(W))
"""


RANDOM = """
xp.random.default_rng(1).normal(size=-1)
xp.random.default_rng(1).normal(scale=-1, size=3)
xp.random.default_rng(1).integers(5, 2, size=3)
xp.random.default_rng(1).integers(0, 300, size=3, dtype="u1")
xp.random.default_rng(1).random(3, dtype="i4")
xp.random.default_rng(1).choice(5, 9, replace=False)
xp.random.default_rng(1).choice(5, 3, p=[1, 2])
xp.random.default_rng(1).choice(2, 3, p=[0.1, 0.2])
xp.random.default_rng(1).choice(-1)
xp.random.default_rng(1).poisson(-1, size=3)
xp.random.default_rng(1).binomial(-1, 0.5, size=3)
xp.random.default_rng(1).binomial(3, 1.5, size=3)
xp.random.default_rng(1).uniform(0, float("inf"), size=3)
xp.random.default_rng(-1)
xp.random.default_rng("a")
xp.random.default_rng(1).beta(-1, 1, size=2)
xp.random.default_rng(1).gamma(-1, size=2)
xp.random.default_rng(1).normal([1, 2], size=(3,))
xp.random.default_rng(1).exponential(-1, size=2)
xp.random.default_rng(1).permutation("a")
xp.random.default_rng(1).dirichlet([-1, 1], size=2)
xp.random.default_rng(1).nonsense()
xp.random.RandomState(-1)
xp.random.randint(5, 2, size=3)
xp.random.seed("a")
xp.random.default_rng(1).zipf(0.5, size=2)
xp.random.default_rng(1).geometric(2, size=2)
xp.random.default_rng(1).triangular(3, 2, 1, size=2)
xp.random.default_rng(1).multivariate_normal([1, 2], [[1]])
xp.random.default_rng(1).shuffle(v, axis=2)
xp.random.default_rng(1).hypergeometric(-1, 2, 3, size=2)
xp.random.default_rng(1).normal(size="a")
xp.random.default_rng(1).normal(size=2.5)
xp.random.default_rng(1).standard_t(-1, size=2)
"""


OTHERS = """
xp.polyfit(v, v[:2], 1)
xp.polyfit(v, v, -1)
xp.polyval()
xp.unwrap(v, axis=1)
xp.nan_to_num()
xp.array_equal(v)
xp.astype(v, "zz")
xp.load("/nonexistent.npy")
xp.fromfile("/nonexistent")
xp.memmap("/nonexistent", mode="r")
xp.loadtxt("/nonexistent")
xp.frombuffer(b"abc", dtype="f8")
xp.save("/nonexistent/a.npy", v)
xp.ma.masked_where(v > 1, m)
xp.vectorize(lambda a, b: a)(v)
xp.cumulative_sum(m)
xp.permute_dims(m, (0,))
xp.matrix_transpose(v)
xp.fill_diagonal(v, 1)
xp.result_type(v, "zz")
xp.trim_zeros(v, "zz")
xp.i0("a")
v.sort(axis=3)
v.choose([1, 2])
v.nonsense
v.dot(m)
v.repeat([1, 2, 3])
v.swapaxes(0, 1)
v.transpose(1)
v.view("zz")
m.diagonal(axis1=4)
v.compress([1] * 8)
v.take([7])
v.std(axis=2)
v.fill("a")
"""

LINES = [CREATION, ELEMENTS, REDUCTIONS, INDEXING, FORMS, MATRICES, TRANSFORMS, RANDOM, OTHERS]


def error_of(line: str, xp: Any, v: Any, m: Any) -> BaseException | None:
    """What evaluating a line raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(line, {**KNOWN, "xp": xp, "v": v, "m": m})
        except Exception as error:
            return error
    return None


@pytest.mark.parametrize("line", [line for text in LINES for line in text.strip().splitlines()])
def test_an_error_at_the_call(line: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    theirs = error_of(line, np, V.copy(), M.copy())
    ours = error_of(line, da, lazily(V), lazily(M))
    assert ours is not None
    if theirs is not None:  # some versions of NumPy are more patient
        assert isinstance(ours, type(theirs)) or isinstance(theirs, type(ours)), (ours, theirs)
    assert not list(tmp_path.iterdir())
