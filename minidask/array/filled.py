"""Arrays that are computed into memory of this process."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from minidask.array.node import ArrayNode
from minidask.array.nodes.placed import InPlace, Whole, placed
from minidask.array.nodes.source import Cuts
from minidask.collection import Collection
from minidask.expr.assemble import Finish
from minidask.expr.grid import unravel
from minidask.expr.naming import unique_name

_WORTH = 2**24
"""Bytes of a result from which on it is not held twice: in blocks, and joined."""


def is_worth_filling(node: ArrayNode, most: Callable[[], float]) -> bool:
    """Whether an array is known to be large, but for no more than `most` bytes, and in several blocks."""
    return prod(node.grid) > 1 and node.is_told and node.is_known and _WORTH <= node.nbytes <= most()


class Filled(Collection):
    """What is computed in the place of an array: its blocks are put into the whole by the tasks that make them.

    Parameters
    ----------
    array
        All its sizes are known.
    finish
        Makes the result of all blocks, where some do not go together.
    """

    def __init__(self, array: ArrayNode, finish: Finish) -> None:
        self._whole = Whole(array.shape)
        self._joined = finish
        self.expr = placed(array, unique_name(array.operation), self._whole)
        self._cuts = Cuts(array.chunks)

    @property
    def finish(self) -> Finish:
        return self._finish

    def _finish(self, parts: list[Any]) -> Any:
        whole = self._whole.taken()
        if all(type(part) is InPlace for part in parts):
            return whole
        cuts = (self._cuts.block(unravel(i, self.expr.grid)) for i in range(len(parts)))
        return self._joined([whole[cut] if type(part) is InPlace else part for part, cut in zip(parts, cuts)])
