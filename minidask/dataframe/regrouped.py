"""The base of nodes whose partitions are others than those of the frame they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from minidask.dataframe.meta import Meta
from minidask.dataframe.node import Columns, FrameNode
from minidask.expr.node import Node, fact


class Regrouped(FrameNode):
    """Base of nodes that give the rows of a frame, or some of them, in other partitions."""

    frame: FrameNode

    @property
    def operation(self) -> str:
        return "repartition"

    @fact
    def meta(self) -> Meta:
        return self.frame.meta

    def needs(self, wanted: Columns) -> Mapping[Node, Columns]:
        return {self.frame: wanted}

    def needs_labels(self, wanted: bool) -> bool:
        return wanted


class AllRows(Regrouped):
    """Base of nodes that give all rows of a frame, in their order."""

    def filtered(self, columns: Columns, below: Callable[[FrameNode], FrameNode]) -> FrameNode:
        """The same of a frame of which `below` leaves out rows."""
        found: FrameNode = self.replace(frame=below(self.frame))
        return found
