"""The functions of masked arrays that are made by name: of elements, reductions, and those that move elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minidask.array.constants as constants
import minidask.array.diagonals as diagonals
import minidask.array.differences as differences
import minidask.array.editing as editing
import minidask.array.joining as joining
import minidask.array.manipulation as manipulation
import minidask.array.ranges as ranges
from minidask.array.ma.lifting import asarray, by_elements, by_ours, by_reduction
from minidask.array.selecting import take

_OF_ONE = [
    "abs", "absolute", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "around", "ceil",
    "conjugate", "cos", "cosh", "empty_like", "exp", "fabs", "floor", "log", "log10", "log2", "logical_not",
    "negative", "ones_like", "round", "sin", "sinh", "sqrt", "tan", "tanh", "zeros_like",
]  # fmt: skip
"""Functions of the elements of one array."""

_OF_TWO = [
    "add", "arctan2", "bitwise_and", "bitwise_or", "bitwise_xor", "divide", "equal", "floor_divide", "fmod", "greater",
    "greater_equal", "hypot", "left_shift", "less", "less_equal", "logical_and", "logical_or", "logical_xor", "maximum",
    "minimum", "mod", "multiply", "not_equal", "power", "remainder", "right_shift", "subtract", "true_divide",
]  # fmt: skip
"""Functions of the elements of two."""

_REDUCTIONS = {
    "all": "all", "alltrue": "all", "amax": "max", "amin": "min", "any": "any", "argmax": "argmax", "argmin": "argmin",
    "max": "max", "mean": "mean", "min": "min", "prod": "prod", "product": "prod", "sometrue": "any", "std": "std",
    "sum": "sum", "var": "var",
}  # fmt: skip
"""Reductions, and the methods of arrays that do them."""

_OURS: list[Callable[..., Any]] = [
    diagonals.diag, diagonals.diagonal,
    diagonals.trace, differences.cumprod, differences.cumsum, differences.diff, differences.ediff1d, editing.append,
    editing.hsplit, manipulation.atleast_1d, manipulation.atleast_2d, manipulation.atleast_3d,
    manipulation.expand_dims, manipulation.ravel, manipulation.repeat, manipulation.reshape, manipulation.squeeze,
    manipulation.swapaxes, manipulation.transpose, take,
]  # fmt: skip
"""Functions of an array that treat masked ones as others."""

_JOINING: list[Callable[..., Any]] = [
    joining.column_stack, joining.concatenate, joining.dstack, joining.hstack, joining.stack, joining.vstack,
]  # fmt: skip
"""Functions of several arrays."""

_MAKING: list[Callable[..., Any]] = [
    constants.empty, constants.ones, constants.zeros, diagonals.indices, ranges.arange,
]  # fmt: skip
"""Functions that make arrays."""


def _made(ours: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an array, of which the blocks are to be masked ones."""

    def made(*args: Any, **kwargs: Any) -> Any:
        return asarray(ours(*args, **kwargs))

    made.__name__ = made.__qualname__ = ours.__name__
    made.__doc__ = f"As `minidask.array.{ours.__name__}`; the blocks are masked arrays."
    return made


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: by_elements(name, masked=True) for name in _OF_ONE},
    **{name: by_elements(name, 2, masked=True) for name in _OF_TWO},
    **{name: by_reduction(name, method) for name, method in _REDUCTIONS.items()},
    **{ours.__name__: by_ours(ours.__name__, ours) for ours in _OURS},
    **{ours.__name__: by_ours(ours.__name__, ours, several=True) for ours in _JOINING},
    **{ours.__name__: _made(ours) for ours in _MAKING},
}
"""All of them, by name."""
