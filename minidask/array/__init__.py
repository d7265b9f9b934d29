"""Lazy, chunked NumPy arrays."""

from __future__ import annotations

from minidask.array.array import Array
from minidask.array.chunks import normalize_chunks
from minidask.array.creation import asarray, from_array, ones

__all__ = ["Array", "asarray", "from_array", "normalize_chunks", "ones"]
