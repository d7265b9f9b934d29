"""Lazy, chunked NumPy arrays."""

from __future__ import annotations

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.creation import (
    arange,
    asanyarray,
    asarray,
    empty,
    empty_like,
    eye,
    from_array,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from minidask.array.functions import sum

__all__ = [
    "Array",
    "arange",
    "asanyarray",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_array",
    "full",
    "full_like",
    "linspace",
    "normalize_chunks",
    "ones",
    "ones_like",
    "sum",
    "zeros",
    "zeros_like",
]
