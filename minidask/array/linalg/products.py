"""Products of matrices, and the functions of other names and signatures that NumPy and the array API have here."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

import minidask.array.contract as contract
import minidask.array.diagonals as diagonals
import minidask.array.products as products
from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.linalg.solving import inv
from minidask.array.manipulation import broadcast_to
from minidask.array.operators import assign
from minidask.array.products import matrix_transpose as matrix_transpose
from minidask.array.products import vecdot as vecdot
from minidask.array.ranges import eye


def matmul(x1: Any, x2: Any, /) -> Array:
    """As `minidask.array.matmul`.

    Examples
    --------
    >>> matmul([[1, 2], [3, 4]], [1, 1]).compute()
    array([3, 7])
    """
    return contract.matmul(x1, x2)


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Array:
    """As `minidask.array.tensordot`.

    Examples
    --------
    >>> tensordot([1, 2], [3, 4], axes=1).compute()
    np.int64(11)
    """
    return contract.tensordot(x1, x2, axes)


def outer(x1: Any, x2: Any, /) -> Array:
    """All products of an element of one vector and an element of another.

    Raises
    ------
    ValueError
        An argument is no vector.

    Examples
    --------
    >>> outer([1, 2], [3, 4]).compute()
    array([[3, 4],
           [6, 8]])
    """
    a, b = asanyarray(x1), asanyarray(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"outer: arrays of {a.ndim} and {b.ndim} axes; expected vectors")
    return contract.outer(a, b)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Array:
    """As `minidask.array.cross`.

    Examples
    --------
    >>> cross([1, 0, 0], [0, 1, 0]).compute()
    array([0, 0, 1])
    """
    return products.cross(x1, x2, axis=axis)


def diagonal(x: Any, /, *, offset: int = 0) -> Array:
    """Diagonals of matrices, as the last axis: column - row is `offset`.

    Raises
    ------
    ValueError
        `x` has less than two axes.

    Examples
    --------
    >>> diagonal([[1, 2], [3, 4]]).compute()
    array([1, 4])
    """
    return diagonals.diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """Sums of diagonals of matrices: column - row is `offset`.

    Raises
    ------
    ValueError
        `x` has less than two axes.

    Examples
    --------
    >>> trace([[1, 2], [3, 4]]).compute()
    np.int64(5)
    """
    return diagonals.trace(x, offset, -2, -1, dtype)


def matrix_power(a: Any, n: int) -> Array:
    """Products of a matrix with itself, or with its inverse if `n` is negative: by squaring.

    Parameters
    ----------
    a
        Shape (..., k, k), any chunks.
    n
        How many factors.

    Raises
    ------
    TypeError
        `n` is no integer.
    numpy.linalg.LinAlgError
        `a` is not square; or, where it is computed, singular.

    Examples
    --------
    >>> matrix_power([[1, 1], [1, 0]], 10).compute()
    array([[89, 55],
           [55, 34]])
    """
    a, n = asanyarray(a), index(n)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power: an array of shape {a.shape}; expected square matrices")
    if n == 0:
        return broadcast_to(eye(a.shape[-1], chunks=a.chunks[-2:], dtype=a.dtype), a.shape, a.chunks)
    return _power(a, n) if n > 0 else _power(inv(a), -n)


def _power(a: Array, n: int) -> Array:
    if n == 1:
        return a
    half = _power(a, n // 2)
    square = contract.matmul(half, half)
    return contract.matmul(square, a) if n % 2 else square


def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Array:
    """The product of several matrices, in the order that takes the fewest multiplications.

    Parameters
    ----------
    arrays
        Two matrices or more; the first and the last may be vectors.
    out
        A lazy array that is to stand for the result, too.

    Raises
    ------
    ValueError
        There are less than two, or the axes that meet have different sizes.
    numpy.linalg.LinAlgError
        An array is no matrix.

    Examples
    --------
    >>> multi_dot([[1, 2], [[1, 0], [0, 3]], [1, 1]]).compute()
    np.int64(7)
    """
    chain = [asanyarray(x) for x in arrays]
    if len(chain) < 2:
        raise ValueError(f"multi_dot: {len(chain)} arrays; expected two or more")
    ends = (chain[0].ndim == 1, chain[-1].ndim == 1)
    if ends[0]:
        chain[0] = chain[0][None, :]
    if ends[1]:
        chain[-1] = chain[-1][:, None]
    for position, x in enumerate(chain):
        if x.ndim != 2:
            raise np.linalg.LinAlgError(f"multi_dot: array {position} has {x.ndim} axes; expected a matrix")
    product = _in_best_order(chain)
    product = product[tuple(0 if end else slice(None) for end in ends)]
    return product if out is None else assign(out, product)


def _in_best_order(chain: Sequence[Array]) -> Array:
    """The product, as the cheapest of all ways to set brackets (Cormen et al., Introduction to Algorithms, 14.2)."""
    sizes = [chain[0].shape[0], *(x.shape[1] for x in chain)]
    best: dict[tuple[int, int], tuple[int, int]] = {(i, i + 1): (0, i) for i in range(len(chain))}
    for length in range(2, len(chain) + 1):
        for i in range(len(chain) - length + 1):
            j = i + length
            best[i, j] = min(
                (best[i, k][0] + best[k, j][0] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)
            )

    def made(i: int, j: int) -> Array:
        k = best[i, j][1]
        return chain[i] if j == i + 1 else contract.matmul(made(i, k), made(k, j))

    return made(0, len(chain))
