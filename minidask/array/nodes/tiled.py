"""Element-wise steps, with a reduction at their end or without, as one function that works tile by tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from minidask.described import Caller
from minidask.expr.program import Program, Step
from minidask.kernels.tiles import by_tiles


class Tiled(Caller):
    """Calls a program of element-wise steps, the last of which may be a `Partial`, tile by tile."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.__name__ = program.__name__
        last: Any = program.steps[-1].func
        self._fold = last if hasattr(last, "merge") else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those of the program."""
        return self.program.steps

    def __call__(self, *args: Any) -> Any:
        return by_tiles(self.program, args, self._fold)

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Nothing: the note on the step that failed tells of its arguments."""
        return (), {}
