"""The values of a formula added up as they are made, so that no array of them is written.

They are added in NumPy's order: halves of halves (pairwise: Higham, The Accuracy of Floating Point Summation, 1993),
down to runs of 128 values that eight totals share. So the sum has the bits of that of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np

from minidask.kernels.formulas import NAMES, Formula


class Role(NamedTuple):
    """How an input lies over the rows and columns of values."""

    layout: str
    type: str
    view: str = ""
    """Makes what lies over a run of values out of the whole."""
    item: str = ""
    """Makes what lies over one of them out of that."""


FULL = Role("(r,c)", "[:,::1]", "run_{0} = all_{0}[row, column:stop]", "{0} = run_{0}[j]")
ROW = Role("(c)", "[::1]", "run_{0} = all_{0}[column:stop]", "{0} = run_{0}[j]")
COLUMN = Role("(r)", "[::1]", "{0} = all_{0}[row]")
ONE = Role("()", "")

_SOURCE = """
def formula({names}, result):
    rows, columns = all_{full}.shape
    values, lefts = empty(128, {kind}), empty(64, {kind})
    rights, ready = empty(64, int64), empty(64, int64)  # halves to be added, and whether the left ones are
    n, row, column, depth = rows * columns, 0, 0, 0
    while True:
        while n > 128:
            half = n // 2 - n // 2 % 8
            rights[depth], ready[depth] = n - half, 0
            n, depth = half, depth + 1
        done = 0
        while done < n:
            stop = min(column + n - done, columns)
            run = values[done : done + stop - column]
            {views}
            for j in range(run.size):
                {steps}
            done, column = done + run.size, stop
            if column == columns:
                row, column = row + 1, 0
        total, whole = {kind}(0), n - n % 8
        if whole:
            a, b, c, d = values[0], values[1], values[2], values[3]
            e, f, g, h = values[4], values[5], values[6], values[7]
            for j in range(8, whole, 8):
                a += values[j]
                b += values[j + 1]
                c += values[j + 2]
                d += values[j + 3]
                e += values[j + 4]
                f += values[j + 5]
                g += values[j + 6]
                h += values[j + 7]
            total = ((a + b) + (c + d)) + ((e + f) + (g + h))
        for j in range(whole, n):
            total += values[j]
        while depth and ready[depth - 1]:
            depth -= 1
            total = lefts[depth] + total
        if not depth:
            result[0] = {kind}(0) + total
            return
        lefts[depth - 1], ready[depth - 1], n = total, 1, rights[depth - 1]
"""


@dataclass(frozen=True)
class Sum:
    """The sum of the values of a formula.

    Compiled it is a generalized ufunc, so that divisions by zero and the like are NumPy's to report.
    """

    formula: Formula
    roles: tuple[Role, ...]
    """Of its inputs; one of them is `FULL`."""
    kind: np.dtype[Any]
    """In which values are added."""

    @property
    def _all_roles(self) -> tuple[Role, ...]:
        """Those of inputs and constants."""
        return *self.roles, *[ONE] * len(self.formula.constants)

    @cached_property
    def source(self) -> str:
        """Of a function that is called `formula`."""
        places = list(zip(self.formula.names, self._all_roles))
        views = [role.view.format(name) for name, role in places if role.view]
        items = [role.item.format(name) for name, role in places if role.item]
        return _SOURCE.format(
            names=", ".join([name if role is ONE else f"all_{name}" for name, role in places]),
            full=next(name for name, role in places if role is FULL),
            views="\n            ".join(views),
            steps="\n                ".join([*items, *self.formula.lines, f"run[j] = {self.formula.last}"]),
            kind=NAMES[self.kind],
        )

    @cached_property
    def signature(self) -> str:
        """The dtypes of inputs, constants and the sum."""
        given = [f"{kind}{role.type}" for kind, role in zip(self.formula.kinds, self._all_roles)]
        return f"void({', '.join(given)}, {self.kind}[:])"

    def compile(self, numba: Any, func: Callable[..., Any], cache: bool) -> Callable[..., Any]:
        """A function of inputs that were `laid`, and of the constants."""
        layout = ",".join([role.layout for role in self._all_roles]) + "->()"
        made: Callable[..., Any] = numba.guvectorize([self.signature], layout, nopython=True, cache=cache)(func)
        return made

    def laid(self, args: Sequence[Any], stacked: bool = False) -> list[Any]:
        """Inputs as rows and columns, next to each other in memory; of many tiles, if they are stacked."""
        return [_laid(arg, role, stacked and role in (FULL, COLUMN)) for arg, role in zip(args, self.roles)]


def _laid(arg: Any, role: Role, stacked: bool) -> Any:
    if role is ONE:
        return arg.reshape(())
    tiles, shape = (arg.shape[:1], arg.shape[1:]) if stacked else ((), arg.shape)
    rows = shape[0] if len(shape) > 1 else 1
    return np.ascontiguousarray(arg.reshape((*tiles, rows, -1) if role is FULL else (*tiles, -1)))


def roles_of(args: Sequence[Any]) -> tuple[Role, ...] | None:
    """How arrays and scalars that broadcast lie over the values that are made of them.

    None where that is not in C order, or neither over all, nor a row, nor a column.

    Examples
    --------
    >>> [role.layout for role in roles_of([np.ones((2, 3)), np.ones(3), np.ones((2, 1)), np.float64(1)])]
    ['(r,c)', '(c)', '(r)', '()']
    """
    shape = np.broadcast_shapes(*[arg.shape for arg in args])
    roles = [_role(arg, shape) for arg in args]
    return tuple(roles) if FULL in roles and None not in roles else None  # type: ignore[arg-type]


def _role(arg: Any, shape: tuple[int, ...]) -> Role | None:
    own = (1,) * (len(shape) - arg.ndim) + arg.shape
    if arg.size == 1:
        return ONE
    if not arg.flags.c_contiguous:
        return None
    if own == shape:
        return FULL
    if len(shape) > 1 and own[1:] == shape[1:]:
        return ROW
    return COLUMN if prod(own) == own[0] else None
