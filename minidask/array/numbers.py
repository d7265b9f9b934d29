"""NumPy's dtypes and constants, as they are."""

from __future__ import annotations

from numpy import (
    bool,
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
    nan,
    newaxis,
    pi,
    timedelta64,
    uint8,
    uint16,
    uint32,
    uint64,
)

__all__ = ["bool", "complex64", "complex128", "datetime64", "e", "float16", "float32", "float64", "inf", "int8",
           "int16", "int32", "int64", "nan", "newaxis", "pi", "timedelta64", "uint8", "uint16", "uint32",
           "uint64"]  # fmt: skip
