"""The plain reductions, column by column: a row each in `STATISTICS`.

A statistic makes of a column in one block a *state*, merges states, and makes of the last one the answer::

    STATISTICS["count"] = Statistic(chunk=count, merge=..., final=...)

States are None for blocks that have nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from minidask.dataframe.blocks import one_of_each_run

State = Any
Options = Mapping[str, Any]


class Statistic(NamedTuple):
    """One row of the table."""

    chunk: Callable[[pd.Series, Options], State]
    merge: Callable[[list[State], Any, Options], State]
    """Called with states that are not None, the dtype of the column, and the options."""
    final: Callable[[State, Any, Options], Any]
    takes: tuple[str, ...] = ("skipna",)
    """The options that pandas has, besides `axis` and `numeric_only`."""
    grows: bool = False
    """Whether a state may be as large as the column."""


def column_of(values: Sequence[Any], dtype: Any = None) -> pd.Series:
    """Scalars of one type as a Series of that type."""
    if dtype is not None and not isinstance(dtype, np.dtype):
        return pd.Series(list(values), dtype=dtype)
    kinds = {type(v) for v in values}
    if len(kinds) == 1 and issubclass(next(iter(kinds)), np.generic):
        return pd.Series(np.array(values))
    return pd.Series(list(values))


def missing(dtype: Any) -> Any:
    """What stands for a missing value of this dtype."""
    if isinstance(dtype, np.dtype):
        return pd.NaT if dtype.kind in "mM" else np.nan
    return dtype.na_value


def floats(column: pd.Series) -> np.ndarray:
    """The values as float64, NaN for what is missing."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _numbers(column: pd.Series) -> np.ndarray:
    """The values as they are, where NumPy has them as real numbers; else as `floats`."""
    plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"
    return column.to_numpy() if plain else floats(column)


def _keep(state: State, dtype: Any, options: Options) -> Any:
    return state


def _total(name: str) -> Statistic:
    """`sum` and `prod`: totals of totals, and how many values there were, where that is asked."""

    def chunk(column: pd.Series, options: Options) -> State:
        plain = isinstance(column.dtype, np.dtype) and column.dtype.kind == "f"
        total = _total_of_all(column.to_numpy(), name) if plain else None
        if total is None:
            total = getattr(column, name)(skipna=options.get("skipna", True))
        return total, column.count() if options.get("min_count", 0) > 0 else 0

    def merge(states: list[State], dtype: Any, options: Options) -> State:
        totals = column_of([total for total, _ in states])
        return getattr(totals, name)(skipna=False), sum(count for _, count in states)  # NaN is inf - inf

    def final(state: State, dtype: Any, options: Options) -> Any:
        total, count = state
        return missing(dtype) if count < options.get("min_count", 0) else total

    return Statistic(chunk, merge, final, ("skipna", "min_count"))


def _total_of_all(values: np.ndarray, name: str, dtype: Any = None) -> Any:
    """The total of numbers, None if any is missing: which it tells, where pandas would look first."""
    with np.errstate(all="ignore"):
        total = getattr(values, name)(dtype=dtype)
    return None if np.isnan(total) else total


def _extreme(name: str) -> Statistic:
    """`min` and `max`."""

    def chunk(column: pd.Series, options: Options) -> State:
        return (getattr(column, name)(skipna=options.get("skipna", True)),) if len(column) else None

    def merge(states: list[State], dtype: Any, options: Options) -> State:
        values = column_of([value for (value,) in states], dtype)
        return (getattr(values, name)(skipna=options.get("skipna", True)),)

    return Statistic(chunk, merge, lambda state, dtype, options: state[0])


def _place(name: str) -> Statistic:
    """`idxmin` and `idxmax`: the label of the first extreme value."""

    def chunk(column: pd.Series, options: Options) -> State:
        if not len(column) or (options.get("skipna", True) and not column.count()):
            return None
        at = getattr(column.reset_index(drop=True), name)(skipna=options.get("skipna", True))
        return column.index[at], column.iloc[at]

    def merge(states: list[State], dtype: Any, options: Options) -> State:
        at = getattr(column_of([value for _, value in states], dtype), name)()
        return states[at]

    return Statistic(chunk, merge, lambda state, dtype, options: state[0])


def _truth(name: str) -> Statistic:
    """`any` and `all`."""

    def chunk(column: pd.Series, options: Options) -> State:
        return getattr(column, name)(skipna=options.get("skipna", True))

    def merge(states: list[State], dtype: Any, options: Options) -> State:
        return getattr(column_of(states), name)(skipna=options.get("skipna", True))

    return Statistic(chunk, merge, _keep)


def _count(column: pd.Series, options: Options) -> State:
    return column.count()


def _sum_states(states: list[State], dtype: Any, options: Options) -> State:
    return sum(states)


def _mean_chunk(column: pd.Series, options: Options) -> State:
    dtype = column.dtype
    if pd.api.types.is_object_dtype(dtype) or (isinstance(dtype, np.dtype) and dtype.kind == "c"):
        return column.sum(skipna=options.get("skipna", True)), int(column.count()), len(column)
    if _is_time(dtype):
        present = column.dropna()
        return sum(present.astype("int64").tolist()), len(present), len(column)
    total, count = _sum_of_present(_numbers(column))
    return (total if options.get("skipna", True) or count == len(column) else np.nan), count, len(column)


def _sum_of_present(values: np.ndarray) -> tuple[Any, int]:
    """The sum of the numbers that are not NaN, and how many there are; all at once, where none is."""
    total = _total_of_all(values, "sum", np.float64)
    if total is not None:
        return total, len(values)
    present = ~np.isnan(values)
    return values.sum(dtype=np.float64, where=present), int(present.sum())


def _mean_merge(states: list[State], dtype: Any, options: Options) -> State:
    totals, counts, rows = zip(*states)
    return sum(totals), sum(counts), sum(rows)


def _mean_final(state: State, dtype: Any, options: Options) -> Any:
    total, count, rows = state
    if not count or (not options.get("skipna", True) and count < rows):
        return missing(dtype)
    if _is_time(dtype):
        return pd.Series([int(total / count)]).astype(dtype).iloc[0]
    mean = total / count
    return dtype.type(mean) if isinstance(dtype, np.dtype) and dtype.kind == "f" else mean


def _is_time(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") in "mM"


def _moments_chunk(column: pd.Series, options: Options) -> State:
    """Number, mean, sum of squared deviations; and whether a value is missing that may not be."""
    values = _as_numbers(column) if _is_time(column.dtype) else floats(column)
    total, count = _sum_of_present(values)
    if not count:
        return 0, 0.0, 0.0, len(values) > 0
    mean = total / count
    steps = (values if count == len(values) else values[~np.isnan(values)]) - mean
    return count, mean, float(np.square(steps, out=steps).sum()), count < len(values)


def _as_numbers(times: pd.Series) -> np.ndarray:
    """Moments and spans as numbers of their unit."""
    return np.where(times.isna(), np.nan, times.astype("int64").to_numpy(dtype=np.float64))


def _moments_merge(states: list[State], dtype: Any, options: Options) -> State:
    """Merging as in Chan, Golub and LeVeque, "Updating formulae ...", 1979."""
    count, mean, squares, lacks = states[0]
    for n, other, more, also in states[1:]:
        lacks = lacks or also
        if not n:
            continue
        total = count + n
        step = other - mean
        mean += step * n / total
        squares += more + step * step * count * n / total
        count = total
    return count, mean, squares, lacks


def _variance(state: State, dtype: Any, options: Options) -> Any:
    count, _, squares, lacks = state
    freedom = count - options.get("ddof", 1)
    if freedom <= 0 or (lacks and not options.get("skipna", True)):
        return missing(dtype) if not isinstance(dtype, np.dtype) else _as_float(np.nan, dtype)
    return _as_float(squares / freedom, dtype)


def _as_float(variance: float, dtype: Any) -> Any:
    """float32 stays; all else is float64."""
    variance = np.float64(variance)
    return dtype.type(variance) if isinstance(dtype, np.dtype) and dtype.kind == "f" else variance


def _root_of(divide_by_count: bool) -> Callable[[State, Any, Options], Any]:
    """`std`, and `sem`, which is the deviation of the mean."""

    def final(state: State, dtype: Any, options: Options) -> Any:
        variance = _variance(state, dtype, options)
        if _is_time(dtype):
            return pd.NaT if pd.isna(variance) else _span(np.sqrt(variance), dtype)
        return variance if variance is pd.NA else np.sqrt(variance / (max(state[0], 1) if divide_by_count else 1))

    return final


def _span(length: float, dtype: Any) -> pd.Timedelta:
    """So long a time, in the unit of a dtype."""
    unit: Any = np.datetime_data(dtype)[0] if isinstance(dtype, np.dtype) else dtype.unit
    return pd.Timedelta(np.timedelta64(int(length), unit))


def _moments(final: Callable[[State, Any, Options], Any]) -> Statistic:
    return Statistic(_moments_chunk, _moments_merge, final, ("skipna", "ddof"))


def _powers_chunk(column: pd.Series, options: Options) -> State:
    """Number, mean, sums of the second to fourth power of deviations; and whether a value is missing."""
    if _is_time(column.dtype):
        raise TypeError("skew and kurt of times are not defined; convert to seconds first")
    values = floats(column)
    present = values[~np.isnan(values)]
    mean = present.mean() if len(present) else 0.0
    steps = present - mean
    return len(present), mean, *(float((steps**k).sum()) for k in (2, 3, 4)), len(present) < len(values)


def _powers_merge(states: list[State], dtype: Any, options: Options) -> State:
    """Merging as in Pébay, "Formulas for robust, one-pass parallel computation of covariances ...", 2008."""
    a = states[0]
    for b in states[1:]:
        n = a[0] + b[0]
        if not n:
            a = (*a[:5], a[5] or b[5])
            continue
        d, p, q = b[1] - a[1], a[0] / n, b[0] / n
        second = a[2] + b[2] + d**2 * a[0] * q
        third = a[3] + b[3] + d**3 * a[0] * q * (p - q) + 3 * d * (p * b[2] - q * a[2])
        fourth = a[4] + b[4] + d**4 * a[0] * q * (p * p - p * q + q * q)
        fourth += 6 * d * d * (p * p * b[2] + q * q * a[2]) + 4 * d * (p * b[3] - q * a[3])
        a = n, a[1] + d * q, second, third, fourth, a[5] or b[5]
    return a


def _skewness(n: int, second: float, third: float, fourth: float) -> float:
    return n * (n - 1) ** 0.5 / (n - 2) * third / second**1.5


def _excess(n: int, second: float, third: float, fourth: float) -> float:
    adjusted = 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return n * (n + 1) * (n - 1) * fourth / ((n - 2) * (n - 3) * second**2) - adjusted


def _shape(formula: Callable[..., float], least: int) -> Statistic:
    """`skew` and `kurt`, which need so many values."""

    def final(state: State, dtype: Any, options: Options) -> Any:
        n, mean, second, third, fourth, lacks = state
        if n < least or (lacks and not options.get("skipna", True)):
            return missing(dtype) if not isinstance(dtype, np.dtype) else _as_float(np.nan, dtype)
        alike = second <= n * (np.finfo(np.float64).eps * mean) ** 2  # but for rounding
        return _as_float(np.nan if alike else formula(n, second, third, fourth), dtype)

    return Statistic(_powers_chunk, _powers_merge, final)


def _distinct(column: pd.Series, options: Options) -> State:
    if isinstance(column.dtype, pd.CategoricalDtype):  # those of other blocks may differ
        column = column.array.unique().astype(column.cat.categories.dtype)
    return pd.Series(one_of_each_run(column).unique())


def _distinct_merge(states: list[State], dtype: Any, options: Options) -> State:
    return pd.concat(states).drop_duplicates()


def _distinct_final(state: State, dtype: Any, options: Options) -> Any:
    return state.nunique(dropna=options.get("dropna", True))


STATISTICS: dict[str, Statistic] = {
    "sum": _total("sum"),
    "prod": _total("prod"),
    "min": _extreme("min"),
    "max": _extreme("max"),
    "any": _truth("any"),
    "all": _truth("all"),
    "count": Statistic(_count, _sum_states, _keep, ()),
    "mean": Statistic(_mean_chunk, _mean_merge, _mean_final),
    "var": _moments(_variance),
    "std": _moments(_root_of(False)),
    "sem": _moments(_root_of(True)),
    "skew": _shape(_skewness, 3),
    "kurt": _shape(_excess, 4),
    "nunique": Statistic(_distinct, _distinct_merge, _distinct_final, ("dropna",), grows=True),
    "idxmin": _place("idxmin"),
    "idxmax": _place("idxmax"),
}
"""Every plain reduction. To add one, add a row."""
