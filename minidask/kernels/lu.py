"""Gaussian elimination with partial pivoting, panel by panel (Golub & Van Loan, Matrix Computations, 3.4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minidask.kernels.triangles import solve_triangle, subtract_product


class LUPanel(NamedTuple):
    """What elimination made of a panel: columns from `start` on of the whole."""

    top: Any
    """The rows of U above the panel's own."""
    packed: Any
    """Below: U in the upper triangle, L under it without its ones."""
    order: Any
    """For each of those rows the one that came there."""


def lu_factor(panel: Any, start: int) -> LUPanel:
    """Eliminate the columns of a panel whose diagonal begins in row `start`."""
    packed = panel[start:].copy(order="F")
    return LUPanel(panel[:start], packed, eliminate(packed.T))


def lu_forward(factor: LUPanel, panel: Any, start: int, _: int = 0) -> Any:
    """What the elimination of a panel does to other columns."""
    n = factor.packed.shape[1]
    done = np.empty_like(panel)
    done[:start], below = panel[:start], done[start:]
    np.take(panel[start:], factor.order, axis=0, out=below, mode="clip")  # else it makes a copy first
    below[:n] = solve_triangle(factor.packed[:n], below[:n], lower=True, unit=True)
    subtract_product(below[n:], factor.packed[n:], below[:n])
    return done


def lu_backward(factor: LUPanel, panel: Any, start: int) -> Any:
    """Find the unknowns of a panel, and take them out of the equations above."""
    n = factor.packed.shape[1]
    stop = start + n
    done = panel.copy()
    done[start:stop] = solve_triangle(factor.packed[:n], panel[start:stop], lower=False)
    subtract_product(done[:start], factor.top, done[start:stop])
    return done


def lu_upper(factor: LUPanel, rows: int) -> Any:
    """The panel's columns of U, which has so many rows."""
    n = factor.packed.shape[1]
    zeros = np.zeros_like(factor.packed, shape=(rows - len(factor.top) - n, n))
    return np.concatenate((factor.top, np.triu(factor.packed[:n]), zeros))


def lu_order(factor: LUPanel) -> Any:
    """Where the rows of a panel came from."""
    return factor.order


def lu_lower(factor: LUPanel, orders: list[Any], number: int) -> Any:
    """The panel's columns of L, in the order of rows after all panels; `orders` as of `lu_order`, of each of them."""
    n = factor.packed.shape[1]
    lower = np.tril(factor.packed, -1)
    lower[range(n), range(n)] = 1
    start = len(factor.top)
    zeros = np.zeros_like(lower, shape=(start, n))
    return np.concatenate((zeros, lower))[in_order(orders, number + 1)]


def in_order(orders: list[Any], first: int = 0) -> Any:
    """Where each row came from, after the panels from number `first` on.

    Examples
    --------
    >>> in_order([np.array([1, 2, 0]), np.array([1, 0])])
    array([1, 0, 2])
    """
    rows = np.arange(len(orders[0]))
    for order in orders[first:]:
        start = len(rows) - len(order)
        rows[start:] = rows[start:][order]
    return rows


def lu_determinant(factor: LUPanel) -> Any:
    """Sign (of modulus 1, or 0) and logarithm of the modulus of the product of a panel's pivots; shape (1, 2)."""
    diagonal = np.diagonal(factor.packed)
    with np.errstate(divide="ignore"):
        modulus = np.abs(diagonal)
        logarithm = np.log(modulus).sum()
    signs = np.divide(diagonal, modulus, out=np.zeros_like(diagonal), where=modulus != 0)
    return np.array([[signs.prod() * parity(factor.order), logarithm]], dtype=factor.packed.dtype)


def parity(order: Any) -> int:
    """1 for an even permutation, -1 for an odd one.

    Examples
    --------
    >>> parity([1, 0, 2]), parity([1, 2, 0])
    (-1, 1)
    """
    left, swaps = [int(i) for i in order], 0
    for i in range(len(left)):
        while left[i] != i:
            j = left[i]
            left[i], left[j] = left[j], j
            swaps += 1
    return -1 if swaps % 2 else 1


NARROW = 16
"""Columns that are eliminated one by one."""


def eliminate(t: Any) -> Any:
    """Replace the transpose of a matrix by that of L and U, packed; return where the matrix' rows came from.

    Halves of the columns, one after the other (S. Toledo, SIAM J. Matrix Anal. Appl. 18 (1997) 1065), as many as rows
    at most. Of pivots of one size the first is taken, as LAPACK does. A column is a row of `t`: it lies together.
    """
    if len(t) <= NARROW:
        return _one_by_one(t)
    half = len(t) // 2
    left, right = t[:half], t[half:]
    order = eliminate(left)
    right[:] = right[:, order]
    right[:, :half] = solve_triangle(left[:, :half].T, right[:, :half].T, lower=True, unit=True).T
    subtract_product(right[:, half:], right[:, :half], left[:, half:])
    later = eliminate(right[:, half:])
    left[:, half:] = left[:, half:][:, later]
    order[half:] = order[half:][later]
    return order


def _one_by_one(t: Any) -> Any:
    order = np.arange(t.shape[1])
    for k, column in enumerate(t):
        pivot = k + int(np.argmax(_sizes(column[k:])))
        if column[pivot] == 0:
            continue
        if pivot != k:
            t[:, [k, pivot]], order[[k, pivot]] = t[:, [pivot, k]], order[[pivot, k]]
        column[k + 1 :] /= column[k]
        t[k + 1 :, k + 1 :] -= t[k + 1 :, k, None] * column[k + 1 :]
    return order


def _sizes(column: Any) -> Any:
    return abs(column.real) + abs(column.imag) if column.dtype.kind == "c" else abs(column)
