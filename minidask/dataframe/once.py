"""What persons' functions make is made once, also where data are looked at before a computation is planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minidask.collection import persist
from minidask.dataframe.asked import OfEach, UserFunction
from minidask.dataframe.base import new
from minidask.dataframe.node import FrameNode, Partitionwise
from minidask.expr.node import Node
from minidask.expr.rewrite import consumers, replace, topological


def made_before(*frames: FrameNode) -> list[FrameNode]:
    """The frames over kept blocks of what persons' functions make of partitions.

    To be called where values are looked at now, and the same values are computed later on.

    Examples
    --------
    >>> import pandas as pd
    >>> import minidask.dataframe as dd
    >>> calls = []
    >>> frame = dd.from_pandas(pd.DataFrame({"x": [2, 1]})).map_partitions(lambda rows: calls.append(1) or rows)
    >>> frame.set_index("x").compute().index.tolist(), calls
    ([1, 2], [1])
    """
    calls: list[Any] = _uppermost(frames)
    kept = zip(calls, persist(*map(new, calls)))
    return replace(frames, {node: found.expr for node, found in kept}) if calls else list(frames)  # type: ignore


def _uppermost(frames: Sequence[Node]) -> list[Node]:
    """The calls of persons' functions that no other call depends on."""
    users, beneath = consumers(frames), set[Node]()
    for node in reversed(topological(frames)):
        if any(user in beneath or _is_call(user) for user in users.get(node, ())):
            beneath.add(node)
    return [node for node in topological(frames) if _is_call(node) and node not in beneath]


def _is_call(node: Node) -> bool:
    return isinstance(node, OfEach) or (isinstance(node, Partitionwise) and isinstance(node.func, UserFunction))
