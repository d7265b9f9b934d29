"""Element-wise steps, with a reduction at their end or without, as one function that works tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Protocol, runtime_checkable

import numpy as np

from minidask.described import Caller
from minidask.expr.program import Program, Step
from minidask.kernels.compiled import compiled
from minidask.kernels.formulas import Formula, formula_of
from minidask.kernels.scratch import Scratch
from minidask.kernels.sums import Sum, roles_of
from minidask.kernels.tiles import Tilewise, by_tiles

_DEARER = 3
"""How many times more work there must be for a loop that adds up: it takes longer to compile."""


@runtime_checkable
class Adding(Protocol):
    """A reduction which may be made of the sum of the elements, and their number."""

    def sums_in(self, dtype: np.dtype[Any], ndim: int) -> np.dtype[Any] | None:
        """In which dtype elements are added as they are; None where their sum is not all that is asked."""

    def of_sum(self, total: Any, count: int) -> Any:
        """The partial result, given the sum of so many elements."""


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
        return by_tiles(self.program, args, self._fold, lambda: self._tilewise(args))

    def _tilewise(self, args: Sequence[Any]) -> Tilewise:
        """For tiles of these arguments: the program compiled, if that is ready, or step by step."""
        formula = self._formula(args)
        if formula is None:
            return StepByStep(self.program)
        work = max([getattr(arg, "size", 1) for arg in args]) * len(self.steps)
        total = self._total(formula, args)
        added = compiled(total, work / _DEARER) if total else None
        if total and added:
            return AtOnce(Total(added, total, self._fold), self.program)
        ufunc = compiled(formula, work) if len(formula.lines) > 1 else None  # NumPy's own loop is as good for one step
        return AtOnce(Values(ufunc, formula, self._fold), self.program) if ufunc else StepByStep(self.program)

    def _formula(self, args: Sequence[Any]) -> Formula | None:
        """Of all steps but the reduction."""
        if not all(type(arg) is np.ndarray or isinstance(arg, np.generic) for arg in args):
            return None
        kinds = tuple([arg.dtype for arg in args])
        if kinds not in self._formulas:
            self._formulas[kinds] = self._written(kinds)
        return self._formulas[kinds]

    def _total(self, formula: Formula, args: Sequence[Any]) -> Sum | None:
        """The formula with the reduction, where that is made of the sum."""
        if not isinstance(self._fold, Adding):
            return None
        kind = self._fold.sums_in(formula.result, max([arg.ndim for arg in args]))
        roles = roles_of(args) if kind else None
        return Sum(formula, roles, kind) if kind and roles else None

    def _written(self, kinds: tuple[Any, ...]) -> Formula | None:
        steps = self.steps
        if self._fold is not None:
            *steps, last = steps  # type: ignore[assignment]
            if last.sources != (f"s{len(steps) - 1}",):
                return None
        return formula_of(steps, self.program.constants, kinds, astype) if steps else None

    def called_with(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Nothing: the note on the step that failed tells of its arguments."""
        return (), {}


class StepByStep(Tilewise):
    """A program for one tile after another; what is between the steps, and the result, stays in the same few arrays."""

    def __init__(self, program: Program) -> None:
        steps = program.steps
        ufuncs = [_is_element_wise(step) for step in steps]
        last = {source: at for at, step in enumerate(steps) for source in step.sources}
        kept = {source for step, ufunc in zip(steps, ufuncs) if not ufunc for source in step.sources}  # may be views
        own = {f"s{at}" for at, ufunc in enumerate(ufuncs) if ufunc} - kept
        funcs: list[Any] = [
            Scratch(step.func, [i for i, s in enumerate(step.sources) if s in own and last[s] == at]) if ufunc else None
            for at, (step, ufunc) in enumerate(zip(steps, ufuncs))
        ]
        self._last: Scratch | None = funcs[-1]
        reused = (step._replace(func=func) if func else step for step, func in zip(steps, funcs))
        self._program = Program(program.inputs, program.constants, tuple(reused))

    def __call__(self, *args: Any, place: Any = None) -> Any:
        if place is not None and self._last is not None:
            self._last.place = place
        return self._program(*args)


class AtOnce(Tilewise):
    """A compiled program for one tile after another; it reports nothing that NumPy would not."""

    def __init__(self, made: Tilewise, program: Program) -> None:
        self._made = made
        self._program = program
        self._strict: Any = {kind: "ignore" if how == "ignore" else "raise" for kind, how in np.geterr().items()}

    def __call__(self, *args: Any, place: Any = None) -> Any:
        try:
            with np.errstate(**self._strict):
                return self._made(*args, place=place)
        except FloatingPointError:  # the step by whose name NumPy reports it
            return self._program(*args)

    def stacked(self, args: Sequence[Any]) -> Sequence[Any] | None:
        try:
            with np.errstate(**self._strict):
                return self._made.stacked(args)
        except FloatingPointError:  # in which of the tiles?
            return None


class Values(Tilewise):
    """What a compiled formula gives of one tile after another, reduced where there is a reduction."""

    def __init__(self, ufunc: Callable[..., Any], formula: Formula, fold: Callable[..., Any] | None) -> None:
        self._ufunc = Scratch(ufunc)
        self._constants = formula.constants
        self._fold = fold

    def __call__(self, *args: Any, place: Any = None) -> Any:
        if place is not None:
            self._ufunc.place = place
        value = self._ufunc(*args, *self._constants)
        return value if self._fold is None else self._fold(value)


class Total(Tilewise):
    """What a reduction makes of the sum of a compiled formula, of one tile after another."""

    def __init__(self, made: Callable[..., Any], total: Sum, fold: Any) -> None:
        self._made = made
        self._total = total
        self._fold = fold

    def __call__(self, *args: Any, place: Any = None) -> Any:
        count = prod(np.broadcast_shapes(*[arg.shape for arg in args]))
        return self._fold.of_sum(self._total.of(self._made, args), count)

    def stacked(self, args: Sequence[Any]) -> Sequence[Any] | None:
        totals = self._total.of(self._made, args, front=1)
        count = max([arg.size for arg in args]) // len(totals)
        return [self._fold.of_sum(total, count) for total in totals]


def _is_element_wise(step: Step) -> bool:
    """Whether a step is a ufunc of one result, and takes nothing else."""
    func = step.func
    return type(func) is np.ufunc and func.nout == 1 and func.signature is None and not step.kwargs


def astype(block: Any, dtype: Any, casting: str = "unsafe", copy: bool = False) -> Any:
    """A block in another dtype."""
    if not hasattr(block, "astype"):  # an object, of an array of objects without axes
        block = np.asarray(block, object)
    return block.astype(dtype, casting=casting, copy=copy)
