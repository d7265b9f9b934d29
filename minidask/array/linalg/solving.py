"""Systems of linear equations, inverses, determinants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import minidask.kernels.cholesky as cholesky_kernel
import minidask.kernels.lu as lu_kernel
from minidask.array.array import Array
from minidask.array.chunks import even
from minidask.array.diagonals import diagonal
from minidask.array.linalg.arguments import matrices, one_task, same_kind, vectors
from minidask.array.linalg.triangular import CHOLESKY, LU, adjoint
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.matrices import per_matrix
from minidask.array.nodes.panels import Factored, Swept, panel_width, panels
from minidask.array.nodes.rechunk import rechunk
from minidask.array.ranges import eye
from minidask.array.ufuncs import exp
from minidask.kernels.triangles import solve_triangle

_STRUCTURES = ("gen", "sym", "her", "pos", "diagonal", "lower triangular", "upper triangular")


def solve(a: Any, b: Any, sym_pos: bool | None = None, assume_a: str = "gen") -> Array:
    """The `x` of ``a @ x = b``, by elimination with partial pivoting; as `lu`.

    Parameters
    ----------
    a
        Shape (n, n), any chunks; or (..., n, n), each matrix then in one task.
    b
        Shape (n,) or (..., n, k).
    sym_pos
        Another way to say ``assume_a="pos"``.
    assume_a
        What is known of `a`: "gen" nothing; "sym", "her" that it is symmetric or Hermitian, which is of no use here;
        "pos" that it is positive definite, so that Cholesky's factorization does; "diagonal", "lower triangular",
        "upper triangular".

    Returns
    -------
    Array
        Of the shape of `b`, broadcast against the stack.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square; or, where it is computed, singular.
    ValueError
        The shapes do not fit, or `assume_a` is something else.

    Examples
    --------
    >>> solve([[2.0, 1.0], [0.0, 4.0]], [4.0, 8.0]).compute()
    array([1., 2.])
    """
    assume_a = "pos" if sym_pos else assume_a
    if assume_a not in _STRUCTURES:
        raise ValueError(f"solve: assume_a={assume_a!r}; expected one of {', '.join(_STRUCTURES)}")
    a = matrices(a, "solve", square=True)
    if assume_a == "diagonal":
        return _solved(a, b, "solve", lambda a, b: b / diagonal(a, 0, -2, -1)[..., None])
    if "triangular" in assume_a:
        return solve_triangular(a, b, assume_a.startswith("lower"))
    return _solved(a, b, "solve", _by_cholesky if assume_a == "pos" else _by_elimination)


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Array:
    """The `x` of ``a @ x = b`` where `a` is triangular: panels of `a` are swept over all columns of `b`.

    Parameters
    ----------
    a
        Shape (n, n), any chunks; or (..., n, n). Only one triangle is looked at.
    b
        Shape (n,) or (..., n, k).
    lower
        Whether it is the lower triangle.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square; or, where it is computed, has a zero on the diagonal.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> solve_triangular([[2.0, 1.0], [0.0, 4.0]], [4.0, 8.0]).compute()
    array([1., 2.])
    """
    a = matrices(a, "solve_triangular", square=True)
    return _solved(a, b, "solve_triangular", partial(_by_substitution, lower=bool(lower)))


def inv(a: Any) -> Array:
    """The inverses of matrices, by elimination with partial pivoting; as `lu`.

    Parameters
    ----------
    a
        Shape (n, n), any chunks; or (..., n, n), each matrix then in one task.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square; or, where it is computed, singular.

    Examples
    --------
    >>> inv([[2.0, 0.0], [0.0, 4.0]]).compute()
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    a = matrices(a, "inv", square=True)
    if one_task(a):
        return Array.of(*per_matrix(np.linalg.inv, [a.expr], [a.shape[-2:]]))
    return _by_elimination(a, eye(a.shape[0], chunks=((a.shape[0],), a.chunks[1]), dtype=a.dtype))


class SlogdetResult(NamedTuple):
    """A determinant: ``sign * exp(logabsdet)``."""

    sign: Array
    logabsdet: Array


def slogdet(a: Any) -> SlogdetResult:
    """Signs of determinants, and the logarithms of their absolute values; from the pivots of `lu`.

    Parameters
    ----------
    a
        Shape (n, n), any chunks; or (..., n, n), each matrix then in one task.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square.

    Examples
    --------
    >>> sign, logarithm = slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> sign.compute(), logarithm.compute()
    (np.float64(-1.0), np.float64(0.0))
    """
    a = matrices(a, "slogdet", square=True)
    if one_task(a):
        sign, logarithm = per_matrix(np.linalg.slogdet, [a.expr], [(), ()])
        return SlogdetResult(Array.of(sign), Array.of(logarithm))
    factored = Factored(panels(a.expr), LU)
    sizes = ((1,) * len(factored.widths), (2,))
    pivots = call_blocks(lu_kernel.lu_determinant, (factored,), (("k",),), ("k", "2"), sizes, dtype=a.dtype)
    signs, logarithms = Array.of(pivots)[:, 0], Array.of(pivots)[:, 1].real
    return SlogdetResult(signs.prod(), logarithms.sum())


def det(a: Any) -> Array:
    """Determinants of matrices; as `slogdet`.

    Parameters
    ----------
    a
        Shape (n, n), any chunks; or (..., n, n), each matrix then in one task.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square.

    Examples
    --------
    >>> det([[0.0, 2.0], [1.0, 0.0]]).compute()
    np.float64(-2.0)
    """
    a = matrices(a, "det", square=True)
    if one_task(a):
        return Array.of(*per_matrix(np.linalg.det, [a.expr], [()]))
    sign, logarithm = slogdet(a)
    return sign * exp(logarithm)


def tensorinv(a: Any, ind: int = 2) -> Array:
    """The inverse with respect to `tensordot` over `ind` axes.

    Parameters
    ----------
    a
        The first `ind` axes have as many elements as the others.

    Raises
    ------
    ValueError
        `ind` is not positive.
    numpy.linalg.LinAlgError
        The axes do not fit; or, where it is computed, `a` is singular.

    Examples
    --------
    >>> import minidask.array as da
    >>> tensorinv(da.eye(4).reshape(4, 2, 2), ind=1).shape
    (2, 2, 4)
    """
    a = vectors(a, "tensorinv")
    if ind <= 0:
        raise ValueError(f"tensorinv: ind={ind!r}; expected a positive number of axes")
    size = int(np.prod(a.shape[ind:]))
    if int(np.prod(a.shape[:ind])) != size:
        raise np.linalg.LinAlgError(f"tensorinv: axes {a.shape[:ind]} and {a.shape[ind:]} have different sizes")
    return inv(a.reshape(size, size)).reshape(a.shape[ind:] + a.shape[:ind])


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Array:
    """The `x` for which the tensor product of `a` and `x`, over all axes of `x`, is `b`.

    Parameters
    ----------
    a
        The axes of `b` first, then those of `x`.
    axes
        Those of `a` that are to be moved to its end before.

    Raises
    ------
    numpy.linalg.LinAlgError
        The axes do not fit; or, where it is computed, `a` is singular.

    Examples
    --------
    >>> import minidask.array as da
    >>> tensorsolve(da.eye(4).reshape(4, 2, 2), [1.0, 2.0, 3.0, 4.0]).compute()
    array([[1., 2.],
           [3., 4.]])
    """
    a, b = vectors(a, "tensorsolve"), vectors(b, "tensorsolve")
    if axes is not None:
        moved = [axis % a.ndim for axis in axes]
        a = a.transpose([axis for axis in range(a.ndim) if axis not in moved] + moved)
    rest = a.shape[b.ndim :]
    if int(np.prod(a.shape[: b.ndim])) != b.size or int(np.prod(rest)) != b.size:
        raise np.linalg.LinAlgError(f"tensorsolve: arrays of shapes {a.shape} and {b.shape} do not fit")
    return solve(a.reshape(b.size, b.size), b.ravel()).reshape(rest)


Solver = Callable[[Array, Array], Array]


def _solved(a: Array, b: Any, function: str, solver: Solver) -> Array:
    """The unknowns of right-hand sides, which may be one vector."""
    a, b = same_kind(a, vectors(b, function))
    if not b.ndim:
        raise ValueError(f"{function}: b has no axes; expected a vector or matrices")
    columns = b[:, None] if b.ndim == 1 else b
    if columns.shape[-2] != a.shape[-1]:
        raise ValueError(f"{function}: a has the shape {a.shape}, b the shape {b.shape}; their rows must be as many")
    np.broadcast_shapes(a.shape[:-2], columns.shape[:-2])  # NumPy's own error
    found = solver(a, columns)
    return found[..., 0] if b.ndim == 1 else found


def _by_elimination(a: Array, b: Array) -> Array:
    if one_task(a) or b.ndim > 2 or not b.size:
        return _per_matrix(np.linalg.solve, a, b)
    factored = Factored(panels(a.expr), LU)
    done = Swept(_right_sides(a, b), factored, factored.widths, lu_kernel.lu_forward)
    return Array.of(Swept(done, factored, factored.widths, lu_kernel.lu_backward, backwards=True))


def _by_cholesky(a: Array, b: Array) -> Array:
    if one_task(a) or b.ndim > 2 or not b.size:
        return _per_matrix(np.linalg.solve, a, b)
    factored = Factored(panels(adjoint(a).expr), CHOLESKY)
    done = Swept(_right_sides(a, b), factored, factored.widths, cholesky_kernel.forward)
    return Array.of(Swept(done, factored, factored.widths, cholesky_kernel.adjoint_backward, backwards=True))


def _by_substitution(a: Array, b: Array, lower: bool) -> Array:
    if one_task(a) or b.ndim > 2 or not b.size:
        return _per_matrix(solve_triangle, a, b, lower=lower)
    columns = panels(a.expr)
    step = cholesky_kernel.forward if lower else cholesky_kernel.backward
    return Array.of(Swept(_right_sides(a, b), columns, columns.chunks[1], step, backwards=not lower))


def _per_matrix(func: Callable[..., Any], a: Array, b: Array, **options: Any) -> Array:
    return Array.of(*per_matrix(func, [a.expr, b.expr], [b.shape[-2:]], **options))


def _right_sides(a: Array, b: Array) -> Any:
    """Right-hand sides as panels about as large as those of a matrix."""
    return rechunk(b.expr, ((b.shape[0],), even(b.shape[1], panel_width(a.expr))))
