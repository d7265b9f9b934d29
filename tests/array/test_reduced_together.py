"""Reductions of one array over the same axes are made by the same tasks."""

import numpy as np
import pytest

import minidask
import minidask.array as da
from minidask.array.nodes.reduced_together import Answer, Together
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq


class Counted:
    """An array that counts how often it is sliced."""

    def __init__(self, values):
        self.values = values
        self.shape, self.dtype, self.ndim = values.shape, values.dtype, values.ndim
        self.reads = 0

    def __getitem__(self, key):
        self.reads += 1
        return self.values[key]


def values(shape=(13, 17), seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def shared(*arrays):
    """The nodes that do several reductions at once."""
    return [n for n in topological(optimize([a.expr for a in arrays], until="needs")) if isinstance(n, Together)]


SEVERAL = [
    lambda x: (x.mean(axis=0), x.std(axis=0), x.var(axis=0, ddof=1), x.std(axis=0, keepdims=True)),
    lambda x: (x.sum(), x.max(), x.min(), x.mean()),
    lambda x: (np.nanmean(x, axis=1), np.nanstd(x, axis=1), x.any(axis=1)),
    lambda x: (x.mean(axis=0, where=x > 0), x.std(axis=0, where=x > 0)),
    lambda x: (x.mean(dtype="f4"), x.std(), x.sum(dtype="f4")),
    lambda x: ((x - x.mean(axis=0)) / x.std(axis=0),),
    lambda x: (((x - x.mean(axis=0)) / x.std(axis=0)).mean(), ((x - x.mean(axis=0)) / x.std(axis=0)).std()),
    lambda x: (x.argmax(axis=0), x.max(axis=0), x.argmin(axis=0)),
]


@pytest.mark.parametrize("several", SEVERAL)
@pytest.mark.parametrize("chunks", [(4, 5), (13, 17), (13, 6), (1, 17)])
def test_answers(several, chunks):
    x = values()
    for lazy, expected in zip(several(da.from_array(x, chunks=chunks)), several(x), strict=True):
        assert_eq(lazy, expected)
    together = minidask.compute(*several(da.from_array(x, chunks=chunks)))
    for made, expected in zip(together, several(x), strict=True):
        np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("dtype", ["i4", "?", "c16", "f2"])
def test_dtypes(dtype):
    x = (values() * 3).astype(dtype)
    lazy = da.from_array(x, chunks=(5, 6))
    made = minidask.compute(lazy.mean(axis=0), lazy.std(axis=0), lazy.sum(axis=0))
    for one, other in zip(made, (x.mean(axis=0), x.std(axis=0), x.sum(axis=0)), strict=True):
        np.testing.assert_allclose(one.astype("c16"), other.astype("c16"), rtol=1e-2 if dtype == "f2" else 1e-6)


def test_masked_arrays():
    x = np.ma.masked_less(values(), 0)
    lazy = da.from_array(x, chunks=(5, 6))
    made = minidask.compute(lazy.mean(axis=0), lazy.std(axis=0), lazy.max(axis=0))
    for one, other in zip(made, (x.mean(axis=0), x.std(axis=0), x.max(axis=0)), strict=True):
        np.testing.assert_array_equal(np.ma.getmaskarray(one), np.ma.getmaskarray(other))
        np.testing.assert_allclose(one, other)


def test_the_bits_are_those_of_each_alone():
    x = da.from_array(values((3000, 200)), chunks=(1500, 200))
    lazy = (x * 2).mean(axis=0), (x * 2).std(axis=0), x.mean(axis=0), x.std(axis=0), x.mean(), x.var()
    for together, alone in zip(minidask.compute(*lazy), lazy, strict=True):
        np.testing.assert_array_equal(together, alone.compute())


def test_a_source_is_read_once():
    source = Counted(values())
    x = da.from_array(source, chunks=(5, 17))
    chain = (x * 2 + 1) ** 2
    minidask.compute(chain.mean(axis=0), chain.std(axis=0), chain.max(axis=0), scheduler="synchronous")
    assert source.reads == 3


def test_partial_results_are_shared():
    x = da.from_array(values(), chunks=(5, 17))
    (mean_and_std,) = shared(x.mean(axis=0), x.std(axis=0))
    assert [how.name for how, _ in mean_and_std.rows] == ["std"]
    (with_more,) = shared(x.mean(axis=0), x.std(axis=0), x.max(axis=0))
    assert [how.name for how, _ in with_more.rows] == ["std", "max"]
    (apart,) = shared(x.mean(axis=0), x.std(axis=0, dtype="f4"))
    assert len(apart.rows) == 2


def test_others_are_left_alone():
    x = da.from_array(values(), chunks=(5, 17))
    assert shared(x.mean(axis=0), x.std(axis=1)) == []
    assert shared(x.mean(axis=0)) == []
    assert shared(x.mean(axis=1), x.std(axis=1)) == []  # in one block: NumPy's own
    assert shared(x.argmax(axis=0), x.max(axis=0)) == []
    assert shared(x.mean(axis=0), x.mean(axis=0, where=x > 0)) == []


def test_reductions_of_what_is_reduced():
    x = da.from_array(values(), chunks=(5, 6))
    y = (x - x.mean(axis=0)) / x.std(axis=0)
    found = shared(y.mean(axis=1), y.std(axis=1))
    assert len(found) == 2
    assert isinstance(found[1].source.args[1], Answer)
