"""Numbers shared out to buckets are those that there were, each in its bucket; what blocks take of them is in order."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import minidask.array as da
import minidask.array.nodes.bucketed as bucketed
import minidask.kernels.buckets as buckets
import minidask.kernels.compiled as compiled
from minidask.kernels.buckets import Buckets, constant, merged, parts_of, pivots_of, plan_of, sample_of, share_out


def edges(kind):
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        top = np.finfo(dtype).max
        return np.array([0.0, -0.0, np.inf, -np.inf, np.nan, top, -top, 1, -1, np.finfo(dtype).tiny], dtype)
    info = np.iinfo(dtype)
    return np.array([0, 1, 2, info.min, info.max, info.max - 1, info.min + 1, 7, 8, 9], dtype)


def many(kind, size, common, seed):
    """Random numbers, of which a share are one of those at the edges."""
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=size) * 1e9).astype("i8").astype(kind)
    return np.where(rng.random(size) < common, rng.choice(edges(kind), size), values)


def in_order(blocks, levels, drawn=50):
    """The blocks of the sorted array."""
    pivots = pivots_of([sample_of(block, drawn, seed) for seed, block in enumerate(blocks)], levels)
    assert len(pivots) == 2**levels - 1
    assert (pivots[1:] >= pivots[:-1]).all()
    shared = [share_out(block, pivots) for block in blocks]
    plan = plan_of([share.ends for share in shared], pivots)
    return [merged(parts) for parts in zip(*[parts_of(share, plan, i) for i, share in enumerate(shared)])]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(buckets.KINDS),
    st.lists(st.integers(0, 80), min_size=1, max_size=6),
    st.sampled_from([0, 0.3, 1]),
    st.integers(1, 6),
    st.integers(0, 5),
)
def test_as_numpy(kind, sizes, common, levels, seed):
    blocks = [many(kind, size, common, seed + i) for i, size in enumerate(sizes)]
    found = in_order(blocks, levels)
    assert [len(block) for block in found] == sizes
    np.testing.assert_array_equal(np.concatenate(found), np.sort(np.concatenate(blocks)))


@pytest.mark.parametrize("value", [0.0, np.inf, -np.inf, np.nan, 5.0])
def test_common_values_are_cut_between_blocks(value):
    blocks = [np.where(np.arange(2_000) % 10 < 8, value, many("f8", 2_000, 0, seed)) for seed in range(5)]
    pivots = pivots_of([sample_of(block, 500, seed) for seed, block in enumerate(blocks)], 5)
    shared = [share_out(block, pivots) for block in blocks]
    plan = plan_of([share.ends for share in shared], pivots)
    taken = (plan.stops - plan.starts).sum(axis=0)
    assert (taken < 3_000).all()
    np.testing.assert_array_equal(np.concatenate(in_order(blocks, 5, 500)), np.sort(np.concatenate(blocks)))


@pytest.mark.parametrize("kind", buckets.KINDS)
def test_buckets_of_equal_numbers(kind):
    values = np.unique(edges(kind)[~np.isnan(edges(kind))])
    pivots = np.sort(np.concatenate([values, buckets._next(values)]))[:15]
    shared = share_out(np.repeat(edges(kind), 3), pivots)
    starts = np.append(0, shared.ends[:-1])
    for alike, start, end in zip(constant(pivots), starts, shared.ends):
        found = shared.values[start:end]
        assert not alike or len(np.unique(found)) <= 1


@pytest.mark.parametrize("kind", ["float32", "int64"])
def test_compiled(kind, tmp_path, monkeypatch):
    pytest.importorskip("numba")
    values = many(kind, 1_003, 0.3, 1)
    pivots = pivots_of([sample_of(values, 200, 0)], 5)
    expected = share_out(values, pivots)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiled, "WORK", 0)
    monkeypatch.setattr(compiled, "_entries", {})
    share_out(values, pivots)
    compiled.wait()
    monkeypatch.setattr(buckets, "_sorted", lambda *_: pytest.fail("not compiled"))
    read_only = values.copy()
    read_only.flags.writeable = False
    for block in (values, read_only, np.repeat(values, 2)[::2]):
        found = share_out(block, pivots)
        np.testing.assert_array_equal(found.ends, expected.ends)
        starts = np.append(0, found.ends[:-1])
        ordered = [np.sort(found.values[start:end]) for start, end in zip(starts, found.ends)]
        np.testing.assert_array_equal(np.concatenate(ordered), expected.values)


def test_nothing_but_nan():
    assert len(pivots_of([sample_of(np.full(9, np.nan), 5, 0)], 3)) == 7
    shared = share_out(np.full(3, np.nan), np.zeros(7))
    assert isinstance(shared, Buckets)
    assert shared.ends.tolist() == [0] * 8 + [3]
    np.testing.assert_array_equal(da.sort(da.full(9, np.nan, chunks=2)), np.full(9, np.nan))


def test_more_blocks_than_buckets_serve(monkeypatch):
    values = np.random.default_rng(0).random(120)
    x = da.from_array(values, chunks=20)
    buckets_used = da.sort(x).compute()
    monkeypatch.setattr(bucketed, "_MOST_BLOCKS", 5)
    np.testing.assert_array_equal(da.sort(x.copy()).compute(), buckets_used)
