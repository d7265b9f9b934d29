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
from numpy.lib.stride_tricks import as_strided

from minidask.kernels.formulas import NAMES, Formula


class Role(NamedTuple):
    """How an input lies over the rows and columns of values."""

    layout: str
    """As of a generalized ufunc; `{0}` is the name of the input."""
    type: str
    view: str = ""
    """Makes what lies over a run of values out of the whole."""
    item: str = ""
    """Makes what lies over one of them out of that."""


FULL = Role("({0})", "[::1]", "run_{0} = all_{0}[row * step_{0} + column : row * step_{0} + stop]", "{0} = run_{0}[j]")
"""All that is in memory from the first value to the last; its rows begin `step` values apart."""
ROW = Role("({0})", "[::1]", "run_{0} = all_{0}[column:stop]", "{0} = run_{0}[j]")
COLUMN = Role("({0})", "[::1]", "{0} = all_{0}[row]")
ONE = Role("()", "")

_CALLS = 501
"""So many calls of a loop make NumPy let go of the interpreter's lock, however much work is in each."""

_DEEPEST = 64
"""Halves that wait for each other, at most: a sum and its place, how much is left, and whether there is a left sum."""

_SOURCE = """
def formula({names}, rows, columns, {step_names}, values, lefts, rights, ready, result):
    if rows == 0:
        return
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
            step_names=", ".join([f"step_{name}" for name, role in places if role is FULL]),
            views="\n            ".join(views),
            steps="\n                ".join([*items, *self.formula.lines, f"run[j] = {self.formula.last}"]),
            kind=NAMES[self.kind],
        )

    @cached_property
    def signature(self) -> str:
        """The dtypes of inputs, constants and the sum."""
        given = [f"{kind}{role.type}" for kind, role in zip(self.formula.kinds, self._all_roles)]
        room = f"{self.kind}[::1], {self.kind}[::1], int64[::1], int64[::1]"
        return f"void({', '.join(given + ['int64'] * self._lengths)}, {room}, {self.kind}[:])"

    @property
    def _lengths(self) -> int:
        """How many numbers of values there are: of rows, of columns, and between the rows of each full input."""
        return 2 + self.roles.count(FULL)

    def compile(self, numba: Any, func: Callable[..., Any], cache: bool) -> Callable[..., Any]:
        """A generalized ufunc, whose loop is called once or for each of many tiles."""
        layouts = [role.layout.format(name) for name, role in zip(self.formula.names, self._all_roles)]
        layout = ",".join([*layouts, *["()"] * self._lengths, "(values),(depth),(depth),(depth)->()"])
        made: Callable[..., Any] = numba.guvectorize([self.signature], layout, nopython=True, cache=cache)(func)
        return made

    def of(self, made: Callable[..., Any], args: Sequence[Any], front: int = 0) -> Any:
        """The sum, or the sums of many tiles, by the compiled function.

        Parameters
        ----------
        made
            What this is when it is compiled.
        args
            Inputs that broadcast against each other; those that are `FULL` are in rows.
        front
            1 where inputs that are cut have one more axis in front, of tiles.
        """
        cut = [arg for arg, role in zip(args, self.roles) if role is FULL]
        tiles, full = cut[0].shape[:front], [arg[(0,) * front] for arg in cut]
        count = len(full[0]) if full[0].ndim > 1 else 1
        rows = np.zeros((*tiles, -(-_CALLS // prod(tiles))), np.int64)
        rows[..., 0] = count  # the other calls have nothing to do
        sizes = full[0].size // count, *[_step(arg) for arg in full]
        spans = [_span(arg, role, front) for arg, role in zip(args, self.roles)]
        lefts, rights, ready = np.empty(_DEEPEST, self.kind), *np.empty((2, _DEEPEST), np.int64)
        return made(*spans, *self.formula.constants, rows, *sizes, np.empty(128, self.kind), lefts, rights, ready)[
            ..., 0
        ]


def _span(arg: Any, role: Role, front: int) -> Any:
    """An input as one axis; after axes in front there is one for the calls of each tile."""
    if role is ONE:
        return arg.reshape(())
    if role is ROW:
        return arg.reshape(-1)
    found = _unbroken(arg, front) if role is FULL else arg.reshape(*arg.shape[:front], -1)
    return np.expand_dims(found, -2) if front else found


def _unbroken(array: Any, front: int) -> Any:
    """All that is in memory from the first element to the last, as one axis after those in front."""
    shape, one = array.shape[front:], array[(0,) * front]
    if len(shape) < 2:
        return array
    size = (shape[0] - 1) * _step(one) + prod(shape[1:])
    return as_strided(array, (*array.shape[:front], size), (*array.strides[:front], array.itemsize))


def _step(array: Any) -> int:
    """How many elements there are from the beginning of one row to that of the next one."""
    return int(array.strides[0] // array.itemsize) if array.ndim > 1 else int(array.size)


def roles_of(args: Sequence[Any]) -> tuple[Role, ...] | None:
    """How arrays and scalars that broadcast lie over the values that are made of them.

    None where an array is not in rows, or lies neither over all, nor a row, nor a column.

    Examples
    --------
    >>> [role is FULL for role in roles_of([np.ones((2, 3)), np.ones((2, 4))[:, :3], np.ones(3), np.float64(1)])]
    [True, True, False, False]
    """
    shape = np.broadcast_shapes(*[arg.shape for arg in args])
    roles = [_role(arg, shape) for arg in args]
    return tuple(roles) if FULL in roles and None not in roles else None  # type: ignore[arg-type]


def _role(arg: Any, shape: tuple[int, ...]) -> Role | None:
    own = (1,) * (len(shape) - arg.ndim) + arg.shape
    if arg.size == 1:
        return ONE
    if own == shape:
        return FULL if in_rows(arg) else None  # NumPy adds columns sooner than they are laid out
    if not arg.flags.c_contiguous:
        return None
    if len(shape) > 1 and own[1:] == shape[1:]:
        return ROW
    return COLUMN if prod(own) == own[0] else None


def in_rows(array: Any) -> bool:
    """Whether rows follow one another in memory, and what is in each lies next to each other."""
    if array.ndim < 2:
        return bool(array.flags.c_contiguous)
    row = array[0]
    return bool(row.flags.c_contiguous and array.strides[0] >= row.nbytes and array.strides[0] % array.itemsize == 0)
