"""The methods of a group-by that are rows of a table: what each gives, and how that is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from minidask.dataframe.binding import bound

AGGREGATES = (
    "sum", "prod", "mean", "count", "min", "max", "std", "var", "sem", "first", "last", "size", "nunique",
    "any", "all", "median", "quantile", "skew", "kurt", "idxmin", "idxmax", "describe", "cov", "corr", "unique",
    "value_counts", "nlargest", "nsmallest", "ohlc", "take",
)  # fmt: skip
"""Methods that give something for each group."""

FACTS = ("is_monotonic_increasing", "is_monotonic_decreasing", "dtype")
"""Properties that each group of a Series has."""

ROWS = ("cumsum", "cumprod", "cummin", "cummax", "cumcount", "shift", "diff", "pct_change", "rank", "ffill", "bfill")
"""Methods that give something for each row."""

SELECTIONS = ("head", "tail")
"""Methods that select rows, which stay in their order."""

REFUSED = {
    "compute": "call an aggregate first, such as sum()",
    "plot": "compute() an aggregate, and plot that",
    "hist": "compute() an aggregate, and plot that",
    "boxplot": "compute() what describe() gives, and plot that",
    "corrwith": "assign the other columns, and use corr()",
}
"""Methods that there are not, and what to do instead."""


class GroupMethods:
    """The methods of the tables above."""

    _pandas: ClassVar[type] = object
    _aggregate: Callable[..., Any]
    _rows: Callable[..., Any]
    _select_rows: Callable[..., Any]

    def nth(self, n: Any, dropna: Any = None) -> Any:
        """Some rows of each group by their numbers, in the order that they have.

        Parameters
        ----------
        n
            A number counted from 0, or from the end if it is negative; a slice; or a list of them.
        dropna
            Not taken: ``frame.dropna().groupby(...)`` leaves rows out first.
        """
        if dropna is not None:
            raise NotImplementedError("nth(dropna=): leave the rows out first, with frame.dropna(...)")
        for number in n if isinstance(n, list | tuple) else [n]:
            if not isinstance(number, slice):
                _whole_number("nth", number)
        return self._select_rows("nth", (n,), {})


def _whole_number(method: str, n: Any) -> None:
    if not isinstance(n, int | np.integer):
        raise TypeError(f"{method}(n={n!r}): expected a whole number, got a {type(n).__name__}")


def _aggregation(name: str) -> Callable[..., Any]:
    def method(
        self: GroupMethods,
        *args: Any,
        split_every: int | None = None,
        split_out: int | bool | None = None,
        **kwargs: Any,
    ) -> Any:
        if not hasattr(self._pandas, name):
            raise AttributeError(f"{type(self).__name__} has no method {name!r}")
        return self._aggregate(name, (), bound(self._pandas, name, args, kwargs), split_every, split_out)

    method.__doc__ = f"""As `{name}` of a group-by of pandas.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them.
    split_every
        How many partial results one task merges.
    split_out
        How many partitions the result has; True: as many as the frame. Default: 1, or what whole groups need.
    """
    return method


def _row_method(name: str) -> Callable[..., Any]:
    def method(self: GroupMethods, *args: Any, **kwargs: Any) -> Any:
        return self._rows(name, (), bound(self._pandas, name, args, kwargs))

    method.__doc__ = f"""As `{name}` of a group-by of pandas: a value for each row, in its place.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them.
    """
    return method


def _selection(name: str) -> Callable[..., Any]:
    def method(self: GroupMethods, n: int = 5) -> Any:
        _whole_number(name, n)
        return self._select_rows(name, (n,), {})

    method.__doc__ = f"""As `{name}` of a group-by of pandas: some rows of each group, in their order.

    Parameters
    ----------
    n
        How many; a negative number means all but so many.
    """
    return method


def _fact(name: str) -> Any:
    def method(self: GroupMethods) -> Any:
        if not hasattr(self._pandas, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return self._aggregate(name, (), {})

    return property(method, doc=f"`{name}` of each group, as pandas tells it.")


def _refusal(name: str) -> Callable[..., Any]:
    def method(self: GroupMethods, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name} of a group-by: {REFUSED[name]}")

    method.__doc__ = f"Not there: {REFUSED[name]}."
    return method


for _names, _make in ((AGGREGATES, _aggregation), (ROWS, _row_method), (SELECTIONS, _selection), (REFUSED, _refusal)):
    for _name in _names:
        _made = _make(_name)
        _made.__name__ = _made.__qualname__ = _name
        setattr(GroupMethods, _name, _made)
for _name in FACTS:
    setattr(GroupMethods, _name, _fact(_name))
