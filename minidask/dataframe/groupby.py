"""`groupby`: groups of rows, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy as PandasDataFrameGroupBy
from pandas.api.typing import SeriesGroupBy as PandasSeriesGroupBy

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import callable_only
from minidask.dataframe.group_correlation import GroupCorrelation, can_correlate
from minidask.dataframe.group_counts import is_small, partitions_for
from minidask.dataframe.group_custom import has_aggregations, in_their_own_way
from minidask.dataframe.group_keys import key_of, level_of, listed, with_rows_of, without_times
from minidask.dataframe.group_largest import LargestOfGroups, can_compare
from minidask.dataframe.group_methods import GroupMethods
from minidask.dataframe.group_parts import PartsOfGroups
from minidask.dataframe.group_windows import GroupWindows
from minidask.dataframe.grouped import Aggregated, Grouping
from minidask.dataframe.meta import Meta, make_meta
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.numbering import numbered
from minidask.dataframe.resample import Resampler, grouper_options
from minidask.dataframe.selection import filtered
from minidask.dataframe.time_bins import times_of
from minidask.dataframe.user import no_default
from minidask.dataframe.whole_groups import (
    ResultsOfRows,
    WholeGroups,
    has_functions,
    rows_of,
    rows_with_functions,
    with_functions,
)


class GroupBy(GroupMethods, PartsOfGroups, GroupWindows):
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
            A name such as "sum", a function of a Series, an `Aggregation`, a list of them; for a DataFrame a dict of
            column to those. A function sees each group once.
        split_every
            How many partial results one task merges.
        split_out
            How many partitions the result has; True: as many as the frame. Default: 1. For many groups.
        meta
            What comes out, where `func` is a function; by default the groups of one partition tell, and are kept.
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
        if has_aggregations(func):
            return in_their_own_way(self, func, split_every)
        if args:
            return self._aggregate("agg", (func, *args), kwargs, split_every, split_out, meta)
        given = {"func": func, **kwargs} if func is not None else kwargs
        return self._aggregate("agg", (), given, split_every, split_out, meta)

    aggregate = agg

    def apply(self, func: Callable[..., Any], *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        """Call a function with each group, once, and put what it gives together as pandas does.

        Parameters
        ----------
        func
            Takes a group as a DataFrame or Series; gives a pandas object or a scalar.
        meta
            What comes out: as for `map_partitions`. By default the groups of one partition tell, and are kept. Series
            with the same labels make columns: if others come only later, ``meta=(name, dtype)`` tells it.
        *args, **kwargs
            For `func`.
        """
        given = make_meta(meta, like=self._frame.meta) if meta is not no_default else None
        if isinstance(func, str):
            return getattr(self, func)(*args, **kwargs)
        return self._of_whole_groups("apply", (func, *args), kwargs, None, given)

    def transform(self, func: Any, *args: Any, meta: Any = no_default, **kwargs: Any) -> Any:
        """For each row what a function gives for its group.

        Parameters
        ----------
        func
            A name such as "mean", or a function of a group that gives as many rows, or one value. As with pandas, it
            is called for a whole group of a DataFrame and for its columns: once for each.
        meta
            What comes out, where `func` is a function; by default the groups of one partition tell, and are kept.
        *args, **kwargs
            For `func`.
        """
        given = make_meta(meta, like=self._frame.meta) if meta is not no_default else None
        if given is None and not isinstance(func, str):
            return new(rows_with_functions(self._results("transform", (func, *args), kwargs)))
        return self._rows("transform", (func, *args), kwargs, given)

    def filter(self, func: Callable[..., Any], dropna: bool = True, *args: Any, **kwargs: Any) -> Any:
        """The rows of the groups for which a function is true, in their order.

        Parameters
        ----------
        func
            Takes a group as a DataFrame or Series; gives one boolean. It is called once for each group.
        dropna
            False: all rows stay, and the values of those that are left out are missing.
        *args, **kwargs
            For `func`.

        Raises
        ------
        TypeError
            Later: it gives something else.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1.0, 2.0, 4.0]}), npartitions=2)
        >>> df.groupby("k").filter(lambda group: len(group) > 1).compute().x.tolist()
        [1.0, 4.0]
        """
        mask = self._mask("filter", (callable_only("filter", func), *args), kwargs)
        found = self._selected_columns()
        return new(filtered(found, mask.expr) if dropna else Partitionwise(_or_missing, (found, mask.expr), {}, "rows"))

    def _columns(self) -> list[Any]:
        """The columns that are looked at."""
        select = self._grouping.select
        return [c for c in self._frame.meta.columns if c not in self._by] if select is None else list(select)

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
        if given is None and has_functions((*args, kwargs)):
            return self._of_whole_groups(method, args, kwargs, count, None)
        node = Aggregated(
            self._frame, self._by, self._grouping, method, args, kwargs, given, None, split_every, count or 1
        )
        if args or node.plan is None:
            return self._of_whole_groups(method, args, kwargs, count, node.meta)
        in_one = node.repeats or node.plan.distinct or not self._grouping.options["sort"]
        node = node.replace(split_out=1 if in_one else count or partitions_for(node))
        return self._counted(node)

    def _of_whole_groups(
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        count: int | None,
        meta: Meta,
        via: tuple[Any, ...] | None = None,
    ) -> Any:
        """What a method gives for whole groups; without `meta` it calls a person's function."""
        options = self._grouping.options
        told = self._frame.meta if meta is None else meta
        node = WholeGroups(self._frame, self._by, self._grouping, method, args, kwargs, told, via)
        keyed = options["group_keys"] or method != "apply"
        in_order = options["sort"] and keyed and not node.repeats and not node.counts_categories
        few = count or (1 if is_small(self._frame) else self._frame.npartitions)
        node = node.replace(count=few if in_order else 1)
        found = with_functions(node) if meta is None else node
        return new(found) if via else self._counted(found)

    def _counted(self, node: Any) -> Any:
        """Without keys as index, rows are numbered."""
        if node.npartitions == 1 or self._grouping.options.get("as_index", True):
            return new(node)
        return new(numbered(node))

    def _results(
        self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], meta: Meta = None, mask: bool = False
    ) -> ResultsOfRows:
        found: ResultsOfRows = ResultsOfRows(
            self._frame, self._by, self._grouping, method, args, kwargs, meta, None, mask
        )
        return found

    def _rows(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], meta: Meta = None) -> Any:
        return new(rows_of(self._results(method, args, kwargs, meta)))

    def _mask(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Which rows a method selects."""
        told = pd.Series([], dtype=bool, index=self._frame.meta.index)
        return new(rows_of(self._results(method, args, kwargs, told, mask=True)))

    def _select_rows(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return new(filtered(self._selected_columns(), self._mask(method, args, kwargs).expr))

    def __repr__(self) -> str:
        keys = ", ".join(str(k.meta.name) if isinstance(k, FrameNode) else repr(k) for k in self._by)
        return f"<minidask {type(self).__name__} by {keys}>"


def _or_missing(block: Any, mask: pd.Series) -> Any:
    flags = mask.to_numpy()
    return block.where(flags if block.ndim == 1 else np.repeat(flags[:, None], block.shape[1], axis=1))


def _of_two(group: pd.DataFrame, method: str, kwargs: dict[str, Any]) -> Any:
    return getattr(group.iloc[:, 0], method)(group.iloc[:, 1], **kwargs)


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

    def corr(self, method: Any = "pearson", min_periods: int = 1, numeric_only: bool = False) -> Any:
        """The correlations of all pairs of columns of each group. Parameters as for `DataFrame.corr`."""
        given = {"method": method, "min_periods": min_periods, "numeric_only": numeric_only}
        return self._correlation("corr", given, method == "pearson", min_periods, None)

    def cov(self, min_periods: int | None = None, ddof: int | None = 1, numeric_only: bool = False) -> Any:
        """The covariances of all pairs of columns of each group. Parameters as for `DataFrame.cov`."""
        given = {"min_periods": min_periods, "ddof": ddof, "numeric_only": numeric_only}
        return self._correlation("cov", given, True, min_periods, 1 if ddof is None else ddof)

    def _correlation(
        self, method: str, given: dict[str, Any], known: bool, least: int | None, freedom: int | None
    ) -> Any:
        columns, options = self._columns(), self._grouping.options
        if given["numeric_only"]:
            columns = [c for c in columns if pd.api.types.is_numeric_dtype(self._frame.meta[c].dtype)]
        told = self._frame, self._by, self._grouping, method, (), given
        if known and can_correlate(self._frame, columns, options):
            node = GroupCorrelation(*told, columns=tuple(columns), least=max(least or 1, 1), freedom=freedom)
            if not node.repeats:
                return new(node)
        return self._aggregate(method, (), given)

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

    def nlargest(self, n: int = 5, keep: str = "first") -> Any:
        """The largest values of each group, the largest first. Parameters as for `Series.nlargest`."""
        return self._extremes("nlargest", n, keep)

    def nsmallest(self, n: int = 5, keep: str = "first") -> Any:
        """The smallest values of each group, the smallest first. Parameters as for `Series.nsmallest`."""
        return self._extremes("nsmallest", n, keep)

    def _extremes(self, method: str, n: int, keep: str) -> Any:
        given = {"n": n, "keep": keep}
        if keep == "first" and n > 0 and can_compare(self._selected_columns().meta, self._grouping.options):
            node = LargestOfGroups(self._frame, self._by, self._grouping, method, (), given, n=n)
            if not node.repeats:
                return new(node)
        return self._aggregate(method, (), given)

    def corr(self, other: Any, method: Any = "pearson", min_periods: int | None = None) -> Any:
        """The correlation of each group with another Series of the same rows. Parameters as for `Series.corr`."""
        return self._with_another(other, "corr", {"method": method, "min_periods": min_periods})

    def cov(self, other: Any, min_periods: int | None = None, ddof: int | None = 1) -> Any:
        """The covariance of each group with another Series of the same rows. Parameters as for `Series.cov`."""
        return self._with_another(other, "cov", {"min_periods": min_periods, "ddof": ddof})

    def _with_another(self, other: Any, method: str, kwargs: dict[str, Any]) -> Any:
        values = new(self._selected_columns())
        if not isinstance(getattr(other, "_meta", None), pd.Series):
            raise TypeError(f"{method}(other): expected a lazy Series, got a {type(other).__name__}")
        keys = [k if isinstance(k, FrameNode) else Projection(self._frame, k) for k in self._by]
        both, by = with_rows_of(values.to_frame(0).assign(**{"1": other}).expr, keys)
        of_two = partial(_of_two, method=method, kwargs=kwargs)
        told = pd.Series([], dtype="float64", name=values.name, index=self.size()._meta.index)
        options = {**self._grouping.options, "as_index": True}
        node = DataFrameGroupBy(both, by, Grouping(options, scalar=self._grouping.scalar))
        return node._of_whole_groups("apply", (of_two,), {}, None, told).rename(values.name)


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
        if isinstance(by, list) and not by:
            raise ValueError("groupby(by=[]): expected one key at least")
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
