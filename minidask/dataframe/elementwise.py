"""Operators, and the methods that are operators by name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from minidask.collection import Collection, Single
from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.exchange import ScalarExchange
from minidask.dataframe.foreign import operand
from minidask.dataframe.meta import try_on_empty
from minidask.dataframe.node import AsIndex, FrameNode, Method, Partitionwise, is_frame
from minidask.dataframe.refused import if_taken
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
        Collections, data in memory and literals; see `operand`. A Series meets the columns of a DataFrame, and so
        does what has one axis in memory, unless `kwargs` has axis=0.
    **kwargs
        Literals for `func`.

    Raises
    ------
    ValueError, TypeError
        Frames that cannot be aligned; arrays that do not fit.
    """
    name = getattr(func, "__name__", "operation").strip("_")
    frames = [o.expr for o in operands if isinstance(o, FrameCollection) and is_frame(o.expr)]
    if not frames and any(_is_array(o) for o in operands):
        return func(*[o.to_dask_array() if isinstance(o, Scalar) else o for o in operands], **kwargs)
    table = any(_is_table(n) for n in frames) and kwargs.get("axis") != 0
    like = next(filter(_is_table, frames), frames[0] if frames else None)
    nodes = [operand(o, like, name, table) for o in operands]
    if any(is_frame(n) and isinstance(n.meta, pd.Index) for n in nodes):
        func = AsIndex(func)
    on_columns = [table and _is_series(n) for n in nodes]
    aligned, keeps = align(name, [n for n, apart in zip(nodes, on_columns) if not apart])
    places = iter(aligned)
    args = tuple([_labelled(n, name) if apart else next(places) for n, apart in zip(nodes, on_columns)])
    meta = try_on_empty(func, [getattr(a, "example", a) for a in args], kwargs) if any(on_columns) else None
    found = Partitionwise(func, args, kwargs, keeps, not any(on_columns), meta)
    return new(if_taken(found) if func in _REFUSED_WITH_ROWS else found)


_REFUSED_WITH_ROWS = (operator.invert, operator.and_, operator.or_, operator.xor)
"""What pandas takes for any dtypes where there are no rows."""


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


def _is_array(value: Any) -> bool:
    """Whether it is an array, lazy or not, with axes."""
    lazy = isinstance(value, Collection) and not isinstance(value, FrameCollection) and bool(value.expr.grid)
    return lazy or (isinstance(value, np.ndarray) and value.ndim > 0)


class Operators(FrameCollection):
    """The operators of Python, element by element."""

    __pandas_priority__ = 5000
    """Lets pandas' objects leave operators to us."""

    def __abs__(self) -> Any:
        return elementwise(operator.abs, self)

    def __invert__(self) -> Any:
        return elementwise(operator.invert, self)

    def __neg__(self) -> Any:
        return elementwise(operator.neg, self)

    def __pos__(self) -> Any:
        return elementwise(operator.pos, self)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return elementwise(operator.floordiv, self, other), elementwise(operator.mod, self, other)

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return elementwise(operator.floordiv, other, self), elementwise(operator.mod, other, self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or "out" in kwargs:
            raise NotImplementedError(f"np.{ufunc.__name__} of a frame: only calls without out= are supported")
        if ufunc.signature is not None:
            raise NotImplementedError(f"np.{ufunc.__name__} of a frame goes over rows; use to_dask_array(), or dot()")
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

    def divmod(self, other: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Quotients and rests; parameters as for `floordiv`."""
        return self.floordiv(other, *args, **kwargs), self.mod(other, *args, **kwargs)  # type: ignore[attr-defined]

    def rdivmod(self, other: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Quotients of and rests of `other` by this; parameters as for `rfloordiv`."""
        return self.rfloordiv(other, *args, **kwargs), self.rmod(other, *args, **kwargs)  # type: ignore[attr-defined]


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


def _as_dtype(value: Any, dtype: np.dtype[Any]) -> Any:
    return np.asarray(value, dtype)[()]


class Scalar(Single, ScalarExchange, Operators, pandas=object):
    """One value of a reduction, still to be computed; converting it to a number or a truth value computes it.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> total = from_pandas(pd.Series([1, 2, 3]), npartitions=2).sum()
    >>> (total + 1).compute()
    np.int64(7)
    >>> float(total)
    6.0
    """

    @property
    def finish(self) -> Finish:
        return operator.itemgetter(0)

    @property
    def dtype(self) -> Any:
        """The dtype of the value, where it has one."""
        return getattr(self._meta, "dtype", pd.Series([self._meta]).dtype)

    @property
    def dtypes(self) -> Any:
        """The dtype of the value."""
        return self.dtype

    def as_value(self) -> Any:
        return self.expr

    def abs(self) -> Any:
        """The absolute value."""
        return elementwise(operator.abs, self)

    def round(self, decimals: int = 0) -> Any:
        """The value rounded to so many digits."""
        return elementwise(np.round, self, decimals=decimals)

    def astype(self, dtype: Any) -> Any:
        """The value as another dtype of NumPy's."""
        return elementwise(_as_dtype, self, dtype=np.dtype(dtype))

    def __repr__(self) -> str:
        return f"<minidask Scalar: {self.expr.operation}, {self.dtype}>"
