"""Windows that move along the rows: `rolling`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import callable_only
from minidask.dataframe.neighbours import Near, Rows, Span
from minidask.dataframe.node import FrameNode
from minidask.dataframe.piped import Piped
from minidask.dataframe.reductions import one_row
from minidask.dataframe.rolled import rolled
from minidask.dataframe.windowed_pairs import every_pair, moving_pairs, pair_of, pair_of_whole
from minidask.dataframe.windows import Windowed

AGGREGATES = ("sum", "mean", "median", "min", "max", "std", "var", "sem", "count", "skew", "kurt", "quantile", "rank")
NEWER = ("first", "last", "nunique")
"""Those that pandas has since version 3."""


class Rolling(Piped):
    """Windows that move along the rows: ``df.rolling(3).mean()``.

    Parameters
    ----------
    frame
        What is looked at.
    options
        As `rolling` of pandas takes them.
    select
        The columns whose aggregates are asked for; None: all.
    """

    def __init__(self, frame: FrameNode, options: dict[str, Any], select: Any = None) -> None:
        self._frame = frame
        self._options = options
        self._step = options.get("step")
        self._select = select
        windows = one_row(frame.meta).rolling(**options)  # pandas' own errors for what it does not take
        if select is not None:
            windows[select]

    @property
    def ndim(self) -> int:
        """The number of dimensions of what is looked at."""
        return 1 if self._select is not None and not isinstance(self._select, list) else int(self._frame.meta.ndim)

    def __getitem__(self, key: Any) -> Any:
        return Rolling(self._frame, self._options, key)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in getattr(self._frame.meta, "columns", ()):
            return self[name]
        raise AttributeError(f"Rolling has no attribute or column {name!r}")

    def _around(self) -> tuple[Near, Near | None]:
        """Which rows before, and after, a window can reach."""
        window, centred = self._options["window"], self._options.get("center")
        if isinstance(window, int | np.integer):
            count = max(int(window), 1)  # with both ends, a window of no rows has the one before
            return Rows(count), Rows(count, last=False) if centred else None
        told: dict[str, Any] = {"span": pd.Timedelta(window), "on": self._options.get("on"), "beyond": 1}
        return Span(**told), Span(last=False, **told) if centred else None

    def _apply(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = {name: value for name, value in self._options.items() if name != "step"}
        told = {"options": options, "select": self._select, "method": method, "args": args, "kwargs": kwargs}
        found = new(Windowed(self._frame, rolled, told, *self._around()))
        return found if self._step is None else found.iloc[:: self._step]

    def agg(self, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """One or several aggregates of each window, as pandas takes them.

        Parameters
        ----------
        func
            A name such as "sum", a list of names, a dict of column to names, or a function.
        """
        return self._apply("agg", (func, *args), kwargs)

    aggregate = agg

    def apply(self, func: Callable[..., Any], raw: bool = False, **kwargs: Any) -> Any:
        """What a function gives for each window.

        Parameters
        ----------
        func
            Takes a Series, or with `raw` an array; gives a number.
        raw
            Whether the function takes arrays.
        **kwargs
            `engine`, `engine_kwargs`, `args` and `kwargs`, as pandas takes them.
        """
        return self._apply("apply", (callable_only("rolling.apply", func),), {"raw": raw, **kwargs})

    def corr(self, other: Any = None, pairwise: bool | None = None, ddof: int = 1, numeric_only: bool = False) -> Any:
        """The correlations of each window with that of another frame, or of all pairs of columns.

        Parameters
        ----------
        other
            Series or DataFrame, lazy or in memory; by default this one.
        pairwise
            Whether all pairs of columns are looked at, rather than those of one name. Default: without another frame.
        ddof
            What is taken from the number of values.
        numeric_only
            Whether to leave out other columns.

        Raises
        ------
        NotImplementedError
            There is a `step`.

        Notes
        -----
        With ``rolling(on=)`` all rows come together in one task.
        """
        return self._paired("corr", other, pairwise, {"ddof": ddof, "numeric_only": numeric_only})

    def cov(self, other: Any = None, pairwise: bool | None = None, ddof: int = 1, numeric_only: bool = False) -> Any:
        """The covariances of each window with that of another frame. Parameters as for `corr`."""
        return self._paired("cov", other, pairwise, {"ddof": ddof, "numeric_only": numeric_only})

    def _paired(self, method: str, other: Any, pairwise: bool | None, told: dict[str, Any]) -> Any:
        if self._step is not None:
            raise NotImplementedError(f"rolling(step=).{method}(): take every so many rows of what it gives without")
        source = new(self._frame) if self._select is None else new(self._frame)[self._select]
        mine, theirs = pair_of(source.expr, other, f"rolling.{method}")
        kwargs = {**told, "pairwise": every_pair(other, pairwise)}
        windows = ("rolling", self._options)
        if self._options.get("on") is not None:
            return pair_of_whole(mine, theirs, windows, method, kwargs)
        return new(moving_pairs(mine, theirs, windows, self._around(), method, kwargs))

    def __repr__(self) -> str:
        return f"<minidask Rolling {self._options}>"


def aggregate_method(name: str) -> Callable[..., Any]:
    """The method of windows that asks pandas' windows for an aggregate."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._apply(name, args, kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"As `{name}` of such windows of pandas."
    return method


for _name in (*AGGREGATES, *NEWER):
    setattr(Rolling, _name, aggregate_method(_name))


class RollingWindows(FrameCollection):
    """`rolling` of DataFrame and Series."""

    def rolling(
        self,
        window: Any,
        min_periods: int | None = None,
        center: bool = False,
        win_type: str | None = None,
        on: Any = None,
        closed: str | None = None,
        step: int | None = None,
        method: str = "single",
    ) -> Rolling:
        """Windows that move along the rows.

        Parameters
        ----------
        window
            How many rows, or a span of time such as "2h" for an index of times that increases.
        min_periods
            How many values a window must have; default: as many as rows, of a span of time one.
        center
            Whether a row is in the middle of its window, instead of its end.
        win_type
            The weights of the rows, by their name in scipy.
        on
            The column of times, which increases, instead of the index.
        closed
            Which ends of the window belong to it: "right", "left", "both" or "neither".
        step
            Aggregates of every so many rows only.
        method
            "single".

        Raises
        ------
        NotImplementedError
            Other windows than rows and spans of time; another `method`.
        ValueError
            As pandas raises it for what does not go together.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2, 6]), npartitions=2).rolling(2).mean().compute().tolist()
        [nan, 1.5, 4.0]
        """
        if not isinstance(window, int | np.integer):
            try:
                pd.Timedelta(window)
            except (ValueError, TypeError):
                raise NotImplementedError(f"rolling(window={window!r}): expected a number of rows or a span") from None
        if method != "single":
            raise NotImplementedError(f'rolling(method={method!r}): expected "single"')
        told = {"win_type": win_type, "on": on, "closed": closed, "step": step}
        told = {k: v for k, v in told.items() if v is not None}
        return Rolling(self.expr, {"window": window, "min_periods": min_periods, "center": center, **told})
