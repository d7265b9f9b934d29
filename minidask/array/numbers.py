"""NumPy's dtypes and constants, and what it tells of dtypes and shapes: as they are."""

from __future__ import annotations

from numpy import (
    bool,
    broadcast_shapes,
    complex64,
    complex128,
    datetime64,
    e,
    float16,
    float32,
    float64,
    inf,
    int8,
    int16,
    int32,
    int64,
    isdtype,
    isscalar,
    issubdtype,
    nan,
    newaxis,
    pi,
    promote_types,
    timedelta64,
    uint8,
    uint16,
    uint32,
    uint64,
)

__all__ = [
    "bool", "broadcast_shapes", "complex64", "complex128", "datetime64", "e", "float16", "float32", "float64",
    "inf", "int8", "int16", "int32", "int64", "isdtype", "isscalar", "issubdtype", "nan", "newaxis", "pi",
    "promote_types", "timedelta64", "uint8", "uint16", "uint32", "uint64",
]  # fmt: skip
