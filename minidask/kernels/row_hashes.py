"""Hashes of rows that are the same in every process, for every block and every dtype in which keys are equal."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.util import hash_array

from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Loops
from minidask.kernels.hashing import stable_hash

_MISSING = np.uint64(0x7FF8_0000_DEAD_BEEF)
_MICROSECONDS = {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}


def hash_targets(columns: Sequence[pd.Series], count: int) -> np.ndarray:
    """For each row one of `count` targets, the same for rows with equal keys.

    Parameters
    ----------
    columns
        The keys.
    count
        How many targets there are, at most 65,536.

    Examples
    --------
    >>> one = hash_targets([pd.Series([1, 2, 3])], 8)
    >>> (one == hash_targets([pd.Series([1.0, 2.0, 3.0])], 8)).all()
    np.True_
    """
    if count == 1:
        return np.zeros(len(columns[0]), np.uint16)
    found = hash_rows(columns)
    found >>= np.uint64(32)
    found *= np.uint64(count)
    found >>= np.uint64(32)
    return found.astype(np.uint16)


def hash_rows(columns: Sequence[pd.Series]) -> np.ndarray:
    """A hash of 64 bits for each row.

    Equal are: numbers of all types, strings however they are kept, categoricals and their values, times of all
    units, and all missing values.
    """
    found = hash_column(columns[0])
    for column in columns[1:]:
        found = _mix(found ^ (hash_column(column) + np.uint64(0x9E37_79B9_7F4A_7C15)))
    return found


def hash_column(column: pd.Series) -> np.ndarray:
    """The hashes of one key."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        known = np.append(_hash_values(column.cat.categories.array), _MISSING)
        return known[column.cat.codes.to_numpy()]
    return _hash_values(column.array)


def _hash_values(values: Any) -> np.ndarray:
    dtype = values.dtype
    kind = getattr(dtype, "kind", "O")
    if kind in "biuf":
        return _with_missing(_hash_numbers, values)
    if kind in "mM" and not isinstance(dtype, pd.ArrowDtype):
        times, factor = values.asi8, _MICROSECONDS[np.datetime_data(values.dtype if kind == "m" else _unit(dtype))[0]]
        return np.where(values.isna(), _MISSING, _mix((times * factor[0] // factor[1]).view(np.uint64)))
    if isinstance(dtype, pd.PeriodDtype):
        return np.where(values.isna(), _MISSING, _mix(values.asi8.view(np.uint64)))
    if isinstance(dtype, pd.IntervalDtype):
        return _mix(_hash_values(values.left.array) ^ _mix(_hash_values(values.right.array)))
    codes, uniques = pd.factorize(values)
    return np.append(_hash_objects(np.asarray(uniques, dtype=object)), _MISSING)[codes]


def _unit(dtype: Any) -> np.dtype:
    return np.dtype(f"M8[{getattr(dtype, 'unit', None) or np.datetime_data(dtype)[0]}]")


def _with_missing(func: Any, values: Any) -> np.ndarray:
    if isinstance(values.dtype, np.dtype):
        return func(np.asarray(values))
    missing = np.asarray(values.isna())
    present = values.to_numpy(dtype=values.dtype.numpy_dtype, na_value=values.dtype.numpy_dtype.type())
    return np.where(missing, _MISSING, func(present))


def _hash_numbers(values: np.ndarray) -> np.ndarray:
    """Numbers that are whole by their value, others by the bits of a float."""
    if values.dtype.kind != "f":
        return _mix(values.astype(np.int64, copy=False).view(np.uint64))
    values = values.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int64)
    bits = np.where(whole == values, whole.view(np.uint64), values.view(np.uint64))
    return np.where(np.isnan(values), _MISSING, _mix(bits))


def _hash_objects(values: np.ndarray) -> np.ndarray:
    """Strings together, numbers together, all others one by one."""
    found = np.empty(len(values), np.uint64)
    text = np.fromiter((isinstance(v, str) for v in values), bool, len(values))
    found[text] = hash_array(values[text], categorize=False)
    for i in np.flatnonzero(~text):
        found[i] = _hash_object(values[i])
    return found


def _hash_object(value: Any) -> np.uint64:
    if isinstance(value, numbers.Real):
        return np.uint64(_hash_numbers(np.array([value if isinstance(value, int) else float(value)]))[0])
    if isinstance(value, pd.Timestamp | pd.Timedelta):
        return np.uint64(_hash_values(pd.array([value]))[0])
    return np.uint64(stable_hash(value))


_SOURCE = """
def formula(values, mixed):
    for row in range(values.size):
        value = values[row]
        value = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> uint64(27))) * uint64(0x94D049BB133111EB)
        mixed[row] = value ^ (value >> uint64(31))
"""
_LOOPS = Loops(_SOURCE, "void(Array(uint64, 1, 'C', True), uint64[::1])")
_STEPS = 8


def _mix(values: np.ndarray) -> np.ndarray:
    """Spreads neighbours over all 64 bits: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    func = (
        compiled(_LOOPS, _STEPS * values.size)
        if values.ndim == 1 and values.flags.c_contiguous and values.flags.aligned
        else None
    )
    if func is not None:
        mixed = np.empty(len(values), np.uint64)
        func(values, mixed)
        return mixed
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return np.asarray(values ^ (values >> np.uint64(31)))
