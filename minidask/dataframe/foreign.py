"""What is no lazy frame, as an operand of one: lazy arrays, delayed values, items of bags, and data in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from minidask.collection import Collection
from minidask.dataframe.base import FrameCollection
from minidask.dataframe.create import Held, InMemory, from_pandas
from minidask.dataframe.meta import Meta, empty
from minidask.dataframe.node import FrameNode, is_frame, unknown, wrap
from minidask.dataframe.places import Placed, labelled, starts_of
from minidask.expr.node import Node

BY_PLACE = (np.ndarray, ExtensionArray, pd.Index, list, tuple, range)


def operand(value: Any, like: FrameNode | None, called: str, columns: bool = False) -> Any:
    """What stands in a node for an operand: a node, or a literal.

    A Series or DataFrame in memory goes by its labels, as a frame of one partition. Arrays, lazy or in memory, and
    lists go by place; those without axes, lazy scalars and literals are the same for all rows. Of a delayed value or
    an item of a bag nobody knows what it is: it is computed now, and kept.

    Parameters
    ----------
    value
        Anything.
    like
        The frame whose rows it meets; None: there is none.
    called
        What a person would call what is to be done.
    columns
        Whether what has one axis has a value for each column of `like`, rather than one for each row.

    Raises
    ------
    TypeError
        A bag; an array of too many axes.
    ValueError
        More or fewer values than rows or columns, as far as that is known now.
    """
    if isinstance(value, FrameCollection):
        return value.expr
    if isinstance(value, Collection):
        if hasattr(value.expr, "chunks"):
            return _of_array(value, like, called, columns)
        if value.expr.grid:
            raise TypeError(
                f"{called}: a {type(value).__name__} is no operand of a frame; make it one by to_dataframe()"
            )
        return operand(value.compute(), like, called, columns)
    if isinstance(value, pd.DataFrame) or (isinstance(value, pd.Series) and not columns):
        return from_pandas(value).expr
    axes = getattr(value, "ndim", 1) if isinstance(value, BY_PLACE) else 0
    if like is None or axes == 0 or (columns and axes == 1):
        return value
    return _in_memory(value, like, called)


def _of_array(array: Any, like: FrameNode | None, called: str, columns: bool) -> Any:
    """A lazy array."""
    if array.ndim == 0:
        return wrap(array.as_value(), np.zeros((), array.dtype)[()])
    if like is None:
        raise TypeError(f"{called}: an array of {array.ndim} axes and a scalar make an array; use to_dask_array()")
    if columns and array.ndim == 1:
        _check_count(len(array), len(like.meta.columns), "columns", called)
        return wrap(array.as_value(), np.zeros(len(array), array.dtype))
    meta = _meta(np.empty((0, *array.shape[1:]), array.dtype), like, called)
    return Placed(like, _in_partitions(array, like, called).expr, meta, called)


def _in_partitions(array: Any, like: FrameNode, called: str) -> Any:
    """The array with a block for each partition."""
    if array.ndim == 2 and array.numblocks[1] > 1:
        array = array.rechunk({1: -1})
    lengths, sizes = like.owner.lengths(), array.expr.chunks[0]
    if lengths is not None and None not in sizes:
        _check_count(sum(sizes), sum(lengths), "rows", called)
        return array if sizes == lengths else array.rechunk({0: lengths})
    if len(sizes) != like.npartitions:
        raise ValueError(
            f"{called}: the array has {len(sizes)} blocks, the frame {like.npartitions} partitions, and how many rows "
            f"these have is not known; rechunk the array to a block for each partition"
        )
    return array


def _in_memory(values: Any, like: FrameNode, called: str) -> FrameNode:
    """An array in memory, in the partitions of a frame; in one where their lengths are not known."""
    two = getattr(values, "ndim", 1) > 1
    data: Any = pd.DataFrame(np.array(values)) if two else pd.Series(_copied(values))
    meta = _meta(data.iloc[:0], like, called)
    lengths = like.owner.lengths()
    if lengths is not None:
        _check_count(len(data), sum(lengths), "rows", called)
    at = starts_of(lengths or [len(data)])
    node: FrameNode = Placed(like, InMemory(Held(data), at, unknown(len(at) - 1)), meta, called)
    return node


def _copied(values: Any) -> Any:
    return values.copy() if isinstance(values, np.ndarray | ExtensionArray | pd.Index) else list(values)


def _meta(bare: Any, like: FrameNode, called: str) -> Meta:
    """What values in the rows of a frame look like; named like it, so that a result has its name."""
    about: Meta = like.meta
    if bare.ndim == 1:
        kind: Meta = about if isinstance(about, pd.Series | pd.Index) else pd.Series(dtype=object)
    elif bare.ndim == 2 and isinstance(about, pd.DataFrame):
        _check_count(bare.shape[1], len(about.columns), "columns", called)
        kind = about
    else:
        raise TypeError(f"{called}: an array of {bare.ndim} axes is no operand of a {type(about).__name__}")
    return empty(labelled(bare, about if isinstance(about, pd.Index) else about.index, kind))


def _check_count(given: int, wanted: int, what: str, called: str) -> None:
    if given != wanted:
        raise ValueError(f"{called}: {given} values by place for {wanted} {what}")


def is_mask(value: Any) -> bool:
    """Whether something selects rows by true and false: lazy or in memory, with a value for each row."""
    if isinstance(value, Collection):
        return True
    if isinstance(value, list):
        return bool(value) and all(isinstance(v, bool | np.bool_) for v in value)
    dtype = getattr(value, "dtype", None)
    return isinstance(value, (*BY_PLACE, pd.Series)) and dtype is not None and pd.api.types.is_bool_dtype(dtype)


def mask(value: Any, like: FrameNode) -> Any:
    """The node of a mask."""
    node = operand(value, like, "getitem")
    if not (isinstance(node, Node) and is_frame(node)):
        raise TypeError(f"rows are selected by a boolean Series or array, got {type(value).__name__}")
    return node


def is_function(value: Any) -> bool:
    """Whether something is to be called with the frame; delayed values, which can be called as well, are not."""
    return callable(value) and not isinstance(value, Collection)


def called(function: Any, frame: Any) -> Any:
    """What a function gives for a frame, or an expression such as ``pandas.col("x") + 1``."""
    evaluate = getattr(function, "_eval_expression", None)
    return function(frame) if evaluate is None else evaluate(frame)
