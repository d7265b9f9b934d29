"""`resample`, and groups by `pandas.Grouper`: rows in bins of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.align import whole
from minidask.dataframe.asked import UNKNOWN, OfAll
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.meta import Meta, empty
from minidask.dataframe.node import FrameNode, Partitionwise
from minidask.dataframe.piped import Piped
from minidask.dataframe.reductions import one_row
from minidask.dataframe.time_bins import Bins, numbers_of_bins, times_of
from minidask.dataframe.whole_groups import has_functions

BY_GROUPS = ("sum", "prod", "mean", "min", "max", "count", "size", "first", "last", "std", "var", "sem", "median")
"""What a group-by of the bins gives."""

BY_TIME = ("first", "last")
"""Those of them that depend on the order of the moments, and not of the rows."""

OF_EMPTY = {"sum": 0, "prod": 1, "count": 0, "size": 0}
"""What they give for bins without rows, but for missing values."""

OF_WHOLE = ("nunique", "quantile", "ohlc", "asfreq", "ffill", "bfill", "nearest", "interpolate", "apply", "transform")
"""What needs all rows together."""


def _of_all_bins(found: Any, bins: Bins, fill: Any) -> Any:
    """What there is for the numbers of bins, for the labels of all of them."""
    labels = bins.labels.rename(found.index.name)
    numbers = pd.RangeIndex(len(labels))
    return (found.reindex(numbers) if fill is None else found.reindex(numbers, fill_value=fill)).set_axis(labels)


class Resampler(Piped):
    """Rows in bins of time: ``df.resample("1h").mean()``. What comes out has a row for each bin, in one partition.

    Parameters
    ----------
    frame
        What is in the bins.
    times
        A Series of moments with the same rows.
    options
        Of `pandas.Grouper`: `freq`, `closed`, `label`, `origin`, `offset`.
    on
        The column that the moments are; None: the index.
    select
        A column or a list of them to look at.
    group_keys
        Whether `apply` puts the bins before the labels of what it gives.
    """

    def __init__(
        self,
        frame: FrameNode,
        times: FrameNode,
        options: dict[str, Any],
        on: Any = None,
        select: Any = None,
        group_keys: bool = False,
    ) -> None:
        self._frame = frame
        self._times = times
        self._options = options
        self._on = on
        self._select = select
        self._group_keys = group_keys
        self._pandas_of(one_row(frame.meta))  # pandas' own errors for what it does not take

    def __getitem__(self, key: Any) -> Any:
        new(self._frame)[key]  # the error of a column that is not there
        return Resampler(self._frame, self._times, self._options, self._on, key, self._group_keys)

    def __getattr__(self, name: str) -> Any:
        columns = getattr(self._frame.meta, "columns", ())
        if not name.startswith("_") and name in columns:
            return self[name]
        raise AttributeError(f"Resampler has no attribute or column {name!r}")

    def _pandas_of(self, rows: Any) -> Any:
        return resampled(rows, self._on, self._options, self._select)

    def _by_groups(self, method: str, kwargs: dict[str, Any]) -> Any:
        frame, times, select = new(self._frame), self._times, self._select
        if method in BY_TIME:
            frame = frame.sort_index() if self._on is None else frame.sort_values(self._on)
            times = times_of(frame.expr, self._on)
        if self._on is not None:
            frame = frame.drop(columns=[self._on])
        numbers, bins = numbers_of_bins(times, self._options)
        grouped = frame.groupby(new(numbers))
        found = getattr(grouped if select is None else grouped[select], method)(split_out=1, **kwargs)
        given = empty(getattr(self._pandas_of(one_row(self._frame.meta)), method)(**kwargs))
        given = given.astype(found._meta.dtypes if isinstance(given, pd.DataFrame) else found._meta.dtype)
        fill = None if kwargs.get("min_count", 0) > 0 else OF_EMPTY.get(method)
        args = (whole(found.expr), bins, fill)
        return new(Partitionwise(_of_all_bins, args, given=given, label=f"resample-{method}"))

    def _of_whole(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = {**self._options, "group_keys": self._group_keys}
        told = {"on": self._on, "options": options, "select": self._select, "method": method}
        told |= {"args": args, "kwargs": kwargs}
        asked = has_functions((args, kwargs))
        given = UNKNOWN if asked else empty(of_bins(one_row(self._frame.meta), **told))
        node: FrameNode = Partitionwise(of_bins, (whole(self._frame),), told, given=given, label=f"resample-{method}")
        return new(OfAll(node) if asked else node)

    def agg(self, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """One or several aggregates of each bin, as pandas takes them.

        Parameters
        ----------
        func
            A name such as "sum"; a list of names, a dict of column to those, a function: these bring all rows to one
            task.
        """
        if isinstance(func, str) and func in BY_GROUPS and not args:
            return getattr(self, func)(**kwargs)
        return self._of_whole("agg", () if func is None else (func, *args), kwargs)

    aggregate = agg

    @property
    def ndim(self) -> int:
        """The number of dimensions of what is in the bins."""
        return int(self._frame.meta.ndim)

    def __repr__(self) -> str:
        return f"<minidask Resampler {self._options}>"


def resampled(rows: Any, on: Any, options: Mapping[str, Any], select: Any) -> Any:
    """The bins of rows, as pandas makes them."""
    told = dict(options)
    freq = told.pop("freq")
    found = rows.resample(freq, on=on, **told) if isinstance(rows, pd.DataFrame) else rows.resample(freq, **told)
    return found if select is None else found[select]


def of_bins(
    rows: Any,
    on: Any,
    options: Mapping[str, Any],
    select: Any,
    method: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Any:
    """What a method gives for all bins."""
    return getattr(resampled(rows, on, options, select), method)(*args, **kwargs)


def _grouped(name: str) -> Callable[..., Any]:
    def method(self: Resampler, **kwargs: Any) -> Any:
        texts = name in ("sum", "prod") and not _all_numbers(self._frame.meta)
        several = name == "size" and self._frame.meta.ndim == 2 and self._select is not None
        odd = texts or several or self._times.meta.dtype.kind != "M"
        return self._of_whole(name, (), kwargs) if odd else self._by_groups(name, kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"As `{name}` of bins of pandas."
    return method


def _all_numbers(meta: Meta) -> bool:
    dtypes = meta.dtypes if isinstance(meta, pd.DataFrame) else [meta.dtype]
    return all(pd.api.types.is_numeric_dtype(d) or d.kind in "mM" for d in dtypes)


def _together(name: str) -> Callable[..., Any]:
    def method(self: Resampler, *args: Any, **kwargs: Any) -> Any:
        return self._of_whole(name, args, kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"As `{name}` of bins of pandas. All rows come together in one task."
    return method


for _names, _make in ((BY_GROUPS, _grouped), (OF_WHOLE, _together)):
    for _name in _names:
        setattr(Resampler, _name, _make(_name))


class Resampling(FrameCollection):
    """`resample` of DataFrame and Series."""

    def resample(
        self,
        rule: Any,
        closed: str | None = None,
        label: str | None = None,
        on: Any = None,
        level: Any = None,
        origin: Any = "start_day",
        offset: Any = None,
        group_keys: bool = False,
    ) -> Resampler:
        """Rows in bins of time.

        Parameters
        ----------
        rule
            How long a bin is: "1h", "D", "MS" ...
        closed, label
            "left" or "right": which end belongs to a bin, and which one it is called by.
        on
            The column of moments; by default the index.
        level
            The level of the index with the moments, where there are several.
        origin, offset
            Where the first bin begins, as pandas takes them.
        group_keys
            Whether `apply` puts the bins before the labels of what it gives.

        Raises
        ------
        TypeError, KeyError
            The index, or the column, is not one of times; there is no such column.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> times = pd.date_range("2024-01-01", periods=4, freq="12h")
        >>> from_pandas(pd.Series([1, 2, 3, 4], index=times), npartitions=2).resample("D").sum().compute().tolist()
        [3, 7]
        """
        meta = self._meta
        if level is not None:
            others = [*range(meta.index.nlevels)]
            others.remove(meta.index._get_level_number(level))
            alone = self.droplevel(others) if others else self  # type: ignore[attr-defined]
            told = {"closed": closed, "label": label, "on": on, "origin": origin, "offset": offset}
            return alone.resample(rule, **told, group_keys=group_keys)
        if on is not None and (meta.ndim == 1 or on not in meta.columns):
            raise KeyError(f"resample(on={on!r}): there is no such column")
        options = {"freq": rule, "closed": closed, "label": label, "origin": origin, "offset": offset}
        return Resampler(self.expr, times_of(self.expr, on), options, on, group_keys=group_keys)


def grouper_options(grouper: pd.Grouper) -> dict[str, Any]:
    """What a `pandas.Grouper` with a frequency says."""
    return {name: getattr(grouper, name) for name in ("freq", "closed", "label", "origin", "offset")}
