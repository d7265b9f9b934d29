"""What is guessed of the memory that partitions take."""

from __future__ import annotations

from typing import Any

from minidask.expr.grid import Grid


class NoLarger:
    """Of nodes whose partitions take no more than those of their frame."""

    frame: Any

    def block_nbytes(self, index: Grid) -> int | None:
        found: int | None = self.frame.block_nbytes(index)
        return found

    def largest_nbytes(self) -> int:
        return int(self.frame.largest_nbytes())
