"""Columns and rows by name and by mask; new columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_object_dtype

from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection, new, node_of
from minidask.dataframe.binding import along_columns
from minidask.dataframe.foreign import called, is_function, is_mask, mask, operand
from minidask.dataframe.label_rows import without_labels
from minidask.dataframe.labels import Rename
from minidask.dataframe.node import Assign, Filter, FrameNode, Partitionwise, Projection, is_frame
from minidask.dataframe.places import rows_by_place
from minidask.expr.node import Node
from minidask.expr.pipeline import simplify


def filtered(frame: FrameNode, predicate: FrameNode) -> FrameNode:
    """The rows where the predicate is true.

    Raises
    ------
    TypeError, ValueError
        It is not boolean, or its rows cannot be aligned.
    """
    dtype: Any = getattr(predicate.meta, "dtype", None)
    if not is_frame(predicate) or not (is_bool_dtype(dtype) or is_object_dtype(dtype)):
        raise TypeError(f"rows are selected by a boolean Series, got {type(predicate.meta).__name__} of {dtype}")
    (frame, predicate), _ = align("getitem", [frame, following(predicate, frame)])
    return Filter(frame, predicate)


def following(node: Any, frame: FrameNode) -> Any:
    """The rows of a node that a frame still has, where it is the same rows filtered; else the node as it is."""
    masks: list[FrameNode] = []
    owner = frame.owner
    while is_frame(node) and owner.rows != node.rows:
        if not isinstance(owner, Filter):
            return node
        masks.append(owner.predicate)
        owner = owner.frame.owner
    for predicate in reversed(masks):
        node = Filter(node, predicate)
    return node


def assigned(frame: FrameNode, columns: Iterable[Any], values: Iterable[Any]) -> FrameNode:
    """The frame with columns added or exchanged; values are nodes, or anything that `operand` takes.

    Raises
    ------
    TypeError, ValueError
        Values of several columns, or of other lengths; frames that cannot be aligned.
    """
    found = [v if isinstance(v, Node) else operand(v, frame, "assign") for v in values]
    values = [following(v, frame) for v in found]
    for value in values:
        if is_frame(value) and isinstance(value.meta, pd.DataFrame):
            raise TypeError("assign one column at a time: the value is a DataFrame")
    (frame, *values), _ = align("assign", [frame, *values])
    return Assign(frame, tuple(columns), tuple(values))


@simplify(Projection)
def project_projection(node: Projection) -> Node | None:
    """One selection of columns instead of two."""
    below = node.frame
    if isinstance(below, Projection) and isinstance(below.columns, list) and below.meta.columns.is_unique:
        return Projection(below.frame, node.columns)
    return None


@simplify(Projection)
def project_assigned(node: Projection) -> Node | None:
    """Columns that are not selected are not assigned; what is selected alone is taken as it is."""
    below = node.frame
    if not isinstance(below, Assign) or not below.meta.columns.is_unique:
        return None
    columns = node.columns if isinstance(node.columns, list) else [node.columns]
    kept = [(c, v) for c, v in zip(below.columns, below.values) if c in columns]
    if not kept:
        return Projection(below.frame, node.columns)
    value = kept[-1][1]
    if not isinstance(node.columns, list) and is_frame(value) and value.rows == below.rows:
        named = isinstance(value.meta, pd.Series) and value.meta.name == node.columns
        return value if named else None
    if len(kept) == len(below.columns):
        return None
    return Projection(below.narrow(frozenset(columns)), node.columns)


@simplify(Projection)
def project_renamed(node: Projection) -> Node | None:
    """Columns are selected before they get other names."""
    below = node.frame
    if not isinstance(below, Rename) or not below.meta.columns.is_unique:
        return None
    columns = node.columns if isinstance(node.columns, list) else [node.columns]
    old = [below.old(c) for c in columns]
    if old == columns:
        return Projection(below.frame, node.columns)
    if len(old) == len(below.frame.meta.columns):
        return None
    names = {a: b for a, b in zip(old, columns) if a is not b}
    return Projection(Rename(Projection(below.frame, old), names), node.columns)


@simplify(Projection)
def project_filtered(node: Projection) -> Node | None:
    """Columns are selected before rows."""
    below = node.frame
    return Filter(Projection(below.frame, node.columns), below.predicate) if isinstance(below, Filter) else None


def rows_of_slice(frame: Any, key: slice) -> Any:
    """``frame[start:stop:step]`` as pandas takes it: integers are places, all else are labels."""
    if all(k is None or isinstance(k, int | np.integer) for k in (key.start, key.stop, key.step)):
        return new(rows_by_place(frame.expr, key))
    return frame.loc[key]


class Selection(FrameCollection):
    """Selecting columns and rows of a DataFrame."""

    def __getitem__(self, key: Any) -> Any:
        if is_function(key):
            key = called(key, self)
        if is_mask(key):
            node = mask(key, self.expr)
            if isinstance(node.meta, pd.DataFrame):
                return self.where(new(node))  # type: ignore[attr-defined]
            return new(filtered(self.expr, node))
        if isinstance(key, slice):
            return rows_of_slice(self, key)
        if isinstance(key, pd.Index | np.ndarray):
            key = key.tolist()
        return new(Projection(self.expr, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        if is_mask(key):
            table = isinstance(getattr(key, "_meta", key), pd.DataFrame)
            self._set_where(key, value) if table else self.loc.__setitem__(key, value)  # type: ignore[attr-defined]
        elif isinstance(key, list | pd.Index):
            self.expr = _assign_many(self.expr, list(key), value)
        else:
            self.expr = assigned(self.expr, [key], [value])

    def _set_where(self, chosen: Any, value: Any) -> None:
        self.expr = self.mask(chosen, value).expr  # type: ignore[attr-defined]

    def __delitem__(self, key: Any) -> None:
        self.expr = Projection(self.expr, list(self.drop(columns=[key]).columns))

    def assign(self, **columns: Any) -> Any:
        """A DataFrame with columns added or exchanged.

        Parameters
        ----------
        **columns
            For each a Series, which goes by its labels; an array or a list, which goes by place; a lazy scalar, a
            literal; or a function that takes the DataFrame and returns one of these.

        Raises
        ------
        TypeError, ValueError
            Values of several columns, or of other lengths; frames that cannot be aligned.
        """
        found: Any = self
        for name, value in columns.items():
            made = called(value, found) if is_function(value) else value
            found = new(assigned(found.expr, [name], [made]))
        return found

    def pop(self, item: Any) -> Any:
        """The column `item`, which this DataFrame then has no more.

        Raises
        ------
        KeyError
            There is no such column.
        """
        column = self[item]
        del self[item]
        return column

    def squeeze(self, axis: int | str = "columns") -> Any:
        """The only column as a Series; a DataFrame of several columns as it is.

        Parameters
        ----------
        axis
            Only "columns" or 1: how many rows there are is not known.
        """
        if not along_columns(self._pandas, "squeeze", axis):
            raise NotImplementedError(f'squeeze(axis={axis!r}): how many rows there are is not known; pass "columns"')
        return self[self._meta.columns[0]] if len(self._meta.columns) == 1 else self

    def drop(
        self,
        labels: Any = None,
        axis: Any = 0,
        index: Any = None,
        columns: Any = None,
        errors: str = "raise",
        level: Any = None,
    ) -> Any:
        """A DataFrame without some of its columns, or of its rows.

        Parameters
        ----------
        labels, axis
            Labels of rows; with ``axis=1`` of columns.
        index, columns
            Labels of rows, of columns: one, or a list.
        errors
            "ignore" passes over labels that are not there.
        level
            Whose labels of rows, of an index of several levels.

        Raises
        ------
        KeyError
            A column is not there; then, no row has a label.
        """
        if labels is not None:
            index, columns = (index, labels) if along_columns(self._pandas, "drop", axis) else (labels, columns)
        if index is None and columns is None:
            raise ValueError("drop() takes labels=, index= or columns=")
        if level is not None and columns is not None:
            raise NotImplementedError("drop(columns=, level=): select the columns that stay, with df[columns]")
        node = self.expr if columns is None else _without_columns(self.expr, columns, errors)
        return new(node if index is None else without_labels(node, index, errors, level))

    def select(self, *args: Any, **kwargs: Any) -> Any:
        """Some columns, those that are there and others that are computed.

        Parameters
        ----------
        *args
            Labels, and expressions such as ``pandas.col("x") + 1``; or one list of them.
        **kwargs
            New columns by their names, as `assign` takes them.

        Examples
        --------
        >>> import pandas as pd
        >>> from minidask.dataframe import from_pandas
        >>> df = from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.select("y", twice=lambda frame: frame.x * 2).compute().to_dict("list")
        {'y': [3, 4], 'twice': [2, 4]}
        """
        items = list(args[0]) if len(args) == 1 and isinstance(args[0], list | pd.Index | np.ndarray) else list(args)
        found, chosen = self, []
        for item in items:
            made = called(item, found) if is_function(item) else item
            name = made.name if is_function(item) else item
            if is_function(item):
                found = found.assign(**{name: made}) if isinstance(name, str) else _with(found, name, made)
            chosen.append(found[name])
        for name, value in kwargs.items():
            found = found.assign(**{name: value})
            chosen.append(found[name])
        return _side_by_side(found, chosen)


def _with(frame: Any, name: Any, value: Any) -> Any:
    return new(assigned(frame.expr, [name], [value]))


def _side_by_side(frame: Any, columns: list[Any]) -> Any:
    """Columns of one frame as a DataFrame; those that have the columns of the last state of it are selected."""
    names = [c.name for c in columns]
    if all(c.expr is frame[c.name].expr for c in columns):
        return frame[names]
    return new(Partitionwise(_beside, tuple(c.expr for c in columns), {}, "rows"))


def _beside(*columns: Any) -> pd.DataFrame:
    return pd.concat(columns, axis=1)


def _without_columns(node: FrameNode, unwanted: Any, errors: str) -> FrameNode:
    kept = node.meta.drop(columns=unwanted, errors=errors).columns
    if not node.meta.columns.is_unique:
        found: FrameNode = Partitionwise(_drop, (node, unwanted), {"errors": errors}, "rows")
        return found
    return Projection(node, kept.tolist())


def _drop(frame: Any, columns: Any, errors: str) -> Any:
    return frame.drop(columns=columns, errors=errors)


def _assign_many(frame: FrameNode, columns: list[Any], value: Any) -> FrameNode:
    node = node_of(value)
    if not is_frame(node) or not isinstance(node.meta, pd.DataFrame):
        return assigned(frame, columns, [value] * len(columns))
    if len(node.meta.columns) != len(columns):
        raise ValueError(f"{len(columns)} columns are assigned from a DataFrame with {len(node.meta.columns)}")
    return assigned(frame, columns, [Projection(node, c) for c in node.meta.columns])
