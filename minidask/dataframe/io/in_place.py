"""Columns of Arrow tables as NumPy arrays in the memory that they are in."""

from __future__ import annotations

from typing import Any

import numpy as np


def array_of(column: Any) -> np.ndarray | None:
    """The numbers or times of a column, which may be written to; None where they cannot be had without a copy.

    Parameters
    ----------
    column
        A `pyarrow.ChunkedArray` that nobody else uses.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.compute as pc
    >>> array_of(pc.add(pa.chunked_array([[1, 2]]), 1)), array_of(pa.chunked_array([[1, None]]))
    (array([2, 3]), None)
    """
    dtype = _dtype_of(column.type)
    if dtype is None or column.num_chunks != 1 or column.null_count or not len(column):
        return None
    values = column.chunk(0)
    data = values.buffers()[1]
    if not data.is_mutable or data.parent is not None:  # others may have it, or the rest of a larger one
        return None
    return np.frombuffer(data, dtype, len(values), values.offset * dtype.itemsize)


def _dtype_of(kind: Any) -> np.dtype | None:
    """The dtype of NumPy whose values have the bytes that those of a type of Arrow have."""
    name = str(kind)
    if name.startswith("timestamp[") and "," not in name:
        return np.dtype(f"M8[{name[10:-1]}]")
    return np.dtype(_NAMES[name]) if name in _NAMES else None


_WIDTHS = (8, 16, 32, 64)
_NAMES = {"float": "f4", "double": "f8", **{f"{k}int{w}": f"{k or 'i'}{w // 8}" for k in ("", "u") for w in _WIDTHS}}
