"""Householder's reflections, panel of columns by panel (Golub & Van Loan, Matrix Computations, 5.2)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minidask.kernels.triangles import subtract_product


class QRPanel(NamedTuple):
    """The reflections that make a panel upper triangular: ``I - v @ t @ v^H``, from row `start` of the whole on."""

    top: Any
    """The rows of R above the panel's own."""
    r: Any
    """Those of the panel."""
    v: Any
    t: Any


def qr_factor(panel: Any, start: int) -> QRPanel:
    """Make the columns of a panel, whose diagonal begins in row `start`, upper triangular; signs as of LAPACK.

    The inverse of `t` is the upper triangle of ``v^H v``, with ``1 / tau`` on its diagonal (T. Joffrain et al.,
    ACM Trans. Math. Softw. 32 (2006) 169).
    """
    n = panel.shape[1]
    packed, tau = np.linalg.qr(panel[start:], mode="raw")
    packed = packed.T
    v = np.tril(packed, -1)
    v[range(n), range(n)] = 1
    v[:, tau == 0] = 0  # nothing is reflected
    inverse = np.triu(v.conj().T @ v, 1)
    inverse[range(n), range(n)] = np.divide(1, tau, out=np.ones_like(tau), where=tau != 0)
    return QRPanel(panel[:start], np.triu(packed[:n]), v, np.linalg.inv(inverse))


def qr_forward(factor: QRPanel, panel: Any, start: int, _: int = 0) -> Any:
    """The conjugate transpose of the reflections, applied to columns."""
    return _reflected(factor.v, factor.t.conj().T, panel, start)


def qr_backward(factor: QRPanel, panel: Any, start: int) -> Any:
    """The reflections, applied to columns."""
    return _reflected(factor.v, factor.t, panel, start)


def _reflected(v: Any, t: Any, panel: Any, start: int) -> Any:
    done = panel.copy()
    below = done[start:]
    subtract_product(below, v, t @ (v.conj().T @ below))
    return done


def qr_upper(factor: QRPanel, rows: int) -> Any:
    """The panel's columns of R, which has so many rows."""
    n = len(factor.r)
    zeros = np.zeros_like(factor.r, shape=(rows - len(factor.top) - n, n))
    return np.concatenate((factor.top, factor.r, zeros))


SKINNY = 128
"""Columns with which pieces that fit into a cache are factored faster."""


def skinny_qr(a: Any) -> tuple[Any, Any]:
    """The reduced factors of a matrix: of pieces of its rows, then of what they leave, while that is much less.

    Examples
    --------
    >>> q, r = skinny_qr(np.ones((100_000, 2)))
    >>> q.shape, abs(r[0]).round(3)
    ((100000, 2), array([316.228, 316.228]))
    """
    bounds, columns = _pieces(a), a.shape[1]
    if len(bounds) < 4:
        return np.linalg.qr(a)
    q = np.empty_like(a, order="C")
    left = np.empty((len(bounds) * columns, columns), a.dtype)
    for i, piece in enumerate(bounds):
        q[piece], left[i * columns : (i + 1) * columns] = np.linalg.qr(a[piece])
    second, r = skinny_qr(left)
    for i, piece in enumerate(bounds):
        q[piece] = q[piece] @ second[i * columns : (i + 1) * columns]
    return q, r


def skinny_r(a: Any) -> Any:
    """The triangular factor alone, but for the signs of its rows.

    Examples
    --------
    >>> abs(skinny_r(np.ones((100_000, 2))))[0].round(3)
    array([316.228, 316.228])
    """
    bounds = _pieces(a)
    if len(bounds) < 4:
        return np.linalg.qr(a, mode="r")
    return skinny_r(np.concatenate([np.linalg.qr(a[piece], mode="r") for piece in bounds]))


def _pieces(a: Any) -> list[slice]:
    """Rows of a skinny matrix that fit into a cache; no pieces of others."""
    rows, columns = a.shape
    if columns > SKINNY:
        return []
    count = rows // max(8 * columns, (1 << 17) // max(1, columns))
    return [slice(rows * i // count, rows * (i + 1) // count) for i in range(count)]


def householder_signs(q: Any) -> Any:
    """The signs that columns would have if reflections had made them.

    The columns are orthonormal, with more rows than columns, and `q` are as many of their first rows: eliminating them
    shows what each reflection would have seen (G. Ballard et al., J. Parallel Distrib. Comput. 85 (2015) 3).

    Examples
    --------
    >>> householder_signs(np.array([[0.6]]))
    array([-1.])
    """
    q = q.copy()
    signs = np.ones(len(q), q.real.dtype)
    for k in range(len(q)):
        if abs(q[k, k]) != 1:  # else there was nothing to reflect
            signs[k] = 1 if q[k, k].real < 0 else -1
            q[k + 1 :, k + 1 :] -= np.outer(q[k + 1 :, k], q[k, k + 1 :] / (q[k, k] - signs[k]))
    return signs
