"""Linear algebra of lazy arrays, in blocks."""

from __future__ import annotations

from numpy.linalg import LinAlgError

from minidask.array.linalg.norms import matrix_norm, norm, vector_norm
from minidask.array.linalg.orthogonal import QRResult, qr, sfqr, tsqr
from minidask.array.linalg.singular import SVDResult, svd, svdvals
from minidask.array.linalg.solving import (
    SlogdetResult,
    det,
    inv,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from minidask.array.linalg.triangular import LUResult, cholesky, lu

__all__ = [
    "LUResult",
    "LinAlgError",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "det",
    "inv",
    "lu",
    "matrix_norm",
    "norm",
    "qr",
    "sfqr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "tsqr",
    "vector_norm",
]
