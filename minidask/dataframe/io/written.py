"""What all nodes that write a frame have in common."""

from __future__ import annotations

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
