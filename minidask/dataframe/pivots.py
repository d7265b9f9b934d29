"""Tables of groups: `pivot_table`, `pivot`, `crosstab`, `stack` and `unstack`.

Which columns such a table has depends on the data, so it is made at the call: the groups by all partitions, the table
of them in one. What comes back is lazy again, of one partition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import from_pandas
from minidask.dataframe.meta import empty
from minidask.dataframe.node import Partitionwise
from minidask.dataframe.reductions import one_row
from minidask.dataframe.stacking import concat

GROUPED = ("sum", "mean", "min", "max", "count", "first", "last", "std", "var", "median")
"""Aggregates of which a group-by makes the cells of a table."""


def _lazy(table: Any) -> Any:
    return from_pandas(table, npartitions=1, sort=False)


class Unstacking(FrameCollection):
    """`unstack` of DataFrame and Series."""

    def unstack(self, level: Any = -1, fill_value: Any = None, sort: bool = True) -> Any:
        """A level of the index as columns. For what has few rows, such as aggregates of groups: they are made now.

        Parameters
        ----------
        level, fill_value, sort
            As pandas takes them.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"], "v": [1, 2, 3]}), npartitions=2)
        >>> df.groupby(["a", "b"]).v.sum().unstack(fill_value=0).compute().to_dict("list")
        {'x': [1, 3], 'y': [2, 0]}
        """
        return _lazy(self.compute().unstack(level, fill_value=fill_value, sort=sort))


class Pivots(FrameCollection):
    """`pivot_table`, `pivot` and `stack` of a DataFrame."""

    def pivot_table(
        self,
        values: Any = None,
        index: Any = None,
        columns: Any = None,
        aggfunc: Any = "mean",
        fill_value: Any = None,
        margins: bool = False,
        dropna: bool = True,
        margins_name: str = "All",
        observed: bool = True,
        sort: bool = True,
    ) -> Any:
        """A table of aggregates: a row for each key of `index`, a column for each of `columns`. It is made now.

        Parameters
        ----------
        values, index, columns
            Labels of columns, or lists of them.
        aggfunc
            The name of an aggregate. Others, lists and dicts, and `margins`, bring these columns to one task.
        fill_value, margins, dropna, margins_name, observed, sort
            As pandas takes them.

        Raises
        ------
        KeyError, ValueError
            There is no such column; no keys are given.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"], "v": [1, 2, 3]}), npartitions=2)
        >>> df.pivot_table(values="v", index="a", columns="b", aggfunc="sum").compute()
        b    x    y
        a
        1  1.0  2.0
        2  3.0  NaN
        """
        told: dict[str, Any] = {"index": index, "columns": columns, "fill_value": fill_value, "dropna": dropna}
        told |= {"observed": observed, "sort": sort, "values": values}
        keys = [*_listed(index), *_listed(columns)]
        _check(self._meta, [*keys, *_listed(values)], "pivot_table")
        frame: Any = self
        if values is not None:
            frame = frame[list(dict.fromkeys([*keys, *_listed(values)]))]
        by_groups = isinstance(aggfunc, str) and aggfunc in GROUPED and dropna and observed and sort and not margins
        if not by_groups or not keys or any(_is_category(frame._meta[k]) for k in keys):
            named = {"aggfunc": aggfunc, "margins": margins, "margins_name": margins_name}
            return _lazy(pd.pivot_table(frame.compute(), **told, **named))
        cells = getattr(frame.groupby(keys), aggfunc)().compute()
        return _lazy(pd.pivot_table(cells.reset_index(), **told, aggfunc="first"))

    def pivot(self, columns: Any, index: Any = None, values: Any = None) -> Any:
        """A table of the values themselves, of which each pair of keys has one. It is made now, in one task.

        Parameters
        ----------
        columns, index, values
            Labels of columns, or lists of them.

        Raises
        ------
        ValueError
            A pair of keys has several values.
        """
        told = {k: v for k, v in (("index", index), ("values", values)) if v is not None}
        _check(self._meta, [*_listed(columns), *_listed(index), *_listed(values)], "pivot")
        return _lazy(self.compute().pivot(columns=columns, **told))

    def stack(self, level: Any = -1) -> Any:
        """The columns as a level of the index: a row for each row and column.

        Parameters
        ----------
        level
            Of the columns, where they have several.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2).stack().compute().tolist()
        [1, 3, 2, 4]
        """
        given = empty(one_row(self._meta).rename_axis(self._meta.index.names).stack(level))
        return new(Partitionwise(_stacked, (self.expr, level, given), given=given, label="stack"))


def _stacked(block: pd.DataFrame, level: Any, meta: Any) -> Any:
    return block.stack(level) if len(block) else meta


def _listed(keys: Any) -> list[Any]:
    if keys is None:
        return []
    return list(keys) if isinstance(keys, list | tuple | pd.Index) else [keys]


def _check(meta: pd.DataFrame, labels: Sequence[Any], called: str) -> None:
    missing = [c for c in labels if not isinstance(c, FrameCollection) and c not in meta.columns]
    if missing:
        raise KeyError(f"{called}: there is no column {missing[0]!r}; the columns are {meta.columns.tolist()}")


def _is_category(column: Any) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def pivot_table(data: Any, *args: Any, **kwargs: Any) -> Any:
    """A table of aggregates. Parameters as for `DataFrame.pivot_table`, after the DataFrame."""
    return data.pivot_table(*args, **kwargs)


def pivot(data: Any, **kwargs: Any) -> Any:
    """A table of the values themselves. Parameters as for `DataFrame.pivot`, after the DataFrame."""
    return data.pivot(**kwargs)


def crosstab(index: Any, columns: Any, values: Any = None, **kwargs: Any) -> Any:
    """How often each pair of values is there, as `pandas.crosstab`. The table is made now.

    Parameters
    ----------
    index, columns
        Lazy Series with the same rows, or lists of them.
    values
        What an `aggfunc` is to aggregate.
    **kwargs
        As pandas takes them. With `values`, `margins` or `normalize`, the Series come together in one task.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> df = from_pandas(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"]}), npartitions=2)
    >>> crosstab(df.a, df.b).compute().to_dict("list")
    {'x': [1, 1], 'y': [1, 0]}
    """
    rows, across = _listed(index), _listed(columns)
    series = [*rows, *across, *([] if values is None else [values])]
    if not any(isinstance(s, FrameCollection) for s in series):
        return pd.crosstab(index, columns, values, **kwargs)
    odd = [s for s in series if not isinstance(s, FrameCollection) or not isinstance(s._meta, pd.Series)]
    if odd:
        raise TypeError(f"crosstab: expected lazy Series, got a {type(odd[0]).__name__}")
    table = concat([s.rename(i) for i, s in enumerate(series)], axis=1)
    names = [s.name for s in series]
    whole = kwargs or values is not None or any(_is_category(s) for s in series)
    made = (
        table.compute() if whole else table.groupby(list(range(len(series)))).size().compute().reset_index(name="count")
    )
    found = [made[i].rename(name) for i, name in enumerate(names)]
    left, right = found[: len(rows)], found[len(rows) : len(rows) + len(across)]
    if whole:
        given = {} if values is None else {"values": found[-1]}
        return _lazy(pd.crosstab(left, right, **given, **kwargs))
    counts = pd.crosstab(left, right, values=made.iloc[:, -1], aggfunc="sum")
    return _lazy(counts.fillna(0).astype("int64"))
