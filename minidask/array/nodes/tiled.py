"""Element-wise steps, with a reduction at their end or without, as one function that works tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minidask.described import Caller
from minidask.expr.program import Program, Step
from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Formula, formula_of
from minidask.kernels.tiles import ELEMENTS, by_tiles


class Tiled(Caller):
    """Calls a program of element-wise steps, the last of which may be a reduction, tile by tile.

    Steps that a compiler understands are compiled while the first blocks are made, where there is enough to do.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.__name__ = program.__name__
        last: Any = program.steps[-1].func
        self._fold = last if hasattr(last, "merge") else None
        self._formulas: dict[tuple[Any, ...], Formula | None] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those of the program."""
        return self.program.steps

    def __call__(self, *args: Any) -> Any:
        largest = max([getattr(arg, "size", 1) for arg in args])
        if largest <= 2 * ELEMENTS or any(map(_is_foreign, args)):
            return self.program(*args)
        ufunc = self._ufunc(args, largest)
        return by_tiles(ufunc or self.program, args, self._fold)

    def _ufunc(self, args: Sequence[Any], size: int) -> Callable[..., Any] | None:
        """The program compiled, if that is ready; it reports nothing that NumPy would not."""
        if not all(type(arg) is np.ndarray or isinstance(arg, np.generic) for arg in args):
            return None
        kinds = tuple([arg.dtype for arg in args])
        if kinds not in self._formulas:
            self._formulas[kinds] = self._formula(kinds)
        formula = self._formulas[kinds]
        ufunc = formula and compiled(formula, size * len(self.steps))
        if formula is None or ufunc is None:
            return None
        constants, fold, program = formula.constants, self._fold, self.program
        strict: Any = {kind: "ignore" if how == "ignore" else "raise" for kind, how in np.geterr().items()}

        def run(*args: Any) -> Any:
            try:
                with np.errstate(**strict):
                    value = ufunc(*args, *constants)
            except FloatingPointError:  # the step by whose name NumPy reports it
                return program(*args)
            return value if fold is None else fold(value)

        return run

    def _formula(self, kinds: tuple[Any, ...]) -> Formula | None:
        """Of all steps but the reduction, where there are several."""
        steps = self.steps
        if self._fold is not None:
            *steps, last = steps  # type: ignore[assignment]
            if last.sources != (f"s{len(steps) - 1}",):
                return None
        return formula_of(steps, self.program.constants, kinds, astype) if len(steps) > 1 else None

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Nothing: the note on the step that failed tells of its arguments."""
        return (), {}


def _is_foreign(arg: Any) -> bool:
    """Whether an argument is an array of no kind of NumPy's: it may have no views to work on."""
    return hasattr(arg, "shape") and not isinstance(arg, (np.ndarray, np.generic))


def astype(block: Any, dtype: Any, casting: str = "unsafe", copy: bool = False) -> Any:
    """A block in another dtype."""
    return block.astype(dtype, casting=casting, copy=copy)
