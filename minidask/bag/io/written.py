"""Bags written to files: one for each partition, in their places only when all are complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minidask.bag.node import BagNode
from minidask.expr.blocks import BlockIndex, blockwise, everything, gather
from minidask.expr.grid import Index
from minidask.expr.node import Node
from minidask.expr.pipeline import lower
from minidask.expr.reads import broadcast
from minidask.files import Waiting


class WriteParts(BagNode):
    """The partitions of a bag written to a file each; as many partitions, each with the path of its file.

    Fields
    ------
    source
        The bag.
    write
        Called with the items of a partition, its number, `waiting` and the options.
    waiting
        A file for each partition.
    options
        For `write`.
    label
        What to call it.
    """

    source: Node
    write: Callable[..., None]
    waiting: Waiting
    options: dict[str, Any]
    label: str

    @property
    def operation(self) -> str:
        return self.label

    @property
    def summary(self) -> str:
        return ""

    @property
    def grid(self) -> Index:
        return self.source.grid

    def give_up(self) -> None:
        self.waiting.remove()


@lower(WriteParts)
def write_parts(node: WriteParts) -> Node:
    """Each partition writes a file that waits; one task puts all in their places, and each tells of its own."""
    grid, name, label = node.grid, node.name, node.label
    told = {"write": node.write, "waiting": node.waiting, "options": node.options}
    sizes = blockwise(_write_part, node.source, BlockIndex(), grid=grid, kwargs=told, name=f"{name}-part", label=label)
    placed = gather(node.waiting.put_in_place, sizes, everything(grid), grid=(), name=f"{name}-placed", label=label)
    return blockwise(_own, placed, BlockIndex(), grid=grid, reads={0: broadcast((), grid)}, name=name, label=label)


def _write_part(items: Any, index: Index, write: Callable[..., None], waiting: Waiting, options: dict[str, Any]) -> int:
    write(items, index[0], waiting, **options)
    return waiting.size(index[0])


def _own(paths: list[str], index: Index) -> list[str]:
    return [paths[index[0]]]
