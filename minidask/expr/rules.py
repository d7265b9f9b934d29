"""Rules: what differs from block to block, told without anything that grows with their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minidask.expr.grid import Index
from minidask.task import Source

if TYPE_CHECKING:
    from minidask.expr.reads import One


class PerBlock:
    """A constant that differs from block to block, told by a rule: an argument of a Blockwise.

    Subclasses are small and picklable; the scheduler's side calls `block`, the task gets its result.
    """

    lasts = True
    """Whether equal names mean equal constants, also in another session and when somebody wrote to memory since."""

    outside: Iterable[Source] = ()
    """What the tasks read that take the constants."""

    def block(self, index: Index) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class BlockIndex(PerBlock):
    """The index of the block itself."""

    def block(self, index: Index) -> Index:
        return index


@dataclass(frozen=True)
class Elsewhere(PerBlock):
    """Another rule at the place that `read` picks: what a rule becomes when its node is fused."""

    rule: PerBlock
    read: One

    @property
    def lasts(self) -> bool:  # type: ignore[override]
        return self.rule.lasts

    @property
    def outside(self) -> Iterable[Source]:  # type: ignore[override]
        return self.rule.outside

    def block(self, index: Index) -> Any:
        return self.rule.block(self.read.at(index))


@dataclass(frozen=True)
class OwnNumber(PerBlock):
    """The number of the block itself along the first axis, `count` times: a part for each of so many blocks read."""

    count: int

    def block(self, index: Index) -> tuple[int, ...]:
        return index[:1] * self.count


Readers = tuple[tuple[int, int], ...]
"""Along an axis, for each input block the first output block that reads it, and the one after the last."""


@dataclass(frozen=True)
class OwnParts(PerBlock):
    """Of blocks that were cut apart for those that read them, in C order: the number of the part for the block itself.

    Parameters
    ----------
    axes
        For each axis the first input block that each output block reads, the one after the last, and who reads each
        input block; None: along this axis blocks are not cut.
    """

    axes: tuple[tuple[Sequence[int], Sequence[int], Readers] | None, ...]

    def block(self, index: Index) -> list[int]:
        numbers = [0]
        for axis, i in zip(self.axes, index):
            if axis is not None:
                starts, stops, readers = axis
                bounds = [readers[k] for k in range(starts[i], stops[i])]
                numbers = [n * (stop - first) + i - first for n in numbers for first, stop in bounds]
        return numbers
