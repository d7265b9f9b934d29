"""Windows within groups: `rolling`, `expanding`, `ewm` and `resample` of a group-by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minidask.dataframe.binding import callable_only
from minidask.dataframe.grouped import Grouping
from minidask.dataframe.node import FrameNode
from minidask.dataframe.rolling import AGGREGATES, aggregate_method
from minidask.dataframe.whole_groups import WholeGroups, has_functions

OF_BINS = ("prod", "first", "last", "size", "nunique", "ohlc", "asfreq", "ffill", "bfill", "nearest", "interpolate")
"""What only `resample` has."""


class WindowsOfGroups:
    """Windows over the rows of each group, as pandas has them. The rows of a group come to one partition.

    Parameters
    ----------
    groups
        The group-by.
    kind
        "rolling", "expanding", "ewm" or "resample".
    options
        Its arguments.
    *chosen
        The columns that are looked at, where the windows go along another one.
    """

    def __init__(self, groups: Any, kind: str, options: dict[str, Any], *chosen: Any) -> None:
        self._groups = groups
        self._kind = kind
        self._options = options
        self._chosen = chosen

    def __getitem__(self, key: Any) -> WindowsOfGroups:
        if self._options.get("on") is not None:
            return WindowsOfGroups(self._groups, self._kind, self._options, key)
        return WindowsOfGroups(self._groups[key], self._kind, self._options)

    def _apply(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._groups._of_windows((self._kind, self._options, *self._chosen), method, args, kwargs)

    def agg(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """One or several aggregates of each window, as pandas takes them."""
        return self._apply("agg", (func, *args), kwargs)

    aggregate = agg

    def apply(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a function gives for each window.

        Parameters
        ----------
        func
            Takes a Series (with ``raw=True`` an array) and gives a number; of `resample` takes the rows of a bin.
        """
        return self._apply("apply", (callable_only(f"{self._kind}.apply", func), *args), kwargs)

    def __repr__(self) -> str:
        return f"<minidask {self._kind} of {self._groups!r}>"


for _name in (*AGGREGATES, *OF_BINS, "corr", "cov"):
    setattr(WindowsOfGroups, _name, aggregate_method(_name))


class GroupWindows:
    """`rolling`, `expanding`, `ewm` and `resample` of a group-by."""

    _frame: FrameNode
    _by: tuple[Any, ...]
    _grouping: Grouping
    _of_whole_groups: Callable[..., Any]

    def rolling(self, window: Any, *args: Any, **kwargs: Any) -> WindowsOfGroups:
        """Windows that move along the rows of each group.

        Parameters
        ----------
        window
            How many rows, or a span of time such as "2h".
        *args, **kwargs
            As `rolling` of pandas takes them.
        """
        names = ("min_periods", "center", "win_type", "on", "closed", "method")
        return WindowsOfGroups(self, "rolling", {"window": window, **dict(zip(names, args)), **kwargs})

    def expanding(self, min_periods: int = 1, method: str = "single") -> WindowsOfGroups:
        """Windows from the first row of each group to each row. Parameters as for `DataFrame.expanding`."""
        return WindowsOfGroups(self, "expanding", {"min_periods": min_periods, "method": method})

    def ewm(self, com: float | None = None, **kwargs: Any) -> WindowsOfGroups:
        """Averages over the rows of each group, in which the weight of a row decays. See `DataFrame.ewm`."""
        return WindowsOfGroups(self, "ewm", {"com": com, **kwargs})

    def resample(self, rule: Any, *args: Any, **kwargs: Any) -> WindowsOfGroups:
        """The rows of each group in bins of time.

        Parameters
        ----------
        rule
            How long a bin is.
        *args, **kwargs
            As `resample` of a group-by of pandas takes them.
        """
        if args:
            raise TypeError("resample() of a group-by takes its other arguments by name, such as on=")
        return WindowsOfGroups(self, "resample", {"rule": rule, **kwargs})

    def _of_windows(self, via: tuple[Any, ...], method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        unknown = via[0] == "resample" and has_functions((*args, kwargs))
        meta = (
            None
            if unknown
            else WholeGroups(self._frame, self._by, self._grouping, method, args, kwargs, None, via).meta
        )
        return self._of_whole_groups(method, args, kwargs, None, meta, via)
