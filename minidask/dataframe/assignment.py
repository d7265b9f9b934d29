"""Values for some rows: ``frame.loc[rows, columns] = value``, ``frame[mask] = value``, `insert` and `at`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.foreign import BY_PLACE, mask, operand
from minidask.dataframe.meta import empty
from minidask.dataframe.node import Filter, FrameNode, Partitionwise, Projection, is_frame
from minidask.dataframe.selection import assigned, following
from minidask.dataframe.tallies import Condense


def assign_rows(frame: FrameNode, rows: Any, columns: Any, value: Any) -> FrameNode:
    """The frame with other values in some rows.

    Parameters
    ----------
    frame
        DataFrame or Series.
    rows
        A boolean Series, lazy or not, or an array or list of booleans; a full slice for all rows.
    columns
        A label or labels; None for all columns, and for a Series.
    value
        The same for all: a literal or a lazy scalar; by place among the rows: an array or a list; by label: a Series.

    Raises
    ------
    TypeError
        A DataFrame as the value.
    ValueError
        Rows that cannot be aligned; more or fewer values than rows.
    """
    if isinstance(rows, slice):
        rows = new(Partitionwise(_all_true, (frame,), {}, "rows"))
    chosen = following(mask(rows, frame), frame)
    (frame, chosen), _ = align("loc", [frame, chosen])
    by_place = isinstance(value, BY_PLACE) and getattr(value, "ndim", 1) == 1
    given = operand(value, Filter(frame, chosen) if by_place else frame, "loc")
    if is_frame(given) and isinstance(given.meta, pd.DataFrame):
        raise TypeError("loc: assign one column at a time: the value is a DataFrame")
    if is_frame(given) and not by_place:
        (frame, chosen, given), _ = align("loc", [frame, chosen, following(given, frame)])
    if isinstance(columns, pd.Index):
        columns = columns.tolist()
    args = (frame, chosen, columns, given, by_place)
    found: FrameNode = Partitionwise(put_in_rows, args, {}, "rows", given=_meta(frame, columns, given), label="setitem")
    return found


def _all_true(block: Any) -> pd.Series:
    return pd.Series(True, index=block.index)


def _meta(frame: FrameNode, columns: Any, value: Any) -> Any:
    """What comes out: a column keeps its dtype, and a new one has missing values in the other rows."""
    meta = frame.meta
    if isinstance(meta, pd.Series) or columns is None:
        return meta
    fresh = [c for c in (columns if isinstance(columns, list) else [columns]) if c not in meta.columns]
    like = value.meta if isinstance(value, FrameNode) else value
    two = meta.reindex([0, 1]) if fresh else meta
    for label in fresh:
        two.loc[[True, False], label] = like.iloc[:0].reindex([0]).iloc[0] if isinstance(like, pd.Series) else like
    made = empty(two)
    return made if not fresh else pd.concat([meta, made[fresh]], axis=1)


def put_in_rows(block: Any, chosen: pd.Series, columns: Any, value: Any, by_place: bool) -> Any:
    """A copy of a block with other values in the rows chosen."""
    rows = chosen.to_numpy(dtype=bool)
    found = block.copy()
    if by_place:
        value = value.array
    elif isinstance(value, pd.Series):
        value = value[rows] if value.index.equals(block.index) else value.reindex(block.index[rows])
        value = value.array
    if isinstance(block, pd.Series) or columns is None:
        found.loc[rows] = value
        return found
    for label in columns if isinstance(columns, list) else [columns]:
        found.loc[rows, label] = value
    return found


def rows_with_labels(frame: FrameNode, rows: Any) -> Any:
    """A lazy boolean Series: the rows with some labels; a KeyError, then, where one is not there.

    Parameters
    ----------
    frame
        DataFrame or Series.
    rows
        A label, a list of labels, or a slice of them, both ends included.
    """
    if isinstance(rows, slice):
        if rows.step is not None or not (frame.known or frame.npartitions == 1):
            raise ValueError("loc of a slice takes no step, and needs known divisions; set_index() makes them")
        return new(Partitionwise(_between, (frame, rows.start, rows.stop), {}, "rows"))
    labels = list(rows) if isinstance(rows, BY_PLACE) and not isinstance(rows, tuple) else [rows]
    told: dict[str, Any] = {"labels": tuple(labels)}
    there = Condense(frame, _labels_in, _labels_of_all, _check_labels, told, given=0)
    given = pd.Series([], dtype=bool, index=frame.meta.index)
    return new(Partitionwise(_labelled, (frame, tuple(labels), there), {}, "rows", given=given))


def _between(block: Any, start: Any, stop: Any) -> pd.Series:
    found = np.zeros(len(block), dtype=bool)
    found[block.index.slice_indexer(start, stop)] = True
    return pd.Series(found, index=block.index)


def _labels_in(block: Any, labels: Sequence[Any]) -> set[int]:
    index = block.index
    return {i for i, label in enumerate(labels) if label in index}


def _labels_of_all(blocks: Sequence[set[int]], labels: Sequence[Any]) -> set[int]:
    return set().union(*blocks)


def _check_labels(blocks: Sequence[set[int]], labels: Sequence[Any]) -> int:
    there = _labels_of_all(blocks, labels)
    missing = [label for i, label in enumerate(labels) if i not in there]
    if missing:
        raise KeyError(f"loc: there is no row {missing[0]!r}; rows are added by concat()")
    return len(labels)


def _labelled(block: Any, labels: Sequence[Any], there: int) -> pd.Series:
    return pd.Series(block.index.isin(list(labels)), index=block.index)


class Assignment(FrameCollection):
    """New columns in a place of a DataFrame."""

    def insert(self, loc: int, column: Any, value: Any, allow_duplicates: bool = False) -> None:
        """Insert a column before the one with a number.

        Parameters
        ----------
        loc
            From 0 to the number of columns.
        column
            The label of the new column.
        value
            As `assign` takes it.
        allow_duplicates
            Only False.

        Raises
        ------
        ValueError, IndexError
            There is such a column already; there are fewer columns.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.insert(1, "twice", df.x * 2)
        >>> df.columns.tolist()
        ['x', 'twice', 'y']
        """
        columns = self._meta.columns
        if allow_duplicates:
            raise NotImplementedError("insert(allow_duplicates=True): lazy columns are known by their labels")
        if column in columns:
            raise ValueError(f"cannot insert {column}, already exists")
        if not isinstance(loc, int | np.integer) or not 0 <= loc <= len(columns):
            raise IndexError(f"insert(loc={loc!r}): expected a number from 0 to {len(columns)}")
        wider = assigned(self.expr, [column], [value])
        if columns.is_unique:
            self.expr = Projection(wider, columns.insert(loc, column).tolist())
        else:
            order = [*range(loc), len(columns), *range(loc, len(columns))]
            self.expr = Partitionwise(_in_order, (wider, order), {}, "rows")


def _in_order(block: pd.DataFrame, order: list[int]) -> pd.DataFrame:
    return block.iloc[:, order]
