"""What follows from singular values: rank, condition, inverses and solutions of matrices that have none."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minidask.array.array import Array
from minidask.array.creation import asanyarray
from minidask.array.elementwise import where
from minidask.array.linalg.arguments import matrices, one_task, same_kind, vectors
from minidask.array.linalg.singular import is_tall_matrix, singular_values, smaller, svd
from minidask.array.linalg.triangular import adjoint
from minidask.array.node import as_meta, meta_of
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.matrices import Results, part, per_matrix
from minidask.array.nodes.rechunk import rechunk
from minidask.array.nodes.tall import orthonormal, tall
from minidask.array.selecting import count_nonzero


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = ...) -> Array:
    """The inverses of Moore and Penrose, from singular values and vectors: see `svd`.

    Parameters
    ----------
    a
        Shape (..., m, n).
    rcond
        Singular values below this part of the largest count as 0; for a stack one for each matrix. Default: 1e-15.
    hermitian
        Whether `a` is known to be Hermitian; it is then gathered into one task.
    rtol
        The same; None: the precision of the elements, times the larger of m and n.

    Returns
    -------
    Array
        Of shape (..., n, m).

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` has less than two axes, or is not square though `hermitian`.
    ValueError
        Both `rcond` and `rtol` are given.

    Examples
    --------
    >>> pinv([[2.0, 0.0], [0.0, 0.0]]).compute()
    array([[0.5, 0. ],
           [0. , 0. ]])
    """
    if rcond is not None and rtol is not ...:
        raise ValueError("pinv takes rcond= or rtol=, which are the same, but not both")
    a = matrices(a, "pinv", square=hermitian)
    part = 1e-15 if rcond is None else rcond
    part = part if rtol is ... else _precision(a) if rtol is None else rtol
    u, s, vh = svd(a, hermitian=hermitian)
    keep = s > asanyarray(part)[..., None] * s[..., :1]
    inverse = where(keep, 1 / where(keep, s, 1), 0).astype(s.dtype)
    return (adjoint(vh) * inverse[..., None, :]) @ adjoint(u)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Array:  # noqa: N803
    """How many singular values are not 0; see `svd`.

    Parameters
    ----------
    A
        Shape (..., m, n); of a vector the rank is 1, unless all elements are 0.
    tol
        Singular values up to this count as 0; for a stack one for each matrix.
    hermitian
        Whether `A` is known to be Hermitian; it is then gathered into one task.
    rtol
        The same, as part of the largest. Default: the precision of the elements, times the larger of m and n.

    Raises
    ------
    ValueError
        Both `tol` and `rtol` are given.

    Examples
    --------
    >>> matrix_rank([[1.0, 2.0], [2.0, 4.0]]).compute()
    np.int64(1)
    """
    if tol is not None and rtol is not None:
        raise ValueError("matrix_rank takes tol= or rtol=, but not both")
    a = asanyarray(A)
    if a.ndim < 2:
        return (a != 0).any().astype(np.intp)
    a = matrices(a, "matrix_rank", square=hermitian)
    s = singular_values(a, hermitian)
    if tol is None:
        bound = asanyarray(_precision(a) if rtol is None else rtol)[..., None] * s[..., :1]
    else:
        bound = asanyarray(tol)[..., None]
    return count_nonzero(s > bound, axis=-1)


def cond(x: Any, p: Any = None) -> Array:
    """How much errors grow where equations with a matrix are solved.

    Parameters
    ----------
    x
        Shape (..., m, n). Each matrix is gathered into one task; of a tall or wide one its triangular factor, if `p`
        is None, 2 or -2.
    p
        The norm, as of `norm`. None: 2, the ratio of the largest and the least singular value.

    Raises
    ------
    numpy.linalg.LinAlgError
        `x` has less than two axes, no elements, or is not square, as other norms need it.

    Examples
    --------
    >>> cond([[4.0, 0.0], [0.0, 2.0]]).compute()
    np.float64(2.0)
    """
    of_values = p in (None, 2, -2)
    x = matrices(x, "cond", square=not of_values)
    if 0 in x.shape:
        raise np.linalg.LinAlgError(f"cond: an array of shape {x.shape}, which has no elements")
    x = smaller(x) if of_values and not one_task(x) else x
    return Array.of(*per_matrix(np.linalg.cond, [x.expr], [()], p=p))


def _precision(a: Array) -> float:
    return float(max(a.shape[-2:]) * np.finfo(a.dtype).eps)


class LeastSquares(NamedTuple):
    """The solution of equations that have none, or many."""

    x: Array
    residuals: Array
    rank: Array
    s: Array


def lstsq(a: Any, b: Any, rcond: float | None = None) -> LeastSquares:
    """The shortest `x` for which ``a @ x`` is nearest to `b`.

    Of a tall matrix only the triangular factor is solved with in one task (see `tsqr`), of a wide one likewise. A
    matrix that is neither is gathered into one task.

    Parameters
    ----------
    a
        Shape (m, n), any chunks.
    b
        Shape (m,) or (m, k).
    rcond
        Singular values below this part of the largest count as 0. Default: the precision of the elements, times the
        larger of m and n.

    Returns
    -------
    LeastSquares
        `x` of shape (n,) or (n, k); the sums of squares of what is left of `b`, of shape (1,) or (k,), but (0,) where
        m is not larger than n or the rank is not n; the rank; and the singular values.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is no matrix.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> x, left, rank, s = lstsq([[1.0], [1.0]], [1.0, 3.0])
    >>> x.compute(), left.compute(), rank.compute()
    (array([2.]), array([2.]), np.int32(1))
    """
    a, b = same_kind(matrices(a, "lstsq", stacks=False), vectors(b, "lstsq"))
    if b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ValueError(f"lstsq: a has the shape {a.shape}, b the shape {b.shape}; their rows must be as many")
    part = _precision(a) if rcond is None else rcond
    columns = b[:, None] if b.ndim == 1 else b
    if one_task(a) or not b.size or not (is_tall_matrix(a) or is_tall_matrix(a.T)):
        x, left, rank, s = _in_one_task(a, columns, part)
    else:
        x, left, rank, s = _by_factor(a, columns, part)
    return LeastSquares(x[:, 0] if b.ndim == 1 else x, left, rank, s)


def _by_factor(a: Array, b: Array, part: float) -> tuple[Array, ...]:
    """Of a tall matrix ``q @ r``, or the conjugate transpose of one."""
    is_tall = a.shape[0] >= a.shape[1]
    found = tall((a if is_tall else adjoint(a)).expr)
    q, r = Array.of(orthonormal(found)), Array.of(found.r)
    if not is_tall:
        x, left, rank, s = _in_one_task(adjoint(r), b, part)
        return q @ x, left, rank, s
    x, _, rank, s = _in_one_task(r, adjoint(q) @ b, part)
    rest = b - a @ x
    squares = (rest.real**2 + rest.imag**2 if a.dtype.kind == "c" else rest * rest).sum(axis=0).rechunk(-1)
    return x, _where_full(squares, rank, a.shape[1]), rank, s


def _where_full(squares: Array, rank: Array, full: int) -> Array:
    args = (squares.expr, rank.expr, full)
    symbols = (("i",), (), None)
    return Array.of(call_blocks(if_full, args, symbols, ("i",), ((None,),), meta=squares.expr.meta))


def if_full(squares: Any, rank: Any, full: int) -> Any:
    """Sums of squares, as NumPy tells them: none where the rank is less."""
    return squares if rank == full else squares[:0]


def _in_one_task(a: Array, b: Array, part_: float) -> tuple[Array, ...]:
    (m, n), k = a.shape, b.shape[1]
    whole = [rechunk(x.expr, ((x.shape[0],), (x.shape[1],))) for x in (a, b)]
    args, indices = (*whole, part_), (("r", "c"), ("s", "k"), None)
    results = Results(np.linalg.lstsq, args, indices, (), ())
    real = meta_of(a.real.dtype, 1)
    left = ((None,),) if m > n and k else ((0,),)
    shapes = [((n,), (k,)), left, (), ((min(m, n),),)]
    metas = [a.expr.meta, real, as_meta(np.intc(0), 0), real]
    outs = [("r", "c"), ("k",), (), ("s",)]
    rows = enumerate(zip(outs, shapes, metas))
    return tuple(Array.of(part(results, i, out, sizes, meta)) for i, (out, sizes, meta) in rows)
