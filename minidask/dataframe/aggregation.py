"""`agg`: reductions by their names, one or several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.group_plans import form_of
from minidask.dataframe.meta import Meta, empty
from minidask.dataframe.node import FrameNode, Partitionwise, Projection, wrap
from minidask.dataframe.reductions import one_row
from minidask.dataframe.statistics import STATISTICS
from minidask.dataframe.tallies import Condense, as_it_is, concat_all
from minidask.dataframe.whole import made_now

NAMES = (*STATISTICS, "median", "quantile")
"""What gives one value for a column."""

Place = tuple[Any, Any, str]
"""Column and row of a value of the answer, and the reduction. The column is the one that is reduced."""


class Aggregates(FrameCollection):
    """`agg` of DataFrame and Series."""

    def agg(self, func: Any = None, axis: int | str = 0, **kwargs: Any) -> Any:
        """One reduction, or several at once.

        Parameters
        ----------
        func
            The name of a reduction, such as "sum" or "median"; a list of names; for a DataFrame also a dict of column
            to those.
        axis
            Only 0.
        **kwargs
            Named forms: ``total=("x", "sum")``, for a Series ``total="sum"``.

        Raises
        ------
        NotImplementedError
            Other names.

        Notes
        -----
        Functions see whole columns: all rows come together in one task, now, and what they give is kept.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([1, 2, 3]), npartitions=2).agg(["min", "median"]).compute().tolist()
        [1.0, 2.0]
        """
        if along_columns(self._pandas, "agg", axis):
            raise NotImplementedError(f"agg(axis={axis!r}): call the reduction by its name, such as sum(axis=1)")
        if (func is None) == (not kwargs):
            raise TypeError("agg: give func=, or named forms")
        if isinstance(func, str) and func in (*NAMES, "mode"):
            return getattr(self, func)()
        if _has_functions(func if func is not None else [_name_of(f) for f in kwargs.values()]):
            told = {"func": func, "named": kwargs}
            return made_now(Condense(self.expr, as_it_is, concat_all, _by_functions, told, given=0))
        _check(func if func is not None else [_name_of(f) for f in kwargs.values()])
        expected = one_row(self._meta).agg(**kwargs) if func is None else one_row(self._meta).agg(func)
        return _together(self.expr, _places(self._meta, func, kwargs), expected)

    aggregate = agg


def _name_of(form: Any) -> Any:
    """The reduction of a named form."""
    found = form_of(form) if isinstance(form, tuple | pd.NamedAgg) else (None, form)
    return found[1] if found else form


def _by_functions(blocks: Sequence[Any], func: Any, named: Mapping[str, Any]) -> Any:
    return concat_all(blocks).agg(**named) if func is None else concat_all(blocks).agg(func)


def _has_functions(func: Any) -> bool:
    found = list(func.values()) if isinstance(func, Mapping) else func if isinstance(func, list) else [func]
    return any(callable(f) or (isinstance(f, list) and _has_functions(f)) for f in found)


def _check(func: Any) -> None:
    found = list(func.values()) if isinstance(func, Mapping) else func if isinstance(func, list) else [func]
    for name in found:
        if isinstance(func, Mapping) and isinstance(name, list):
            _check(name)
        elif not isinstance(name, str) or name not in NAMES:
            raise NotImplementedError(f"agg({name!r}): expected a name, or several, of {', '.join(NAMES)}")


def _places(meta: Meta, func: Any, named: Mapping[str, Any]) -> list[Place]:
    """What is asked, value by value."""
    if isinstance(meta, pd.Series):
        forms = named or (func if isinstance(func, Mapping) else dict(zip(func, func)))
        return [(None, row, name) for row, name in forms.items()]
    if func is None:
        pairs = [(row, form_of(value)) for row, value in named.items()]
        return [(pair[0], row, pair[1]) for row, pair in pairs if pair]
    columns = func if isinstance(func, Mapping) else dict.fromkeys(meta.columns, func)
    return [(c, name, name) for c, names in columns.items() for name in (names if isinstance(names, list) else [names])]


def _together(node: FrameNode, places: list[Place], expected: Any) -> Any:
    """Several reductions as one frame, of the scalars that they are column by column."""
    reduced = [new(node if isinstance(node.meta, pd.Series) else Projection(node, c)) for c, _, _ in places]
    values = tuple(getattr(column, name)().expr for column, (_, _, name) in zip(reduced, places))
    where = [(column, row) for column, row, _ in places]
    told = empty(expected), expected.index.tolist()
    scalars: FrameNode = Partitionwise(_put_together, (values, where, *told), given=0)
    return new(wrap(scalars, told[0], (None, None)))


def _put_together(values: Sequence[Any], where: Sequence[tuple[Any, Any]], meta: Meta, index: list[Any]) -> Any:
    """The answer in the form that pandas gives it: where nothing was asked, a value is missing."""
    if isinstance(meta, pd.Series):
        return pd.Series(list(values), index=index, name=meta.name)
    columns: dict[Any, dict[Any, Any]] = {}
    for value, (column, row) in zip(values, where):
        columns.setdefault(column, {})[row] = value
    made = {c: pd.Series(list(v.values()), index=list(v)).reindex(index) for c, v in columns.items()}
    return pd.DataFrame(made).set_axis(meta.columns, axis=1)
