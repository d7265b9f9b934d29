"""Systems of equations with triangular matrices, without SciPy: halves, joined by products."""

from __future__ import annotations

from typing import Any

import numpy as np

SMALL = 64
"""So many unknowns are left to LAPACK."""


def solve_triangle(a: Any, b: Any, lower: bool, unit: bool = False) -> Any:
    """The `x` of ``a @ x = b``, where only one triangle of `a` is looked at.

    Parameters
    ----------
    a
        Square matrices, shape (..., n, n).
    b
        Shape (..., n, k).
    lower
        Whether the lower triangle is meant.
    unit
        Whether the diagonal is taken for ones.

    Raises
    ------
    numpy.linalg.LinAlgError
        There is a zero on the diagonal.

    Examples
    --------
    >>> solve_triangle(np.array([[2.0, 9.0], [1.0, 1.0]]), np.array([[2.0], [3.0]]), lower=True)
    array([[1.],
           [2.]])
    """
    n = a.shape[-1]
    if n <= SMALL:
        return np.linalg.solve(_triangle(a, lower, unit), b)
    first, last = slice(0, n // 2), slice(n // 2, n)
    if not lower:
        first, last = last, first
    done = solve_triangle(a[..., first, first], b[..., first, :], lower, unit)
    rest = b[..., last, :] - a[..., last, first] @ done
    found = [done, solve_triangle(a[..., last, last], rest, lower, unit)]
    return np.concatenate(found if lower else found[::-1], axis=-2)


def _triangle(a: Any, lower: bool, unit: bool) -> Any:
    if unit:
        return (np.tril(a, -1) if lower else np.triu(a, 1)) + np.eye(a.shape[-1], dtype=a.dtype)
    return np.tril(a) if lower else np.triu(a)


_TILE = 1 << 16
"""Elements of a product that are made at once."""


def subtract_product(c: Any, a: Any, b: Any) -> None:
    """``c -= a @ b`` of matrices, without a temporary array of the size of `c`.

    Examples
    --------
    >>> c = np.zeros((1, 2))
    >>> subtract_product(c, np.ones((1, 3)), np.ones((3, 2)))
    >>> c
    array([[-3., -3.]])
    """
    rows = max(1, _TILE // max(1, c.shape[1]))
    buffer = np.empty_like(c, shape=(min(rows, len(c)), c.shape[1]), order="C")
    for start in range(0, len(c), rows):
        part = c[start : start + rows]
        part -= np.matmul(a[start : start + rows], b, out=buffer[: len(part)])
