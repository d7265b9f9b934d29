"""Reductions of whole columns: one node for all statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.meta import Meta, columns_in, empty, remembered
from minidask.dataframe.node import Divisions, FrameNode, Method, Partitionwise, Projection
from minidask.dataframe.statistics import STATISTICS, State
from minidask.expr.blocks import Made, blockwise, function_name
from minidask.expr.grid import Grid
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree


class Reduction(FrameNode):
    """One value for a Series; for a DataFrame a Series of one value a column, in one partition."""

    frame: FrameNode
    statistic: str
    options: dict[str, Any]
    split_every: int | None = None

    @property
    def operation(self) -> str:
        return self.statistic

    @fact
    def example(self) -> Any:
        return remembered(_reduce_a_row, (self.statistic, self.frame.meta), self.options)

    @fact
    def meta(self) -> Meta:
        return empty(self.example)

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return (None, None) if isinstance(self.frame.meta, pd.DataFrame) else ()

    def needs_labels(self, wanted: bool) -> bool:
        return self.statistic.startswith("idx")

    guesses_nbytes = True

    def block_nbytes(self, index: Grid) -> int | None:
        """Of the states of all columns, and so of the answer."""
        return None if STATISTICS[self.statistic].grows else _STATE * max(1, len(self.frame.meta.axes[-1]))

    def largest_nbytes(self) -> int:
        return self.block_nbytes(()) or 0


_STATE = 256
"""The bytes that the state of a column takes, about."""


def _reduce_a_row(statistic: str, meta: Meta, /, **options: Any) -> Any:
    """What pandas reduces one row with this schema to: with no rows it often gives other dtypes."""
    return getattr(one_row(meta), statistic)(**options)


def one_row(meta: Meta) -> Any:
    """One row of zeros, or of missing values where a dtype has no zero."""
    if isinstance(meta, pd.DataFrame):
        columns = [_one_value(dtype) for dtype in meta.dtypes]
        frame = pd.DataFrame(dict(enumerate(columns)), index=_one_label(meta.index))
        frame.columns = meta.columns
        return frame
    return pd.Series(_one_value(meta.dtype), index=_one_label(meta.index), name=meta.name)


def stand_ins(value: Any) -> Any:
    """`value` with zeros for what functions in it would give: a person's function does not see `one_row`.

    Examples
    --------
    >>> stand_ins({"args": (len,)})["args"][0]("not seen")
    0.0
    """
    if isinstance(value, Mapping):
        return {k: stand_ins(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(stand_ins(v) for v in value)
    return _zero_for(value) if callable(value) else value


def _zero_for(func: Callable[..., Any]) -> Callable[..., float]:
    def stand_in(*args: Any, **kwargs: Any) -> float:
        return 0.0

    stand_in.__name__ = function_name(func)
    return stand_in


def _one_label(index: pd.Index) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_arrays([_one_value(level.dtype) for level in index.levels], names=index.names)
    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(1, name=index.name)
    return pd.Index(_one_value(index.dtype), name=index.name)


def _one_value(dtype: Any) -> Any:
    if isinstance(dtype, np.dtype):
        return np.zeros(1, dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.array(np.zeros(1, f"M8[{dtype.unit}]")).tz_localize("UTC").tz_convert(dtype.tz)  # type: ignore
    value = dtype.na_value
    if isinstance(dtype, pd.PeriodDtype):
        return pd.array([pd.Period("2000", freq=dtype.freq)], dtype=dtype)  # type: ignore[arg-type]
    if isinstance(dtype, pd.IntervalDtype) and isinstance(dtype.subtype, np.dtype) and dtype.subtype.kind in "iuf":
        return pd.interval_range(0, 1, closed=dtype.closed).astype(dtype).array  # type: ignore
    if isinstance(dtype, pd.CategoricalDtype) and len(dtype.categories):
        value = dtype.categories[0]
    elif isinstance(dtype, pd.StringDtype):
        value = ""
    elif pd.api.types.is_numeric_dtype(dtype):
        value = 0
    return pd.array([value], dtype=dtype)


def chunk(block: Any, statistic: str, options: Mapping[str, Any]) -> list[State]:
    """The states of all columns of a block."""
    make = STATISTICS[statistic].chunk
    return [make(column, options) for column in columns_in(block)]


def merge(blocks: list[list[State]], statistic: str, options: Mapping[str, Any], dtypes: list[Any]) -> list[State]:
    """One state a column of those of several blocks."""
    join = STATISTICS[statistic].merge
    merged = []
    for dtype, *states in zip(dtypes, *blocks):
        present = [s for s in states if s is not None]
        merged.append(join(present, dtype, options) if len(present) > 1 else (present or [None])[0])
    return merged


def finish(
    blocks: list[list[State]], statistic: str, options: Mapping[str, Any], dtypes: list[Any], source: Meta, meta: Meta
) -> Any:
    """The answer: a scalar, or for a DataFrame a Series."""
    states = merge(blocks, statistic, options, dtypes)
    if any(state is None for state in states):
        return getattr(source, statistic)(**options)  # nothing was there: as pandas treats what is empty
    final = STATISTICS[statistic].final
    values = [final(state, dtype, options) for state, dtype in zip(states, dtypes)]
    if not isinstance(source, pd.DataFrame):
        return values[0]
    grown = meta.dtype.kind in "iu" and any(isinstance(v, float | np.floating) for v in values)  # in a join
    try:
        return pd.Series(values, index=source.columns, dtype=None if grown else meta.dtype)
    except (ValueError, TypeError):  # a missing value that the dtype does not have
        return pd.Series(values, index=source.columns)


@lower(Reduction)
def reduce_by_tree(node: Reduction) -> Node:
    """States of blocks, merged level by level."""
    source = node.frame.meta
    dtypes = source.dtypes.tolist() if isinstance(source, pd.DataFrame) else [source.dtype]
    told: dict[str, Any] = {"statistic": node.statistic, "options": node.options}
    parts = blockwise(
        chunk,
        node.frame,
        grid=node.frame.grid,
        kwargs=told,
        name=f"{node.name}-partial",
        label=f"{node.statistic}-partial",
        cheap=True,
    )
    parts.tell(Made(node))
    return tree(
        parts,
        partial(merge, **told, dtypes=dtypes),
        partial(finish, **told, dtypes=dtypes, source=source, meta=node.meta),
        [0],
        name=node.name,
        keepdims=bool(node.grid),
        split_every=node.split_every,
        label=node.statistic,
    )


def numeric(node: FrameNode) -> FrameNode:
    """The numeric columns of a DataFrame; booleans count."""
    columns = [c for c, dtype in node.meta.dtypes.items() if pd.api.types.is_numeric_dtype(dtype)]
    return node if len(columns) == len(node.meta.columns) else Projection(node, columns)


class Reductions(FrameCollection):
    """`sum`, `mean` and the like of DataFrame and Series."""


class IndexReductions(FrameCollection):
    """The reductions that an Index has."""


def _all_values(block: pd.DataFrame) -> pd.Series:
    """The values of all columns, row by row."""
    return pd.Series(block.to_numpy().ravel())


def _reduction(name: str) -> Callable[..., Any]:
    takes = STATISTICS[name].takes

    def method(self: FrameCollection, *args: Any, split_every: int | None = None, **kwargs: Any) -> Any:
        given = bound(self._pandas, name, args, kwargs)
        table = isinstance(self._meta, pd.DataFrame)
        axis = given.pop("axis", 0)
        if axis == 1:
            return new(Partitionwise(Method(name), (self.expr,), {"axis": 1, **given}, "rows"))
        source = numeric(self.expr) if given.pop("numeric_only", False) and table else self.expr
        if given.pop("bool_only", False) and table:
            dtypes = self._meta.dtypes
            source = Projection(source, dtypes.index[dtypes == np.dtype(bool)].tolist())
        if table and axis is None:
            source = Partitionwise(_all_values, (source,))
        if isinstance(self._meta, pd.Index):
            source = Partitionwise(Method("to_series"), (source,))
        odd = [k for k in given if k not in takes]
        if odd:
            raise TypeError(f"{name}() got an unexpected argument {odd[0]!r}; it takes {', '.join(takes)}")
        return new(Reduction(source, name, given, split_every))

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""As `{name}` of pandas, over all partitions.

    Parameters
    ----------
    *args, **kwargs
        As pandas takes them: `axis`, {"".join(f"`{t}`, " for t in takes)}and for a DataFrame `numeric_only`.
    split_every
        How many partial results one task merges.

    Returns
    -------
    Scalar or Series
        For a DataFrame a Series of one value a column; with ``axis=1`` one value a row.
    """
    return method


for _name in STATISTICS:
    setattr(Reductions, _name, _reduction(_name))
for _name in ("min", "max", "nunique"):
    setattr(IndexReductions, _name, _reduction(_name))
for _alias, _name in (("kurtosis", "kurt"), ("product", "prod")):
    setattr(Reductions, _alias, getattr(Reductions, _name))
