"""Eigenvalues and eigenvectors. Each matrix is gathered into one task: it must fit into memory a few times."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minidask.array.array import Array
from minidask.array.linalg.arguments import matrices
from minidask.array.nodes.matrices import per_matrix


class EigResult(NamedTuple):
    """Eigenvalues and, as columns, eigenvectors."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """Eigenvalues, which ascend, and, as columns, orthonormal eigenvectors."""

    eigenvalues: Array
    eigenvectors: Array


def eig(a: Any) -> EigResult:
    """Eigenvalues and right eigenvectors of square matrices, each gathered into one task.

    That task holds the matrix, the vectors, and about as much besides: 5 to 7 times ``8 n**2`` bytes for real numbers.

    Parameters
    ----------
    a
        Shape (..., n, n).

    Returns
    -------
    EigResult
        Of shapes (..., n) and (..., n, n). They are complex always: NumPy makes them real where all imaginary parts
        happen to be 0, which nobody knows before.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square.

    Examples
    --------
    >>> eig([[0.0, -1.0], [1.0, 0.0]]).eigenvalues.compute()
    array([0.+1.j, 0.-1.j])
    """
    a = matrices(a, "eig", square=True)
    kind = np.result_type(a.dtype, np.complex64)
    found = per_matrix(complex_eig, [a.expr], [a.shape[-1:], a.shape[-2:]], dtypes=[kind, kind])
    return EigResult(*map(Array.of, found))


def eigvals(a: Any) -> Array:
    """Eigenvalues of square matrices. Parameters, dtype, memory and errors as of `eig`.

    Examples
    --------
    >>> eigvals([[2.0, 1.0], [0.0, 3.0]]).compute()
    array([2.+0.j, 3.+0.j])
    """
    a = matrices(a, "eigvals", square=True)
    kind = np.result_type(a.dtype, np.complex64)
    return Array.of(*per_matrix(complex_eigvals, [a.expr], [a.shape[-1:]], dtypes=[kind]))


def eigh(a: Any, UPLO: str = "L") -> EighResult:  # noqa: N803  # as NumPy calls it
    """Eigenvalues and eigenvectors of Hermitian matrices, each gathered into one task.

    That task holds the matrix, the vectors, and about twice as much besides: 4 to 5 times ``8 n**2`` bytes for real
    numbers.

    Parameters
    ----------
    a
        Shape (..., n, n).
    UPLO
        Which triangle is looked at: "L", the lower, or "U".

    Returns
    -------
    EighResult
        Of shapes (..., n) and (..., n, n).

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square.
    ValueError
        `UPLO` is something else.

    Examples
    --------
    >>> eigh([[0.0, 1.0], [1.0, 0.0]]).eigenvalues.compute()
    array([-1.,  1.])
    """
    a, triangle = _hermitian(a, "eigh", UPLO)
    found = per_matrix(np.linalg.eigh, [a.expr], [a.shape[-1:], a.shape[-2:]], UPLO=triangle)
    return EighResult(*map(Array.of, found))


def eigvalsh(a: Any, UPLO: str = "L") -> Array:  # noqa: N803  # as NumPy calls it
    """Eigenvalues of Hermitian matrices. Parameters, memory and errors as of `eigh`.

    Examples
    --------
    >>> eigvalsh([[0.0, 1.0], [1.0, 0.0]]).compute()
    array([-1.,  1.])
    """
    a, triangle = _hermitian(a, "eigvalsh", UPLO)
    return Array.of(*per_matrix(np.linalg.eigvalsh, [a.expr], [a.shape[-1:]], UPLO=triangle))


def _hermitian(a: Any, function: str, triangle: str) -> tuple[Array, str]:
    if triangle not in ("L", "U", "l", "u"):
        raise ValueError(f'{function}: UPLO={triangle!r}; expected "L" or "U"')
    return matrices(a, function, square=True), triangle.upper()


def complex_eig(block: Any) -> tuple[Any, Any]:
    """NumPy's answer, always complex."""
    values, columns = np.linalg.eig(block)
    kind = np.result_type(block.dtype, np.complex64)
    return values.astype(kind), columns.astype(kind)


def complex_eigvals(block: Any) -> Any:
    """NumPy's answer, always complex."""
    return np.linalg.eigvals(block).astype(np.result_type(block.dtype, np.complex64))
