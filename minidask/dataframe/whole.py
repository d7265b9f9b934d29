"""Methods that need all values of the columns at once: in one task, the answer cut into the partitions of the frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from pandas.api.types import is_numeric_dtype

from minidask.dataframe.align import whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import bound
from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import PANDAS, Meta, empty, try_on_empty
from minidask.dataframe.node import FrameNode, Method, Partitionwise, SameRows, wrap
from minidask.dataframe.places import Place, places, starts
from minidask.dataframe.reductions import numeric, one_row, stand_ins
from minidask.dataframe.shuffle import exchange, together
from minidask.dataframe.tallies import Condense
from minidask.expr.blocks import Blocks, One, blockwise
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Cut(SameRows):
    """A row for each row of a frame, made in one partition or in others, in the partitions of that frame."""

    made: FrameNode

    @property
    def operation(self) -> str:
        return "cut"

    @fact
    def meta(self) -> Meta:
        return self.made.meta


@lower(Cut)
def cut_by_place(node: Cut) -> Node:
    """Each partition takes its rows; from several they are sent to it."""
    frame, made, name = node.frame, node.made, node.name
    if made.npartitions == 1:
        args, reads = (made, places(frame, name)), {1: One((None,))}
        return blockwise(_rows_of, frame, *args, grid=node.grid, reads=reads, name=name, label="cut", cheap=True)
    here, there = places(made, f"{name}-made"), starts(frame)
    targets = blockwise(_whose, made, here, there, grid=made.grid, name=f"{name}-targets", label="place", cheap=True)
    pieces = exchange(made, targets, frame.npartitions, f"{name}-pieces", labels=False)
    return blockwise(_labelled, frame, pieces, grid=node.grid, name=name, label="cut", cheap=True)


def _rows_of(block: Any, made: Any, place: Place) -> Any:
    return made.iloc[place[0] : place[0] + len(block)]


def _whose(block: Any, place: Place, starts: Sequence[int]) -> np.ndarray:
    """For each row in which partition its place is."""
    return np.searchsorted(starts, np.arange(place[0], place[0] + len(block)), side="right") - 1


def _labelled(block: Any, pieces: Sequence[Any]) -> Any:
    return together(pieces).set_axis(block.index)


def of_whole(frame: FrameNode, func: Callable[..., Any], **kwargs: Any) -> Any:
    """The collection of what `func(rows, **kwargs)` gives for all rows together: a row for each of them."""
    meta = meta_of_rows(func, frame.meta, kwargs)
    made: FrameNode = Partitionwise(func, (whole(frame),), kwargs, "rows", given=meta)
    return new(made if frame.npartitions == 1 else Cut(frame, made))


def meta_of_rows(func: Callable[..., Any], meta: Meta, kwargs: Mapping[str, Any]) -> Meta:
    """The meta of what a function gives that takes some rows, and makes a row for each."""
    found = try_on_empty(_of_one_row, (func, meta, tuple(kwargs.items())))
    return empty(found).set_axis(meta.index)


def _of_one_row(func: Callable[..., Any], meta: Meta, kwargs: Any) -> Any:
    return func(one_row(meta), **stand_ins(dict(kwargs)))


def made_once(node: FrameNode) -> FrameNode:
    """The node of what another one gives, found now and kept."""
    found = new(node).compute()
    table = isinstance(found, PANDAS)
    made = Blocks.named(f"{node.name}-made", (found,), (1,) if table else ())
    return wrap(made, empty(found), (None, None) if table else ())


def made_now(node: FrameNode) -> Any:
    """A collection of what a node gives, found now and kept."""
    return new(made_once(node))


def asof(blocks: Sequence[Any], where: Any, subset: Any) -> Any:
    """The last rows with values, up to some labels."""
    return concat(blocks).asof(where, subset)


def _as_it_is(block: Any, **options: Any) -> Any:
    return block


def _joined(blocks: Sequence[Any], **options: Any) -> Any:
    return concat(blocks)


class OfWhole(FrameCollection):
    """`rank`, `asfreq`, `asof`."""

    def asfreq(
        self, freq: Any, method: str | None = None, how: Any = None, normalize: bool = False, **kwargs: Any
    ) -> Any:
        """A row for each moment of a frequency, in one partition, made now.

        Parameters
        ----------
        freq
            Such as "D".
        method, how, normalize, **kwargs
            As pandas takes them.
        """
        told = {"freq": freq, "method": method, "how": how, "normalize": normalize, **kwargs}
        return made_now(Partitionwise(Method("asfreq"), (whole(self.expr),), told, given=self._meta))

    def asof(self, where: Any, subset: Any = None) -> Any:
        """The last row with values up to a label, or up to each of several; made now.

        Parameters
        ----------
        where
            A label, or a list of them.
        subset
            The columns that must have values; by default all.
        """
        told = {"where": where, "subset": subset}
        return new(Condense(self.expr, _as_it_is, _joined, asof, told, given=0)).compute()

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
            For a DataFrame, whether to leave out other columns; a Series must be numeric then.
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
        if numeric_only and self._meta.ndim == 1 and not is_numeric_dtype(self._meta.dtype):
            raise TypeError(f"rank(numeric_only=True): the Series is of {self._meta.dtype}, expected numbers")
        node = numeric(self.expr) if numeric_only and self._meta.ndim == 2 else self.expr
        if given["axis"] == 1:
            return new(Partitionwise(Method("rank"), (node,), given, "rows"))
        return of_whole(node, Method("rank"), **given)
