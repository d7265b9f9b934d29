"""What the optimizer makes of expressions: names are compared."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
from minidask.expr.blocks import Physical
from minidask.expr.pipeline import optimize
from minidask.expr.rewrite import topological
from minidask.testing import assert_eq
from tests.strategies import pairs, shapes

A = np.arange(60.0).reshape(6, 10)


@pytest.fixture
def x():
    return da.from_array(A, chunks=(2, 3))


@pytest.fixture
def y():
    return da.from_array(A * 2, chunks=(2, 3))


@pytest.fixture
def mapped(tmp_path):
    np.save(tmp_path / "x.npy", A)
    return da.from_array(np.load(tmp_path / "x.npy", mmap_mode="r"), chunks=(2, 3))


def simplified(array):
    return optimize([array.expr], until="simplify")[0]


SAME = [
    (lambda x, y: x[1:5][1:3], lambda x, y: x[2:4]),
    (lambda x, y: x[::2][::-1], lambda x, y: x[4::-2]),
    (lambda x, y: x[1:][2], lambda x, y: x[3]),
    (lambda x, y: x[:, 3][2:4], lambda x, y: x[2:4, 3]),
    (lambda x, y: (x + y)[2:], lambda x, y: x[2:] + y[2:]),
    (lambda x, y: (x + 1)[2:, 4], lambda x, y: x[2:, 4] + 1),
    (lambda x, y: (x + y[0])[2], lambda x, y: x[2] + y[0]),
    (lambda x, y: (x + y[:1])[2:, 3:], lambda x, y: x[2:, 3:] + y[:1, 3:]),
    (lambda x, y: (x + y[:1])[2], lambda x, y: x[2] + y[0]),
    (lambda x, y: np.sin(x * 2)[::2, 1:], lambda x, y: np.sin(x[::2, 1:] * 2)),
    (lambda x, y: x.sum(axis=0)[2:4], lambda x, y: x[:, 2:4].sum(axis=0)),
    (lambda x, y: x[:, None][2:4], lambda x, y: x[2:4][:, None]),
    (lambda x, y: x.T[2:4], lambda x, y: x[:, 2:4].T),
    (lambda x, y: da.ones((6, 10), chunks=3)[2:, 1], lambda x, y: da.ones(4, chunks=((1, 3),))),
    (lambda x, y: x.rechunk(4), lambda x, y: da.from_array(A, chunks=4)),
    (lambda x, y: (x + 1).rechunk(4).rechunk(5), lambda x, y: (x + 1).rechunk(5)),
    (lambda x, y: (x + 1).rechunk(4).rechunk((2, 3)), lambda x, y: x + 1),
    (lambda x, y: (x + 1).rechunk(4), lambda x, y: x.rechunk(4) + 1),
    (lambda x, y: (x + da.ones(10)).rechunk(4), lambda x, y: x.rechunk(4) + da.ones(10, chunks=4)),
    (lambda x, y: (x + da.ones((6, 1))).rechunk(4), lambda x, y: x.rechunk(4) + da.ones((6, 1), chunks=(4, 1))),
    (lambda x, y: x.cumsum(0).rechunk(4)[1:5, 3:5], lambda x, y: x[:5, 3:5].cumsum(0)[1:].rechunk(((3, 1), (1, 1)))),
    (lambda x, y: x.cumsum(0).rechunk(4)[::-1], lambda x, y: x.cumsum(0)[::-1].rechunk(((2, 4), 4))),
    (lambda x, y: x.cumsum(0).rechunk(4).sum(), lambda x, y: x.cumsum(0).sum()),
    (lambda x, y: x.cumsum(0).rechunk(4).std(0), lambda x, y: x.cumsum(0).rechunk((2, 4)).std(0)),
    (lambda x, y: x.cumsum(0).rechunk((6, 1)).sum(0), lambda x, y: x.cumsum(0).sum(0).rechunk(1)),
    (lambda x, y: x.cumsum(0).rechunk(4).max(1), lambda x, y: x.cumsum(0).rechunk((4, 3)).max(1)),
    (lambda x, y: x.cumsum(0)[:, 2:4], lambda x, y: x[:, 2:4].cumsum(0)),
    (lambda x, y: x.cumsum(0)[:3, ::2], lambda x, y: x[:3, ::2].cumsum(0)),
    (lambda x, y: x.cumsum(0)[3:0:-1], lambda x, y: x[:4].cumsum(0)[3:0:-1]),
    (lambda x, y: x.cumsum(0)[-1], lambda x, y: x.sum(0)),
    (lambda x, y: x.cumprod(1)[1:4, 2], lambda x, y: x[1:4, :3].prod(1)),
    (lambda x, y: da.nancumsum(x, 0)[2, 4:], lambda x, y: da.nansum(x[:3, 4:], 0)),
    (lambda x, y: np.maximum.accumulate(x, 1)[:, 4], lambda x, y: x[:, :5].max(1)),
    (lambda x, y: x.sum(axis=1)[2], lambda x, y: x[2].sum(axis=0)),
    (lambda x, y: x.sum(axis=1, keepdims=True)[2:4], lambda x, y: x[2:4].sum(axis=1, keepdims=True)),
    (lambda x, y: x.max(axis=0)[::3], lambda x, y: x[:, ::3].max(axis=0)),
    (lambda x, y: x.argmin(axis=0)[4], lambda x, y: x[:, 4].argmin(axis=0)),
    (lambda x, y: x.sum(axis=1, where=y[0] > 3)[2], lambda x, y: x[2].sum(axis=0, where=y[0] > 3)),
    (lambda x, y: x.T[3], lambda x, y: x[:, 3]),
    (lambda x, y: (x.T + 1)[2:4, 1], lambda x, y: x[1, 2:4] + 1),
    (lambda x, y: x[:, None][2], lambda x, y: x[2][None]),
    (lambda x, y: x[:, None][:, 0], lambda x, y: x),
    (lambda x, y: x[:1].squeeze(0)[2:7], lambda x, y: x[0:1, 2:7].squeeze(0)),
    (lambda x, y: da.concatenate([x, y])[7], lambda x, y: y[1]),
    (lambda x, y: da.concatenate([x, y])[1:4, 2], lambda x, y: x[1:4, 2]),
    (lambda x, y: da.concatenate([x, y])[::-2], lambda x, y: da.concatenate([y[::-2], x[::-2]])),
    (lambda x, y: da.concatenate([x, y], 1)[4, 8:12], lambda x, y: da.concatenate([x[4, 8:], y[4, :2]])),
    (lambda x, y: da.concatenate([x, y + 1], 1)[2:4], lambda x, y: da.concatenate([x[2:4], y[2:4] + 1], 1)),
    (lambda x, y: da.stack([x, y])[1], lambda x, y: y),
    (lambda x, y: da.stack([x, y], 1)[2, :, 3:5], lambda x, y: da.stack([x[2, 3:5], y[2, 3:5]])),
    (lambda x, y: da.broadcast_to(x, (4, 6, 10))[2, 1:3], lambda x, y: x[1:3]),
    (lambda x, y: da.broadcast_to(x, (4, 6, 10))[:2, 3], lambda x, y: da.broadcast_to(x[3], (2, 10))),
    (lambda x, y: da.broadcast_to(x[:1], (4, 10))[1:3, 5:], lambda x, y: da.broadcast_to(x[:1, 5:], (2, 5))),
    (lambda x, y: x.reshape(2, 3, 10)[..., 1:3], lambda x, y: x[:, 1:3].reshape(2, 3, 2)),
    (lambda x, y: x.reshape(2, 3, 10)[..., 4], lambda x, y: x[:, 4].reshape(2, 3)),
    (lambda x, y: x.T.rechunk((5, 4)), lambda x, y: x.rechunk((4, 5)).T),
    (lambda x, y: (x.T + 1).rechunk((5, 4)), lambda x, y: x.rechunk((4, 5)).T + 1),
    (lambda x, y: da.zeros((4, 4), chunks=2).rechunk(3), lambda x, y: da.zeros((4, 4), chunks=3)),
]


@pytest.mark.parametrize(("written", "expected"), SAME)
def test_same(written, expected, x, y):
    assert simplified(written(x, y)) is simplified(expected(x, y))
    assert simplified(expected(x, y)).name == simplified(written(x, y)).name
    assert_eq(written(x, y), expected(x, y))


def test_places_are_told_of_the_blocks_there_are(x):
    written = x.cumsum(0).rechunk(4)
    assert simplified(written.argmax()) is written.argmax().expr
    assert_eq(written.argmax(0), A.cumsum(0).argmax(0))
    assert_eq(written.sum(where=x > 3), A.cumsum(0).sum(where=A > 3))


def test_slices_go_into_files(mapped):
    found = simplified((mapped + 1)[2:, 4])
    (source,) = found.children
    assert source.region == (range(2, 6), 4)
    assert_eq((mapped + 1)[2:, 4], (A + 1)[2:, 4])
    assert_eq(mapped[1::2][1:][:, 2:8:3], A[1::2][1:][:, 2:8:3])
    assert_eq(mapped[::-1], A[::-1])


def test_mapped_files_are_cut_as_one_likes(mapped):
    assert not simplified(mapped.rechunk(5)).children
    assert_eq(mapped.rechunk(5), A)


def test_what_others_need_too_is_not_sliced_first(x):
    total = x + 1
    both = optimize([total[2:].expr, total.sum().expr], until="simplify")
    assert both[0].source is total.expr


def test_only_physical_nodes_are_left(x, y):
    value = (x[x > 3] * 2).sum() + x.T[::2].rechunk(3)[0, [1, 2]].mean() + da.where(x > y, x, 0).std(axis=0).max()
    roots = optimize([value.expr], until="lower")
    assert all(isinstance(node, Physical) for node in topological(roots))


def test_only_blocks_of_which_something_is_taken_are_made(x):
    read = []

    class Source:
        shape, dtype, ndim = A.shape, A.dtype, 2

        def __getitem__(self, key):
            read.append(key)
            return A[key]

    source = da.from_array(Source(), chunks=(2, 3))
    assert ((source + 1).rechunk(2)[3:4, 5]).compute(scheduler="sync") == A[3, 5] + 1
    assert len(read) == 1
    read.clear()
    assert source.blocks[1].sum().compute(scheduler="sync") == A[2:4].sum()
    assert len(read) == 4


@pytest.mark.parametrize("n", [1000])
def test_long_chains(n):
    x = y = da.ones(10, chunks=5)
    for _ in range(n):
        y = y + 1
    assert_eq(y[3:], np.full(7, n + 1.0))
    assert x.sum().compute() == 10


def test_thousands_of_steps_that_slices_are_moved_through():
    real = np.arange(6.0).reshape(2, 3)
    x = da.from_array(real, chunks=(1, 2))
    steps = [lambda v: v.T, lambda v: v[::-1], lambda v: -v]
    for i in range(3_000):
        real, x = steps[i % 3](real), steps[i % 3](x)
    assert_eq(x, real)


STEPS = [
    lambda xp, v: v.T,
    lambda xp, v: v[None],
    lambda xp, v: v[:1].squeeze(0) if v.ndim > 1 and v.shape[0] else v,
    lambda xp, v: xp.concatenate([v, -v], axis=v.ndim - 1),
    lambda xp, v: xp.stack([v, v + 1], axis=v.ndim // 2),
    lambda xp, v: xp.broadcast_to(v, (3, *v.shape)),
    lambda xp, v: v.reshape(v.shape[0] * v.shape[1], *v.shape[2:]) if v.ndim > 1 else v,
    lambda xp, v: v.reshape(*v.shape[:-1], 2, v.shape[-1] // 2) if v.shape[-1] % 2 == 0 else v,
    lambda xp, v: v.sum(axis=0) if v.ndim > 1 else v,
    lambda xp, v: v.max(axis=-1, keepdims=True, initial=-5),
    lambda xp, v: xp.cumsum(v, axis=0),
    lambda xp, v: v[::-1],
    lambda xp, v: v * 2,
]
PLACES = st.one_of(st.slices(4), st.integers(0, 20))


@given(
    pairs(shapes(min_dims=1, max_dims=3, max_side=5), dtypes=["i8"]),
    st.lists(st.sampled_from(STEPS), max_size=4),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_slices_of_anything(pair, steps, data):
    real, lazy = pair.real, pair.lazy
    for step in steps:
        real, lazy = step(np, real), step(da, lazy)
    places = [data.draw(PLACES) for _ in range(data.draw(st.integers(1, real.ndim)))]
    key = tuple(p if isinstance(p, slice) else p % n if n else slice(None) for p, n in zip(places, real.shape))
    assert_eq(lazy[key], real[key])
