"""Rows by number: `iloc`, `iat` and `take`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.assignment import assign_rows
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.binding import along_columns
from minidask.dataframe.blocks import concat
from minidask.dataframe.foreign import BY_PLACE, called, is_function, is_mask, mask
from minidask.dataframe.meta import Meta, empty, remembered
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, Projection, SameRows
from minidask.dataframe.partitions import Pick, are_ends_at_once, count_of, ends_of
from minidask.dataframe.places import Place, places, rows_by_place, starts_of
from minidask.dataframe.reductions import one_row
from minidask.dataframe.regrouped import Regrouped
from minidask.dataframe.selection import filtered
from minidask.expr.blocks import blockwise, everything, gather
from minidask.expr.node import Node, fact
from minidask.expr.pipeline import lower


class Numbers(Regrouped):
    """The rows with some numbers, in their order, in one partition."""

    numbers: tuple[int, ...]

    @property
    def operation(self) -> str:
        return "iloc"

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return None, None

    def lengths(self) -> tuple[int, ...] | None:
        return (len(self.numbers),)


@lower(Numbers)
def take_numbers(node: Numbers) -> Node:
    """Each partition gives its rows, which are then put in order."""
    source, numbers = node.frame, np.array(node.numbers, dtype=np.int64)
    place = places(source, node.name)
    parts = blockwise(
        rows_numbered, source, place, numbers, grid=source.grid, name=f"{node.name}-part", label="iloc", cheap=True
    )
    return gather(in_order, parts, everything(parts.grid), numbers, grid=(1,), name=node.name, label="iloc")


def rows_numbered(block: Any, place: Place, numbers: np.ndarray) -> tuple[Any, np.ndarray]:
    """Those rows of a block that have one of the numbers, and which of the numbers each has.

    Raises
    ------
    IndexError
        There is no row with one of the numbers.
    """
    start, total = place
    check_numbers(numbers, total)
    own = np.where(numbers < 0, numbers + total, numbers) - start
    mine = np.flatnonzero((own >= 0) & (own < len(block)))
    return block.take(own[mine]), mine


def check_numbers(numbers: np.ndarray, total: int) -> None:
    """Raise an IndexError unless all are numbers of rows."""
    odd = numbers[(numbers < -total) | (numbers >= total)]
    if len(odd):
        raise IndexError(f"iloc[{odd[0]}]: there are {total} rows")


def in_order(parts: Sequence[tuple[Any, np.ndarray]], numbers: np.ndarray) -> Any:
    """The rows of all blocks in the order that was asked for."""
    rows, at = zip(*parts)
    found = concat(list(rows))
    return found.take(np.argsort(np.concatenate(at), kind="stable"))


def numbered_rows(node: FrameNode, numbers: Sequence[int]) -> FrameNode:
    """The rows with these numbers, in one partition.

    Raises
    ------
    IndexError
        There are not so many rows, as far as that is known now.
    """
    lengths, wanted = node.owner.lengths(), np.array(numbers, dtype=np.int64)
    if lengths is None:
        found: FrameNode = Numbers(node, tuple(wanted.tolist()))
        return found
    starts = np.array(starts_of(lengths))
    check_numbers(wanted, int(starts[-1]))
    wanted = np.where(wanted < 0, wanted + starts[-1], wanted)
    touched = np.unique(np.searchsorted(starts, wanted, side="right") - 1).tolist() or [0]
    before = np.concatenate([[0], np.cumsum([lengths[i] for i in touched])])
    own = np.searchsorted(starts, wanted, side="right") - 1
    moved = wanted - starts[own] + before[np.searchsorted(touched, own)]
    source = node if len(touched) == node.npartitions else Pick(node, tuple(touched))
    return Numbers(source, tuple(moved.tolist()))


def row_numbered(node: FrameNode, number: int) -> Any:
    """One row: of a DataFrame a Series with a value for each column, of a Series a scalar."""
    row = numbered_rows(node, [number])
    return new(OnlyRow(row))


class OnlyRow(FrameNode):
    """The only row of a frame, as pandas gives it."""

    frame: FrameNode

    @property
    def operation(self) -> str:
        return "iloc"

    @fact
    def example(self) -> Any:
        return remembered(first_row, (one_row(self.frame.meta),))

    @fact
    def meta(self) -> Meta:
        return empty(self.example)

    @property
    def divisions(self) -> Divisions:  # type: ignore[override]
        return (None, None) if isinstance(self.frame.meta, pd.DataFrame) else ()


def first_row(block: Any) -> Any:
    """The first row of a block."""
    return block.iloc[0]


@lower(OnlyRow)
def take_only_row(node: OnlyRow) -> Node:
    """The row of the only block."""
    read = everything(node.frame.grid)
    return gather(_first_of, node.frame, read, grid=node.grid, name=node.name, label="iloc")


def _first_of(blocks: Sequence[Any]) -> Any:
    return first_row(blocks[0])


class ILoc:
    """``frame.iloc[rows]`` and ``frame.iloc[rows, columns]``: by number, counted from 0, negative from the end.

    Rows are a number, a slice, a list or array of numbers or of true and false, or a function of the frame that gives
    one of these. How many rows there are is counted where it is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from minidask.dataframe import from_pandas
    >>> df = from_pandas(pd.DataFrame({"x": [1, 2, 3, 4], "y": list("abcd")}), npartitions=2)
    >>> df.iloc[[3, 0]].compute().y.tolist()
    ['d', 'a']
    >>> df.iloc[-1, 0].compute()
    np.int64(4)
    """

    def __init__(self, frame: FrameCollection) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        rows, columns = self._key(key)
        node = _with_columns(self._frame.expr, columns)
        if isinstance(rows, int | np.integer) and not isinstance(rows, bool):
            return row_numbered(node, int(rows))
        return new(_rows(node, rows))

    def __setitem__(self, key: Any, value: Any) -> None:
        rows, columns = self._key(key)
        frame, meta = self._frame, self._frame._meta
        labels = meta.columns[columns] if isinstance(meta, pd.DataFrame) else None
        whole_rows = isinstance(rows, slice) and rows == slice(None)
        numbers: Any = rows if is_mask(rows) or whole_rows else new(NumberedMask(frame.expr, _as_numbers(rows)))
        frame.expr = assign_rows(frame.expr, numbers, labels, value)

    def _key(self, key: Any) -> tuple[Any, Any]:
        if isinstance(key, tuple):
            if len(key) > self._frame._meta.ndim:
                raise IndexError(f"iloc: {len(key)} keys for {self._frame._meta.ndim} dimensions")
            rows, columns = (*key, slice(None))[:2]
        else:
            rows, columns = key, slice(None)
        return (called(rows, self._frame) if is_function(rows) else rows), columns


def _with_columns(node: FrameNode, columns: Any) -> FrameNode:
    if isinstance(columns, slice) and columns == slice(None):
        return node
    meta = node.meta.iloc[:, columns]
    if not node.meta.columns.is_unique:
        found: FrameNode = Partitionwise(_columns_numbered, (node, columns), {}, "rows", given=meta)
        return found
    return Projection(node, meta.name if isinstance(meta, pd.Series) else meta.columns.tolist())


def _columns_numbered(block: pd.DataFrame, columns: Any) -> Any:
    return block.iloc[:, columns]


def _rows(node: FrameNode, rows: Any) -> FrameNode:
    if is_mask(rows):
        return filtered(node, mask(rows, node))
    if isinstance(rows, slice):
        ends = _as_ends(node, rows)
        if ends is not None:
            return ends
        return _backwards(node, rows) if rows.step is not None and rows.step < 0 else rows_by_place(node, rows)
    if isinstance(rows, BY_PLACE):
        return numbered_rows(node, _whole_numbers(rows))
    raise TypeError(f"iloc: rows are numbers, a slice or a list of numbers, got {rows!r}")


def _as_ends(node: FrameNode, rows: slice) -> FrameNode | None:
    """The first or last rows that a slice is of, where these are found without the others."""
    first, last = rows.start in (None, 0), rows.stop is None
    count = rows.stop if first else rows.start
    if first is last or rows.step not in (None, 1) or not isinstance(count, int) or (count < 0) is first:
        return None
    return ends_of(node, abs(count), first) if are_ends_at_once(node, abs(count)) else None


def _whole_numbers(rows: Any) -> list[int]:
    found = np.asarray(rows)
    if len(found) and found.dtype.kind not in "iu":
        raise TypeError(f"iloc: rows are whole numbers, got {rows!r}")
    return [int(number) for number in found]


def _backwards(node: FrameNode, rows: slice) -> FrameNode:
    """Rows from the last to the first: of a slice forwards, turned."""
    count = count_of(node)
    wanted = range(len(new(node)) if count is None else count)[rows]
    if not len(wanted):
        return rows_by_place(node, slice(0, 0))
    found = rows_by_place(node, slice(wanted[-1], wanted[0] + 1, -wanted.step))
    turned = Pick(found, range(found.npartitions - 1, -1, -1)) if found.npartitions > 1 else found
    back: FrameNode = Partitionwise(_turned, (turned,), {}, "", given=node.meta)
    return back


def _turned(block: Any) -> Any:
    return block.iloc[::-1]


def _as_numbers(rows: Any) -> Any:
    """A slice, or a tuple of numbers."""
    if isinstance(rows, int | np.integer):
        return (int(rows),)
    return rows if isinstance(rows, slice) else tuple(_whole_numbers(rows))


class NumberedMask(SameRows):
    """A boolean Series, true in the rows with some numbers."""

    numbers: Any

    @property
    def operation(self) -> str:
        return "iloc"

    @fact
    def meta(self) -> Meta:
        return pd.Series([], dtype=bool, index=self.frame.meta.index)


@lower(NumberedMask)
def mark_numbers(node: NumberedMask) -> Node:
    """Each partition marks its rows."""
    place = places(node.frame, node.name)
    return blockwise(_marked, node.frame, place, node.numbers, grid=node.grid, name=node.name, label="iloc", cheap=True)


def _marked(block: Any, place: Place, numbers: Any) -> pd.Series:
    start, total = place
    if isinstance(numbers, slice):
        wanted = np.arange(*numbers.indices(total))
    else:
        check_numbers(wanted := np.array(numbers, dtype=np.int64), total)
        wanted = np.where(wanted < 0, wanted + total, wanted)
    return pd.Series(np.isin(np.arange(start, start + len(block)), wanted), index=block.index)


class IAt:
    """``frame.iat[row, column]``, or ``series.iat[row]``: one element by number, lazily."""

    def __init__(self, frame: FrameCollection) -> None:
        self._iloc = ILoc(frame)

    def __getitem__(self, key: Any) -> Any:
        return self._iloc[_only_integers(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._iloc[_only_integers(key)] = value


def _only_integers(key: Any) -> Any:
    if all(isinstance(k, int | np.integer) for k in (key if isinstance(key, tuple) else (key,))):
        return key
    raise ValueError("iAt based indexing can only have integer indexers")


class Numbered(FrameCollection):
    """Rows by number, of DataFrame and Series."""

    @property
    def iloc(self) -> ILoc:
        """Rows and columns by number: ``frame.iloc[rows]``, ``frame.iloc[rows, columns]``."""
        return ILoc(self)

    @property
    def iat(self) -> IAt:
        """One element by number: ``frame.iat[row, column]``."""
        return IAt(self)

    def take(self, indices: Any, axis: int | str = 0) -> Any:
        """The rows (with ``axis=1`` the columns) with these numbers, in their order.

        Parameters
        ----------
        indices
            Numbers, negative ones from the end.
        axis
            0 or "index", 1 or "columns".

        Raises
        ------
        IndexError
            There are not so many.
        """
        numbers = _whole_numbers(indices)
        return self.iloc[:, numbers] if along_columns(self._pandas, "take", axis) else self.iloc[numbers]
