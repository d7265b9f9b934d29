"""What hypothesis draws from."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import hypothesis.strategies as st
import numpy as np
from hypothesis.extra import numpy as hnp

import minidask.array as da

DTYPES = ["f8", "f4", "i8", "i4", "u1", "?", "c16"]


class Pair(NamedTuple):
    """One array, lazy and not."""

    lazy: da.Array
    real: np.ndarray


def shapes(min_dims: int = 1, max_dims: int = 3, min_side: int = 0, max_side: int = 6) -> st.SearchStrategy:
    """Shapes of a few small axes, some of them empty."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


@st.composite
def sizes(draw: st.DrawFn, total: int) -> tuple[int, ...]:
    """Block sizes that add up to `total`; some may be 0."""
    cuts = sorted(draw(st.lists(st.integers(0, total), max_size=3)))
    edges = [0, *cuts, total]
    return tuple(b - a for a, b in pairwise(edges))


def chunks(shape: tuple[int, ...]) -> st.SearchStrategy:
    """Chunks of a shape."""
    return st.tuples(*(sizes(n) for n in shape))


@st.composite
def arrays(draw: st.DrawFn, shape: Any = None, dtypes: list[str] | None = None, nan: bool = True) -> np.ndarray:
    """Arrays of small numbers, so that sums are nearly exact, and of NaN."""
    shape = draw(shapes() if shape is None else shape) if not isinstance(shape, tuple) else shape
    dtype = np.dtype(draw(st.sampled_from(dtypes or DTYPES)))
    if dtype.kind in "fc":
        numbers = st.integers(-100, 100).map(lambda i: i / 4)
        elements = numbers | st.just(np.nan) if nan else numbers
    else:
        elements = st.booleans() if dtype.kind == "b" else st.integers(0 if dtype.kind == "u" else -100, 100)
    return draw(hnp.arrays(dtype, shape, elements=elements))


@st.composite
def pairs(draw: st.DrawFn, shape: Any = None, dtypes: list[str] | None = None, nan: bool = True) -> Pair:
    """Arrays, lazy and not."""
    real = draw(arrays(shape, dtypes, nan))
    return Pair(da.from_array(real, chunks=draw(chunks(real.shape))), real)


@st.composite
def frames(draw: st.DrawFn, min_rows: int = 0, max_rows: int = 12) -> Any:
    """A pandas DataFrame of many dtypes, with missing values and an increasing index that may repeat labels."""
    import pandas as pd

    n = draw(st.integers(min_rows, max_rows))

    def column(values: st.SearchStrategy, dtype: str) -> Any:
        return pd.Series(draw(st.lists(values, min_size=n, max_size=n)), dtype=dtype)

    data = pd.DataFrame(
        {
            "i": column(st.integers(-5, 5), "int64"),
            "f": column(st.sampled_from([0.0, 1.5, -2.0, 3.25, None]), "float64"),
            "s": column(st.sampled_from(["a", "b", "", "ab", None]), "str"),
            "b": column(st.booleans(), "bool"),
            "t": column(st.sampled_from(["2024-01-01", "2024-02-29", None]), "datetime64[us]"),
            "n": column(st.sampled_from([1, 2, None]), "Int64"),
        }
    )
    if draw(st.booleans()):
        data.index = pd.Index(sorted(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))), dtype="int64")
    return data
