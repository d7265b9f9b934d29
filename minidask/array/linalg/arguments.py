"""What functions of linear algebra take."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray


def vectors(x: Any, function: str) -> Array:
    """An array of numbers that LAPACK knows: floats, in place of integers and booleans.

    Raises
    ------
    TypeError
        The elements are of another kind.
    """
    x = asanyarray(x)
    if x.dtype.kind in "biu":
        return x.astype(np.float64)
    if x.dtype.char not in "fdFD":
        raise TypeError(f"{function}: an array of {x.dtype}; expected float32, float64, complex64 or complex128")
    return x


def matrices(x: Any, function: str, square: bool = False, stacks: bool = True) -> Array:
    """As `vectors`: a matrix or a stack of them, its sizes counted.

    Parameters
    ----------
    square
        Whether they must have as many rows as columns.
    stacks
        Whether there may be axes before the last two.

    Raises
    ------
    numpy.linalg.LinAlgError
        The array has another shape.
    TypeError
        The elements are of another kind.
    """
    x = vectors(x, function)
    if x.ndim < 2 or (x.ndim > 2 and not stacks):
        expected = "two axes, or more for a stack of matrices" if stacks else "a matrix"
        raise np.linalg.LinAlgError(f"{function}: an array of {x.ndim} axes; expected {expected}")
    if square and x.shape[-1] != x.shape[-2]:
        raise np.linalg.LinAlgError(f"{function}: matrices of shape {x.shape[-2:]}; expected square ones")
    return x


def one_task(x: Array) -> bool:
    """Whether a function is best called with whole matrices: stacks of them, and those of one block or none."""
    return x.ndim > 2 or x.numblocks[-2:] == (1, 1) or 0 in x.shape


def same_kind(*arrays: Array) -> list[Array]:
    """The arrays in the dtype that NumPy brings them to."""
    dtype = np.result_type(*(x.dtype for x in arrays))
    return [x if x.dtype == dtype else x.astype(dtype) for x in arrays]
