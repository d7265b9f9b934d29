"""Rows by their labels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from minidask.dataframe.assignment import assign_rows, rows_with_labels
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.blocks import concat
from minidask.dataframe.foreign import called, is_function, is_mask, mask
from minidask.dataframe.node import Divisions, FrameNode, Partitionwise, Projection
from minidask.dataframe.ownership import assembled
from minidask.dataframe.partitions import Pick
from minidask.dataframe.reductions import one_row
from minidask.dataframe.selection import filtered
from minidask.dataframe.tallies import Condense
from minidask.expr.assemble import Finish


class Loc:
    """``frame.loc[rows]`` and ``frame.loc[rows, columns]``.

    Rows are a slice of labels (both ends count; divisions must be known), a list of labels, a label (it gives all rows
    that have it; see `AtLabel`), a boolean Series, array or list, or a function of the frame.
    """

    def __init__(self, frame: FrameCollection) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        table = isinstance(self._frame._meta, pd.DataFrame)
        rows, columns = key if isinstance(key, tuple) and table and len(key) == 2 else (key, None)
        node = self._frame.expr
        if isinstance(node.meta.index, pd.MultiIndex) and not (isinstance(rows, slice | list) or is_mask(rows)):
            return self._of_levels(rows if isinstance(rows, tuple) else (rows,), columns)
        if isinstance(rows, tuple):
            raise KeyError(f"loc[{rows!r}]: the frame's index has one level")
        if columns is not None and not (isinstance(columns, slice) and columns == slice(None)):
            node = Projection(node, _columns_of(node.meta, columns))
        rows = called(rows, self._frame) if is_function(rows) else rows
        found = self._rows(node, rows)
        return AtLabel.kinds[isinstance(found.meta, pd.DataFrame)](found) if _is_label(rows, found) else new(found)

    def _of_levels(self, labels: tuple[Any, ...], columns: Any) -> Any:
        """The rows with labels of the first levels, without these levels."""
        node = self._frame.expr
        if columns is not None and not (isinstance(columns, slice) and columns == slice(None)):
            node = Projection(node, _columns_of(node.meta, columns))
        levels = node.meta.index.nlevels
        if any(isinstance(label, slice | list) for label in labels) or len(labels) > levels:
            raise NotImplementedError(f"loc[{labels!r}]: give one label for each of the first levels, of {levels}")
        if len(labels) == levels:
            return AtLabel.kinds[isinstance(node.meta, pd.DataFrame)](with_labels(node, [labels]))
        given = node.meta.droplevel(list(range(len(labels))))
        return new(Condense(node, _with_levels, concat_rows, _at_levels, {"labels": labels}, given=given))

    def __setitem__(self, key: Any, value: Any) -> None:
        frame, meta = self._frame, self._frame._meta
        table = isinstance(meta, pd.DataFrame)
        rows, columns = key if isinstance(key, tuple) and table and len(key) == 2 else (key, None)
        rows = called(rows, frame) if is_function(rows) else rows
        if isinstance(columns, slice):
            columns = None if columns == slice(None) else _columns_of(meta, columns)
        elif table and is_mask(columns):
            columns = meta.columns[np.asarray(columns)]
        if not (is_mask(rows) or (isinstance(rows, slice) and rows == slice(None))):
            rows = rows_with_labels(frame.expr, rows)
        frame.expr = assign_rows(frame.expr, rows, list(columns) if isinstance(columns, pd.Index) else columns, value)

    def _rows(self, node: FrameNode, rows: Any) -> FrameNode:
        if is_mask(rows):
            return filtered(node, mask(rows, node))
        if isinstance(rows, slice):
            return between_labels(node, rows)
        if isinstance(rows, list | np.ndarray | pd.Index | pd.Series):
            return with_labels(node, list(rows))
        return at_label(node, rows)


def _with_levels(block: Any, labels: tuple[Any, ...]) -> Any:
    found = np.ones(len(block), dtype=bool)
    for i, label in enumerate(labels):
        found &= block.index.get_level_values(i) == label
    return block[found]


def _at_levels(blocks: Sequence[Any], labels: tuple[Any, ...]) -> Any:
    found = concat(blocks)
    if not len(found):
        raise KeyError(labels if len(labels) > 1 else labels[0])
    return found.droplevel(list(range(len(labels))))


def _is_label(rows: Any, node: FrameNode) -> bool:
    """Whether one label of the index, and no part of one, was asked for."""
    index = node.meta.index
    part = isinstance(index, pd.MultiIndex) or (isinstance(rows, str) and isinstance(index, pd.DatetimeIndex))
    return not (part or is_mask(rows) or isinstance(rows, slice | list | np.ndarray | pd.Index | pd.Series))


class AtLabel(FrameCollection):
    """Rows with one label. Only data can tell whether it is one row: this then computes to what pandas makes of that.

    Until then it is what it would be with several rows: a DataFrame, or a Series.
    """

    kinds: ClassVar[dict[bool, type[AtLabel]]] = {}
    """By whether it is a DataFrame."""

    @property
    def finish(self) -> Finish:
        return only_row


def only_row(blocks: Sequence[Any]) -> Any:
    """All rows; of a DataFrame the only one as a Series, of a Series the only element."""
    whole = assembled(blocks)
    return whole.iloc[0] if len(whole) == 1 else whole


def _columns_of(meta: pd.DataFrame, columns: Any) -> Any:
    found = meta.loc[:, columns]
    return columns if isinstance(found, pd.Series) else found.columns.tolist()


def between_labels(node: FrameNode, rows: slice) -> FrameNode:
    """The rows from one label to another, both included.

    Raises
    ------
    ValueError
        The divisions are not known.
    """
    if rows.step is not None:
        raise NotImplementedError("loc with a step; select every so many rows by position with map_partitions")
    if rows.start is None and rows.stop is None:
        return node
    picked = node if node.npartitions == 1 else Pick(node, _overlapping(node, rows.start, rows.stop, "loc of a slice"))
    found: FrameNode = Partitionwise(take_labels, (picked, rows.start, rows.stop), {}, "divisions", given=node.meta)
    return found


def take_labels(block: Any, start: Any, stop: Any) -> Any:
    """The rows of a block, whose index increases, from one label to another."""
    return block.loc[start:stop]


def _overlapping(node: FrameNode, start: Any, stop: Any, what: str) -> range:
    """The partitions that may have labels from `start` to `stop`; at least one."""
    if not node.known:
        raise ValueError(f"{what} needs known divisions; set_index() makes them")
    divisions: Divisions = node.divisions
    low, high = (_comparable(label, divisions[0], end) for label, end in ((start, "left"), (stop, "right")))
    n = len(divisions) - 1
    first = 0 if low is None else min(max(bisect_right(divisions, low, hi=n) - 1, 0), n - 1)
    last = n if high is None else bisect_right(divisions, high)
    return range(first, max(min(last, n), first + 1))


def _overlapping_labels(node: FrameNode, labels: list[Any]) -> range:
    try:
        return _overlapping(node, min(labels), max(labels), "loc")
    except TypeError:  # labels of a type that cannot be compared with the index are not in it
        raise KeyError(f"there is no label {labels[0]!r} in an index of {node.meta.index.dtype}") from None


def _comparable(label: Any, like: Any, end: str) -> Any:
    """Text that stands for a time, as the first or last moment that it means."""
    if not isinstance(label, str) or not isinstance(like, pd.Timestamp):
        return label
    period = pd.Period(label)
    moment = period.start_time if end == "left" else period.end_time
    return moment.tz_localize(like.tz) if like.tz is not None else moment


def with_labels(node: FrameNode, labels: list[Any]) -> FrameNode:
    """The rows with these labels, in the order of the labels, in one partition; a KeyError then for a missing one."""
    if node.known and labels:
        node = Pick(node, _overlapping_labels(node, labels))
    found: FrameNode = Condense(node, rows_labelled, concat_rows, loc, {"labels": labels}, given=node.meta)
    return found


def rows_labelled(block: Any, labels: list[Any]) -> Any:
    """The rows of a block with some of the labels."""
    return block[block.index.isin(labels)]


def concat_rows(blocks: Sequence[Any], labels: Any) -> Any:
    """All of them."""
    return concat(blocks)


def loc(blocks: Sequence[Any], labels: list[Any]) -> Any:
    """In the order of the labels.

    Raises
    ------
    KeyError
        One of them is not there.
    """
    return concat(blocks).loc[labels]


def at_label(node: FrameNode, label: Any) -> FrameNode:
    """All rows with one label; a KeyError, then, if there is none. Text that stands for a time means all of it."""
    if isinstance(label, str) and isinstance(node.meta.index, pd.DatetimeIndex):
        return between_labels(node, slice(label, label))
    if not node.known:
        return with_labels(node, [label])
    picked = Pick(node, _overlapping_labels(node, [label]))
    found: FrameNode = Partitionwise(_at, (picked, label), {}, "divisions", given=node.meta)
    return found


def _at(block: Any, label: Any) -> Any:
    return loc([block], [label])


class At:
    """``frame.at[label, column]``, or ``series.at[label]``: one element by label, lazily.

    Raises
    ------
    KeyError
        Then, where no row has the label. Where several have it, a ValueError.
    """

    def __init__(self, frame: FrameCollection) -> None:
        self._loc = Loc(frame)
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        label, column = key if isinstance(self._frame._meta, pd.DataFrame) else (key, None)
        node = self._frame.expr if column is None else Projection(self._frame.expr, column)
        found = with_labels(node, [label])
        return new(Condense(found, _same, _first, _element, {"label": label}, given=_any_element(node.meta)))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._loc[key] = value


def _any_element(meta: pd.Series) -> Any:
    return one_row(meta).iloc[0]


def _same(block: Any, label: Any) -> Any:
    return block


def _first(blocks: Sequence[Any], label: Any) -> Any:
    return blocks[0]


def _element(blocks: Sequence[Any], label: Any) -> Any:
    if len(blocks[0]) > 1:
        raise ValueError(f"at[{label!r}]: {len(blocks[0])} rows have this label; use loc")
    return blocks[0].iloc[0]


class Locations(FrameCollection):
    """Rows by label, of DataFrame and Series."""

    @property
    def loc(self) -> Loc:
        """Rows by label, and columns: ``frame.loc[rows, columns]``."""
        return Loc(self)

    @property
    def at(self) -> At:
        """One element by label: ``frame.at[label, column]``."""
        return At(self)
