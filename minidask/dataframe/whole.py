"""Methods that need all values of the columns at once: in one task, the answer cut into the partitions of the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minidask.dataframe.align import whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.meta import Meta, empty, try_on_empty
from minidask.dataframe.node import FrameNode, Method, Partitionwise, SameRows
from minidask.dataframe.places import Place, places
from minidask.dataframe.reductions import numeric, one_row, stand_ins
from minidask.expr.blocks import One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Cut(SameRows):
    """One block with a row for each row of a frame, in the partitions of that frame."""

    made: FrameNode

    @property
    def operation(self) -> str:
        return "cut"

    @fact
    def meta(self) -> Meta:
        return self.made.meta


@lower(Cut)
def cut_by_place(node: Cut) -> Node:
    """Each partition takes its rows."""
    place = places(node.frame, node.name)
    reads = {1: One((None,))}
    return blockwise(
        _rows_of, node.frame, node.made, place, grid=node.grid, reads=reads, name=node.name, label="cut", cheap=True
    )


def _rows_of(block: Any, made: Any, place: Place) -> Any:
    return made.iloc[place[0] : place[0] + len(block)]


def of_whole(frame: FrameNode, func: Callable[..., Any], **kwargs: Any) -> Any:
    """The collection of what `func(rows, **kwargs)` gives for all rows together: a row for each of them."""
    found = try_on_empty(_of_one_row, (func, frame.meta, tuple(kwargs.items())))
    meta = empty(found).set_axis(frame.meta.index)
    made: FrameNode = Partitionwise(func, (whole(frame),), kwargs, "rows", given=meta)
    return new(made if frame.npartitions == 1 else Cut(frame, made))


def _of_one_row(func: Callable[..., Any], meta: Meta, kwargs: Any) -> Any:
    return func(one_row(meta), **stand_ins(dict(kwargs)))


class OfWhole(FrameCollection):
    """`rank`."""

    def rank(
        self,
        axis: int | str = 0,
        method: str = "average",
        numeric_only: bool = False,
        na_option: str = "keep",
        ascending: bool = True,
        pct: bool = False,
    ) -> Any:
        """The place of each value among all values of its column, from 1, as pandas tells it.

        Parameters
        ----------
        axis
            0; with 1 among the values of its row.
        method
            Of equal values: "average", "min", "max", "first" or "dense".
        numeric_only
            For a DataFrame, whether to leave out other columns.
        na_option
            Missing values: "keep" them missing, or rank them at the "top" or "bottom".
        ascending
            Whether the least value is the first.
        pct
            Whether to tell parts of 1.

        Notes
        -----
        All values of the columns come together in one task.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> from_pandas(pd.Series([30, 10, 20, 10]), npartitions=2).rank().compute().tolist()
        [4.0, 1.5, 3.0, 1.5]
        """
        told = {"method": method, "na_option": na_option, "ascending": ascending, "pct": pct}
        given = bound(self._pandas, "rank", (), {"axis": axis, **told})
        node = numeric(self.expr) if numeric_only and self._meta.ndim == 2 else self.expr
        if axis in (1, "columns"):
            return new(Partitionwise(Method("rank"), (node,), given, "rows"))
        return of_whole(node, Method("rank"), **given)
