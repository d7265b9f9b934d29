"""Frames of data that is in memory."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

import minidask.dataframe.divisions as cuts
from minidask.dataframe.base import new
from minidask.dataframe.blocks import take_rows
from minidask.dataframe.meta import Meta, empty, try_on_empty
from minidask.dataframe.node import Columns, Divisions, FrameNode, Projection, unknown
from minidask.expr.blocks import PerBlock, blockwise, unchanged
from minidask.expr.grid import Index
from minidask.expr.naming import tokenize
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower, simplify


class Held:
    """A pandas object in memory, which never changes: its token and meta are found once."""

    def __init__(self, obj: Any) -> None:
        self.obj = obj
        self.token = tokenize(obj)
        self.meta: Meta = empty(obj)
        self._complete: dict[Any, bool] = {}

    def is_complete(self, column: Any) -> bool:
        """Whether it is known of a column that no value is missing; None: of a Series, or an Index."""
        if column not in self._complete:
            values = self.obj if column is None else self.obj[column]
            self._complete[column] = isinstance(values, pd.Series | pd.Index) and not values.hasnans
        return self._complete[column]

    def __dask_tokenize__(self) -> str:
        return self.token


class InMemory(FrameNode):
    """A pandas object cut into partitions.

    Fields
    ------
    held
        The object.
    cuts
        Where the partitions begin, and the number of rows.
    parts
        The divisions.
    columns
        Those of its columns that are given, a list; or a label, for that column as a Series. None: all.
    """

    held: Held
    cuts: tuple[int, ...]
    parts: Divisions
    columns: Any = None

    @property
    def operation(self) -> str:
        return "from_pandas"

    @property
    def data(self) -> Any:
        """What is given of the object."""
        return self.held.obj if self.columns is None else self.held.obj[self.columns]

    @fact
    def meta(self) -> Meta:
        whole = self.held.meta
        return whole if self.columns is None else try_on_empty(operator.getitem, (whole, self.columns))

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return self.parts

    @fact
    def rows(self) -> str:
        return f"rows-{tokenize(self.held, self.cuts)}"

    def lengths(self) -> tuple[int, ...] | None:
        return tuple(b - a for a, b in zip(self.cuts, self.cuts[1:]))

    def is_complete(self, column: Any) -> bool:
        """Whether it is known of a column, or with None of a Series, that no value is missing."""
        one = isinstance(self.held.obj, pd.DataFrame) and isinstance(self.meta, pd.Series)
        return self.held.is_complete(self.columns if one else column)

    @cached_property
    def _row_nbytes(self) -> float:
        usage = self.data.memory_usage()
        return float(usage.sum() if isinstance(usage, pd.Series) else usage) / max(1, self.cuts[-1])

    def block_nbytes(self, index: Index) -> int:
        return int(self._row_nbytes * (self.cuts[index[0] + 1] - self.cuts[index[0]]))

    def largest_nbytes(self) -> int:
        return int(self._row_nbytes * max(self.lengths() or (), default=0))

    def narrow(self, wanted: Columns) -> FrameNode:
        kept = [c for c in self.meta.columns if wanted is None or c in wanted]
        return self if len(kept) == len(self.meta.columns) else self.replace(columns=kept)


@simplify(Projection)
def project_in_memory(node: Projection) -> Node | None:
    """A column of a frame in memory is in memory: no task carries the others."""
    below = node.frame
    one = isinstance(node.meta, pd.Series) and node.columns is not None  # which would ask for all
    return below.replace(columns=node.columns) if one and isinstance(below, InMemory) else None


@dataclass(frozen=True)
class Piece(PerBlock):
    """The rows of one partition."""

    data: Any
    cuts: tuple[int, ...]

    def block(self, index: Index) -> Any:
        return take_rows(self.data, self.cuts[index[0]], self.cuts[index[0] + 1])


@lower(InMemory)
def cut_into_pieces(node: InMemory) -> Node:
    """Each task carries its own piece."""
    return blockwise(
        unchanged,
        Piece(node.data, node.cuts),
        grid=node.grid,
        name=node.name,
        label="from_pandas",
        recompute="always",
        cheap=True,
    )


def from_pandas(data: Any, npartitions: int | None = None, chunksize: int | None = None, sort: bool = True) -> Any:
    """A lazy frame of a pandas object.

    Parameters
    ----------
    data
        DataFrame, Series or Index.
    npartitions
        How many partitions; fewer where there are fewer rows, or labels that belong together. Default: 1.
    chunksize
        Rows of one partition, instead of `npartitions`.
    sort
        Whether to sort by the index first, where it does not increase, so that divisions are known.
        False keeps the order.

    Returns
    -------
    DataFrame, Series or Index

    Raises
    ------
    TypeError, ValueError
        `data` is no pandas object; both or wrong numbers are given.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = from_pandas(pd.DataFrame({"x": range(6)}), npartitions=2)
    >>> frame.divisions
    (0, 3, 5)
    >>> frame.x.sum().compute()
    np.int64(15)
    """
    if not isinstance(data, pd.DataFrame | pd.Series | pd.Index):
        raise TypeError(f"data: expected a DataFrame, Series or Index of pandas, got a {type(data).__name__}")
    parts = _how_many(len(data), npartitions, chunksize)
    index = data if isinstance(data, pd.Index) else data.index
    sortable = sort and not isinstance(index, pd.MultiIndex) and not index.hasnans
    if sortable and not index.is_monotonic_increasing:
        data = data.sort_values() if isinstance(data, pd.Index) else data.sort_index(kind="stable")
        index = data if isinstance(data, pd.Index) else data.index
    at = cuts.even_cuts(len(data), parts)
    data = data.copy(deep=False)  # what is done to the original in place, such as new columns, does not reach this
    if not sortable or not len(index):
        return new(InMemory(Held(data), at, unknown(len(at) - 1)))
    at = cuts.cuts_between_labels(index, at)
    return new(InMemory(Held(data), at, cuts.divisions_at(index, at)))


def _how_many(rows: int, npartitions: int | None, chunksize: int | None) -> int:
    given = npartitions if chunksize is None else chunksize
    if npartitions is not None and chunksize is not None:
        raise ValueError("give npartitions or chunksize, not both")
    if given is None:
        return 1
    name = "npartitions" if chunksize is None else "chunksize"
    if type(given) is bool or not hasattr(given, "__index__"):
        raise TypeError(f"{name}={given!r}: expected a whole number")
    if given < 1:
        raise ValueError(f"{name}={given!r}: expected at least 1")
    return int(given) if chunksize is None else -(-rows // int(given))


def from_dict(
    data: Mapping[Any, Any],
    npartitions: int,
    orient: str = "columns",
    dtype: Any = None,
    columns: list[Any] | None = None,
) -> Any:
    """A lazy DataFrame of a dict of columns or rows. Parameters as for `pandas.DataFrame.from_dict`.

    Parameters
    ----------
    npartitions
        How many partitions.

    Examples
    --------
    >>> from_dict({"x": [1, 2, 3, 4]}, npartitions=2).x.max().compute()
    np.int64(4)
    """
    return from_pandas(pd.DataFrame.from_dict(data, orient=orient, dtype=dtype, columns=columns), npartitions)  # type: ignore


def from_records(
    data: Any,
    index: Any = None,
    exclude: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    coerce_float: bool = False,
    nrows: int | None = None,
    npartitions: int | None = None,
    chunksize: int | None = None,
) -> Any:
    """A lazy DataFrame of records in memory. Parameters as for `pandas.DataFrame.from_records`; rows keep their order.

    Parameters
    ----------
    npartitions, chunksize
        As in `from_pandas`.

    Examples
    --------
    >>> from_records([(1, "a"), (2, "b")], columns=["x", "y"], npartitions=2).x.sum().compute()
    np.int64(3)
    """
    frame = pd.DataFrame.from_records(data, index, exclude, columns, coerce_float, nrows)  # type: ignore[arg-type]
    return from_pandas(frame, npartitions, chunksize, sort=False)
