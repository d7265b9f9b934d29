"""What rows are grouped by: labels of columns, Series, functions, levels of the index, `pandas.Grouper`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from minidask.dataframe.align import align
from minidask.dataframe.base import FrameCollection
from minidask.dataframe.node import FrameNode, Partitionwise, Projection
from minidask.dataframe.resample import grouper_options
from minidask.dataframe.time_bins import bins_of, times_of


def listed(keys: Any) -> list[Any]:
    """The keys in a list."""
    return keys if isinstance(keys, list) else [keys]


def key_of(frame: FrameNode, key: Any) -> Any:
    """A label, or a node of a Series.

    Raises
    ------
    KeyError, TypeError
        There is no such column; a key in memory, or one that is no Series.
    """
    if isinstance(key, FrameCollection):
        if not isinstance(key._meta, pd.Series):
            raise TypeError(f"by: expected a Series or the label of a column, got {type(key).__name__}")
        return key.expr
    if isinstance(key, FrameNode):
        return key
    if isinstance(key, pd.Grouper):
        return _grouper_key(frame, key)
    if isinstance(key, Mapping):
        return Partitionwise(_keys_by_mapping, (frame, dict(key)), {}, "rows", given=_no_keys(frame, key))
    if isinstance(key, pd.Series | pd.Index | np.ndarray):
        raise TypeError(f"by: a {type(key).__name__} in memory has no partitions; make it lazy with from_pandas")
    if callable(key):
        return Partitionwise(_keys_by_function, (frame, key), {}, "rows")
    if isinstance(frame.meta, pd.DataFrame) and key in frame.meta.columns:
        return key
    if key in frame.meta.index.names and key is not None:
        return level_of(frame, key)
    names = frame.meta.columns.tolist() if isinstance(frame.meta, pd.DataFrame) else []
    raise KeyError(f"by: there is no column {key!r}; the columns are {names}")


def _grouper_key(frame: FrameNode, grouper: pd.Grouper) -> Any:
    """The key that a `pandas.Grouper` stands for; with a frequency the labels of bins of time."""
    if grouper.freq is None:
        return key_of(frame, grouper.key) if grouper.key is not None else level_of(frame, grouper.level)
    times = times_of(frame, grouper.key) if grouper.level is None else level_of(frame, grouper.level)
    return bins_of(times, grouper_options(grouper))


def without_times(frame: FrameNode, keys: list[Any]) -> FrameNode:
    """The frame without the columns that bins of time are made of."""
    used = [k.key for k in keys if isinstance(k, pd.Grouper) and k.freq is not None and k.key is not None]
    columns = [c for c in frame.meta.columns if c not in used] if used else []
    return Projection(frame, columns) if used else frame


def level_of(frame: FrameNode, level: Any) -> FrameNode:
    """A level of the index as a Series."""
    node: FrameNode = Partitionwise(_keys_of_level, (frame, level), {}, "rows")
    return node


def _keys_of_level(block: Any, level: Any) -> pd.Series:
    return block.index.get_level_values(level).to_series(index=block.index)


def _keys_by_function(block: Any, func: Callable[[Any], Any]) -> pd.Series:
    return pd.Series(block.index.map(func), index=block.index)


def _keys_by_mapping(block: Any, mapping: Mapping[Any, Any]) -> pd.Series:
    return pd.Series(block.index.map(mapping), index=block.index, name=block.index.name)


def _no_keys(frame: FrameNode, mapping: Mapping[Any, Any]) -> pd.Series:
    index = frame.meta.index
    known = pd.Series(list(mapping.values()), dtype=None if mapping else object, name=index.name)
    return known.iloc[:0].set_axis(index)


def with_rows_of(frame: FrameNode, keys: list[Any]) -> tuple[FrameNode, tuple[Any, ...]]:
    """The frame and its keys in the same partitions."""
    series = [k for k in keys if isinstance(k, FrameNode)]
    (frame, *found), _ = align("groupby", [frame, *series])
    places = iter(found)
    return frame, tuple(next(places) if isinstance(k, FrameNode) else k for k in keys)
