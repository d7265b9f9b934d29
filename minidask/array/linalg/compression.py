"""Singular values and vectors of large matrices, approximately, from random projections.

After N. Halko, P. G. Martinsson and J. A. Tropp, SIAM Review 53 (2011) 217.
"""

from __future__ import annotations

from typing import Any

from minidask.array.array import Array
from minidask.array.linalg.arguments import matrices
from minidask.array.linalg.orthogonal import qr
from minidask.array.linalg.singular import SVDResult, svd
from minidask.array.linalg.triangular import adjoint
from minidask.array.random import default_rng

_ITERATORS = ("power", "QR")


def compression_level(n: int, q: int, n_oversamples: int = 10, min_subspace_size: int = 20) -> int:
    """How many columns a random projection should have.

    Parameters
    ----------
    n
        The smaller size of the matrix: there are no more.
    q
        How many singular vectors are wanted.
    n_oversamples
        How many columns more than that.
    min_subspace_size
        There are no less.

    Examples
    --------
    >>> compression_level(100, 10), compression_level(100, 5), compression_level(15, 10)
    (20, 20, 15)
    """
    return min(max(min_subspace_size, q + n_oversamples), n)


def compression_matrix(
    data: Any,
    q: int,
    iterator: str = "power",
    n_power_iter: int = 0,
    n_oversamples: int = 10,
    seed: Any = None,
    compute: bool = False,
) -> Array:
    """Orthonormal rows that span nearly what the leading columns of a matrix span.

    Parameters
    ----------
    data
        Shape (m, n), any chunks.
    q
        How many singular vectors are wanted.
    iterator
        How `data` is applied again: "power", plainly; "QR", with orthonormal columns after each time, which keeps
        more digits.
    n_power_iter
        How often it is, and its transpose. More passes find singular values that descend slowly.
    n_oversamples
        As of `compression_level`.
    seed
        As of `minidask.array.random.default_rng`, or a generator of that module.
    compute
        Whether each pass over `data` is computed now, so that a small matrix is kept and `data` is not.

    Returns
    -------
    Array
        Shape (l, m), where l is told by `compression_level`.

    Raises
    ------
    numpy.linalg.LinAlgError
        `data` is no matrix.
    ValueError
        There is no such iterator, `q` is not positive or `n_power_iter` is negative.

    Examples
    --------
    >>> import minidask.array as da
    >>> compression_matrix(da.ones((100, 50), chunks=20), 3, seed=0).shape
    (20, 100)
    """
    a = matrices(data, "compression_matrix", stacks=False)
    if iterator not in _ITERATORS:
        raise ValueError(f"iterator={iterator!r}; expected one of {', '.join(_ITERATORS)}")
    if q < 1 or n_power_iter < 0:
        raise ValueError(f"{q} singular vectors and {n_power_iter} iterations; expected 1 or more, and 0 or more")
    size = compression_level(min(a.shape), q, n_oversamples)
    random = seed if hasattr(seed, "standard_normal") else default_rng(seed)
    start = random.standard_normal((a.shape[1], size), chunks=(a.chunks[1], (size,)))

    def kept(x: Array, orthonormal: bool) -> Array:
        x = qr(x).Q if orthonormal else x
        return x.persist() if compute else x

    found = kept(a @ start.astype(a.dtype), iterator == "QR")
    for _ in range(n_power_iter):
        found = kept(adjoint(a) @ found, iterator == "QR")
        found = kept(a @ found, iterator == "QR")
    return adjoint(found if iterator == "QR" else qr(found).Q)


def svd_compressed(
    a: Any,
    k: int,
    iterator: str = "power",
    n_power_iter: int = 0,
    n_oversamples: int = 10,
    seed: Any = None,
    compute: bool = False,
    coerce_signs: bool = True,
) -> SVDResult:
    """The `k` largest singular values and their vectors, approximately: from a random projection.

    Parameters
    ----------
    a
        Shape (m, n), any chunks.
    k
        How many.
    iterator, n_power_iter, n_oversamples, seed, compute
        As of `compression_matrix`.
    coerce_signs
        As of `svd`.

    Returns
    -------
    SVDResult
        Of shapes (m, k), (k,), (k, n); k is not more than the smaller of m and n.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is no matrix.
    ValueError
        As of `compression_matrix`.

    Examples
    --------
    >>> import minidask.array as da
    >>> u, s, vh = svd_compressed(da.ones((100, 50), chunks=20), 1, seed=0)
    >>> u.shape, s.compute().round(6), vh.shape
    ((100, 1), array([70.710678]), (1, 50))
    """
    a = matrices(a, "svd_compressed", stacks=False)
    rows = compression_matrix(a, k, iterator, n_power_iter, n_oversamples, seed, compute)
    small = rows @ a
    u, s, vh = svd(small.persist() if compute else small, coerce_signs=coerce_signs)
    return SVDResult((adjoint(rows) @ u)[:, :k], s[:k], vh[:k])
