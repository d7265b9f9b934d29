"""Factorizations into triangles: LU, Cholesky."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import minidask.kernels.cholesky as cholesky_kernel
import minidask.kernels.lu as lu_kernel
from minidask.array.array import Array
from minidask.array.joining import concatenate
from minidask.array.linalg.arguments import matrices, one_task
from minidask.array.manipulation import swapaxes
from minidask.array.node import ArrayNode, meta_of
from minidask.array.nodes.mapped import call_blocks
from minidask.array.nodes.matrices import per_matrix
from minidask.array.nodes.panels import Factored, Factorization, Swept, panels
from minidask.array.ranges import arange
from minidask.expr.blocks import BlockIndex

LU = Factorization("lu", lu_kernel.lu_factor, lu_kernel.lu_forward)
CHOLESKY = Factorization("cholesky", cholesky_kernel.cholesky_factor, cholesky_kernel.cholesky_update)


class LUResult(NamedTuple):
    """Matrices whose product is the one that was asked for."""

    p: Array
    """A permutation."""
    l: Array  # noqa: E741  # as everybody calls it
    """Lower triangular, with ones on the diagonal."""
    u: Array
    """Upper triangular."""


def lu(a: Any) -> LUResult:
    """The factors ``p @ l @ u`` of a matrix, as of `scipy.linalg.lu`: by elimination with partial pivoting.

    Panels of columns are eliminated one after the other (Golub & Van Loan, Matrix Computations, 3.4), and all others
    brought up to date in parallel. A task holds two panels, each about as large as a block of `a`.

    Parameters
    ----------
    a
        Shape (m, n); any chunks.

    Returns
    -------
    LUResult
        Of shapes (m, m), (m, k) and (k, n), where k is the smaller of m and n.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is no matrix.

    Examples
    --------
    >>> p, l, u = lu([[1.0, 2.0], [4.0, 4.0]])
    >>> l.compute(), u.compute()
    (array([[1.  , 0.  ],
           [0.25, 1.  ]]), array([[4., 4.],
           [0., 1.]]))
    """
    a = matrices(a, "lu", stacks=False)
    rows, columns = a.shape
    k = min(rows, columns)
    if not k:
        raise np.linalg.LinAlgError(f"lu: a matrix of shape {a.shape}; expected one that is not empty")
    whole = panels(a.expr, k)
    factored = Factored(_columns(whole, 0, k), LU)
    sizes, meta = ((k,), factored.widths), a.expr.meta
    upper = Array.of(call_blocks(lu_kernel.lu_upper, (factored, k), (("k",), None), ("r", "k"), sizes, meta=meta))
    if columns > k:
        rest = Swept(_columns(whole, k, columns), factored, factored.widths, lu_kernel.lu_forward)
        upper = concatenate([upper, Array.of(rest)], 1)
    orders = _orders(factored, rows)
    args = (factored, orders, BlockIndex())
    lower_sizes = ((rows,), factored.widths)
    lower = call_blocks(
        _lower_columns, args, (("k",), ("all",), None), ("r", "k"), lower_sizes, meta=meta, joined=False
    )
    order = call_blocks(_last_order, (orders,), (("all",),), ("r",), ((rows,),), dtype=np.intp, joined=False)
    places = arange(rows, chunks=(a.chunks[0],))[:, None] == Array.of(order)[None, :]
    return LUResult(places.astype(meta.real.dtype), Array.of(lower), upper)


def _columns(node: ArrayNode, start: int, stop: int) -> ArrayNode:
    return node if (start, stop) == (0, node.shape[1]) else Array.of(node)[:, start:stop].expr


def _orders(factored: Factored, rows: int) -> ArrayNode:
    """Where the rows of each panel came from: an array of one block a panel."""
    sizes = tuple(rows - start for start in _starts(factored))
    return call_blocks(lu_kernel.lu_order, (factored,), (("k",),), ("k",), (sizes,), dtype=np.intp)


def _starts(factored: Factored) -> list[int]:
    return [sum(factored.widths[:i]) for i in range(len(factored.widths))]


def _lower_columns(factor: Any, orders: Any, place: tuple[int, ...]) -> Any:
    return lu_kernel.lu_lower(factor, orders, place[-1])


def _last_order(orders: Any) -> Any:
    return lu_kernel.in_order(orders)


def cholesky(a: Any, lower: bool = False, *, upper: bool | None = None) -> Array:
    """The triangular factor of a Hermitian, positive definite matrix.

    Panels of columns are factored one after the other (Golub & Van Loan, Matrix Computations, 4.2), and all others
    brought up to date in parallel. A task holds two panels, each about as large as a block of `a`.

    Parameters
    ----------
    a
        Shape (n, n), any chunks; or (..., n, n), each matrix then in one task. Only one triangle is looked at.
    lower
        Whether ``l`` of ``a = l @ l^H`` is meant, from the lower triangle of `a`; else ``u`` of ``a = u^H @ u``,
        from the upper one. This is the way of SciPy and of dask.
    upper
        The way of NumPy and of the array API: False for ``l``, True for ``u``. None: `lower` decides.

    Raises
    ------
    numpy.linalg.LinAlgError
        `a` is not square; or, where it is computed, not positive definite.

    Examples
    --------
    >>> cholesky([[4.0, 2.0], [2.0, 5.0]], lower=True).compute()
    array([[2., 0.],
           [1., 2.]])
    """
    a = matrices(a, "cholesky", square=True)
    if lower if upper is None else not upper:
        return _lower_factor(a)
    return adjoint(_lower_factor(adjoint(a)))


def adjoint(a: Array) -> Array:
    """Conjugate transposes of matrices."""
    return swapaxes(a, -1, -2).conj()


def _lower_factor(a: Array) -> Array:
    if one_task(a):
        return Array.of(*per_matrix(np.linalg.cholesky, [a.expr], [a.shape[-2:]]))
    factored = Factored(panels(a.expr), CHOLESKY)
    return Array.of(as_columns(factored, a))


def as_columns(factored: Factored, a: Array) -> ArrayNode:
    """What a factorization made of panels, where that are the panels of a matrix."""
    sizes = ((a.shape[0],), factored.widths)
    return call_blocks(itself, (factored,), (("k",),), ("r", "k"), sizes, meta=meta_of(a.dtype, 2))


def itself(panel: Any) -> Any:
    """The panel."""
    return panel
