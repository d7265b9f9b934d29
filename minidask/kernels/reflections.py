"""Householder's reflections, panel of columns by panel (Golub & Van Loan, Matrix Computations, 5.2)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


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
    below = panel[start:]
    return np.concatenate((panel[:start], below - v @ (t @ (v.conj().T @ below))))


def qr_upper(factor: QRPanel, rows: int) -> Any:
    """The panel's columns of R, which has so many rows."""
    n = len(factor.r)
    zeros = np.zeros_like(factor.r, shape=(rows - len(factor.top) - n, n))
    return np.concatenate((factor.top, factor.r, zeros))


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
