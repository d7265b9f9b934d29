"""What is added up, counted or compared within groups of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.group_loops import looped, totals
from minidask.kernels.row_groups import RowGroups


def state_of(column: pd.Series | None, primitive: str, groups: RowGroups) -> Any:
    """An array with a value for each group.

    Parameters
    ----------
    column
        The values of all rows; None for "size".
    primitive
        "size", "total" (a sum in floating point), "squares" (of what values are off the mean of their group), or a
        method of group-bys of pandas.
    groups
        The groups of the rows.

    Examples
    --------
    >>> from minidask.kernels.row_groups import groups_of
    >>> groups = groups_of([pd.Series([7, 5, 7])], sort=True, dropna=True)
    >>> state_of(pd.Series([1.0, 2.0, 4.0]), "sum", groups).tolist()
    [2.0, 5.0]
    """
    if column is None:
        return groups.sizes[groups.present]
    values = groups.of_rows(column.array)
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if primitive == "count" and kind in _NEVER_MISSING:
        return groups.sizes[groups.present]
    if primitive == "count":
        return _count(np.asarray(column.isna() if groups.kept is None else pd.isna(values)), groups)[groups.present]
    if kind in _KINDS.get(primitive, "") and kind and column.dtype not in _SHORT:
        return _FAST[primitive](np.asarray(values), groups)[groups.present]
    return _by_pandas(pd.Series(values), primitive, groups)


_SHORT = (np.dtype("float16"), np.dtype("float32"))
"""Which pandas adds up in their own precision."""
_NEVER_MISSING = ("i", "u", "b")
_KINDS = dict.fromkeys(("sum", "total", "squares", "min", "max", "median"), "iuf")


def _count(missing: np.ndarray, groups: RowGroups) -> np.ndarray:
    if not missing.any():
        return groups.sizes
    return groups.sizes - np.bincount(groups.places[missing], minlength=groups.room)


def _sum(values: np.ndarray, groups: RowGroups) -> np.ndarray:
    if values.dtype.kind == "f":
        return _total(values, groups)
    sums = np.zeros(groups.room, dtype=np.uint64 if values.dtype.kind == "u" else np.int64)
    if not looped("add", values, groups.places, sums):
        np.add.at(sums, groups.places, values)
    return sums


def _total(values: np.ndarray, groups: RowGroups) -> np.ndarray:
    found = np.zeros(groups.room)
    if values.dtype.kind == "f" and looped("add numbers", values, groups.places, found):
        return found
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        values = np.where(missing, 0.0, values) if missing.any() else values
    return totals(values, groups.places, groups.room)


def _squares(values: np.ndarray, groups: RowGroups) -> np.ndarray:
    missing = np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = _total(values, groups) / _count(missing, groups)
        squares = np.zeros(groups.room)
        if looped("squares", values, groups.places, means, squares):
            return squares
        off = values - means[groups.places]
        off *= off
    if missing.any():
        off[missing] = 0
    return np.bincount(groups.places, weights=off, minlength=groups.room)


def _extreme(how: str, ufunc: np.ufunc) -> Callable[[np.ndarray, RowGroups], np.ndarray]:
    def found(values: np.ndarray, groups: RowGroups) -> np.ndarray:
        if values.dtype.kind == "f":
            result = np.full(groups.room, np.nan, values.dtype)
        else:
            info = np.iinfo(values.dtype)
            result = np.full(groups.room, info.max if how == "min" else info.min, values.dtype)
        if not looped(how, values, groups.places, result):
            ufunc.at(result, groups.places, values)
        return result

    return found


LONG = 64
"""Values of a group from which on it is faster to sort group by group."""


def _median(values: np.ndarray, groups: RowGroups) -> np.ndarray:
    places = groups.places
    missing = np.isnan(values)
    if missing.any():
        values, places = values[~missing], places[~missing]
    counts = np.bincount(places, minlength=groups.room)
    starts = np.cumsum(counts) - counts
    if len(values) >= LONG * len(groups):
        ordered = _by_group(values, places, starts)
        for start, count in zip(starts.tolist(), counts.tolist()):
            ordered[start : start + count].sort()
    else:
        order = values.argsort()
        ordered = _by_group(values[order], places[order], starts)
    found = np.full(groups.room, np.nan)
    there = np.flatnonzero(counts)
    low, high = (
        ordered[starts[there] + at].astype(np.float64) for at in ((counts[there] - 1) // 2, counts[there] // 2)
    )
    found[there] = np.where(low == high, low, low / 2 + high / 2)
    return found


def _by_group(values: np.ndarray, places: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The values of the first place, then those of the next, and so on."""
    ordered = np.empty(len(values), values.dtype)
    if looped("order", values, places, starts.copy(), ordered):
        return ordered
    return values[(places.astype(np.uint16) if len(starts) <= 2**16 else places).argsort(kind="stable")]


_FAST: dict[str, Callable[[np.ndarray, RowGroups], np.ndarray]] = {
    "sum": _sum,
    "total": _total,
    "squares": _squares,
    "min": _extreme("min", np.fmin),
    "max": _extreme("max", np.fmax),
    "median": _median,
}

_OWN: dict[str, Callable[[Any], pd.Series]] = {
    "squares": lambda column: column.var(ddof=0).fillna(0) * column.count(),
    "total": lambda column: column.sum(),
}
"""How pandas gives a state, where it is not the method of that name."""


def _by_pandas(values: pd.Series, primitive: str, groups: RowGroups) -> Any:
    numbers = np.empty(groups.room, np.intp)
    numbers[groups.present] = np.arange(len(groups))
    codes = numbers[groups.places]
    keys: Any = pd.Categorical.from_codes(codes, categories=pd.RangeIndex(len(groups)), validate=False)
    if primitive == "total" and values.dtype.kind in "iu":
        values = values.astype("float64" if isinstance(values.dtype, np.dtype) else "Float64")
    grouped = values.groupby(keys, observed=False, sort=True)
    made = _OWN.get(primitive)
    return (made(grouped) if made else getattr(grouped, primitive)()).array
