"""What all nodes that write a frame have in common."""

from __future__ import annotations

from typing import Any

import pandas as pd

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Divisions, FrameNode
from minidask.expr.node import fact


class Written(FrameNode):
    """A frame written somewhere; the value is what there is to tell of it, and no frame. Subclasses say how."""

    frame: FrameNode

    @property
    def meta(self) -> Meta:
        return None

    @fact
    def divisions(self) -> Divisions:
        return ()


def only_numbers(index: Any) -> bool:
    """Whether an index numbers the rows, and says nothing else."""
    return isinstance(index, pd.RangeIndex) and index.name is None
