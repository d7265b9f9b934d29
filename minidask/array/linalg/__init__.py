"""Linear algebra of lazy arrays, in blocks: what NumPy and the array API have, and more."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.linalg import LinAlgError

from minidask.array.linalg.approximation import LeastSquares, cond, lstsq, matrix_rank, pinv
from minidask.array.linalg.compression import compression_level, compression_matrix, svd_compressed
from minidask.array.linalg.eigen import EighResult, EigResult, eig, eigh, eigvals, eigvalsh
from minidask.array.linalg.norms import matrix_norm, norm, vector_norm
from minidask.array.linalg.orthogonal import QRResult, qr, sfqr, tsqr
from minidask.array.linalg.products import (
    cross,
    diagonal,
    matmul,
    matrix_power,
    matrix_transpose,
    multi_dot,
    outer,
    tensordot,
    trace,
    vecdot,
)
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
from minidask.array.protocol import register

__all__ = [
    "EigResult",
    "EighResult",
    "LUResult",
    "LeastSquares",
    "LinAlgError",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "compression_level",
    "compression_matrix",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "sfqr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svd_compressed",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "tsqr",
    "vecdot",
    "vector_norm",
]


def _numpy_svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """As NumPy's, whose vectors are complete unless told otherwise."""
    return svd(a, full_matrices=full_matrices, compute_uv=compute_uv, hermitian=hermitian)


def _numpy_cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """As NumPy's, whose factor is the lower one unless told otherwise."""
    return cholesky(a, upper=upper)


_as_numpy = {"svd": _numpy_svd, "cholesky": _numpy_cholesky}
register({name: globals()[name] for name in __all__} | _as_numpy, numpy.linalg)
