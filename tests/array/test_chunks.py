"""Chunk arithmetic."""

from __future__ import annotations

from itertools import accumulate
from math import prod

import hypothesis.strategies as st
import pytest
from hypothesis import given

import minidask
import minidask.array as da
from minidask.array.chunks import even, normalize_chunks, offsets, overlap, refine, sliced
from tests.strategies import chunks, shapes, sizes

ROWS = [
    (2, (5, 4), ((2, 2, 1), (2, 2))),
    ((2, -1), (5, 4), ((2, 2, 1), (4,))),
    ((2, None), (5, 4), ((2, 2, 1), (4,))),
    (-1, (5, 4), ((5,), (4,))),
    ({0: 3}, (5, 4), ((3, 2), (4,))),
    ({-1: 3}, (5, 4), ((5,), (3, 1))),
    (((2, 3), 4), (5, 4), ((2, 3), (4,))),
    (((2, 3), (4,)), (5, 4), ((2, 3), (4,))),
    ([2, 2], (5, 4), ((2, 2, 1), (2, 2))),
    ((2, 3), (5,), ((2, 3),)),
    ((2,), (5,), ((2, 2, 1),)),
    (10, (5,), ((5,),)),
    (3, (0,), ((0,),)),
    (2.0, (4,), ((2, 2),)),
    ((), (), ()),
    ("auto", (), ()),
    ("auto", (5, 4), ((5,), (4,))),
    ("64B", (4, 4), ((2, 2), (4,))),
    (("64B", -1), (4, 4), ((2, 2), (4,))),
    ((1, "64B"), (2, 16), ((1, 1), (8, 8))),
]


@pytest.mark.parametrize(("wish", "shape", "expected"), ROWS)
def test_wishes(wish, shape, expected):
    assert normalize_chunks(wish, shape, dtype="f8") == expected


@pytest.mark.parametrize(
    ("wish", "shape", "error"),
    [
        ((2, 2), (5, 4, 3), ValueError),
        ({3: 2}, (5, 4), ValueError),
        ({-3: 2}, (5, 4), ValueError),
        ({"a": 2}, (5, 4), TypeError),
        ({1.0: 2}, (5, 4), TypeError),
        (((2, 2), 4), (5, 4), ValueError),
        (0, (5,), ValueError),
        (-2, (5,), ValueError),
        (2.5, (5,), TypeError),
        ("12 apples", (5,), ValueError),
    ],
)
def test_wishes_that_do_not_fit(wish, shape, error):
    with pytest.raises(error):
        normalize_chunks(wish, shape, dtype="f8")
    with pytest.raises(error):
        da.ones(shape).rechunk(wish)


def test_without_shape_or_dtype():
    assert normalize_chunks(((2, 3), (4,))) == ((2, 3), (4,))
    with pytest.raises(ValueError, match="without a shape"):
        normalize_chunks((2, 3))
    with pytest.raises(TypeError, match="dtype"):
        normalize_chunks("auto", (5,))


def test_the_option_limits_auto():
    with minidask.config.set({"array.chunk-size": "800 B"}):
        assert normalize_chunks("auto", (200,), dtype="f8") == ((100, 100),)


def test_auto_keeps_to_whole_chunks_of_the_source():
    found = normalize_chunks("auto", (1000,), limit=8 * 130, dtype="f8", previous_chunks=((30,) * 33 + (10,),))
    assert found == ((120,) * 8 + (40,),)


@given(shapes(max_dims=4, max_side=500), st.integers(1, 10_000))
def test_auto_fits_and_is_not_small(shape, limit):
    found = normalize_chunks("auto", shape, limit=limit, dtype="i1")
    assert tuple(map(sum, found)) == shape
    largest = prod(max(s) for s in found)
    assert largest <= limit
    if all(n > 1 for n in shape) and prod(shape) > limit:
        assert largest * 2 ** (len(shape) + 1) >= limit


@given(st.integers(0, 1000), st.integers(1, 100))
def test_even(size, most):
    found = even(size, most)
    assert sum(found) == size
    assert max(found) <= most
    assert len(found) == max(1, -(-size // most))


@given(st.integers(0, 20).flatmap(lambda n: st.lists(sizes(n), min_size=1, max_size=3)))
def test_refine_cuts_wherever_one_is_cut(axes):
    found = refine(axes)
    assert sum(found) == sum(axes[0])
    assert set(accumulate(found)) >= {c for axis in axes for c in accumulate(axis)} - {0}


@given(st.integers(0, 20).flatmap(lambda n: st.tuples(sizes(n), sizes(n))))
def test_overlap_covers_new_blocks(axes):
    old, new = axes
    found = overlap(old, new)
    for start, stop, (first, last) in zip(found.starts, found.stops, zip(found.new, found.new[1:]), strict=True):
        assert 0 <= start < stop <= len(old)
        assert first == last or (found.old[start] <= first and found.old[stop] >= last)


@given(st.data())
def test_sliced_takes_what_a_range_takes(data):
    axis = data.draw(st.integers(0, 20).flatmap(sizes))
    places = range(sum(axis))[data.draw(st.slices(sum(axis)))]
    found, starts = sliced(axis, places), offsets(axis)
    taken = [list(range(starts[k], starts[k + 1])[cut]) for k, cut in zip(found.picks, found.cuts)]
    assert [i for block in taken for i in block] == list(places)
    assert tuple(map(len, taken)) == found.sizes


@given(shapes().flatmap(chunks))
def test_chunks_stand_for_themselves(found):
    assert normalize_chunks(found, tuple(map(sum, found))) == found


def test_too_many_blocks_are_refused_at_the_call():
    with pytest.raises(ValueError, match="1,000,000,000 blocks along one axis"):
        da.ones(10**9, chunks=1)
    with pytest.raises(ValueError, match=r"rechunk\(\) first"):
        da.ones((1000, 1000, 1000), chunks=1).reshape(-1)
