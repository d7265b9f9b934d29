"""What is added up, counted or compared within groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.kernels.group_loops import TOGETHER, added, looped, totals
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
    label = None if column is None else 0
    return states_of_groups({0: column}, [(label, primitive)], groups)[0]


def states_of_groups(columns: Any, asked: Sequence[tuple[Any, str]], groups: RowGroups) -> list[Any]:
    """Several states at a time, so that rows are gone through less often.

    Parameters
    ----------
    columns
        The columns by their labels: a DataFrame, or a dictionary.
    asked
        For each state the label of its column, None for "size", and the primitive; as in `state_of`.
    groups
        The groups of the rows.
    """
    labels = dict.fromkeys(label for label, _ in asked if label is not None)
    found = {label: _Column(columns[label], groups) for label in labels}
    _add_up([(found[label], how) for label, how in asked if how in _SUMS])
    return [_size(groups) if label is None else found[label].state(how) for label, how in asked]


def _size(groups: RowGroups) -> np.ndarray:
    return groups.sizes[groups.present]


class _Column:
    """The values of rows in groups, and what is known of them already."""

    def __init__(self, column: pd.Series, groups: RowGroups) -> None:
        self.column = column
        self.groups = groups
        self.values = groups.of_rows(column.array)
        self.kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
        self.whole = self.kind != "" and self.kind in _NEVER_MISSING
        """Whether it is known that no value is missing."""
        self.sums: dict[np.dtype, np.ndarray] = {}
        """For each place the sum of the values, by its dtype."""

    def is_fast(self, how: str) -> bool:
        """Whether a state is found without pandas."""
        return self.kind != "" and self.kind in _KINDS.get(how, "") and self.column.dtype not in _SHORT

    def state(self, how: str) -> Any:
        """A value for each group."""
        groups = self.groups
        if how == "count":
            return _size(groups) if self.whole else _count(self._missing(), groups)[groups.present]
        if not self.is_fast(how):
            return _by_pandas(pd.Series(self.values), how, groups)
        return self._fast(how, np.asarray(self.values))[groups.present]

    def _fast(self, how: str, values: np.ndarray) -> np.ndarray:
        """A value for each place."""
        if how not in _SUMS:
            return _FAST[how](values, self.groups)
        sums = self.sums[_dtype_of_sum(how, self.kind)]
        return _squares(values, self.groups, sums) if how == "squares" else sums

    def _missing(self) -> np.ndarray:
        return np.asarray(self.column.isna() if self.groups.kept is None else pd.isna(self.values))


_SUMS = ("sum", "total", "squares")
"""The states that sums are, or take."""


def _dtype_of_sum(how: str, kind: str) -> np.dtype:
    """In which values are added up: as in NumPy, or in floating point."""
    return np.dtype({"i": np.int64, "u": np.uint64}.get(kind, np.float64) if how == "sum" else np.float64)


def _add_up(asked: Sequence[tuple[_Column, str]]) -> None:
    """Find the sums that states need, of a few columns at a time."""
    wanted = list(dict.fromkeys([(c, _dtype_of_sum(how, c.kind)) for c, how in asked if c.is_fast(how)]))
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        groups, values = some[0][0].groups, [np.asarray(column.values) for column, _ in some]
        made = [np.zeros(groups.room, dtype) for _, dtype in some]
        missing = added(values, groups.places, made)
        if missing is None:
            made = [_sum(*pair, groups) for pair in zip(values, made)]
        else:
            for (column, _), absent in zip(some, missing.tolist()):
                column.whole = not absent
        for (column, dtype), sums in zip(some, made):
            column.sums[dtype] = sums


_SHORT = (np.dtype("float16"), np.dtype("float32"))
"""Which pandas adds up in their own precision."""
_NEVER_MISSING = ("i", "u", "b")
_KINDS = dict.fromkeys(("sum", "total", "squares", "min", "max", "median"), "iuf")


def _count(missing: np.ndarray, groups: RowGroups) -> np.ndarray:
    if not missing.any():
        return groups.sizes
    return groups.sizes - np.bincount(groups.places[missing], minlength=groups.room)


def _sum(values: np.ndarray, sums: np.ndarray, groups: RowGroups) -> np.ndarray:
    """Values added to the sums of places, by NumPy."""
    if sums.dtype.kind != "f":
        np.add.at(sums, groups.places, values)
        return sums
    if values.dtype.kind != "f":
        return totals(values, groups.places, groups.room)
    missing = np.isnan(values)
    return totals(np.where(missing, 0.0, values) if missing.any() else values, groups.places, groups.room)


def _squares(values: np.ndarray, groups: RowGroups, sums: np.ndarray) -> np.ndarray:
    missing = np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / _count(missing, groups)
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
    "min": _extreme("min", np.fmin),
    "max": _extreme("max", np.fmax),
    "median": _median,
}

_OWN: dict[str, Callable[[Any], pd.Series]] = {
    "squares": lambda column: column.var(ddof=0).where(column.count() > 0, 0) * column.count(),
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
    with np.errstate(invalid="ignore"):  # infinite values
        found = made(grouped) if made else getattr(grouped, primitive)()
    if primitive in ("sum", "prod") and (values.dtype == object or isinstance(values.dtype, pd.StringDtype)):
        # what no values add up to (0) does not add to text
        found = found.astype(object).where(grouped.count() > 0, None)
    return found.array
