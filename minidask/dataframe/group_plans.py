"""From what a person asks of groups to a plan of aggregates; or to none, where whole groups are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import Meta
from minidask.kernels.grouping import NEEDS, VALUE, Output, Plan, states_of

if TYPE_CHECKING:
    from minidask.dataframe.grouped import Grouping

Wanted = list[tuple[Any, str, dict[str, Any]]]
"""Column, function, options: in the order of the columns of the answer."""

OPTIONS = {"min_count": ("sum", "prod"), "ddof": ("var", "std", "sem"), "dropna": ("nunique",)}
"""Which functions take which option."""


def plan_of(
    meta: Meta, keys: Sequence[Any], grouping: Grouping, method: str, kwargs: Mapping[str, Any], result: Meta
) -> Plan | None:
    """How to aggregate block by block; None where that is not possible.

    Parameters
    ----------
    meta
        Of the frame.
    keys
        Labels, and metas of Series.
    grouping
        How rows are grouped.
    method, kwargs
        Of the group-by of pandas.
    result
        The meta of the answer.
    """
    table = isinstance(meta, pd.DataFrame)
    if table and not meta.columns.is_unique:
        return None
    labels = [k for k in keys if not isinstance(k, pd.Series)]
    columns = _selected(meta, labels, grouping, kwargs) if table else [VALUE]
    wanted = _wanted(columns, method, kwargs, table and not isinstance(grouping.select, tuple))
    if wanted is None or not all(_possible(meta, *w) for w in wanted):
        return None
    dtypes = _dtypes_of(result, len(wanted))
    outputs = tuple(Output(c, f, o, _dtype_of(meta, c, f, dtype)) for (c, f, o), dtype in zip(wanted, dtypes))
    if not outputs or len(dtypes) != len(outputs):
        return None
    options = grouping.options
    categories = any(isinstance(_dtype_of_key(meta, k), pd.CategoricalDtype) for k in keys)
    plan = Plan(
        outputs,
        *states_of(outputs),
        keys=len(keys),
        sort=options["sort"],
        observed=options["observed"] or not categories,
        dropna=options["dropna"],
        texts=tuple(isinstance(_dtype_of_key(meta, k), pd.StringDtype) for k in keys),
        concat=concat,
    )
    return plan if options["sort"] or not plan.whole else None  # whose groups come as they appear


def columns_of(method: str, kwargs: Mapping[str, Any]) -> list[Any] | None:
    """The columns of a frame that a person names to be aggregated; None where none are named.

    Examples
    --------
    >>> columns_of("agg", {"func": {"x": ["sum", "mean"]}}), columns_of("agg", {"total": ("y", "sum")})
    (['x'], ['y'])
    """
    if method == "size":
        return []
    spec = kwargs.get("func")
    if method != "agg" or (spec is not None and (len(kwargs) > 1 or not isinstance(spec, Mapping))):
        return None
    if spec is not None:
        return list(spec)
    forms = kwargs.values()
    known = all(isinstance(form, pd.NamedAgg) or (isinstance(form, tuple) and len(form) == 2) for form in forms)
    return [form.column if isinstance(form, pd.NamedAgg) else form[0] for form in forms] if known else None


def _dtype_of_key(meta: Meta, key: Any) -> Any:
    return key.dtype if isinstance(key, pd.Series) else meta[key].dtype


def _selected(meta: pd.DataFrame, labels: Sequence[Any], grouping: Grouping, kwargs: Mapping[str, Any]) -> list[Any]:
    columns = [c for c in meta.columns if c not in labels] if grouping.select is None else list(grouping.select)
    if kwargs.get("numeric_only"):
        columns = [c for c in columns if is_numeric_dtype(meta[c].dtype)]
    return columns


def _dtypes_of(result: Meta, count: int) -> list[Any]:
    """The dtypes of the columns that are no keys: they come last."""
    return result.dtypes.tolist()[-count:] if isinstance(result, pd.DataFrame) else [result.dtype]


def _dtype_of(meta: Meta, column: Any, func: str, told: Any) -> Any:
    """The dtype of an answer: pandas keeps that of floats in a mean, unless the keys are sorted by chance."""
    if func != "mean":
        return told
    dtype = meta[column].dtype if isinstance(meta, pd.DataFrame) else meta.dtype
    return dtype if isinstance(dtype, np.dtype) and dtype.kind == "f" else told


def with_dtypes(result: Meta, plan: Plan | None) -> Meta:
    """The meta of an answer with the dtypes of a plan."""
    if plan is None:
        return result
    if isinstance(result, pd.Series):
        return result.astype(plan.outputs[0].dtype)
    found = result.copy(deep=False)
    for at, output in enumerate(plan.outputs, len(result.columns) - len(plan.outputs)):
        if found.dtypes.iloc[at] != output.dtype:
            found.isetitem(at, found.iloc[:, at].astype(output.dtype))
    return found


def _wanted(columns: Sequence[Any], method: str, kwargs: Mapping[str, Any], table: bool) -> Wanted | None:
    if method == "size":
        return [(None, "size", {})]
    if method != "agg":
        options = {k: v for k, v in kwargs.items() if k != "numeric_only"}
        return [(c, method, options) for c in columns]
    spec = kwargs.get("func")
    named = {k: v for k, v in kwargs.items() if k != "func"}
    if spec is None:
        return _named(columns, named, table)
    if named:
        return None
    if isinstance(spec, Mapping):
        return [(c, f, {}) for c, funcs in spec.items() for f in _listed(funcs)] if table else None
    return [(c, f, {}) for c in columns for f in _listed(spec)]


def _listed(funcs: Any) -> list[Any]:
    return list(funcs) if isinstance(funcs, list | tuple) else [funcs]


def _named(columns: Sequence[Any], named: Mapping[str, Any], table: bool) -> Wanted | None:
    """``total=("x", "sum")``, or the same as a `pandas.NamedAgg`; of a Series ``total="sum"``."""
    if table:
        forms = [form_of(value) for value in named.values()]
        return None if None in forms else [(*form, {}) for form in forms if form]
    return [(columns[0], func, {}) for func in named.values()]


def form_of(value: Any) -> tuple[Any, Any] | None:
    """Column and function of a named form; None for one with more arguments."""
    if isinstance(value, pd.NamedAgg):
        more = getattr(value, "args", None) or getattr(value, "kwargs", None)  # which older pandas has not
        return None if more else (value.column, value.aggfunc)
    column, func = value
    return column, func


def _possible(meta: Meta, column: Any, func: Any, options: Mapping[str, Any]) -> bool:
    """Whether blocks can be aggregated apart, and merged."""
    if not isinstance(func, str) or func not in NEEDS:
        return False
    if any(func not in OPTIONS.get(name, ()) for name in options):
        return False
    if func == "size":
        return True
    dtype = meta[column].dtype if isinstance(meta, pd.DataFrame) else meta.dtype
    if func in ("mean", "var", "std", "sem", "median"):
        return is_numeric_dtype(dtype) and not is_bool_dtype(dtype) and getattr(dtype, "kind", "O") != "c"
    return not isinstance(dtype, pd.CategoricalDtype) or func in ("count", "nunique", "first", "last")
