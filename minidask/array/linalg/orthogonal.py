"""Factorizations into an orthonormal and a triangular matrix."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import minidask.kernels.reflections as reflections
from minidask.array.array import Array
from minidask.array.constants import zeros
from minidask.array.joining import concatenate
from minidask.array.linalg.arguments import matrices, one_task
from minidask.array.linalg.singular import SVDResult, tall_svd
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.matrices import per_matrix
from minidask.array.nodes.panels import Factored, Factorization, Swept, panels
from minidask.array.nodes.tall import is_tall, orthonormal, tall
from minidask.array.ranges import eye

QR = Factorization("qr", reflections.qr_factor, reflections.qr_forward)


class QRResult(NamedTuple):
    """Matrices whose product is the one that was asked for."""

    Q: Array
    """Of orthonormal columns."""
    R: Array
    """Upper triangular."""


def qr(a: Any, mode: str = "reduced") -> Any:
    """The factors ``q @ r`` of matrices, with the signs that NumPy gives them.

    Tall matrices are factored by blocks of rows (`tsqr`). Others are, panel of columns by panel, by Householder's
    reflections (Golub & Van Loan, Matrix Computations, 5.2), all later panels in parallel; a task holds two panels,
    each about as large as a block of `a`.

    Parameters
    ----------
    a
        Shape (m, n), any chunks; or (..., m, n), each matrix then in one task.
    mode
        "reduced"; "complete", with a square ``q``; "r" alone; "raw", what LAPACK gives, in one task.

    Returns
    -------
    QRResult
        Of shapes (m, k) and (k, n), where k is the smaller of m and n; if complete, (m, m) and (m, n). Only ``r``, an
        Array, in mode "r"; in mode "raw" an array of shape (n, m) and one of shape (k,).

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` has less than two axes.
    ValueError
        There is no such mode.

    Examples
    --------
    >>> import minidask.array as da
    >>> q, r = qr(da.ones((100, 2), chunks=(20, 2)))
    >>> q.shape, r.compute().round(3) + 0
    ((100, 2), array([[-10., -10.],
           [  0.,   0.]]))
    """
    if mode not in _MODES:
        raise ValueError(f"qr: mode={mode!r}; expected one of {', '.join(_MODES)}")
    a = matrices(a, "qr")
    if mode == "raw" or one_task(a):
        return _in_one_task(a, mode)
    if mode != "complete" and is_tall(a.expr):
        return _tall_qr(a) if mode == "reduced" else _r_of_tall(a)
    return _by_reflections(a, mode)


_MODES = ("reduced", "complete", "r", "raw")


def tsqr(data: Any, compute_svd: bool = False, _max_vchunk_size: int | None = None) -> Any:
    """The factors of a tall and skinny matrix: of blocks of rows, then of what they leave, stacked.

    After J. Demmel, L. Grigori, M. Hoemmen and J. Langou, SIAM J. Sci. Comput. 34 (2012) A206. Signs are those that
    reflections would give (G. Ballard et al., J. Parallel Distrib. Comput. 85 (2015) 3).

    Parameters
    ----------
    data
        Shape (m, n), as many rows as columns at least; any chunks. A task holds at least 2 n rows.
    compute_svd
        Whether singular values and vectors are wanted, as `svd` gives them.
    _max_vchunk_size
        At most so many rows in a block. Default: as they are, if they are as many as 2 n.

    Raises
    ------
    numpy.linalg.LinAlgError
        `data` is no matrix, or has less rows than columns.

    Examples
    --------
    >>> import minidask.array as da
    >>> q, r = tsqr(da.ones((100, 2), chunks=(20, 2)))
    >>> q.shape, r.shape
    ((100, 2), (2, 2))
    """
    a = matrices(data, "tsqr", stacks=False)
    if a.shape[0] < a.shape[1]:
        raise np.linalg.LinAlgError(f"tsqr: a matrix of shape {a.shape}; expected as many rows as columns, or see sfqr")
    if _max_vchunk_size is not None:
        a = a.rechunk((max(_max_vchunk_size, 2 * a.shape[1]), -1))
    if not a.size:
        return _in_one_task(a, "reduced")
    return SVDResult(*tall_svd(a, coerce_signs=True)) if compute_svd else _tall_qr(a)


def sfqr(data: Any, name: str | None = None) -> QRResult:
    """The factors of a short and fat matrix: those of its first columns, and what reflections make of the others.

    Parameters
    ----------
    data
        Shape (m, n), as many columns as rows at least; any chunks.
    name
        Named as in dask; only None.

    Raises
    ------
    numpy.linalg.LinAlgError
        `data` is no matrix, or has more rows than columns.
    NotImplementedError
        `name` is given.

    Examples
    --------
    >>> import minidask.array as da
    >>> q, r = sfqr(da.ones((2, 100), chunks=(2, 20)))
    >>> q.shape, r.shape
    ((2, 2), (2, 100))
    """
    if name is not None:
        raise NotImplementedError("sfqr with name= is not there; leave it out")
    a = matrices(data, "sfqr", stacks=False)
    if a.shape[0] > a.shape[1]:
        raise np.linalg.LinAlgError(f"sfqr: a matrix of shape {a.shape}; expected as many columns as rows, or see tsqr")
    found: QRResult = qr(a)
    return found


def _in_one_task(a: Array, mode: str) -> Any:
    m, n = a.shape[-2:]
    k = min(m, n)
    shapes: dict[str, list[tuple[int, ...]]] = {
        "reduced": [(m, k), (k, n)],
        "complete": [(m, m), (m, n)],
        "r": [(k, n)],
        "raw": [(n, m), (k,)],
    }
    found = [Array.of(node) for node in per_matrix(np.linalg.qr, [a.expr], shapes[mode], mode=mode)]
    if mode == "raw":
        return tuple(found)
    return found[0] if mode == "r" else QRResult(*found)


def _tall_qr(a: Array) -> QRResult:
    found = tall(a.expr)
    if found.second is None:
        return QRResult(Array.of(found.first), Array.of(found.r))
    n = a.shape[1]
    first = (Array.of(found.first)[:n] @ Array.of(found.second)[:n]).rechunk(-1)
    sizes = ((n,), (n,))
    signs = call_blocks(sign_matrix, (first.expr,), (("i", "j"),), ("i", "j"), sizes, meta=first.expr.meta)
    r = Array.of(signs) @ Array.of(found.r)
    return QRResult(Array.of(orthonormal(found, signs)), r)


def sign_matrix(q: Any) -> Any:
    """The signs of Householder's reflections, on a diagonal."""
    return np.diag(reflections.householder_signs(q)).astype(q.dtype)


def _r_of_tall(a: Array) -> Array:
    return _tall_qr(a).R


def _by_reflections(a: Array, mode: str) -> Any:
    m, n = a.shape
    k = min(m, n)
    rows = m if mode == "complete" else k
    whole = Array.of(panels(a.expr, k))
    factored = Factored((whole[:, :k] if n > k else whole).expr, QR)
    sizes, meta = ((k,), factored.widths), a.expr.meta
    r = Array.of(call_blocks(reflections.qr_upper, (factored, k), (("k",), None), ("r", "k"), sizes, meta=meta))
    if n > k:
        rest = Swept(whole[:, k:].expr, factored, factored.widths, reflections.qr_forward)
        r = concatenate([r, Array.of(rest)], 1)
    if mode == "r":
        return r
    start = eye(m, M=rows, chunks=((m,), panels(a.expr, None).chunks[1] if rows == n else -1), dtype=a.dtype)
    q = Swept(panels(start.expr), factored, factored.widths, reflections.qr_backward, backwards=True)
    if rows > k:
        r = concatenate([r, zeros((rows - k, n), dtype=a.dtype, chunks=((rows - k,), r.chunks[1]))], 0)
    return QRResult(Array.of(q), r)
