"""Gaussian elimination with partial pivoting, panel by panel (Golub & Van Loan, Matrix Computations, 3.4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minidask.kernels.triangles import solve_triangle


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
    packed = panel[start:].copy()
    return LUPanel(panel[:start], packed, eliminate(packed))


def lu_forward(factor: LUPanel, panel: Any, start: int, _: int = 0) -> Any:
    """What the elimination of a panel does to other columns."""
    below = panel[start:][factor.order]
    n = factor.packed.shape[1]
    below[:n] = solve_triangle(factor.packed[:n], below[:n], lower=True, unit=True)
    below[n:] -= factor.packed[n:] @ below[:n]
    return np.concatenate((panel[:start], below))


def lu_backward(factor: LUPanel, panel: Any, start: int) -> Any:
    """Find the unknowns of a panel, and take them out of the equations above."""
    n = factor.packed.shape[1]
    stop = start + n
    found = solve_triangle(factor.packed[:n], panel[start:stop], lower=False)
    return np.concatenate((panel[:start] - factor.top @ found, found, panel[stop:]))


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


def eliminate(a: Any) -> Any:
    """Replace a matrix by L and U, packed; return where its rows came from.

    Halves of the columns, one after the other (S. Toledo, SIAM J. Matrix Anal. Appl. 18 (1997) 1065), as many as rows
    at most. Of pivots of one size the first is taken, as LAPACK does.
    """
    rows, columns = a.shape
    order = np.arange(rows)
    if columns == 1:
        pivot = int(np.argmax(_sizes(a[:, 0]))) if rows else 0
        if rows and a[pivot, 0] != 0:
            a[[0, pivot]], order[[0, pivot]] = a[[pivot, 0]], order[[pivot, 0]]
            a[1:] /= a[0]
    elif columns:
        half = columns // 2
        left, right = a[:, :half], a[:, half:]
        order = eliminate(left)
        right[:] = right[order]
        right[:half] = solve_triangle(left[:half], right[:half], lower=True, unit=True)
        right[half:] -= left[half:] @ right[:half]
        later = eliminate(right[half:])
        left[half:] = left[half:][later]
        order[half:] = order[half:][later]
    return order


def _sizes(column: Any) -> Any:
    return abs(column.real) + abs(column.imag) if column.dtype.kind == "c" else abs(column)
