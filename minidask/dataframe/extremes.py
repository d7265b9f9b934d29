"""What sources tell of their columns without reading them."""

from __future__ import annotations

from typing import Any

from minidask.dataframe.node import FrameNode, Projection
from minidask.dataframe.numbering import Numbered


def known_extremes(column: FrameNode) -> list[tuple[Any, Any]] | None:
    """For each partition the least and the greatest value of a column of a source that tells them.

    Parameters
    ----------
    column
        A Series.

    Returns
    -------
    list or None
        None: it is no column of such a source; or values are missing, or a partition has none.
    """
    if not isinstance(column, Projection) or isinstance(column.columns, list):
        return None
    frame = column.frame
    while isinstance(frame, Projection | Numbered):
        frame = frame.frame
    told = getattr(frame, "extremes", None)
    found: list[tuple[Any, Any]] | None = told(column.columns) if told else None
    return found
