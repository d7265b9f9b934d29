"""Arrays from elsewhere and from nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.nodes.creation import Filled
from minidask.array.nodes.source import FromArray


def from_array(x: Any, chunks: Any = "auto") -> Array:
    return Array.of(FromArray(x, normalize_chunks(chunks, x.shape, dtype=x.dtype)))


def asarray(a: Any) -> Array:
    """The lazy array of anything that NumPy could make an array of."""
    return a if isinstance(a, Array) else from_array(np.asarray(a))


def ones(shape: Any, dtype: Any = float, chunks: Any = "auto") -> Array:
    """An array of ones."""
    return _filled(1, shape, dtype, chunks)


def _filled(value: Any, shape: Any, dtype: Any, chunks: Any) -> Array:
    shape = (shape,) if not hasattr(shape, "__len__") else tuple(shape)
    dtype = np.dtype(dtype)
    return Array.of(Filled(value, dtype, normalize_chunks(chunks, shape, dtype=dtype)))
