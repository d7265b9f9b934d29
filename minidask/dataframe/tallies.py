"""What condenses all partitions into one: the largest and smallest rows, bytes, descriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import concat
from minidask.dataframe.meta import Meta, empty, remembered
from minidask.dataframe.node import Columns, Divisions, FrameNode, Projection
from minidask.dataframe.reductions import one_row
from minidask.expr.blocks import blockwise, function_name
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower
from minidask.expr.reduce import tree


class Condense(FrameNode):
    """One partition made of all, by a tree.

    Fields
    ------
    chunk
        Makes a small pandas object of a block.
    merge
        Makes one of a list of them.
    final
        Makes the answer of a list of them.
    options
        Keywords for all three.
    labels
        Whether the index of the frame matters.
    """

    frame: FrameNode
    chunk: Callable[..., Any]
    merge: Callable[..., Any]
    final: Callable[..., Any]
    options: dict[str, Any]
    labels: bool = True
    given: Meta = None
    """The meta, where it is not to be found by trying."""
    keys: tuple[Any, ...] | None = None
    """The columns that tell which rows are there, where the others only come with them; None: all may."""

    @property
    def operation(self) -> str:
        return function_name(self.final)

    @fact
    def meta(self) -> Meta:
        if self.given is not None:
            return self.given
        part = remembered(self.chunk, (self.frame.meta,), self.options)
        return empty(self.final([part], **self.options))

    @fact
    def divisions(self) -> Divisions:
        return (None, None) if isinstance(self.meta, pd.DataFrame | pd.Series | pd.Index) else ()

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {} if self.keys is None or wanted is None else {self.frame: wanted.union(self.keys)}

    def needs_labels(self, wanted: bool) -> bool:
        return self.labels


@lower(Condense)
def condense(node: Condense) -> Node:
    """Blocks condensed, then merged level by level."""
    parts = blockwise(
        node.chunk,
        node.frame,
        grid=node.frame.grid,
        kwargs=node.options,
        name=f"{node.name}-part",
        label=node.operation,
    )
    merge = partial(node.merge, **node.options)
    final = partial(node.final, **node.options)
    return tree(parts, merge, final, [0], name=node.name, keepdims=bool(node.grid), label=node.operation)


def extreme_rows(block: Any, method: str, n: int, **options: Any) -> Any:
    """The rows that `nlargest` or `nsmallest` would give, in the order they stand in.

    And one more: pandas orders equal values otherwise where it is asked for all rows there are.
    """
    places = getattr(block.reset_index(drop=True), method)(n=n + 1, **options).index
    return block.iloc[np.sort(places.to_numpy())]


def extreme_rows_of_all(blocks: Sequence[Any], method: str, **options: Any) -> Any:
    """Those of several blocks."""
    return extreme_rows(concat(blocks), method, **options)


def extremes(blocks: Sequence[Any], method: str, **options: Any) -> Any:
    """The answer, in the order of pandas."""
    return getattr(concat(blocks), method)(**options)


def memory(block: Any, **options: Any) -> Any:
    """The bytes of each column."""
    return block.memory_usage(**options)


def add_memory(blocks: Sequence[Any], **options: Any) -> Any:
    """Bytes added up."""
    return sum(blocks[1:], blocks[0])


class Tallies(FrameCollection):
    """Rows and bytes of DataFrame and Series."""

    def _extremes(self, method: str, n: int, columns: Any, keep: str) -> Any:
        if keep not in ("first", "last", "all"):
            raise ValueError(f"keep={keep!r}: expected 'first', 'last' or 'all'")
        options = {"method": method, "n": n, "keep": keep}
        if isinstance(self._meta, pd.DataFrame):
            options["columns"] = columns
        keys = None if "columns" not in options else tuple(columns if isinstance(columns, list) else [columns])
        return new(Condense(self.expr, extreme_rows, extreme_rows_of_all, extremes, options, keys=keys))

    def describe(self, percentiles: Sequence[float] | None = None, include: Any = None, exclude: Any = None) -> Any:
        """What pandas' `describe` tells: counts, means, quantiles. Exact.

        Parameters
        ----------
        percentiles, include, exclude
            As pandas takes them.

        Notes
        -----
        Quantiles need all values of a column: those of the columns described come together in one task.
        """
        options = {"percentiles": percentiles, "include": include, "exclude": exclude}
        node, told = self.expr, one_row(self._meta).describe(**options)
        if isinstance(self._meta, pd.Series) and self._meta.dtype == object:
            told = told.astype(object)  # the most frequent one may be anything
        if isinstance(told, pd.DataFrame) and self._meta.columns.is_unique:
            node = Projection(node, told.columns.tolist())
        return new(Condense(node, as_it_is, concat_all, describe, options, labels=False, given=empty(told)))

    def memory_usage(self, index: bool = True, deep: bool = False) -> Any:
        """The bytes that the data take: of a Series one number, of a DataFrame one for each column.

        Parameters
        ----------
        index
            Whether to count the index.
        deep
            Whether to look into Python objects.
        """
        return new(Condense(self.expr, memory, add_memory, add_memory, {"index": index, "deep": deep}))


def as_it_is(block: Any, **options: Any) -> Any:
    """The block."""
    return block


def concat_all(blocks: Sequence[Any], **options: Any) -> Any:
    """All of them, one under the other."""
    return concat(blocks)


def describe(blocks: Sequence[Any], **options: Any) -> Any:
    """What pandas tells of the whole."""
    return concat(blocks).describe(**options)


class FrameTallies(Tallies):
    """The largest and smallest rows of a DataFrame."""

    def nlargest(self, n: int, columns: Any, keep: str = "first") -> Any:
        """The `n` rows with the largest values in some columns, largest first; as `DataFrame.nlargest`."""
        return self._extremes("nlargest", n, columns, keep)

    def nsmallest(self, n: int, columns: Any, keep: str = "first") -> Any:
        """The `n` rows with the smallest values in some columns. Parameters as for `pandas.DataFrame.nsmallest`."""
        return self._extremes("nsmallest", n, columns, keep)


class SeriesTallies(Tallies):
    """The largest and smallest values of a Series."""

    def nlargest(self, n: int = 5, keep: str = "first") -> Any:
        """The `n` largest values, largest first. Parameters as for `pandas.Series.nlargest`."""
        return self._extremes("nlargest", n, None, keep)

    def nsmallest(self, n: int = 5, keep: str = "first") -> Any:
        """The `n` smallest values, smallest first. Parameters as for `pandas.Series.nsmallest`."""
        return self._extremes("nsmallest", n, None, keep)
