"""Cholesky's factorization, panel of columns by panel (Golub & Van Loan, Matrix Computations, 4.2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from minidask.kernels.triangles import solve_triangle, subtract_product


def cholesky_factor(panel: Any, start: int) -> Any:
    """The columns of the lower factor that begin at `start`: zeros above their diagonal."""
    n = panel.shape[1]
    stop = start + n
    diagonal = np.linalg.cholesky(panel[start:stop])
    below = solve_triangle(diagonal.conj(), panel[stop:].T, lower=True).T
    return np.concatenate((np.zeros_like(panel, shape=(start, n)), diagonal, below))


def cholesky_update(factor: Any, panel: Any, _: int, at: int) -> Any:
    """What columns of the factor leave of later ones, whose diagonal begins in row `at`."""
    below = factor[at:]
    done = panel.copy()
    subtract_product(done[at:], below, below[: panel.shape[1]].conj().T)
    return done


def forward(factor: Any, panel: Any, start: int) -> Any:
    """Find the unknowns of some columns of a lower triangular matrix, and take them out of the equations below."""
    stop = start + factor.shape[1]
    done = panel.copy()
    done[start:stop] = solve_triangle(factor[start:stop], panel[start:stop], lower=True)
    subtract_product(done[stop:], factor[stop:], done[start:stop])
    return done


def backward(factor: Any, panel: Any, start: int) -> Any:
    """Find the unknowns of some columns of an upper triangular matrix, and take them out of the equations above."""
    stop = start + factor.shape[1]
    done = panel.copy()
    done[start:stop] = solve_triangle(factor[start:stop], panel[start:stop], lower=False)
    subtract_product(done[:start], factor[:start], done[start:stop])
    return done


def adjoint_backward(factor: Any, panel: Any, start: int) -> Any:
    """Find the unknowns of some rows of an upper triangular matrix, given as columns of its conjugate transpose."""
    stop = start + factor.shape[1]
    done = panel.copy()
    rest = panel[start:stop] - factor[stop:].conj().T @ panel[stop:]
    done[start:stop] = solve_triangle(factor[start:stop].conj().T, rest, lower=False)
    return done
