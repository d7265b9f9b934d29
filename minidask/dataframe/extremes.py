"""What sources tell of their columns without reading them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from minidask.dataframe.conditions import column_of, origin
from minidask.dataframe.node import Filter, FrameNode, Partitionwise, Projection
from minidask.dataframe.numbering import Numbered


def labels_of(frame: FrameNode) -> FrameNode:
    """The index of a DataFrame or Series, as a Series of that name with the same rows."""
    rows = Projection(frame, []) if isinstance(frame.meta, pd.DataFrame) else frame
    node: FrameNode = Partitionwise(_index_as_series, (rows,), {}, "rows")
    return node


def _index_as_series(block: Any) -> pd.Series:
    return pd.Series(block.index, index=block.index, name=block.index.name)


def is_complete(column: FrameNode) -> bool:
    """Whether a source tells that no value of a column is missing."""
    while isinstance(column, Filter):
        column = column.frame
    found = column_of(column)
    source, label = origin(*found) if found else (column, None)
    while isinstance(source, Numbered):
        source, label = origin(source.frame, label)
    told = getattr(source, "is_complete", None)
    return bool(told and told(label))


def known_extremes(column: FrameNode) -> list[tuple[Any, Any]] | None:
    """For each partition the least and the greatest value of a column, or of the index, that a source tells.

    Parameters
    ----------
    column
        A Series.

    Returns
    -------
    list or None
        None: it is no column of such a source; or values are missing, or a partition has none.
    """
    if isinstance(column, Partitionwise) and column.func is _index_as_series:
        labels = getattr(column.owner, "extremes_of_labels", None)
        return labels() if labels else None
    if not isinstance(column, Projection) or isinstance(column.columns, list):
        return None
    frame = column.frame
    while isinstance(frame, Projection | Numbered):
        frame = frame.frame
    told = getattr(frame, "extremes", None)
    found: list[tuple[Any, Any]] | None = told(column.columns) if told else None
    return found
