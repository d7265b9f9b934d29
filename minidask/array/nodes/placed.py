"""Blocks written into the whole array as they are made: what a person asks for is there only once."""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np

from minidask.array.node import ArrayNode, SameChunks
from minidask.array.nodes.source import Cuts
from minidask.expr.blocks import blockwise
from minidask.expr.node import Node, as_of
from minidask.expr.pipeline import lower


class InPlace:
    """Stands for a block that lies in its place in the whole. It cannot go to disk, which would free nothing."""

    __slots__ = ("nbytes",)

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes

    def __reduce__(self) -> Any:
        raise TypeError("the block is a part of an array of this process")


class Whole:
    """An array that is filled by several threads.

    Parameters
    ----------
    shape
        Its shape; its dtype and the order of its axes in memory are those of the first block.

    Examples
    --------
    >>> whole = Whole((3,))
    >>> whole.put(np.ones(2), (slice(1, 3),)).nbytes, whole.put(np.ones(1, "i1"), (slice(0, 1),))
    (16, array([1], dtype=int8))
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.values: Any = None
        """The array, once there is a block."""
        self._lock = Lock()

    def put(self, block: Any, cut: tuple[slice, ...]) -> Any:
        """Write a block into its place. Gives an `InPlace`; or the block itself, if it is not like the others."""
        if type(block) is not np.ndarray or block.dtype.kind not in _NUMBERS:
            return block
        with self._lock:
            if self.values is None:
                self.values = np.empty_like(block, shape=self.shape)
        place = self.values[cut]
        if (block.dtype, block.shape) != (place.dtype, place.shape):
            return block
        place[...] = block
        return InPlace(block.nbytes)

    def taken(self) -> Any:
        """The array, which is held here no longer."""
        values, self.values = self.values, None
        return values


_NUMBERS = "biufcmM"
"""Kinds of dtypes of which all blocks of an array have the same, as a rule."""


class Placed(SameChunks):
    """An array whose blocks are put into a whole. Its own are what `Whole.put` gives."""

    whole: Whole


@lower(Placed)
def put_blocks(node: Placed) -> Node:
    """In the task that makes the block."""
    args = (node.source, Cuts(node.chunks))
    label = node.source.operation
    return blockwise(node.whole.put, *args, grid=node.grid, name=node.name, label=label, cheap=True)


def placed(node: ArrayNode, name: str, whole: Whole) -> Placed:
    """The array with its blocks put into a whole; errors in its tasks tell of the array itself."""
    with as_of(node):
        return Placed.named(name, node, whole)
