"""Operations that look at neighbouring rows: each block gets those that it needs of the blocks around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import Meta, empty
from minidask.dataframe.neighbours import Known, Near, Rows, Span, Value, with_neighbours
from minidask.dataframe.node import Columns, Method, Partitionwise, Rowwise
from minidask.dataframe.reductions import one_row
from minidask.dataframe.whole import meta_of_rows, of_whole
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower

_NEXT_VALUES = ("linear", "time", "index", "values")
_FURTHER = (
    *("nearest", "zero", "slinear", "quadratic", "cubic", "barycentric", "krogh", "spline", "polynomial"),
    *("from_derivatives", "piecewise_polynomial", "pchip", "akima", "cubicspline"),
)
"""What `interpolate` of pandas takes."""


class Windowed(Rowwise):
    """A method that gives a row for each row, and needs some rows before and after.

    Fields
    ------
    func
        Called with rows, and `kwargs`.
    back, ahead
        Which rows it needs; None: none.
    """

    func: Callable[..., Any]
    kwargs: dict[str, Any]
    back: Near | None
    ahead: Near | None

    @property
    def operation(self) -> str:
        return str(self.kwargs["method"] if "options" in self.kwargs else getattr(self.func, "__name__", "window"))

    @fact
    def meta(self) -> Meta:
        return meta_of_rows(self.func, self.frame.meta, self.kwargs)

    @property
    def rowwise(self) -> bool:
        return False

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted or isinstance(self.back, Span | Known)


@lower(Windowed)
def look_around(node: Windowed) -> Node:
    """Each block is seen with rows of its neighbours."""
    seen = with_neighbours(node.frame, node.back, node.ahead, node.name)
    args = (*seen, node.func, node.kwargs, node.meta)
    return blockwise(_seen_with, *args, grid=node.grid, name=node.name, label=node.operation)


def _seen_with(earlier: Any, block: Any, later: Any, func: Callable[..., Any], kwargs: Any, meta: Meta) -> Any:
    if not len(block):
        return meta.set_axis(block.index)
    around = [rows for rows in (earlier, block, later) if rows is not None]
    start = len(earlier) if earlier is not None else 0
    found = func(concat(around), **kwargs).iloc[start : start + len(block)]
    return found.set_axis(block.index)


def _side_by_side(*blocks: Any) -> pd.DataFrame:
    return pd.concat(blocks, axis=1)


class Windows(FrameCollection):
    """Methods of DataFrame and Series that look at neighbouring rows: `shift`, `diff`, `ffill` and their kin."""

    def shift(
        self, periods: Any = 1, freq: Any = None, axis: int | str = 0, suffix: str | None = None, **kwargs: Any
    ) -> Any:
        """The values of rows so many places before; with negative `periods` after.

        Parameters
        ----------
        periods
            How many rows; of a list, the columns of each come side by side, with the number in their names.
        freq
            A span of time: the labels are shifted by it, and the values stay. With a list, in one task.
        axis
            With 1, the values of other columns of the same row.
        suffix
            With a list, what comes before the number in the names.
        **kwargs
            `fill_value`, as pandas takes it.
        """
        if isinstance(periods, list | tuple | range | np.ndarray):
            if freq is not None:  # each has other labels
                told = {"periods": list(periods), "freq": freq, "suffix": suffix, **kwargs}
                given = empty(one_row(self._meta).shift(**told))
                return new(Partitionwise(Method("shift"), (whole(self.expr),), told, given=given))
            table = self if isinstance(self._meta, pd.DataFrame) else self.to_frame()  # type: ignore[attr-defined]
            shifted = [table.shift(p, axis=axis, **kwargs).add_suffix(f"{suffix or ''}_{p}") for p in periods]
            return new(Partitionwise(_side_by_side, tuple(s.expr for s in shifted), {}, "rows"))
        if suffix is not None:
            raise ValueError(f"suffix={suffix!r} goes with a list of periods")
        if along_columns(self._pandas, "shift", axis):
            told = {"periods": periods, "freq": freq, "axis": 1, **kwargs}
            return new(Partitionwise(Method("shift"), (self.expr,), told, "rows"))
        if freq is not None:
            return new(Partitionwise(Method("shift"), (self.expr,), {"periods": periods, "freq": freq, **kwargs}))
        return self._by_rows("shift", periods, {"periods": periods, **kwargs})

    def diff(self, periods: int = 1, axis: int | str = 0) -> Any:
        """The differences to the rows so many places before; with negative `periods` after.

        Parameters
        ----------
        periods
            How many rows.
        axis
            With 1, the differences to other columns of the same row.
        """
        if along_columns(self._pandas, "diff", axis):
            return new(Partitionwise(Method("diff"), (self.expr,), {"periods": periods, "axis": 1}, "rows"))
        return self._by_rows("diff", periods, {"periods": periods})

    def pct_change(self, periods: int = 1, fill_method: None = None, freq: Any = None, axis: int | str = 0) -> Any:
        """The relative changes to the rows so many places before.

        Parameters
        ----------
        periods
            How many rows, or spans of time.
        fill_method
            None, as in pandas: ffill() the frame before.
        freq
            A span of time: changes to the values so long before, by the labels. All rows come together in one task.
        axis
            With 1, the changes to other columns of the same row.
        """
        if fill_method is not None:
            raise ValueError(f"pct_change(fill_method={fill_method!r}): expected None; ffill() the frame before")
        if along_columns(self._pandas, "pct_change", axis):
            told = {"periods": periods, "freq": freq, "axis": 1}
            return new(Partitionwise(Method("pct_change"), (self.expr,), told, "rows"))
        if freq is not None:
            return of_whole(self.expr, Method("pct_change"), periods=periods, freq=freq)
        return self._by_rows("pct_change", periods, {"periods": periods})

    def ffill(self, axis: Any = None, limit: int | None = None, limit_area: str | None = None) -> Any:
        """Missing values replaced by the last ones before.

        Parameters
        ----------
        axis
            With 1, by those of the columns before.
        limit
            How many in a row at most.
        limit_area
            "inside": only those that have a value on both sides; "outside": only others.
        """
        return self._filled("ffill", axis, limit, limit_area)

    def bfill(self, axis: Any = None, limit: int | None = None, limit_area: str | None = None) -> Any:
        """Missing values replaced by the next ones after. Parameters as for `ffill`."""
        return self._filled("bfill", axis, limit, limit_area)

    def _filled(self, method: str, axis: Any, limit: int | None, area: str | None) -> Any:
        if area not in (None, "inside", "outside"):
            raise ValueError(f'limit_area={area!r}: expected "inside" or "outside"')
        if axis is not None and along_columns(self._pandas, method, axis):
            told = {"axis": 1, "limit": limit, "limit_area": area}
            return new(Partitionwise(Method(method), (self.expr,), told, "rows"))
        last = method == "ffill"
        near = Value(last=last) if limit is None else Rows(limit, last=last)
        around = (near, None) if last else (None, near)
        found = new(Windowed(self.expr, Method(method), {"limit": limit}, *around))
        if area is None:
            return found
        beyond = self._filled("bfill" if last else "ffill", axis, None, None)
        return found.where(beyond.notna() if area == "inside" else beyond.isna() | self.notna(), self)  # type: ignore[attr-defined]

    def interpolate(
        self,
        method: str = "linear",
        axis: int | str = 0,
        limit: int | None = None,
        limit_direction: str | None = None,
        limit_area: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Missing values replaced by what lies between the values around them, as `interpolate` of pandas.

        Parameters
        ----------
        method
            "linear": by the number of rows. "time", "index" or "values": by the labels.
        axis
            1: along each row.
        limit, limit_direction, limit_area
            As pandas takes them.

        Raises
        ------
        ValueError
            There is no such method.
        NotImplementedError
            Other methods, which look further than the next values; compute() first.
        """
        wide = along_columns(self._pandas, "interpolate", axis)
        if method not in _NEXT_VALUES + _FURTHER:
            raise ValueError(f"interpolate(method={method!r}): expected one of {_NEXT_VALUES + _FURTHER}")
        if method in _FURTHER and not wide:
            raise NotImplementedError(
                f"interpolate(method={method!r}) looks further than the next values; compute() first"
            )
        told = {"method": method, "limit": limit, "limit_direction": limit_direction, "limit_area": limit_area}
        if wide:
            return new(Partitionwise(Method("interpolate"), (self.expr,), {**told, **kwargs, "axis": 1}, "rows"))
        return new(Windowed(self.expr, Method("interpolate"), {**told, **kwargs}, Known(), Known(last=False)))

    def _by_rows(self, method: str, periods: int, kwargs: dict[str, Any]) -> Any:
        if not isinstance(periods, int | np.integer) or isinstance(periods, bool):
            raise TypeError(f"periods={periods!r}: expected a whole number")
        back, ahead = Rows(max(int(periods), 0)), Rows(max(-int(periods), 0), last=False)
        return new(
            Windowed(self.expr, Method(method), kwargs, back if periods > 0 else None, ahead if periods < 0 else None)
        )
