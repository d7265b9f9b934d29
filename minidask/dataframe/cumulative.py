"""Running sums, products and extremes: each partition goes on from what those before it came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.meta import Meta, columns_in, try_on_empty
from minidask.dataframe.node import Columns, Method, Partitionwise, Rowwise
from minidask.dataframe.reductions import numeric
from minidask.dataframe.statistics import column_of
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

TOTALS = {"cumsum": "sum", "cumprod": "prod", "cummin": "min", "cummax": "max"}
"""The running form of each reduction."""


class Cumulative(Rowwise):
    """A running reduction of each column."""

    method: str
    skipna: bool

    @property
    def operation(self) -> str:
        return self.method

    @fact
    def meta(self) -> Meta:
        return try_on_empty(Method(self.method), (self.frame.meta,), {"skipna": self.skipna})

    @property
    def rowwise(self) -> bool:
        return False

    def needs(self, wanted: Columns) -> dict[Node, Columns]:
        return {self.frame: wanted}


def totals(block: Any, method: str, skipna: bool) -> list[Any]:
    """What each column of a block comes to; None for one without values."""
    return [_total(column, TOTALS[method], skipna) for column in columns_in(block)]


def _total(column: pd.Series, reduction: str, skipna: bool) -> Any:
    if not len(column) or (skipna and not column.count()):
        return None
    return getattr(column, reduction)(skipna=skipna)


def carries(blocks: Sequence[Sequence[Any]], method: str) -> list[list[Any]]:
    """For each block what the columns have come to before it."""
    so_far: list[Any] = [None] * len(blocks[0])
    found = []
    for states in blocks:
        found.append(so_far)
        so_far = [_together(a, b, TOTALS[method]) for a, b in zip(so_far, states)]
    return found


def _together(a: Any, b: Any, reduction: str) -> Any:
    present = [v for v in (a, b) if v is not None]
    return getattr(column_of(present), reduction)(skipna=False) if len(present) == 2 else (present or [None])[0]


def go_on(block: Any, before: Sequence[Sequence[Any]], index: tuple[int], method: str, skipna: bool) -> Any:
    """The running reduction of a block, from what those before it came to."""
    done = getattr(block, method)(skipna=skipna)
    columns = [_from(column, carry, method) for column, carry in zip(columns_in(done), before[index[0]])]
    if not isinstance(block, pd.DataFrame):
        return columns[0]
    frame = pd.concat(columns, axis=1) if columns else done
    return frame.set_axis(block.columns, axis=1)


def _from(column: pd.Series, carry: Any, method: str) -> pd.Series:
    if carry is None or not len(column):
        return column
    if pd.isna(carry):
        return column.where(column.isna(), carry)
    if method == "cumsum":
        return column.radd(carry)  # text goes on after what came before it
    if method == "cumprod":
        return column * carry
    worse = column > carry if method == "cummin" else column < carry
    return column.mask(worse.fillna(False).astype(bool), carry)


@lower(Cumulative)
def run(node: Cumulative) -> Node:
    """Totals of blocks, what comes before each of them, then the blocks."""
    source, told = node.frame, {"method": node.method, "skipna": node.skipna}
    parts = blockwise(totals, source, grid=source.grid, kwargs=told, name=f"{node.name}-totals", label=node.method)
    read = everything(source.grid)
    before = gather(carries, parts, read, node.method, grid=(), name=f"{node.name}-carries", label=node.method)
    return blockwise(
        go_on, source, before, BlockIndex(), grid=node.grid, kwargs=told, name=node.name, label=node.method
    )


class Cumulatives(FrameCollection):
    """`cumsum`, `cumprod`, `cummin` and `cummax`."""


def _cumulative(name: str) -> Callable[..., Any]:
    def method(self: FrameCollection, *args: Any, **kwargs: Any) -> Any:
        given = bound(self._pandas, name, args, kwargs)
        if given.get("axis") == 1:
            return new(Partitionwise(Method(name), (self.expr,), given, "rows"))
        odd = [k for k in given if k not in ("axis", "skipna", "numeric_only")]
        if odd:
            raise TypeError(f"{name}() got an unexpected argument {odd[0]!r}; it takes axis, skipna and numeric_only")
        table = isinstance(self._meta, pd.DataFrame)
        node = numeric(self.expr) if table and given.get("numeric_only") else self.expr
        return new(Cumulative(node, name, given.get("skipna", True)))

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""As `{name}` of pandas, through all partitions.

    Parameters
    ----------
    *args, **kwargs
        `axis`, `skipna` and `numeric_only`.
    """
    return method


for _name in TOTALS:
    setattr(Cumulatives, _name, _cumulative(_name))
