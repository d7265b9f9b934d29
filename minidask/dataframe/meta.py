"""What a frame will look like: empty pandas objects, found by trying operations on them.

The *meta* of a frame is an empty DataFrame, Series or Index with its columns, names and dtypes; that of a
scalar is some scalar of its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from minidask.expr.containers import Template
from minidask.expr.naming import canonical

PandasObject: TypeAlias = pd.DataFrame | pd.Series | pd.Index
Meta: TypeAlias = Any
"""An empty pandas object, or a scalar."""

PANDAS = (pd.DataFrame, pd.Series, pd.Index)
_LIMIT = 4096
_known: dict[Any, tuple[Meta, Any]] = {}
_sources: dict[Any, Meta] = {}


def empty(obj: Any) -> Meta:
    """`obj` without rows, the same object for equal schemas; scalars as they are.

    Examples
    --------
    >>> empty(pd.Series([1, 2], name="x"))
    Series([], Name: x, dtype: int64)
    """
    if not isinstance(obj, PANDAS):
        return obj
    key = _schema(obj)
    known = _sources.get(key)
    if known is not None:
        return known
    bare = obj[:0] if isinstance(obj, pd.Index) else obj.iloc[:0]
    if len(_sources) > _LIMIT:
        _sources.clear()
    return bare if key is None else _sources.setdefault(key, bare)


def _schema(obj: PandasObject) -> Any:
    """What makes two objects the same without rows; None for those that have too much to tell."""
    if isinstance(obj, pd.Index):
        if isinstance(obj, pd.MultiIndex | pd.CategoricalIndex | pd.IntervalIndex):
            return None
        return type(obj), obj.dtype, canonical(obj.name), getattr(obj, "freq", None)
    index = _schema(obj.index)
    if index is None or obj.attrs:
        return None
    if isinstance(obj, pd.Series):
        return type(obj), _kind(obj.dtype), canonical(obj.name), index
    columns, kinds = _schema(obj.columns), tuple([_kind(dtype) for dtype in obj.dtypes])
    return columns and (type(obj), columns, canonical(obj.columns.tolist()), kinds, index)


def _kind(dtype: Any) -> Any:
    """What makes two dtypes the same. Those of categories in another order are equal to pandas."""
    return (dtype, id(dtype.categories)) if isinstance(dtype, pd.CategoricalDtype) else dtype  # they live with the meta


def try_on_empty(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] = {}) -> Meta:
    """The meta of what `func` gives for blocks with these metas.

    Raises
    ------
    Exception
        Whatever `func` raises: a missing column or a wrong dtype is an error at the call.
    """
    result = remembered(func, args, kwargs)
    return empty(result) if isinstance(result, PANDAS) and len(result) else result


def remembered(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] = {}) -> Any:
    """`func(*args, **kwargs)` for metas and literals, made once for equal calls. For our own functions and pandas'."""
    key = (func, tuple([_operand(a) for a in args]), tuple([(k, _operand(v)) for k, v in kwargs.items()]))
    found = _known.get(key)
    if found is not None:
        return found[0]
    with np.errstate(all="ignore"):
        result = func(*args, **kwargs)
    if isinstance(result, PANDAS) and not len(result):
        result = empty(result)  # so that what is asked of it is remembered, too
    if len(_known) > _LIMIT:
        _known.clear()
    _known[key] = result, (args, kwargs)  # the operands live as long as their addresses stand in the key
    return result


def _operand(value: Any) -> Any:
    if isinstance(value, PANDAS):
        return id(value)
    if type(value) in (list, tuple, dict):
        template = Template.of(value, PANDAS)
        if template.found:
            return canonical(template.fill(["meta"] * len(template.found))), tuple(map(id, template.found))
    return canonical(value)


def make_meta(meta: Any, index: pd.Index | None = None, like: Meta = None) -> Meta:
    """The meta that a person describes.

    Parameters
    ----------
    meta
        A pandas object (its rows are ignored); a dict or a list of pairs, column to dtype, for a DataFrame;
        a pair (name, dtype) for a Series; a dtype, for a Series without a name; or a scalar.
    index
        Empty index of the result.
    like
        A meta whose index the result has, where `index` is not given.

    Raises
    ------
    TypeError
        Anything else.

    Examples
    --------
    >>> make_meta({"x": "int64", "y": "str"}).dtypes.to_dict()
    {'x': dtype('int64'), 'y': <StringDtype(na_value=nan)>}
    >>> make_meta(("x", "float64"))
    Series([], Name: x, dtype: float64)
    """
    if isinstance(meta, PANDAS):
        return empty(meta)
    own = getattr(meta, "_meta", None)
    if isinstance(own, PANDAS):
        return own
    if index is None and isinstance(like, PANDAS):
        index = like if isinstance(like, pd.Index) else like.index
    if isinstance(meta, tuple) and len(meta) == 2 and not isinstance(meta[0], tuple):
        return pd.Series([], name=meta[0], dtype=meta[1], index=_no_rows(index))
    if isinstance(meta, Mapping | list | tuple):
        pairs = dict(meta.items() if isinstance(meta, Mapping) else meta)
        return pd.DataFrame(
            {name: pd.Series([], dtype=dtype, index=_no_rows(index)) for name, dtype in pairs.items()},
            index=_no_rows(index),
        )
    if isinstance(meta, type | np.dtype | str | pd.api.extensions.ExtensionDtype):
        return pd.Series([], dtype=meta, index=_no_rows(index))
    if pd.api.types.is_scalar(meta):
        return meta
    raise TypeError(
        f"meta={meta!r}: expected an empty pandas object, a dict or list of (column, dtype), "
        f"a pair (name, dtype), or a dtype"
    )


def _no_rows(index: pd.Index | None) -> pd.Index:
    return pd.RangeIndex(0) if index is None else index[:0]


def columns_in(obj: Any) -> list[Any]:
    """The columns of a DataFrame, one by one; a Series or Index is its own.

    Examples
    --------
    >>> [column.name for column in columns_in(pd.DataFrame({"x": [1], "y": [2]}))]
    ['x', 'y']
    """
    return [obj.iloc[:, i] for i in range(obj.shape[1])] if isinstance(obj, pd.DataFrame) else [obj]


def describe(meta: Meta) -> str:
    """A meta in words, for error messages.

    Examples
    --------
    >>> describe(pd.DataFrame({"x": [1]}))
    'a DataFrame with the columns x: int64'
    """
    if isinstance(meta, pd.DataFrame):
        columns = ", ".join(f"{c}: {d}" for c, d in zip(meta.columns[:20], meta.dtypes))
        return f"a DataFrame with the columns {columns}" + (", ..." if len(meta.columns) > 20 else "")
    if isinstance(meta, pd.Series | pd.Index):
        return f"{'a Series' if isinstance(meta, pd.Series) else 'an Index'} {meta.name!r} of {meta.dtype}"
    return f"a {type(meta).__name__}"
