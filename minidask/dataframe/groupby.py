"""`groupby`: groups of rows, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from pandas.api.typing import DataFrameGroupBy as PandasDataFrameGroupBy
from pandas.api.typing import SeriesGroupBy as PandasSeriesGroupBy

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.group_keys import key_of, level_of, listed, with_rows_of, without_times
from minidask.dataframe.grouped import Aggregated, Grouping, RowsOfGroups, WholeGroups
from minidask.dataframe.meta import Meta, empty, make_meta
from minidask.dataframe.node import FrameNode, Projection
from minidask.dataframe.numbering import numbered
from minidask.dataframe.partitions import Pick
from minidask.dataframe.resample import Resampler, grouper_options, times_of
from minidask.dataframe.selection import filtered
from minidask.dataframe.user import no_default

AGGREGATES = (
    "sum", "prod", "mean", "count", "min", "max", "std", "var", "sem", "first", "last", "size", "nunique",
    "any", "all", "median", "quantile", "skew", "idxmin", "idxmax", "describe", "cov", "corr", "unique",
    "value_counts", "nlargest", "nsmallest",
)  # fmt: skip
"""Methods that give something for each group."""

ROWS = ("cumsum", "cumprod", "cummin", "cummax", "cumcount", "shift", "diff", "pct_change", "rank", "ffill", "bfill")
"""Methods that give something for each row."""

SELECTIONS = ("head", "tail", "nth")
"""Methods that select rows, which stay in their order."""


class GroupBy:
    """Rows of a lazy frame in groups. Base of DataFrameGroupBy and SeriesGroupBy.

    Sums, means and the like are made block by block and merged. Other methods bring the rows of a group to one
    partition. What comes out has the order that pandas gives it.

    Parameters
    ----------
    frame
        The expression that is grouped.
    by
        The keys: labels of columns, and Series nodes with the rows of the frame.
    grouping
        How, and which columns are looked at.
    """

    _pandas: type = object

    def __init__(self, frame: FrameNode, by: tuple[Any, ...], grouping: Grouping) -> None:
        self._frame = frame
        self._by = by
        self._grouping = grouping

    def agg(
        self,
        func: Any = None,
        *args: Any,
        split_every: int | None = None,
        split_out: int | bool | None = None,
        meta: Any = no_default,
        **kwargs: Any,
    ) -> Any:
        """One or several aggregates of each group.

        Parameters
        ----------
        func
            A name such as "sum", a function of a Series, a list of them; for a DataFrame a dict of column to those.
        split_every
            How many partial results one task merges.
        split_out
            How many partitions the result has; True: as many as the frame. Default: 1. For many groups.
        meta
            What comes out, where `func` is a function; by default the first partition tells.
        **kwargs
            Named forms: ``total=("x", "sum")``, for a Series ``total="sum"``.

        Returns
        -------
        DataFrame or Series

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1.0, 2.0, 4.0]}), npartitions=2)
        >>> df.groupby("k").agg(total=("x", "sum")).compute().total.tolist()
        [5.0, 2.0]
        """
        given = {"func": func, **kwargs} if func is not None else kwargs
        return self._aggregate("agg", args, given, split_every, split_out, meta)

    aggregate = agg

    def apply(self, func: Callable[..., Any], *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        """Call a function with each group, and put what it gives together as pandas does.

        Parameters
        ----------
        func
            Takes a group as a DataFrame or Series; gives a pandas object or a scalar.
        meta
            What comes out: as for `map_partitions`. By default the first partition tells.
        *args, **kwargs
            For `func`.
        """
        given = make_meta(meta, like=self._frame.meta) if meta is not no_default else None
        return self._of_whole_groups("apply", (func, *args), kwargs, None, given)

    def transform(self, func: Any, *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        """For each row what a function gives for its group.

        Parameters
        ----------
        func
            A name such as "mean", or a function of a group that gives as many rows, or one value.
        meta
            What comes out, where `func` is a function; by default the first partition tells.
        *args, **kwargs
            For `func`.
        """
        given = make_meta(meta, like=self._frame.meta) if meta is not no_default else None
        if given is None and not isinstance(func, str):
            given = self._on_first_partition("transform", (func, *args), kwargs)
        return self._rows("transform", (func, *args), kwargs, given)

    def get_group(self, name: Any) -> Any:
        """The rows of one group.

        Parameters
        ----------
        name
            The key; for several a tuple.
        """
        keys = [new(k if isinstance(k, FrameNode) else Projection(self._frame, k)) for k in self._by]
        values = name if isinstance(name, tuple) else (name,)
        if len(values) != len(keys):
            raise ValueError(f"get_group({name!r}): expected {len(keys)} keys")
        mask = keys[0] == values[0]
        for key, value in zip(keys[1:], values[1:]):
            mask = mask & (key == value)
        return new(filtered(self._selected_columns(), mask.expr))

    def _selected_columns(self) -> FrameNode:
        """The frame, or what was selected of it."""
        select = self._grouping.select
        if select is None:
            return self._frame
        return Projection(self._frame, select if isinstance(select, list) else select[0])

    def _aggregate(
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        split_every: int | None = None,
        split_out: int | bool | None = None,
        meta: Any = no_default,
    ) -> Any:
        count = _how_many(split_out, self._frame.npartitions)
        given = make_meta(meta) if meta is not no_default else None
        if given is None and _has_functions(kwargs):
            given = self._on_first_partition(method, args, kwargs)
        node = Aggregated(self._frame, self._by, self._grouping, method, args, kwargs, given, split_every, count or 1)
        if args or node.plan is None:
            return self._of_whole_groups(method, args, kwargs, count, node.meta)
        if count and count > 1 and (node.repeats or node.plan.distinct or not self._grouping.options["sort"]):
            node = node.replace(split_out=1)
        return self._counted(node)

    def _of_whole_groups(
        self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], count: int | None, meta: Meta
    ) -> Any:
        options = self._grouping.options
        if meta is None:
            meta = self._on_first_partition(method, args, kwargs)
        node = WholeGroups(self._frame, self._by, self._grouping, method, args, kwargs, meta)
        in_order = options["sort"] and options["group_keys"] and not node.repeats and not node.counts_categories
        return self._counted(node.replace(count=(count or self._frame.npartitions) if in_order else 1))

    def _counted(self, node: Any) -> Any:
        """Without keys as index, rows are numbered."""
        if node.npartitions == 1 or self._grouping.options.get("as_index", True):
            return new(node)
        return new(numbered(node))

    def _on_first_partition(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Meta:
        """What a person's function gives, found with real rows."""
        frame = Pick(self._frame, range(1))
        by = tuple(Pick(k, range(1)) if isinstance(k, FrameNode) else k for k in self._by)
        node = WholeGroups(frame, by, self._grouping, method, args, kwargs, frame.meta)
        return empty(new(node).compute())

    def _rows(
        self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], meta: Meta = None, mask: bool = False
    ) -> Any:
        node: Any = RowsOfGroups(self._frame, self._by, self._grouping, method, args, kwargs, meta, mask)
        return new(node)

    def _select_rows(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        mask = self._rows(method, args, kwargs, pd.Series([], dtype=bool, index=_index_of(self._frame)), mask=True)
        return new(filtered(self._selected_columns(), mask.expr))

    def __repr__(self) -> str:
        keys = ", ".join(str(k.meta.name) if isinstance(k, FrameNode) else repr(k) for k in self._by)
        return f"<minidask {type(self).__name__} by {keys}>"

    def __iter__(self) -> Any:
        raise TypeError("the groups of a lazy frame cannot be iterated over; use apply(), or compute() the frame first")


def _index_of(node: FrameNode) -> pd.Index:
    index: pd.Index = node.meta.index
    return index


def _has_functions(kwargs: Mapping[str, Any]) -> bool:
    """Whether a person's function is among what is to be applied."""
    found = list(kwargs.values())
    while found:
        value = found.pop()
        if isinstance(value, Mapping):
            found += value.values()
        elif isinstance(value, list | tuple):
            found += value
        elif isinstance(value, pd.NamedAgg):
            found.append(value.aggfunc)
        elif callable(value):
            return True
    return False


def _how_many(split_out: int | bool | None, npartitions: int) -> int | None:
    if split_out is None or split_out is False:
        return None
    if split_out is True:
        return npartitions
    if type(split_out) is not int or split_out < 1:
        raise ValueError(f"split_out={split_out!r}: expected a number of partitions, or True")
    return split_out


class DataFrameGroupBy(GroupBy):
    """Rows of a DataFrame in groups; ``grouped["x"]`` and ``grouped[["x", "y"]]`` look at some columns only."""

    _pandas = PandasDataFrameGroupBy

    def __getitem__(self, key: Any) -> Any:
        columns = self._frame.meta.columns
        missing = [k for k in (key if isinstance(key, list) else [key]) if k not in columns]
        if missing:
            raise KeyError(f"Columns not found: {', '.join(map(repr, missing))}; there are {columns.tolist()}")
        kind = DataFrameGroupBy if isinstance(key, list) else SeriesGroupBy
        return kind(self._frame, self._by, replace(self._grouping, select=key if isinstance(key, list) else (key,)))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._frame.meta.columns:
            return self[name]
        raise AttributeError(f"{type(self).__name__} has no attribute or column {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(c for c in self._frame.meta.columns if isinstance(c, str) and c.isidentifier())]


class SeriesGroupBy(GroupBy):
    """Rows of a Series, or of one column, in groups."""

    _pandas = PandasSeriesGroupBy


def _aggregation(name: str) -> Callable[..., Any]:
    def method(
        self: GroupBy, *args: Any, split_every: int | None = None, split_out: int | bool | None = None, **kwargs: Any
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
    def method(self: GroupBy, *args: Any, **kwargs: Any) -> Any:
        return self._rows(name, (), bound(self._pandas, name, args, kwargs))

    method.__doc__ = f"""As `{name}` of a group-by of pandas: a value for each row, in its place.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them.
    """
    return method


def _selection(name: str) -> Callable[..., Any]:
    def method(self: GroupBy, n: Any = 5, **kwargs: Any) -> Any:
        return self._select_rows(name, (n,), kwargs)

    method.__doc__ = f"""As `{name}` of a group-by of pandas: some rows of each group, in their order.

    Parameters
    ----------
    n
        How many; for `nth` which, counted from 0.
    """
    return method


for _names, _make in ((AGGREGATES, _aggregation), (ROWS, _row_method), (SELECTIONS, _selection)):
    for _name in _names:
        _made = _make(_name)
        _made.__name__ = _made.__qualname__ = _name
        setattr(GroupBy, _name, _made)


class Groups(FrameCollection):
    """`groupby` of DataFrame and Series."""

    def groupby(
        self,
        by: Any = None,
        level: Any = None,
        as_index: bool = True,
        sort: bool = True,
        group_keys: bool = True,
        observed: bool = True,
        dropna: bool = True,
    ) -> Any:
        """Rows in groups of equal keys.

        Parameters
        ----------
        by
            The label of a column, a lazy Series with the same rows, a function of the index labels,
            a `pandas.Grouper`, or a list of those.
        level
            A level of the index, instead of `by`.
        as_index
            Whether the keys become the index of aggregates.
        sort
            Whether groups are sorted by key; else they come as they first appear.
        group_keys
            Whether `apply` adds the keys to the index.
        observed
            For categorical keys, whether to leave out categories without rows.
        dropna
            Whether to leave out rows whose key is missing.

        Returns
        -------
        DataFrameGroupBy or SeriesGroupBy

        Raises
        ------
        KeyError, TypeError, ValueError
            A key is not a column, is in memory, or has other rows.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1.0, 2.0, 4.0]}), npartitions=2)
        >>> df.groupby("k").x.sum().compute().to_dict()
        {1: 5.0, 2: 2.0}
        """
        options: dict[str, Any] = {"sort": sort, "group_keys": group_keys, "observed": observed, "dropna": dropna}
        if isinstance(self._meta, pd.DataFrame):
            options["as_index"] = as_index
        elif not as_index:
            raise TypeError("as_index=False only valid with DataFrame")
        if (by is None) == (level is None):
            raise TypeError("groupby: give one of by= and level=")
        scalar = not isinstance(by if level is None else level, list)
        keys = listed(by) if level is None else [level_of(self.expr, at) for at in listed(level)]
        if isinstance(by, pd.Grouper) and by.freq is not None and by.level is None:
            return Resampler(self.expr, times_of(self.expr, by.key), grouper_options(by), by.key)
        if isinstance(by, pd.Grouper):
            options["sort"] = by.sort
        found = [key_of(self.expr, k) for k in keys]
        frame, by_nodes = with_rows_of(without_times(self.expr, keys), found)
        kind = DataFrameGroupBy if isinstance(self._meta, pd.DataFrame) else SeriesGroupBy
        return kind(frame, by_nodes, Grouping(options, scalar=scalar))
