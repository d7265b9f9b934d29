"""Singular values and vectors, and what follows from them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minidask.array.array import Array
from minidask.array.linalg.arguments import matrices, one_task
from minidask.array.manipulation import swapaxes
from minidask.array.nodes.matrices import per_matrix
from minidask.array.nodes.tall import orthonormal, tall, triangle


class SVDResult(NamedTuple):
    """Matrices whose product, the singular values on a diagonal, is the one that was asked for."""

    U: Array
    S: Array
    Vh: Array


def svd(
    a: Any,
    coerce_signs: bool = True,
    full_matrices: bool = False,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    """Singular values, which descend, and vectors.

    Of a tall matrix only that of its triangular factor is made in one task (see `tsqr`), of a wide one likewise. A
    matrix that is neither is gathered into one task.

    Parameters
    ----------
    a
        Shape (m, n), any chunks; or (..., m, n), each matrix then in one task.
    coerce_signs
        Whether the signs of vectors are chosen so that they do not depend on how they are computed: of each row of
        ``Vh`` (of each column of ``U``, if `a` is wide) the element of largest modulus is positive.
    full_matrices
        Whether the vectors are made complete: shapes (m, m) and (n, n). Unlike NumPy's, the default is False.
    compute_uv
        Whether vectors are wanted, too.
    hermitian
        Whether `a` is known to be Hermitian, and solved as such: it is then gathered into one task.

    Returns
    -------
    SVDResult
        ``U``, ``S``, ``Vh`` of shapes (m, k), (k,), (k, n), where k is the smaller of m and n. Only the singular
        values, an Array, if not `compute_uv`.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` has less than two axes, or is not square though `hermitian`.

    Examples
    --------
    >>> import minidask.array as da
    >>> u, s, vh = svd(da.ones((100, 3), chunks=(20, 3)))
    >>> u.shape, s.compute().round(3), vh.shape
    ((100, 3), array([17.321,  0.   ,  0.   ]), (3, 3))
    """
    a = matrices(a, "svd", square=hermitian)
    if not compute_uv:
        return singular_values(a, hermitian)
    if hermitian or full_matrices or not (is_tall_matrix(a) or is_tall_matrix(swapaxes(a, -1, -2))):
        return SVDResult(*_in_one_task(a, full_matrices, hermitian, coerce_signs))
    if a.shape[0] >= a.shape[1]:
        return SVDResult(*tall_svd(a, coerce_signs))
    u, s, vh = tall_svd(a.T, coerce_signs)
    return SVDResult(vh.T, s, u.T)


def svdvals(x: Any, /) -> Array:
    """Singular values, which descend. Parameters, errors and method as of `svd`.

    Examples
    --------
    >>> svdvals([[0.0, 2.0], [3.0, 0.0]]).compute()
    array([3., 2.])
    """
    return singular_values(matrices(x, "svdvals"), hermitian=False)


def singular_values(a: Array, hermitian: bool) -> Array:
    """Those of matrices; from a Hermitian one in another way."""
    if a.ndim == 2 and not hermitian and not one_task(a):
        a = smaller(a)
    shape = (min(a.shape[-2:]),)
    return Array.of(*per_matrix(np.linalg.svd, [a.expr], [shape], compute_uv=False, hermitian=hermitian))


def smaller(a: Array) -> Array:
    """A smaller matrix of the same singular values, if there is one."""
    a = a if a.shape[0] >= a.shape[1] else a.T
    return Array.of(triangle(a.expr)) if is_tall_matrix(a) else a


def is_tall_matrix(a: Array) -> bool:
    """Whether its triangular factor, which has to be in one task, is much smaller."""
    return a.ndim == 2 and 0 not in a.shape and a.shape[0] >= 2 * a.shape[1]


def tall_svd(a: Array, coerce_signs: bool) -> tuple[Array, Array, Array]:
    """Of a matrix with more rows than columns: by its triangular factor."""
    n = a.shape[1]
    found = tall(a.expr)
    cores = [(n, n), (n,), (n, n)]
    u, s, vh = per_matrix(block_svd, [found.r], cores, signs=coerce_signs, full_matrices=False, hermitian=False)
    return Array.of(orthonormal(found, u)), Array.of(s), Array.of(vh)


def _in_one_task(a: Array, full: bool, hermitian: bool, signs: bool) -> list[Array]:
    m, n = a.shape[-2:]
    k = min(m, n)
    cores = [(m, m if full else k), (k,), (n if full else k, n)]
    found = per_matrix(block_svd, [a.expr], cores, signs=signs, full_matrices=full, hermitian=hermitian)
    return [Array.of(node) for node in found]


def block_svd(block: Any, signs: bool, full_matrices: bool, hermitian: bool) -> tuple[Any, Any, Any]:
    """NumPy's answer, the signs chosen: by the shorter vectors."""
    u, s, vh = np.linalg.svd(block, full_matrices=full_matrices, hermitian=hermitian)
    k = s.shape[-1]
    if signs and k:
        by_rows = block.shape[-2] >= block.shape[-1]
        short = vh[..., :k, :] if by_rows else np.swapaxes(u[..., :k], -1, -2)
        largest = np.take_along_axis(short, np.argmax(abs(short), axis=-1)[..., None], axis=-1)[..., 0]
        phase = largest / abs(largest)
        own, other = (np.conj(phase), phase) if by_rows else (phase, np.conj(phase))
        vh[..., :k, :] *= own[..., None]
        u[..., :k] *= other[..., None, :]
    return u, s, vh
