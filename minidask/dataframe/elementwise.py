"""Operators, and the methods that are operators by name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection, new, node_of
from minidask.dataframe.binding import bound
from minidask.dataframe.meta import try_on_empty
from minidask.dataframe.node import AsIndex, FrameNode, Method, Partitionwise, is_frame
from minidask.expr.assemble import Finish

ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
LOGICAL = ("and_", "or_", "xor")
ALIASES = {"subtract": "sub", "multiply": "mul", "div": "truediv", "divide": "truediv", "rdiv": "rtruediv"}


def elementwise(func: Callable[..., Any], *operands: Any, **kwargs: Any) -> Any:
    """The collection of `func` applied element by element to collections and literals, aligned as pandas does.

    Parameters
    ----------
    func
        Takes pandas objects and scalars.
    *operands
        Collections and literals. A Series meets the columns of a DataFrame, unless `kwargs` has axis="index".
    **kwargs
        Literals for `func`.

    Raises
    ------
    ValueError, TypeError
        Frames that cannot be aligned; data in memory that has rows.
    """
    nodes = [node_of(o) for o in operands]
    name = getattr(func, "__name__", "operation").strip("_")
    if any(is_frame(n) and isinstance(n.meta, pd.Index) for n in nodes):
        func = AsIndex(func)
    table = any(_is_table(n) for n in nodes) and kwargs.get("axis") not in ("index", 0)
    for node in nodes:
        _refuse_rows_in_memory(node, table)
    on_columns = [table and _is_series(n) for n in nodes]
    aligned, keeps = align(name, [n for n, apart in zip(nodes, on_columns) if not apart])
    places = iter(aligned)
    args = tuple([_labelled(n, name) if apart else next(places) for n, apart in zip(nodes, on_columns)])
    meta = try_on_empty(func, [getattr(a, "example", a) for a in args], kwargs) if any(on_columns) else None
    return new(Partitionwise(func, args, kwargs, keeps, not any(on_columns), meta))


def _labelled(node: FrameNode, operation: str) -> FrameNode:
    """A Series that is to meet columns: they can be told only if its labels are known."""
    if node.npartitions > 1 or not len(node.example):
        raise NotImplementedError(
            f"{operation}: which columns the Series has is known only when it is computed; compute() it first, or "
            f'pass axis="index" to align it with the rows'
        )
    return node


def _is_table(node: Any) -> bool:
    return is_frame(node) and isinstance(node.meta, pd.DataFrame)


def _is_series(node: Any) -> bool:
    return is_frame(node) and isinstance(node.meta, pd.Series)


def _refuse_rows_in_memory(value: Any, table: bool) -> None:
    """A list or Series in memory can stand for a row of a DataFrame, and for nothing else."""
    rows = isinstance(value, pd.DataFrame) or (isinstance(value, np.ndarray) and value.ndim > 1)
    if rows or (not table and isinstance(value, pd.Series | pd.Index | np.ndarray | list) and np.ndim(value)):
        kind = type(value).__name__
        raise TypeError(f"cannot align a {kind} in memory with a lazy frame; make it lazy with from_pandas first")


class Operators(FrameCollection):
    """The operators of Python, element by element."""

    def __abs__(self) -> Any:
        return elementwise(operator.abs, self)

    def __invert__(self) -> Any:
        return elementwise(operator.invert, self)

    def __neg__(self) -> Any:
        return elementwise(operator.neg, self)

    def __pos__(self) -> Any:
        return elementwise(operator.pos, self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or "out" in kwargs:
            raise NotImplementedError(f"np.{ufunc.__name__} of a frame: only calls without out= are supported")
        return elementwise(ufunc, *inputs, **kwargs)

    __hash__ = object.__hash__


def _binary(func: Callable[..., Any], reflected: bool) -> Callable[..., Any]:
    def method(self: FrameCollection, other: Any) -> Any:
        return elementwise(func, other, self) if reflected else elementwise(func, self, other)

    method.__name__ = method.__qualname__ = f"__{'r' if reflected else ''}{func.__name__.strip('_')}__"
    return method


for _name in (*ARITHMETIC, *LOGICAL, *COMPARISONS):
    _func, _plain = getattr(operator, _name), _name.rstrip("_")
    setattr(Operators, f"__{_plain}__", _binary(_func, reflected=False))
    if _name not in COMPARISONS:
        setattr(Operators, f"__r{_plain}__", _binary(_func, reflected=True))


class Arithmetic(Operators):
    """`add`, `eq` and the like: operators with an axis, and a value for what is missing on one side."""


def _flexible(name: str) -> Callable[..., Any]:
    func = Method(ALIASES.get(name, name))

    def method(self: FrameCollection, other: Any, *args: Any, **kwargs: Any) -> Any:
        given = bound(self._pandas, func.__name__, (None, *args), kwargs)
        given.pop("other")
        return elementwise(func, self, other, **given)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""As `{name}` of pandas, aligned on the index where both sides have known divisions.

    Parameters
    ----------
    other
        A frame, a lazy scalar or a literal.
    *args, **kwargs
        `axis` and `fill_value` as pandas takes them.

    Raises
    ------
    ValueError
        The frames cannot be aligned.
    """
    return method


for _name in (*ARITHMETIC, *(f"r{n}" for n in ARITHMETIC), *COMPARISONS, *ALIASES):
    setattr(Arithmetic, _name, _flexible(_name))


class Scalar(Operators, pandas=object):
    """One value of a reduction, still to be computed.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> total = from_pandas(pd.Series([1, 2, 3]), npartitions=2).sum()
    >>> (total + 1).compute()
    np.int64(7)
    """

    @property
    def finish(self) -> Finish:
        return operator.itemgetter(0)

    @property
    def dtype(self) -> Any:
        """The dtype of the value, where it has one."""
        return getattr(self._meta, "dtype", pd.Series([self._meta]).dtype)

    def as_value(self) -> Any:
        return self.expr

    def __repr__(self) -> str:
        return f"<minidask Scalar: {self.expr.operation}, {self.dtype}>"

    def __bool__(self) -> bool:
        raise TypeError("the truth of a lazy scalar is known only after compute()")
