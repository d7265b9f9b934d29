"""`merge_asof`: each row with the last (or next, or nearest) row of another frame."""

from __future__ import annotations

from typing import Any

import pandas as pd

from minidask.dataframe.align import whole
from minidask.dataframe.base import FrameCollection, new
from minidask.dataframe.create import from_pandas
from minidask.dataframe.meta import empty
from minidask.dataframe.node import FrameNode, Partitionwise
from minidask.dataframe.numbering import numbered
from minidask.dataframe.reductions import one_row


def merge_asof(left: Any, right: Any, **kwargs: Any) -> Any:
    """Each row of `left` with the nearest row of `right`, as `pandas.merge_asof`. Both must increase by the key.

    Parameters
    ----------
    left, right
        DataFrames, at least one of them lazy. `right` goes whole to each partition of `left`.
    **kwargs
        As pandas takes them: `on`, `by`, `direction`, `tolerance`, `allow_exact_matches`, `left_index` ...

    Raises
    ------
    ValueError, KeyError
        As pandas raises them: a key that does not increase (then), a column that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> left = from_pandas(pd.DataFrame({"t": [1, 5, 9]}), npartitions=2)
    >>> merge_asof(left, pd.DataFrame({"t": [2, 6], "v": [20, 60]}), on="t").compute().v.tolist()
    [nan, 20.0, 60.0]
    """
    nodes = [_node(name, frame) for name, frame in (("left", left), ("right", right))]
    a, b = (one_row(node.meta) for node in nodes)
    unmatched = {**kwargs, "allow_exact_matches": False}  # what is missing changes dtypes
    given = empty(pd.merge_asof(a, b, **unmatched))
    table: FrameNode = Partitionwise(pd.merge_asof, (nodes[0], whole(nodes[1])), kwargs, given=given)
    return new(table if kwargs.get("left_index") or kwargs.get("right_index") else numbered(table))


def _node(name: str, frame: Any) -> FrameNode:
    if isinstance(frame, pd.DataFrame):
        frame = from_pandas(frame, npartitions=1, sort=False)
    if not isinstance(frame, FrameCollection) or not isinstance(frame._meta, pd.DataFrame):
        raise TypeError(f"{name}: expected a DataFrame, got a {type(frame).__name__}")
    return frame.expr
