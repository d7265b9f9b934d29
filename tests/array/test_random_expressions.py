"""Whatever is written, the optimizer does not change it: random expressions against NumPy, optimized and not."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

import minidask.array as da
from minidask.testing import assert_eq
from tests.strategies import Pair, chunks, pairs, shapes

STEPS = [
    lambda m, x: x + 1,
    lambda m, x: x * x - 3,
    lambda m, x: -x,
    lambda m, x: x - x.mean(axis=0),
    lambda m, x: x + x.sum(axis=-1, keepdims=True),
    lambda m, x: x.T,
    lambda m, x: m.where(x > 0, x, 2),
    lambda m, x: m.clip(x, -5, 5),
    lambda m, x: x[::-1],
    lambda m, x: x[..., ::2],
    lambda m, x: x[1:],
    lambda m, x: x[None],
    lambda m, x: x[-1],
    lambda m, x: x[[0, -1, 0]],
    lambda m, x: x[x[..., -1] > -3] if x.ndim == 2 else x[x > -3],
    lambda m, x: x.max(axis=0, keepdims=True),
    lambda m, x: x.astype("f4").astype("f8"),
    lambda m, x: m.concatenate([x, x + 1]),
    lambda m, x: x.reshape(-1),
]


@st.composite
def steps(draw, pair: Pair) -> Pair:
    """The pair after some steps; those that NumPy refuses are left out."""
    lazy, real = pair
    for step in draw(st.lists(st.sampled_from(STEPS), max_size=6)):
        try:
            with np.errstate(all="ignore"):
                new = step(np, real)
        except (IndexError, ValueError):
            continue
        if new.ndim == 0 or new.size == 0 or new.ndim > 4 or new.size > 2000:
            continue
        lazy, real = step(da, lazy), new
        if draw(st.booleans()):
            lazy = lazy.rechunk(draw(chunks(real.shape)))
    return Pair(lazy, real)


@settings(max_examples=150, deadline=None)
@given(pairs(shapes(min_side=1), dtypes=["f8"], nan=False).flatmap(steps), st.data())
def test_random_expressions(pair, data):
    assert_eq(pair.lazy, pair.real, rtol=1e-5, atol=1e-5)
    key = data.draw(hnp.basic_indices(pair.real.shape))
    assert_eq(pair.lazy[key], pair.real[key], rtol=1e-5, atol=1e-5)
