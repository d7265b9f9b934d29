"""The table of partition-wise methods: a row each. To add a method that pandas has, add a row."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pandas as pd

from minidask.collection import Collection
from minidask.dataframe.align import align, whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.foreign import operand
from minidask.dataframe.node import AsIndex, Method, Partitionwise, is_frame
from minidask.dataframe.numbering import numbered
from minidask.dataframe.queries import predicate_of
from minidask.dataframe.refused import if_taken


class Row(NamedTuple):
    """A method that works on each partition by itself."""

    name: str
    of: str
    """The classes that have it: D for DataFrame, S for Series, I for Index."""
    keeps: str = "rows"
    """As in `Partitionwise`."""
    columnwise: bool | str = True
    """As in `Partitionwise`; or the argument that names the columns which others depend on."""
    numbers: bool = False
    """Whether `ignore_index=True` numbers the rows that it gives."""
    refuses: dict[str, Any] = {}
    """Arguments that reach across partitions, or change the columns by the data: a value each that is fine,
    all others are refused."""


METHODS = (
    Row("abs", "DS"),
    Row("at_time", "DS", keeps="divisions"),
    Row("between", "S"),
    Row("between_time", "DS", keeps="divisions"),
    Row("clip", "DS"),
    Row("copy", "DSI"),
    Row("dropna", "DSI", keeps="divisions", columnwise="subset", numbers=True),
    Row("fillna", "DSI"),
    Row("droplevel", "DS", keeps="", columnwise=False),
    Row("isna", "DSI"),
    Row("isnull", "DSI"),
    Row("notna", "DSI"),
    Row("notnull", "DSI"),
    Row("mask", "DS"),
    Row("replace", "DS", refuses={"limit": (None,), "method": (None,)}),
    Row("round", "DS"),
    Row("reorder_levels", "DS", keeps="", columnwise=False),
    Row("repeat", "S", keeps="divisions", refuses={"axis": (None,)}),
    Row("swaplevel", "DS", keeps="", columnwise=False),
    Row("explode", "DS", keeps="divisions", columnwise=False, numbers=True),
    Row("squeeze", "S"),
    Row("combine_first", "DS", columnwise=False),
    Row("to_frame", "S", columnwise=False),
    Row("to_period", "DS", keeps="", columnwise=False),
    Row("to_timestamp", "DS", keeps="", columnwise=False),
    Row("truncate", "DS", keeps="divisions"),
    Row("tz_convert", "DS", keeps="", columnwise=False),
    Row("tz_localize", "DS", keeps="", columnwise=False),
    Row("where", "DS"),
)


def method_of(row: Row, index: bool = False) -> Callable[..., Any]:
    """The method of our collections that a row tells of; `index`: of an Index."""
    func: Callable[..., Any] = AsIndex(Method(row.name)) if index else Method(row.name)

    def method(self: FrameCollection, *args: Any, **kwargs: Any) -> Any:
        given = bound(self._pandas, row.name, args, kwargs)
        for name, fine in row.refuses.items():
            if name in given and not any(given[name] is f or given[name] == f for f in fine):
                raise NotImplementedError(
                    f"{row.name}({name}={given[name]!r}) reaches across partitions; compute() first"
                )
        told = row.columnwise
        columnwise = given.get(told) is not None if isinstance(told, str) else told
        if given.get("axis") == 1:
            return apply_method(func, self, (), given, "rows")
        anew = row.numbers and given.pop("ignore_index", False)
        found = apply_method(func, self, (), given, row.keeps, columnwise)
        return new(numbered(found.expr)) if anew else found

    method.__name__ = method.__qualname__ = row.name
    method.__doc__ = f"""As `{row.name}` of pandas, partition by partition.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them; frames and lazy scalars among them are aligned with this one.
    """
    return method


def apply_method(
    func: Callable[..., Any],
    self: FrameCollection,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    keeps: str = "rows",
    columnwise: bool = False,
    meta: Any = None,
) -> Any:
    """The collection of a method called block by block; collections among the arguments are aligned with `self`.

    Raises
    ------
    ValueError
        They cannot be aligned.
    Exception
        What pandas raises for the types of the arguments.
    """
    name = getattr(func, "__name__", "method")
    if not any(isinstance(v, Collection) for v in (*args, *kwargs.values())):
        return new(if_taken(Partitionwise(func, (self.expr, *args), kwargs, keeps, columnwise, meta)))
    others = [operand(a, self.expr, name) if isinstance(a, Collection) else a for a in (*args, *kwargs.values())]
    on_columns = [
        isinstance(self._meta, pd.DataFrame) and argument != "cond" and _by_columns(other, kwargs)
        for argument, other in zip((*[None] * len(args), *kwargs), others)
    ]
    together, kept = align(name, [self.expr, *(o for o, apart in zip(others, on_columns) if not apart)])
    places = iter(together[1:])
    found = [whole(o) if apart else next(places) for o, apart in zip(others, on_columns)]
    placed = (together[0], *found[: len(args)])
    named = dict(zip(kwargs, found[len(args) :]))
    return new(if_taken(Partitionwise(func, placed, named, keeps if kept == "rows" else kept, columnwise, meta)))


def _by_columns(operand: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a Series among the arguments of a DataFrame's method has a value for each column."""
    return is_frame(operand) and isinstance(operand.meta, pd.Series) and kwargs.get("axis") != 0


class ValueMethods(FrameCollection):
    """What DataFrame, Series and Index have, and no row can tell."""

    def isin(self, values: Any) -> Any:
        """Whether each element is among some values.

        Parameters
        ----------
        values
            A list or another container in memory; for a DataFrame also a dict of them; or a lazy Series or Index, whose
            values go to every partition.

        Raises
        ------
        NotImplementedError
            A lazy DataFrame.
        """
        func = AsIndex(Method("isin")) if isinstance(self._meta, pd.Index) else Method("isin")
        if not isinstance(values, FrameCollection):
            return new(Partitionwise(func, (self.expr,), {"values": values}, "rows", True))
        if isinstance(values._meta, pd.DataFrame):
            raise NotImplementedError("isin() of a lazy DataFrame: compute() it first")
        meta = func(self._meta, [])
        return new(Partitionwise(_is_among, (self.expr, values.as_value()), {}, "rows", True, meta))


def _is_among(block: Any, values: Any) -> Any:
    found = block.isin(values.unique())
    return pd.Index(found) if isinstance(block, pd.Index) else found


class FrameMethods(ValueMethods):
    """The partition-wise methods of a DataFrame."""

    def query(self, expr: str, **kwargs: Any) -> Any:
        """The rows for which an expression over the columns is true, as `pandas.DataFrame.query`.

        Parameters
        ----------
        expr
            Text such as ``"x > 1 and y < @limit"``; names after ``@`` are the caller's variables.
        **kwargs
            As pandas takes them.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> limit = 1
        >>> from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=2).query("x > @limit").compute().x.tolist()
        [2, 3]
        """
        variables = _variables(expr)
        told = {**variables, **kwargs}
        predicate = None if kwargs else predicate_of(self, expr, variables.get("local_dict", {}))
        if predicate is not None:
            return self[predicate]  # type: ignore[index]
        return new(Partitionwise(Method("query"), (self.expr, expr), told, "divisions"))

    def eval(self, expr: str, **kwargs: Any) -> Any:
        """What an expression over the columns gives, as `pandas.DataFrame.eval`. Parameters as for `query`."""
        told = {**_variables(expr), **kwargs}
        return new(Partitionwise(Method("eval"), (self.expr, expr), told, "rows"))


def evaluate(expr: str, **kwargs: Any) -> Any:
    """What an expression over lazy and other variables gives, as `pandas.eval`.

    Parameters
    ----------
    expr
        Text such as ``"x + y > @limit"``, of names of the caller's variables. Lazy frames among them are aligned.
    **kwargs
        As `pandas.eval` takes them; `local_dict` and `global_dict` instead of the caller's variables.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import eval, from_pandas
    >>> x = from_pandas(pd.Series([1, 2, 3]), npartitions=2)
    >>> eval("x * 2 + 1").compute().tolist()
    [3, 5, 7]
    """
    caller = _caller()
    told = kwargs.pop("local_dict", None), kwargs.pop("global_dict", None)
    known = {**(caller.f_globals if told[1] is None else told[1]), **(caller.f_locals if told[0] is None else told[0])}
    used = {name: known[name] for name in re.findall(r"[^\W\d]\w*", expr) if name in known}
    lazy = [name for name, value in used.items() if isinstance(value, FrameCollection)]
    others = {name: value for name, value in used.items() if name not in lazy}
    if not lazy:
        return pd.eval(expr, local_dict=others, global_dict={}, **kwargs)
    nodes, keeps = align("eval", [used[name].expr for name in lazy])
    return new(Partitionwise(_evaluated, (expr, tuple(lazy), others, *nodes), kwargs, keeps, label="eval"))


def _evaluated(expr: str, names: tuple[str, ...], others: dict[str, Any], *blocks: Any, **kwargs: Any) -> Any:
    return pd.eval(expr, local_dict={**others, **dict(zip(names, blocks))}, global_dict={}, **kwargs)


_HERE_ARE_OURS = str(Path(__file__).parents[1]) + os.sep


def _caller() -> FrameType:
    """The frame outside minidask from which a method was called."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_HERE_ARE_OURS) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _variables(expr: str) -> dict[str, Any]:
    """The variables of the caller that an expression names, as an argument for pandas."""
    names = re.findall(r"@(\w+)", expr)
    caller = _caller()
    known = {**caller.f_globals, **caller.f_locals}
    return {"local_dict": {name: known[name] for name in names if name in known}} if names else {}


class SeriesMethods(ValueMethods):
    """The partition-wise methods of a Series."""


class IndexMethods(ValueMethods):
    """The partition-wise methods of an Index."""

    def isin(self, values: Any, level: Any = None) -> Any:
        """Whether each label is among some values.

        Parameters
        ----------
        values
            As `Series.isin` takes them.
        level
            Of an index of several levels, the one whose labels are looked at.
        """
        if level is not None:
            return self.get_level_values(level).isin(values)  # type: ignore[attr-defined]
        return super().isin(values)


_CLASSES = {"D": FrameMethods, "S": SeriesMethods, "I": IndexMethods}
for _row in METHODS:
    for _kind in _row.of:
        setattr(_CLASSES[_kind], _row.name, method_of(_row, _kind == "I"))
